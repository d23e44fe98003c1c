import type { Ctx, Kith } from '../context.ts'
import type { Db } from '../platform/db/database.ts'
import { refused } from '../platform/errors.ts'
import { failpoint } from '../platform/failpoint.ts'
import { type Language, languageOf } from '../platform/http/language.ts'
import { statement } from '../platform/sql/statement.ts'
import { noMember } from '../users/inputs.ts'
import { makeCode } from './codes.ts'
import { linkFor } from './links.ts'
import { writeMail } from './write.ts'

const asking = statement({
  name: 'addresses: ask for a recovery',
  takes: { email: 'text', language: 'text', now: 'timestamptz' },
  gives: {},
  sql: ($) => `insert into recovery (email, language, asked_at) values (${$.email}, ${$.language}, ${$.now})`,
})

/**
 * Notes that somebody has forgotten the password of the account with this address. Whether there is one is looked up
 * later, so neither the answer nor its timing shows it.
 */
export const askForRecovery = async ({ db, now }: Ctx, email: string, language: Language): Promise<void> =>
  void (await asking.rows(db, { email: email.trim(), language, now }))

const addressed = statement({
  name: 'addresses: address of a member',
  takes: { member: 'bigint' },
  gives: { email: 'text?' },
  sql: ($) => `select email from users where id = ${$.member} and status in ('a', 'b')`,
})

/** The same, asked for a member by an administrator, who may learn whether that member exists. */
export async function recoverMember(ctx: Ctx, member: number, language: Language): Promise<void> {
  const row = await addressed.row(ctx.db, { member })
  if (!row) throw noMember()
  if (row.email === null)
    throw refused('no_email', 'This member has no e-mail address. Set a password with `kith reset-password`.')
  await askForRecovery(ctx, row.email, language)
}

const taking = statement({
  name: 'addresses: take a recovery',
  takes: {},
  gives: { language: 'text', asked: 'float8', member: 'bigint?', username: 'text?', email: 'text?' },
  sql: () => `with taken as (
      delete from recovery where id = (select id from recovery order by id limit 1 for update skip locked) returning *
    )
    select t.language, extract(epoch from t.asked_at)::float8 as asked, u.id as member, u.username, u.email
    from taken t left join users u on lower(u.email) = lower(t.email) and u.status in ('a', 'b')`,
})

/** Requests older than this are dropped, in ms. */
const tooLate = 3_600_000

async function writeOne(kith: Kith, tx: Db): Promise<boolean> {
  const now = kith.clock.now()
  const row = await taking.row(tx, {})
  if (!row) return false
  const { member, username, email } = row
  if (member === null || email === null || username === null || now.getTime() - row.asked * 1000 > tooLate) return true
  const { code, until } = await makeCode(tx, kith, { member, purpose: 'recovery', email, now })
  const community = kith.community.current()
  const link = linkFor(community, 'reset', code)
  await writeMail(tx, community, 'recover', {
    ...{ to: email, member, username, language: languageOf(row.language), link, now, until },
  })
  return true
}

/** Writes mails to those who have forgotten their password and have an account; each in a transaction. */
export async function writeRecoveries(kith: Kith): Promise<void> {
  while (await kith.db.transaction((tx) => writeOne(kith, tx))) failpoint('recovery written')
}
