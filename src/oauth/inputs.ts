import type { Static } from 'typebox'
import { scopes } from '../auth/credentials.ts'
import { badField } from '../platform/errors.ts'
import { line } from '../platform/http/input.ts'
import Type from '../platform/schema.ts'
import { nullable } from '../platform/sql/view.ts'

export const appId = Type.Integer({
  minimum: 1,
  maximum: Number.MAX_SAFE_INTEGER,
  description: 'Id of the app.',
})

export const grantTypes = ['authorization_code', 'implicit', 'password', 'client_credentials'] as const
export type GrantType = (typeof grantTypes)[number]

const name = line({
  minLength: 1,
  maxLength: 255,
  description: 'The name that members see when they are asked.',
})
const description = line({ maxLength: 255 })
const grants = Type.Array(Type.Enum(grantTypes), {
  minItems: 1,
  maxItems: 4,
  description: 'How it gets tokens. `refresh_token` goes with `authorization_code` and `password`.',
})
const redirectUris = Type.Array(Type.String({ minLength: 1, maxLength: 2_000 }), {
  maxItems: 20,
  description: 'Where members may be sent back to. Compared character by character.',
})
const scopeList = Type.Array(Type.Enum(scopes), { minItems: 1, maxItems: 2 })
const trusted = Type.Boolean({ description: 'An app of the community itself: members are not asked.' })
const memberId = nullable(
  Type.Integer({
    minimum: 1,
    maximum: Number.MAX_SAFE_INTEGER,
    description: 'The member that `client_credentials` acts as.',
  }),
)

export const appInputs = {
  name,
  description: Type.Optional(description),
  confidential: Type.Optional(Type.Boolean({ description: 'Whether it can keep a secret; true by default.' })),
  grants: Type.Optional(grants),
  redirect_uris: Type.Optional(redirectUris),
  scopes: Type.Optional(scopeList),
  trusted: Type.Optional(trusted),
  member_id: Type.Optional(memberId),
}

export const appChanges = {
  name: Type.Optional(name),
  description: Type.Optional(description),
  grants: Type.Optional(grants),
  redirect_uris: Type.Optional(redirectUris),
  scopes: Type.Optional(scopeList),
  trusted: Type.Optional(trusted),
  member_id: Type.Optional(memberId),
}

const inputs = Type.Object(appInputs)
export type SentApp = Static<typeof inputs>

/** The fields of an app that the rules check. */
export type AppShape = {
  grants: readonly string[]
  redirect_uris: readonly string[]
  member_id: number | null
  confidential: boolean
}

/** Why members cannot be redirected to an address, in a sentence; null if they can. */
export function faultOfRedirect(uri: string): string | null {
  if (!URL.canParse(uri) || /[\s\\*]/.test(uri)) return 'is not a whole address'
  const { protocol, hostname, username, password, hash } = new URL(uri)
  if (hash || uri.includes('#')) return 'has a fragment, where tokens are to go'
  if (username || password) return 'has a name or a password in it'
  if (protocol === 'https:') return null
  if (protocol === 'http:')
    return /^(localhost|127\.0\.0\.1|\[::1\])$/.test(hostname) ? null : 'goes over http: only https is private'
  // For example com.example.app:/callback, which belongs to the owner of the domain (RFC 8252, 7.1).
  return /^[a-z][a-z0-9+-]*(\.[a-z0-9+-]+)+:$/.test(protocol) ? null : 'is of a scheme that is nobody’s own'
}

/** Refuses an app that could never get a token, or would give it to somebody else. */
export function checkApp({ grants, redirect_uris, member_id, confidential }: AppShape): void {
  for (const uri of redirect_uris) {
    const fault = faultOfRedirect(uri)
    if (fault)
      throw badField(
        'redirect_uris',
        'invalid',
        `"${uri.slice(0, 100)}" ${fault}. Send addresses as https://app.example/callback.`,
      )
  }
  const redirects = grants.includes('authorization_code') || grants.includes('implicit')
  if (redirects && redirect_uris.length === 0)
    throw badField('redirect_uris', 'required', 'Name where members are sent back to.')
  if (!grants.includes('client_credentials')) return
  if (!confidential)
    throw badField(
      'grants',
      'invalid',
      'client_credentials is for apps that can keep a secret: send confidential true.',
    )
  if (member_id === null)
    throw badField('member_id', 'required', 'Name the member that the app acts as by client_credentials.')
}
