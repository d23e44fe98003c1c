import { createCipheriv, createECDH, hkdfSync, randomBytes } from 'node:crypto'

/** The keys that a browser gives, so that only it can read what is pushed: both as base64url. */
export type Keys = { p256dh: string; auth: string }

/** Largest message in bytes: push services need take no more (RFC 8030) once the encryption has its share. */
export const maxBytes = 3_993

const curve = 'prime256v1'
const derive = (key: Buffer, salt: Buffer, info: string | Buffer, length: number) =>
  Buffer.from(hkdfSync('sha256', key, salt, info, length))

/**
 * Encrypts a message by RFC 8291: one record of `aes128gcm`.
 * @param made the salt and the private key, new for each message
 */
export function encrypt(
  text: string,
  { p256dh, auth }: Keys,
  made: { salt?: Buffer; privateKey?: Buffer } = {},
): Buffer {
  const plain = Buffer.from(text)
  if (plain.length > maxBytes) throw new Error(`${plain.length} bytes are too many to be pushed`)
  const browser = Buffer.from(p256dh, 'base64url')
  const ecdh = createECDH(curve)
  if (made.privateKey) ecdh.setPrivateKey(made.privateKey)
  else ecdh.generateKeys()
  const own = ecdh.getPublicKey()
  const salt = made.salt ?? randomBytes(16)
  const info = Buffer.concat([Buffer.from('WebPush: info\0'), browser, own])
  const key = derive(ecdh.computeSecret(browser), Buffer.from(auth, 'base64url'), info, 32)
  const content = derive(key, salt, 'Content-Encoding: aes128gcm\0', 16)
  const cipher = createCipheriv('aes-128-gcm', content, derive(key, salt, 'Content-Encoding: nonce\0', 12))
  const size = Buffer.alloc(4)
  size.writeUInt32BE(4096)
  return Buffer.concat([
    ...[salt, size, Buffer.from([own.length]), own],
    // The last record ends with this byte.
    cipher.update(Buffer.concat([plain, Buffer.from([2])])),
    cipher.final(),
    cipher.getAuthTag(),
  ])
}

/** The keys of a browser, in either spelling of base64; null for invalid ones. */
export function readKeys(sent: Keys): { [Name in keyof Keys]: string | null } {
  const [p256dh, auth] = [Buffer.from(sent.p256dh, 'base64'), Buffer.from(sent.auth, 'base64')]
  return {
    p256dh: isPoint(p256dh) ? p256dh.toString('base64url') : null,
    auth: auth.length === 16 ? auth.toString('base64url') : null,
  }
}

/**
 * Whether these bytes are a point of the curve: other points would reveal something of the key they are multiplied
 * with.
 */
function isPoint(bytes: Buffer): boolean {
  if (bytes.length !== 65 || bytes[0] !== 4) return false
  try {
    const ecdh = createECDH(curve)
    ecdh.generateKeys()
    ecdh.computeSecret(bytes)
    return true
  } catch {
    return false
  }
}
