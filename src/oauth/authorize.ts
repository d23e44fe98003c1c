import type { Scope } from '../auth/credentials.ts'
import { hashOf } from '../auth/opaque.ts'
import type { Kith } from '../context.ts'
import type { Db } from '../platform/db/database.ts'
import { statement } from '../platform/sql/statement.ts'
import { type App, findApp, readScopes } from './client.ts'
import type { OAuthCode } from './errors.ts'
import { beginGrant, issueTokens, lifetimes } from './grant.ts'
import { resolved } from './own-app.ts'

/** A request as it arrives: every value may be missing or repeated. */
export type Sent = Record<string, unknown>

/** The app that asks, and where the answer goes. */
export type Target = { app: App; redirect: string; state: string | undefined; inFragment: boolean }

/** What an app asks for. */
export type Wish = Target & { scopes: Scope[]; challenge: string | null; named: boolean }

/** Parameters of a request that the consent form repeats. */
export const carried = [
  'response_type',
  'response_mode',
  'client_id',
  'redirect_uri',
  'scope',
  'state',
  'code_challenge',
  'code_challenge_method',
] as const

const textOf = (value: unknown) =>
  typeof value === 'string' && !value.includes('\0') && value.isWellFormed() ? value : undefined

/**
 * Finds the app that asks and the address for the answer. Checked first, because nobody is redirected to an address
 * that the app has not registered. `app` or `redirect` says which is wrong.
 * @param base of this server, as it was called
 */
export async function findTarget(db: Db, base: string, sent: Sent): Promise<Target | 'app' | 'redirect'> {
  const id = textOf(sent.client_id)
  const app = id === undefined ? null : await findApp(db, id)
  if (!app) return 'app'
  const redirect_uris = app.redirect_uris.map((each) => resolved(each, base))
  const [only, ...others] = redirect_uris
  const redirect = sent.redirect_uri === undefined && others.length === 0 ? only : textOf(sent.redirect_uri)
  if (redirect === undefined || !redirect_uris.includes(redirect)) return 'redirect'
  return { app, redirect, state: textOf(sent.state), inFragment: sent.response_type === 'token' }
}

/** Why an app does not get what it asked for: RFC 6749 (4.1.2.1). */
export class Denied extends Error {
  readonly code: OAuthCode
  constructor(code: OAuthCode, message: string) {
    super(message)
    this.code = code
  }
}

/** What is asked for. Throws Denied with the reason, for the app. */
export function readWish(target: Target, sent: Sent): Wish {
  for (const name of carried)
    if (sent[name] !== undefined && textOf(sent[name]) === undefined)
      throw new Denied('invalid_request', `Send ${name} once.`)
  const { app } = target
  const { response_type, response_mode, scope, code_challenge, code_challenge_method } = sent as Record<string, string>
  if (!response_type) throw new Denied('invalid_request', 'Send response_type.')
  if (response_type !== 'code' && response_type !== 'token')
    throw new Denied('unsupported_response_type', 'Send code or token as response_type.')
  const needed = response_type === 'code' ? 'authorization_code' : 'implicit'
  if (!app.grants.includes(needed)) throw new Denied('unauthorized_client', `This client may not use ${needed}.`)
  if (response_mode !== undefined && response_mode !== (target.inFragment ? 'fragment' : 'query'))
    throw new Denied('invalid_request', 'Leave response_mode out.')
  return {
    ...target,
    scopes: readAsked(scope, app),
    named: sent.redirect_uri !== undefined,
    challenge: readChallenge(),
  }

  function readChallenge(): string | null {
    if (response_type === 'token') return null
    if (code_challenge === undefined) {
      if (app.secret_hash === null)
        throw new Denied('invalid_request', 'A client without a secret sends code_challenge (PKCE, S256).')
      if (code_challenge_method !== undefined) throw new Denied('invalid_request', 'Send code_challenge.')
      return null
    }
    // Without a method it would be `plain`, which does not protect against anybody who sees the request.
    if (code_challenge_method !== 'S256' || !/^[\w-]{43}$/.test(code_challenge))
      throw new Denied('invalid_request', 'Send code_challenge_method S256 and a code_challenge made by it.')
    return code_challenge
  }
}

