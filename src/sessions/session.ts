import { hashOf } from '../auth/opaque.ts'
import type { Kith } from '../context.ts'
import { statement } from '../platform/sql/statement.ts'
import type { Proven } from './check-password.ts'

/** Seconds that a browser stays signed in. */
export const sessionLifetime = 30 * 86_400

/** How many browsers of one member stay signed in, the latest. */
const mostSessions = 100

const beginning = statement({
  name: 'sessions: begin',
  takes: { hash: 'text', member: 'bigint', password: 'text', now: 'timestamptz', expires: 'timestamptz' },
  gives: { member: 'bigint' },
  // The password is locked as it was when it was checked: a change of it ends the session, or prevents it.
  sql: ($) => `with spare as (
      delete from session where hash in (select hash from session
        where user_id = ${$.member} order by created_at desc offset ${mostSessions - 1})
    )
    insert into session (hash, user_id, created_at, expires_at)
    select ${$.hash}, user_id, ${$.now}, ${$.expires}
    from credential where user_id = ${$.member} and password_hash = ${$.password} for share
    returning user_id as member`,
})

/**
 * Begins a session for a member who has proven who they are. Returns its secret, or null if the proof is no longer
 * valid.
 */
export async function beginSession({ db, clock, credentials }: Kith, proven: Proven): Promise<string | null> {
  const now = clock.now()
  const secret = credentials.make('session')
  const expires = new Date(now.getTime() + sessionLifetime * 1000)
  const values = { hash: hashOf(secret), member: proven.member, password: proven.hash, now, expires }
  return (await beginning.row(db, values)) ? secret : null
}

const ending = statement({
  name: 'sessions: end',
  takes: { hash: 'text' },
  gives: {},
  sql: ($) => `delete from session where hash = ${$.hash}`,
})

/** Ends one session. */
export async function endSession(kith: Kith, hash: string): Promise<void> {
  await ending.rows(kith.db, { hash })
  kith.credentials.forget((each) => each.kind === 'session' && each.hash === hash)
}
