import { isStaff } from '../auth/actor.ts'
import { flagsSeenBy } from '../community/flags.ts'
import type { Ctx, MemberCtx } from '../context.ts'
import type { PageRequest, PageRows } from '../platform/http/page.ts'
import { type ListKey, list } from '../platform/sql/list.ts'
import { contributionJoins, noContribution, readableOneSql, renderContribution } from './find.ts'
import { byKindAndFlags, type ContributionName, type Kind } from './kinds.ts'
import { type Merged, mergedScan, pickMerged } from './merged.ts'
import { addressedCountSql, rowSeenSql, unseenCountSql, unseenCte, unseenHere } from './seen.ts'

export const orderings = ['added_at', '-added_at', 'last_activity_at', '-last_activity_at'] as const
export type Ordering = (typeof orderings)[number]

/** SQL of how many contributions of a kind the viewer sees. */
const countSql = (kind: Kind, total: 'n' | 'uncommented', viewer: string) => {
  const silent = total === 'uncommented' ? 'and c.comment_count = 0' : ''
  const unseen = unseenCountSql(
    viewer,
    unseenHere,
    (authors) =>
      total === 'n'
        ? `select coalesce(sum(${kind.counter}), 0) from users where id in (${authors})`
        : `select count(*) from contribution c where c.author_id in (${authors}) and c.kind = ${kind.id}
          and not c.deleted ${silent}`,
    {
      where: `h.kind = ${kind.id} ${silent}`,
      addressed: addressedCountSql(viewer, unseenHere, null, (each) => `${each} = ${kind.id}`, total === 'uncommented'),
    },
  )
  return `select (select sum(${total}) from contribution_total where kind = ${kind.id}) - (${unseen})`
}

/** SQL of the bytes of a contribution's text, most of its weight: of that with an id, and of one that is joined as `c`. */
export const weight = (id: string) => ({
  alone: `(select octet_length(html) from contribution where id = ${id})`,
  joined: 'octet_length(c.html)',
})

const byMoment = (column: string, descending: boolean): ListKey[] => [
  { sql: `x.${column}`, descending, type: 'timestamptz' },
  { sql: 'x.id', descending, type: 'bigint' },
]

const all = list({
  name: 'contributions: all',
  takes: { viewer: 'bigint?' },
  variants: () =>
    byKindAndFlags().flatMap((each) =>
      orderings.flatMap((ordering) => [false, true].map((uncommented) => ({ ...each, ordering, uncommented }))),
    ),
  sql: ($, { kind, flags, ordering, uncommented }) => ({
    with: unseenCte($.viewer),
    columns: '',
    from: '',
    pick: pickMerged(
      {
        ...{ viewer: $.viewer, known: flags.viewer, kinds: [kind.id], uncommented, unseen: unseenHere },
        moment: ordering.replace('-', '') as Merged['moment'],
      },
      ordering.startsWith('-'),
    ),
    keys: byMoment(ordering.replace('-', ''), ordering.startsWith('-')),
    joins: contributionJoins('p.k1', $.viewer),
    weight: weight('p.k1'),
    render: renderContribution(kind, flags, $.viewer),
    count: countSql(kind, uncommented ? 'uncommented' : 'n', $.viewer),
  }),
})

/** All contributions of a kind, or those without comments, newest (or last active) first. */
export function listContributions(
  ctx: Ctx,
  kind: Kind,
  { ordering = '-added_at', uncommented = false }: { ordering?: Ordering; uncommented?: boolean },
  page: PageRequest,
): Promise<PageRows<ContributionName>> {
  const flags = flagsSeenBy(ctx.actor, ctx.community)
  return all.page(ctx.db, { viewer: ctx.actor?.id ?? null }, page, { kind, flags, ordering, uncommented })
}

type Place = 'follow_place' | 'suspend_place'

const marked = list({
  name: 'contributions: followed or suspended',
  takes: { viewer: 'bigint' },
  variants: () =>
    byKindAndFlags().flatMap((each) =>
      (['follow_place', 'suspend_place'] as Place[]).map((place) => ({ ...each, place })),
    ),
  sql($, { kind, flags, place }) {
    // The member's own marks: their number does not grow with the community.
    const from = `from mark k join contribution x on x.id = k.target_id and not x.deleted
      where k.member_id = ${$.viewer} and k.kind = ${kind.id} and k.${place} is not null and ${rowSeenSql('x', $.viewer)}`
    return {
      columns: 'x.id',
      from,
      keys: [{ sql: `k.${place}`, descending: true, type: 'bigint' }],
      joins: contributionJoins('p.id', $.viewer),
      weight: weight('p.id'),
      render: renderContribution(kind, flags, $.viewer),
      count: `select count(*) ${from}`,
    }
  },
})

