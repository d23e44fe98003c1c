import { flagsFor } from '../community/flags.ts'
import type { Community } from '../community/state.ts'
import type { Kith } from '../context.ts'
import { emitSql } from '../platform/events/emit.ts'
import { renderSql } from '../platform/http/view.ts'
import { textFor } from '../users/queries.ts'
import { WebhookUser } from '../users/views.ts'
import { bothSql } from './pair.ts'

/** A friendship to be, between two usernames; `open` leaves it as a request from the first to the second. */
export type Edge = { from: string; to: string; open: boolean }

/** What of a batch was new; the rest was there already. */
export type Imported = { members: number; connections: number; requests: number }

/**
 * Makes the members that are not there yet, by username.
 * @param announce tell `user.created` for each
 */
export async function importMembers(kith: Kith, usernames: string[], announce: boolean): Promise<number> {
  const shown = flagsFor(kith.community.current(), true)
  const told = announce
    ? emitSql(
        `select 'user.created' as type, ${renderSql(WebhookUser, shown)} as data from made u order by u.id`,
        '$2::timestamptz',
      )
    : 'select 1'
  const [row] = await kith.db.query<{ made: number }>(
    `with made as (
      insert into users (username, real_name, date_joined) select name, name, $2 from unnest($1::text[]) name
      on conflict do nothing returning *
    ), counted as (
      update community set members = members + (select count(*) from made)
    ), told as (${told})
    select count(*)::int as made from made`,
    [usernames, kith.clock.now().toISOString()],
  )
  return row?.made ?? 0
}

const edgesText = (community: Community, announce: boolean) => {
  const shown = flagsFor(community, true)
  return textFor(`import edges ${announce}`, shown, () => {
    const person = (id: string) => `(select ${renderSql(WebhookUser, shown)} from counted u where u.id = ${id})`
    const told = announce
      ? emitSql(
          `select case state when 4 then 'connection.created' else 'connection_request.created' end as type,
            ${bothSql(person('made.other_id'), person('made.member_id'))} as data
          from made where asked order by place`,
          '$4::timestamptz',
        )
      : 'select 1'
    return `with edge as materialized (
      select a, b, open, nextval('relation_place') as place from unnest($1::bigint[], $2::bigint[], $3::boolean[]) edge(a, b, open)
    ), made as (
      insert into relation (member_id, other_id, version, state, place, request_id, asked, created)
      select a, b, 1, case when open then 1 else 4 end, place, place, true, $4::timestamptz from edge
      union all
      select b, a, 1, case when open then 2 else 4 end, place, place, false, $4::timestamptz from edge
      on conflict do nothing
      returning member_id, other_id, state, place, asked
    ), counted as (
      update users u set connections = connections + d.connected, requests_sent = requests_sent + d.sent,
        requests_received = requests_received + d.received
      from (
        select member_id, (count(*) filter (where state = 4))::int as connected,
          (count(*) filter (where state = 1))::int as sent, (count(*) filter (where state = 2))::int as received
        from made group by member_id
      ) d where u.id = d.member_id
      returning u.*
    ), told as (${told})
    select (count(*) filter (where asked and state = 4))::int as connections,
      (count(*) filter (where asked and state = 1))::int as requests from made`
  })
}

/**
 * Makes the friendships of one batch in one transaction: both rows, the counters, the events if announced. A pair
 * that has a relation already, of whatever kind, is left as it is, so a batch may be imported again.
 */
export async function importEdges(kith: Kith, edges: Edge[], announce: boolean): Promise<Omit<Imported, 'members'>> {
  return kith.db.transaction(async (tx) => {
    const names = [...new Set(edges.flatMap(({ from, to }) => [from, to]))]
    // Locked in the order of their ids, as acts lock them.
    const rows = await tx.query<{ id: number; name: string }>(
      `select id, lower(username) as name from users where lower(username) = any($1::text[]) and status in ('a', 'b')
       order by id for no key update`,
      [names.map((name) => name.toLowerCase())],
    )
    const ids = new Map(rows.map(({ id, name }) => [name, id]))
    const known = edges.filter(({ from, to }) => ids.has(from.toLowerCase()) && ids.has(to.toLowerCase()))
    const [made] = await tx.query<Omit<Imported, 'members'>>(edgesText(kith.community.current(), announce), [
      known.map(({ from }) => ids.get(from.toLowerCase())),
      known.map(({ to }) => ids.get(to.toLowerCase())),
      known.map(({ open }) => open),
      kith.clock.now().toISOString(),
    ])
    return made ?? { connections: 0, requests: 0 }
  })
}
