import { createHash } from 'node:crypto'
import type { Static } from 'typebox'
import type { Scope } from '../auth/credentials.ts'
import { hashOf, isSame } from '../auth/opaque.ts'
import type { Ctx } from '../context.ts'
import { statement } from '../platform/sql/statement.ts'
import { checkPasswordOf, Waiting } from '../sessions/check-password.ts'
import { type App, authenticateClient, checkGrant, readScopes } from './client.ts'
import { oauthError } from './errors.ts'
import { beginGrant, endGrant, forgetGrant, issueTokens } from './grant.ts'
import type { TokenAnswer } from './views.ts'

export type TokenRequest = {
  grant_type?: string
  client_id?: string
  client_secret?: string
  code?: string
  redirect_uri?: string
  code_verifier?: string
  username?: string
  password?: string
  refresh_token?: string
  scope?: string
}

type Tokens = Static<typeof TokenAnswer>

/** How long a used refresh token may be used again, in ms: two pages of one browser renew at the same moment. */
const grace = 10_000

const need = (value: string | undefined, name: string): string => {
  if (!value) throw oauthError('invalid_request', `Send ${name}.`)
  return value
}

const grants: Record<string, (ctx: Ctx, app: App, sent: TokenRequest) => Promise<Tokens>> = {
  authorization_code: redeemCode,
  refresh_token: renew,
  async password(ctx, app, sent) {
    const { kith, now } = ctx
    checkGrant(app, 'password')
    const name = need(sent.username, 'username')
    const password = need(sent.password, 'password')
    const scopes = readScopes(sent.scope, app.scopes)
    const proven = await checkPasswordOf(ctx, name, password).catch((error) => {
      if (error instanceof Waiting) throw oauthError('invalid_grant', error.message)
      throw error
    })
    if (!proven) throw wrongPassword()
    return kith.db.transaction(async (tx) => {
      const whose = { app: app.id, member: proven.member, scopes, now }
      const grant = await beginGrant(tx, whose, { by: 'password', of: proven.hash })
      if (grant === null) throw wrongPassword()
      return issueTokens(kith, tx, { grant, scopes, now, renewable: true })
    })
  },
  async client_credentials({ kith, now }, app, sent) {
    checkGrant(app, 'client_credentials')
    const scopes = readScopes(sent.scope, app.scopes)
    const member = app.member_id
    return kith.db.transaction(async (tx) => {
      const grant = member === null ? null : await beginGrant(tx, { app: app.id, member, scopes, now }, { by: 'app' })
      if (grant === null)
        throw oauthError('unauthorized_client', 'The member that this client acts as is not there. Name another.')
      return issueTokens(kith, tx, { grant, scopes, now, renewable: false })
    })
  },
}

const wrongPassword = () => oauthError('invalid_grant', 'The name or the password is not right.')

/** Issues a token for what a client shows: RFC 6749 (4.1.3, 4.3, 4.4, 6), RFC 7636 (4.5). */
export async function giveToken(ctx: Ctx, sent: TokenRequest): Promise<Tokens> {
  const type = need(sent.grant_type, 'grant_type')
  const give = Object.hasOwn(grants, type) ? grants[type] : undefined
  if (!give)
    throw oauthError('unsupported_grant_type', `Send one of these as grant_type: ${Object.keys(grants).join(', ')}.`)
  return give(ctx, await authenticateClient(ctx, sent), sent)
}

const findingCode = statement({
  name: 'oauth: code',
  takes: { hash: 'text', now: 'timestamptz' },
  gives: {
    ...{ grant: 'bigint', app: 'bigint', scopes: 'text[]', redirect_uri: 'text?', challenge: 'text?' },
    ...{ used: 'boolean', over: 'boolean', gone: 'boolean' },
  },
  // Both rows are locked: of two requests with one code, the second sees that it is used.
  sql: ($) => `select g.id as "grant", g.app_id as app, g.scopes, c.redirect_uri, c.challenge,
      c.used_at is not null as used, c.expires_at <= ${$.now} as over, u.status not in ('a', 'b') as gone
    from oauth_code c join oauth_grant g on g.id = c.grant_id join users u on u.id = g.user_id
    where c.hash = ${$.hash} for update of c, g`,
})

const usingCode = statement({
  name: 'oauth: use a code',
  takes: { hash: 'text', now: 'timestamptz' },
  gives: {},
  sql: ($) => `update oauth_code set used_at = ${$.now} where hash = ${$.hash}`,
})

