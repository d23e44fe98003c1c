import { LRUCache } from 'lru-cache'
import { type Actor, isAdmin } from '../auth/actor.ts'
import { type Flags, flagsFor } from '../community/flags.ts'
import type { Ctx } from '../context.ts'
import { notFound } from '../platform/errors.ts'
import type { Json } from '../platform/http/endpoint.ts'
import { renderSql, type View } from '../platform/http/view.ts'
import { Me, PrivateProfile, Profile, User } from './views.ts'

const texts = new LRUCache<string, string>({ max: 1_000 })

/** Keeps a statement's text by what it depends on, so that it is made once and prepared once. */
export function textFor(what: string, shown: Flags, make: () => string): string {
  const key = `${what} ${shown.key}`
  const kept = texts.get(key) ?? make()
  texts.set(key, kept)
  return kept
}

/** SQL: whether two lists are so much alike in length that to read both is faster than to look one up in the other. */
export const alikeSql = (one: string, other: string) => `greatest(${one}, ${other}) <= 16 * least(${one}, ${other})`

/** SQL of the ids that are in the lists of two members: in each is who `has` of its rows of relation. */
export const inBothSql = (one: string, other: string, has: string) => `select other_id from relation
  where member_id = ${one} and ${has} intersect select other_id from relation where member_id = ${other} and ${has}`

/**
 * SQL of the number of connections two members share. It walks the shorter of the two lists and looks each entry up
 * in the other, so that knowing somebody famous costs nothing; `offset 0` keeps it a look-up, whatever is estimated. Two
 * lists that are about as long are read side by side.
 */
export const countMutualSql = (one: string, other: string) => {
  const walk = (walked: string, probed: string) => `(select count(*)::int from relation x
    join lateral (select 1 from relation y
      where y.member_id = ${probed} and y.other_id = x.other_id and y.state = 4 offset 0) y on true
    where x.member_id = ${walked} and x.state = 4)`
  return `(select case
      when ${alikeSql('a.connections', 'b.connections')} then
        (select count(*)::int from (${inBothSql(one, other, 'state = 4')}) x)
      when a.connections < b.connections then ${walk(one, other)} else ${walk(other, one)} end
    from users a, users b where a.id = ${one} and b.id = ${other})`
}

/** SQL: may viewer `$2` see whom u is connected with? Reads the viewer's relation v; `$3` is whether they administer. */
export const connectionsVisibleSql = `(u.connections_visibility = 'everyone' or $3::boolean or u.id = $2
  or (u.connections_visibility = 'connections' and v.state = 4))`

const profileText = (shown: Flags, shownAs: View<Flags>) =>
  textFor(`profile ${shownAs.name}`, shown, () => {
    // The parameters are typed here because not every mode of a community uses each.
    const mutual =
      shown.viewer && shown.friendship
        ? `left join lateral (select case when $4::boolean and u.id <> $2 and u.status in ('a', 'b') and ${connectionsVisibleSql}
           then ${countMutualSql('$2', 'u.id')} end as mutual_count) m on true`
        : 'where ($3::boolean, $4::boolean) is not null'
    return `select ${renderSql(shownAs, shown)}::text as json
      from (select * from users where id = $1 and status <> 'u') u
      left join relation v on v.member_id = $2::bigint and v.other_id = u.id
      ${mutual}`
  })

/** A member's page, as the one who calls may see it. */
export async function renderProfile(ctx: Ctx, id: number): Promise<Json> {
  const { actor, community } = ctx
  const shown = flagsFor(community, actor !== null)
  const shownAs = actor && (actor.id === id || isAdmin(actor)) ? PrivateProfile : Profile
  const [row] = await ctx.db.query<Json>(profileText(shown, shownAs), [
    id,
    actor?.id ?? null,
    isAdmin(actor),
    community.options['kith.mutual_counts_enabled'],
  ])
  if (!row) throw notFound('There is no member of this id.')
  return row
}

/** The session of the one who calls. */
export async function renderMe(ctx: Ctx, actor: Actor, permission: object): Promise<Json> {
  const shown = flagsFor(ctx.community, true)
  const text = textFor('me', shown, () => {
    // Nobody is connected with themselves: the viewer's relation is an empty row.
    return `select ${renderSql(Me, shown)}::text as json
      from users u, (select null::smallint as state, null::bigint as following_place) v where u.id = $1`
  })
  const [row] = await ctx.db.query<Json>(text, [actor.id, JSON.stringify(permission)])
  if (!row) throw notFound('There is no member of this id.')
  return row
}

/** SQL of a member in a list. The row is u, the viewer's relation to them v. */
export const renderUser = (shown: Flags) => renderSql(User, shown)
