import { randomInt } from 'node:crypto'
import { ownLink, ownPaths } from '../addresses/links.ts'
import { writeMail } from '../addresses/write.ts'
import { lookAgain } from '../auth/again.ts'
import { admin } from '../auth/audience.ts'
import type { Kith, MemberCtx } from '../context.ts'
import { constraintOf, type Db } from '../platform/db/database.ts'
import { badField } from '../platform/errors.ts'
import type { Language } from '../platform/http/language.ts'
import { statement } from '../platform/sql/statement.ts'
import { noCode } from './show.ts'
import type { Kind } from './views.ts'

export type NewCode = {
  code?: string
  name?: string
  email?: string | null
  role?: string | null
  max_uses?: number | null
  valid_from?: Date | null
  valid_to?: Date | null
}

const making = statement({
  name: 'invitations: make a code',
  takes: {
    ...{ kind: '"char"', code: 'text', name: 'text', email: 'text?', role: 'text?', by: 'bigint?', max: 'int?' },
    ...{ from: 'timestamptz?', to: 'timestamptz?', now: 'timestamptz', sent: 'timestamptz?' },
  },
  gives: { code: 'text', inviter: 'text?' },
  sql: (
    $,
  ) => `insert into signup_code (kind, code, name, email, role, made_by, max_uses, valid_from, valid_to, created_at, sent_at)
    values (${$.kind}, ${$.code}, ${$.name}, ${$.email}, ${$.role}, ${$.by}, ${$.max}, ${$.from}, ${$.to}, ${$.now}, ${$.sent})
    returning code, (select username from users where id = made_by) as inviter`,
})

/** Letters and digits that are not mistaken for each other. */
const alphabet = 'ABCDEFGHJKMNPQRSTVWXYZ23456789'

/** A code that nobody guesses: 60 bits, in three parts that can be read out. */
const makeUp = () =>
  Array.from({ length: 3 }, () => Array.from({ length: 4 }, () => alphabet[randomInt(alphabet.length)]).join('')).join(
    '-',
  )

type Maker = { kith: Kith; now: Date; ctx: MemberCtx | null; language: Language }

/**
 * Creates an invitation or a promo code.
 * @param send whether the invitation is mailed to its address
 * @returns the code
 */
export async function makeNewCode(
  { kith, now, ctx, language }: Maker,
  kind: Kind,
  sent: NewCode,
  send = false,
): Promise<string> {
  const { name = '', email = null, role = null, valid_from: from = null, valid_to: to = null } = sent
  if (send && !email) throw badField('email', 'required', 'Say where the invitation is to be sent.')
  if (to && to <= (from && from > now ? from : now))
    throw badField('valid_to', 'invalid', 'This is over before it begins.')
  const values = {
    ...{ kind, code: sent.code ?? makeUp(), name, email, role, by: ctx?.actor.id ?? null, from, to, now },
    ...{ max: sent.max_uses === undefined ? (kind === 'i' ? 1 : null) : sent.max_uses, sent: send ? now : null },
  }
  try {
    return await kith.db.transaction(async (tx) => {
      const community = ctx ? await lookAgain(tx, ctx, admin) : kith.community.current()
      const made = (await making.row(tx, values)) as { code: string; inviter: string | null }
      if (send && email)
        await writeMail(tx, community, 'invited', {
          ...{ to: email, member: null, username: name || email, language, now, ...(to && { until: to }) },
          ...{ code: made.code, inviter: made.inviter ?? undefined },
          link: ownLink(community, ownPaths.signUp, { invite_code: made.code }),
        })
      return made.code
    })
  } catch (error) {
    if (constraintOf(error) === 'signup_code_code') throw badField('code', 'unique', 'There is this code already.')
    throw error
  }
}

const deleting = statement({
  name: 'invitations: delete a code',
  takes: { kind: '"char"', code: 'text' },
  gives: { id: 'bigint' },
  sql: ($) => `delete from signup_code where kind = ${$.kind} and lower(code) = lower(${$.code}) returning id`,
})

/** Deletes a code: nobody comes in by it any more; those who did stay. */
export async function deleteCode(ctx: MemberCtx, kind: Kind, code: string): Promise<void> {
  await ctx.kith.db.transaction(async (tx) => {
    await lookAgain(tx, ctx, admin)
    if (!(await deleting.row(tx, { kind, code }))) throw noCode()
  })
}

const erasing = statement({
  name: 'invitations: erase a member',
  takes: { member: 'bigint' },
  gives: {},
  // Their invitations end with them; invitations that somebody used are no longer linked to them.
  sql: ($) => `with nameless as (
      update signup_code set name = '', email = null where kind = 'i'
        and id in (select code_id from signup_code_use where member_id = ${$.member}) and made_by is distinct from ${$.member}
    ), unused as (
      delete from signup_code_use where member_id = ${$.member}
    )
    delete from signup_code where made_by = ${$.member}`,
})

export const eraseCodes = async (tx: Db, member: number): Promise<boolean> => {
  await erasing.rows(tx, { member })
  return false
}
