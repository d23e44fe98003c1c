import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Compile } from 'typebox/compile'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { checkSource, noMemory, readMemory, recall, watchLog } from '../../src/eventlog/continue.ts'
import { eventLogInterrupted } from '../../src/eventlog/events.ts'
import { onClient } from '../../src/platform/db/database.ts'
import { startOfKith } from '../support/compiled.ts'
import { createWorld, type World } from '../support/world.ts'

let world: World
const margin = 2 ** 24

beforeAll(async () => {
  world = await createWorld()
})
beforeEach(async () => {
  await check()
  await world.db.query('delete from event_break')
})
afterAll(() => world.end())

async function check(known = 0): Promise<void> {
  const client = await world.db.connect()
  await checkSource(onClient(client), known).finally(() => client.end())
}

const last = async () => {
  const [row] = await world.db.query<{ id: number }>('select max(id) as id from event')
  return row?.id as number
}
const breaks = () => world.db.query('select cause, missing_from, last_known, resumed_at from event_break order by id')

/** Tells an event, and says its id. */
async function tell(): Promise<number> {
  expect((await world.alice.patch('/user/me/', { bio: `at ${performance.now()}` })).status).toBe(200)
  return last()
}

/** The end of the log is gone, as on a standby that had not received it. */
async function lose(from: number): Promise<void> {
  await world.db.query('delete from event where id >= $1', [from])
  await world.db.query(`select setval('event_id', $1)`, [from - 1])
}

describe('a log that goes on where it was', () => {
  test('is left as it is, however often it is looked at', async () => {
    const before = await tell()
    for (let i = 0; i < 3; i++) await check(before)
    expect(await tell()).toBe(before + 1)
    expect(await breaks()).toEqual([])
  })
})

describe('a log whose server has changed', () => {
  test('gives out no id again that a standby may lack, by whatever way somebody came to it', async () => {
    const before = await tell()
    // No connection was made anew: a pooler has found the other server by itself.
    await world.db.query('update event_source set timeline = timeline - 1')
    const after = await tell()
    expect(after).toBe(before + margin + 1)
    expect(await breaks()).toEqual([
      { cause: 'timeline', missing_from: before + 1, last_known: null, resumed_at: after },
    ])
    expect(await tell()).toBe(after + 1)
    expect(await breaks()).toHaveLength(1)
  })

  test('is continued once, however many tell something at the same moment', async () => {
    const before = await tell()
    await world.db.query('update event_source set timeline = timeline - 1')
    const people = [world.alice, world.bob, world.carla, world.admin]
    const answers = await Promise.all(
      [...people, ...people].map((who, i) => who.patch('/user/me/', { bio: `at once, ${i}` })),
    )
    expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(200))
    expect(await breaks()).toHaveLength(1)
    const rows = await world.db.query<{ id: number }>('select id from event where id > $1 order by id', [before])
    expect(rows.map(({ id }) => id)).toEqual(rows.map((_, i) => before + margin + 1 + i))
  })

  test('is continued beyond what any endpoint has come to, and endpoints are taken back to what is there', async () => {
    const made = await world.admin.post('/webhook/endpoint/', {
      target: 'http://127.0.0.1:9/',
      events: [{ type: 'user.updated' }],
    })
    const before = await tell()
    const beyond = before + 1_000
    await world.db.query(
      `update webhook_lane set position = $2, holes = '{[${before - 1},${before}],[${before + 5},${beyond}]}', owner = 'gone', epoch = 7
       where endpoint_id = $1`,
      [made.body.id, beyond],
    )
    await world.db.query(
      `insert into webhook_delivery values ($1, $2, false, 0, 1, now()), ($1, $3, false, 0, 1, now())`,
      [made.body.id, before, beyond],
    )
    await world.db.query(`update event_source set system = 'another'`)
    await check()
    expect(await breaks()).toEqual([
      { cause: 'server', missing_from: before + 1, last_known: null, resumed_at: beyond + margin + 1 },
    ])
    expect(
      await world.db.query('select position, holes::text, owner, epoch from webhook_lane where endpoint_id = $1', [
        made.body.id,
      ]),
    ).toEqual([{ position: before, holes: `{[${before - 1},${before + 1})}`, owner: null, epoch: 8 }])
    expect(
      await world.db.query('select event_id from webhook_delivery where endpoint_id = $1', [made.body.id]),
    ).toEqual([{ event_id: before }])
    expect(await tell()).toBe(beyond + margin + 1)
    await world.admin.delete(`/webhook/endpoint/${made.body.id}/`)
  })
})

