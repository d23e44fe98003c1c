import type { Db } from '../platform/db/database.ts'
import { type Drift, driftLooks, type Repair, recount } from '../platform/db/repair.ts'
import { statement } from '../platform/sql/statement.ts'

/** How to repair what `findPollDrift` finds. */
export const pollRepairs: Record<string, Repair> = {
  poll: recount(
    'polls: count the votes of one again',
    ['id'],
    ($) => `select from poll where id = ${$.id} for update`,
    ($) => `update poll_choice ch set vote_count = (select count(*) from poll_vote v where v.choice_id = ch.id)
     where ch.poll_id = ${$.id}`,
  ),
}

const looking = statement({
  name: 'polls: what has drifted',
  ...driftLooks,
  sql: ($) => `select 'vote_count of choice ' || ch.id as what, p.author_id as member, ch.vote_count as kept,
      coalesce(found.n, 0) as counted, 'poll' as repair, array[p.id] as of
    from poll_choice ch join poll p on p.id = ch.poll_id left join (
      select choice_id, count(*)::int as n from poll_vote group by choice_id
    ) found on found.choice_id = ch.id
    where ch.vote_count <> coalesce(found.n, 0) order by what limit ${$.most}`,
})

/** Counts the votes in polls again. The slice of contributions counts members' polls. */
export const findPollDrift = (db: Db, most = 100): Promise<Drift[]> => looking.rows(db, { most })
