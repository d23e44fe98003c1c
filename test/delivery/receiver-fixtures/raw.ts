import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { createServer as createTlsServer, type TlsOptions, type Server as TlsServer } from 'node:tls'
import { Worker } from 'node:worker_threads'
import { isAstray, ownPath } from '../../support/inbox.ts'

/** A request, read without mercy: what is not a POST with a length throws. */
export type Request = {
  path: string
  head: string
  body: string
  /** Its place among the requests of this connection, from 1. */
  nth: number
}

/** What a receiver does, byte by byte. */
export type Way = {
  /** A connection is there, and nothing was read. */
  opened?(socket: Socket): void
  /** More of a request has come; so many bytes on this connection by now. */
  read?(socket: Socket, bytes: number): void
  /** A request is there whole. */
  asked?(socket: Socket, request: Request): void
  /** Nothing is ever read. */
  deaf?: boolean
}

export const ok = 'HTTP/1.1 204 No Content\r\n\r\n'

export type RawOptions = { tls?: TlsOptions; host?: string; port?: number }

/** A receiver that does what it is told to, by the byte. What it leaves open is closed with it. */
export async function openRaw(way: Way, { tls, host = '127.0.0.1', port: wanted = 0 }: RawOptions = {}) {
  const path = ownPath()
  const requests: Request[] = []
  const taken: Socket[] = []
  const serve = (socket: Socket) => {
    socket.on('error', () => {})
    way.opened?.(socket)
    if (way.deaf) return
    let bytes = 0
    let nth = 0
    let rest = Buffer.alloc(0)
    socket.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      rest = Buffer.concat([rest, chunk])
      for (let request = read(rest); request; request = read(rest)) {
        rest = rest.subarray(request.length)
        const { length, ...asked } = request
        if (isAstray(asked.path, path)) {
          socket.destroy()
          return
        }
        requests.push({ ...asked, nth: ++nth })
        way.asked?.(socket, requests.at(-1) as Request)
      }
      way.read?.(socket, bytes)
    })
  }
  const server = tls ? createTlsServer(tls, serve) : createServer({ allowHalfOpen: true }, serve)
  server.on('connection', (socket: Socket) => taken.push(socket.on('error', () => {})))
  server.on('tlsClientError', () => {})
  await new Promise<void>((resolve) => server.listen(wanted, host, resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `${tls ? 'https' : 'http'}://${host}:${port}${path}`,
    port,
    requests,
    taken,
    /** Shows another certificate to whoever connects from now on. */
    show: (certificate: TlsOptions) => (server as TlsServer).setSecureContext(certificate),
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve))
      for (const socket of taken) socket.destroy()
      await closed
    },
  }
}

export type Raw = Awaited<ReturnType<typeof openRaw>>

function read(bytes: Buffer): (Omit<Request, 'nth'> & { length: number }) | null {
  const end = bytes.indexOf('\r\n\r\n')
  if (end < 0) return null
  const head = bytes.toString('latin1', 0, end)
  const [, path] = /^POST (\S+) HTTP\/1\.1\r\n/.exec(head) ?? []
  const [, length] = /^content-length: (\d+)$/im.exec(head) ?? []
  if (path === undefined || length === undefined) throw new Error(`What came is not a webhook: ${head}`)
  const whole = end + 4 + Number(length)
  if (bytes.length < whole) return null
  return { path, head, body: bytes.toString('utf8', end + 4, whole), length: whole }
}

/** Writes a text a few bytes at a time, as long as somebody reads. */
export function trickle(socket: Socket, text: string, every: number): void {
  let at = 0
  const timer = setInterval(() => {
    if (at >= text.length || socket.destroyed) clearInterval(timer)
    else socket.write(text[at++] as string)
  }, every)
  socket.on('close', () => clearInterval(timer))
}

/** Writes the same without an end, as fast as it is read; gives what was written by now, in bytes. */
export function pour(socket: Socket, chunk: Buffer | string, most = Number.POSITIVE_INFINITY): () => number {
  const poured = () => {
    while (!socket.destroyed && socket.writable && socket.bytesWritten < most) if (!socket.write(chunk)) return
  }
  socket.on('drain', poured)
  poured()
  return () => socket.bytesWritten
}

const blackHole = `
const { parentPort } = require('node:worker_threads')
const { createServer } = require('node:net')
const server = createServer()
server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
  parentPort.postMessage(server.address().port)
  // Nobody takes connections from here on; the kernel drops those that no longer fit its queue.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
})`

/** A port where connections are not even refused: nothing comes back. */
export async function openBlackHole() {
  const worker = new Worker(blackHole, { eval: true })
  const port = await new Promise<number>((resolve) => worker.once('message', resolve))
  const filling: Socket[] = []
  for (let taken = true; taken; ) {
    const socket = connect(port, '127.0.0.1')
    filling.push(socket.on('error', () => {}))
    taken = await Promise.race([
      new Promise<boolean>((resolve) => socket.once('connect', () => resolve(true))),
      new Promise<boolean>((resolve) => setTimeout(resolve, 200, false)),
    ])
  }
  return {
    url: `http://127.0.0.1:${port}/hook`,
    close: async () => {
      for (const socket of filling) socket.destroy()
      await worker.terminate()
    },
  }
}