describe('a log that has lost its end', () => {
  test('is noticed by who remembers it, and continued beyond that', async () => {
    const first = await tell()
    const known = await tell()
    await lose(first)
    await check(known)
    expect(await breaks()).toEqual([
      { cause: 'lost', missing_from: first, last_known: known, resumed_at: known + margin + 1 },
    ])
    expect(await tell()).toBe(known + margin + 1)
  })

  test('is told to whoever asked, with all that anybody knew of it', async () => {
    const made = await world.admin.post('/webhook/endpoint/', {
      target: 'http://127.0.0.1:9/',
      events: [{ type: 'event_log.interrupted' }],
    })
    expect(made.status).toBe(201)
    const [near, far] = [noMemory(), noMemory()]
    const first = await tell()
    await recall(world.db, near)
    const known = await tell()
    await recall(world.db, far)
    await lose(first)
    await world.db.query('update event_source set timeline = timeline - 1')
    await check()
    // Who remembers more than there is, and has not heard that this is known, does not continue it once more.
    await check(known)
    expect(await breaks()).toHaveLength(1)
    expect(await recall(world.db, near)).toMatchObject({ last_known: first })
    expect(await recall(world.db, far)).toMatchObject({ last_known: known })
    expect(await recall(world.db, far)).toBeNull()
    await world.told()

    const lines: string[] = []
    const say = (_about: object, message: string) => void lines.push(message)
    await world.db.query(`update event_break set at = at - interval '10 seconds'`)
    const watching = watchLog(world.db, noMemory(), null, { warn: say, error: say })
    await expect.poll(() => lines, { timeout: 5_000 }).toHaveLength(1)
    await watching.stop()
    expect(lines[0]).toBe(
      `the event log was interrupted: up to 2 events, ids ${first} to ${known}, were emitted and are lost; ` +
        `it goes on with ${first - 1 + margin + 1}`,
    )
    const told = await world.told()
    expect(told.map(({ type }) => type)).toEqual(['event_log.interrupted'])
    expect(told[0]?.data).toMatchObject({ cause: 'timeline', missing_from: first, last_known: known, span: 2 })
    expect([...Compile(eventLogInterrupted.data).Errors(told[0]?.data)]).toEqual([])
    await world.admin.delete(`/webhook/endpoint/${made.body.id}/`)
  })

  test('is known after a restart as well, by a file; more may be lost if that was not written at the end', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'kith-memory-'))
    const file = join(dir, 'event-log.json')
    const silent = { warn: () => {}, error: () => {} }
    expect(await readMemory(world.db, file)).toEqual(noMemory())
    const known = await tell()
    const watching = watchLog(world.db, noMemory(), file, silent)
    await expect.poll(() => readMemory(world.db, file)).toMatchObject({ highest: known, sure: false })
    await watching.stop()
    expect(await readMemory(world.db, file)).toMatchObject({ highest: known, sure: true })
    await lose(known)
    await check((await readMemory(world.db, file)).highest)
    expect(await breaks()).toMatchObject([{ cause: 'lost', missing_from: known, last_known: known }])

    // Of another community, or no file of ours.
    const text = await readFile(file, 'utf8')
    await writeFile(file, text.replace(/"key":"/, '"key":"another '))
    expect(await readMemory(world.db, file)).toEqual(noMemory())
    await writeFile(file, text.slice(0, 9))
    expect(await readMemory(world.db, file)).toEqual(noMemory())
    await rm(dir, { recursive: true })
  })
})

describe('kith doctor', () => {
  const doctor = async () => {
    const run = promisify(execFile)
    const env = { ...process.env, DATABASE_URL: world.database.url, KITH_JWT_SECRET: 'x'.repeat(32) }
    const said = await run(process.execPath, [...startOfKith, 'doctor'], { env }).catch((error) => error)
    return (said.stdout as string).split('\n').filter((line) => /event log|takes no writes/.test(line))
  }

  test('says what is lost until that is acknowledged', async () => {
    await tell()
    const first = await tell()
    const known = await tell()
    await lose(first)
    await check(known)
    const [line] = await doctor()
    expect(line).toMatch(
      new RegExp(
        `^WRONG {2}event log: interrupted at .* UTC \\(lost\\); up to 2 events, ids ${first} to ${known}, were emitted and are lost`,
      ),
    )
    await world.db.query('update event_break set acknowledged = now()')
    expect(await doctor()).toEqual([])
  })

  test('says that another server has taken over, before Kith is started on it', async () => {
    await world.db.query('update event_source set timeline = timeline - 1')
    expect(await doctor()).toEqual([
      'WRONG  event log: another server has taken over. Start Kith: it goes on beyond all ids that were given out.',
    ])
    await check()
  })

  test('says that the database takes no writes', async () => {
    const { name } = world.database
    const admin = await world.db.connect()
    await admin.query(`alter database ${name} set default_transaction_read_only = on`)
    expect(await doctor()).toEqual([
      'WRONG  database: it takes no writes, because default_transaction_read_only is on.',
    ])
    await admin.query(`alter database ${name} reset default_transaction_read_only`)
    await admin.end()
  })
})
