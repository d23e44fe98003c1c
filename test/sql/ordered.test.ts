import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Database, openDatabase } from '../../src/platform/db/database.ts'
import { registry } from '../../src/platform/sql/statement.ts'
import { freshDatabase } from '../support/world.ts'
import { loadSlices } from './dump.ts'

await loadSlices()

let database: Awaited<ReturnType<typeof freshDatabase>>
let db: Database
beforeAll(async () => {
  database = await freshDatabase()
  db = openDatabase({ ...database.connection, size: 1 }, () => {})
})
afterAll(async () => {
  await db.close()
  await database.drop()
})

type Node = {
  'Node Type': string
  'Parent Relationship'?: string
  'Relation Name'?: string
  'Sort Key'?: string[]
  Plans?: Node[]
}

/** The tables that have rows here; in an empty one nothing tells what is best. */
const filled = new Set(['relation', 'mark'])
/** What a node is to the one above if that one shows its rows, and does not only look something up there. */
const rows = new Set(['Outer', 'Member', 'Subquery'])
const passes = new Set(['Result', 'Subquery Scan', 'WindowAgg', 'Limit'])

/** The table that the rows of a node come from, whatever is joined to them. */
const scanned = (node: Node): string => {
  const outer = node.Plans?.find((kid) => rows.has(kid['Parent Relationship'] ?? ''))
  return node['Relation Name'] ?? (outer ? scanned(outer) : '')
}

/** The places that a plan sorts rows of a table by, to show some of them: it reads them all for that. */
function sortedPlaces(node: Node, limited = false): string[] {
  const kids = node.Plans ?? []
  const own = (node['Sort Key'] ?? []).filter((key) => limited && /place( desc)?$/i.test(key))
  return [
    ...(filled.has(scanned(node)) ? own : []),
    ...kids.flatMap((kid) => {
      return sortedPlaces(kid, node['Node Type'] === 'Limit' || (limited && passes.has(node['Node Type'])))
    }),
  ]
}

/**
 * Most have two dozen of each, and one has thousands: what is best on average is not for that one. Rows of one member lie
 * apart, as they do where they came one by one.
 */
async function fill(): Promise<void> {
  await db.transaction(async (tx) => {
    // No members and contributions are needed to plan.
    await tx.query('set local session_replication_role = replica')
    // Vacuum marks what has reached the disk as seen by all: so lists can be read from indexes alone.
    await tx.query('set local synchronous_commit = on')
    await tx.query(`insert into relation (member_id, other_id, version, state, place, following_place, follower_place,
        hidden_place, asked, created)
      select m, o, 1, case when h then 0 when o % 9 = 1 then 1 when o % 9 = 2 then 2 else 4 end, place, case when not h then place end, case when not h then place end,
        case when h then place end, true, now()
      from (select m, o, m * 10000 + o as place, o % 9 = 0 as h from generate_series(1, 1000) m, generate_series(2001, 2030) o
        union all select 1501, o, o, o % 2 = 0 from generate_series(2001, 8000) o) r
      order by hashint8(place)`)
    await tx.query(`insert into mark (target_id, member_id, kind, vote_place, voted_at, flag_place, flagged_at, flag_type,
        follow_place, followed_at)
      select t, m, kind, case when m < 4 then m end, now(), case when m between 4 and 6 then m end, now(), 0,
        case when m > 6 then m end, now()
      from (select t, kind, m from generate_series(1, 1000) t, generate_series(1, 9) m, unnest('{1, 2, 4, 16}'::int[]) kind
        union all select 1001, 1, m from generate_series(1, 5000) m) x
      order by 2`)
  })
  await db.pool.query('vacuum analyze relation')
  await db.pool.query('vacuum analyze mark')
}

test('a list of relations, votes or flags reads as many as it shows, however many there are', async () => {
  await fill()
  const wrong = new Set<string>()
  let looked = 0
  for (const [name, registered] of registry) {
    const variants = [...registered.variants()]
    const step = Math.max(1, Math.ceil(variants.length / 10)) | 1
    for (const { key, compiled } of variants.filter((_, i) => i % step === 0)) {
      if (!/\blimit\b/.test(compiled.text) || !/\b(relation|mark)\b/.test(compiled.text)) continue
      const explain = `explain (generic_plan, format json) ${compiled.text}`
      const [row] = (await db.pool.query(explain)).rows as { 'QUERY PLAN': [{ Plan: Node }] }[]
      looked++
      const sorted = row ? sortedPlaces(row['QUERY PLAN'][0].Plan) : []
      if (sorted.length) wrong.add(`${name} (${key}) sorts by ${sorted}`)
    }
  }
  expect([...wrong]).toEqual([])
  expect(looked).toBeGreaterThan(100)
})
