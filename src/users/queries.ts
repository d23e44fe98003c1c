import { type Actor, isAdmin } from '../auth/actor.ts'
import { activeSql } from '../auth/status.ts'
import { byFlags, type Flags, flagsSeenBy } from '../community/flags.ts'
import type { Ctx, MemberCtx } from '../context.ts'
import { notFound } from '../platform/errors.ts'
import type { Json } from '../platform/http/endpoint.ts'
import { one } from '../platform/sql/one.ts'
import { statement } from '../platform/sql/statement.ts'
import { renderSql, shown, type View } from '../platform/sql/view.ts'
import { withMetadata } from './metadata.ts'
import { Me, meOf, PrivateProfile, Profile, User } from './views.ts'
import { relationJoin } from './visibility.ts'
import { reachOf, writableSql } from './writable.ts'

/** SQL of whether two lists are so similar in length that reading both is faster than looking one up in the other. */
export const alikeSql = (one: string, other: string) => `greatest(${one}, ${other}) <= 16 * least(${one}, ${other})`

/** SQL of the ids in the lists of two members; `has` is SQL of whether a row of relation is in the list. */
export const inBothSql = (one: string, other: string, has: string) => `select other_id from relation
  where member_id = ${one} and ${has} intersect select other_id from relation where member_id = ${other} and ${has}`

/**
 * SQL of the number of connections two members share. It reads the shorter of the two lists and looks up each entry
 * in the other, so that knowing somebody famous costs nothing; `offset 0` keeps it a look-up, whatever PostgreSQL
 * estimates. Two lists of about the same length are read side by side.
 */
export const countMutualSql = (one: string, other: string) => `(select case
      when ${alikeSql('a.connections', 'b.connections')} then
        (select count(*)::int from (${inBothSql(one, other, 'state = 4')}) x)
      else (select count(*)::int from relation x
        join lateral (select 1 from relation y
          where y.member_id = case when a.connections < b.connections then b.id else a.id end
            and y.other_id = x.other_id and y.state = 4 offset 0) y on true
        where x.member_id = case when a.connections < b.connections then a.id else b.id end and x.state = 4) end
    from users a, users b where a.id = ${one} and b.id = ${other})`

/**
 * SQL of whether the viewer may see whom u is connected with. Reads the viewer's relation v.
 * @param admin SQL of whether the viewer administers the community
 */
export const connectionsVisibleSql = (viewer: string, admin: string) =>
  `(u.connections_visibility = 'everyone' or ${admin} or u.id = ${viewer}
    or (u.connections_visibility = 'connections' and v.state = 4))`

const showing = <Name extends string>(name: string, view: View<Flags, Name>) =>
  one({
    name,
    takes: { id: 'bigint', viewer: 'bigint?', admin: 'boolean', counting: 'boolean', reach: 'text' },
    gives: { json: shown(view), metadata: 'json' },
    variants: byFlags,
    sql($, { flags }) {
      const visible = connectionsVisibleSql($.viewer, $.admin)
      const mutual = `left join lateral (select case when ${$.counting} and u.id <> ${$.viewer} and ${activeSql('u.')} and ${visible}
      then ${countMutualSql($.viewer, 'u.id')} end as mutual_count) m on true`
      return `select ${renderSql(view, flags)}::text as json, u.metadata::json
      from users u ${relationJoin($.viewer, 'u.id')}
      ${flags.viewer ? `cross join lateral (select ${writableSql(flags, $.viewer, $.reach)} as writable) w` : ''}
      ${flags.viewer && flags.friendship ? mutual : ''}
      where u.id = ${$.id} and ${view === PrivateProfile ? "u.status <> 'u'" : "u.status not in ('u', 'w')"}`
    },
  })

const asOthersSee = showing('users: profile', Profile)
const asTheySee = showing('users: private profile', PrivateProfile)

async function render<Name extends string>(
  ctx: Ctx,
  id: number,
  shown: ReturnType<typeof showing<Name>>,
  whole: boolean,
) {
  const { actor, community } = ctx
  const values = {
    id,
    viewer: actor?.id ?? null,
    admin: isAdmin(actor),
    counting: community.options['kith.mutual_counts_enabled'],
    reach: reachOf(actor, community),
  }
  const row = await shown.row(ctx.db, values, { flags: flagsSeenBy(actor, community) })
  if (!row) throw notFound('No member has this id.')
  return withMetadata(row, row.metadata, community, whole)
}

/** A member's page as they see it, for themselves and administrators only. */
export const renderPrivateProfile = (ctx: MemberCtx, id: number): Promise<Json<'PrivateProfile'>> =>
  render(ctx, id, asTheySee, true)

/** A member's page, as the caller may see it. */
export async function renderProfile(ctx: Ctx, id: number): Promise<Json<'Profile' | 'PrivateProfile'>> {
  const whole = ctx.actor && (ctx.actor.id === id || isAdmin(ctx.actor))
  return whole ? render(ctx, id, asTheySee, true) : render(ctx, id, asOthersSee, false)
}

const session = statement({
  name: 'users: session of a member',
  takes: { id: 'bigint', permission: 'text' },
  gives: { json: shown(Me), metadata: 'json' },
  variants: byFlags,
  // Nobody is connected with themselves: the viewer's relation is an empty row.
  sql: ($, { flags }) => `select ${renderSql(meOf($.permission), flags)}::text as json, u.metadata::json
    from users u, (select null::smallint as state, null::bigint as following_place) v where u.id = ${$.id}`,
})

/** The session of the caller. */
export async function renderMe(ctx: Ctx, actor: Actor, permission: object): Promise<Json<'Me'>> {
  const values = { id: actor.id, permission: JSON.stringify(permission) }
  const row = await session.row(ctx.db, values, { flags: flagsSeenBy(actor, ctx.community) })
  if (!row) throw notFound('No member has this id.')
  return withMetadata(row, row.metadata, ctx.community, true)
}

const existence = statement({
  name: 'users: whether there',
  takes: { id: 'bigint' },
  gives: { id: 'bigint' },
  sql: ($) => `select id from users where id = ${$.id} and ${activeSql()}`,
})

/** Throws 404 unless a member has this id. */
export async function mustBeThere({ db }: Ctx, id: number): Promise<void> {
  if (!(await existence.row(db, { id }))) throw notFound('No member has this id.')
}

/** SQL of a member in a list. The row is u, the viewer's relation to them v. */
export const renderUser = (flags: Flags) => renderSql(User, flags)
