import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer as createHttpServer } from 'node:http'
import { connect, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { verify } from '../../packages/verify/src/index.ts'
import { paint } from '../../src/cli/event-lines.ts'
import { filled, recipes } from '../../src/cli/trigger.ts'
import { continueRecovery } from '../../src/webhooks/continue-recovery.ts'
import { killCommands, runCommand } from '../support/command.ts'
import { type Delivering, deliver } from '../support/delivery.ts'
import { runHere } from '../support/here.ts'
import { type Inbox, openInbox } from '../support/inbox.ts'
import { createWorld, type World } from '../support/world.ts'

let world: World
let inbox: Inbox
let answer = 204
const secret = 'whsec_a secret of somebody who develops'

beforeAll(async () => {
  world = await createWorld()
  inbox = await openInbox((_request, response) => void response.writeHead(answer).end(answer === 204 ? '' : 'not me'))
})
afterAll(async () => {
  killCommands()
  await inbox.close()
  await world.end()
})

const env = () => ({ KITH_URL: world.url, KITH_TOKEN: world.admin.token })
const run = (...args: string[]) => runHere(args, env())

/** A door to the world that can be shut: a connection through it is cut then, and nobody answers. */
async function openDoor(to: string, port = 0): Promise<{ port: number; shut(): Promise<void> }> {
  const { hostname, port: inner } = new URL(to)
  const server: Server = createServer((socket) => {
    const beyond = connect(Number(inner), hostname)
    socket.pipe(beyond).pipe(socket)
    for (const [one, other] of [
      [socket, beyond],
      [beyond, socket],
    ] as const) {
      one.on('error', () => other.destroy())
      one.on('close', () => other.destroy())
      sockets.add(one)
    }
  })
  const sockets = new Set<{ destroy(): void }>()
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  return {
    port: (server.address() as { port: number }).port,
    shut: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const each of sockets) each.destroy()
      }),
  }
}

describe('kith listen', () => {
  test('tells a receiver what happens from then on, byte for byte, and waits for whoever is away', async () => {
    await world.alice.post(`/user/${world.carla.id}/connection/request/`)
    let door = await openDoor(world.url)
    let receiver = await openDoor(inbox.url)
    const through = `http://127.0.0.1:${receiver.port}/hook`
    const kith = await runCommand(
      ['listen', '--forward-to', through, '--events', 'connection_request.*', 'connection.*', '--secret', secret],
      { ...env(), KITH_URL: `http://127.0.0.1:${door.port}` },
      /(Forwarding to)/,
    )
    const lines = () => kith.out.split('\n').filter((line) => / {2}connection/.test(line))
    // A transaction that began before, and ends after a later one.
    const early = await world.db.connect()
    await early.query(`begin; select pg_current_xact_id()`)
    await world.alice.post(`/user/${world.bob.id}/connection/request/`)
    await early.query('commit')
    await early.end()
    await expect.poll(lines, { timeout: 10_000 }).toHaveLength(1)
    expect(lines()[0]).toMatch(/ connection_request\.created .*bob.*alice.* 204 \(\d+ ms\)$/)

    await receiver.shut()
    await world.bob.post(`/user/${world.alice.id}/connection/accept/`)
    await expect.poll(() => kith.out, { timeout: 10_000 }).toMatch(/Nobody is at .* It waits until somebody is\./)
    await door.shut()
    answer = 500
    receiver = await openDoor(inbox.url, receiver.port)
    await expect.poll(lines, { timeout: 10_000 }).toHaveLength(2)
    expect(lines()[1]).toMatch(/ connection\.created .* 500: not me \(\d+ ms\)$/)
    answer = 204

    await world.bob.delete(`/user/${world.alice.id}/connection/`)
    await expect.poll(() => kith.out, { timeout: 10_000 }).toMatch(/Nobody answers at .* asked again until it is there/)
    await world.alice.post('/status/', { text: '<p>not listened for</p>' })
    await world.bob.post(`/user/${world.alice.id}/connection/remove/`)
    door = await openDoor(world.url, door.port)
    await expect.poll(() => kith.out, { timeout: 10_000 }).toMatch(/is there again/)
    await expect.poll(lines, { timeout: 10_000 }).toHaveLength(3)
    kith.child.kill('SIGINT')
    expect(await kith.ended).toBe(0)

    const bodies = await world.db.query<{ body: string }>(
      `select body::text as body from event where type ~ '^connection' order by id offset 1`,
    )
    expect(inbox.received.map(({ body }) => String(body))).toEqual(bodies.map(({ body }) => body))
    for (const { body, headers } of inbox.received) verify(body, headers['selfcommunity-signature'], secret)
    await Promise.all([door.shut(), receiver.shut()])
  })
})

