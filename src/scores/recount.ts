import type { Db } from '../platform/db/database.ts'
import { type Drift, driftLooks, type Repair, recount } from '../platform/db/repair.ts'
import { statement } from '../platform/sql/statement.ts'

/** How to repair what `findScoreDrift` finds. */
export const scoreRepairs: Record<string, Repair> = {
  score: recount(
    'scores: add those of a member up again',
    ['member'],
    ($) => `select from users where id = ${$.member} for no key update`,
    ($) => `insert into score_total (member_id, points, entries, listed)
     select u.id, sum(s.points), count(*), u.status in ('a', 'b')
     from users u join score s on s.member_id = u.id where u.id = ${$.member} group by u.id
     on conflict (member_id) do update set points = excluded.points, entries = excluded.entries`,
    ($) =>
      `delete from score_total where member_id = ${$.member} and not exists (select from score where member_id = ${$.member})`,
    ($) => `update users set reputation = coalesce((select points from score_total where member_id = ${$.member}), 0)
     where id = ${$.member}`,
  ),
  part: recount(
    'scores: count a part again',
    ['part'],
    ($) => `select from score_count where part = ${$.part} for update`,
    (
      $,
    ) => `update score_count set members = (select count(*) from score_total where listed and member_id % 16 = ${$.part}),
       entries = (select count(*) from score where member_id % 16 = ${$.part}) where part = ${$.part}`,
  ),
}

const looking = statement({
  name: 'scores: what has drifted',
  ...driftLooks,
  sql: ($) => `with sums as materialized (
      select member_id, sum(points)::int as points, count(*)::int as n from score group by member_id
    ), drift as (
      select one.what, u.id as member, one.kept, one.counted, 'score' as repair, array[u.id] as of
        from users u left join sums s on s.member_id = u.id left join score_total t on t.member_id = u.id
        cross join lateral (values
          ('reputation', u.reputation, coalesce(s.points, 0)),
          ('points', coalesce(t.points, 0), coalesce(s.points, 0)),
          ('entries of the score', coalesce(t.entries, 0), coalesce(s.n, 0))
        ) one (what, kept, counted) where one.kept <> one.counted
      union all
      select one.what || ' of part ' || c.part, 0, one.kept::int, one.counted::int, 'part', array[c.part::bigint]
        from score_count c
        left join (select member_id % 16 as part, count(*) as n from score_total where listed group by 1) m on m.part = c.part
        left join (select member_id % 16 as part, sum(n) as n from sums group by 1) e on e.part = c.part
        cross join lateral (values
          ('members with points', c.members::bigint, coalesce(m.n, 0)), ('entries', c.entries, coalesce(e.n, 0)::bigint)
        ) one (what, kept, counted) where one.kept <> one.counted
    )
    select * from drift order by what, member limit ${$.most}`,
})

/**
 * Adds up the points of members again, and compares their reputation, totals and counts. Any drift is a bug of Kith.
 * @param most rows reported at most
 */
export const findScoreDrift = (db: Db, most = 100): Promise<Drift[]> => looking.rows(db, { most })
