import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { killCommands, runCommand } from '../support/command.ts'
import { createWorld, secret, type World } from '../support/world.ts'

// The examples run against a Kith as it is served, deliveries and all; people act through the world beside it.
let world: World
let dir: string
let base: string
const running: ChildProcess[] = []

beforeAll(async () => {
  world = await createWorld()
  dir = await mkdtemp(join(tmpdir(), 'kith-examples-'))
  const kith = await runCommand(['serve'], {
    ...{ DATABASE_URL: world.database.url, KITH_DATA_DIR: dir, KITH_JWT_SECRET: secret },
    KITH_WEBHOOK_ALLOW: '127.0.0.1',
  })
  base = kith.base
})
afterAll(async () => {
  for (const child of running) child.kill('SIGKILL')
  killCommands()
  await world.end()
  await rm(dir, { recursive: true, force: true })
})

/** Runs an example as its page says. */
function run(name: string, env: Record<string, string>) {
  const file = join(import.meta.dirname, '../../examples', `${name}.ts`)
  const child = spawn(process.execPath, [file], {
    env: { ...process.env, KITH_URL: base, KITH_TOKEN: world.admin.token, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  running.push(child)
  const example = { child, out: '', ended: new Promise((resolve) => child.once('close', resolve)) }
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      example.out += text
    })
  return example
}
const says = (example: { out: string }, text: string) =>
  expect.poll(() => example.out, { timeout: 20_000, interval: 20 }).toContain(text)

async function freePort(): Promise<string> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return String(port)
}

test('the importer brings members and friendships, names what is wrong, and can be run again', async () => {
  const [members, friends] = [join(dir, 'members.csv'), join(dir, 'friends.csv')]
  await writeFile(
    members,
    'ext_id,username,email,real_name\ncrm-1,ada,ada@example.com,Ada L\ncrm-2,ben,,Ben\ncrm-3,no name,,\n',
  )
  await writeFile(friends, 'a,b\ncrm-1,crm-2\ncrm-1,crm-9\n')
  const files = { MEMBERS_FILE: members, FRIENDS_FILE: friends }
  for (const [made, there] of [
    [2, 0],
    [0, 2],
  ]) {
    const importer = run('importer', files)
    expect(await importer.ended).toBe(0)
    expect(importer.out).toContain(`members: ${made} new, ${there} there already, 1 refused`)
    expect(importer.out).toMatch(/members, line 3: .*"username"/)
    expect(importer.out).toContain(
      `friendships: ${(made as number) / 2} new, ${(there as number) / 2} there already, 1 refused`,
    )
  }
  const { results } = (await world.admin.get('/user/?ext_id=crm-1')).body
  expect(results).toMatchObject([{ username: 'ada', email: 'ada@example.com', connections_counter: 1 }])
  const other = run('importer', { ...files, KITH_TOKEN: world.alice.token })
  expect(await other.ended).toBe(1)
  expect(other.out).toContain('alice is no administrator')
})

test('the mirror copies what there is, follows what happens, and takes up where it was killed', async () => {
  const { alice, bob, carla } = world
  const file = join(dir, 'crm.sqlite')
  const port = await freePort()
  const connect = async (one: typeof alice, other: typeof alice) => {
    await one.post(`/user/${other.id}/connection/request/`)
    expect((await other.post(`/user/${one.id}/connection/accept/`)).status).toBe(200)
  }
  await connect(alice, bob)
  const mirror = run('crm-mirror', { CRM_FILE: file, PORT: port })
  await says(mirror, 'Copied.')
  const crm = new DatabaseSync(file, { timeout: 5_000 })
  const friendships = () =>
    crm
      .prepare('select a, b from friendship where connected order by a, b')
      .all()
      .map(({ a, b }) => `${a} ${b}`)
  const pair = (one: typeof alice, other: typeof alice) => `${one.id} ${other.id}`
  expect(friendships()).toContain(pair(alice, bob))
  await connect(alice, carla)
  await expect.poll(friendships, { timeout: 20_000 }).toContain(pair(alice, carla))

  mirror.child.kill('SIGKILL')
  await mirror.ended
  await alice.post(`/user/${bob.id}/connection/remove/`)
  await world.admin.patch(`/user/${carla.id}/`, { email: 'carla@work.example' })
  const again = run('crm-mirror', { CRM_FILE: file, PORT: port })
  await says(again, 'Back.')
  await expect.poll(friendships, { timeout: 20_000 }).not.toContain(pair(alice, bob))
  const address = () => crm.prepare('select email from member where id = ?').get(carla.id)
  await expect.poll(address, { timeout: 20_000 }).toEqual({ email: 'carla@work.example' })
  // The mirror says what Kith says.
  const { results } = (await world.admin.get('/connection/?state=connected&limit=500')).body
  expect(friendships()).toEqual(
    results
      .map(({ from_user: one, to_user: other }: { from_user: { id: number }; to_user: { id: number } }) =>
        [one.id, other.id].sort((a, b) => a - b),
      )
      .sort(([a, b]: number[], [c, d]: number[]) => (a as number) - (c as number) || (b as number) - (d as number))
      .map((both: number[]) => both.join(' ')),
  )
  expect(crm.prepare('select count(*) as n from member').get()).toEqual({
    n: (await world.admin.get('/user/')).body.count,
  })
  crm.close()
  again.child.kill('SIGKILL')
}, 90_000)

test('the bot accepts who asks, and welcomes them', async () => {
  const bot = await world.join('robot')
  const dora = await world.join('dora')
  const running = run('bot', { KITH_TOKEN: bot.token, PAUSE_MS: '100' })
  await says(running, 'robot listens.')
  await dora.post(`/user/${bot.id}/connection/request/`)
  await says(running, 'Accepted dora.')
  expect((await dora.get(`/user/${bot.id}/connection_status/`)).body).toEqual({ connection_status: 'connected' })
  const { results } = (await dora.get('/discussion/')).body
  expect(results[0]).toMatchObject({ title: 'New friends', summary: 'Welcome, dora!', author: { id: bot.id } })
  running.child.kill('SIGKILL')
}, 60_000)
