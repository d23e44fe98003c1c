import type { Kith } from '../context.ts'
import type { Db } from '../platform/db/database.ts'
import { statement } from '../platform/sql/statement.ts'

const ending = statement({
  name: 'sessions: end all of a member',
  takes: { member: 'bigint', session: 'text?', grant: 'bigint?' },
  gives: {},
  variants: () => [{ leaving: false }, { leaving: true }],
  sql: ($, { leaving }) => `with sessions as (
      delete from session where user_id = ${$.member} and hash is distinct from ${$.session}
    )${leaving ? `, consents as (delete from oauth_consent where user_id = ${$.member})` : ''}
    delete from oauth_grant where user_id = ${$.member} and id is distinct from ${$.grant}`,
})

/** What stays although all else ends: the session or the grant that was used to end it. */
export type Kept = { session?: string; grant?: number }

/**
 * Ends every session of a member and everything they have allowed apps. After the commit, call `forgetSignIns` on
 * this node.
 */
export const endSignIns = (tx: Db, member: number, { session, grant }: Kept = {}) =>
  ending.rows(tx, { member, session: session ?? null, grant: grant ?? null }, { leaving: false })

/** The same for a member who leaves; their consents to apps are deleted, too. */
export const forgetMember = (tx: Db, member: number) =>
  ending.rows(tx, { member, session: null, grant: null }, { leaving: true })

export const forgetSignIns = (kith: Kith, member: number) => kith.credentials.forget((each) => each.member === member)
