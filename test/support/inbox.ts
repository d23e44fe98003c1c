import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { expect } from 'vitest'
import type { Told } from './world.ts'

export type Received = {
  event: Told
  /** The bytes as they came. */
  body: string
  headers: Record<string, string>
  path: string
  at: number
}

/** How a receiver answers: a status, or whatever it likes. */
export type Answering = number | ((request: IncomingMessage, response: ServerResponse, body: string) => void)

let opened = 0
/** An address of one receiver alone. */
export const ownPath = () => `/hook?${process.pid}-${++opened}`

/**
 * Whether a request is meant for another receiver: ports of those that are away, or gone, are given out again, while
 * somebody still tries to reach them.
 */
export const isAstray = (path: string, own: string) => path.startsWith('/hook?') && path !== own

/** A webhook receiver: keeps what it got, and answers as it is told to. */
export async function openInbox(answering: Answering = 204) {
  const received: Received[] = []
  const path = ownPath()
  const server = createServer((request, response) => {
    if (isAstray(request.url ?? '', path)) {
      response.writeHead(421).end()
      return
    }
    const chunks: Buffer[] = []
    request.on('data', (chunk) => chunks.push(chunk))
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString('utf8')
      received.push({
        event: JSON.parse(body),
        body,
        headers: request.headers as Record<string, string>,
        path: request.url ?? '',
        at: performance.now(),
      })
      if (typeof inbox.answering === 'number') response.writeHead(inbox.answering).end()
      else inbox.answering(request, response, body)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  let port = (server.address() as { port: number }).port
  const inbox = {
    received,
    answering,
    url: `http://127.0.0.1:${port}${path}`,
    /** What came, as "type type ..."; in the order it came. */
    types: () => received.map(({ event }) => event.type),
    ids: () => received.map(({ event }) => event.event_id),
    /** Waits until so many have come, and makes sure that it stays at that. */
    async gets(n: number, within = 5_000) {
      await expect.poll(() => received.length, { timeout: within, interval: 5 }).toBeGreaterThanOrEqual(n)
      await new Promise((resolve) => setTimeout(resolve, 60))
      expect(inbox.types()).toHaveLength(n)
      return received
    },
    /** Goes away: connections are refused from now on, until it is back at the same address. */
    async away() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
    async back() {
      await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
      port = (server.address() as { port: number }).port
    },
    async close() {
      server.closeAllConnections()
      if (server.listening) await new Promise((resolve) => server.close(resolve))
    },
  }
  return inbox
}

export type Inbox = Awaited<ReturnType<typeof openInbox>>
