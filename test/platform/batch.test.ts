import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { batchText } from '../../src/platform/db/batch.ts'
import { type Database, openDatabase } from '../../src/platform/db/database.ts'
import { writeArray } from '../../src/platform/sql/array.ts'
import { freshDatabase } from '../support/world.ts'

let database: Awaited<ReturnType<typeof freshDatabase>>
let db: Database
beforeAll(async () => {
  database = await freshDatabase()
  db = openDatabase({ ...database.connection, size: 10, prepare: 'at once', alwaysBatch: true }, () => {})
})
afterAll(async () => {
  await db.close()
  await database.drop()
})

/** Asks until a statement is known to be quick and connections are there, so that the next runs are batches. */
async function warm(text: string, values: unknown[]): Promise<void> {
  for (let i = 0; i < 10; i++) await db.query(text, values)
}

/** As many rows as asked for, each with all that was given; one of them is empty now and then. */
const echo = `with given as materialized (select $1::text as words, $2::int as number, $3::boolean as yes, $4::timestamptz as at)
select n, words, nullif(number, 7) as number, yes, at, '{}'::int[] as none from given, generate_series(1, $5::bigint) n order by n desc`

const sets = fc.array(
  fc.tuple(
    fc.option(fc.string({ unit: 'binary', maxLength: 20 }).map((text) => text.replaceAll('\0', ''))),
    fc.option(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })),
    fc.option(fc.boolean()),
    fc.option(
      fc.date({ min: new Date(0), max: new Date('9999-01-01'), noInvalidDate: true }).map((at) => at.toISOString()),
    ),
    fc.integer({ min: 0, max: 3 }),
  ),
  { minLength: 2, maxLength: 12 },
)

test('whatever is asked for together is answered as if it were alone', async () => {
  await warm(echo, ['', 1, true, null, 1])
  const before = db.ran.batched
  await fc.assert(
    fc.asyncProperty(sets, async (all) => {
      const together = await Promise.all(all.map((values) => db.query(echo, values)))
      for (const [i, values] of all.entries()) expect(together[i]).toEqual((await db.pool.query(echo, values)).rows)
    }),
    { numRuns: 50 },
  )
  expect(db.ran.batched - before).toBeGreaterThan(100)
})

test('quotes, backslashes, braces and the word NULL are values like others', async () => {
  const text = 'select $1::text as given'
  await warm(text, [''])
  const all = ['NULL', null, '', '"', '\\', '{a,b}', "'", '\u202e', '😀\n', 'a,b', ' ', '{}']
  const rows = await Promise.all(all.map((each) => db.query<{ given: string | null }>(text, [each])))
  expect(rows.map(([row]) => row?.given)).toEqual(all)
})

test('arrays are values like others, whatever is in them', async () => {
  const text = 'select $1::text[] as words, $2::bigint[] as ids, $3::int8multirange::text as ranges, $4::text as beside'
  const words = fc.array(
    fc.option(fc.string({ unit: 'binary', maxLength: 6 }).map((each) => each.replaceAll('\0', ''))),
  )
  const ids = fc.array(fc.integer())
  await warm(text, ['{}', '{}', '{}', ''])
  const before = db.ran.batched
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.option(words), ids), { minLength: 2, maxLength: 8 }),
      fc.constantFrom('NULL', '{"a"}', '\\"', ''),
      async (all, beside) => {
        const together = await Promise.all(
          all.map(([words, ids]) =>
            db.query(text, [words && writeArray(words), writeArray(ids), '{[1,3),[5,6)}', beside]),
          ),
        )
        for (const [i, [words, ids]] of all.entries())
          expect(together[i]).toEqual([{ words, ids, ranges: '{[1,3),[5,6)}', beside }])
      },
    ),
    { numRuns: 50 },
  )
  expect(db.ran.batched - before).toBeGreaterThan(100)
})

test('values that cannot be in a batch are asked for alone', async () => {
  const texts: [string, unknown][] = [
    ['select $1::bigint[] as given', [1, 2]],
    ['select $1::json as given', { a: [1] }],
    ['select $1::bytea as given', Buffer.from('a')],
    ['select ($1::text)::date as given', new Date(0)],
    ['select $1::bigint as given', 5n],
  ]
  for (const [text, value] of texts) {
    await warm(text, [value])
    const rows = await Promise.all(Array.from({ length: 8 }, () => db.query<{ given: unknown }>(text, [value])))
    const expected = (await db.pool.query(text, [value])).rows
    for (const each of rows) expect(each).toEqual(expected)
  }
})

test('one whose values fail does not fail the others of its batch', async () => {
  const text = 'select 12 / $1::int as given'
  await warm(text, [1])
  const all = await Promise.allSettled([1, 0, 2, 3, 4].map((by) => db.query<{ given: number }>(text, [by])))
  expect(all.map((each) => (each.status === 'fulfilled' ? each.value[0]?.given : each.reason.message))).toEqual([
    ...[12, 'division by zero', 6, 4, 3],
  ])
})

test('a statement has no batch if a parameter has no type, or one that is written differently in an array', () => {
  for (const text of ['select 1', 'select $1', 'select $1::int, $2', 'select $2::int', 'select $1::json'])
    expect(batchText(text), text).toBe(null)
  expect(batchText('select $2::text, $1::bigint, $2::text')).toContain('unnest($1::bigint[], $2::text[])')
  expect(batchText('select $1::int, $2::int[]')).toContain('unnest($1::int[], $2::text[])')
})
