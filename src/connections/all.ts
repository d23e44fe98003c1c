import { byFlags, flagsFor, view } from '../community/flags.ts'
import type { Ctx } from '../context.ts'
import type { PageRequest, PageRows } from '../platform/http/page.ts'
import Type from '../platform/schema.ts'
import { type Cut, list, type Way } from '../platform/sql/list.ts'
import { integer, moment, nested, nullableMoment, renderSql } from '../platform/sql/view.ts'
import { WebhookUser } from '../users/views.ts'

/** The kinds of relation, each with its number in the index. */
const kinds = { connected: 0, requested: 1, rejected: 2 } as const

export type ConnectionState = keyof typeof kinds
export const connectionStates = Object.keys(kinds) as ConnectionState[]

// The same expression as in the index. Rows older than the `changed` column count as changed when they were asked
// for.
const kindSql = '(case when r.state = 4 then 0 when r.rejected is null then 1 else 2 end)'
const changedSql = `coalesce(r.changed, r.created, '1970-01-01 00:00+00')`

/** Both members are rendered as in events, so a copy reads lists and events alike. */
export const Connection = view('Connection', 'What there is between two members, as administrators see it.', {
  id: integer('p.request_id'),
  state: {
    schema: Type.Enum([...connectionStates]),
    sql: `(array['${connectionStates.join("', '")}'])[p.kind + 1]`,
    kind: 'word',
  },
  from_user: nested(WebhookUser.schema, 'f.json'),
  to_user: nested(WebhookUser.schema, 't.json'),
  created: nullableMoment('p.created'),
  viewed: nullableMoment('p.viewed'),
  rejected: nullableMoment('p.rejected'),
  changed: moment('p.k0'),
})

/**
 * Picks the page by merging one index scan per state. Each scan is in order and reads no more rows than the page has.
 * @param since SQL of the moment, if there is one
 */
const pick =
  (states: ConnectionState[], since: string | null) =>
  (way: Way, { page, part, key }: Cut) => {
    const backwards = way === 'before'
    const [moment, place] = key as [string, string]
    const order = (changed: string, place: string) =>
      `order by ${changed} ${backwards ? 'desc' : 'asc'}, ${place} ${backwards ? 'desc' : 'asc'}`
    const scan = (state: ConnectionState) => {
      return `select r.*, ${kindSql} as kind, ${changedSql} as k0, r.place as k1 from relation r
        where r.asked and r.state > 0 and ${kindSql} = ${kinds[state]}
        ${since ? `and ${changedSql} >= ${since}` : ''}
        ${way === 'first' ? '' : `and (${changedSql}, r.place) ${backwards ? '<' : '>'} (${moment}, ${place})`}
        ${order(changedSql, 'r.place')}`
    }
    const [only] = states
    if (only && states.length === 1) return page(scan(only))
    return page(
      `select * from (${states.map((state) => `(${part(scan(state))})`).join('\n      union all ')}) r ${order('k0', 'k1')}`,
    )
  }

/** Larger than other pages, for readers that copy everything. */
export const maxPage = 500

const connections = list({
  name: 'connections: all',
  takes: { since: 'float8?' },
  longest: maxPage,
  variants: () =>
    byFlags().flatMap((each) =>
      [connectionStates, ...connectionStates.map((state) => [state])].flatMap((states) =>
        [false, true].map((fromMoment) => ({ ...each, states, fromMoment })),
      ),
    ),
  sql($, { flags, states, fromMoment }) {
    const member = (name: string, id: string) =>
      `cross join lateral (select ${renderSql(WebhookUser, flags)} as json from users u where u.id = ${id} offset 0) ${name}`
    return {
      columns: '',
      from: '',
      pick: pick(states, fromMoment ? `to_timestamp(${$.since})` : null),
      keys: [
        { sql: 'k0', descending: false, type: 'timestamptz' },
        { sql: 'k1', descending: false, type: 'bigint' },
      ],
      joins: `${member('f', 'p.member_id')} ${member('t', 'p.other_id')}`,
      render: renderSql(Connection, flags),
    }
  },
})

/**
 * A page of all friendships and requests, the longest unchanged first. What changes during a walk appears again at
 * its end. No total is kept.
 * @param since unix time in seconds: only what has changed from then on
 */
export function listAll(
  ctx: Ctx,
  { state, since }: { state?: ConnectionState; since?: number },
  page: PageRequest,
): Promise<PageRows<'Connection'>> {
  const states = state ? [state] : connectionStates
  const variant = { flags: flagsFor(ctx.community, true), states, fromMoment: since !== undefined }
  return connections.page(ctx.db, { since: since ?? null }, page, variant)
}
