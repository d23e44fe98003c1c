import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { limits } from './limits.ts'
import { nodeHttp } from './node-http.ts'

/** One connection: its requests under way, and those waiting behind them. */
type Connection = { underWay: number; waiting: [IncomingMessage, ServerResponse][]; ended(): void }

/**
 * Creates the HTTP server: it limits what a connection costs before there is a request, and how many requests it has.
 * @param onError called for connections that cannot be accepted, as when too many files are open
 * @param upgrades whether a request is for another protocol that is served here; other upgrade headers are ignored
 */
export function createListener(
  handle: RequestListener,
  onError: (error: Error) => void,
  upgrades: ((incoming: IncomingMessage) => boolean)[],
): Server {
  const connections = new WeakMap<Socket, Connection>()

  // Clients may pipeline requests. One that sends thousands at once waits alone: a few are worked on at a time, and
  // no more are read meanwhile.
  function admit(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const { socket } = incoming
    let connection = connections.get(socket)
    if (!connection) {
      connection = createConnection(socket)
      connections.set(socket, connection)
    }
    if (connection.underWay < limits.underWay) begin(connection, incoming, outgoing)
    else {
      connection.waiting.push([incoming, outgoing])
      socket.pause()
    }
  }

  function begin(connection: Connection, incoming: IncomingMessage, outgoing: ServerResponse): void {
    connection.underWay++
    outgoing.once('close', connection.ended)
    handle(incoming, outgoing)
  }

  function createConnection(socket: Socket): Connection {
    const connection: Connection = {
      underWay: 0,
      waiting: [],
      ended() {
        connection.underWay--
        const next = connection.waiting.shift()
        if (!next) return
        if (!connection.waiting.length) socket.resume()
        // Not at once: other connections would wait until all of them are answered.
        setImmediate(() => void (socket.destroyed || begin(connection, ...next)))
      },
    }
    return connection
  }

  const server = nodeHttp.createServer(
    {
      // A slow request holds a connection, and a stop of the server, no longer than this.
      requestTimeout: 30_000,
      headersTimeout: 15_000,
      connectionsCheckingInterval: 5_000,
      keepAliveTimeout: 72_000,
      maxHeaderSize: limits.headers,
      // Checked later, so that the refusal has our form.
      requireHostHeader: false,
      shouldUpgradeCallback: (incoming) => upgrades.some((isFor) => isFor(incoming)),
    },
    admit,
  )
  // Before it listens, the caller of listen() gets the error.
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
