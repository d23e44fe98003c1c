import type { Static } from 'typebox'
import { hashOf } from '../auth/opaque.ts'
import type { Ctx } from '../context.ts'
import { statement } from '../platform/sql/statement.ts'
import { authenticateClient } from './client.ts'
import { invalidClient, oauthError } from './errors.ts'
import type { Introspection } from './views.ts'

const finding = statement({
  name: 'oauth: introspect',
  takes: { hash: 'text', app: 'bigint', now: 'timestamptz' },
  gives: {
    ...{ kind: '"char"', scopes: 'text[]', username: 'text', member: 'bigint', exp: 'bigint', iat: 'bigint' },
  },
  sql: ($) => `select t.kind, array(select unnest(t.scopes) intersect select unnest(a.scopes)) as scopes, u.username,
      u.id as member, floor(extract(epoch from t.expires_at))::bigint as exp,
      floor(extract(epoch from t.created_at))::bigint as iat
    from oauth_token t join oauth_grant g on g.id = t.grant_id join oauth_app a on a.id = g.app_id
      join users u on u.id = g.user_id and u.status in ('a', 'b')
    where t.hash = ${$.hash} and g.app_id = ${$.app} and t.expires_at > ${$.now} and t.used_at is null`,
})

/** Describes a token of the client's own: RFC 7662. Any other token looks invalid to it. */
export async function introspect(
  ctx: Ctx,
  { token, ...client }: { token?: string; client_id?: string; client_secret?: string },
): Promise<Static<typeof Introspection>> {
  if (!token) throw oauthError('invalid_request', 'Send token.')
  const app = await authenticateClient(ctx, client)
  if (app.secret_hash === null) throw invalidClient('Only clients with a secret may ask.')
  const row = await finding.row(ctx.db, { hash: hashOf(token), app: app.id, now: ctx.now })
  if (!row) return { active: false }
  const { kind, scopes, username, member, exp, iat } = row
  return {
    ...{ active: true, scope: scopes.join(' '), client_id: app.client_id, username, sub: String(member), exp, iat },
    ...(kind === 'a' && { token_type: 'Bearer' as const }),
  }
}
