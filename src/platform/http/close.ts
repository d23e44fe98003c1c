import type { Server, ServerResponse } from 'node:http'
import { Server as Listener } from 'node:net'
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises'

/** Connections on which nothing comes for so long are closed, in ms. */
const idleFor = 1_000
/** So long after the end of the last request nobody can be in the middle of sending one, in ms. */
const silentFor = 3_000

/**
 * Lets a server be closed without anybody noticing but by being asked to connect anew. To be called before it listens.
 *
 * First nothing new is accepted. Connected clients are answered, and `Connection: close` says that this answer is
 * the last on this connection. Connections on which nothing happens are closed after a moment: a client that was about
 * to use one had the time to.
 * @returns closes the server; requests that have not ended after `most` ms are cut off
 */
export function closesGently(server: Server): (most: number) => Promise<void> {
  const open = new Set<ServerResponse>()
  let closing = false
  const markLast = (response: ServerResponse) => {
    if (!response.headersSent) response.setHeader('connection', 'close')
  }
  server.prependListener('request', (_request, response) => {
    open.add(response)
    response.once('close', () => open.delete(response))
    if (closing) markLast(response)
  })

  return async (most) => {
    if (!server.listening) return
    closing = true
    for (const response of open) markLast(response)
    // What had connected by now has been accepted when this turn comes: a connection that nobody accepts is reset.
    await turn()
    // Not the server's own way to close, which would cut off all that is idle at this very moment.
    const closed = new Promise<void>((resolve) => Listener.prototype.close.call(server, () => resolve()))
    let done = false
    closed.then(() => {
      done = true
    })
    const began = performance.now()
    let busy = began
    while (!done) {
      const now = performance.now()
      if (open.size) busy = now
      if (now - began > most || now - busy > silentFor) server.closeAllConnections()
      else if (now - began > idleFor) {
        await turn()
        server.closeIdleConnections()
      }
      await Promise.race([closed, sleep(20)])
    }
  }
}
