import { joinSql } from '../accounts/join.ts'
import { byFlags, flagsFor } from '../community/flags.ts'
import { loadCommunity } from '../community/state.ts'
import type { Db } from '../platform/db/database.ts'
import { statement } from '../platform/sql/statement.ts'

const admitting = statement({
  name: 'registrations: let in',
  takes: { id: 'bigint', now: 'timestamptz', version: 'int' },
  gives: { id: 'bigint' },
  variants: byFlags,
  sql($, { flags }) {
    const asIs = `(select version from community) = ${$.version}`
    const made = (categories: string) => `update users set status = 'a', reg_approved = true, date_joined = ${$.now},
        categories = ${categories}
      where id = ${$.id} and status = 'w' and ${asIs}
        and not exists (select from sign_up where member_id = ${$.id} and (unconfirmed or unapproved))
      returning users.*`
    const also = 'gone as (delete from sign_up where member_id = (select id from made))'
    return `with ${joinSql(flags, $.now, { made, also, asIs })} select id from made`
  },
})

/**
 * Makes a waiting account a member if it has nothing left to wait for; this transaction has locked its row. From now
 * on they are counted and listed, follow what new members follow, and have their event `user.created`. Others stay as
 * they are.
 * @returns whether they have become a member now
 */
export async function admit(tx: Db, id: number, now: Date): Promise<boolean> {
  // If the options change while this is written, nothing is written, and it starts over with the new ones.
  for (let version = -1; ; ) {
    const community = await loadCommunity(tx)
    if (community.version === version) return false
    version = community.version
    if (await admitting.row(tx, { id, now, version }, { flags: flagsFor(community, true) })) return true
  }
}