/** The outcome for a code or a refresh token: tokens, or why there are none; `ended` is a grant that was ended. */
type Outcome = { tokens: Tokens } | { why: string; ended?: number }

async function redeemCode({ kith, now }: Ctx, app: App, sent: TokenRequest): Promise<Tokens> {
  checkGrant(app, 'authorization_code')
  const hash = hashOf(need(sent.code, 'code'))
  return settle(
    kith,
    await kith.db.transaction(async (tx): Promise<Outcome> => {
      const code = await findingCode.row(tx, { hash, now })
      // The owner is checked first: nobody can end what another client was given.
      if (!code || code.app !== app.id) return { why: 'There is no such code.' }
      if (code.used || code.over || code.gone) {
        await endGrant(tx, code.grant)
        const why = code.used ? 'This code was used already. What came of it has ended.' : 'This code has expired.'
        return { why, ended: code.grant }
      }
      // A request without an address went to the only registered one.
      const registered = code.redirect_uri ?? (sent.redirect_uri === undefined ? undefined : app.redirect_uris[0])
      if (sent.redirect_uri !== registered) return { why: 'redirect_uri is not the one that the code was asked with.' }
      if (!isVerified(code.challenge, sent.code_verifier))
        return { why: 'code_verifier does not fit the code_challenge that the code was asked with.' }
      await usingCode.rows(tx, { hash, now })
      const scopes = code.scopes as Scope[]
      return { tokens: await issueTokens(kith, tx, { grant: code.grant, scopes, now, renewable: true }) }
    }),
  )
}

/** S256 of RFC 7636. A verifier without a challenge is refused, too: somebody removed the challenge. */
function isVerified(challenge: string | null, verifier: string | undefined): boolean {
  if (challenge === null || verifier === undefined) return challenge === null && verifier === undefined
  return (
    /^[\w.~-]{43,128}$/.test(verifier) && isSame(createHash('sha256').update(verifier).digest('base64url'), challenge)
  )
}

const findingRefresh = statement({
  name: 'oauth: refresh token',
  takes: { hash: 'text', now: 'timestamptz' },
  gives: {
    ...{ grant: 'bigint', app: 'bigint', scopes: 'text[]', used: 'float8?', over: 'boolean', gone: 'boolean' },
  },
  sql: ($) => `select g.id as "grant", g.app_id as app, t.scopes,
      (extract(epoch from ${$.now} - t.used_at) * 1000)::float8 as used, t.expires_at <= ${$.now} as over,
      u.status not in ('a', 'b') as gone
    from oauth_token t join oauth_grant g on g.id = t.grant_id join users u on u.id = g.user_id
    where t.hash = ${$.hash} and t.kind = 'r' for update of t, g`,
})

const usingRefresh = statement({
  name: 'oauth: use a refresh token',
  takes: { hash: 'text', now: 'timestamptz' },
  gives: {},
  sql: ($) => `update oauth_token set used_at = coalesce(used_at, ${$.now}) where hash = ${$.hash}`,
})

async function renew({ kith, now }: Ctx, app: App, sent: TokenRequest): Promise<Tokens> {
  const hash = hashOf(need(sent.refresh_token, 'refresh_token'))
  return settle(
    kith,
    await kith.db.transaction(async (tx): Promise<Outcome> => {
      const token = await findingRefresh.row(tx, { hash, now })
      if (!token || token.app !== app.id || token.gone) return { why: 'There is no such refresh token.' }
      if (token.over) return { why: 'This refresh token has expired.' }
      if (token.used !== null && token.used > grace) {
        // Either the present or the earlier caller has stolen it: neither goes on.
        await endGrant(tx, token.grant)
        return { why: 'This refresh token was used already. Everything that came of it has ended.', ended: token.grant }
      }
      const allowed = app.scopes.filter((each) => token.scopes.includes(each))
      const scopes = readScopes(sent.scope, allowed)
      await usingRefresh.rows(tx, { hash, now })
      return { tokens: await issueTokens(kith, tx, { grant: token.grant, scopes, now, renewable: true }) }
    }),
  )
}

/** Returns the tokens; or throws the refusal, once the grant is ended here. */
function settle(kith: Ctx['kith'], outcome: Outcome): Tokens {
  if ('tokens' in outcome) return outcome.tokens
  if (outcome.ended !== undefined) forgetGrant(kith, outcome.ended)
  throw oauthError('invalid_grant', outcome.why)
}
