import { readdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { batchText } from '../../src/platform/db/batch.ts'
import { type Database, openDatabase } from '../../src/platform/db/database.ts'
import { onlyReads, writes } from '../../src/platform/db/prepared.ts'
import { registry } from '../../src/platform/sql/statement.ts'
import { inFull } from '../support/soak.ts'
import { freshDatabase } from '../support/world.ts'
import { describeStatement } from './describe.ts'
import { dumpFile, dumpSchema, dumpStatements, loadSlices } from './dump.ts'

await loadSlices()

let database: Awaited<ReturnType<typeof freshDatabase>>
let db: Database
let client: pg.Client

beforeAll(async () => {
  database = await freshDatabase()
  db = openDatabase(database.connection, () => {})
  client = new pg.Client(database.connection)
  await client.connect()
})
afterAll(async () => {
  await client.end()
  await db.close()
  await database.drop()
})

/** Of many variants the first and every so manieth: the number shares no factor with those of the flags. In full, all. */
const sampled = <Each>(all: Each[]): Each[] => {
  if (inFull) return all
  const step = Math.max(1, Math.ceil(all.length / 60)) | 1
  return all.filter((_, i) => i % step === 0)
}

describe('every statement', () => {
  test.each([...registry.keys()].sort())('"%s" is as the database has it, in every variant', async (name) => {
    const registered = registry.get(name)
    if (!registered) throw new Error('It was there a moment ago')
    const gives = Object.entries(registered.gives).map(([name, type]) => {
      return { name, type: typeof type === 'string' ? type.replace('?', '') : 'text' }
    })
    const shown = Object.values(registered.gives).flatMap((type) => (typeof type === 'string' ? [] : [type.shows]))
    const variants = [...registered.variants()]
    expect(new Set(variants.map(({ key }) => key)).size, 'variants differ by their keys').toBe(variants.length)
    for (const { key, compiled } of sampled(variants)) {
      const columns = await describeStatement(client, compiled.text).catch((error) => {
        throw new Error(`${key}: ${error.message}\n${compiled.text}`)
      })
      expect(columns, key).toEqual(gives)
      const reads = onlyReads(compiled.text)
      const batch = reads || registered.forEach ? batchText(compiled.text) : null
      expect(batch !== null || !registered.forEach, `${key} can be run for each of several`).toBe(true)
      if (batch) {
        expect(onlyReads(batch), `${key}, in a batch`).toBe(reads)
        expect(await describeStatement(client, batch), `${key}, in a batch`).toEqual([
          { name: 'n', type: 'bigint' },
          ...gives,
        ])
      }
      // A column that is said to show a view is rendered by it: its name stands in the text.
      for (const names of shown)
        expect(
          names.filter((name) => compiled.text.includes(`/* ${name} */`)),
          key,
        ).not.toEqual([])
    }
  })
})

test('a statement that is taken for one that only reads calls no function that writes', async () => {
  const functions = await db.query<{ name: string; source: string }>(
    `select proname as name, pg_get_functiondef(oid) as source from pg_proc where pronamespace = 'public'::regnamespace and prokind = 'f'`,
  )
  const bodyOf = (source: string) => source.slice(source.search(/^(AS|BEGIN|RETURN)/m)).replace(/^AS \$\w*\$/, '')
  const calls = (text: string, name: string) => new RegExp(`\\b${name}\\s*\\(`).test(text)
  const writing = new Set<string>()
  for (let before = -1; before < writing.size; ) {
    before = writing.size
    for (const { name, source } of functions) {
      const body = bodyOf(source)
      if (writes.test(body) || [...writing].some((each) => calls(body, each))) writing.add(name)
    }
  }
  expect(writing.size).toBeGreaterThan(10)
  let read = 0
  for (const [name, registered] of registry) {
    for (const { key, compiled } of sampled([...registered.variants()])) {
      if (!onlyReads(compiled.text)) continue
      read++
      expect(
        [...writing].filter((each) => calls(compiled.text, each)),
        `${name} ${key}`,
      ).toEqual([])
    }
  }
  expect(read).toBeGreaterThan(200)
})

describe('what reviewers are shown in sql/', () => {
  const advice = 'Run npm run sql, look at what it changes, and commit that.'

  test('are the statements of every slice as they are now', async () => {
    const dump = dumpStatements()
    const files = readdirSync(dirname(dumpFile('schema'))).filter((file) => file !== 'schema.sql')
    expect(files.sort(), advice).toEqual([...dump.keys()].map((slice) => `${slice}.sql`).sort())
    for (const [slice, text] of dump) expect(await readFile(dumpFile(slice), 'utf8'), advice).toBe(text)
  })

  test('is the schema that the migrations make', async () => {
    expect(await readFile(dumpFile('schema'), 'utf8'), advice).toBe(await dumpSchema(db))
  })
})
