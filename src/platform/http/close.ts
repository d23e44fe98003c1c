import type { Server, ServerResponse } from 'node:http'
import { Server as Listener } from 'node:net'
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises'

/** A connection is closed after nothing came on it for this long, in ms. */
const idleFor = 1_000
/** This long after the end of the last request nobody is in the middle of sending one, in ms. */
const silentFor = 3_000

/**
 * Prepares a server to close without failing any client. Call it before the server listens.
 *
 * First it accepts nothing new. Connected clients are answered, with `Connection: close` on the last answer. Idle
 * connections are closed after a moment, which gives a client that was about to use one the time to do so.
 * @returns closes the server; requests that have not ended after `most` ms are cut off
 */
export function closesGently(server: Server): (most: number) => Promise<void> {
  // Not a set: the table of a set that has grown old keeps its successors alive, and so each response once open.
  const open: (ServerResponse | null)[] = []
  const free: number[] = []
  let closing = false
  const markLast = (response: ServerResponse) => {
    if (!response.headersSent) response.setHeader('connection', 'close')
  }
  server.prependListener('request', (_request, response) => {
    const at = free.pop() ?? open.length
    open[at] = response
    response.once('close', () => {
      open[at] = null
      free.push(at)
    })
    if (closing) markLast(response)
  })

  return async (most) => {
    if (!server.listening) return
    closing = true
    for (const response of open) if (response) markLast(response)
    // Connections made by now are accepted before this turn; a connection that nobody accepts is reset.
    await turn()
    // Not the server's own `close`, which would cut off everything idle at once.
    const closed = new Promise<void>((resolve) => Listener.prototype.close.call(server, () => resolve()))
    let done = false
    closed.then(() => {
      done = true
    })
    const began = performance.now()
    let busy = began
    while (!done) {
      const now = performance.now()
      if (open.length > free.length) busy = now
      if (now - began > most || now - busy > silentFor) server.closeAllConnections()
      else if (now - began > idleFor) {
        await turn()
        server.closeIdleConnections()
      }
      await Promise.race([closed, sleep(20)])
    }
  }
}
