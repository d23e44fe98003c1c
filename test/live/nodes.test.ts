import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { createMember } from '../../src/accounts/create.ts'
import { createTokens } from '../../src/auth/token.ts'
import { loadCommunity } from '../../src/community/state.ts'
import { systemClock } from '../../src/platform/clock.ts'
import { openDatabase } from '../../src/platform/db/database.ts'
import { killCommands, runCommand } from '../support/command.ts'
import { freshDatabase, secret } from '../support/world.ts'
import { heartbeat, openPage } from './page.ts'

afterAll(() => killCommands())

test('A node is killed while much happens: its page goes on at another, and the list has all', async () => {
  const database = await freshDatabase()
  const folder = await mkdtemp(join(tmpdir(), 'kith-live-'))
  const db = openDatabase(database.connection, () => {})
  const tokens = createTokens(secret, systemClock)
  const community = await loadCommunity(db)
  const enter = async (username: string) => {
    const id = await createMember({ db, community, now: new Date() }, { username, email: `${username}@example.com` })
    return { id, token: await tokens.mint(id, 3600) }
  }
  const alice = await enter('alice')
  const others = await Promise.all(Array.from({ length: 24 }, (_, i) => enter(`other${i}`)))
  const env = { DATABASE_URL: database.url, KITH_JWT_SECRET: secret, KITH_DATA_DIR: folder, KITH_DELIVERY: 'off' }
  const [first, second] = await Promise.all([runCommand(['serve'], env), runCommand(['serve'], env)])
  const friend = await enter('friend')
  await db.query(`update users set role = 'admin' where id = $1`, [friend.id])
  const act = async ({ token }: { token: string }, path: string, body: object = {}, method = 'POST') => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    return (await fetch(`${second.base}/api/v2${path}`, { method, headers, body: JSON.stringify(body) })).status
  }
  expect(await act(alice, `/user/${friend.id}/connection/request/`)).toBe(200)
  expect(await act(friend, `/user/${alice.id}/connection/accept/`)).toBe(200)
  expect(await act(friend, '/dynamic_preference/', { 'addons.private_messages_enabled': true }, 'PATCH')).toBe(200)
  let page = await openPage({ url: first.base }, alice)

  const told = new Set<string>()
  const ask = async ({ token }: { token: string }) => {
    const authorization = `Bearer ${token}`
    const init = { method: 'POST', headers: { authorization } }
    const answer = await fetch(`${second.base}/api/v2/user/${alice.id}/connection/request/`, init)
    expect(answer.status).toBe(200)
  }
  const half = others.length / 2
  for (const other of others.slice(0, half)) await ask(other)
  // What happens on one node is told on the other.
  while (told.size < half) told.add((await page.told()).notification_obj.sid)
  first.child.kill('SIGKILL')
  await ask(others[half] as (typeof others)[number])
  expect((await page.closed).code).toBe(1006)
  page = await openPage({ url: second.base }, alice)
  for (const other of others.slice(half + 1)) await ask(other)
  for (let i = half + 1; i < others.length; i++) told.add((await page.told()).notification_obj.sid)
  expect(told.size).toBe(others.length - 1)

  // The connections to the database are cut, and the logs go on as on a server that lacks the last of them: what happens
  // after that is told at once, events and signals.
  const cut = async () => {
    await db.query(`select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid()`)
  }
  for (const [nth, happens] of [
    cut,
    () => db.query(`select continue_event_log('lost', (select max(id) + 5 from event))`),
  ].entries()) {
    await happens()
    const write = () => act(friend, '/pm/', { recipients: [alice.id], message: `Tea ${nth}?` })
    await expect.poll(write).toBe(201)
    expect((await page.told()).notification_obj.message.message).toContain(`Tea ${nth}?`)
  }

  const list = await fetch(`${second.base}/api/v2/notification/?limit=50`, {
    headers: { authorization: `Bearer ${alice.token}` },
  })
  const { results } = (await list.json()) as { results: { aggregated: { sid: string; type: string }[] }[] }
  const listed = results.flatMap(({ aggregated }) =>
    aggregated.flatMap(({ type, sid }) => (type === 'connection_request' ? [sid] : [])),
  )
  expect(listed).toHaveLength(others.length)
  for (const sid of told) expect(listed).toContain(sid)

  // Asked to stop, the other says so to its pages.
  page.say(heartbeat)
  expect(await page.next()).toBe(heartbeat)
  second.child.kill('SIGTERM')
  expect((await page.closed).code).toBe(1001)
  expect(await second.ended).toBe(0)
  await db.close()
  await database.drop()
  await rm(folder, { recursive: true, force: true })
}, 120_000)
