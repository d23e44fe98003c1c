import { afterAll, beforeAll, expect, test } from 'vitest'
import { registry } from '../../src/platform/sql/statement.ts'
import { ok } from '../support/ok.ts'
import { createWorld, type World } from '../support/world.ts'

let world: World

beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.end())

type Node = {
  'Node Type': string
  'Parent Relationship'?: string
  'Relation Name'?: string
  Plans?: Node[]
}

/** Tables that a plan reads whole, once for each row of something else. */
function readForEach(node: Node, within = false): string[] {
  const { 'Node Type': type, 'Relation Name': table, Plans: kids = [] } = node
  const inner = (kid: Node) => type === 'Nested Loop' && kid['Parent Relationship'] === 'Inner'
  return [
    ...(within && table && type === 'Seq Scan' ? [table] : []),
    ...kids.flatMap((kid) => readForEach(kid, within || inner(kid))),
  ]
}

test.each(['categories: all', 'categories: popular', 'categories: around a category'])(
  'a plan of "%s" that was made while there was one does not read all of them for each, however many come',
  async (name) => {
    await ok(world.admin.post('/category/', { name, active: true }))
    await world.db.query('vacuum analyze category')
    const variants = [...(registry.get(name)?.variants() ?? [])].slice(0, 40)
    expect(variants.length).toBeGreaterThan(0)
    for (const { key, compiled } of variants) {
      const { rows } = await world.db.pool.query(`explain (generic_plan, format json) ${compiled.text}`)
      expect(readForEach(rows[0]['QUERY PLAN'][0].Plan), key).not.toContain('category')
    }
  },
)
