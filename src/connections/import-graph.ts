import { activeSql } from '../auth/status.ts'
import { byFlags, flagsFor } from '../community/flags.ts'
import type { Kith } from '../context.ts'
import { emit, emitRows } from '../platform/events/emit.ts'
import { renderSql } from '../platform/http/view.ts'
import { rules } from '../platform/search/fold.ts'
import { foldName, sortKey } from '../platform/search/names.ts'
import { statement } from '../platform/sql/statement.ts'
import { userCreated } from '../users/events.ts'
import { WebhookUser } from '../users/views.ts'
import { bothSql } from './pair.ts'

/** A friendship to be, between two usernames; `open` leaves it as a request from the first to the second. */
export type Edge = { from: string; to: string; open: boolean }

/** What of a batch was new; the rest was there already. */
export type Imported = { members: number; connections: number; requests: number }

const announcedOrNot = () => byFlags().flatMap((each) => [false, true].map((announce) => ({ ...each, announce })))

const importingMembers = statement({
  name: 'connections: import members',
  takes: { usernames: 'text[]', folded: 'text[]', sorted: 'text[]', now: 'timestamptz' },
  gives: { made: 'int' },
  variants: announcedOrNot,
  sql($, { flags, announce }) {
    const emitted = announce
      ? emit($.now, [userCreated, renderSql(WebhookUser, flags), 'from made u order by u.id'])
      : 'select 1'
    return `with made as (
      insert into users (username, real_name, date_joined, folded_real_name, sort_name, search_rules)
      select name, name, ${$.now}, folded, sorted, ${rules}
      from unnest(${$.usernames}, ${$.folded}, ${$.sorted}) n(name, folded, sorted)
      on conflict do nothing returning *
    ), counted as (
      update community set members = members + (select count(*) from made)
    ), emitted as (${emitted})
    select count(*)::int as made from made`
  },
})

/**
 * Makes the members that are not there yet, by username.
 * @param announce emit `user.created` for each
 */
export async function importMembers(kith: Kith, usernames: string[], announce: boolean): Promise<number> {
  const variant = { flags: flagsFor(kith.community.current(), true), announce }
  const names = { usernames, folded: usernames.map(foldName), sorted: usernames.map(sortKey) }
  const values = { ...names, now: kith.clock.now() }
  return (await importingMembers.row(kith.db, values, variant))?.made ?? 0
}

const importingEdges = statement({
  name: 'connections: import edges',
  takes: { from: 'bigint[]', to: 'bigint[]', open: 'boolean[]', now: 'timestamptz' },
  gives: { connections: 'int', requests: 'int' },
  variants: announcedOrNot,
  sql($, { flags, announce }) {
    const person = (id: string) => `(select ${renderSql(WebhookUser, flags)} from counted u where u.id = ${id})`
    const emitted = announce
      ? emitRows(
          $.now,
          `select case state when 4 then 'connection.created' else 'connection_request.created' end as type,
            ${bothSql(person('made.other_id'), person('made.member_id'))} as data
          from made where asked order by place`,
        )
      : 'select 1'
    return `with edge as materialized (
      select a, b, open, nextval('relation_place') as place
      from unnest(${$.from}, ${$.to}, ${$.open}) edge(a, b, open)
    ), made as (
      insert into relation (member_id, other_id, version, state, place, request_id, asked, created)
      select a, b, 1, case when open then 1 else 4 end, place, place, true, ${$.now} from edge
      union all
      select b, a, 1, case when open then 2 else 4 end, place, place, false, ${$.now} from edge
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
    ), emitted as (${emitted})
    select (count(*) filter (where asked and state = 4))::int as connections,
      (count(*) filter (where asked and state = 1))::int as requests from made`
  },
})

const locking = statement({
  name: 'connections: lock members by username',
  takes: { names: 'text[]' },
  gives: { id: 'bigint', name: 'text' },
  sql: ($) => `select id, lower(username) as name from users
    where lower(username) = any(${$.names}) and ${activeSql()} order by id for no key update`,
})

/**
 * Makes the friendships of one batch in one transaction: both rows, the counters, the events if announced. A pair
 * that has a relation already, of whatever kind, is left as it is, so a batch may be imported again.
 */
export async function importEdges(kith: Kith, edges: Edge[], announce: boolean): Promise<Omit<Imported, 'members'>> {
  return kith.db.transaction(async (tx) => {
    const names = [...new Set(edges.flatMap(({ from, to }) => [from, to]))]
    // Locked in the order of their ids, as acts lock them.
    const rows = await locking.rows(tx, { names: names.map((name) => name.toLowerCase()) })
    const ids = new Map(rows.map(({ id, name }) => [name, id]))
    const known = edges.filter(({ from, to }) => ids.has(from.toLowerCase()) && ids.has(to.toLowerCase()))
    const idOf = (name: string) => ids.get(name.toLowerCase()) as number
    const made = await importingEdges.row(
      tx,
      {
        from: known.map(({ from }) => idOf(from)),
        to: known.map(({ to }) => idOf(to)),
        open: known.map(({ open }) => open),
        now: kith.clock.now(),
      },
      { flags: flagsFor(kith.community.current(), true), announce },
    )
    return made ?? { connections: 0, requests: 0 }
  })
}
