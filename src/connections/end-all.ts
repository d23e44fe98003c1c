import { flagsFor } from '../community/flags.ts'
import { type Community, loadCommunity } from '../community/state.ts'
import type { Db } from '../platform/db/database.ts'
import { emitSql } from '../platform/events/emit.ts'
import { renderSql } from '../platform/http/view.ts'
import { textFor } from '../users/queries.ts'
import { WebhookUser } from '../users/views.ts'
import { bothSql } from './pair.ts'
import { countedSql } from './tie.ts'

/**
 * Ends everything between a member and all others, for good: requests, connections, following, hiding. Every
 * counter on the other side goes down with its row, and every end is told as its own event, in the given
 * transaction.
 * @returns the community as it is now, which decides what is told, and who hid the member
 */
export async function endAllRelations(
  tx: Db,
  id: number,
  now: Date,
): Promise<{ community: Community; hiders: number[] }> {
  // Members are locked in the order of their ids, as acts lock them. A relation that begins while we wait would be
  // with somebody we have not locked, so look again until nobody is new.
  let locked = -1
  for (;;) {
    const rows = await tx.query<{ id: number }>(
      `select id from users where id = $1 or id in (select other_id from relation where member_id = $1)
       order by id for no key update`,
      [id],
    )
    if (rows.length === locked) break
    locked = rows.length
  }
  const hiders = await tx.query<{ id: number }>(
    'select other_id as id from relation where member_id = $1 and hidden_by',
    [id],
  )
  // Read now that nobody can tie themselves to the member: this node may not have heard of a new mode yet.
  const community = await loadCommunity(tx)
  const shown = flagsFor(community, true)
  const names = Object.keys(countedSql) as (keyof typeof countedSql)[]
  const follow = community.mode === 'follow'
  // The state of the other's row and whether they asked decide what ends; one's own row is its mirror.
  const ended = follow
    ? `select o.member_id as other_id, 'connection.unfollow' as type, o.member_id = f.follower as outgoing from gone o,
        lateral (values (case when o.following_place is not null then o.member_id end), (case when o.follower_place is not null then o.other_id end)) f(follower)
       where f.follower is not null`
    : `select o.member_id as other_id, case when o.state = 4 then 'connection.deleted' else 'connection_request.cancelled' end as type,
        o.asked as outgoing from gone o where o.state > 0`
  const text = textFor('end all', shown, () => {
    return `with gone as (
      select * from relation where other_id = $1 and member_id in (select other_id from relation where member_id = $1)
        and (state > 0 or rejected is not null or following_place is not null or follower_place is not null
          or hidden_place is not null or hidden_by)
    ), closed as (
      update relation r set version = r.version + 1, state = 0, rejected = null, following_place = null,
        follower_place = null, hidden_place = null, hidden_by = false
      from gone where (r.member_id, r.other_id) in ((gone.member_id, gone.other_id), (gone.other_id, gone.member_id))
    ), lowered as (
      update users u set ${names.map((name) => `${name} = u.${name} - d.${name}`).join(', ')}
      from (
        select member_id as id, ${names.map((name) => `(${countedSql[name]})::int as ${name}`).join(', ')} from gone
        union all
        select $1::bigint, ${names.map((name) => `(select count(*) from relation where member_id = $1 and ${countedSql[name]})::int`).join(', ')}
      ) d where d.id = u.id
      returning u.*
    ), person as (
      select u.id, ${renderSql(WebhookUser, shown)} as data from lowered u
    )
    ${emitSql(
      `select e.type, ${bothSql(
        '(select data from person where id = case when e.outgoing then $1 else e.other_id end)',
        '(select data from person where id = case when e.outgoing then e.other_id else $1 end)',
      )} as data
        from (${ended}) e`,
      '$2::timestamptz',
    )}`
  })
  await tx.query(text, [id, now.toISOString()])
  return { community, hiders: hiders.map((hider) => hider.id) }
}