test('kith listen goes on by the token of an app when the Kith it asks was killed, and misses nothing', async () => {
  const data = await mkdtemp(join(tmpdir(), 'kith-listen-'))
  const here = { DATABASE_URL: world.database.url, KITH_DATA_DIR: data, KITH_DELIVERY: 'off', KITH_LOG_LEVEL: 'info' }
  const made = await runHere(
    ['create-app', 'Robot', '--grant', 'client_credentials', '--member', 'admin', '--json'],
    here,
  )
  const { client_id, client_secret } = JSON.parse(made.out)
  let kith = await runCommand(['serve'], here)
  const grant = new URLSearchParams({ grant_type: 'client_credentials', client_id, client_secret })
  const answer = await fetch(`${kith.base}/oauth/token/`, { method: 'POST', body: grant })
  const { access_token } = (await answer.json()) as { access_token: string }
  const listening = await runCommand(
    ['listen', '--events', 'category.*', '--json'],
    { KITH_URL: kith.base, KITH_TOKEN: access_token },
    /(Ctrl-C ends it)/,
  )
  const heard = () => listening.out.split('\n').flatMap((line) => /"name":"([^"]+)"/.exec(line)?.[1] ?? [])
  const happens = (name: string) => world.admin.post('/category/', { name })
  await happens('Before')
  await expect.poll(heard, { timeout: 10_000 }).toEqual(['Before'])
  kith.child.kill('SIGKILL')
  await kith.ended
  await happens('Meanwhile')
  const { port } = new URL(kith.base)
  kith = await runCommand(['serve'], { ...here, PORT: port })
  await happens('After')
  await expect.poll(heard, { timeout: 20_000 }).toEqual(['Before', 'Meanwhile', 'After'])
  listening.child.kill('SIGINT')
  kith.child.kill('SIGINT')
  expect(await Promise.all([listening.ended, kith.ended])).toEqual([0, 0])
  await rm(data, { recursive: true, force: true })
}, 60_000)

