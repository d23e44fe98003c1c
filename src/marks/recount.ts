import type { Db } from '../platform/db/database.ts'
import { type Drift, driftLooks, type Repair } from '../platform/db/repair.ts'
import { statement } from '../platform/sql/statement.ts'
import { usual } from '../reactions/views.ts'
import { allTargets, type Target } from './target.ts'

/** A table of targets, and the kinds of marks on its rows. */
type Table = { table: { name: string; kinds: number[] } }

const tables = (): Table[] =>
  [...Map.groupBy(allTargets(), ({ table }: Target) => table)].map(([name, targets]) => ({
    table: { name, kinds: targets.map(({ id }) => id) },
  }))

const looking = statement({
  name: 'marks: reactions that have drifted',
  ...driftLooks,
  variants: tables,
  sql: ($, { table: { name, kinds } }) => `with kept as (
      select t.id, t.author_id, key::bigint as reaction, value::int as n
      from ${name} t cross join lateral jsonb_each_text(t.reactions) where t.reactions <> '{}'
    ), counted as (
      select target_id as id, reaction, count(*)::int as n from mark
      where kind in (${kinds}) and reaction <> ${usual} group by 1, 2
    )
    select 'reaction ' || reaction || ' of ${name} ' || id as what, coalesce(author_id, 0) as member, coalesce(kept.n, 0) as kept,
      coalesce(counted.n, 0) as counted, 'reactions' as repair, array[${kinds[0]}, id]::bigint[] as of
    from kept full join counted using (id, reaction) where coalesce(kept.n, 0) <> coalesce(counted.n, 0)
    order by what limit ${$.most}`,
})

const locking = statement({
  name: 'marks: lock a target to count its reactions',
  takes: { id: 'bigint' },
  gives: {},
  variants: tables,
  sql: ($, { table }) => `select from ${table.name} where id = ${$.id} for update`,
})

const writing = statement({
  name: 'marks: count the reactions of a target again',
  takes: { id: 'bigint' },
  gives: {},
  variants: tables,
  sql: ($, { table: { name, kinds } }) => `update ${name} set reactions = coalesce((
      select jsonb_object_agg(reaction, n) from (
        select reaction, count(*) as n from mark
        where target_id = ${$.id} and kind in (${kinds}) and reaction <> ${usual} group by reaction
      ) each), '{}') where id = ${$.id}`,
})

/** How to repair what `findReactionDrift` finds, for a target by kind and id. */
export const reactionRepairs: Record<string, Repair> = {
  async reactions(tx, [kind, id]) {
    const table = tables().find(({ table }) => table.kinds.includes(kind as number)) as Table
    await locking.rows(tx, { id: id as number }, table)
    await writing.rows(tx, { id: id as number }, table)
  },
}

/** Counts the reactions on all targets again. The targets' own slices count votes, follows and flags. */
export async function findReactionDrift(db: Db, most = 100): Promise<Drift[]> {
  const found: Drift[] = []
  for (const table of tables()) found.push(...(await looking.rows(db, { most }, table)))
  return found.slice(0, most)
}
