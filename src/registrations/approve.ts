import { makeCode } from '../addresses/codes.ts'
import { linkFor, ownLink } from '../addresses/links.ts'
import { writeMail } from '../addresses/write.ts'
import { lookAgain } from '../auth/again.ts'
import { admin } from '../auth/audience.ts'
import type { Kith, MemberCtx } from '../context.ts'
import { giveBack } from '../invitations/redeem.ts'
import { forgetAnswers } from '../legalpages/consent.ts'
import type { Db } from '../platform/db/database.ts'
import { notFound } from '../platform/errors.ts'
import { type Language, languageOf } from '../platform/http/language.ts'
import { statement } from '../platform/sql/statement.ts'
import { admit } from './admit.ts'

const noRegistration = () => notFound('Nobody with this id waits to be let in.')

const locking = statement({
  name: 'registrations: lock one who waits',
  takes: { id: 'bigint' },
  gives: { username: 'text', email: 'text?', language: 'text', unconfirmed: 'boolean', unapproved: 'boolean' },
  sql: ($) => `select u.username, s.email, s.language, s.unconfirmed, s.unapproved
    from users u join sign_up s on s.member_id = u.id where u.id = ${$.id} and u.status = 'w' for update of u`,
})

const approving = statement({
  name: 'registrations: approve',
  takes: { id: 'bigint' },
  gives: {},
  sql: ($) => `with approved as (
      update users set reg_approved = true where id = ${$.id}
    )
    update sign_up set unapproved = false where member_id = ${$.id}`,
})

const removing = statement({
  name: 'registrations: remove one who waits',
  takes: { id: 'bigint' },
  gives: { id: 'bigint' },
  // Their codes, mails and password go with the row. Nobody has seen anything of them.
  sql: ($) => `delete from users where id = ${$.id} and status = 'w' returning id`,
})

/** Removes the account of somebody who was never admitted, and everything it has; their invitation is valid again. */
export async function removeWaiting(tx: Db, id: number): Promise<boolean> {
  await giveBack(tx, id)
  await forgetAnswers(tx, id)
  return Boolean(await removing.row(tx, { id }))
}

type Waiting = { username: string; email: string | null; language: Language; unconfirmed: boolean; unapproved: boolean }

/**
 * Runs a decision about somebody who waits, in a transaction that has locked them.
 * @param ctx who decides; null for a command
 */
async function decideOn(kith: Kith, ctx: MemberCtx | null, id: number, act: (tx: Db, one: Waiting) => Promise<void>) {
  await kith.db.transaction(async (tx) => {
    if (ctx) await lookAgain(tx, ctx, admin)
    const row = await locking.row(tx, { id })
    if (!row) throw noRegistration()
    await act(tx, { ...row, language: languageOf(row.language) })
  })
  kith.actors.forget(id)
}

/**
 * Admits somebody who waits, at once if their address is confirmed; a mail tells them, in the language they signed up
 * in.
 */
export const approve = (kith: Kith, ctx: MemberCtx | null, id: number): Promise<void> =>
  decideOn(kith, ctx, id, async (tx, { unapproved, unconfirmed, email, username, language }) => {
    if (!unapproved) throw noRegistration()
    const now = kith.clock.now()
    const community = kith.community.current()
    await approving.rows(tx, { id })
    await admit(tx, id, now)
    if (!email) return
    const writing = { to: email, member: id, username, language, now }
    if (!unconfirmed) return writeMail(tx, community, 'approved', { ...writing, link: ownLink(community, '/signin') })
    const { code, until } = await makeCode(tx, kith, { member: id, purpose: 'signUp', email, now })
    await writeMail(tx, community, 'approvedUnconfirmed', {
      ...writing,
      link: linkFor(community, 'verify', code),
      until,
    })
  })

/**
 * Refuses somebody who waits: the account is gone, its name free again, and a mail tells them if the address was
 * confirmed.
 */
export const refuse = (kith: Kith, ctx: MemberCtx | null, id: number): Promise<void> =>
  decideOn(kith, ctx, id, async (tx, { unconfirmed, email, username, language }) => {
    const now = kith.clock.now()
    await removeWaiting(tx, id)
    if (email && !unconfirmed)
      await writeMail(tx, kith.community.current(), 'refused', {
        to: email,
        member: null,
        username,
        language,
        now,
        link: '',
      })
  })
