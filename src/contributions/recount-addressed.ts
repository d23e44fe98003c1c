import type { Db } from '../platform/db/database.ts'
import { type Drift, driftLooks, type Repair, recount } from '../platform/db/repair.ts'
import { statement } from '../platform/sql/statement.ts'

// Triggers keep which lists an addressed contribution is in, and how many such contributions there are (migrations
// 0076, 0086). The contributions themselves are the truth.

const columns = 'contribution_id, kind, author_id, tags, categories, uncommented'
const found = (and = '') => `select c.id as contribution_id, c.kind, c.author_id, c.addressing as tags, c.categories,
    c.comment_count = 0 as uncommented
  from contribution c where not c.deleted and c.addressing <> '{}' ${and}`
const counted = (and = '') => `select place, f.kind, f.tags, (f.author_id % 16)::smallint as part, count(*)::int as n,
    (count(*) filter (where f.uncommented))::int as uncommented
  from (${found(and)}) f cross join lateral (select 0::bigint as place union select unnest(f.categories)) p group by 1, 2, 3, 4`

const placed = 'select p.* from contribution c cross join lateral addressed_places(c) p'

/** How to repair what `findAddressedDrift` finds. */
export const addressedRepairs: Record<string, Repair> = {
  addressed: recount(
    'contributions: list one that is addressed again',
    ['id'],
    ($) => `select from contribution where id = ${$.id} for update`,
    ($) => `delete from addressed where contribution_id = ${$.id}`,
    ($) => `insert into addressed (${columns}) ${found(`and c.id = ${$.id}`)}`,
  ),
  'addressed feed': recount(
    'contributions: put one that is addressed in its lists again',
    ['id'],
    ($) => `select from contribution where id = ${$.id} for update`,
    ($) => `delete from addressed_feed where contribution_id = ${$.id}`,
    ($) => `insert into addressed_feed ${placed} where c.id = ${$.id}`,
  ),
  'addressed totals': recount(
    'contributions: count the circles of a part again',
    ['kind', 'part'],
    () => 'lock table addressed_total in share row exclusive mode',
    ($) => `delete from addressed_total where kind = ${$.kind} and part = ${$.part}`,
    ($) => `insert into addressed_total (place, kind, tags, part, n, uncommented)
      ${counted(`and c.kind = ${$.kind} and c.author_id % 16 = ${$.part}`)}`,
  ),
}

const listed = `${placed} where c.addressing <> '{}'`

const looking = statement({
  name: 'contributions: what has drifted of what is addressed',
  ...driftLooks,
  sql: ($) => `with found as materialized (${found()}), drift as (
      select 'addressing of contribution ' || contribution_id as what, author_id as member, sum(kept)::int as kept,
          sum(1 - kept)::int as counted, 'addressed' as repair, array[contribution_id] as of
        from (select 1 as kept, * from (select ${columns} from addressed except select * from found) a
            union all select 0, * from (select * from found except select ${columns} from addressed) b) a
        group by contribution_id, author_id
      union all
      select 'lists that name addressed contribution ' || contribution_id, author_id, sum(kept)::int, sum(1 - kept)::int,
          'addressed feed', array[contribution_id]
        from (select 1 as kept, * from (table addressed_feed except ${listed}) a
            union all select 0, * from (${listed} except table addressed_feed) b) a
        group by contribution_id, author_id
      union all
      select 'addressed total of kind ' || kind || ', part ' || part || ', place ' || place || ', ' || one.what, 0,
          one.kept, one.counted, 'addressed totals', array[kind, part]::bigint[]
        from addressed_total kept full join (${counted()}) counted using (place, kind, tags, part)
        cross join lateral (values
          ('n', coalesce(kept.n, 0), coalesce(counted.n, 0)),
          ('uncommented', coalesce(kept.uncommented, 0), coalesce(counted.uncommented, 0))
        ) one (what, kept, counted) where one.kept <> one.counted
    )
    select * from drift order by what, member limit ${$.most}`,
})

/**
 * Compares what is kept about the addressing of contributions with the contributions. Any drift is a bug of Kith.
 * @param most rows reported at most
 */
export const findAddressedDrift = (db: Db, most = 100): Promise<Drift[]> => looking.rows(db, { most })
