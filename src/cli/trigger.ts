import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createMember } from '../accounts/create.ts'
import { createApp } from '../app.ts'
import { changeOptions } from '../community/options.ts'
import { setPublicAddress } from '../community/public-address.ts'
import { readConfig } from '../config.ts'
import { uploadFolder } from '../files/open.ts'
import { createLog } from '../log.ts'
import { openKith, openStore } from '../open.ts'
import { CannotStart } from '../platform/process.ts'
import { statement } from '../platform/sql/statement.ts'
import { eventLine, type Told } from './event-lines.ts'
import { post, readTarget, shown } from './listen.ts'
import { say } from './say.ts'

type Who = 'admin' | 'alice' | 'bob'
/** An act of somebody: `{made}` in its address is the id of what was made before. */
type Act = [who: Who, method: 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, body?: unknown]

const request: Act = ['alice', 'POST', '/user/{bob}/connection/request/']
const accept: Act = ['bob', 'POST', '/user/{alice}/connection/accept/']
const reject: Act = ['bob', 'POST', '/user/{alice}/connection/reject/']
const follow: Act = ['alice', 'POST', '/user/{bob}/follow/']
const comment: Act = ['bob', 'POST', '/comment/', { status: '{made}', text: '<p>Late for what?</p>' }]
const publish: Act = ['alice', 'POST', '/status/', { text: '<p>Late!</p>' }]
const category: Act = ['admin', 'POST', '/category/', { name: 'Clocks of {alice}' }]

function publishing(kind: string): Record<string, Act[]> {
  const text = { text: '<p>Late!</p>', ...(kind === 'discussion' && { title: 'Time' }) }
  const made: Act = ['alice', 'POST', `/${kind}/`, text]
  const gone: Act = ['alice', 'DELETE', `/${kind}/{made}/`]
  const then = (act: string): Act => ['bob', 'POST', `/${kind}/{made}/${act}/`]
  return {
    [`${kind}.created`]: [made],
    [`${kind}.updated`]: [made, ['alice', 'PUT', `/${kind}/{made}/`, { ...text, text: '<p>Very late!</p>' }]],
    [`${kind}.deleted`]: [made, gone],
    [`${kind}.restored`]: [made, gone, ['alice', 'POST', `/${kind}/{made}/restore/`]],
    [`${kind}.follow`]: [made, then('follow')],
    [`${kind}.unfollow`]: [made, then('follow'), then('follow')],
    [`${kind}.suspend`]: [made, then('suspend')],
    [`${kind}.unsuspend`]: [made, then('suspend'), then('suspend')],
  }
}

/** What Alice and Bob do to cause an event, by its type. */
export const recipes: Record<string, Act[]> = {
  'connection_request.created': [request],
  'connection_request.rejected': [request, reject],
  'connection_request.restored': [request, reject, ['bob', 'POST', '/user/{alice}/connection/cancel_reject/']],
  'connection_request.cancelled': [request, ['alice', 'POST', '/user/{bob}/connection/cancel_request/']],
  'connection.created': [request, accept],
  'connection.deleted': [request, accept, ['alice', 'POST', '/user/{bob}/connection/remove/']],
  'connection.follow': [follow],
  'connection.unfollow': [follow, follow],
  ...publishing('status'),
  ...publishing('post'),
  ...publishing('discussion'),
  'comment.created': [publish, comment],
  'vote.created': [publish, ['bob', 'POST', '/status/{made}/vote/']],
  'vote.deleted': [publish, ['bob', 'POST', '/status/{made}/vote/'], ['bob', 'POST', '/status/{made}/vote/']],
  'category.created': [category],
  'category.follow': [category, ['alice', 'POST', '/category/{made}/follow/']],
  'user.created': [],
  'user.updated': [['alice', 'PATCH', '/user/{alice}/', { bio: 'Curiouser.' }]],
  'user.deleted': [['admin', 'DELETE', '/user/{bob}/']],
}

/**
 * A recipe with its names replaced.
 * @param ids of members, and of what was made
 */
