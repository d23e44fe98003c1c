import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { setImmediate as others } from 'node:timers/promises'
import type { FastifyRequest } from 'fastify'
import { type WebSocket, WebSocketServer } from 'ws'
import { Refusal, tooMany, unavailable } from '../errors.ts'
import { clientOf } from './address.ts'
import { refuseConnection } from './closing.ts'
import { nodeHttp } from './node-http.ts'
import { isLocal } from './rate.ts'
import { accessOf, type Server, type ServerOptions } from './server.ts'

/** Limits of one socket. */
const limits = {
  /** Bytes of a frame of a client, which only shows that it is alive. */
  frame: 1024,
  /** Frames of a client in ten seconds, with its pings. */
  frames: 100,
  /** Bytes that wait for a client who does not read. */
  unread: 1024 * 1024,
  perMember: 32,
  perAddress: 256,
}

/** Sockets pinged before other work gets its turn. */
const atOnce = 50

/** How long the other side has to complete the closing handshake, in ms. */
const goodbye = 2_000

/** Close codes of RFC 6455. */
export const reasons = {
  leaving: [1001, 'Kith is stopping. Connect again.'],
  refused: [1008, 'You may not listen any more. Sign in again.'],
  flood: [1008, 'You say too much.'],
} as const

/** An open socket. */
export type Socket<Who> = {
  who: Who
  /** Sends a text. A client that does not read what was sent is dropped. */
  send(text: string): void
  close(why: keyof typeof reasons): void
}

/** What the product says of its sockets. */
export type SocketRules<Who extends { member: number }> = {
  /** The address, without the slash at its end. */
  path: string
  /** Text that clients send now and then, and want back. */
  heartbeat: string
  /** Largest number of open sockets. */
  most: number
  /** How often, in seconds, a silent client is pinged. */
  patience: number
  /** Who wants to listen; throws the refusal. */
  admit(request: FastifyRequest): Promise<Who>
  /** Awaited before the client learns that the socket is open: from then on nothing may be missed. */
  opening(): Promise<void>
  opened(socket: Socket<Who>): void
  closed(socket: Socket<Who>): void
  /** Called once a second with some of the open sockets: each of them comes once every `patience` seconds. */
  lookAt(sockets: Socket<Who>[]): void
}

export type Sockets = {
  /** How many are open. */
  readonly open: number
  /** Accepts no new sockets and closes all. Resolves when they are closed. */
  stop(): Promise<void>
}

/** The sub-protocols that a client names, in its order. */
export const protocolsOf = ({ headers }: Pick<IncomingMessage, 'headers'>): string[] =>
  (headers['sec-websocket-protocol'] ?? '')
    .split(',')
    .map((each) => each.trim())
    .filter(Boolean)

const asksForSocket = ({ method, headers }: IncomingMessage) =>
  method === 'GET' && headers.upgrade?.toLowerCase() === 'websocket'

type Open<Who> = Socket<Who> & { ws: WebSocket; address: string | null; heard: boolean; frames: number; slot: number }

/**
 * Serves WebSockets at an address. Until it is admitted, a request goes the way of every other: rates, tokens, hosts,
 * and refusals in the same form. The first sub-protocol is accepted. What clients send is at most a sign of life; a
 * client that sends more, or does not read, is dropped.
 */
