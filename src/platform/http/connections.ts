import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { limits } from './limits.ts'

/**
 * The server beneath: what a connection may cost before there is a request, and how many requests it may have.
 * @param onError hears of connections that cannot be taken, as when there are more of them than files may be open
 */
export function createListener(handle: RequestListener, onError: (error: Error) => void): Server {
  const underWay = new WeakMap<Socket, number>()

  // Requests that come before their answers are answered one after the other, however many there are. Somebody who sends
  // thousands at once would have all others wait for them.
  function admit(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const { socket } = incoming
    // What had been read with the one that was too many.
    if (socket.destroyed) return
    const count = (underWay.get(socket) ?? 0) + 1
    if (count > limits.underWay) return void socket.destroy()
    underWay.set(socket, count)
    outgoing.once('close', () => underWay.set(socket, (underWay.get(socket) ?? 1) - 1))
    handle(incoming, outgoing)
  }

  const server = createServer(
    {
      // A request that dribbles in holds a connection, and a stop, no longer than this.
      requestTimeout: 30_000,
      headersTimeout: 15_000,
      connectionsCheckingInterval: 5_000,
      keepAliveTimeout: 72_000,
      maxHeaderSize: limits.headers,
      // It is asked for later, so that the refusal is in our form.
      requireHostHeader: false,
    },
    admit,
  )
  // Before it listens, whoever asked it to is told.
  server.on('error', (error) => {
    if (server.listening) onError(error)
  })
  server.on('checkExpectation', (_incoming: IncomingMessage, outgoing: ServerResponse) => {
    const message = 'Nothing can be expected but 100-continue.'
    const body = JSON.stringify({ errors: [{ code: 'invalid', message }] })
    const length = Buffer.byteLength(body)
    outgoing.writeHead(417, { 'Content-Type': 'application/json', 'Content-Length': length, Connection: 'close' })
    outgoing.end(body)
  })
  return server
}
