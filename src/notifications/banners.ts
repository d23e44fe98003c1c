import { lookAgain } from '../auth/again.ts'
import { admin, member as anyMember } from '../auth/audience.ts'
import type { MemberCtx } from '../context.ts'
import { notFound } from '../platform/errors.ts'
import { emit } from '../platform/events/emit.ts'
import type { Json } from '../platform/http/endpoint.ts'
import type { PageRequest, PageRows } from '../platform/http/page.ts'
import { list } from '../platform/sql/list.ts'
import { statement } from '../platform/sql/statement.ts'
import { renderSql, shown } from '../platform/sql/view.ts'
import { Banner, ShownBanner } from './banner-views.ts'
import { bannersSql } from './count.ts'
import { bannerSent } from './events.ts'

const banners = list({
  name: 'notifications: banners of a member',
  takes: { viewer: 'bigint' },
  sql: ($) => ({
    columns: 'b.id, r.viewed_at, r.disposed_at',
    from: bannersSql($.viewer, 'undisposed'),
    keys: [{ sql: 'b.id', descending: true, type: 'bigint' }],
    joins: `join banner b on b.id = p.k0 cross join lateral (select p.viewed_at, p.disposed_at) r`,
    render: renderSql(ShownBanner, null),
    count: `select count(*) ${bannersSql($.viewer, 'undisposed')}`,
  }),
})

/** A page of the banners that the caller has not dismissed, newest first. */
export const listBanners = (ctx: MemberCtx, page: PageRequest): Promise<PageRows<'BroadcastMessage'>> =>
  banners.page(ctx.db, { viewer: ctx.actor.id }, page)

const counting = statement({
  name: 'notifications: count banners',
  takes: { viewer: 'bigint' },
  gives: { count: 'int' },
  variants: (): { which: 'unseen' | 'undisposed' }[] => [{ which: 'unseen' }, { which: 'undisposed' }],
  sql: ($, { which }) => `select count(*)::int as count ${bannersSql($.viewer, which)}`,
})

/** How many banners the caller has not seen, or not dismissed. */
export const countBanners = async (ctx: MemberCtx, which: 'unseen' | 'undisposed'): Promise<{ count: number }> =>
  (await counting.row(ctx.db, { viewer: ctx.actor.id }, { which })) as { count: number }

const noting = statement({
  name: 'notifications: note what a member did with banners',
  takes: { member: 'bigint', ids: 'bigint[]', now: 'timestamptz', disposed: 'boolean' },
  gives: {},
  // A dismissed banner counts as seen; earlier marks stay as they were.
  sql: ($) => `insert into banner_reader as r (member_id, banner_id, viewed_at, disposed_at)
    select ${$.member}, b.id, ${$.now}, case when ${$.disposed} then ${$.now}::timestamptz end
    from banner b where b.id = any(${$.ids}) order by b.id
    on conflict (member_id, banner_id) do update set viewed_at = coalesce(r.viewed_at, excluded.viewed_at),
      disposed_at = coalesce(r.disposed_at, excluded.disposed_at)`,
})

/** Notes that the caller has seen or dismissed banners. Unknown ids are ignored. */
export async function noteBanners(ctx: MemberCtx, ids: number[], disposed: boolean): Promise<void> {
  await ctx.kith.db.transaction(async (tx) => {
    await lookAgain(tx, ctx, anyMember)
    await noting.rows(tx, { member: ctx.actor.id, ids, now: ctx.now, disposed })
  })
}

export type NewBanner = {
  title: string
  body_text: string
  link_text?: string
  link?: string | null
  image?: string | null
  open_in_new_tab?: boolean
}

const sending = statement({
  name: 'notifications: send a banner',
  takes: {
    ...{ title: 'text', body: 'text', link_text: 'text', link: 'text?', image: 'text?', new_tab: 'boolean' },
    ...{ now: 'timestamptz', by: 'bigint' },
  },
  gives: { json: shown(ShownBanner) },
  sql: ($) => `with b as (
      insert into banner (title, body_text, link_text, link, image, open_in_new_tab, added_at, made_by)
      values (${$.title}, ${$.body}, ${$.link_text}, ${$.link}, ${$.image}, ${$.new_tab}, ${$.now}, ${$.by}) returning *
    ), emitted as (
      ${emit($.now, [bannerSent, `concat('{"banner":', ${renderSql(Banner, null)}, ',"recipients":[]}')`, 'from b'])}
    )
    select ${renderSql(ShownBanner, null)} as json
    from b, (select null::timestamptz as viewed_at, null::timestamptz as disposed_at) r`,
})

/** Sends a banner to everybody who is a member by now. */
export const sendBanner = (ctx: MemberCtx, sent: NewBanner): Promise<Json<'BroadcastMessage'>> =>
  ctx.kith.db.transaction(async (tx) => {
    await lookAgain(tx, ctx, admin)
    const { title, body_text: body, link_text = '', link = null, image = null, open_in_new_tab = false } = sent
    const values = { title, body, link_text, link: link || null, image: image || null, new_tab: open_in_new_tab }
    return (await sending.row(tx, { ...values, now: ctx.now, by: ctx.actor.id })) as Json<'BroadcastMessage'>
  })

const withdrawing = statement({
  name: 'notifications: withdraw a banner',
  takes: { id: 'bigint' },
  gives: { id: 'bigint' },
  sql: ($) => `with read as (delete from banner_reader where banner_id = ${$.id})
    delete from banner where id = ${$.id} returning id`,
})

/** Withdraws a banner from everybody. */
export async function withdrawBanner(ctx: MemberCtx, id: number): Promise<void> {
  await ctx.kith.db.transaction(async (tx) => {
    await lookAgain(tx, ctx, admin)
    if (!(await withdrawing.row(tx, { id }))) throw notFound('No banner has this id.')
  })
}
