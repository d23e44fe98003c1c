import { scopes } from '../auth/credentials.ts'
import Type from '../platform/schema.ts'
import { boolean, type Field, integer, moment, nullable, plainView, shape, text } from '../platform/sql/view.ts'
import { grantTypes } from './inputs.ts'

// Every expression below reads a row of oauth_app named a.

const list = (column: string, item: Field<unknown>['schema']): Field<unknown> => ({
  schema: Type.Array(item),
  sql: `to_json(${column})::text`,
  kind: 'json',
})

/** An app as administrators see it. Its secret is shown once, when it is created. */
export const OAuthApp = plainView('OAuthApp', 'A program that may act for members.', {
  id: integer('a.id'),
  client_id: text('a.client_id'),
  name: text('a.name'),
  description: text('a.description'),
  confidential: boolean('a.secret_hash is not null'),
  grants: list('a.grants', Type.Enum(grantTypes)),
  redirect_uris: list('a.redirect_uris', Type.String()),
  scopes: list('a.scopes', Type.Enum(scopes)),
  trusted: boolean('a.trusted'),
  member_id: { ...integer('a.member_id'), schema: nullable(Type.Integer()) },
  created_at: moment('a.created_at'),
})

/** The same with its secret, which is null if there is none. */
export const OAuthAppMade = shape(
  'OAuthAppMade',
  Type.Object(
    { ...OAuthApp.schema.properties, client_secret: nullable(Type.String()) },
    { $id: 'OAuthAppMade', description: 'An app and its secret, shown only once.', additionalProperties: false },
  ),
)

/** The token answer of RFC 6749 (5.1). */
export const TokenAnswer = Type.Object(
  {
    access_token: Type.String(),
    expires_in: Type.Integer({ description: 'Seconds.' }),
    token_type: Type.Literal('Bearer'),
    scope: Type.String({ description: '`read`, `write` or both.' }),
    refresh_token: Type.Optional(Type.String({ description: 'Good for one use.' })),
  },
  { $id: 'OAuthToken', description: 'A token.', additionalProperties: false },
)

/** RFC 7662 (2.2). */
export const Introspection = Type.Object(
  {
    active: Type.Boolean(),
    scope: Type.Optional(Type.String()),
    client_id: Type.Optional(Type.String()),
    username: Type.Optional(Type.String()),
    sub: Type.Optional(Type.String({ description: 'Id of the member.' })),
    token_type: Type.Optional(Type.Literal('Bearer')),
    exp: Type.Optional(Type.Integer()),
    iat: Type.Optional(Type.Integer()),
  },
  { $id: 'OAuthIntrospection', additionalProperties: false },
)

/** An app as a member sees it who has allowed it something. */
export const AllowedApp = Type.Object(
  {
    id: Type.Integer(),
    name: Type.String(),
    description: Type.String(),
    scopes: Type.Array(Type.Enum(scopes)),
    since: nullable(Type.String({ format: 'date-time', description: 'null if it has no tokens at the moment.' })),
  },
  { $id: 'AllowedApp', description: 'An app that may act for the member.', additionalProperties: false },
)
