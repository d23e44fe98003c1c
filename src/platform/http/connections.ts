import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { limits } from './limits.ts'
import { nodeHttp } from './node-http.ts'

/** What one connection has under way, and what it has sent beyond that. */
type Connection = { underWay: number; waiting: [IncomingMessage, ServerResponse][]; ended(): void }

/**
 * The server beneath: what a connection may cost before there is a request, and how many requests it may have.
 * @param onError hears of connections that cannot be taken, as when there are more of them than files may be open
 * @param upgrades whether a request is for another protocol that is spoken here; else its wish for one is passed over
 */
export function createListener(
  handle: RequestListener,
  onError: (error: Error) => void,
  upgrades: ((incoming: IncomingMessage) => boolean)[],
): Server {
  const connections = new WeakMap<Socket, Connection>()

  // Requests may be sent before the answers to those before them. A client that sends thousands at once waits alone:
  // a few are worked on at a time, and no more of them is read meanwhile.
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
        // Not at once: others would wait until all of them are answered.
        setImmediate(() => void (socket.destroyed || begin(connection, ...next)))
      },
    }
    return connection
  }

  const server = nodeHttp.createServer(
    {
      // A request that dribbles in holds a connection, and a stop, no longer than this.
      requestTimeout: 30_000,
      headersTimeout: 15_000,
      connectionsCheckingInterval: 5_000,
      keepAliveTimeout: 72_000,
      maxHeaderSize: limits.headers,
      // It is asked for later, so that the refusal is in our form.
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
