import { type Actor, isStaff } from '../auth/actor.ts'
import type { Ctx, MemberCtx } from '../context.ts'
import type { Db } from '../platform/db/database.ts'
import { notFound } from '../platform/errors.ts'
import type { Json } from '../platform/http/endpoint.ts'
import { fetchPage, keptLists, type List } from '../platform/http/list.ts'
import type { PageRequest, PageRows } from '../platform/http/page.ts'
import { permissionsOf } from '../users/permission.ts'
import { renderUser } from '../users/queries.ts'
import { type Shown, shownBy, shownKey } from '../users/views.ts'
import { noCategory } from './tree.ts'
import { renderCategory } from './views.ts'

// In every statement $1 is the member who looks, null for a visitor.

const viewers = 'left join category_follower f on f.category_id = category.id and f.member_id = $1::bigint'

const oneText = `select ${renderCategory} as json from category ${viewers}
  where category.id = $2 and (not category.deleted or $3::boolean)`

/** A category as somebody sees it. Staff sees deleted ones, too. */
export async function renderOne(db: Db, id: number, actor: Actor | null): Promise<Json> {
  const [row] = await db.query<Json>(oneText, [actor?.id ?? null, id, isStaff(actor)])
  if (!row) throw noCategory()
  return row
}

export type Filters = { search?: string; active?: boolean; deleted?: boolean; can_create_content?: boolean }

/** Where a list of categories begins: all, by their followers, what one follows, or what is around a category. */
type Source = 'all' | 'popular' | 'followed' | 'children' | 'parents'

const lists = keptLists()

const listed: List['keys'] = [
  { sql: 'category.position', descending: false, type: 'bigint' },
  // Not the whole name: it has to fit into a cursor.
  { sql: 'left(lower(category.name), 60)', descending: false, type: 'text' },
  { sql: 'category.id', descending: false, type: 'bigint' },
]

/** Keeps a list by the conditions it is made of, so that its statements are made and prepared once. */
function listFor(source: Source, where: string, exact: string | null): List {
  const key = `${source} ${where} ${exact}`
  const kept = lists.get(key)
  if (kept) return kept
  const from =
    source === 'followed'
      ? `from category_follower g join category on category.id = g.category_id where g.member_id = $1::bigint and ${where}`
      : `from category where ${where}`
  const list: List = {
    columns: 'category.id',
    from,
    keys:
      source === 'followed'
        ? [{ sql: 'g.place', descending: true, type: 'bigint' }]
        : source === 'popular'
          ? [{ sql: 'category.followers', descending: true, type: 'bigint' }, ...listed]
          : exact
            ? [{ sql: `lower(category.name) <> ${exact}`, descending: false, type: 'boolean' }, ...listed]
            : listed,
    joins: `join category on category.id = p.id ${viewers}`,
    render: renderCategory,
    // Categories are few; those of one member are kept counted.
    count:
      source === 'followed' && where === 'true'
        ? 'select categories from users where id = $1'
        : `select count(*)::int ${from}`,
    ...(source === 'children' || source === 'parents' ? { extra: { there: thereSql('$2') } } : {}),
  }
  lists.set(key, list)
  return list
}

const thereSql = (id: string) => `exists (select from category where id = ${id} and not deleted)`

/** What of all that is asked for the one who looks may see, as SQL; `bind` gives a value its number. */
function whereOf(ctx: Ctx, source: Source, filters: Filters, bind: (value: unknown) => string): string {
  const staff = isStaff(ctx.actor)
  const conditions: string[] = []
  // One's own list has what one follows, active or not: its length is the member's counter. Nobody follows the deleted.
  if (source === 'followed') {
    if (filters.active !== undefined) conditions.push(filters.active ? 'category.active' : 'not category.active')
    if (filters.deleted) conditions.push('category.deleted')
  } else {
    conditions.push(staff && filters.deleted ? 'category.deleted' : 'not category.deleted')
    if (!staff || source === 'popular' || filters.active) conditions.push('category.active')
    else if (filters.active === false) conditions.push('not category.active')
  }
  if (filters.can_create_content) {
    conditions.push('category.active')
    if (!staff) conditions.push('not category.content_only_staff')
    if (ctx.actor && !permissionsOf(ctx.actor, ctx.community).create_post_with_category) conditions.push('false')
  }
  if (filters.search) {
    const pattern = bind(`%${filters.search.toLowerCase().replace(/[\\%_]/g, '\\$&')}%`)
    conditions.push(`lower(category.name || ' ' || coalesce(category.name_synonyms, '')) like ${pattern}`)
  }
  return conditions.join(' and ') || 'true'
}

/** A page of categories. */
async function list(ctx: Ctx, source: Source, filters: Filters, page: PageRequest, around?: number) {
  const values: unknown[] = [ctx.actor?.id ?? null]
  const bind = (value: unknown) => `$${values.push(value)}::text`
  let beside = ''
  if (around !== undefined) {
    values.push(around)
    beside =
      source === 'children'
        ? ' and category.parents @> array[$2::bigint]'
        : ' and category.id = any((select parents from category where id = $2::bigint)::bigint[])'
  }
  const where = whereOf(ctx, source, filters, bind) + beside
  const exact = filters.search && source === 'all' ? bind(filters.search.toLowerCase()) : null
  return fetchPage<{ there?: boolean }>(ctx.db, listFor(source, where, exact), values, page)
}

