import { mkdtemp, rm } from 'node:fs/promises'
import { Agent, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Database, openDatabase } from '../../src/platform/db/database.ts'
import { type Command, killCommands, runCommand } from '../support/command.ts'
import { freshDatabase } from '../support/world.ts'

let dir: string
let database: Awaited<ReturnType<typeof freshDatabase>>
let db: Database

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'kith-stopping-'))
  database = await freshDatabase()
  db = openDatabase(database.connection, () => {})
})
afterAll(async () => {
  killCommands()
  await db.close()
  await database.drop()
  await rm(dir, { recursive: true, force: true })
})

const run = (env: Record<string, string> = {}, until?: RegExp) =>
  runCommand(['serve'], { DATABASE_URL: database.url, KITH_DATA_DIR: dir, ...env }, until)

const status = async (url: string) => (await fetch(url, { headers: { connection: 'close' } })).status

describe('a start', () => {
  test('that fails when nearly everything is there ends with 1 and its reason', async () => {
    await db.query('alter table webhook_attempt rename to elsewhere')
    const kith = await run()
    expect(await kith.ended).toBe(1)
    expect(kith.out).toMatch(/\nKith cannot start: relation "webhook_attempt" does not exist\n$/)
    await db.query('alter table elsewhere rename to webhook_attempt')
  })

  test('that hangs in the database can be ended', async () => {
    const days = await db.query<{ name: string }>(
      `select relid::regclass::text as name from pg_partition_tree('webhook_attempt') where level = 1`,
    )
    for (const { name } of days) await db.query(`drop table ${name}`)
    const holder = await db.connect()
    await holder.query('select pg_advisory_lock(711907, 4)')
    const starting = run({}, /"msg":"stopping"/)
    const waiting = `select 1 from pg_stat_activity where wait_event = 'advisory' and datname = current_database()`
    await expect.poll(async () => (await db.query(waiting)).length, { timeout: 10_000 }).toBe(1)
    const at = performance.now()
    killCommands('SIGTERM')
    const kith = await starting
    expect(await kith.ended).toBe(0)
    expect(performance.now() - at).toBeLessThan(8_000)
    await holder.end()
  })
})

describe('asked to stop', () => {
  test('Kith says so first, answers everybody, and cuts nobody off', async () => {
    const kith = await run({ KITH_DRAIN: '1', HOST: 'localhost' })
    expect([await status(`${kith.base}/healthz`), await status(`${kith.base}/readyz`)]).toEqual([200, 200])
    const clients = callSteadily(kith, 10)
    await clients.have(100)
    const at = performance.now()
    kith.child.kill('SIGTERM')
    await expect.poll(() => status(`${kith.base}/readyz`), { interval: 20, timeout: 900 }).toBe(503)
    const notReady = await (await fetch(`${kith.base}/readyz`)).json()
    expect(notReady).toEqual({
      errors: [{ code: 'unavailable', message: 'Kith is stopping. Send requests to another node.' }],
    })
    expect(await status(`${kith.base}/healthz`)).toBe(200)
    expect(await kith.ended).toBe(0)
    expect(performance.now() - at).toBeGreaterThan(950)
    const { failures, others, last } = await clients.stop()
    // Refused is who came after the end; all others had their answer.
    expect(failures, kith.out.slice(-2_000)).toEqual([])
    expect(others).toEqual([])
    expect(last).toEqual(Array(10).fill('close'))
  })

  test('it finishes what is in flight, on connections that it closes behind the answer', async () => {
    const kith = await run()
    const lock = await db.connect()
    await lock.query('begin')
    await lock.query('lock table users in access exclusive mode')
    const agent = new Agent({ keepAlive: true })
    const slow = get(`${kith.base}/api/v2/user/1/`, agent)
    await expect
      .poll(async () => (await db.query(`select 1 from pg_locks where not granted`)).length, { timeout: 5_000 })
      .toBeGreaterThan(0)
    kith.child.kill('SIGTERM')
    await expect.poll(() => status(`${kith.base}/healthz`).catch(() => 'refused'), { timeout: 5_000 }).toBe('refused')
    await lock.query('rollback')
    await lock.end()
    const answer = await slow
    expect([answer.status, answer.connection]).toEqual([200, 'close'])
    expect(await kith.ended).toBe(0)
  })
})

