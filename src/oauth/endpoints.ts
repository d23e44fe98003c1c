import { admin, anyone, member } from '../auth/audience.ts'
import { scopes } from '../auth/credentials.ts'
import { askedOf, endpoint } from '../context.ts'
import { created, data, dataPage, nothing, one, page } from '../platform/http/endpoint.ts'
import { secret } from '../platform/http/input.ts'
import { pageOf } from '../platform/http/page.ts'
import Type from '../platform/schema.ts'
import { listAllowed, withdraw } from './allowed.ts'
import { changeApp, createApp, deleteApp, listApps, replaceSecret, showApp } from './apps.ts'
import { oauth } from './errors.ts'
import { appChanges, appId, appInputs } from './inputs.ts'
import { introspect } from './introspect.ts'
import { revokeToken } from './revoke.ts'
import { giveToken } from './token.ts'
import { AllowedApp, Introspection, OAuthApp, OAuthAppMade, TokenAnswer } from './views.ts'

const text = (description: string) => Type.Optional(Type.String({ maxLength: 2_000, description }))
const hidden = (description: string) => Type.Optional(secret({ description, maxLength: 2_000 }))

const client = {
  client_id: text('The app that asks. Or by HTTP Basic.'),
  client_secret: hidden('Its secret, unless it is public. Or by HTTP Basic.'),
}

const refuses = {
  400: 'The request is not good; `error` says why, as RFC 6749 (5.2) names it.',
  401: 'The client is not known, or its secret is wrong.',
}

export const token = endpoint('POST /oauth/token/', {
  summary: 'Get or refresh a token',
  description:
    'OAuth 2.0: for a code, for name and password if the app may ask for them, for a refresh token, or for the ' +
    'app itself. A refresh token is valid once; used again, it ends its grant with all tokens.',
  who: anyone,
  standard: oauth,
  takes: {
    ...client,
    grant_type: text('`authorization_code`, `password`, `refresh_token` or `client_credentials`.'),
    code: hidden('The code that the member came back with.'),
    redirect_uri: text('The one that the code was asked with.'),
    code_verifier: hidden('What the `code_challenge` was made of.'),
    username: text('Username or e-mail address.'),
    password: hidden('Their password.'),
    refresh_token: hidden('The last refresh token.'),
    scope: text('`read`, `write` or both; all that the app may have unless given.'),
  },
  returns: data(TokenAnswer),
  refuses: { ...refuses, 429: 'Too many attempts with wrong passwords.' },
  act: giveToken,
})

export const revoke = endpoint('POST /oauth/revoke_token/', {
  summary: 'Revoke a token',
  description: 'RFC 7009. Access and refresh token end together. An unknown token gets the same answer.',
  who: anyone,
  standard: oauth,
  takes: { ...client, token: hidden('An access or refresh token of the app.'), token_type_hint: text('Not needed.') },
  returns: data(Type.Object({}, { additionalProperties: false })),
  refuses,
  async act(ctx, input) {
    await revokeToken(ctx, input)
    return {}
  },
})

export const introspection = endpoint('POST /oauth/introspect/', {
  summary: 'Look at a token',
  description: 'RFC 7662, for apps with a secret, about their own tokens.',
  extension: true,
  who: anyone,
  standard: oauth,
  takes: { ...client, token: hidden('An access or refresh token of the app.'), token_type_hint: text('Not needed.') },
  returns: data(Introspection),
  refuses,
  act: introspect,
})

const Metadata = Type.Object(
  {
    issuer: Type.String(),
    authorization_endpoint: Type.String(),
    token_endpoint: Type.String(),
    revocation_endpoint: Type.String(),
    introspection_endpoint: Type.String(),
    scopes_supported: Type.Array(Type.String()),
    response_types_supported: Type.Array(Type.String()),
    response_modes_supported: Type.Array(Type.String()),
    grant_types_supported: Type.Array(Type.String()),
    token_endpoint_auth_methods_supported: Type.Array(Type.String()),
    revocation_endpoint_auth_methods_supported: Type.Array(Type.String()),
    introspection_endpoint_auth_methods_supported: Type.Array(Type.String()),
    code_challenge_methods_supported: Type.Array(Type.String()),
    authorization_response_iss_parameter_supported: Type.Boolean(),
    service_documentation: Type.String(),
    ui_locales_supported: Type.Array(Type.String()),
  },
  { $id: 'OAuthMetadata', description: 'RFC 8414 (2).', additionalProperties: false },
)