function readAsked(scope: string | undefined, app: App): Scope[] {
  try {
    return readScopes(scope, app.scopes)
  } catch (error) {
    throw new Denied('invalid_scope', (error as Error).message)
  }
}

/**
 * The address that takes an answer to the app.
 * @param issuer sent with it, so that a client of several servers knows whose answer it is (RFC 9207)
 */
export function addressOf({ redirect, state, inFragment }: Target, issuer: string, answer: Record<string, string>) {
  const parameters = new URLSearchParams({ ...answer, ...(state !== undefined && { state }), iss: issuer })
  if (inFragment) return `${redirect}#${parameters}`
  return `${redirect}${redirect.includes('?') ? '&' : '?'}${parameters}`
}

const remembering = statement({
  name: 'oauth: what a member has allowed an app',
  takes: { member: 'bigint', app: 'bigint' },
  gives: { scopes: 'text[]' },
  sql: ($) => `select scopes from oauth_consent where user_id = ${$.member} and app_id = ${$.app}`,
})

/**
 * Whether a member need not be asked: the app is the community's own, or they have allowed as much before. An address
 * outside the web may belong to another program by now (RFC 8252, 8.6), so for those the member is asked.
 */
export async function isAllowed(db: Db, member: number, { app, redirect, scopes }: Wish): Promise<boolean> {
  if (app.trusted) return true
  if (!redirect.startsWith('https:')) return false
  const row = await remembering.row(db, { member, app: app.id })
  return row !== undefined && scopes.every((each) => row.scopes.includes(each))
}

const consenting = statement({
  name: 'oauth: remember what is allowed',
  takes: { member: 'bigint', app: 'bigint', scopes: 'text[]' },
  gives: {},
  sql: ($) => `insert into oauth_consent (user_id, app_id, scopes) values (${$.member}, ${$.app}, ${$.scopes})
    on conflict (user_id, app_id) do update
    set scopes = array(select unnest(oauth_consent.scopes) union select unnest(excluded.scopes))`,
})

const writingCode = statement({
  name: 'oauth: write a code',
  takes: { hash: 'text', grant: 'bigint', redirect: 'text?', challenge: 'text?', expires: 'timestamptz' },
  gives: {},
  sql: ($) => `insert into oauth_code (hash, grant_id, redirect_uri, challenge, expires_at)
    values (${$.hash}, ${$.grant}, ${$.redirect}, ${$.challenge}, ${$.expires})`,
})

/**
 * Gives an app what it asked for: a code, or by the implicit grant a token.
 * @param session hash of the session in which the member allowed it; it is locked until this is written
 * @returns parameters of the answer; null if the session has ended
 */
export function allow(
  kith: Kith,
  { member, session, asked }: { member: number; session: string; asked: boolean },
  wish: Wish,
): Promise<Record<string, string> | null> {
  const { app, scopes, inFragment, redirect, named, challenge } = wish
  const now = kith.clock.now()
  return kith.db.transaction(async (tx): Promise<Record<string, string> | null> => {
    const grant = await beginGrant(tx, { app: app.id, member, scopes, now }, { by: 'session', of: session })
    if (grant === null) return null
    if (asked) await consenting.rows(tx, { member, app: app.id, scopes })
    if (inFragment) {
      const token = await issueTokens(kith, tx, { grant, scopes, now, renewable: false })
      const { access_token, expires_in, token_type, scope } = token
      return { access_token, expires_in: String(expires_in), token_type, scope }
    }
    const code = kith.credentials.make('code')
    const expires = new Date(now.getTime() + lifetimes.code * 1000)
    await writingCode.rows(tx, { hash: hashOf(code), grant, redirect: named ? redirect : null, challenge, expires })
    return { code }
  })
}
