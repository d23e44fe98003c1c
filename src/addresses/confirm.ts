import { byFlags, flagsFor } from '../community/flags.ts'
import type { Community } from '../community/state.ts'
import type { Ctx, Kith } from '../context.ts'
import type { Db } from '../platform/db/database.ts'
import { badField } from '../platform/errors.ts'
import { emit } from '../platform/events/emit.ts'
import { languageOf } from '../platform/http/language.ts'
import { statement } from '../platform/sql/statement.ts'
import { renderSql } from '../platform/sql/view.ts'
import { userUpdated } from '../users/events.ts'
import { explainTaken } from '../users/taken.ts'
import { WebhookUser } from '../users/views.ts'
import { findCode, noCode, useCode } from './codes.ts'
import { ownLink } from './links.ts'
import { writeMail } from './write.ts'

const taking = statement({
  name: 'addresses: take an address as confirmed',
  takes: { member: 'bigint', email: 'text', now: 'timestamptz' },
  gives: { status: 'text', username: 'text', old: 'text?' },
  variants: byFlags,
  // Members who wait to be admitted appear in no event.
  sql: ($, { flags }) => `with before as (
      select id, email as old from users where id = ${$.member} and status in ('a', 'b', 'w') for update
    ), changed as (
      update users u set email = ${$.email}, email_isvalid = true from before
      where u.id = before.id and (u.email is distinct from ${$.email} or not u.email_isvalid) returning u.*
    ), emitted as (
      ${emit($.now, [userUpdated, renderSql(WebhookUser, flags), `from (select * from changed where status <> 'w') u`])}
    )
    select u.status::text as status, u.username, before.old from before join users u on u.id = before.id`,
})

/**
 * Gives a member a confirmed address, and tells the previous one. If somebody else has it, the unique constraint
 * fails: the transaction is rolled back, and the code is valid again.
 * @returns the member's status
 */
export async function takeAddress(
  tx: Db,
  community: Community,
  { member, email, now }: { member: number; email: string; now: Date },
  language: string,
): Promise<string> {
  const row = await taking.row(tx, { member, email, now }, { flags: flagsFor(community, true) })
  if (!row) throw noCode()
  const { old, username, status } = row
  if (old && old.toLowerCase() !== email.toLowerCase())
    await writeMail(tx, community, 'changed', {
      ...{ to: old, member, username, now, language: languageOf(language), link: ownLink(community, '/') },
    })
  return status
}

/** Runs an act that takes an address. If somebody else has confirmed it meanwhile, the refusal says what to do. */
export async function unlessTaken<T>(kith: Kith, work: (tx: Db) => Promise<T>): Promise<T> {
  try {
    return await kith.db.transaction(work)
  } catch (error) {
    // The caller reads mail at this address, so they may know.
    throw await explainTaken(kith.db, error, {}, false)
  }
}

/**
 * Confirms another address of a member by the code that was mailed to it. @param email the requested address, if it
 * is known
 */
export async function confirmChange(ctx: Ctx, code: string, whose?: { member: number; email: string }): Promise<void> {
  const { kith, now, community } = ctx
  const found = await findCode(kith, now, code, 'change')
  if (!found || (whose && whose.member !== found.member)) throw noCode()
  if (whose && whose.email.toLowerCase() !== found.email.toLowerCase())
    throw badField('new_email', 'invalid', 'The code was sent to another address.')
  await unlessTaken(kith, async (tx) => {
    const used = await useCode(tx, code, 'change', now)
    await takeAddress(tx, community, { ...used, now }, ctx.asked?.language ?? 'en')
  })
}
