import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Database, openDatabase } from '../../src/platform/db/database.ts'
import { writeArray } from '../../src/platform/sql/array.ts'
import { freshDatabase } from '../support/world.ts'

let database: Awaited<ReturnType<typeof freshDatabase>>
let db: Database
beforeAll(async () => {
  database = await freshDatabase()
  db = openDatabase(database.connection, () => {})
})
afterAll(async () => {
  await db.close()
  await database.drop()
})

/** The elements, as PostgreSQL has read them. */
async function read(type: string, values: unknown[]): Promise<unknown[]> {
  const rows = await db.query<{ each: unknown }>(`select each from unnest($1::${type}[]) each`, [writeArray(values)])
  return rows.map(({ each }) => each)
}

test('PostgreSQL reads an array with the elements that were given', async () => {
  const texts = [
    'plain',
    '',
    ' ',
    'a "quoted" one',
    'back\\slash',
    '\\"',
    '{a,b}',
    'null',
    'NULL',
    'two\nlines',
    'é 🙂',
  ]
  expect(await read('text', texts)).toEqual(texts)
  expect(await read('text', [null, 'x', undefined])).toEqual([null, 'x', null])
  expect(await read('bigint', [1, -2, Number.MAX_SAFE_INTEGER, null])).toEqual([1, -2, Number.MAX_SAFE_INTEGER, null])
  expect(await read('float8', [0.1, 1e21, -1.5e-9, Number.POSITIVE_INFINITY, null])).toEqual([
    ...[0.1, 1e21, -1.5e-9],
    ...[Number.POSITIVE_INFINITY, null],
  ])
  expect(await read('boolean', [true, false])).toEqual([true, false])
  expect(await read('int', [])).toEqual([])
})

test('what an array of a statement cannot hold is refused before it is sent', () => {
  expect(() => writeArray([{ id: 1 }])).toThrow('An array of a statement has an element that is object')
  expect(() => writeArray([['a']])).toThrow('An array of a statement has an element that is object')
})
