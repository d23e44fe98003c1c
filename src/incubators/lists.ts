import { type Actor, isStaff } from '../auth/actor.ts'
import { byFlags, flagsSeenBy } from '../community/flags.ts'
import type { Ctx, MemberCtx } from '../context.ts'
import { authorAmongSeenSql, authorSeenSql, sumOfEachSql, unseenAuthors } from '../contributions/seen.ts'
import type { Db } from '../platform/db/database.ts'
import type { Json } from '../platform/http/endpoint.ts'
import type { PageRequest, PageRows } from '../platform/http/page.ts'
import { type ListKey, list } from '../platform/sql/list.ts'
import { thereIsSql } from '../platform/sql/looked-up.ts'
import { one } from '../platform/sql/one.ts'
import { statement } from '../platform/sql/statement.ts'
import { renderSql, shown } from '../platform/sql/view.ts'
import { renderUser } from '../users/queries.ts'
import { hiddenOrNotSql, hiddenSql, relationJoin } from '../users/visibility.ts'
import { type Filters, noIncubator, orderings } from './inputs.ts'
import { foundSql, partOf } from './searched.ts'
import { Incubator, viewerJoins } from './views.ts'

/**
 * SQL of whether somebody sees the incubator where it is named: what was turned down is for the staff and for whoever
 * proposed it.
 */
export const seenSql = (viewer: string, staff: string) =>
  `(incubator.status <> 3 or ${staff} or incubator.author_id = ${viewer}) and ${authorSeenSql('incubator', viewer)}`

const showing = one({
  name: 'incubators: show',
  takes: { viewer: 'bigint?', id: 'bigint', staff: 'boolean' },
  gives: { json: shown(Incubator) },
  variants: byFlags,
  sql: (
    $,
    { flags },
  ) => `select ${renderSql(Incubator, flags, $.viewer)} as json from incubator ${viewerJoins($.viewer)}
    where incubator.id = ${$.id} and ${seenSql($.viewer, $.staff)}`,
})

/** An incubator as the caller sees it. */
export async function renderOne(
  db: Db,
  { actor, community }: { actor: Actor | null; community: Ctx['community'] },
  id: number,
): Promise<Json<'Incubator'>> {
  const values = { viewer: actor?.id ?? null, id, staff: isStaff(actor) }
  const row = await showing.row(db, values, { flags: flagsSeenBy(actor, community) })
  if (!row) throw noIncubator()
  return row
}

const sortedBy: Record<string, ListKey[]> = {
  added_at: [],
  name: [{ sql: 'incubator.sort_name', descending: false, type: 'text' }],
  subscribers_count: [{ sql: 'incubator.subscribers', descending: false, type: 'bigint' }],
}

/** All that the viewer sees, or what is found by a part of the name or slogan. */
const listing = (searched: boolean) =>
  list({
    name: `incubators: ${searched ? 'found' : 'all'}`,
    takes: { viewer: 'bigint?', staff: 'boolean', status: 'int?', part: 'text[]?' },
    variants: () =>
      byFlags().flatMap((each) =>
        orderings.flatMap((ordering) => [false, true].map((ofStatus) => ({ ...each, ordering, ofStatus }))),
      ),
    sql($, { flags, ordering, ofStatus }) {
      const descending = ordering.startsWith('-')
      const keys: ListKey[] = [
        ...(sortedBy[ordering.replace('-', '')] as ListKey[]),
        { sql: 'incubator.id', descending: false, type: 'bigint' },
      ]
      const listed = (x: string) =>
        `(${x}.status <> 3 or ${$.staff}) ${ofStatus ? `and ${x}.status = ${$.status}` : ''}`
      const from = `from incubator where ${listed('incubator')} ${searched ? `and ${foundSql($.part)}` : ''}
      and ${authorAmongSeenSql('incubator', $.viewer)}`
      const ignored = `case when ${$.staff} then ignored else 0 end`
      const kept = ofStatus
        ? `case ${$.status} when 0 then pending when 1 then proposals when 2 then approved else ${ignored} end`
        : `pending + proposals + approved + ${ignored}`
      const ofAuthor = (author: string) =>
        `select count(*) from incubator x where x.author_id = ${author} and ${listed('x')}`
      return {
        columns: 'incubator.id',
        from,
        keys: keys.map((key) => ({ ...key, descending })),
        joins: `join incubator on incubator.id = p.id ${viewerJoins($.viewer)}`,
        render: renderSql(Incubator, flags, $.viewer),
        count: searched
          ? `select count(*) ${from}`
          : `select ${kept} - (${sumOfEachSql(unseenAuthors($.viewer), ofAuthor)}) from incubator_total`,
      }
    },
  })

