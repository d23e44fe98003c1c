import { hashPassword } from '../accounts/password.ts'
import type { Kith } from '../context.ts'
import type { Db } from '../platform/db/database.ts'
import { statement } from '../platform/sql/statement.ts'
import { endSignIns, forgetSignIns, type Kept } from './end-all.ts'

const setting = statement({
  name: 'sessions: set a password',
  takes: { member: 'bigint', hash: 'text', old: 'text?', now: 'timestamptz' },
  gives: { member: 'bigint' },
  sql: ($) => `insert into credential (user_id, password_hash, changed_at)
    select id, ${$.hash}, ${$.now} from users where id = ${$.member} and status in ('a', 'b')
    on conflict (user_id) do update set password_hash = excluded.password_hash, changed_at = excluded.changed_at
      where ${$.old} is null or credential.password_hash = ${$.old}
    returning user_id as member`,
})

/** The same in the transaction of something else. After the commit, call `tellPasswordSet` on this node. */
export async function setHash(
  tx: Db,
  member: number,
  { hash, old = null, kept, now }: { hash: string; old?: string | null; kept?: Kept; now: Date },
): Promise<boolean> {
  if (!(await setting.row(tx, { member, hash, old, now }))) return false
  await endSignIns(tx, member, kept)
  return true
}

export function tellPasswordSet(kith: Kith, member: number): void {
  forgetSignIns(kith, member)
  kith.actors.forget(member)
}

/**
 * Sets a new password. Every session except the kept one ends, and so do all grants to apps and earlier JSON Web
 * Tokens.
 * @param old the hash that was checked: if it has changed since, nothing is done
 * @returns whether it was set
 */
export async function setPassword(
  kith: Kith,
  member: number,
  { password, old, kept }: { password: string; old?: string | null; kept?: Kept },
): Promise<boolean> {
  const hash = await hashPassword(password)
  const done = await kith.db.transaction((tx) => setHash(tx, member, { hash, old, kept, now: kith.clock.now() }))
  if (done) tellPasswordSet(kith, member)
  return done
}
