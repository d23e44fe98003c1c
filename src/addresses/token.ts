import type { Static } from 'typebox'
import type { Kith } from '../context.ts'
import { beginGrant, issueTokens } from '../oauth/grant.ts'
import type { Db } from '../platform/db/database.ts'
import { forbidden } from '../platform/errors.ts'
import Type from '../platform/schema.ts'
import { statement } from '../platform/sql/statement.ts'

/** The documented token: for a member who has shown that they received a mail. */
export const HandedToken = Type.Object(
  {
    access_token: Type.String(),
    expires_in: Type.Integer({ description: 'Seconds.' }),
    token_type: Type.String(),
    refresh_token: Type.String({ description: 'Valid once, at `/oauth/token/` with this `client_id`.' }),
    client_id: Type.String(),
    scope: Type.String(),
  },
  { $id: 'HandedToken', description: 'A token of the member.', additionalProperties: false },
)

/** The app that these tokens belong to: the community itself. It has no secret and no redirect address. */
const clientId = 'kith'

const making = statement({
  name: 'addresses: the app of the community itself',
  takes: { client: 'text', name: 'text', now: 'timestamptz' },
  gives: { id: 'bigint' },
  sql: ($) => `with made as (
      insert into oauth_app (client_id, name, description, grants, scopes, trusted, created_at)
      values (${$.client}, ${$.name}, 'Who confirms an address or chooses another password is signed in by it.',
        '{authorization_code}', '{read,write}', true, ${$.now})
      on conflict (client_id) do update set name = oauth_app.name returning id
    )
    select id from made`,
})

/** Makes a token for a member, in the transaction that proved who they are. */
export async function giveToken(kith: Kith, tx: Db, member: number, now: Date): Promise<Static<typeof HandedToken>> {
  const app = await making.row(tx, { client: clientId, name: 'Kith', now })
  const scopes: ('read' | 'write')[] = ['read', 'write']
  const grant = await beginGrant(tx, { app: (app as { id: number }).id, member, scopes, now }, { by: 'app' })
  if (grant === null) throw forbidden('This account is no longer here.')
  const given = await issueTokens(kith, tx, { grant, scopes, now, renewable: true })
  return { ...given, refresh_token: given.refresh_token ?? '', client_id: clientId }
}
