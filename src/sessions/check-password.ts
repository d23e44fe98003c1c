import { isPassword } from '../accounts/password.ts'
import { askedOf, type Ctx } from '../context.ts'
import { statement } from '../platform/sql/statement.ts'

const finding = statement({
  name: 'sessions: password of a name',
  takes: { name: 'text' },
  gives: { member: 'bigint', hash: 'text' },
  variants: () => (['username', 'email'] as const).map((by) => ({ by })),
  sql: ($, { by }) => `select u.id as member, c.password_hash as hash
    from users u join credential c on c.user_id = u.id
    where lower(u.${by}) = lower(${$.name}) and u.${by} is not null and u.status in ('a', 'b')`,
})

/** A password that was right, and what it was compared with: whoever relies on it checks that it is still so. */
export type Proven = { member: number; hash: string }

/**
 * The member of a name or an e-mail address, if this is their password; else null, whatever is wrong, and as late.
 * @throws 429 after too many attempts
 */
export async function checkPasswordOf(ctx: Ctx, name: string, password: string): Promise<Proven | null> {
  const { kith, community } = ctx
  const given = name.trim()
  // A username has no @ in it.
  const by = given.includes('@') ? 'email' : 'username'
  const offered = by === 'username' || community.options['configurations.email_password_login_enabled']
  const row = offered ? await finding.row(kith.db, { name: given }, { by }) : undefined
  // An account has one count, whatever it is called by.
  const account = row ? `member ${row.member}` : given.toLowerCase().slice(0, 255)
  const succeed = kith.signIns.count(account, askedOf(ctx).address)
  // Longer ones were never set, and would only take longer.
  const fits = await isPassword(password.slice(0, 1_000), row?.hash ?? null)
  if (!fits || !row) return null
  succeed()
  return row
}
