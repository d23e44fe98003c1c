import type { Kith } from '../context.ts'
import type { Db } from '../platform/db/database.ts'
import { notFound } from '../platform/errors.ts'
import { statement } from '../platform/sql/statement.ts'

/** An app that may act for a member, or need not ask again. */
export type Allowed = { id: number; name: string; description: string; scopes: string[]; since: string | null }

const listing = statement({
  name: 'oauth: apps a member has allowed',
  takes: { member: 'bigint', now: 'timestamptz' },
  gives: { id: 'bigint', name: 'text', description: 'text', scopes: 'text[]', since: 'text?' },
  // There are few: each was allowed by hand, or had the password.
  sql: ($) => `select a.id, a.name, a.description, array(select unnest(g.scopes) union select unnest(c.scopes)
        order by 1) as scopes,
      to_char(g.since at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"') as since
    from (
      select app_id, min(created_at) as since, array_agg(distinct scope) as scopes
      from oauth_grant, unnest(scopes) scope where user_id = ${$.member} and expires_at > ${$.now} group by app_id
    ) g full join (select app_id, scopes from oauth_consent where user_id = ${$.member}) c using (app_id)
    join oauth_app a on a.id = app_id
    order by a.name, a.id limit 1000`,
})

/** The apps that may act for a member. */
export const listAllowed = (db: Db, member: number, now: Date): Promise<Allowed[]> => listing.rows(db, { member, now })

const withdrawing = statement({
  name: 'oauth: withdraw what an app was allowed',
  takes: { member: 'bigint', app: 'bigint' },
  gives: { n: 'int' },
  sql: ($) => `with grants as (
      delete from oauth_grant where user_id = ${$.member} and app_id = ${$.app} returning 1
    ), consents as (
      delete from oauth_consent where user_id = ${$.member} and app_id = ${$.app} returning 1
    )
    select ((select count(*) from grants) + (select count(*) from consents))::int as n`,
})

/** Ends everything that a member has allowed an app: it must ask again. */
export async function withdraw(kith: Kith, member: number, app: number): Promise<void> {
  const row = await withdrawing.row(kith.db, { member, app })
  if (!row?.n) throw notFound('You have allowed no app with this id anything.')
  kith.credentials.forget((each) => each.kind === 'token' && each.member === member && each.app === app)
}
