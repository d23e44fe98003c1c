/** Why there is no connection. */
export type UnreachableCode =
  | 'invalid_target'
  | 'forbidden_address'
  | 'dns_not_found'
  | 'dns_failed'
  | 'dns_timeout'
  | 'refused'
  | 'connect_timeout'
  | 'tls_certificate'
  | 'tls_failed'
  | 'network'

/** Why there is no answer. */
export type FailureCode =
  | UnreachableCode
  | 'reset'
  | 'closed'
  | 'malformed_response'
  | 'too_slow'
  | 'too_large'
  | 'stopped'

/** No connection was made. The message is a short sentence for the log of attempts. */
export class Unreachable extends Error {
  readonly code: UnreachableCode
  /** The address that was dialled or forbidden, if it came to that. */
  readonly address: string | null

  constructor(code: UnreachableCode, sentence: string, address: string | null = null) {
    super(sentence)
    this.name = 'Unreachable'
    this.code = code
    this.address = address
  }
}

/** Describes a failed connection or request, whatever failed: undici, a socket, TLS or our own check. */
export function describeFailure(error: unknown): { code: FailureCode; sentence: string } {
  return explain(error, 'The receiver')
}

type Failure = { code?: unknown; syscall?: unknown; cause?: unknown; errors?: unknown }

export function explain(error: unknown, who: string, depth = 0): { code: FailureCode; sentence: string } {
  if (error instanceof Unreachable) return { code: error.code, sentence: error.message }
  const { code: raw, syscall, cause, errors } = (typeof error === 'object' && error ? error : {}) as Failure
  const code = typeof raw === 'string' ? raw : ''
  const known = byCode.get(code)
  if (known) return { code: known[0], sentence: `${who} ${known[1]}` }
  const say = (kind: FailureCode, what: string) => ({ code: kind, sentence: `${who} ${what}` })

  if (code === 'ETIMEDOUT')
    return syscall === 'connect'
      ? say('connect_timeout', 'did not take the connection in time')
      : say('too_slow', 'took too long to answer')
  if (code.startsWith('ERR_SSL_') || code === 'EPROTO') return say('tls_failed', `failed the TLS handshake (${code})`)
  if (isCertificate.test(code)) return say('tls_certificate', `has a certificate that is not good (${code})`)
  const inner = Array.isArray(errors) && errors.length ? errors[0] : cause
  if (inner && depth < 5) return explain(inner, who, depth + 1)
  return say('network', `cannot be reached${/^\w+$/.test(code) ? ` (${code})` : ''}`)
}

/** Other codes of OpenSSL for a bad certificate. */
const isCertificate = /CERT|CRL|^INVALID_(CA|PURPOSE)$|^PATH_LENGTH_EXCEEDED$|^HOSTNAME_MISMATCH$/

const reset: Explanation = ['reset', 'broke the connection off']
const unknown: Explanation = ['dns_not_found', 'is not known to DNS']
const notTls: Explanation = ['tls_failed', 'does not speak TLS on this port']
const untrusted: Explanation = ['tls_certificate', 'has a certificate whose issuer is not trusted here']

type Explanation = [FailureCode, string]
const byCode = new Map<string, Explanation>(
  Object.entries({
    ECONNREFUSED: ['refused', 'refused the connection'],
    ECONNRESET: reset,
    ECONNABORTED: reset,
    EPIPE: reset,
    ENOTFOUND: unknown,
    ENODATA: unknown,
    EAI_AGAIN: ['dns_failed', 'could not be looked up in DNS'],
    UND_ERR_CONNECT_TIMEOUT: ['connect_timeout', 'did not take the connection in time'],
    ERR_SSL_WRONG_VERSION_NUMBER: notTls,
    ERR_SSL_PACKET_LENGTH_TOO_LONG: notTls,
    CERT_HAS_EXPIRED: ['tls_certificate', 'has a certificate that has expired'],
    CERT_NOT_YET_VALID: ['tls_certificate', 'has a certificate that is not valid yet'],
    ERR_TLS_CERT_ALTNAME_INVALID: ['tls_certificate', 'has a certificate for another name'],
    DEPTH_ZERO_SELF_SIGNED_CERT: ['tls_certificate', 'has a self-signed certificate'],
    SELF_SIGNED_CERT_IN_CHAIN: untrusted,
    UNABLE_TO_GET_ISSUER_CERT: untrusted,
    UNABLE_TO_GET_ISSUER_CERT_LOCALLY: untrusted,
    UNABLE_TO_VERIFY_LEAF_SIGNATURE: untrusted,
  } satisfies Record<string, Explanation>),
)
