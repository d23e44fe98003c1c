import type { Db } from '../platform/db/database.ts'
import { statement } from '../platform/sql/statement.ts'

/** The client id of the application that Kith serves itself (`npm run web`). */
export const ownClient = 'kith-web'

/** The redirect path of that application. It is a path, because Kith's own address may vary. */
export const ownRedirect = '/signed-in'

const making = statement({
  name: 'oauth: make the app of Kith itself',
  takes: { client_id: 'text', redirect: 'text', now: 'timestamptz' },
  gives: {},
  sql: ($) => `insert into oauth_app (client_id, name, description, grants, redirect_uris, scopes, trusted, created_at)
    select ${$.client_id}, 'Web', 'The pages of this community.', '{authorization_code}', array[${$.redirect}],
      '{read,write}', true, ${$.now}
    where not exists (select from oauth_app where client_id = ${$.client_id})
    on conflict (client_id) do nothing`,
})

/** Creates the app of Kith itself if it is missing. */
export const makeOwnApp = (db: Db, now: Date) => making.rows(db, { client_id: ownClient, redirect: ownRedirect, now })

/** A redirect address. A path leads to the server that was called, and only Kith's own app has one. */
export const resolved = (redirect: string, base: string): string =>
  redirect.startsWith('/') ? `${base}${redirect}` : redirect
