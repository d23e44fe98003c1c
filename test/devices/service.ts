import { createDecipheriv, createECDH, hkdfSync, randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export type Pushed = { path: string; headers: Record<string, string | string[] | undefined>; body: Buffer }

/** A push service, as vendors of browsers have them. */
export async function openService() {
  const pushed: Pushed[] = []
  let status = 201
  let headers: Record<string, string> = {}
  const server = createServer((request, response) => {
    const pieces: Buffer[] = []
    request.on('data', (piece) => pieces.push(piece))
    request.on('end', () => {
      pushed.push({ path: request.url ?? '', headers: request.headers, body: Buffer.concat(pieces) })
      response.writeHead(status, headers).end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    /** What came since it was asked the last time. */
    pushed: () => pushed.splice(0),
    answer(next: number, more: Record<string, string> = {}) {
      status = next
      headers = more
    },
    close: () =>
      new Promise((resolve) => {
        server.close(resolve)
        server.closeAllConnections()
      }),
  }
}

/** A browser that subscribes, and reads what is pushed to it. */
export function createBrowser() {
  const ecdh = createECDH('prime256v1')
  const point = ecdh.generateKeys()
  const auth = randomBytes(16)
  return {
    keys: { p256dh: point.toString('base64'), auth: auth.toString('base64') },
    /** By RFC 8291, as browsers do. */
    read(body: Buffer): string {
      const [salt, own] = [body.subarray(0, 16), body.subarray(21, 86)]
      const derive = (key: Buffer, given: Buffer, info: Buffer, length: number) =>
        Buffer.from(hkdfSync('sha256', key, given, info, length))
      const info = Buffer.concat([Buffer.from('WebPush: info\0'), point, own])
      const key = derive(ecdh.computeSecret(own), auth, info, 32)
      const content = derive(key, salt, Buffer.from('Content-Encoding: aes128gcm\0'), 16)
      const nonce = derive(key, salt, Buffer.from('Content-Encoding: nonce\0'), 12)
      const decipher = createDecipheriv('aes-128-gcm', content, nonce)
      decipher.setAuthTag(body.subarray(-16))
      const plain = Buffer.concat([decipher.update(body.subarray(86, -16)), decipher.final()])
      return plain.subarray(0, plain.lastIndexOf(2)).toString()
    },
  }
}
