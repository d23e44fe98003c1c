import type { Ctx, MemberCtx } from '../context.ts'
import { fetchPage, keptLists, type List } from '../platform/http/list.ts'
import type { PageRequest, PageRows } from '../platform/http/page.ts'
import { renderSql } from '../platform/http/view.ts'
import { type Shown, shownBy, shownKey } from '../users/views.ts'
import { noContribution, renderContribution, showContribution, viewerJoins } from './find.ts'
import { authorSeenSql, hiddenAuthors } from './hidden.ts'
import type { Kind } from './kinds.ts'
import { Flag, Vote } from './views.ts'

export const orderings = ['added_at', '-added_at', 'last_activity_at', '-last_activity_at'] as const
export type Ordering = (typeof orderings)[number]

const lists = keptLists()

function listFor(name: string, kind: Kind, shown: Shown, make: () => List): List {
  const key = `${name} ${kind.name} ${shownKey(shown)}`
  const kept = lists.get(key) ?? make()
  lists.set(key, kept)
  return kept
}

/** What the viewer `$1` has hidden, and what is of members they have hidden, is not there for them. */
export const seenSql = (c: string) => `${authorSeenSql(c)}
  and not exists (select from contribution_mark h
    where h.contribution_id = ${c}.id and h.member_id = $1::bigint and h.hidden)`

/** How many of a kind the viewer sees: all, less those of hidden authors, less those hidden one by one. */
const countSql = (kind: Kind, total: 'n' | 'uncommented') => {
  const silent = total === 'uncommented' ? 'and c.comment_count = 0' : ''
  const ofHidden =
    total === 'n'
      ? `(select coalesce(sum(${kind.counter}), 0) from users where id in (${hiddenAuthors}))`
      : `(select count(*) from contribution c where c.author_id in (${hiddenAuthors}) and c.kind = ${kind.id}
          and not c.deleted ${silent})`
  return `select ((select sum(${total}) from contribution_total where kind = ${kind.id}) - ${ofHidden}
    - (select count(*) from contribution_mark h join contribution c on c.id = h.contribution_id
       where h.member_id = $1::bigint and h.kind = ${kind.id} and h.hidden and not c.deleted ${silent}
         and c.author_id not in (${hiddenAuthors})))::int`
}

const joins = `join contribution c on c.id = p.id ${viewerJoins}`

/** All contributions of a kind, or those nobody has commented on, newest (or last active) first. */
export function listContributions(
  ctx: Ctx,
  kind: Kind,
  { ordering = '-added_at', uncommented = false }: { ordering?: Ordering; uncommented?: boolean },
  page: PageRequest,
): Promise<PageRows> {
  const shown = shownBy(ctx.community, ctx.actor !== null)
  const column = ordering.replace('-', '')
  const descending = ordering.startsWith('-')
  const list = listFor(`${uncommented ? 'uncommented' : 'all'} ${ordering}`, kind, shown, () => ({
    columns: '',
    from: `from contribution x where x.kind = ${kind.id} and not x.deleted
      ${uncommented ? 'and x.comment_count = 0' : ''} and ${seenSql('x')}`,
    keys: [
      { sql: `x.${column}`, descending, type: 'timestamptz' },
      { sql: 'x.id', descending, type: 'bigint' },
    ],
    joins: joins.replace('p.id', 'p.k1'),
    render: renderContribution(kind, shown),
    count: countSql(kind, uncommented ? 'uncommented' : 'n'),
  }))
  return fetchPage(ctx.db, list, [ctx.actor?.id ?? null], page)
}

/** Those that the one who calls follows, or has suspended, the last one first. */
export function listMarked(ctx: MemberCtx, kind: Kind, place: 'follow_place' | 'suspend_place', page: PageRequest) {
  const shown = shownBy(ctx.community, true)
  const list = listFor(place, kind, shown, () => {
    // A member's own marks: their number does not grow with the community.
    const from = `from contribution_mark k join contribution x on x.id = k.contribution_id and not x.deleted
      where k.member_id = $1::bigint and k.kind = ${kind.id} and k.${place} is not null and ${seenSql('x')}`
    return {
      columns: 'x.id',
      from,
      keys: [{ sql: `k.${place}`, descending: true, type: 'bigint' }],
      joins,
      render: renderContribution(kind, shown),
      count: `select count(*)::int ${from}`,
    }
  })
  return fetchPage(ctx.db, list, [ctx.actor.id], page)
}