export const filled = <Sent>(sent: Sent, ids: Record<string, number>): Sent =>
  JSON.parse(
    JSON.stringify(sent ?? null).replace(/"\{(\w+)\}"|\{(\w+)\}/g, (_, whole, part) => String(ids[whole ?? part])),
  ) ?? undefined

const findingLast = statement({
  name: 'cli: the last event of a type',
  takes: { type: 'text' },
  gives: { body: 'text' },
  sql: ($) => `select body::text as body from event where type = ${$.type} order by id desc limit 1`,
})

export type Triggering = { forwardTo?: string; secret?: string; json?: boolean; list?: boolean }

/**
 * Causes an event in a temporary community with a database of its own, in a folder that is deleted afterwards. So
 * nothing happens to members, and the community's receivers hear nothing.
 */
export async function trigger(type: string | undefined, { forwardTo, secret, json, list }: Triggering): Promise<void> {
  if (list || type === undefined) {
    say({ json }, { types: Object.keys(recipes) }, Object.keys(recipes).join('\n'))
    return
  }
  const acts = Object.hasOwn(recipes, type) ? recipes[type] : undefined
  if (!acts) throw new CannotStart(`"${type}" cannot be triggered. kith trigger --list names what can.`)
  const target = forwardTo === undefined ? null : readTarget(forwardTo)
  const body = await happen(type, acts)
  const whsec = secret ?? `whsec_${randomBytes(24).toString('base64')}`
  const answer = target && (await post(target, body, whsec))
  if (answer && secret === undefined) console.error(`Signed with the secret ${whsec}`)
  if (json) console.log(answer ? `{"event":${body},"answer":${JSON.stringify(answer)}}` : body)
  else if (answer) console.log(`${eventLine(JSON.parse(body) as Told)}  ${shown(answer)}`)
  else console.log(JSON.stringify(JSON.parse(body), null, 2))
  if (answer && !(typeof answer === 'object' && 'status' in answer && answer.status < 300)) process.exitCode = 1
}

async function happen(type: string, acts: Act[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'kith-scratch-'))
  const config = readConfig({ KITH_DATA_DIR: folder })
  const log = await createLog('warn', 2)
  const store = await openStore(config, 'trigger', log)
  try {
    const kith = await openKith(config, store, log)
    const now = () => kith.clock.now()
    const enter = (username: string, role?: 'admin') =>
      createMember(
        { db: kith.db, community: kith.community.current(), now: now() },
        { username, email: `${username}@example.com`, ...(role && { role }) },
      )
    const ids: Record<string, number> = { admin: await enter('admin', 'admin') }
    await setPublicAddress(kith.db, 'https://community.example')
    if (/^connection\.(un)?follow$/.test(type)) await changeOptions(kith, now(), { follow_enabled: true })
    for (const name of ['alice', 'bob']) ids[name] = await enter(name)
    await kith.community.refresh()

    const quiet = { ...config, accessLog: false, log }
    const app = await createApp(kith, { ...quiet, uploadFolder: uploadFolder(config), heavyAtOnce: 1 })
    for (const [who, method, path, body] of acts) {
      const token = await kith.tokens.mint(ids[who] as number, 3600)
      const { statusCode, payload } = await app.inject({
        method,
        url: `/api/v2${filled(path, ids)}`,
        headers: { authorization: `Bearer ${token}` },
        payload: filled(body, ids) as object,
      })
      if (statusCode >= 300) throw new CannotStart(`${method} ${path} answers ${statusCode}: ${payload}`)
      if (method === 'POST') ids.made ??= idIn(payload)
    }
    await app.close()
    return ((await findingLast.row(kith.db, { type })) as { body: string }).body
  } finally {
    await store.close()
    await rm(folder, { recursive: true, force: true })
  }
}

/** The id of what was made, if the event says so. */
function idIn(payload: string): number {
  const { id } = (payload ? JSON.parse(payload) : {}) as { id?: number }
  return id as number
}
