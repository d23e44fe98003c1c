import { hashOf } from '../auth/opaque.ts'
import type { Kith } from '../context.ts'
import type { Db } from '../platform/db/database.ts'
import { badField } from '../platform/errors.ts'
import { secret } from '../platform/http/input.ts'
import { chosenSql } from '../platform/sql/chosen.ts'
import { statement } from '../platform/sql/statement.ts'

/**
 * The purposes of a code: to confirm the address of a new account, to confirm another address, to choose another
 * password.
 */
export const purposes = { signUp: 's', change: 'c', recovery: 'r' } as const
export type Purpose = keyof typeof purposes

/** How many seconds a code is valid. */
export const lifetimes: Record<Purpose, number> = { signUp: 7 * 86_400, change: 86_400, recovery: 3_600 }

/**
 * How many codes of one member and purpose are valid at a time, the newest ones: a mail may come late. For a change
 * of address only the last.
 */
const most: Record<Purpose, number> = { signUp: 3, change: 1, recovery: 3 }

export const validationCode = secret({ description: 'The code from the mail.', maxLength: 200 })

/** The refusal of a code that is unknown, expired, or for something else. */
export const noCode = (field = 'validation_code') =>
  badField(field, 'invalid', 'This code is not good: it was used, or is too old. Ask for another.')

const making = statement({
  name: 'addresses: make a code',
  takes: {
    ...{ hash: 'text', member: 'bigint', purpose: '"char"', email: 'text', now: 'timestamptz' },
    ...{ expires: 'timestamptz', others: 'int' },
  },
  gives: {},
  sql: ($) => `with spare as (
      delete from validation_code where hash in (select hash from validation_code
        where member_id = ${$.member} and purpose = ${$.purpose} order by created_at desc offset ${$.others})
    )
    insert into validation_code (hash, member_id, purpose, email, created_at, expires_at)
    values (${$.hash}, ${$.member}, ${$.purpose}, ${$.email}, ${$.now}, ${$.expires})`,
})

/** Makes a code for a member, to be sent to one address only. */
export async function makeCode(
  tx: Db,
  { credentials }: Pick<Kith, 'credentials'>,
  { member, purpose, email, now }: { member: number; purpose: Purpose; email: string; now: Date },
): Promise<{ code: string; until: Date }> {
  const code = credentials.make('validation')
  const until = new Date(now.getTime() + lifetimes[purpose] * 1000)
  const values = { hash: hashOf(code), member, purpose: purposes[purpose], email, now, expires: until }
  await making.rows(tx, { ...values, others: most[purpose] - 1 })
  return { code, until }
}

export type Code = { member: number; email: string; purpose: Purpose }

const finding = statement({
  name: 'addresses: find a code',
  takes: { hash: 'text', now: 'timestamptz' },
  gives: { member: 'bigint', email: 'text', purpose: 'text' },
  sql: ($) => `select c.member_id as member, c.email, c.purpose::text as purpose
    from validation_code c join users u on u.id = c.member_id
    where c.hash = ${$.hash} and c.expires_at > ${$.now} and u.status in ('a', 'b', 'w')`,
})

/** The purpose of a code while it is valid; null otherwise. */
export async function findCode({ db, credentials }: Kith, now: Date, code: string, of?: Purpose): Promise<Code | null> {
  if (!credentials.recognises('validation', code)) return null
  const row = await finding.row(db, { hash: hashOf(code), now })
  const purpose = Object.keys(purposes).find((each) => purposes[each as Purpose] === row?.purpose) as
    | Purpose
    | undefined
  return row && purpose && (!of || of === purpose) ? { ...row, purpose } : null
}

const using = statement({
  name: 'addresses: use a code',
  takes: { hash: 'text', purpose: '"char"', now: 'timestamptz' },
  gives: { member: 'bigint', email: 'text' },
  sql: ($) => `delete from validation_code where hash = ${$.hash} and purpose = ${$.purpose} and expires_at > ${$.now}
    returning member_id as member, email`,
})

/** Uses up a code, in the transaction of the act it allows. Throws the refusal of an invalid one. */
export async function useCode(tx: Db, code: string, purpose: Purpose, now: Date) {
  const row = await using.row(tx, { hash: hashOf(code), purpose: purposes[purpose], now })
  if (!row) throw noCode()
  return row
}

const dropping = statement({
  name: 'addresses: drop the codes of a member',
  takes: { member: 'bigint', purpose: 'text?' },
  gives: {},
  sql: ($) =>
    `delete from validation_code where member_id = ${$.member} and (${$.purpose} is null or purpose::text = ${$.purpose})`,
})

/** Deletes the codes of a member: all, or those for one purpose. */
export const dropCodes = (tx: Db, member: number, purpose?: Purpose) =>
  dropping.rows(tx, { member, purpose: purpose ? purposes[purpose] : null })

const batch = 1_000

const clearing = statement({
  name: 'addresses: clear codes',
  takes: { now: 'timestamptz', batch: 'int' },
  gives: { hash: 'text' },
  sql: ($) =>
    `delete from validation_code where ${chosenSql(
      'hash',
      `select hash from validation_code where expires_at <= ${$.now} order by expires_at limit ${$.batch}`,
    )} returning hash`,
})

/** Deletes codes that are too old. */
export async function clearCodes({ db, clock }: Kith): Promise<void> {
  while ((await clearing.rows(db, { now: clock.now(), batch })).length === batch);
}
