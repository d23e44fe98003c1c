import type { Scope } from '../auth/credentials.ts'
import { hashOf, isSame } from '../auth/opaque.ts'
import { askedOf, type Ctx } from '../context.ts'
import type { Db } from '../platform/db/database.ts'
import { statement } from '../platform/sql/statement.ts'
import { invalidClient, oauthError } from './errors.ts'
import type { GrantType } from './inputs.ts'

/** An app that asks for something. */
export type App = {
  id: number
  client_id: string
  name: string
  description: string
  secret_hash: string | null
  grants: GrantType[]
  redirect_uris: string[]
  scopes: Scope[]
  trusted: boolean
  member_id: number | null
}

const finding = statement({
  name: 'oauth: app of a client id',
  takes: { client_id: 'text' },
  gives: {
    ...{ id: 'bigint', client_id: 'text', name: 'text', description: 'text', secret_hash: 'text?', grants: 'text[]' },
    ...{ redirect_uris: 'text[]', scopes: 'text[]', trusted: 'boolean', member_id: 'bigint?' },
  },
  sql: ($) => `select id, client_id, name, description, secret_hash, grants, redirect_uris, scopes, trusted, member_id
    from oauth_app where client_id = ${$.client_id}`,
})

/** The app with this client id, or null. */
export const findApp = async (db: Db, client_id: string): Promise<App | null> =>
  ((await finding.row(db, { client_id })) as App | undefined) ?? null

/** The client's credentials: in the body, or by HTTP Basic with both parts form-encoded (RFC 6749, 2.3.1). */
function readClient(authorization: string | undefined, sent: { client_id?: string; client_secret?: string }) {
  if (authorization === undefined) return sent
  const basic = /^Basic +([A-Za-z0-9+/=_-]+)$/i.exec(authorization)?.[1]
  if (!basic) return sent
  if (sent.client_secret !== undefined)
    throw oauthError('invalid_request', 'Send the secret once: by HTTP Basic, or as client_secret.')
  const [, id, secret] = /^([^:]*):(.*)$/s.exec(Buffer.from(basic, 'base64').toString('utf8')) ?? []
  if (id === undefined || secret === undefined) throw invalidClient('Send HTTP Basic as client_id:client_secret.', true)
  const [client_id, client_secret] = [id, secret].map((part) => {
    try {
      return decodeURIComponent(part.replaceAll('+', ' '))
    } catch {
      throw invalidClient('Write client_id and client_secret as in a form before they go into HTTP Basic.', true)
    }
  }) as [string, string]
  if (client_id.includes('\0') || !client_id.isWellFormed()) throw invalidClient('There is no such client.', true)
  if (sent.client_id !== undefined && sent.client_id !== client_id)
    throw oauthError('invalid_request', 'HTTP Basic and client_id name different clients.')
  return { client_id, client_secret: client_secret === '' ? undefined : client_secret }
}

/**
 * The app that asks. It shows its secret, unless it has none.
 * @throws 401 invalid_client
 */
export async function authenticateClient(ctx: Ctx, sent: { client_id?: string; client_secret?: string }): Promise<App> {
  const { authorization } = askedOf(ctx)
  const { client_id, client_secret } = readClient(authorization, sent)
  const wrong = (message: string) => invalidClient(message, /^Basic/i.test(authorization ?? ''))
  if (!client_id) throw wrong('Say which client asks: send client_id.')
  const app = await findApp(ctx.db, client_id)
  if (!app) throw wrong('There is no such client.')
  if (app.secret_hash === null) {
    if (client_secret) throw wrong('This client is public: it has no secret.')
  } else if (!client_secret || !isSame(app.secret_hash, hashOf(client_secret)))
    throw wrong('The secret of the client is missing or wrong.')
  return app
}

/** The scopes that are asked for, or all the app may have. */
export function readScopes(asked: string | undefined, allowed: Scope[]): Scope[] {
  const names = asked?.split(' ').filter(Boolean) ?? []
  if (names.length === 0) return allowed
  if (!names.every((each) => (allowed as string[]).includes(each)))
    throw oauthError('invalid_scope', `Ask for scopes out of: ${allowed.join(' ')}.`)
  return allowed.filter((each) => names.includes(each))
}

/** Refuses an app that may not get tokens this way. */
export function checkGrant(app: App, type: GrantType): void {
  if (!app.grants.includes(type)) throw oauthError('unauthorized_client', `This client may not use the grant ${type}.`)
}
