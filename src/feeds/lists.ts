import { isActive } from '../auth/status.ts'
import { byFlags, type Flags, flagsSeenBy } from '../community/flags.ts'
import type { Ctx, MemberCtx } from '../context.ts'
import { hadSql, kindsOf, renderUnit, unitJoins } from '../contributions/feed.ts'
import { kinds } from '../contributions/kinds.ts'
import { weight } from '../contributions/lists.ts'
import { mergedScan, pickMerged } from '../contributions/merged.ts'
import {
  addressedCountSql,
  addressedOfSql,
  authorSeenSql,
  rowSeenSql,
  unseenAuthors,
  unseenCountSql,
  unseenCte,
  unseenHere,
} from '../contributions/seen.ts'
import { forbidden } from '../platform/errors.ts'
import type { PageRequest, PageRows } from '../platform/http/page.ts'
import { list } from '../platform/sql/list.ts'
import { noMember } from '../users/inputs.ts'
import { moments, type Ordering, orderedKeys, orderings } from './order.ts'

/** What all lists of feed units have in common: how a contribution of a page is rendered. */
const unitsOf = (flags: Flags, viewer: string) => ({
  columns: '',
  joins: unitJoins('p.k1', viewer),
  weight: weight('p.k1'),
  render: renderUnit(flags, viewer),
})

/** SQL of how many contributions of enabled kinds members have published, from the row of the member. */
const publishedSql = (flags: Flags) =>
  ['0', ...Object.values(kinds).flatMap(({ counter }) => (flags[counter] ? counter : []))].join(' + ')

/** SQL of whether a mark h is on a contribution of an enabled kind. */
const markedSql = (flags: Flags) =>
  `h.kind in (${Object.values(kinds).map(({ id }) => id)}) and ${hadSql(flags, 'h.kind')}`

const explore = list({
  name: 'feeds: explore',
  takes: { viewer: 'bigint?' },
  variants: () => byFlags().flatMap((each) => orderings.map((ordering) => ({ ...each, ordering }))),
  sql: ($, { flags, ordering }) => ({
    ...unitsOf(flags, $.viewer),
    with: unseenCte($.viewer),
    from: '',
    pick: pickMerged({
      ...{
        viewer: $.viewer,
        known: flags.viewer,
        kinds: kindsOf(flags),
        moment: moments[ordering],
        unseen: unseenHere,
      },
    }),
    keys: orderedKeys('x', ordering),
    count: `select (select coalesce(sum(n), 0) from contribution_total where ${hadSql(flags, 'kind')})
      - (${unseenCountSql(
        $.viewer,
        unseenHere,
        (authors) => `select coalesce(sum(${publishedSql(flags)}), 0) from users where id in (${authors})`,
        {
          where: markedSql(flags),
          addressed: addressedCountSql($.viewer, unseenHere, null, (kind) => hadSql(flags, kind)),
        },
      )})`,
  }),
})

/** A page of everything published, in the given order or in that of the community. */
export function listExplore(ctx: Ctx, asked: Ordering | undefined, page: PageRequest): Promise<PageRows<'Feed'>> {
  const { actor, community, db } = ctx
  const ordering = asked ?? community.options['configurations.explore_stream_order_by']
  return explore.page(db, { viewer: actor?.id ?? null }, page, { flags: flagsSeenBy(actor, community), ordering })
}

const ofMember = list({
  name: 'feeds: of a member',
  takes: { viewer: 'bigint?', owner: 'bigint' },
  extra: { status: 'text?', hidden: 'boolean?' },
  variants: byFlags,
  sql: ($, { flags }) => ({
    with: `whose as materialized (
      select u.status::text as status, ${publishedSql(flags)} as total, not (${authorSeenSql('u', $.viewer)}) as hidden
      from (select *, id as author_id from users where id = ${$.owner}) u
    )`,
    ...unitsOf(flags, $.viewer),
    from: '',
    pick: pickMerged({
      ...{ viewer: $.viewer, known: flags.viewer, kinds: kindsOf(flags), author: $.owner, moment: 'added_at' },
    }),
    keys: orderedKeys('x', 'recent'),
    count: `select (select total from whose)
      - (${unseenCountSql($.viewer, unseenAuthors($.viewer), () => '0', {
        where: `${markedSql(flags)} and c.author_id = ${$.owner}`,
        addressed: addressedOfSql($.owner, $.viewer, (kind) => hadSql(flags, kind)),
      })})`,
    extra: { status: 'select status from whose', hidden: 'select hidden from whose' },
  }),
})

/** A page of what a member has published, newest first. */
export async function listOfMember(ctx: Ctx, owner: number, page: PageRequest): Promise<PageRows<'Feed'>> {
  const { actor, community, db } = ctx
  const variant = { flags: flagsSeenBy(actor, community) }
  const { extra, ...rows } = await ofMember.page(db, { viewer: actor?.id ?? null, owner }, page, variant)
  if (!isActive(extra.status)) throw noMember()
  if (extra.hidden) throw forbidden('One of you hides the other.')
  return rows
}

/** Largest number of similar contributions, and of categories that are searched for them. */
const [mostAlike, mostCategories] = [100, 100]

const alike = list({
  name: 'feeds: like others',
  takes: { viewer: 'bigint', ids: 'bigint[]' },
  variants: () => byFlags().filter(({ flags }) => flags.viewer),
  sql: ($, { flags }) => ({
    with: `near as materialized (
      select x.relevant_at, x.id from (
        select distinct unnest(c.categories) as id from contribution c
        where c.id = any(${$.ids}) and not c.deleted and ${rowSeenSql('c', $.viewer)} limit ${mostCategories}
      ) category cross join lateral (
        ${mergedScan(
          {
            ...{ viewer: $.viewer, known: true, kinds: kindsOf(flags), moment: 'relevant_at', place: 'category.id' },
            and: (id) => `${id} <> all(${$.ids})`,
          },
          { part: (scan) => `select * from (${scan} limit ${mostAlike}) few`, beyond: () => '', direction: 'desc' },
        )}
      ) x (relevant_at, id) group by 1, 2 order by 1 desc, 2 desc limit ${mostAlike}
    )`,
    ...unitsOf(flags, $.viewer),
    from: 'from near x where true',
    keys: [
      { sql: 'x.relevant_at', descending: true, type: 'timestamptz' },
      { sql: 'x.id', descending: true, type: 'bigint' },
    ],
    count: 'select count(*) from near',
  }),
})

/** A page of what is in the categories of some contributions, most relevant first; at most a hundred. */
export function listAlike(ctx: MemberCtx, ids: number[], page: PageRequest): Promise<PageRows<'Feed'>> {
  return alike.page(ctx.db, { viewer: ctx.actor.id, ids }, page, { flags: flagsSeenBy(ctx.actor, ctx.community) })
}
