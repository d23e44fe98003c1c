import { type Actor, isStaff } from '../auth/actor.ts'
import { isActive } from '../auth/status.ts'
import { byFlags, flagsSeenBy } from '../community/flags.ts'
import type { Ctx, MemberCtx } from '../context.ts'
import type { Db } from '../platform/db/database.ts'
import type { Json } from '../platform/http/endpoint.ts'
import type { PageRequest, PageRows } from '../platform/http/page.ts'
import { anywhere, foldName } from '../platform/search/names.ts'
import { type ListKey, list } from '../platform/sql/list.ts'
import { thereIsSql } from '../platform/sql/looked-up.ts'
import { statement } from '../platform/sql/statement.ts'
import { arraySql, shown } from '../platform/sql/view.ts'
import { noMember } from '../users/inputs.ts'
import { permissionsOf } from '../users/permission.ts'
import { renderUser } from '../users/queries.ts'
import { hiddenOrNotSql, hiddenSql, relationJoin } from '../users/visibility.ts'
import { noCategory } from './tree.ts'
import { Categories, Category, renderCategory } from './views.ts'

/** Joins f: how the viewer follows the category. */
export const followJoin = (viewer: string) =>
  `left join category_follower f on f.category_id = category.id and f.member_id = ${viewer}`

const showing = statement({
  name: 'categories: show',
  takes: { viewer: 'bigint?', id: 'bigint', staff: 'boolean' },
  gives: { json: shown(Category) },
  sql: ($) => `select ${renderCategory} as json from category ${followJoin($.viewer)}
    where category.id = ${$.id} and (not category.deleted or ${$.staff})`,
})

/** A category as somebody sees it. The staff also sees deleted ones. */
export async function renderOne(db: Db, id: number, actor: Actor | null): Promise<Json<'Category'>> {
  const row = await showing.row(db, { viewer: actor?.id ?? null, id, staff: isStaff(actor) })
  if (!row) throw noCategory()
  return row
}

export type Filters = { search?: string; active?: boolean; deleted?: boolean; can_create_content?: boolean }

const either = [false, true]
const activities = [true, false, null]

/** SQL of the filter `active`; null accepts both. */
const activeSql = (active: boolean | null) =>
  active === null ? [] : [active ? 'category.active' : 'not category.active']

export const searchedSql = (pattern: string) =>
  `category.folded_name || ' ' || category.folded_synonyms like ${pattern}`

/** The pattern that finds `search` anywhere; null if there is nothing visible to search for. */
const patternOf = (search: string | undefined) => (search && foldName(search) ? anywhere(search) : null)

const listed: ListKey[] = [
  { sql: 'category.position', descending: false, type: 'bigint' },
  { sql: 'category.sort_name', descending: false, type: 'text' },
  { sql: 'category.id', descending: false, type: 'bigint' },
]

/**
 * What the lists of categories have in common. Categories are few, so they are counted when they are listed. Their rows are
 * taken from the scan: a join to them, planned while there were a handful, would read all of them for each.
 */
const categoriesFrom = (from: string, viewer: string) => ({
  columns: 'category.*, category.xmin',
  from,
  joins: `cross join lateral (select p.*) category ${followJoin(viewer)}`,
  render: renderCategory,
  count: `select count(*)::int ${from}`,
})

/** The longest page of all categories. Where people choose among them, there are hundreds at most. */
export const mostCategories = 10_000

/** Who may publish: members in categories open to all, staff in all, `nobody` in none. */
const openings = { all: 'not category.content_only_staff', staff: 'true', nobody: 'false' }
type Opening = keyof typeof openings
/** The filter can_create_content: `not all` are the categories in which a member may not publish. */
type OpenTo = Opening | `not ${Opening}`
const openTos = (Object.keys(openings) as Opening[]).flatMap((may): OpenTo[] => [may, `not ${may}`])

const openSql = (openTo: OpenTo) => {
  const may = openTo.replace('not ', '') as Opening
  const sql = `category.active and ${openings[may]}`
  return openTo === may ? sql : `not (${sql})`
}

const all = list({
  name: 'categories: all',
  takes: { viewer: 'bigint?', pattern: 'text?', exact: 'text?' },
  longest: mostCategories,
  variants: () =>
    activities.flatMap((active) =>
      either.flatMap((deleted) =>
        [null, ...openTos].flatMap((openTo) => either.map((searched) => ({ active, deleted, openTo, searched }))),
      ),
    ),
  sql($, { active, deleted, openTo, searched }) {
    const where = [
      deleted ? 'category.deleted' : 'not category.deleted',
      ...activeSql(active),
      ...(openTo ? [openSql(openTo)] : []),
      ...(searched ? [searchedSql($.pattern)] : []),
    ]
    const exactly: ListKey = { sql: `category.folded_name <> ${$.exact}`, descending: false, type: 'boolean' }
    return {
      ...categoriesFrom(`from category where ${where.join(' and ')}`, $.viewer),
      keys: searched ? [exactly, ...listed] : listed,
    }
  },
})

