import { byFlags, flagsSeenBy } from '../community/flags.ts'
import type { Ctx } from '../context.ts'
import { hadSql, renderUnit, unitJoins } from '../contributions/feed.ts'
import { weight } from '../contributions/lists.ts'
import { seenSql } from '../contributions/seen.ts'
import { moments, type Ordering, orderedKeys, orderings } from '../feeds/order.ts'
import type { Json } from '../platform/http/endpoint.ts'
import type { PageRequest, PageRows } from '../platform/http/page.ts'
import { type Cut, list, type Way } from '../platform/sql/list.ts'
import { statement } from '../platform/sql/statement.ts'
import { renderSql, shown } from '../platform/sql/view.ts'
import { Embed } from './views.ts'
import { noEmbed } from './write.ts'

/** Feeds of several embeds cover this many of the newest. */
export const mostEmbeds = 100

const showing = statement({
  name: 'embeds: show',
  takes: { id: 'bigint' },
  gives: { json: shown(Embed) },
  sql: ($) => `select ${renderSql(Embed, null)} as json from embed e where e.id = ${$.id}`,
})

/** An embed. */
export async function showEmbed(ctx: Ctx, id: number): Promise<Json<'Embed'>> {
  const row = await showing.row(ctx.db, { id })
  if (!row) throw noEmbed()
  return row
}

/** What embeds are looked up by. An embed matches `metadata` if it has that, and perhaps more. */
export type Filter = { type?: string; name?: string; metadata?: string | null }

const filters = (['type', 'name', 'metadata'] as const).reduce<(keyof Filter)[][]>(
  (all, each) => all.flatMap((some) => [some, [...some, each]]),
  [[]],
)
const conditions = { type: 'x.embed_type =', name: 'x.embed_id =', metadata: 'x.metadata @>' }
const filterSql = (given: (keyof Filter)[], $: Record<keyof Filter, string>) =>
  ['true', ...given.map((each) => `${conditions[each]} ${$[each]}${each === 'metadata' ? '::jsonb' : ''}`)].join(
    ' and ',
  )

const givenIn = (filter: Filter) => (['type', 'name', 'metadata'] as const).filter((each) => filter[each])
const valuesOf = ({ type, name, metadata }: Filter) => ({
  ...{ type: type || null, name: name || null, metadata: metadata || null },
})

const all = list({
  name: 'embeds: all',
  takes: { type: 'text?', name: 'text?', metadata: 'json?' },
  variants: () => filters.map((given) => ({ given })),
  sql: ($, { given }) => ({
    columns: '',
    from: `from embed x where ${filterSql(given, $)}`,
    keys: [{ sql: 'x.id', descending: true, type: 'bigint' }],
    joins: 'join embed e on e.id = p.k0',
    render: renderSql(Embed, null),
  }),
})

/** Embeds, newest first. */
export const listEmbeds = (ctx: Ctx, filter: Filter, page: PageRequest): Promise<PageRows<'Embed'>> =>
  all.page(ctx.db, valuesOf(filter), page, { given: givenIn(filter) })

const matching = statement({
  name: 'embeds: the newest that are meant',
  takes: { type: 'text?', name: 'text?', metadata: 'json?' },
  gives: { ids: 'bigint[]' },
  variants: () => filters.map((given) => ({ given })),
  sql: ($, { given }) => `select coalesce(array_agg(id), '{}') as ids from (
    select x.id from embed x where ${filterSql(given, $)} order by x.id desc limit ${mostEmbeds}) x`,
})

const feed = list({
  name: 'embeds: feed',
  takes: { viewer: 'bigint?', ids: 'bigint[]' },
  variants: () => byFlags().flatMap((each) => orderings.map((ordering) => ({ ...each, ordering }))),
  sql($, { flags, ordering }) {
    const pick = (way: Way, { key, page, part }: Cut) => {
      const [direction, beyond] = way === 'before' ? ['asc', '>'] : ['desc', '<']
      const order = (at: string, id: string) => `order by ${at} ${direction}, ${id} ${direction}`
      const moment = `x.${moments[ordering]}`
      const seek = way === 'first' ? '' : `and (${moment}, x.contribution_id) ${beyond} (${key.join(', ')})`
      const newest = part(`select ${moment} as k0, x.contribution_id as k1 from embed_feed x
        where x.embed_id = e.id and ${hadSql(flags, 'x.kind')}
          and ${seenSql('x', $.viewer, 'x.contribution_id')} ${seek} ${order(moment, 'x.contribution_id')}`)
      // A contribution that embeds two of them appears once.
      return page(`select k0, k1 from (
        select distinct n.k0, n.k1 from unnest(${$.ids}) e (id) cross join lateral (${newest}) n) p ${order('k0', 'k1')}`)
    }
    return {
      columns: '',
      from: '',
      pick,
      keys: orderedKeys('x', ordering),
      joins: unitJoins('p.k1', $.viewer),
      weight: weight('p.k1'),
      render: renderUnit(flags, $.viewer),
    }
  },
})

const feedOf = (ctx: Ctx, ids: number[], ordering: Ordering, page: PageRequest) =>
  feed.page(ctx.db, { viewer: ctx.actor?.id ?? null, ids }, page, {
    flags: flagsSeenBy(ctx.actor, ctx.community),
    ordering,
  })

/** A page of the contributions that embed one thing. */
export async function listEmbedding(
  ctx: Ctx,
  id: number,
  ordering: Ordering,
  page: PageRequest,
): Promise<PageRows<'Feed'>> {
  await showEmbed(ctx, id)
  return feedOf(ctx, [id], ordering, page)
}

/** A page of the contributions that embed any of the matching embeds: the newest hundred of them. */
export async function listEmbeddingSome(
  ctx: Ctx,
  filter: Filter,
  ordering: Ordering,
  page: PageRequest,
): Promise<PageRows<'Feed'>> {
  const row = await matching.row(ctx.db, valuesOf(filter), { given: givenIn(filter) })
  return feedOf(ctx, row?.ids ?? [], ordering, page)
}
