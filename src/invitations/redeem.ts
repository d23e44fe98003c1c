import type { Db } from '../platform/db/database.ts'
import { badField } from '../platform/errors.ts'
import { statement } from '../platform/sql/statement.ts'

/** What a newcomer may bring: an invitation, and a promo code. */
export type Brought = { invite_code?: string; promo_code?: string }

const fields = { invite_code: 'i', promo_code: 'p' } as const

// An administrator's invitation has its privileges only as long as they are an administrator.
const using = statement({
  name: 'invitations: use a code',
  takes: { kind: '"char"', code: 'text', member: 'bigint', email: 'text?', now: 'timestamptz' },
  gives: { id: 'bigint' },
  sql: ($) => `with used as (
      update signup_code c set uses = uses + 1
      where kind = ${$.kind} and lower(code) = lower(${$.code}) and (max_uses is null or uses < max_uses)
        and (valid_from is null or valid_from <= ${$.now}) and (valid_to is null or valid_to > ${$.now})
        and (email is null or lower(email) = lower(${$.email}))
        and (role is null or made_by is null
          or exists (select from users a where a.id = c.made_by and a.role = 'admin' and a.status = 'a'))
      returning id, role
    ), written as (
      insert into signup_code_use (code_id, member_id, used_at) select id, ${$.member}, ${$.now} from used
    )
    select id from used`,
})

const giving = statement({
  name: 'invitations: give the role of an invitation',
  takes: { member: 'bigint' },
  gives: {},
  sql: ($) => `update users u set role = c.role from signup_code c join signup_code_use m on m.code_id = c.id
    where m.member_id = ${$.member} and u.id = m.member_id and c.kind = 'i' and c.role is not null and u.role is null`,
})

const refusals = {
  invite_code:
    'This invitation is not good: it was used, has ended, or is for another address. Ask whoever invited you.',
  promo_code: 'This promo code is not good: it has ended, was used up, or is mistyped. Correct it, or leave it out.',
}

/**
 * Uses the newcomer's codes, in the transaction that makes their account: a code that is used up meanwhile rolls it
 * back.
 * @param email the newcomer's address, which an invitation may be for
 */
export async function redeem(
  tx: Db,
  brought: Brought,
  { member, email, now }: { member: number; email?: string | null; now: Date },
): Promise<void> {
  for (const [name, kind] of Object.entries(fields)) {
    const field = name as keyof typeof fields
    const code = brought[field]?.trim()
    if (!code) continue
    if (!(await using.row(tx, { kind, code, member, email: email ?? null, now })))
      throw badField(field, 'invalid', refusals[field])
  }
  if (brought.invite_code) await giving.rows(tx, { member })
}

const returning = statement({
  name: 'invitations: give back what was used',
  takes: { member: 'bigint' },
  gives: {},
  sql: ($) => `with gone as (
      delete from signup_code_use where member_id = ${$.member} returning code_id
    )
    update signup_code set uses = uses - 1 from gone where id = gone.code_id`,
})

/** Releases the codes of somebody who never became a member. */
export const giveBack = (tx: Db, member: number) => returning.rows(tx, { member })
