import { selfOrAdmin } from '../auth/audience.ts'
import type { MemberCtx } from '../context.ts'
import { constraintOf, type Db } from '../platform/db/database.ts'
import { badField, notFound, refused } from '../platform/errors.ts'
import type { Json } from '../platform/http/endpoint.ts'
import { statement } from '../platform/sql/statement.ts'
import { shown } from '../platform/sql/view.ts'
import { lockMember } from '../users/lock.ts'
import { readValue } from './inputs.ts'
import { renderPreference, UserPreference } from './views.ts'

/** Largest number of preferences per member. */
const most = 500

export const noPreference = () => notFound('The member has no preference of this id.')

const counting = statement({
  name: 'preferences: how many a member has',
  takes: { member: 'bigint' },
  gives: { n: 'int' },
  sql: ($) => `select count(*)::int as n from user_preference where member_id = ${$.member}`,
})

/** Writes preferences of a member. */
async function write<T>(ctx: MemberCtx, member: number, work: (tx: Db) => Promise<T>): Promise<T> {
  try {
    return await ctx.db.transaction(async (tx) => {
      await lockMember(tx, ctx, member, selfOrAdmin)
      return work(tx)
    })
  } catch (error) {
    if (constraintOf(error) !== 'user_preference_key') throw error
    throw badField('key', 'unique', 'There is a preference of this key already. Change that one.')
  }
}

const creating = statement({
  name: 'preferences: create',
  takes: { member: 'bigint', key: 'text', value: 'json', now: 'timestamptz' },
  gives: { json: shown(UserPreference) },
  sql: ($) => `with p as (
      insert into user_preference (member_id, key, value, created_at, last_updated_at)
      values (${$.member}, ${$.key}, ${$.value}::jsonb, ${$.now}, ${$.now}) returning *
    ) select ${renderPreference}::text as json from p`,
})

/** Stores a preference. */
export async function createPreference(
  ctx: MemberCtx,
  member: number,
  key: string,
  sent: unknown,
): Promise<Json<'UserPreference'>> {
  const value = readValue(sent)
  return write(ctx, member, async (tx) => {
    const there = await counting.row(tx, { member })
    if (there && there.n >= most) throw refused('too_many', `A member has ${most} preferences at most. Delete some.`)
    return (await creating.row(tx, { member, key, value, now: ctx.now })) as Json<'UserPreference'>
  })
}

const changing = statement({
  name: 'preferences: change',
  takes: { member: 'bigint', id: 'bigint', key: 'text?', value: 'json?', now: 'timestamptz' },
  gives: { json: shown(UserPreference) },
  sql: ($) => `with p as (
      update user_preference p set key = coalesce(${$.key}, p.key), value = coalesce(${$.value}::jsonb, p.value),
        last_updated_at = ${$.now}
      where p.id = ${$.id} and p.member_id = ${$.member} returning *
    ) select ${renderPreference}::text as json from p`,
})

/** Changes the given fields of a preference. */
export async function changePreference(
  ctx: MemberCtx,
  member: number,
  id: number,
  sent: { key?: string; value?: unknown },
): Promise<Json<'UserPreference'>> {
  // The value null is JSON, too.
  const value = sent.value === undefined ? null : readValue(sent.value)
  return write(ctx, member, async (tx) => {
    const row = await changing.row(tx, { member, id, key: sent.key ?? null, value, now: ctx.now })
    if (!row) throw noPreference()
    return row
  })
}

const deleting = statement({
  name: 'preferences: delete',
  takes: { member: 'bigint', id: 'bigint' },
  gives: { id: 'bigint' },
  sql: ($) => `delete from user_preference where id = ${$.id} and member_id = ${$.member} returning id`,
})

export const deletePreference = (ctx: MemberCtx, member: number, id: number): Promise<void> =>
  write(ctx, member, async (tx) => {
    if (!(await deleting.row(tx, { member, id }))) throw noPreference()
  })

const erasing = statement({
  name: 'preferences: erase',
  takes: { member: 'bigint' },
  gives: {},
  sql: ($) => `delete from user_preference where member_id = ${$.member}`,
})

/** Erases preferences of a member. */
export async function erasePreferences(tx: Db, { id }: { id: number }): Promise<boolean> {
  await erasing.rows(tx, { member: id })
  return false
}
