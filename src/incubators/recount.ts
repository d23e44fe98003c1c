import { leftSql } from '../auth/status.ts'
import type { Db } from '../platform/db/database.ts'
import { type Drift, driftLooks, type Repair, recount } from '../platform/db/repair.ts'
import { statement } from '../platform/sql/statement.ts'
import { counted, countSql, statusWithSql } from './status.ts'

const counting = statement({
  name: 'incubators: count all again',
  takes: {},
  gives: {},
  sql: () =>
    `update incubator_total set ${counted
      .map((column, status) => `${column} = (select count(*) from incubator where status = ${status})`)
      .join(', ')}`,
})

/** How to repair what `findIncubatorDrift` finds. */
export const incubatorRepairs: Record<string, Repair> = {
  subscribers: recount(
    'incubators: count supporters again',
    ['id'],
    ($) => `select from incubator where id = ${$.id} for update`,
    // The row of counts is told what changes, as by any act.
    ($) => `with old as materialized (select status as was from incubator where id = ${$.id}), n as materialized (
        select count(*)::int as n from incubator_subscriber where incubator_id = ${$.id}
      ), changed as (
        update incubator set subscribers = n.n, status = ${statusWithSql('n.n')} from n where id = ${$.id} returning status
      )
      ${countSql('select status, was from changed, old')}`,
  ),
  totals: async (tx) => {
    await tx.query('lock table incubator in share row exclusive mode')
    await counting.rows(tx, {})
  },
}

const looking = statement({
  name: 'incubators: what has drifted',
  ...driftLooks,
  sql: ($) => `with drift as (
      select 'supporters of incubator ' || incubator.id as what, 0::bigint as member, incubator.subscribers as kept, coalesce(s.n, 0)::int as counted,
          'subscribers' as repair, array[incubator.id] as of
        from incubator left join (select incubator_id, count(*) as n from incubator_subscriber group by 1) s on s.incubator_id = incubator.id
        where incubator.subscribers <> coalesce(s.n, 0)
      union all
      select 'incubators that are ' || k.name, 0, k.kept, coalesce(s.n, 0)::int, 'totals', '{}'
        from incubator_total t cross join lateral (values ${counted
          .map((column, status) => `(${status}, '${column}', t.${column})`)
          .join(', ')}) k (status, name, kept)
        left join (select status, count(*) as n from incubator group by 1) s on s.status = k.status
        where k.kept <> coalesce(s.n, 0)
      union all
      select 'supported incubator of a member who is gone', u.id, 0, count(*)::int, null, '{}'
        from users u join incubator_subscriber s on s.member_id = u.id where ${leftSql('u.')} group by u.id
    )
    select * from drift order by what, member limit ${$.most}`,
})

/** Counts again, in one snapshot, who supports what, and how many proposals there are of each status. */
export const findIncubatorDrift = (db: Db, most = 100): Promise<Drift[]> => looking.rows(db, { most })
