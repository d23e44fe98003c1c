import { createHmac } from 'node:crypto'
import { headerLines } from './send.ts'

/** The signature of one attempt, and the bytes of it that are logged: 32 per secret. */
export type Signature = { header: string; digests: string }

/**
 * Signs a body as the webhook documentation says: HMAC-SHA256 of `<t>.<body>` under each secret. The documentation
 * names v0 as the live scheme and verifies v1: both carry the same digest. While a secret is being replaced, a second
 * v1 carries the digest of the old one.
 *
 * @param seconds unix time that the signature carries
 * @param secrets the present one first
 * @returns the header on one line, and the digests as hex
 */
export function sign(body: Uint8Array, secrets: string[], seconds: number): Signature {
  let signatures = ''
  let digests = ''
  for (const secret of secrets) {
    const digest = createHmac('sha256', secret).update(`${seconds}.`).update(body).digest('hex')
    signatures += `,v1=${digest}`
    digests += digest
  }
  return { header: `t=${seconds}${signatures},v0=${digests.slice(0, 64)}`, digests }
}

/** The headers of every request. Descriptions of attempts name them, too. */
export const fixedHeaders = { 'content-type': 'application/json', 'user-agent': 'Kith-Webhooks/1' }

/**
 * The headers of the Standard Webhooks specification, for receivers that use its libraries, and the part that is
 * logged.
 */
export function standardHeaders(
  body: Uint8Array,
  secrets: string[],
  seconds: number,
  event: number,
): { headers: string; digests: string } {
  const id = `evt_${event}`
  const digests = secrets.map((secret) => {
    const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64')
    return createHmac('sha256', key).update(`${id}.${seconds}.`).update(body).digest()
  })
  const signatures = digests.map((digest) => `v1,${digest.toString('base64')}`)
  const headers = { 'webhook-id': id, 'webhook-timestamp': String(seconds), 'webhook-signature': signatures.join(' ') }
  return { headers: headerLines(headers), digests: Buffer.concat(digests).toString('hex') }
}