const relatedMost = 100

/** The newest in the same categories, a hundred at most. */
export async function listRelated(ctx: Ctx, kind: Kind, id: number, page: PageRequest): Promise<PageRows> {
  await showContribution(ctx, kind, id)
  const shown = shownBy(ctx.community, ctx.actor !== null)
  const list = listFor('related', kind, shown, () => ({
    // A hundred of each category at most, of which the newest hundred are kept.
    with: `near as materialized (
      select distinct x.added_at, x.id
      from unnest((select categories from contribution where id = $2)) category
      cross join lateral (
        select x.added_at, x.id from (select *, contribution_id as id from category_feed) x
        where x.category_id = category and x.kind = ${kind.id} and x.id <> $2 and ${seenSql('x')}
        order by x.added_at desc, x.id desc limit ${relatedMost}
      ) x
      order by x.added_at desc, x.id desc limit ${relatedMost}
    )`,
    columns: '',
    from: 'from near x where true',
    keys: [
      { sql: 'x.added_at', descending: true, type: 'timestamptz' },
      { sql: 'x.id', descending: true, type: 'bigint' },
    ],
    joins: joins.replace('p.id', 'p.k1'),
    render: renderContribution(kind, shown),
    count: 'select count(*)::int from near',
  }))
  return fetchPage(ctx.db, list, [ctx.actor?.id ?? null, id], page)
}

/** Who voted for a contribution, the last one first; or only those of one reaction. */
export async function listVotes(ctx: Ctx, kind: Kind, id: number, reaction: number | undefined, page: PageRequest) {
  await showContribution(ctx, kind, id)
  const shown = shownBy(ctx.community, ctx.actor !== null)
  const list = listFor(`votes ${reaction !== undefined}`, kind, shown, () => {
    const from = `from contribution_mark k where k.contribution_id = $2 and k.vote_place is not null
      and ${reaction === undefined ? '$3::bigint is null' : 'k.reaction = $3'}`
    return {
      columns: 'k.member_id',
      from,
      keys: [{ sql: 'k.vote_place', descending: true, type: 'bigint' }],
      joins: `join contribution_mark m on m.contribution_id = $2 and m.member_id = p.member_id
        join users u on u.id = p.member_id
        left join relation v on v.member_id = $1::bigint and v.other_id = u.id`,
      render: renderSql(Vote, shown),
      count:
        reaction === undefined ? 'select vote_count from contribution where id = $2' : `select count(*)::int ${from}`,
    }
  })
  return fetchPage(ctx.db, list, [ctx.actor?.id ?? null, id, reaction ?? null], page)
}

/** Who flagged a contribution, and for what. */
export async function listFlags(ctx: MemberCtx, kind: Kind, id: number, page: PageRequest): Promise<PageRows> {
  const [there] = await ctx.db.query('select from contribution where id = $1 and kind = $2', [id, kind.id])
  if (!there) throw noContribution(kind)
  const shown = shownBy(ctx.community, true)
  const list = listFor('flags', kind, shown, () => ({
    columns: 'k.member_id',
    from: 'from contribution_mark k where k.contribution_id = $2 and k.flag_place is not null',
    keys: [{ sql: 'k.flag_place', descending: true, type: 'bigint' }],
    joins: `join contribution_mark m on m.contribution_id = $2 and m.member_id = p.member_id
      join users u on u.id = p.member_id
      left join relation v on v.member_id = $1::bigint and v.other_id = u.id`,
    render: renderSql(Flag, shown),
    count: 'select flag_count from contribution where id = $2',
  }))
  return fetchPage(ctx.db, list, [ctx.actor.id, id], page)
}