describe('an error that nobody caught', () => {
  test('is logged with its cause, and ends Kith with 1 within seconds, whoever is in flight answered', async () => {
    const fixture = fileURLToPath(new URL('fixtures/throws.mjs', import.meta.url))
    const kith = await run({ NODE_OPTIONS: `--import=${fixture}` })
    const clients = callSteadily(kith, 4)
    await clients.have(8)
    const at = performance.now()
    kith.child.kill('SIGUSR2')
    expect(await kith.ended).toBe(1)
    expect(performance.now() - at).toBeLessThan(6_000)
    expect(kith.out).toContain('"msg":"an error that nobody caught; Kith ends"')
    expect(kith.out).toContain('the cause of it')
    expect(kith.out).toContain('Kith ends because of an error that nobody caught: nobody expected this')
    const { failures, others } = await clients.stop()
    expect([failures, others], kith.out.slice(-2_000)).toEqual([[], []])
  })
})

/** `gone` is when the request was on its way, or, if it never was, when that was known. */
type Failure = Error & { code?: string; reused: boolean; gone: number }
type Got = { status: number; connection: string | undefined; body: string }

function get(url: string, agent: Agent): Promise<Got> {
  return new Promise((resolve, reject) => {
    const sending = request(url, { agent }, (response) => {
      let body = ''
      response.setEncoding('utf8').on('data', (text) => {
        body += text
      })
      response.on('error', reject)
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, connection: response.headers.connection, body }),
      )
    })
    let gone: number | undefined
    sending.once('finish', () => {
      gone = performance.now()
    })
    sending.on('error', (error) =>
      reject(Object.assign(error, { reused: sending.reusedSocket, gone: gone ?? performance.now() })),
    )
    sending.end()
  })
}

/** So many clients, each on a connection that it keeps, with a request every 50 ms or so. */
function callSteadily({ base }: Command, clients: number) {
  const seen = { answers: 0, failures: [] as string[], others: [] as string[], last: [] as unknown[] }
  let stopped = false
  /** What a client has to expect of a server that ends: nobody is there, or no longer for a connection left idle. */
  const isExpected = ({ code, reused }: Failure, idle: number) =>
    code === 'ECONNREFUSED' ||
    // The kernel may have taken a new connection that the process, at its end, no longer accepts.
    (code === 'ECONNRESET' && (!reused || idle > 900))
  const all = Array.from({ length: clients }, async (_, i) => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    let sent = performance.now()
    while (!stopped) {
      const before = sent
      sent = performance.now()
      await get(`${base}/api/v2/user/?i=${i}`, agent).then(
        ({ status, body, connection }) => {
          seen.last[i] = connection
          seen.answers++
          const errors = JSON.parse(body).errors
          if (status !== 401 || !Array.isArray(errors)) seen.others.push(`${status} ${body.slice(0, 200)}`)
        },
        (error: Failure) => {
          // Kith cannot have seen this connection idle for longer. A busy machine holds clients up: before they send,
          // and before what they send is on its way.
          const idle = error.gone - before
          if (!isExpected(error, idle))
            seen.failures.push(`${error.code ?? error.message} after ${Math.round(idle)} ms`)
        },
      )
      await sleep(40 + Math.random() * 60)
    }
    agent.destroy()
  })
  return {
    /** Waits until they have had so many answers. */
    have: (answers: number) => expect.poll(() => seen.answers, { timeout: 20_000 }).toBeGreaterThan(answers),
    async stop() {
      stopped = true
      await Promise.all(all)
      return seen
    },
  }
}
