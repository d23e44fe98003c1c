/**
 * Keeps a copy of all members and friendships, as a CRM would: everything once, then each change as it is told. It may be
 * killed at any moment and started again: what it missed comes, and what comes twice counts once.
 */
import { createServer } from 'node:http'
import { DatabaseSync } from 'node:sqlite'
import { buffer } from 'node:stream/consumers'
import { type Event, SignatureError, verify } from '../packages/verify/src/index.ts' // elsewhere: '@kith/verify'
import { env, http, WebhookService, walk } from './client.ts'

type Member = { id: number; ext_id: string | null; username: string; email: string | null }
type Pair = { from_user: Member; to_user: Member }

const crm = new DatabaseSync(env('CRM_FILE'))
crm.exec(`
  create table if not exists member (id integer primary key, ext_id text, username text, email text, gone integer, event integer);
  create table if not exists friendship (a integer, b integer, connected integer, event integer, primary key (a, b));
  create table if not exists seen (event_id integer primary key, created real);
`)
const told = crm.prepare('insert into seen values (?, ?) on conflict do nothing')
// Events may come in another order than they happened in: only a newer one changes what is known.
const putMember =
  crm.prepare(`insert into member values (?, ?, ?, ?, ?, ?) on conflict do update set ext_id = excluded.ext_id,
  username = excluded.username, email = excluded.email, gone = excluded.gone, event = excluded.event
  where excluded.event > event`)
const putFriendship = crm.prepare(`insert into friendship values (?, ?, ?, ?) on conflict do update set
  connected = excluded.connected, event = excluded.event where excluded.event > event`)

const keepMember = (who: Member, event: number, gone = false) =>
  putMember.run(who.id, who.ext_id, who.username, who.email, Number(gone), event)
const keepPair = ({ from_user: from, to_user: to }: Pair, event: number, connected: boolean) =>
  putFriendship.run(Math.min(from.id, to.id), Math.max(from.id, to.id), Number(connected), event)

/** The change and the note that it was made are one transaction: a crash leaves both or neither. */
function apply({ event_id: id, type, created, data }: Event): void {
  crm.exec('begin immediate')
  try {
    if (told.run(id, created).changes) {
      if (type === 'user.created' || type === 'user.updated') keepMember(data as Member, id)
      if (type === 'user.deleted') keepMember(data as Member, id, true)
      if (type === 'connection.created') keepPair(data as Pair, id, true)
      if (type === 'connection.deleted') keepPair(data as Pair, id, false)
    }
    crm.exec('commit')
  } catch (error) {
    crm.exec('rollback')
    throw error
  }
}

/** The endpoint of this mirror: found by its target, or made. */
async function subscribe(target: string): Promise<{ id: number; secret: string; fresh: boolean }> {
  const types = ['user.created', 'user.updated', 'user.deleted', 'connection.created', 'connection.deleted']
  let found: { id: number } | undefined
  for await (const each of walk<{ id: number; target: string }>('/api/v2/webhook/endpoint/'))
    if (each.target === target) found = each
  const events = types.map((type) => ({ type }))
  const { id } = found ?? (await WebhookService.createWebhookEndpoint({ target, events }))
  const { signing_secret } = await WebhookService.revealWebhookSigningSecret(id)
  return { id, secret: signing_secret, fresh: !found }
}

/** All there is now. What is told meanwhile is newer than any of it, whichever comes first. */
async function copy(): Promise<void> {
  for await (const each of walk<Member>('/api/v2/user/?limit=100')) keepMember(each, 0)
  for await (const each of walk<Pair>('/api/v2/connection/?state=connected&limit=500')) keepPair(each, 0, true)
}

/** Kith waits for a receiver that is away. What it gave up after all its attempts, it is asked to send again. */
async function recover(id: number): Promise<void> {
  const { since } = crm.prepare('select coalesce(max(created), 0) as since from seen').get() as { since: number }
  const asked = { url: `/api/v2/webhook/endpoint/${id}/recover/`, method: 'POST', data: { since, kind: 'failed' } }
  await http.request(asked as never).catch((error) => {
    if (error.response?.status !== 400) throw error // One is under way already.
  })
}

const port = Number(env('PORT'))
const { id, secret, fresh } = await subscribe(`http://127.0.0.1:${port}/`)
createServer(async (request, response) => {
  try {
    apply(verify(await buffer(request), request.headers['selfcommunity-signature'], secret))
    response.writeHead(204).end()
  } catch (error) {
    response.writeHead(error instanceof SignatureError ? 400 : 500).end()
  }
  const count = (sql: string) => (crm.prepare(`select count(*) as n from ${sql}`).get() as { n: number }).n
  console.log(`${count('member where not gone')} members, ${count('friendship where connected')} friendships`)
}).listen(port, '127.0.0.1')
await (fresh ? copy() : recover(id))
console.log(fresh ? 'Copied.' : 'Back.')