/** A page of all categories. In a search, one of exactly that name comes first. */
export function listAll(ctx: Ctx, filters: Filters, page: PageRequest): Promise<PageRows<'Category'>> {
  const { actor, community } = ctx
  const { search, active = null, deleted = false } = filters
  const staff = isStaff(actor)
  const publishes = !actor || permissionsOf(actor, community).create_post_with_category
  const may: Opening = !publishes ? 'nobody' : staff ? 'staff' : 'all'
  const open = filters.can_create_content
  const pattern = patternOf(search)
  const exact = search ? foldName(search) : null
  return all.page(ctx.db, { viewer: actor?.id ?? null, pattern, exact }, page, {
    active: staff ? active : true,
    deleted: staff && deleted,
    openTo: open === undefined ? null : open ? may : `not ${may}`,
    searched: pattern !== null,
  })
}

const popular = list({
  name: 'categories: popular',
  takes: { viewer: 'bigint?' },
  sql: ($) => ({
    ...categoriesFrom('from category where not category.deleted and category.active', $.viewer),
    keys: [{ sql: 'category.followers', descending: true, type: 'bigint' }, ...listed],
  }),
})

/** A page of categories, those with the most followers first. */
export const listPopular = (ctx: Ctx, page: PageRequest): Promise<PageRows<'Category'>> =>
  popular.page(ctx.db, { viewer: ctx.actor?.id ?? null }, page)

const followed = list({
  name: 'categories: followed',
  takes: { viewer: 'bigint', pattern: 'text?' },
  variants: () =>
    [null, true, false].flatMap((active) =>
      either.flatMap((deleted) => either.map((searched) => ({ active, deleted, searched }))),
    ),
  sql($, { active, deleted, searched }) {
    const filters = [
      ...activeSql(active),
      ...(deleted ? ['category.deleted'] : []),
      ...(searched ? [searchedSql($.pattern)] : []),
    ]
    const where = [`g.member_id = ${$.viewer}`, ...filters].join(' and ')
    const from = `from category_follower g join category on category.id = g.category_id where ${where}`
    // The member's counter is the length of the whole list.
    const counted = `select categories from users where id = ${$.viewer}`
    return {
      ...categoriesFrom(from, $.viewer),
      ...(filters.length ? {} : { count: counted }),
      keys: [{ sql: 'g.place', descending: true, type: 'bigint' }],
    }
  },
})

/**
 * A page of the categories that the caller follows, last followed first. It includes inactive ones: its length is the
 * member's counter. Nobody follows deleted ones.
 */
export function listFollowed(ctx: MemberCtx, filters: Filters, page: PageRequest): Promise<PageRows<'Category'>> {
  const { search, active = null, deleted = false } = filters
  const values = { viewer: ctx.actor.id, pattern: patternOf(search) }
  return followed.page(ctx.db, values, page, { active, deleted, searched: values.pattern !== null })
}

const thereSql = (id: string) => `exists (select from category where id = ${id} and not deleted)`

type Side = 'children' | 'parents'

const around = list({
  name: 'categories: around a category',
  takes: { viewer: 'bigint?', id: 'bigint' },
  extra: { there: 'boolean' },
  variants: () => (['children', 'parents'] as Side[]).flatMap((side) => either.map((staff) => ({ side, staff }))),
  sql($, { side, staff }) {
    const beside = {
      children: `category.parents @> array[${$.id}]`,
      parents: `category.id = any((select parents from category where id = ${$.id})::bigint[])`,
    }[side]
    const from = `from category where not category.deleted ${staff ? '' : 'and category.active'} and ${beside}`
    return { ...categoriesFrom(from, $.viewer), keys: listed, extra: { there: thereSql($.id) } }
  },
})

/** A page of the categories directly below or directly above a category. */
export async function listAround(ctx: Ctx, side: Side, id: number, page: PageRequest): Promise<PageRows<'Category'>> {
  const values = { viewer: ctx.actor?.id ?? null, id }
  const { extra, ...rows } = await around.page(ctx.db, values, page, { side, staff: isStaff(ctx.actor) })
  if (!extra.there) throw noCategory()
  return rows
}