export function serveSockets<Who extends { member: number }>(
  { app, offered, upgrades }: Pick<Server, 'app' | 'offered' | 'upgrades'>,
  rules: SocketRules<Who>,
  { log, accessLog, rateLimit, rateLocal }: ServerOptions,
): Sockets {
  const wss = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    clientTracking: false,
    maxPayload: limits.frame,
    handleProtocols: (protocols) => [...protocols][0] as string,
  })
  wss.on('error', (error) => log.error({ err: error }, 'sockets failed'))
  wss.on('wsClientError', (error, socket) => refuseConnection(error, socket as never))

  const all = new Set<Open<Who>>()
  const slots = Array.from({ length: rules.patience }, () => new Set<Open<Who>>())
  const perMember = new Map<number, number>()
  const perAddress = new Map<string, number>()
  const asking = new WeakMap<IncomingMessage, { socket: Duplex; head: Buffer }>()
  let admitting = 0
  let second = 0
  let seconds = 0
  let stopping = false

  const count = <Key>(counts: Map<Key, number>, key: Key, by: number) => {
    const n = (counts.get(key) ?? 0) + by
    if (n) counts.set(key, n)
    else counts.delete(key)
  }

  offered.add('GET', rules.path)
  upgrades.push((incoming) => asksForSocket(incoming) && isAt(rules.path, incoming.url))
  app.server.on('upgrade', (incoming: IncomingMessage, socket: Duplex, head: Buffer) => {
    const response = new nodeHttp.ServerResponse(incoming)
    response.assignSocket(socket as never)
    socket.on('error', () => socket.destroy())
    // Only the answer goes over this connection.
    response.shouldKeepAlive = false
    response.once('finish', () => {
      response.detachSocket(socket as never)
      socket.end()
      setTimeout(() => socket.destroy(), goodbye).unref()
    })
    asking.set(incoming, { socket, head })
    app.routing(incoming, response)
  })

  app.get(rules.path, { config: { socket: true } }, async (request, reply) => {
    const { raw } = request
    const asked = asking.get(raw)
    if (!asked)
      throw new Refusal(426, [{ code: 'upgrade_required', message: 'Connect with a WebSocket.' }], {
        Upgrade: 'websocket',
      })
    const who = await rules.admit(request)
    const address = rateLimit === 0 || (rateLocal && isLocal(request)) ? null : clientOf(request)
    if (stopping) throw unavailable('Kith is stopping. Connect again in a moment.')
    if (all.size + admitting >= rules.most)
      throw unavailable('This server has no room for more sockets. Try again later.')
    if ((perMember.get(who.member) ?? 0) >= limits.perMember) throw tooMany(60)
    if (address !== null && (perAddress.get(address) ?? 0) >= limits.perAddress) throw tooMany(60)
    count(perMember, who.member, 1)
    if (address !== null) count(perAddress, address, 1)
    admitting++
    const leave = () => {
      count(perMember, who.member, -1)
      if (address !== null) count(perAddress, address, -1)
    }
    try {
      await rules.opening()
    } catch (error) {
      leave()
      throw error
    } finally {
      admitting--
    }
    reply.hijack()
    reply.raw.detachSocket(asked.socket as never)
    let there = false
    asked.socket.once('close', () => void (there || leave()))
    wss.handleUpgrade(raw, asked.socket, asked.head, (ws) => {
      there = true
      begin(ws, who, address, leave)
    })
    accessOf({ log, accessLog })?.info(
      { id: request.id, method: 'GET', url: rules.path, status: 101, user: who.member },
      'answered',
    )
  })

  function begin(ws: WebSocket, who: Who, address: string | null, leave: () => void): void {
    const open: Open<Who> = {
      ...{ ws, who, address, heard: true, frames: 0, slot: slotOfNext() },
      send(text) {
        if (ws.readyState !== ws.OPEN) return
        if (ws.bufferedAmount > limits.unread) {
          log.info({ user: who.member }, 'a socket is dropped: its client does not read')
          ws.terminate()
        } else ws.send(text)
      },
      close(why) {
        if (ws.readyState !== ws.OPEN) return
        const [code, reason] = reasons[why]
        ws.close(code, reason)
        setTimeout(() => ws.terminate(), goodbye).unref()
      },
    }
    const hear = () => {
      open.heard = true
      if (++open.frames === limits.frames) open.close('flood')
    }
    ws.on('message', (data, isBinary) => {
      hear()
      if (!isBinary && ws.readyState === ws.OPEN && String(data) === rules.heartbeat) open.send(rules.heartbeat)
    })
    ws.on('ping', hear)
    ws.on('pong', hear)
    // A malformed frame ends the socket; nobody else needs to know.
    ws.on('error', () => ws.terminate())
    ws.once('close', () => {
      all.delete(open)
      slots[open.slot]?.delete(open)
      leave()
      rules.closed(open)
      ended?.()
    })
    all.add(open)
    slots[open.slot]?.add(open)
    rules.opened(open)
    // It was opened while the others were being closed.
    if (stopping) open.close('leaving')
  }

  /** One slot per second: ten thousand at once would hold up everything else. */
  const timer = setInterval(() => {
    second = (second + 1) % rules.patience
    if (++seconds % 10 === 0) for (const each of all) each.frames = 0
    askWhether([...(slots[second] ?? [])]).catch((error) => log.error({ err: error }, 'sockets could not be looked at'))
  }, 1_000).unref()

  /** The slot furthest in the future that is not much fuller than others: after a restart all clients come at once. */
  function slotOfNext(): number {
    const most = all.size / rules.patience + atOnce
    let slot = second
    while ((slots[slot]?.size ?? 0) > most) slot = (slot + rules.patience - 1) % rules.patience
    return slot
  }

  async function askWhether(due: Open<Who>[]): Promise<void> {
    for (const [i, each] of due.entries()) {
      if (i > 0 && i % atOnce === 0) await others()
      if (!each.heard) each.ws.terminate()
      else if (each.ws.readyState === each.ws.OPEN) {
        each.heard = false
        each.ws.ping()
      }
    }
    if (due.length) rules.lookAt(due)
  }

  let ended: (() => void) | null = null
  return {
    get open() {
      return all.size
    },
    async stop() {
      stopping = true
      clearInterval(timer)
      for (const each of all) each.close('leaving')
      await new Promise<void>((resolve) => {
        ended = () => void (all.size || resolve())
        ended()
      })
    },
  }
}

/** Whether an address, as it was sent, is this path. */
function isAt(path: string, url = ''): boolean {
  const [sent = ''] = url.replace(/^https?:\/\/[^/?#]*/i, '').split('?', 1)
  return sent === path || sent === `${path}/`
}