export const metadata = endpoint('GET /.well-known/oauth-authorization-server', {
  summary: 'What clients of OAuth 2.0 need to know',
  description: 'RFC 8414.',
  extension: true,
  who: anyone,
  returns: data(Metadata),
  act(ctx) {
    const { base } = askedOf(ctx)
    const secrets = ['client_secret_basic', 'client_secret_post']
    return {
      issuer: base,
      authorization_endpoint: `${base}/oauth/authorize/`,
      token_endpoint: `${base}/oauth/token/`,
      revocation_endpoint: `${base}/oauth/revoke_token/`,
      introspection_endpoint: `${base}/oauth/introspect/`,
      scopes_supported: [...scopes],
      response_types_supported: ['code', 'token'],
      response_modes_supported: ['query', 'fragment'],
      grant_types_supported: ['authorization_code', 'implicit', 'password', 'client_credentials', 'refresh_token'],
      token_endpoint_auth_methods_supported: [...secrets, 'none'],
      revocation_endpoint_auth_methods_supported: [...secrets, 'none'],
      introspection_endpoint_auth_methods_supported: secrets,
      code_challenge_methods_supported: ['S256'],
      authorization_response_iss_parameter_supported: true,
      service_documentation: `${base}/docs`,
      ui_locales_supported: ['en', 'it'],
    }
  },
})

const made = created(OAuthAppMade)

export const listAll = endpoint('GET /api/v2/oauth/apps/', {
  summary: 'List apps',
  extension: true,
  who: admin,
  returns: page(OAuthApp),
  act: (ctx, { page }) => listApps(ctx, page),
})

export const create = endpoint('POST /api/v2/oauth/apps/', {
  summary: 'Create an app',
  description: 'Creates a program that may act for members. The answer has its secret, which is shown only once.',
  extension: true,
  who: admin,
  takes: appInputs,
  returns: made,
  act: (ctx, input) => createApp(ctx, input),
})

export const show = endpoint('GET /api/v2/oauth/apps/{id}/', {
  summary: 'Get an app',
  extension: true,
  who: admin,
  takes: { id: appId },
  returns: one(OAuthApp),
  act: (ctx, { id }) => showApp(ctx, id),
})

export const change = endpoint('PATCH /api/v2/oauth/apps/{id}/', {
  summary: 'Change an app',
  description: 'Fields that are left out stay. Its tokens lose the scopes that it loses.',
  extension: true,
  who: admin,
  takes: { id: appId, ...appChanges },
  returns: one(OAuthApp),
  act: (ctx, { id, ...changes }) => changeApp(ctx, id, changes),
})

export const newSecret = endpoint('POST /api/v2/oauth/apps/{id}/secret/', {
  summary: 'Replace the secret of an app',
  description: 'At once: the old secret is no longer valid. Tokens stay.',
  extension: true,
  who: admin,
  takes: { id: appId },
  returns: one(OAuthAppMade),
  act: (ctx, { id }) => replaceSecret(ctx, id),
})

export const remove = endpoint('DELETE /api/v2/oauth/apps/{id}/', {
  summary: 'Delete an app',
  description: 'All its tokens end.',
  extension: true,
  who: admin,
  takes: { id: appId },
  returns: nothing,
  act: (ctx, { id }) => deleteApp(ctx, id),
})

export const listMine = endpoint('GET /api/v2/oauth/allowed/', {
  summary: 'List the apps that may act for you',
  extension: true,
  who: member,
  returns: dataPage(AllowedApp),
  act: async ({ db, actor, now }, { page }) => pageOf(await listAllowed(db, actor.id, now), page),
})

export const withdrawMine = endpoint('DELETE /api/v2/oauth/allowed/{id}/', {
  summary: 'Withdraw what you have allowed an app',
  description: 'All tokens it has of yours end, and it must ask again.',
  extension: true,
  who: member,
  takes: { id: appId },
  returns: nothing,
  act: ({ kith, actor }, { id }) => withdraw(kith, actor.id, id),
})
