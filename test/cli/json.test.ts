import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { program } from '../../src/cli/program.ts'
import { continueRecovery } from '../../src/webhooks/continue-recovery.ts'
import { killCommands, runCommand } from '../support/command.ts'
import { startOfKith } from '../support/compiled.ts'
import { type Delivering, deliver } from '../support/delivery.ts'
import { runHere } from '../support/here.ts'
import { type Inbox, openInbox } from '../support/inbox.ts'
import { createWorld, type World } from '../support/world.ts'

let world: World
let engine: Delivering
let inbox: Inbox
let dir: string
let endpoint: number

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'kith-json-'))
  ;[world, inbox] = await Promise.all([createWorld(), openInbox()])
  engine = await deliver(world, { recover: (db, id, now) => continueRecovery(db, id, 100, now) })
  const made = await world.admin.post('/webhook/endpoint/', { target: inbox.url, events: ['status.created'] })
  endpoint = made.body.id
  await world.alice.post('/status/', { text: '<p>good morning</p>' })
  await writeFile(join(dir, 'graph.txt'), '1 2\n2 3\n')
  for (const name of ['dave', 'erin', 'frank', 'grace']) await world.join(name)
  // Two who wait to be let in.
  await world.db.query(`with waits as (
      update users set status = 'w', reg_approved = false where username in ('frank', 'grace') returning id
    )
    insert into sign_up (member_id, language, created_at, unconfirmed, unapproved)
    select id, 'en', now(), false, true from waits`)
})
afterAll(async () => {
  killCommands()
  await engine.stop()
  await inbox.close()
  await world.end()
  await rm(dir, { recursive: true, force: true })
})

const env = () => ({ DATABASE_URL: world.database.url, KITH_DATA_DIR: dir })
/** What these ask is the world, by its address. */
const remote = () => ({ ...env(), KITH_URL: world.url, KITH_TOKEN: world.admin.token })

/** How each command is called with `--json`, and what its document says; of several lines, the first of them. */
const asked: Record<string, { args: () => string[]; says: object; env?: () => Record<string, string> }> = {
  migrate: { args: () => ['--plan'], says: { planned: [] } },
  'create-user': { args: () => ['henry'], says: { id: expect.any(Number), username: 'henry' } },
  'create-app': {
    args: () => ['Shop', '--redirect-uri', 'https://shop.example/'],
    says: { client_id: expect.any(String), client_secret: expect.stringMatching(/^kith_cs_/) },
  },
  block: { args: () => ['dave'], says: { username: 'dave', blocked: true, changed: true } },
  unblock: { args: () => ['dave'], says: { username: 'dave', blocked: false, changed: true } },
  promote: { args: () => ['dave', '--role', 'editor'], says: { username: 'dave', role: 'editor' } },
  approve: { args: () => ['frank'], says: { username: 'frank', let_in: true } },
  refuse: { args: () => ['grace'], says: { username: 'grace', let_in: false } },
  'create-invite': { args: () => [], says: { code: expect.any(String), sent: false } },
  'create-promo': { args: () => ['--code', 'WELCOME'], says: { code: 'WELCOME' } },
  'reset-password': { args: () => ['erin'], says: { username: 'erin', password: expect.stringMatching(/-K1$/) } },
  'delete-user': { args: () => ['erin'], says: { username: 'erin', deleted: true, erased: false } },
  'list-users': { args: () => [], says: { id: expect.any(Number), role: 'admin' } },
  audit: { args: () => [], says: { act: expect.any(String) } },
  token: { args: () => ['alice'], says: { id: expect.any(Number), hours: 24, token: expect.any(String) } },
  set: { args: () => ['mutual_counts_enabled', 'false'], says: { value: false } },
  'import-graph': { args: () => [join(dir, 'graph.txt')], says: { members: 3, connected: 2, refused: 0 } },
  export: { args: () => [join(dir, 'all.kith')], says: { file: expect.any(String), rows: expect.any(Number) } },
  'import-community': {
    args: () => [world.url, '--dry-run'],
    says: { members: expect.any(Number) },
    env: remote,
  },
  'go-live': { args: () => [], says: { sending: true, released: false } },
  trigger: { args: () => ['--list'], says: { types: expect.arrayContaining(['connection.created']) } },
  events: { args: () => [], says: { event_id: expect.any(Number), type: expect.any(String) }, env: remote },
  endpoints: { args: () => [], says: { id: 1, delivery: { state: 'healthy' } }, env: remote },
  resend: { args: () => [String(endpoint), '1'], says: { endpoint: 1, events: [1], queued: true }, env: remote },
  recover: {
    args: () => [String(endpoint), '--since', '2020-01-01'],
    says: { kind: 'failed', done: true },
    env: remote,
  },
  completion: { args: () => ['bash'], says: { shell: 'bash', script: expect.stringContaining('complete') } },
  doctor: { args: () => [], says: { good: expect.any(Boolean), findings: expect.any(Array) } },
}
/** Those that hear signals, and one that needs a Kith that has nothing yet: they are tried below. */
const others = ['serve', 'work', 'listen', 'seed', 'import']

