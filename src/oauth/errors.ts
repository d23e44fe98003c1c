import { Refusal } from '../platform/errors.ts'
import type { Standard } from '../platform/http/endpoint.ts'

/** The errors of RFC 6749 (4.1.2.1, 5.2) that Kith uses. */
const codes = [
  'invalid_request',
  'invalid_client',
  'invalid_grant',
  'unauthorized_client',
  'unsupported_grant_type',
  'unsupported_response_type',
  'unsupported_token_type',
  'invalid_scope',
  'access_denied',
] as const

export type OAuthCode = (typeof codes)[number]

/** A refusal in the terms of OAuth 2.0. */
export const oauthError = (code: OAuthCode, message: string, status = 400, headers: Record<string, string> = {}) =>
  new Refusal(status, [{ code, message }], headers)

/**
 * The client is unknown, or did not show its secret.
 * @param basic it tried HTTP Basic: only then is it asked for that again, or browsers would ask the member
 */
export const invalidClient = (message: string, basic = false) =>
  oauthError('invalid_client', message, 401, basic ? { 'WWW-Authenticate': 'Basic realm="oauth"' } : {})

function codeOf({ status, errors: [first] }: Refusal): string {
  if (first && 'code' in first && (codes as readonly string[]).includes(first.code)) return first.code
  if (status === 503 || status === 429) return 'temporarily_unavailable'
  return status >= 500 ? 'server_error' : 'invalid_request'
}

function sentenceOf({ message, errors: [first] }: Refusal): string {
  const sentence = first && 'field' in first ? `${first.field}: ${message}` : message
  // The standard allows no other characters.
  return sentence.replaceAll('"', "'").replace(/[^\x20-\x5b\x5d-\x7e]/g, '?')
}

/** Refusals as in RFC 6749 (5.2), together with the fields of the rest of the API. */
export const oauth: Standard = {
  bodyOf: (refusal) => ({
    error: codeOf(refusal),
    error_description: sentenceOf(refusal),
    errors: refusal.errors,
  }),
}