/** Those that the caller follows, or has suspended, the latest mark first. */
export function listMarked(
  ctx: MemberCtx,
  kind: Kind,
  place: Place,
  page: PageRequest,
): Promise<PageRows<ContributionName>> {
  const flags = flagsSeenBy(ctx.actor, ctx.community)
  return marked.page(ctx.db, { viewer: ctx.actor.id }, page, { kind, flags, place })
}

const maxRelated = 100

const related = list({
  name: 'contributions: related',
  takes: { viewer: 'bigint?', id: 'bigint', staff: 'boolean' },
  extra: { there: 'boolean?' },
  variants: byKindAndFlags,
  sql: ($, { kind, flags }) => ({
    extra: { there: `select true from ${readableOneSql($.id, kind.id, $.viewer, $.staff)}` },
    // At most a hundred of each category, of which the newest hundred are kept.
    with: `${unseenCte($.viewer)}, near as materialized (
      select distinct x.added_at, x.id
      from unnest((select categories from contribution where id = ${$.id})) category
      cross join lateral (
        ${mergedScan(
          {
            ...{ viewer: $.viewer, known: flags.viewer, kinds: [kind.id], moment: 'added_at', place: 'category' },
            unseen: unseenHere,
            and: (id) => `${id} <> ${$.id}`,
          },
          { part: (scan) => `select * from (${scan} limit ${maxRelated}) few`, beyond: () => '', direction: 'desc' },
        )}
      ) x (added_at, id)
      order by x.added_at desc, x.id desc limit ${maxRelated}
    )`,
    columns: '',
    from: 'from near x where true',
    keys: byMoment('added_at', true),
    joins: contributionJoins('p.k1', $.viewer),
    weight: weight('p.k1'),
    render: renderContribution(kind, flags, $.viewer),
    count: 'select count(*) from near',
  }),
})

/** The newest in the same categories, at most a hundred. */
export async function listRelated(
  ctx: Ctx,
  kind: Kind,
  id: number,
  page: PageRequest,
): Promise<PageRows<ContributionName>> {
  const flags = flagsSeenBy(ctx.actor, ctx.community)
  const values = { viewer: ctx.actor?.id ?? null, id, staff: isStaff(ctx.actor) }
  const { extra, ...rows } = await related.page(ctx.db, values, page, { kind, flags })
  if (!extra.there) throw noContribution(kind)
  return rows
}

const unpublished = list({
  name: 'contributions: not published yet',
  takes: { viewer: 'bigint' },
  variants: () => byKindAndFlags().flatMap((each) => [true, false].map((scheduled) => ({ ...each, scheduled }))),
  sql($, { kind, flags, scheduled }) {
    // The member's own: their number does not grow with the community.
    const from = `from contribution x where x.author_id = ${$.viewer} and x.kind = ${kind.id} and not x.published
      and not x.erased and x.scheduled_at is ${scheduled ? 'not null' : 'null'}`
    const byId: ListKey = { sql: 'x.id', descending: !scheduled, type: 'bigint' }
    return {
      columns: 'x.id',
      from,
      keys: scheduled ? [{ sql: 'x.scheduled_at', descending: false, type: 'timestamptz' }, byId] : [byId],
      joins: contributionJoins('p.id', $.viewer),
      weight: weight('p.id'),
      render: renderContribution(kind, flags, $.viewer),
      count: `select count(*) ${from}`,
    }
  },
})

/** The caller's unpublished contributions: drafts, latest first, or scheduled ones, next first. */
export function listUnpublished(
  ctx: MemberCtx,
  kind: Kind,
  scheduled: boolean,
  page: PageRequest,
): Promise<PageRows<ContributionName>> {
  const flags = flagsSeenBy(ctx.actor, ctx.community)
  return unpublished.page(ctx.db, { viewer: ctx.actor.id }, page, { kind, flags, scheduled })
}
