import { createECDH, hkdfSync } from 'node:crypto'
import { importJWK, SignJWT } from 'jose'

/** The identity of this community for push services (RFC 8292). */
export type Vapid = {
  /** The public key, as browsers get it. */
  publicKey: string
  /**
   * The header for a push service.
   * @param origin of the push service
   * @param subject the contact for the service
   */
  authorization(origin: string, subject: string, now: Date): Promise<string>
}

/** Order of the curve P-256: private keys are from 1 to one less. */
const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n

/** How long a signature is valid, in seconds; services accept a day at most. */
const lifetime = 12 * 3600

/** The key derived from the community's secret: the same on every node, and stored nowhere. */
function derive(secret: string): Buffer {
  const bytes = Buffer.from(hkdfSync('sha256', secret, '', 'kith web push', 48))
  const number = (BigInt(`0x${bytes.toString('hex')}`) % (order - 1n)) + 1n
  return Buffer.from(number.toString(16).padStart(64, '0'), 'hex')
}

/** @param key the private key, 32 bytes as base64url; by default derived from the secret */
export function createVapid(secret: string, key?: string | null): Vapid {
  const ecdh = createECDH('prime256v1')
  ecdh.setPrivateKey(key ? Buffer.from(key, 'base64url') : derive(secret))
  const point = ecdh.getPublicKey()
  const text = (bytes: Buffer) => bytes.toString('base64url')
  const coordinates = { x: text(point.subarray(1, 33)), y: text(point.subarray(33)) }
  const d = text(Buffer.from(ecdh.getPrivateKey('hex').padStart(64, '0'), 'hex'))
  const signing = importJWK({ kty: 'EC', crv: 'P-256', ...coordinates, d }, 'ES256')
  const signed = new Map<string, { until: number; header: string }>()
  return {
    publicKey: text(point),
    async authorization(origin, subject, now) {
      const seconds = Math.floor(now.getTime() / 1000)
      const known = signed.get(origin)
      if (known && known.until > seconds && known.until < seconds + lifetime) return known.header
      const token = await new SignJWT({ aud: origin, sub: subject, exp: seconds + lifetime })
        .setProtectedHeader({ typ: 'JWT', alg: 'ES256' })
        .sign(await signing)
      const header = `vapid t=${token}, k=${text(point)}`
      // Clients name the service, so only a few are cached.
      if (signed.size >= 100) signed.clear()
      signed.set(origin, { until: seconds + lifetime / 2, header })
      return header
    },
  }
}

/** Whether a text is a private key, as in KITH_VAPID_KEY. */
export function isVapidKey(text: string): boolean {
  const bytes = Buffer.from(text, 'base64url')
  if (bytes.length !== 32 || bytes.toString('base64url') !== text) return false
  const number = BigInt(`0x${bytes.toString('hex')}`)
  return number > 0n && number < order
}
