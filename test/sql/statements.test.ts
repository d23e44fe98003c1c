import { globSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { registry } from '../../src/platform/sql/statement.ts'
import { freshDatabase } from '../support/world.ts'
import { describeStatement } from './describe.ts'

const root = join(import.meta.dirname, '../..')
for (const file of globSync(['src/*/*.ts', 'src/{health,open}.ts'], { cwd: root })) {
  if (!/-?thread\.ts$/.test(file)) await import(join(root, file))
}

let database: Awaited<ReturnType<typeof freshDatabase>>
let client: pg.Client

beforeAll(async () => {
  database = await freshDatabase()
  client = new pg.Client(database.connection)
  await client.connect()
})
afterAll(async () => {
  await client.end()
  await database.drop()
})

/** Of many variants the first and every so manieth: the number shares no factor with those of the flags. */
const sampled = <Each>(all: Each[]): Each[] => {
  const step = Math.max(1, Math.ceil(all.length / 60)) | 1
  return all.filter((_, i) => i % step === 0)
}

describe('every statement', () => {
  test.each([...registry.keys()].sort())('"%s" is as the database has it, in every variant', async (name) => {
    const registered = registry.get(name)
    if (!registered) throw new Error('It was there a moment ago')
    const gives = Object.entries(registered.gives).map(([name, type]) => ({ name, type: type.replace('?', '') }))
    const variants = [...registered.variants()]
    expect(new Set(variants.map(({ key }) => key)).size, 'variants differ by their keys').toBe(variants.length)
    for (const { key, compiled } of sampled(variants)) {
      const columns = await describeStatement(client, compiled.text).catch((error) => {
        throw new Error(`${key}: ${error.message}\n${compiled.text}`)
      })
      expect(columns, key).toEqual(gives)
    }
  })
})
