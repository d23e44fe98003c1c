import type { Db } from '../platform/db/database.ts'
import { type Drift, driftLooks, type Repair, recount } from '../platform/db/repair.ts'
import { statement } from '../platform/sql/statement.ts'

const types = [0, 1, 2, 3, 4]
const byType = `array[${types.map((type) => `count(*) filter (where flag_type = ${type})`).join(', ')}]::int[]`
const author = 'author_of_mark(kind, target_id)'

/** How to repair what `findCaseDrift` finds. Whoever flags has locked the target. */
export const caseRepairs: Record<string, Repair> = {
  case: recount(
    'moderation: count the flags of a case again',
    ['kind', 'id'],
    ($) => `select from contribution where ${$.kind} < 16 and id = ${$.id} for update`,
    ($) => `select from comment where ${$.kind} = 16 and id = ${$.id} for update`,
    ($) => `insert into moderation_case (kind, target_id, author_id)
     select ${$.kind}, ${$.id}, author from author_of_mark(${$.kind}::smallint, ${$.id}) author where author is not null
     on conflict do nothing`,
    ($) => `update moderation_case k set (flags, by_type, flagged_at) = (
       select count(*), ${byType}, greatest(k.flagged_at, max(m.flagged_at)) from mark m
       where m.target_id = ${$.id} and m.kind = ${$.kind} and m.flag_type is not null
     ) where k.kind = ${$.kind} and k.target_id = ${$.id}`,
  ),
}

const looking = statement({
  name: 'moderation: what has drifted',
  ...driftLooks,
  sql: ($) => `with counted as materialized (
      select kind, target_id, count(*)::int as flags, ${byType} as by_type
      from mark where flag_type is not null and ${author} is not null group by 1, 2
    ), drift as (
      select kind, target_id, k.author_id, coalesce(k.flags, 0) as kept, coalesce(c.flags, 0) as counted
      from moderation_case k full join counted c using (kind, target_id)
      where coalesce(k.flags, 0) <> coalesce(c.flags, 0)
        or coalesce(k.by_type, '{0,0,0,0,0}') <> coalesce(c.by_type, '{0,0,0,0,0}')
    )
    select 'flags of the case ' || kind || '/' || target_id as what, coalesce(author_id, 0) as member, kept, counted,
      'case' as repair, array[kind::bigint, target_id] as of
    from drift order by what limit ${$.most}`,
})

/**
 * Counts again the flags that moderators are shown. Any drift is a bug of Kith.
 * @param most rows reported at most
 */
export const findCaseDrift = (db: Db, most = 100): Promise<Drift[]> => looking.rows(db, { most })
