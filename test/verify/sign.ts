import { createHmac } from 'node:crypto'

/** The digest of a body under a secret at a time, in seconds. */
export const digestOf = (body: string | Uint8Array, secret: string, time: number) =>
  createHmac('sha256', secret).update(`${time}.`).update(body).digest('hex')

/** The `SelfCommunity-Signature` of a body: with several secrets, as while one is rotated, a v1 of each. */
export function sign(body: string | Uint8Array, time: number, ...secrets: [string, ...string[]]): string {
  const digests = secrets.map((secret) => digestOf(body, secret, time))
  return [`t=${time}`, ...digests.map((digest) => `v1=${digest}`), `v0=${digests[0]}`].join(',')
}