/** A page of all categories; where they are searched, one of exactly that name comes first. */
export const listAll = (ctx: Ctx, filters: Filters, page: PageRequest): Promise<PageRows> =>
  list(ctx, 'all', filters, page)

/** A page of categories, those with the most followers first. */
export const listPopular = (ctx: Ctx, page: PageRequest): Promise<PageRows> => list(ctx, 'popular', {}, page)

/** A page of the categories the one who calls follows, the last followed first. */
export const listFollowed = (ctx: MemberCtx, filters: Filters, page: PageRequest): Promise<PageRows> =>
  list(ctx, 'followed', filters, page)

/** A page of the categories right below a category, or right above it. */
export async function listAround(
  ctx: Ctx,
  source: 'children' | 'parents',
  id: number,
  page: PageRequest,
): Promise<PageRows> {
  const { extra, ...rows } = await list(ctx, source, {}, page, id)
  if (!extra.there) throw noCategory()
  return rows
}

const hiding = (r: string) => `(${r}.hidden_place is not null or ${r}.hidden_by)`
const members = keptLists()

function followersFor(shown: Shown, recent: boolean): List {
  const key = `${shownKey(shown)} ${recent}`
  const kept = members.get(key)
  if (kept) return kept
  const since = recent ? 'and g.added_at >= $3::timestamptz' : ''
  const hidden = `select count(*)::int from relation h
    join category_follower g on g.category_id = $2 and g.member_id = h.other_id ${since}
    where h.member_id = $1 and ${hiding('h')}`
  const list: List = {
    columns: 'g.member_id, v.state, v.following_place',
    // One probe of the viewer's relation for each row. `offset 0` keeps it a probe, whatever is estimated.
    from: `from category_follower g left join lateral (select * from relation v
        where v.member_id = $1::bigint and v.other_id = g.member_id offset 0) v on true
      where g.category_id = $2::bigint ${since} and not coalesce(${hiding('v')}, false)`,
    keys: [{ sql: 'g.place', descending: true, type: 'bigint' }],
    joins: 'join users u on u.id = p.member_id cross join lateral (select p.state, p.following_place) v',
    render: renderUser(shown),
    count: recent
      ? `select (select count(*)::int from category_follower g where g.category_id = $2 ${since}) - (${hidden})`
      : `select (select followers from category where id = $2) - (${hidden})`,
    extra: { there: thereSql('$2') },
  }
  members.set(key, list)
  return list
}

/**
 * A page of the members who follow a category, the last first, without those hidden from the one who looks.
 * @param days only those who began in so many days
 */
export async function listFollowers(ctx: Ctx, id: number, days: number | null, page: PageRequest): Promise<PageRows> {
  const since = days === null ? [] : [new Date(ctx.now.getTime() - days * 86_400_000).toISOString()]
  const list = followersFor(shownBy(ctx.community, ctx.actor !== null), days !== null)
  const values = [ctx.actor?.id ?? null, id, ...since]
  const { extra, ...rows } = await fetchPage<{ there: boolean }>(ctx.db, list, values, page)
  if (!extra.there) throw noCategory()
  return rows
}

/** Whether the one who calls follows a category. */
export async function isFollowed(ctx: MemberCtx, id: number): Promise<boolean> {
  const [row] = await ctx.db.query<{ followed: boolean }>(
    `select f.member_id is not null as followed from category ${viewers} where category.id = $2 and not category.deleted`,
    [ctx.actor.id, id],
  )
  if (!row) throw noCategory()
  return row.followed
}

/** How many follow a category, and how many of them are connected with the one who calls, or follow them. */
export async function readAudience(ctx: Ctx, id: number) {
  const { actor, community } = ctx
  const tie = community.mode === 'follow' ? 'r.follower_place is not null' : 'r.state = 4'
  const [row] = await ctx.db.query<{ category_audience: number; connections_audience: number }>(
    `select followers as category_audience, (select count(*)::int from relation r
        join lateral (select from category_follower g
          where g.category_id = category.id and g.member_id = r.other_id offset 0) g on true
        where r.member_id = $1::bigint and $3::boolean and ${tie}) as connections_audience
     from category where id = $2 and not deleted`,
    [actor?.id ?? null, id, community.tied],
  )
  if (!row) throw noCategory()
  return row
}

const ofMemberText = (which: string) => `select u.status::text as status,
    (select concat('[', string_agg(${renderCategory}, ',' order by (f.member_id is not null and $1 <> $2) desc, g.place desc), ']')
     from category_follower g join category on category.id = g.category_id ${viewers}
     where g.member_id = u.id and ${which}) as json
  from users u where u.id = $2::bigint`

const ofMember = {
  all: ofMemberText('true'),
  mutual: ofMemberText('f.member_id is not null and $1 <> $2'),
  others: ofMemberText('(f.member_id is null or $1 = $2)'),
}

/**
 * All categories that a member follows, not paginated: those in common with the one who looks first, then the rest,
 * each the last followed first. Nothing of one's own is in common with oneself, and nothing at all with a visitor.
 * @param mutual 1 for those in common only, 0 for the others only
 */
export async function renderFollowedBy(ctx: Ctx, id: number, mutual: number | undefined): Promise<Json> {
  const which = mutual === 1 ? 'mutual' : mutual === 0 ? 'others' : 'all'
  const [row] = await ctx.db.query<Json & { status: string }>(ofMember[which], [ctx.actor?.id ?? null, id])
  if (!row || (row.status !== 'a' && row.status !== 'b')) throw notFound('There is no member of this id.')
  return row
}
