import type { Static } from 'typebox'
import type { Scope } from '../auth/credentials.ts'
import { hashOf } from '../auth/opaque.ts'
import type { Kith } from '../context.ts'
import type { Db } from '../platform/db/database.ts'
import { statement } from '../platform/sql/statement.ts'
import type { TokenAnswer } from './views.ts'

/** Seconds: an access token as in the documentation, a refresh token from its last use, a code. */
export const lifetimes = { access: 36_000, refresh: 30 * 86_400, code: 60 }

/** How many grants of one member and one app are kept, the newest: signing in cannot fill the database. */
const mostGrants = 1_000

/** The proof that a member may be acted for. It is locked until the grant is written. */
export type Proof = { by: 'password' | 'session'; of: string } | { by: 'app' }

const beginning = statement({
  name: 'oauth: begin a grant',
  takes: {
    ...{
      app: 'bigint',
      member: 'bigint',
      scopes: 'text[]',
      now: 'timestamptz',
      expires: 'timestamptz',
      proof: 'text?',
    },
  },
  gives: { id: 'bigint' },
  variants: () => (['password', 'session', 'app'] as const).map((by) => ({ by })),
  sql($, { by }) {
    const from = {
      password: `from credential where user_id = ${$.member} and password_hash = ${$.proof} for share`,
      session: `from session where user_id = ${$.member} and hash = ${$.proof} for share`,
      app: `from users where id = ${$.member} and status in ('a', 'b')`,
    }
    return `with spare as (
        delete from oauth_grant where id in (select id from oauth_grant
          where user_id = ${$.member} and app_id = ${$.app} order by id desc offset ${mostGrants - 1})
      )
      insert into oauth_grant (app_id, user_id, scopes, created_at, expires_at)
      select ${$.app}, ${$.member}, ${$.scopes}, ${$.now}, ${$.expires} ${from[by]}
      returning id`
  },
})

/**
 * Begins a grant. Tokens belong to it, and end with it.
 * @returns its id; null if the proof is no longer valid
 */
export async function beginGrant(
  db: Db,
  { app, member, scopes, now }: { app: number; member: number; scopes: Scope[]; now: Date },
  proof: Proof,
): Promise<number | null> {
  const expires = new Date(now.getTime() + lifetimes.code * 1000)
  const of = proof.by === 'app' ? null : proof.of
  const row = await beginning.row(db, { app, member, scopes, now, expires, proof: of }, { by: proof.by })
  return row?.id ?? null
}

const issuing = statement({
  name: 'oauth: issue tokens',
  takes: {
    ...{ grant: 'bigint', access: 'text', access_ends: 'timestamptz', refresh: 'text?', refresh_ends: 'timestamptz' },
    ...{ scopes: 'text[]', now: 'timestamptz' },
  },
  gives: {},
  sql: ($) => `with cleared as (
      delete from oauth_token where grant_id = ${$.grant} and expires_at <= ${$.now}
    ), kept as (
      update oauth_grant set expires_at = greatest(expires_at,
        case when ${$.refresh} is null then ${$.access_ends} else ${$.refresh_ends} end)
      where id = ${$.grant} returning id, scopes
    )
    insert into oauth_token (hash, grant_id, kind, scopes, created_at, expires_at)
    select ${$.access}, id, 'a', ${$.scopes}, ${$.now}, ${$.access_ends} from kept
    union all
    select ${$.refresh}, id, 'r', scopes, ${$.now}, ${$.refresh_ends} from kept where ${$.refresh} is not null`,
})

/** Issues an access token of a grant, and a refresh token if it may be renewed. */
export async function issueTokens(
  kith: Kith,
  db: Db,
  { grant, scopes, now, renewable }: { grant: number; scopes: Scope[]; now: Date; renewable: boolean },
): Promise<Static<typeof TokenAnswer>> {
  const access = kith.credentials.make('access')
  const refresh = renewable ? kith.credentials.make('refresh') : null
  const after = (seconds: number) => new Date(now.getTime() + seconds * 1000)
  await issuing.rows(db, {
    ...{ grant, scopes, now, access: hashOf(access), access_ends: after(lifetimes.access) },
    ...{ refresh: refresh && hashOf(refresh), refresh_ends: after(lifetimes.refresh) },
  })
  return {
    access_token: access,
    expires_in: lifetimes.access,
    token_type: 'Bearer',
    scope: scopes.join(' '),
    ...(refresh && { refresh_token: refresh }),
  }
}

const ending = statement({
  name: 'oauth: end a grant',
  takes: { id: 'bigint' },
  gives: {},
  sql: ($) => `delete from oauth_grant where id = ${$.id}`,
})

/** Ends a grant and all its tokens. After the commit, `forgetGrant` ends it on this node. */
export const endGrant = (db: Db, id: number) => ending.rows(db, { id })
export const forgetGrant = (kith: Kith, id: number) =>
  kith.credentials.forget((each) => each.kind === 'token' && each.grant === id)