const followers = list({
  name: 'categories: followers',
  takes: { viewer: 'bigint?', id: 'bigint', since: 'timestamptz?' },
  extra: { there: 'boolean' },
  variants: () => byFlags().flatMap((each) => either.map((recent) => ({ ...each, recent }))),
  sql($, { flags, recent }) {
    const since = recent ? `and g.added_at >= ${$.since}` : ''
    const hidden = `select count(*)::int from relation h where h.member_id = ${$.viewer} and ${hiddenSql('h.')}
      and ${thereIsSql(`from category_follower g where g.category_id = ${$.id} and g.member_id = h.other_id ${since}`)}`
    return {
      columns: 'g.member_id, v.state, v.following_place',
      from: `from category_follower g ${relationJoin($.viewer, 'g.member_id')}
        where g.category_id = ${$.id} ${since} and not ${hiddenOrNotSql('v.')}`,
      keys: [{ sql: 'g.place', descending: true, type: 'bigint' }],
      joins: 'join users u on u.id = p.member_id cross join lateral (select p.state, p.following_place) v',
      render: renderUser(flags),
      count: recent
        ? `select (select count(*)::int from category_follower g where g.category_id = ${$.id} ${since}) - (${hidden})`
        : `select (select followers from category where id = ${$.id}) - (${hidden})`,
      extra: { there: thereSql($.id) },
    }
  },
})

/**
 * A page of the members who follow a category, last first, without those hidden from the viewer.
 * @param days only those who began in the last days
 */
export async function listFollowers(
  ctx: Ctx,
  id: number,
  days: number | null,
  page: PageRequest,
): Promise<PageRows<'User'>> {
  const since = days === null ? null : new Date(ctx.now.getTime() - days * 86_400_000)
  const variant = { flags: flagsSeenBy(ctx.actor, ctx.community), recent: since !== null }
  const { extra, ...rows } = await followers.page(ctx.db, { viewer: ctx.actor?.id ?? null, id, since }, page, variant)
  if (!extra.there) throw noCategory()
  return rows
}

const following = statement({
  name: 'categories: whether a member follows',
  takes: { viewer: 'bigint', id: 'bigint' },
  gives: { followed: 'boolean' },
  sql: ($) => `select f.member_id is not null as followed from category ${followJoin($.viewer)}
    where category.id = ${$.id} and not category.deleted`,
})

/** Whether the caller follows a category. */
export async function isFollowed(ctx: MemberCtx, id: number): Promise<boolean> {
  const row = await following.row(ctx.db, { viewer: ctx.actor.id, id })
  if (!row) throw noCategory()
  return row.followed
}

const audience = statement({
  name: 'categories: audience',
  takes: { viewer: 'bigint?', id: 'bigint', connected: 'boolean' },
  gives: { category_audience: 'int', connections_audience: 'int' },
  variants: () => [{ follow: false }, { follow: true }],
  sql: ($, { follow }) => `select followers as category_audience, (select count(*)::int from relation r
      join lateral (select from category_follower g
        where g.category_id = category.id and g.member_id = r.other_id offset 0) g on true
      where r.member_id = ${$.viewer} and ${$.connected}
        and ${follow ? 'r.follower_place is not null' : 'r.state = 4'}) as connections_audience
    from category where id = ${$.id} and not deleted`,
})

/** How many follow a category, and how many of them are the caller's connections or follow the caller. */
export async function readAudience(ctx: Ctx, id: number) {
  const { actor, community } = ctx
  const values = { viewer: actor?.id ?? null, id, connected: community.connectionsEnabled }
  const row = await audience.row(ctx.db, values, { follow: community.mode === 'follow' })
  if (!row) throw noCategory()
  return row
}

const common = ($: { viewer: string; member: string }) => `f.member_id is not null and ${$.viewer} <> ${$.member}`

const ofMember = {
  all: () => 'true',
  mutual: common,
  others: ($: { viewer: string; member: string }) => `(f.member_id is null or ${$.viewer} = ${$.member})`,
}

const followedBy = statement({
  name: 'categories: followed by a member',
  takes: { viewer: 'bigint?', member: 'bigint' },
  gives: { status: 'text', json: shown(Categories) },
  variants: () => (Object.keys(ofMember) as (keyof typeof ofMember)[]).map((which) => ({ which })),
  sql: ($, { which }) => `select u.status::text as status,
      (select ${arraySql(Category, renderCategory, `(${common($)}) desc, g.place desc`)}
       from category_follower g join category on category.id = g.category_id ${followJoin($.viewer)}
       where g.member_id = u.id and ${ofMember[which]($)}) as json
    from users u where u.id = ${$.member}`,
})

/**
 * All categories that a member follows, not paginated: first those that the viewer follows too, then the rest, each
 * last followed first. The viewer's own list, and a visitor's view, have nothing in common with it.
 * @param mutual 1 for those in common only, 0 for the others only
 */
export async function renderFollowedBy(ctx: Ctx, id: number, mutual: number | undefined): Promise<Json<'Category[]'>> {
  const which = mutual === 1 ? 'mutual' : mutual === 0 ? 'others' : 'all'
  const row = await followedBy.row(ctx.db, { viewer: ctx.actor?.id ?? null, member: id }, { which })
  if (!row || !isActive(row.status)) throw noMember()
  return row
}
