import { isPassword } from '../accounts/password.ts'
import { askedOf, type Ctx } from '../context.ts'
import { forbidden, Refusal } from '../platform/errors.ts'
import { statement } from '../platform/sql/statement.ts'

const finding = statement({
  name: 'sessions: password of a name',
  takes: { name: 'text' },
  gives: { member: 'bigint', hash: 'text', waits: 'boolean', unconfirmed: 'boolean' },
  variants: () => (['username', 'email'] as const).map((by) => ({ by })),
  sql: ($, { by }) => `select u.id as member, c.password_hash as hash, u.status = 'w' as waits,
      coalesce(s.unconfirmed, false) as unconfirmed
    from users u join credential c on c.user_id = u.id left join sign_up s on s.member_id = u.id
    where lower(u.${by}) = lower(${$.name}) and u.${by} is not null and u.status in ('a', 'b', 'w')`,
})

/**
 * A correct password, and the hash it was compared with: whoever relies on it checks that the hash is still the same.
 */
export type Proven = { member: number; hash: string }

/** The refusal of somebody who has proven who they are, and has yet to confirm their address or be admitted. */
export class Waiting extends Refusal {
  readonly member: number
  readonly unconfirmed: boolean

  constructor(member: number, unconfirmed: boolean) {
    const { errors } = unconfirmed
      ? forbidden(
          'Confirm your e-mail address first: follow the link in the mail that was sent there.',
          'waits_for_confirmation',
        )
      : forbidden('Those who run this community have not let you in yet. You get a mail.', 'waits_for_approval')
    super(403, errors)
    this.member = member
    this.unconfirmed = unconfirmed
  }
}

/**
 * The member with a name or an e-mail address, if this is their password; else null, whatever is wrong, and after the
 * same time.
 * @throws 429 after too many attempts, and `Waiting` if the password is right and its member is not admitted yet
 */
export async function checkPasswordOf(ctx: Ctx, name: string, password: string): Promise<Proven | null> {
  const { kith, community } = ctx
  const given = name.trim()
  // A username has no @ in it.
  const by = given.includes('@') ? 'email' : 'username'
  const offered = by === 'username' || community.options['configurations.email_password_login_enabled']
  const row = offered ? await finding.row(kith.db, { name: given }, { by }) : undefined
  // An account has one count, whichever name is used.
  const account = row ? `member ${row.member}` : given.toLowerCase().slice(0, 255)
  const succeed = kith.signIns.count(account, askedOf(ctx).address)
  // Longer passwords were never set, and would only take longer.
  const fits = await isPassword(password.slice(0, 1_000), row?.hash ?? null)
  if (!fits || !row) return null
  succeed()
  if (row.waits) throw new Waiting(row.member, row.unconfirmed)
  return row
}