describe('with --json', () => {
  test('every command is tried here', () => {
    expect(program.commands.map((each) => each.name()).sort()).toEqual([...Object.keys(asked), ...others].sort())
    for (const each of program.commands)
      expect([each.name(), each.options.some(({ long }) => long === '--json')]).toEqual([each.name(), true])
  })

  test.each(Object.keys(asked))('%s says what came of it as JSON, and nothing else', async (command) => {
    const { args, says, env: where = env } = asked[command] as (typeof asked)[string]
    const { out, err } = await runHere([command, ...args(), '--json'], where())
    const lines = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect([lines[0], err.replace(/^.*[█░%].*$/gm, '').trim()]).toMatchObject([says, ''])
    expect(out.endsWith('\n')).toBe(true)
  })

  test.each(['serve', 'work', 'listen'])('%s says lines of JSON until it is stopped', async (command) => {
    const ready = { serve: /"serving":"([^"]+)"/, work: /"delivering":(true)/, listen: /(Ctrl-C ends it)/ }
    const kith = await runCommand([command, '--json'], remote(), ready[command as keyof typeof ready])
    if (command === 'listen') {
      await world.alice.post('/status/', { text: '<p>good evening</p>' })
      await expect.poll(() => kith.out, { timeout: 10_000 }).toContain('"type":"status.created"')
    }
    kith.child.kill('SIGINT')
    expect(await kith.ended).toBe(0)
    // What `listen` says of itself is on standard error.
    const lines = kith.out.split('\n').filter((line) => line && !line.includes('Ctrl-C ends it'))
    for (const line of lines) expect(JSON.parse(line)).toEqual(expect.any(Object))
    expect(lines.length).toBeGreaterThan(0)
  })

  test('seed says what it made', async () => {
    const args = [...startOfKith, 'seed', '--members', '2', '--contributions', '0', '--add', '--json']
    const { stdout } = await promisify(execFile)(process.execPath, args, { env: { ...process.env, ...env() } })
    expect(JSON.parse(stdout)).toMatchObject({ members: 2, contributions: 0, whole: true })
  })

  test('what goes wrong is JSON, too: refusals by field, sentences, and how it was called', async () => {
    for (const [args, errors] of [
      [['create-user', 'no name'], [{ field: 'username', messages: [{ code: expect.any(String) }] }]],
      [['token', 'nobody'], [{ message: 'There is no member "nobody".' }]],
      [['import', join(dir, 'none.kith')], [{ message: expect.stringContaining('There is no file') }]],
      [['import', join(dir, 'all.kith')], [{ message: expect.stringContaining('This Kith is not empty') }]],
      [['token', 'alice', '--hours', 'x'], [{ code: 'usage', message: expect.stringContaining('whole number') }]],
      [['token', 'alice', '--what'], [{ code: 'usage', message: expect.stringContaining('--what') }]],
      [['dance'], [{ code: 'usage', message: expect.stringContaining('dance') }]],
    ] as const) {
      const { code, out, err } = await runHere([...args, '--json'], env())
      const said = err.split('\n').find((line) => line.startsWith('{')) ?? ''
      expect([args[0], code, out, JSON.parse(said)]).toMatchObject([args[0], 1, '', { errors }])
    }
  })

  test('that it was asked for is no news to the audit trail', async () => {
    const { results } = (await world.admin.get('/audit/?limit=100')).body
    expect(results.length).toBeGreaterThan(10)
    for (const { fields } of results) expect(fields).not.toContain('json')
  })
})
