import { hashOf } from '../auth/opaque.ts'
import type { Ctx } from '../context.ts'
import { statement } from '../platform/sql/statement.ts'
import { authenticateClient } from './client.ts'
import { oauthError } from './errors.ts'
import { forgetGrant } from './grant.ts'

const revoking = statement({
  name: 'oauth: revoke',
  takes: { hash: 'text', app: 'bigint' },
  gives: { id: 'bigint' },
  sql: ($) => `delete from oauth_grant g using oauth_token t
    where t.hash = ${$.hash} and g.id = t.grant_id and g.app_id = ${$.app} returning g.id`,
})

/**
 * Ends the grant of a token: RFC 7009. Whichever token of a pair is sent, both end, or the member would still be
 * signed in. An unknown token counts as one that has ended already.
 */
export async function revokeToken(
  ctx: Ctx,
  { token, ...client }: { token?: string; client_id?: string; client_secret?: string },
): Promise<void> {
  if (!token) throw oauthError('invalid_request', 'Send token.')
  const app = await authenticateClient(ctx, client)
  const row = await revoking.row(ctx.db, { hash: hashOf(token), app: app.id })
  if (row) forgetGrant(ctx.kith, row.id)
}
