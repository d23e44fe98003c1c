import type { Clock } from '../platform/clock.ts'
import type { Db } from '../platform/db/database.ts'
import { unauthorized } from '../platform/errors.ts'
import { lru } from '../platform/lru.ts'
import { statement } from '../platform/sql/statement.ts'
import { createOpaque, hashOf, type Opaque } from './opaque.ts'
import type { Tokens } from './token.ts'

/** What a token of an app may do: read is every GET, write is everything else. */
export const scopes = ['read', 'write'] as const
export type Scope = (typeof scopes)[number]

/** What a request carries to show who calls. Each kind leads to the same actor. */
export type Credential =
  | { kind: 'jwt'; member: number; token: string }
  | { kind: 'token'; member: number; scopes: Scope[]; grant: number; app: number; expires: number }
  | { kind: 'session'; member: number; hash: string; expires: number }

export type Credentials = Opaque & {
  /** The credential behind a token. Throws 401 with the reason if it is not valid. */
  readToken(text: string): Promise<Credential>
  /** The credential behind a cookie; null if the session has ended, as if there were no cookie. */
  readSession(text: string): Promise<Credential | null>
  /** Drops cached credentials that match, because they have ended. */
  forget(which: (credential: Credential) => boolean): void
}

const findingToken = statement({
  name: 'auth: access token',
  takes: { hash: 'text' },
  gives: { member: 'bigint', scopes: 'text[]', grant: 'bigint', app: 'bigint', expires: 'float8' },
  // A token loses the scopes that its app has lost.
  sql: ($) => `select g.user_id as member, array(select unnest(t.scopes) intersect select unnest(a.scopes)) as scopes,
      g.id as "grant", g.app_id as app, extract(epoch from t.expires_at)::float8 as expires
    from oauth_token t join oauth_grant g on g.id = t.grant_id join oauth_app a on a.id = g.app_id
    where t.hash = ${$.hash} and t.kind = 'a'`,
})

const findingSession = statement({
  name: 'auth: session',
  takes: { hash: 'text' },
  gives: { member: 'bigint', expires: 'float8' },
  sql: ($) => `select user_id as member, extract(epoch from expires_at)::float8 as expires
    from session where hash = ${$.hash}`,
})

/** How long a token that was ended on another node may go on here, in ms. As long as a changed role. */
const remembered = 2_000

export function createCredentials(db: Db, tokens: Tokens, secret: string, clock: Clock): Credentials {
  const opaque = createOpaque(secret)
  const known = lru<string, { credential: Credential | null; at: number }>(50_000)

  async function find(text: string, look: (hash: string) => Promise<Credential | null>) {
    const hash = hashOf(text)
    const now = clock.now().getTime()
    const kept = known.get(hash)
    if (kept && Math.abs(now - kept.at) < remembered) return kept.credential
    const credential = await look(hash)
    known.set(hash, { credential, at: now })
    return credential
  }
  const isOver = (expires: number) => expires * 1000 <= clock.now().getTime()

  return {
    ...opaque,
    async readToken(text) {
      if (!text.startsWith('kith_')) return { kind: 'jwt', member: await tokens.verify(text), token: text }
      if (!opaque.recognises('access', text)) throw unauthorized('The token is not an access token of this community.')
      const credential = await find(text, async (hash) => {
        const row = await findingToken.row(db, { hash })
        return row ? { ...row, kind: 'token', scopes: row.scopes as Scope[] } : null
      })
      if (credential?.kind !== 'token' || isOver(credential.expires))
        throw unauthorized('The token has ended. Get a new one.')
      return credential
    },
    async readSession(text) {
      if (!opaque.recognises('session', text)) return null
      const credential = await find(text, async (hash) => {
        const row = await findingSession.row(db, { hash })
        return row ? { ...row, kind: 'session', hash } : null
      })
      return credential?.kind === 'session' && !isOver(credential.expires) ? credential : null
    },
    forget(which) {
      for (const [hash, { credential }] of known.entries()) if (credential && which(credential)) known.delete(hash)
    },
  }
}