const all = listing(false)
const found = listing(true)

/** A page of the incubators that fit and that the caller sees, newest first by default. */
export function listIncubators(ctx: Ctx, filters: Filters, page: PageRequest): Promise<PageRows<'Incubator'>> {
  const { actor, community } = ctx
  const { search, status, ordering = '-added_at' } = filters
  const part = partOf(search)
  const values = { viewer: actor?.id ?? null, staff: isStaff(actor), status: status ?? null, part }
  return (part ? found : all).page(ctx.db, values, page, {
    flags: flagsSeenBy(actor, community),
    ...{ ordering, ofStatus: status !== undefined },
  })
}

const subscribers = list({
  name: 'incubators: subscribers',
  takes: { viewer: 'bigint?', id: 'bigint', staff: 'boolean' },
  extra: { there: 'boolean' },
  variants: byFlags,
  sql($, { flags }) {
    const hidden = `select count(*)::int from relation h where h.member_id = ${$.viewer} and ${hiddenSql('h.')}
      and ${thereIsSql(`from incubator_subscriber g where g.incubator_id = ${$.id} and g.member_id = h.other_id`)}`
    return {
      columns: 'g.member_id, v.state, v.following_place',
      from: `from incubator_subscriber g ${relationJoin($.viewer, 'g.member_id')}
        where g.incubator_id = ${$.id} and not ${hiddenOrNotSql('v.')}`,
      keys: [{ sql: 'g.place', descending: true, type: 'bigint' }],
      joins: 'join users u on u.id = p.member_id cross join lateral (select p.state, p.following_place) v',
      render: renderUser(flags),
      count: `select (select subscribers from incubator where id = ${$.id}) - (${hidden})`,
      extra: { there: `exists (select from incubator where incubator.id = ${$.id} and ${seenSql($.viewer, $.staff)})` },
    }
  },
})

/** A page of the members who support an incubator, last first, without those hidden from the viewer. */
export async function listSubscribers(ctx: Ctx, id: number, page: PageRequest): Promise<PageRows<'User'>> {
  const values = { viewer: ctx.actor?.id ?? null, id, staff: isStaff(ctx.actor) }
  const { extra, ...rows } = await subscribers.page(ctx.db, values, page, {
    flags: flagsSeenBy(ctx.actor, ctx.community),
  })
  if (!extra.there) throw noIncubator()
  return rows
}

const supporting = statement({
  name: 'incubators: whether a member supports',
  takes: { viewer: 'bigint', id: 'bigint', staff: 'boolean' },
  gives: { subscribed: 'boolean' },
  sql: ($) => `select s.member_id is not null as subscribed from incubator
    left join incubator_subscriber s on s.incubator_id = incubator.id and s.member_id = ${$.viewer}
    where incubator.id = ${$.id} and ${seenSql($.viewer, $.staff)}`,
})

/** Whether the caller supports an incubator. */
export async function isSubscribed(ctx: MemberCtx, id: number): Promise<boolean> {
  const row = await supporting.row(ctx.db, { viewer: ctx.actor.id, id, staff: isStaff(ctx.actor) })
  if (!row) throw noIncubator()
  return row.subscribed
}
