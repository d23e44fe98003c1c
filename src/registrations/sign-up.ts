import { checkPassword, hashPassword } from '../accounts/password.ts'
import { askedOf, type Ctx } from '../context.ts'
import { type Brought, redeem } from '../invitations/redeem.ts'
import { acceptAll } from '../legalpages/consent.ts'
import { decide, outdated } from '../platform/db/decide.ts'
import { badField, forbidden } from '../platform/errors.ts'
import { rules } from '../platform/search/fold.ts'
import { sortKey } from '../platform/search/names.ts'
import { statement } from '../platform/sql/statement.ts'
import { readMetadataOfNew } from '../users/metadata.ts'
import { explainTaken } from '../users/taken.ts'
import { admit } from './admit.ts'
import { askToConfirm } from './confirmation.ts'
import { isOpen } from './open.ts'

export type Applicant = {
  username: string
  password: string
  email?: string
  /** Profile fields that the community asks newcomers for, by name. */
  metadata?: Record<string, unknown>
  /** What they agree to, if the community asks for that. */
  consent?: string
} & Brought

/** What a new account waits for; null if it is a member already. */
export type Waits = 'confirmation' | 'approval' | null

const signingUp = statement({
  name: 'registrations: sign up',
  takes: {
    ...{ username: 'text', sort_name: 'text', hash: 'text', email: 'text?', language: 'text', now: 'timestamptz' },
    ...{ version: 'int', unconfirmed: 'boolean', unapproved: 'boolean', metadata: 'json' },
  },
  gives: { id: 'bigint' },
  sql: ($) => `with made as (
      insert into users (username, status, reg_approved, date_joined, sort_name, search_rules, metadata)
      select ${$.username}, 'w', not ${$.unapproved}, ${$.now}, ${$.sort_name}, ${rules},
        jsonb_strip_nulls(${$.metadata}::jsonb)
      where (select version from community) = ${$.version} returning id
    ), secret as (
      insert into credential (user_id, password_hash) select id, ${$.hash} from made
    ), waits as (
      insert into sign_up (member_id, email, language, created_at, unconfirmed, unapproved)
      select id, ${$.email}, ${$.language}, ${$.now}, ${$.unconfirmed}, ${$.unapproved} from made
    )
    select id from made`,
})

/**
 * Makes an account for a newcomer, and mails the code that confirms its address. Until that is confirmed, and until
 * they are admitted if the community wants that, the account is in no list, no count and no event.
 */
export async function signUp(ctx: Ctx, sent: Applicant): Promise<Waits> {
  const { kith, now } = ctx
  const { language } = askedOf(ctx)
  const { username, email } = sent
  checkPassword(sent.password)
  // Before the password is hashed, which takes long.
  await readMetadataOfNew(ctx.community, sent.metadata ?? {})
  const hash = await hashPassword(sent.password)
  let { community } = ctx
  try {
    return await decide(() =>
      kith.db.transaction(async (tx) => {
        const { options, version } = community
        if (!isOpen(community)) throw forbidden('People cannot make accounts by themselves here.')
        const unconfirmed = options['kith.signup_email_confirmation']
        // An invitation admits its holder.
        const invited = Boolean(sent.invite_code?.trim())
        const unapproved = options['configurations.users_approval_enabled'] && !invited
        if (options['addons.invite_code'] && !invited)
          throw badField('invite_code', 'required', 'An invitation is needed to make an account here.')
        if (unconfirmed && !email) throw badField('email', 'required', 'This field is required.')
        const metadata = JSON.stringify(await readMetadataOfNew(community, sent.metadata ?? {}))
        const values = { username, sort_name: sortKey(''), hash, email: email ?? null, language, now, version }
        const row = await signingUp.row(tx, { ...values, unconfirmed, unapproved, metadata })
        if (!row) {
          community = await kith.community.refresh()
          return outdated
        }
        if (options['addons.gdpr_signup_step_enabled'] && !(await acceptAll(tx, row.id, sent.consent ?? '', now)))
          throw badField('consent', 'required', 'Read what holds here, and agree to it.')
        await redeem(tx, sent, { member: row.id, email, now })
        if (email) await askToConfirm(tx, kith, community, { member: row.id, email, language, now })
        await admit(tx, row.id, now)
        return unconfirmed ? 'confirmation' : unapproved ? 'approval' : null
      }),
    )
  } catch (error) {
    throw await explainTaken(kith.db, error, {}, false)
  }
}