describe('from anywhere', () => {
  let engine: Delivering
  beforeAll(async () => {
    engine = await deliver(world, { recover: (db, endpoint, now) => continueRecovery(db, endpoint, 100, now) })
  })
  afterAll(() => engine.stop())

  test('events are printed, in lines and as they are told', async () => {
    await world.carla.post('/status/', { text: '<p>good morning</p>' })
    const { out, code } = await run('events', '--type', 'status.*', '--limit', '1')
    expect([code, out]).toEqual([0, expect.stringMatching(/^\d\d:\d\d:\d\d +\d+ {2}status\.created .*carla/)])
    const { body } = (
      await world.db.query<{ body: string }>(
        `select body::text as body from event where type = 'status.created' order by id desc`,
      )
    )[0] as { body: string }
    expect((await run('events', '--type', 'status.*', '--limit', '1', '--json')).out).toBe(`${body}\n`)
    expect((await run('events', '--since', 'yesterday')).err).toContain('Give one as 2026-01-31T12:00:00Z')
  })

  test('an endpoint says how it goes, and gets again what it lacks', async () => {
    expect((await run('endpoints')).out).toBe('There is no webhook endpoint.\n')
    answer = 500
    const made = { target: inbox.url, events: [{ type: 'status.created' }] }
    const { id } = (await world.admin.post('/webhook/endpoint/', made)).body
    await world.carla.post('/status/', { text: '<p>good evening</p>' })
    const endpoints = async () => (await run('endpoints')).out
    await expect.poll(endpoints, { timeout: 10_000 }).toMatch(/failing: 1 in a row since .*: it answers 500; 1 to be/)
    answer = 204
    const [event] = await world.db.query<{ id: number }>('select max(id)::int as id from event')
    const before = inbox.received.length
    expect((await run('resend', String(id), String(event?.id))).out).toBe(`It is queued for endpoint ${id}.\n`)
    engine.wake()
    await expect.poll(() => inbox.received.length, { timeout: 10_000 }).toBeGreaterThan(before)
    await expect.poll(endpoints, { timeout: 10_000 }).toMatch(/healthy, last answered/)
    const { out } = await run('recover', String(id), '--since', '2020-01-01', '--kind', 'missed')
    expect(out).toMatch(/2 deliveries are queued for endpoint \d+\.\n$/)
    expect(JSON.parse((await run('endpoints', '--json')).out)).toMatchObject({ id, delivery: { failures: 0 } })
  })

  test('who is refused, or asks nobody, is told in a sentence', async () => {
    const ask = async (env: Record<string, string>) => {
      const { code, err } = await runHere(['events'], env)
      return [code, err.trim()]
    }
    expect(await ask({ KITH_URL: world.url })).toEqual([1, expect.stringContaining('KITH_TOKEN')])
    expect(await ask({ ...env(), KITH_TOKEN: 'x' })).toEqual([1, expect.stringContaining('does not take the token')])
    expect(await ask({ ...env(), KITH_TOKEN: world.alice.token })).toEqual([1, expect.stringMatching(/administrator/i)])
    const door = await openDoor(world.url)
    await door.shut()
    const nobody = { ...env(), KITH_URL: `http://127.0.0.1:${door.port}` }
    expect(await ask(nobody)).toEqual([1, expect.stringMatching(/^Nobody answers at .*: ECONNREFUSED\.$/)])
    const other = createHttpServer((_request, response) => void response.end('It works!')).listen(0, '127.0.0.1')
    await once(other, 'listening')
    const elsewhere = `http://127.0.0.1:${(other.address() as { port: number }).port}`
    expect(await ask({ ...env(), KITH_URL: elsewhere })).toEqual([1, expect.stringMatching(/somebody else than Kith/)])
    other.close()
    expect(await ask({ ...env(), KITH_URL: 'ftp://x' })).toEqual([1, expect.stringContaining('is no address')])
  })

  test.each(['bash', 'zsh', 'fish'])('%s completes every command', async (shell) => {
    const help = (await run('--help')).out
    const { out, code } = await run('completion', shell)
    expect(code).toBe(0)
    const commands = Array.from(help.matchAll(/^ {2}([a-z-]+) (?:\[|<| )/gm), ([, name]) => name as string)
    expect(commands).toContain('listen')
    for (const name of commands) if (name !== 'help') expect(out).toContain(name)
  })
})

/** What bash offers at the end of a line, once it has been told how. */
async function offered(...words: string[]): Promise<string[]> {
  const { out } = await run('completion', 'bash')
  const asking = `COMP_WORDS=(kith ${words.map((each) => `'${each}'`).join(' ')}); COMP_CWORD=${words.length}; _kith`
  const { stdout } = await promisify(execFile)('bash', ['-c', `${out}\n${asking}; printf '%s\\n' "\${COMPREPLY[@]}"`])
  return stdout.trim().split('\n')
}

test('bash completes commands, options, and what may follow them', async () => {
  expect(await offered('li')).toEqual(['list-users', 'listen'])
  expect(await offered('listen', '--f')).toEqual(['--forward-to'])
  expect(await offered('promote', 'alice', '--role', 'm')).toEqual(['moderator'])
  expect(await offered('completion', 'z')).toEqual(['zsh'])
})

test('there are colours on a terminal, unless somebody wants none, and nowhere else', () => {
  const terminal = { isTTY: true } as NodeJS.WriteStream
  const before = process.env.NO_COLOR
  delete process.env.NO_COLOR
  try {
    expect([paint('red', 'no', terminal), paint('red', 'no', {} as NodeJS.WriteStream)]).toEqual([
      '\x1b[31mno\x1b[39m',
      'no',
    ])
    process.env.NO_COLOR = '1'
    expect(paint('red', 'no', terminal)).toBe('no')
  } finally {
    if (before === undefined) delete process.env.NO_COLOR
    else process.env.NO_COLOR = before
  }
})

describe('kith trigger', () => {
  test('sends a receiver an event of a community that is there for that alone', async () => {
    inbox.received.length = 0
    const before = await world.db.query('select count(*)::int from event')
    const { out, code } = await runHere(
      ['trigger', 'connection.created', '--forward-to', inbox.url, '--secret', secret],
      {
        DATABASE_URL: '',
      },
    )
    expect([code, out]).toEqual([0, expect.stringMatching(/ connection\.created .*bob.*alice.* 204 \(\d+ ms\)\n$/)])
    const [sent] = inbox.received
    expect(verify(sent?.body ?? '', sent?.headers['selfcommunity-signature'], secret).type).toBe('connection.created')
    expect(await world.db.query('select count(*)::int from event')).toEqual(before)
    expect((await run('trigger', 'nothing.happened')).err).toContain('kith trigger --list names what can')
  })

  test.each(Object.entries(recipes))('knows how %s comes about', async (type, acts) => {
    await world.admin.patch('/dynamic_preference/', { follow_enabled: /^connection\.(un)?follow$/.test(type) })
    await world.told()
    const name = type.replace('.', '_').slice(-20)
    const [alice, bob] = [await world.join(`a_${name}`), await world.join(`b_${name}`)]
    const ids: Record<string, number> = { alice: alice.id, bob: bob.id }
    for (const [who, method, path, body] of acts) {
      const person = who === 'admin' ? world.admin : who === 'alice' ? alice : bob
      const act = person[method.toLowerCase() as 'post'](filled(path, ids), filled(body, ids))
      const answer = await act
      expect(answer.status, answer.text).toBeLessThan(300)
      if (method === 'POST') ids.made ??= answer.body?.id
    }
    expect((await world.told()).map((each) => each.type)).toContain(type)
    await world.admin.patch('/dynamic_preference/', { follow_enabled: false })
  })
})
