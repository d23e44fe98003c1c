import { randomBytes } from 'node:crypto'
import { hashOf } from '../auth/opaque.ts'
import type { Ctx } from '../context.ts'
import { constraintOf, type Db } from '../platform/db/database.ts'
import { badField, notFound, refused } from '../platform/errors.ts'
import type { Json } from '../platform/http/endpoint.ts'
import type { PageRequest, PageRows } from '../platform/http/page.ts'
import { list } from '../platform/sql/list.ts'
import { statement } from '../platform/sql/statement.ts'
import { type Rendering, renderSql, shown } from '../platform/sql/view.ts'
import { type AppShape, checkApp, type SentApp } from './inputs.ts'
import { OAuthApp } from './views.ts'

const noApp = () => notFound('No app has this id.')
const render = renderSql(OAuthApp, null)

/** The refusal if the statement failed because the member that the app should act as does not exist. */
const noActor = (error: unknown) =>
  constraintOf(error) === 'oauth_app_member_id_fkey'
    ? badField('member_id', 'invalid', 'No member has this id.')
    : error

const all = list({
  name: 'oauth: apps',
  takes: {},
  sql: () => ({
    columns: '',
    from: 'from oauth_app x where true',
    keys: [{ sql: 'x.id', descending: true, type: 'bigint' }],
    joins: 'join oauth_app a on a.id = p.k0',
    render,
    count: 'select count(*) from oauth_app',
  }),
})

/** A page of the apps, newest first. */
export const listApps = ({ db }: Ctx, page: PageRequest): Promise<PageRows<'OAuthApp'>> => all.page(db, {}, page)

const showing = statement({
  name: 'oauth: show an app',
  takes: { id: 'bigint' },
  gives: { json: shown(OAuthApp) },
  sql: ($) => `select ${render} as json from oauth_app a where id = ${$.id}`,
})

export async function showApp({ db }: { db: Db }, id: number): Promise<Json<'OAuthApp'>> {
  const row = await showing.row(db, { id })
  if (!row) throw noApp()
  return row
}

const creating = statement({
  name: 'oauth: create an app',
  takes: {
    ...{ client_id: 'text', secret_hash: 'text?', name: 'text', description: 'text', grants: 'text[]' },
    ...{ redirect_uris: 'text[]', scopes: 'text[]', trusted: 'boolean', member_id: 'bigint?', now: 'timestamptz' },
  },
  gives: { json: shown(OAuthApp) },
  sql: ($) => `with a as (
      insert into oauth_app (client_id, secret_hash, name, description, grants, redirect_uris, scopes, trusted,
        member_id, created_at)
      values (${$.client_id}, ${$.secret_hash}, ${$.name}, ${$.description}, ${$.grants}, ${$.redirect_uris},
        ${$.scopes}, ${$.trusted}, ${$.member_id}, ${$.now})
      returning *
    )
    select ${render} as json from a`,
})

/** An app and its secret, as JSON. */
const withSecret = (json: Rendering<'OAuthApp'>, secret: string | null): Json<'OAuthAppMade'> => ({
  json: `${json.slice(0, -1)},"client_secret":${JSON.stringify(secret)}}` as Rendering<'OAuthAppMade'>,
})

/** Creates an app. Its secret is in this answer, and nowhere else. */
export async function createApp(
  { kith, db, now }: Pick<Ctx, 'kith' | 'db' | 'now'>,
  sent: SentApp,
): Promise<Json<'OAuthAppMade'>> {
  const { name, description = '', confidential = true, trusted = false, member_id = null } = sent
  const grants = [...new Set(sent.grants ?? ['authorization_code'])]
  const redirect_uris = [...new Set(sent.redirect_uris ?? [])]
  const scopes = [...new Set(sent.scopes ?? ['read', 'write'])]
  checkApp({ grants, redirect_uris, member_id, confidential })
  const secret = confidential ? kith.credentials.make('client') : null
  const values = {
    ...{ client_id: randomBytes(20).toString('hex'), secret_hash: secret && hashOf(secret), name, description },
    ...{ grants, redirect_uris, scopes, trusted, member_id, now },
  }
  try {
    const row = await creating.row(db, values)
    return withSecret((row as Json<'OAuthApp'>).json, secret)
  } catch (error) {
    throw noActor(error)
  }
}

const locking = statement({
  name: 'oauth: lock an app',
  takes: { id: 'bigint' },
  gives: { name: 'text', grants: 'text[]', redirect_uris: 'text[]', member_id: 'bigint?', confidential: 'boolean' },
  sql: ($) => `select name, grants, redirect_uris, member_id, secret_hash is not null as confidential
    from oauth_app where id = ${$.id} for update`,
})

const changing = statement({
  name: 'oauth: change an app',
  takes: { id: 'bigint', changes: 'json' },
  gives: { json: shown(OAuthApp) },
  sql: ($) => `with a as (
      update oauth_app a set (name, description, grants, redirect_uris, scopes, trusted, member_id) =
        row(n.name, n.description, n.grants, n.redirect_uris, n.scopes, n.trusted, n.member_id)
      from (select (json_populate_record(before, ${$.changes})).* from oauth_app before where id = ${$.id}) n
      where a.id = ${$.id} returning a.*
    )
    select ${render} as json from a`,
})

/** Changes the given fields of an app. Its tokens lose what it may no longer do. */
export async function changeApp({ kith, db }: Ctx, id: number, changes: Partial<SentApp>): Promise<Json<'OAuthApp'>> {
  try {
    const row = await db.transaction(async (tx) => {
      const app = await locking.row(tx, { id })
      if (!app) throw noApp()
      checkApp({ ...app, ...changes } as AppShape)
      return changing.row(tx, { id, changes: JSON.stringify(changes) })
    })
    kith.credentials.forget((each) => each.kind === 'token' && each.app === id)
    return row as Json<'OAuthApp'>
  } catch (error) {
    throw noActor(error)
  }
}

const replacing = statement({
  name: 'oauth: replace a secret',
  takes: { id: 'bigint', secret_hash: 'text' },
  gives: { json: shown(OAuthApp) },
  sql: ($) => `with a as (
      update oauth_app set secret_hash = ${$.secret_hash} where id = ${$.id} and secret_hash is not null returning *
    )
    select ${render} as json from a`,
})

/** Replaces the secret of an app at once. */
export async function replaceSecret({ kith, db }: Ctx, id: number): Promise<Json<'OAuthAppMade'>> {
  const secret = kith.credentials.make('client')
  const row = await replacing.row(db, { id, secret_hash: hashOf(secret) })
  if (row) return withSecret(row.json, secret)
  await showApp({ db }, id)
  throw refused('public_app', 'This app is public: it has no secret. Make another that is confidential.')
}

const deleting = statement({
  name: 'oauth: delete an app',
  takes: { id: 'bigint' },
  gives: { id: 'bigint' },
  sql: ($) => `delete from oauth_app where id = ${$.id} returning id`,
})

/** Deletes an app. Everything it was allowed ends. */
export async function deleteApp({ kith, db }: Ctx, id: number): Promise<void> {
  if (!(await deleting.row(db, { id }))) throw noApp()
  kith.credentials.forget((each) => each.kind === 'token' && each.app === id)
}
