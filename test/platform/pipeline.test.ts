import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Database, openDatabase } from '../../src/platform/db/database.ts'
import { onlyReads } from '../../src/platform/db/prepared.ts'
import { freshDatabase } from '../support/world.ts'

let database: Awaited<ReturnType<typeof freshDatabase>>
let db: Database
beforeAll(async () => {
  database = await freshDatabase()
  db = openDatabase({ ...database.connection, size: 10 }, () => {})
})
afterAll(async () => {
  await db.close()
  await database.drop()
})

const reading = 'select $1::int as given, pg_backend_pid() as pid'
const read = (given: number) => db.query<{ given: number; pid: number }>(reading, [given])
const numbers = (n: number) => Array.from({ length: n }, (_, i) => i)

/**
 * The connections that read by several, once they are there and know a statement. Where a machine is busy and answers
 * come late, some reads go elsewhere for a while.
 */
async function warm(): Promise<Set<number>> {
  let pids = new Set<number>()
  for (let i = 0; i < 50 && (i === 0 || pids.size > 2); i++) {
    for (let j = 0; j < 5; j++) await Promise.all(numbers(30).map(read))
    // How long it takes is best known from runs one after the other.
    for (const j of numbers(30)) await read(j)
    const rows = (await Promise.all(numbers(15).map(read))).flat()
    expect(rows.map(({ given }) => given)).toEqual(numbers(15))
    pids = new Set(rows.map(({ pid }) => pid))
  }
  return pids
}

test('many reads at once share two connections, and each gets its own answer', async () => {
  expect((await warm()).size).toBeLessThanOrEqual(2)
  expect(db.pipeline?.totalCount).toBe(2)
})

test('more of them than have room go to other connections, and none is lost', async () => {
  await warm()
  const rows = (await Promise.all(numbers(200).map(read))).flat()
  expect(rows.map(({ given }) => given)).toEqual(numbers(200))
  expect(new Set(rows.map(({ pid }) => pid)).size).toBeGreaterThan(2)
})

test('one that fails takes no other with it', async () => {
  await warm()
  const dividing = 'select 12 / $1::int as given'
  for (let i = 0; i < 3; i++) await db.query(dividing, [1])
  const all = await Promise.allSettled([1, 0, 2, 0, 3].map((by) => db.query<{ given: number }>(dividing, [by])))
  expect(all.map((each) => (each.status === 'fulfilled' ? each.value[0]?.given : each.reason.message))).toEqual([
    ...[12, 'division by zero', 6, 'division by zero', 4],
  ])
})

test('a slow one is not followed by others', async () => {
  await warm()
  const done: string[] = []
  const slow = 'select pg_sleep($1), 1 as slow'
  const sleeping = db.query(slow, [0.3]).then(() => done.push('slow'))
  await Promise.all(numbers(20).map((i) => read(i).then(() => done.push('quick'))))
  await sleeping
  expect(done).toEqual([...numbers(20).map(() => 'quick'), 'slow'])
})

test('one that waits for a lock holds up nobody, whether they come before that shows or later', async () => {
  const locked = 'select count(*)::int as given from category where id = -$1::int'
  for (const i of numbers(10)) await db.query(locked, [i])
  await warm()
  const blocker = await db.connect()
  try {
    await blocker.query('begin; lock table category')
    // Both shared connections, with others sent behind in the same turn.
    const stuck = numbers(2).map((i) => db.query<{ given: number }>(locked, [i]))
    const behind = numbers(20).map(read)
    expect((await Promise.all(behind)).flat().map(({ given }) => given)).toEqual(numbers(20))
    for (const i of numbers(20)) expect(await read(i)).toMatchObject([{ given: i }])
    await blocker.query('rollback')
    expect((await Promise.all(stuck)).flat()).toEqual([{ given: 0 }, { given: 0 }])
  } finally {
    await blocker.end()
  }
})

test('when connections end, what was under way is read again, and new ones take their place', async () => {
  const before = await warm()
  const ending = numbers(12).map(read)
  const killing = db.pool.query(
    `select pg_terminate_backend(pid) from pg_stat_activity
     where datname = current_database() and pid = any ($1) and pid <> pg_backend_pid() and query = $2`,
    [[...before], reading],
  )
  const rows = (await Promise.all(ending)).flat()
  expect(rows.map(({ given }) => given)).toEqual(numbers(12))
  await killing
  for (let i = 0; i < 50; i++) expect(await read(i)).toMatchObject([{ given: i }])
  const after = await warm()
  expect(after.size).toBeGreaterThan(0)
})

test('a database that closes answers what is under way first', async () => {
  const other = openDatabase({ ...database.connection, size: 10 }, () => {})
  for (let i = 0; i < 5; i++) await Promise.all(numbers(30).map((given) => other.query(reading, [given])))
  const last = numbers(12).map((given) => other.query<{ given: number }>(reading, [given]))
  await Promise.all([other.close(), ...last])
  expect((await Promise.all(last)).flat().map(({ given }) => given)).toEqual(numbers(12))
})

test('what writes, locks or waits by its text is not taken for a read', () => {
  for (const text of [
    'insert into a select 1',
    'with b as (update a set c = 1 returning c) select c from b',
    'select c from a for update',
    'select c from a for no key update skip locked',
    'select c from a for key share',
    `select nextval('a')`,
    'select pg_advisory_xact_lock(1)',
    'select pg_try_advisory_lock(1)',
    `select pg_notify('a', '')`,
    `select set_config('a', 'b', true)`,
    'begin',
    'delete from a',
    'lock a',
  ])
    expect(onlyReads(text), text).toBe(false)
  for (const text of [
    'select updated, locked, create_post from a',
    'with b as (select 1) select * from b',
    ' (select 1) union all (select 2)',
  ])
    expect(onlyReads(text), text).toBe(true)
})
