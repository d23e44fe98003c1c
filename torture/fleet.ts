/**
 * Receivers of webhooks, as they are in the world: quick ones and slow ones, some that fail, hang or are away at times.
 * They keep what they got, and check every signature as it comes.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { verify } from '../packages/verify/src/index.ts'

export type Mood = 'quick' | 'slow' | 'failing' | 'hanging' | 'away'

export type Receiver = {
  name: string
  mood: Mood
  types: string[]
  url: string
  /** Of the endpoint, once Kith has made it. */
  id: number
  secret: string
  /** By event: what came since the last look. */
  got: Map<number, Got>
  /** When requests came (on the monotonic clock), while somebody measures. */
  arrivals: number[] | null
}

export type Got = {
  /** How often it came, and how often that was answered with 2xx. */
  times: number
  taken: number
  /** The bytes; how often they were others. */
  body: string
  differs: number
  /** By "digest status": how often. A request that was never answered has no status. */
  each: Map<string, number>
}

export type Fleet = {
  receivers: Receiver[]
  findings: string[]
  /** Requests that have come, and those of them that are not answered. */
  received(): number
  unanswered(): number
  /** As many as were unanswered at once since this was last asked. */
  peak(): number
  /** Everybody is well from now on, or has moods again. */
  calm(calm: boolean): Promise<void>
  close(): Promise<void>
}

export async function openFleet(
  wanted: Pick<Receiver, 'name' | 'mood' | 'types'>[],
  roll: () => number,
): Promise<Fleet> {
  const findings: string[] = []
  let received = 0
  let open = 0
  let most = 0
  let isCalm = false

  function answer(receiver: Receiver, response: ServerResponse, body: string, header: string): void {
    let event: number
    try {
      event = verify(body, header, receiver.secret).event_id
    } catch (error) {
      findings.push(`${receiver.name} cannot believe what it got: ${(error as Error).message} ${body.slice(0, 200)}`)
      response.writeHead(400).end()
      return
    }
    received++
    receiver.arrivals?.push(performance.now())
    const status = statusOf(receiver.mood)
    const got = receiver.got.get(event) ?? { times: 0, taken: 0, body, differs: 0, each: new Map() }
    got.times++
    if (got.body !== body) got.differs++
    if (status === 204) got.taken++
    const key = `${/v1=(\w+)/.exec(header)?.[1]} ${status ?? ''}`
    got.each.set(key, (got.each.get(key) ?? 0) + 1)
    receiver.got.set(event, got)

    most = Math.max(most, ++open)
    response.once('close', () => open--)
    if (status === null) return
    const reply = () => response.writeHead(status).end()
    if (receiver.mood === 'slow') setTimeout(reply, isCalm ? 10 : 50 + roll() * 250)
    else reply()
  }

  function statusOf(mood: Mood): number | null {
    if (isCalm) return 204
    if (mood === 'failing' && roll() < 0.25) return roll() < 0.5 ? 500 : 302
    if (mood === 'hanging' && roll() < 0.03) return null
    return 204
  }

  function take(request: IncomingMessage, response: ServerResponse): void {
    const chunks: Buffer[] = []
    request.on('data', (chunk) => chunks.push(chunk))
    request.on('end', () => {
      const receiver = receivers.find(({ name }) => `/${name}` === request.url)
      const header = request.headers['selfcommunity-signature']
      if (receiver) answer(receiver, response, Buffer.concat(chunks).toString('utf8'), String(header))
      else response.writeHead(404).end()
    })
  }

  // Those that are away at times have a server of their own, to be away with.
  const servers = [createServer(take), createServer(take)] as const
  const listen = (server: (typeof servers)[number], port = 0) =>
    new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  for (const server of servers) {
    // Nobody closes a connection at the moment it is used again: what came twice, was sent twice.
    server.keepAliveTimeout = 0
    await listen(server)
  }
  const ports = servers.map((server) => (server.address() as AddressInfo).port)
  const receivers: Receiver[] = wanted.map((each) => ({
    ...each,
    url: `http://127.0.0.1:${ports[each.mood === 'away' ? 1 : 0]}/${each.name}`,
    id: 0,
    secret: '',
    got: new Map(),
    arrivals: null,
  }))

  const [, leaving] = servers
  let moving: Promise<void> = Promise.resolve()
  function move(here: boolean): Promise<void> {
    moving = moving.then(async () => {
      if (here === leaving.listening) return
      if (here) return listen(leaving, ports[1])
      leaving.close()
      leaving.closeIdleConnections()
    })
    return moving
  }
  let turn: NodeJS.Timeout
  const turns = (here: boolean) => {
    turn = setTimeout(
      () => {
        if (!isCalm) move(!here)
        turns(!here)
      },
      here ? 300 + roll() * 700 : 100 + roll() * 700,
    )
  }
  turns(true)

  return {
    receivers,
    findings,
    received: () => received,
    unanswered: () => open,
    peak() {
      const peak = most
      most = open
      return peak
    },
    async calm(calm) {
      isCalm = calm
      if (calm) await move(true)
    },
    async close() {
      clearTimeout(turn)
      await moving
      for (const server of servers) {
        server.close()
        server.closeAllConnections()
      }
    },
  }
}
