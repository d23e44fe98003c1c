import { isAdmin } from '../auth/actor.ts'
import { activeSelfOrAdmin } from '../auth/audience.ts'
import { activeSql } from '../auth/status.ts'
import type { Ctx, MemberCtx } from '../context.ts'
import type { Db } from '../platform/db/database.ts'
import { badField, notFound, refused } from '../platform/errors.ts'
import type { Json } from '../platform/http/endpoint.ts'
import { readJson } from '../platform/http/kept-json.ts'
import Type from '../platform/schema.ts'
import { type OwnRows, ownRows } from '../platform/sql/own-rows.ts'
import { statement } from '../platform/sql/statement.ts'
import {
  arrayOf,
  arraySql,
  boolean,
  integer,
  nullable,
  nullableText,
  plainView,
  renderSql,
  shown,
  text,
} from '../platform/sql/view.ts'
import { noMember } from '../users/inputs.ts'
import { lockMember } from '../users/lock.ts'

/** A member's account elsewhere. Reads a row named p. */
export const UserProvider = plainView('UserExternalProvider', 'Who a member says they are elsewhere.', {
  user_id: integer('p.member_id'),
  provider: text('p.provider'),
  ext_id: text('p.ext_id'),
  profile_url: nullableText('p.profile_url'),
  metadata: {
    schema: nullable(Type.Record(Type.String(), Type.Unknown())),
    sql: "coalesce(p.metadata::text, 'null')",
    kind: 'json',
  },
  show_in_profile: boolean('p.show_in_profile'),
})
export const UserProviders = arrayOf(UserProvider)
const render = renderSql(UserProvider, null)

/** The system that the community itself comes from: its ids are the members' `ext_id`. */
const external = 'external'

/** Largest number of accounts elsewhere per member. */
const most = 50

const listing = statement({
  name: 'providers: of a member',
  takes: { member: 'bigint', own: 'boolean' },
  gives: { there: 'boolean', json: shown(UserProviders) },
  sql: ($) => `select exists (select from users where id = ${$.member} and ${activeSql()}) as there,
    (select ${arraySql(UserProvider, render, 'p.provider, p.ext_id')} from (
      select member_id, provider, ext_id, profile_url, metadata, show_in_profile from user_provider
      where member_id = ${$.member} and (show_in_profile or ${$.own})
      union all
      select id, '${external}', ext_id, null, null, false from users where id = ${$.member} and ext_id is not null and ${$.own}
    ) p) as json`,
})

/**
 * A member's accounts elsewhere: all of them for themselves and administrators, for others those shown in the
 * profile.
 */
export async function renderProviders(
  { actor, db }: Ctx,
  member: number | undefined,
): Promise<Json<'UserExternalProvider[]'>> {
  const id = member ?? actor?.id
  if (id === undefined) throw badField('user_id', 'required', 'Say whose: send user_id, or sign in.')
  const row = await listing.row(db, { member: id, own: actor?.id === id || isAdmin(actor) })
  if (!row?.there) throw noMember()
  return row
}

const counting = statement({
  name: 'providers: how many a member has',
  takes: { member: 'bigint' },
  gives: { n: 'int' },
  sql: ($) => `select count(*)::int as n from user_provider where member_id = ${$.member}`,
})

const adding = statement({
  name: 'providers: add',
  takes: {
    ...{ member: 'bigint', provider: 'text', ext_id: 'text', profile_url: 'text?', show: 'boolean' },
    metadata: 'json?',
  },
  gives: { json: shown(UserProvider) },
  sql: ($) => `with p as (
      insert into user_provider (member_id, provider, ext_id, profile_url, show_in_profile, metadata)
      values (${$.member}, ${$.provider}, ${$.ext_id}, ${$.profile_url}, ${$.show}, ${$.metadata}::jsonb)
      on conflict (member_id, provider, ext_id) do update
        set profile_url = excluded.profile_url, show_in_profile = excluded.show_in_profile,
          metadata = excluded.metadata
      returning *
    ) select ${render}::text as json from p`,
})

export type Sent = {
  provider: string
  ext_id: string
  profile_url?: string
  show_in_profile?: boolean
  metadata?: Record<string, unknown> | null
}

/** Refuses what a member may not set. */
export function checkProvider({ provider, metadata }: Partial<Sent>): void {
  if (metadata) readJson('metadata', metadata)
  if (provider === external)
    throw badField(
      'provider',
      'invalid',
      'The id of a member in the system you come from is their ext_id: an administrator sets it by PATCH /user/{id}/.',
    )
}

/** Adds an account elsewhere; a known one is changed. */
export function addProvider(ctx: MemberCtx, member: number, sent: Sent): Promise<Json<'UserExternalProvider'>> {
  checkProvider(sent)
  const { provider, ext_id, profile_url, show_in_profile: show = false, metadata } = sent
  return ctx.db.transaction(async (tx) => {
    await lockMember(tx, ctx, member, activeSelfOrAdmin)
    const there = await counting.row(tx, { member })
    if (there && there.n >= most) throw refused('too_many', `A member has ${most} of these at most.`)
    return (await adding.row(tx, {
      member,
      provider,
      ext_id,
      profile_url: profile_url || null,
      show,
      metadata: metadata ? readJson('metadata', metadata) : null,
    })) as Json<'UserExternalProvider'>
  })
}

const removing = statement({
  name: 'providers: remove',
  takes: { member: 'bigint', provider: 'text', ext_id: 'text' },
  gives: { provider: 'text' },
  sql: ($) => `delete from user_provider
    where member_id = ${$.member} and provider = ${$.provider} and ext_id = ${$.ext_id} returning provider`,
})

/** Removes an account elsewhere. */
export async function removeProvider(ctx: MemberCtx, member: number, sent: Sent): Promise<void> {
  checkProvider(sent)
  await ctx.db.transaction(async (tx) => {
    await lockMember(tx, ctx, member, activeSelfOrAdmin)
    const { provider, ext_id } = sent
    if (!(await removing.row(tx, { member, provider, ext_id })))
      throw notFound('The member has no such account elsewhere.')
  })
}

const erasing = statement({
  name: 'providers: erase',
  takes: { member: 'bigint' },
  gives: {},
  sql: ($) => `delete from user_provider where member_id = ${$.member}`,
})

/** Erases accounts elsewhere of a member. */
export async function eraseProviders(tx: Db, { id }: { id: number }): Promise<boolean> {
  await erasing.rows(tx, { member: id })
  return false
}

/** They are few, so they come in one piece. */
export const ownProviders: Record<string, OwnRows> = {
  providers: ownRows('providers: what a member has', ($) => ({
    key: 'p.nth',
    json: render,
    from: `from (select *, row_number() over (order by provider, ext_id) as nth from user_provider
      where member_id = ${$.member}) p where true`,
  })),
}
