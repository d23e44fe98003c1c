import type { Db } from '../platform/db/database.ts'
import { type Drift, driftLooks, type Repair, recount } from '../platform/db/repair.ts'
import { statement } from '../platform/sql/statement.ts'

/** SQL of what a side s counts of the messages x. */
const countedSql = `count(x.id)::int as messages,
  (count(*) filter (where x.receiver_id = s.member_id and x.id > s.read_to))::int as unread, max(x.id) as last_id`
const theirs = 'x.thread_id = s.thread_id and x.id > s.cleared_to'

/** How to repair what `findMessageDrift` finds. */
export const messageRepairs: Record<string, Repair> = {
  side: recount(
    'messages: count those of a side again',
    ['thread', 'member'],
    ($) => `select from message_thread where id = ${$.thread} for update`,
    ($) => `select from message_side where thread_id = ${$.thread} and member_id = ${$.member} for update`,
    ($) => `update message_side m set (messages, unread, last_id) = (
       select ${countedSql} from message_side s left join message x on ${theirs}
       where s.thread_id = m.thread_id and s.member_id = m.member_id
     ) where m.thread_id = ${$.thread} and m.member_id = ${$.member}`,
  ),
  box: recount(
    'messages: count the threads of a member again',
    ['member'],
    ($) => `insert into message_box (member_id) values (${$.member}) on conflict do nothing`,
    ($) => `select from message_box where member_id = ${$.member} for update`,
    ($) => `update message_box b set threads = (
       select count(*) from message_side s where s.member_id = b.member_id and s.last_id is not null
     ) where b.member_id = ${$.member}`,
  ),
}

const looking = statement({
  name: 'messages: what has drifted',
  ...driftLooks,
  sql: ($) => `with found as materialized (
      select s.thread_id, s.member_id, ${countedSql}
      from message_side s left join message x on ${theirs} group by s.thread_id, s.member_id
    ), drift as (
      select one.what || ' of thread ' || s.thread_id as what, s.member_id as member, one.kept::int, one.counted::int,
          'side' as repair, array[s.thread_id, s.member_id] as of
        from message_side s join found f using (thread_id, member_id) cross join lateral (values
          ('messages', s.messages::bigint, f.messages::bigint), ('unread', s.unread, f.unread),
          ('last message', coalesce(s.last_id, 0), coalesce(f.last_id, 0))
        ) one (what, kept, counted) where one.kept <> one.counted
      union all
      select 'threads', member_id, coalesce(b.threads, 0), coalesce(s.n, 0), 'box', array[member_id]
        from message_box b full join (
          select member_id, count(*)::int as n from message_side where last_id is not null group by 1
        ) s using (member_id) where coalesce(b.threads, 0) <> coalesce(s.n, 0)
    )
    select * from drift order by what, member limit ${$.most}`,
})

/**
 * Counts again what is kept of messages: how many each side of a thread has, how many are unread, the last one, and
 * how many threads each member has. Any drift is a bug of Kith.
 * @param most rows reported at most
 */
export const findMessageDrift = (db: Db, most = 100): Promise<Drift[]> => looking.rows(db, { most })
