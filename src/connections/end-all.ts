import { byFlags, flagsFor } from '../community/flags.ts'
import { loadCommunity } from '../community/state.ts'
import type { Db } from '../platform/db/database.ts'
import { emitRows } from '../platform/events/emit.ts'
import { statement } from '../platform/sql/statement.ts'
import { renderSql } from '../platform/sql/view.ts'
import type { Leaving } from '../slice.ts'
import { WebhookUser } from '../users/views.ts'
import { hiddenSql } from '../users/visibility.ts'
import { countedSql } from './relationship.ts'
import { bothSql } from './shown.ts'

const locking = statement({
  name: 'connections: lock a member and all related',
  takes: { id: 'bigint' },
  gives: { id: 'bigint' },
  sql: (
    $,
  ) => `select id from users where id = ${$.id} or id in (select other_id from relation where member_id = ${$.id})
    order by id for no key update`,
})

const hiding = statement({
  name: 'connections: who hides a member',
  takes: { id: 'bigint' },
  gives: { id: 'bigint' },
  sql: ($) => `select other_id as id from relation where member_id = ${$.id} and hidden_by`,
})

// The state of the other member's row, and whether they asked, decide what ends. The leaving member's own row is its
// mirror.
const endedOf = {
  follow: `select o.member_id as other_id, 'connection.unfollow' as type, o.member_id = f.follower as outgoing from gone o,
      lateral (values (case when coalesce(o.following_place, o.sleeping_following) is not null then o.member_id end),
        (case when coalesce(o.follower_place, o.sleeping_follower) is not null then o.other_id end)) f(follower)
    where f.follower is not null`,
  friendship: `select o.member_id as other_id, o.asked as outgoing, case when o.state + o.sleeping_state = 4
      then 'connection.deleted' else 'connection_request.cancelled' end as type
    from gone o where o.state + o.sleeping_state > 0`,
}

const ending = statement({
  name: 'connections: end all of a member',
  takes: { id: 'bigint', now: 'timestamptz' },
  gives: {},
  variants: byFlags,
  sql($, { flags }) {
    const names = Object.keys(countedSql) as (keyof typeof countedSql)[]
    const counted = (each: (name: (typeof names)[number]) => string) => names.map(each).join(', ')
    const person = (id: string) => `(select data from person where id = ${id})`
    const [on, off] = flags.follow ? [endedOf.follow, endedOf.friendship] : [endedOf.friendship, endedOf.follow]
    const from = `case when e.outgoing then e.other_id else ${$.id} end`
    const to = `case when e.outgoing then ${$.id} else e.other_id end`
    return `with gone as (
      select * from relation where other_id = ${$.id} and member_id in (select other_id from relation where member_id = ${$.id})
        and (state > 0 or rejected is not null or following_place is not null or follower_place is not null
          or ${hiddenSql()})
    ), closed as (
      update relation r set version = r.version + 1, state = 0, rejected = null, following_place = null,
        follower_place = null, hidden_place = null, hidden_by = false, sleeping_state = 0, sleeping_following = null,
        sleeping_follower = null
      from gone where (r.member_id, r.other_id) in ((gone.member_id, gone.other_id), (gone.other_id, gone.member_id))
    ), lowered as (
      update users u set ${counted((name) => `${name} = u.${name} - d.${name}`)}
      from (
        select member_id as id, ${counted((name) => `(${countedSql[name]})::int as ${name}`)} from gone
        union all
        select ${$.id}, ${counted((name) => `(select count(*) from relation where member_id = ${$.id} and ${countedSql[name]})::int`)}
      ) d where d.id = u.id
      returning u.*
    ), postponed as (
      insert into postponed_event (type, from_id, to_id) select e.type, ${from}, ${to} from (${off}) e
    ), person as (
      select u.id, ${renderSql(WebhookUser, flags)} as data from lowered u
    )
    ${emitRows($.now, `select e.type, ${bothSql(person(to), person(from))} as data from (${on}) e`)}`
  },
})

/**
 * Locks a member who leaves, and everyone related to them, so that no relation begins meanwhile.
 * @returns the community as it is now, which decides what is announced, and who hid the member
 */
export async function lockRelated(tx: Db, id: number): Promise<Pick<Leaving, 'community' | 'hiders'>> {
  // Members are locked in the order of their ids, as acts do. While we wait, a relation may begin with somebody not
  // locked yet, so look again until nobody is new.
  let locked = -1
  for (;;) {
    const rows = await locking.rows(tx, { id })
    if (rows.length === locked) break
    locked = rows.length
  }
  const hiders = await hiding.rows(tx, { id })
  // Read after locking, when nothing can begin any more: this node may not know of a new mode yet.
  const community = await loadCommunity(tx)
  return { community, hiders: hiders.map((hider) => hider.id) }
}

/**
 * Ends everything between a member and all others for good: requests, connections, follows, hidings, also the
 * sleeping ones. Each counter on the other side goes down with its row. Each end has its own event, in the given
 * transaction, which holds the locks. Events of the mode that is off are postponed until it is on again: see
 * `announceEnded`.
 */
export async function endAllRelations(tx: Db, { id, now, community }: Leaving): Promise<void> {
  await ending.rows(tx, { id, now }, { flags: flagsFor(community, true) })
}
