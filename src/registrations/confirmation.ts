import { makeCode } from '../addresses/codes.ts'
import { linkFor, ownLink } from '../addresses/links.ts'
import { writeMail } from '../addresses/write.ts'
import type { Community } from '../community/state.ts'
import type { Kith } from '../context.ts'
import type { Db } from '../platform/db/database.ts'
import { type Language, languageOf } from '../platform/http/language.ts'
import { statement } from '../platform/sql/statement.ts'

const looking = statement({
  name: 'registrations: whose address it is',
  takes: { member: 'bigint', email: 'text' },
  gives: { username: 'text', owner: 'bigint?', owner_name: 'text?', owner_email: 'text?' },
  sql: ($) => `select u.username, o.id as owner, o.username as owner_name, o.email as owner_email
    from users u left join users o on lower(o.email) = lower(${$.email}) and o.status <> 'u' and o.id <> u.id
    where u.id = ${$.member}`,
})

type Asked = { member: number; email: string; language: Language; now: Date }

/**
 * Mails the code that confirms the address of a new account. If somebody else has the address, they are told instead:
 * the person who made the account learns nothing of it, neither by words nor by timing.
 */
export async function askToConfirm(
  tx: Db,
  kith: Kith,
  community: Community,
  { member, email, language, now }: Asked,
): Promise<void> {
  const row = await looking.row(tx, { member, email })
  if (!row) return
  const { code, until } = await makeCode(tx, kith, { member, purpose: 'signUp', email, now })
  if (row.owner === null) {
    const link = linkFor(community, 'verify', code)
    await writeMail(tx, community, 'confirmSignUp', {
      ...{ to: email, member, username: row.username, language, link, now, until },
    })
  } else {
    const link = ownLink(community, '/account/recover')
    await writeMail(tx, community, 'alreadyKnown', {
      ...{
        to: row.owner_email ?? email,
        member: row.owner,
        username: row.owner_name ?? '',
        language,
        link,
        now,
        until,
      },
    })
  }
}

const waiting = statement({
  name: 'registrations: what is still to be confirmed',
  takes: { member: 'bigint' },
  gives: { email: 'text', language: 'text' },
  sql: ($) => `select email, language from sign_up where member_id = ${$.member} and unconfirmed and email is not null`,
})

/** Mails it again, to somebody who waits for it and has shown by their password who they are. */
export async function askAgain(kith: Kith, member: number): Promise<void> {
  const now = kith.clock.now()
  await kith.db.transaction(async (tx) => {
    const row = await waiting.row(tx, { member })
    if (!row) return
    const asked = { member, email: row.email, language: languageOf(row.language), now }
    await askToConfirm(tx, kith, kith.community.current(), asked)
  })
}
