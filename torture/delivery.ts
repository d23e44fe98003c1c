/**
 * Storms for webhooks: members act, and others write events of their own, while whoever delivers is killed, frozen, cut
 * off or asked to stop. Then every event that is in the log has to have reached every endpoint that listened, nothing
 * else may have, and the attempts that are logged have to be those that were made.
 */
import { glob, mkdtemp, readFile, realpath, rm } from 'node:fs/promises'
import { Agent } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { createTokens } from '../src/auth/token.ts'
import { rules } from '../src/delivery/lanes/lane.ts'
import { lease, ownerOf } from '../src/delivery/lanes/lease.ts'
import { maxUnwritten } from '../src/delivery/state.ts'
import { systemClock } from '../src/platform/clock.ts'
import { emitRows } from '../src/platform/events/emit.ts'
import { processesIn } from '../src/platform/postgres/processes.ts'
import { type Got, openFleet, type Receiver } from './fleet.ts'
import { call, dice, killNow, type Server, secret, startServer } from './storm.ts'

export type Ending =
  | 'kill Kith'
  | 'kill PostgreSQL'
  | 'stop Kith'
  | 'cut sessions'
  | 'stop without database'
  | 'kill one of two'
  | 'freeze one of two'
  | 'restart in turn'
  | `crash: ${string}`

export type DeliveryRound = {
  ending: Ending
  /** Milliseconds from the first act to the end, and until everybody served again. */
  lasted: number
  restarted: number
  /** What was told since the last look; requests that receivers got of it; attempts that are logged. */
  events: number
  requests: number
  attempts: number
  /** Requests that were not answered yet, at most, as receivers saw it. */
  inflight: number
  /** Requests that no attempt is logged of; and those of events that had been taken before. */
  unlogged: number
  duplicates: number
  /** Deliveries that should have been and were not. */
  lost: number
  /** Deliveries that failed as often as is tried. */
  exhausted: number
  /** Milliseconds until nobody's lanes were anybody's; and the longest that a quick receiver heard nothing. */
  moved: number | null
  paused: number | null
  findings: string[]
}

export type DeliverySite = {
  /**
   * @param look whether to wait until everything is delivered, and to compare; otherwise a later storm does
   * @param seed what this storm is drawn from, if not from the site's
   */
  storm(ending: Ending, options?: { look?: boolean; seed?: number }): Promise<DeliveryRound>
  close(): Promise<void>
}

export type DeliverySiteOptions = {
  /** Empty: a PostgreSQL embedded in Kith. */
  databaseUrl?: string
  /** With two, the second is `kith work`; that needs a databaseUrl. */
  nodes?: 1 | 2
  seed?: number
  /** How much is told, of what a storm is as a rule. */
  force?: number
}

const root = join(import.meta.dirname, '..')
const retries = [0.1, 0.2, 0.4, 0.8, 0.8]
const timeoutSeconds = 1
/** How long everything that is owed may take once nothing is told any more. */
const patience = 60_000
/** What takes a second or two, and a node's lease at most, may take so long where many share two cores. */
const slow = 30_000

const meetings = ['connection_request.created', 'connection_request.rejected', 'connection_request.cancelled'] as const
const connections = ['connection_request.restored', 'connection.created', 'connection.deleted'] as const
const pairs = [...meetings, ...connections]
const wanted: Pick<Receiver, 'name' | 'mood' | 'types'>[] = [
  { name: 'quick', mood: 'quick', types: pairs },
  { name: 'narrow', mood: 'quick', types: ['connection.created'] },
  { name: 'slow', mood: 'slow', types: [...connections] },
  { name: 'failing', mood: 'failing', types: pairs },
  { name: 'hanging', mood: 'hanging', types: [...meetings, 'connection.created'] },
  { name: 'away', mood: 'away', types: pairs },
  // Its subscription comes and goes.
  { name: 'wavering', mood: 'quick', types: ['connection.created', 'connection_request.created'] },
  {
    name: 'operator',
    mood: 'quick',
    types: [
      'dynamic_preference.updated',
      'webhook_endpoint.failing',
      'webhook_endpoint.recovered',
      'connection.deleted',
    ],
  },
]

/** The named failpoints at which Kith can be made to end, as its source has them. */
export async function failpointNames(): Promise<string[]> {
  const names = new Set<string>()
  for await (const file of glob('src/{platform,delivery}/**/*.ts', { cwd: root })) {
    const source = await readFile(join(root, file), 'utf8')
    for (const [, name] of source.matchAll(/\bfailpoint\('([^']+)'\)/g)) names.add(name as string)
  }
  return [...names].sort()
}

// What is told by others than Kith, as it tells: in transactions that may take their time, or be undone.
const tellText = `${emitRows(
  'now()',
  `select ($2::text[])[1 + n % cardinality($2::text[])] as type, json_build_object('n', n)::text as data
   from generate_series(1, $1::int) n`,
)} returning id`

// What is in the log and not delivered: rows to be tried, and what lanes have yet to come to.
const owedText = `select l.endpoint_id, l.owner, l.position, l.holes::text,
    (select count(*)::int from webhook_delivery d where d.endpoint_id = l.endpoint_id) as rows,
    (select count(*)::int from event e where (e.id > l.position or e.id <@ l.holes) and e.audience is not null
      and exists (select from webhook_span s where s.endpoint_id = l.endpoint_id and e.audience >= s.since
        and (s.until is null or e.audience < s.until) and e.type = any(s.types))) as events
  from webhook_lane l order by 1`

type Owed = { endpoint_id: number; owner: string | null; position: number; holes: string; rows: number; events: number }
type EventRow = { id: number; type: string; audience: number | null; body: string }
type SpanRow = { endpoint_id: number; since: number; until: number | null; types: string[] }
type AttemptRow = {
  endpoint_id: number
  event_id: number
  code: number | null
  response: string
  sent: number
  next: number | null
  digest: string
}
type Node = { command: 'serve' | 'work'; server: Server; id: string }

const isTaken = ({ code }: AttemptRow) => code !== null && code >= 200 && code < 300

/** Waits until something is so; says after how many ms, or null when it never was. */
async function until(holds: () => Promise<boolean> | boolean, most: number, every = 20): Promise<number | null> {
  const began = performance.now()
  while (performance.now() - began < most) {
    if (await holds()) return Math.round(performance.now() - began)
    await sleep(every)
  }
  return null
}

/** Opens a community of its own, with its receivers, and keeps them across storms. */
export async function openDeliverySite(options: DeliverySiteOptions = {}): Promise<DeliverySite> {
  const { databaseUrl = '', nodes: size = 1, seed = Date.now() % 1_000_000, force = 1 } = options
  let roll = dice(seed)
  const upTo = (n: number) => Math.floor(roll() * n)
  const dataDir = await realpath(await mkdtemp(join(tmpdir(), 'kith-delivery-')))
  const cluster = join(dataDir, 'postgres', 'cluster')
  const tokens = createTokens(secret, systemClock)
  const calm = new Agent({ keepAlive: false })
  const fleet = await openFleet(wanted, () => roll())

  // ---- The database, seen from outside

  function where(): pg.ClientConfig {
    if (databaseUrl) return { connectionString: databaseUrl }
    return { host: join(dataDir, 'postgres', 'socket'), port: 5432, user: 'kith', database: 'kith' }
  }

  async function connect(application_name: string, database?: string): Promise<pg.Client> {
    const at = where()
    if (database && at.connectionString) at.connectionString = at.connectionString.replace(/\/\w+\?/, `/${database}?`)
    const client = new pg.Client({ ...at, application_name })
    client.on('error', () => {})
    await client.connect()
    return client
  }

  async function look<T>(
    work: (ask: <Row extends object>(text: string, values?: unknown[]) => Promise<Row[]>) => Promise<T>,
  ) {
    const client = await connect('torture')
    try {
      return await work(async <Row extends object>(text: string, values: unknown[] = []) => {
        return (await client.query<Row>(text, values)).rows
      })
    } finally {
      await client.end()
    }
  }

  // ---- Nodes

  const env = {
    KITH_WEBHOOK_ALLOW: '127.0.0.0/8',
    KITH_WEBHOOK_RETRIES: retries.join(','),
    KITH_WEBHOOK_TIMEOUT: String(timeoutSeconds),
  }
  const seen = new Set<string>()
  let peakOf = 0

  /** @param crash where it is to end by itself, as "name:n" */
  async function startNode(command: Node['command'], crash?: string): Promise<Node> {
    const server = await startServer(dataDir, databaseUrl, {
      command,
      env: { ...env, ...(crash && { KITH_CRASH_AT: crash }) },
    })
    const node: Node = { command, server, id: '' }
    if (seen.size) await identify(node)
    return node
  }

  /** Of several nodes, which is whose: the one that was not there before. */
  async function identify(node: Node): Promise<void> {
    const known = await until(async () => {
      const rows = await look((ask) => ask<{ id: string }>('select id from webhook_node'))
      node.id = rows.find(({ id }) => !seen.has(id))?.id ?? ''
      for (const { id } of rows) seen.add(id)
      return node.id !== ''
    }, slow)
    if (known === null) throw new Error(`kith ${node.command} does not show among the nodes`)
  }

  let nodes: Node[] = [await startNode('serve')]
  const baseOf = () => `${nodes.find(({ command }) => command === 'serve')?.server.base}/api/v2`
  const replace = (gone: Node, come: Node) => {
    nodes = nodes.map((node) => (node === gone ? come : node))
  }

  async function end(node: Node, signal: 'SIGKILL' | 'SIGTERM', within: number, findings: string[]): Promise<number> {
    const began = performance.now()
    node.server.process.kill(signal)
    const exit = await Promise.race([node.server.ended, sleep(within, null, { ref: false })])
    if (!exit) {
      findings.push(`kith ${node.command} was still running ${within} ms after ${signal}`)
      node.server.process.kill('SIGKILL')
      await node.server.ended
    } else if (signal === 'SIGTERM' && exit.code !== 0) findings.push(`stopping ended with ${JSON.stringify(exit)}`)
    return Math.round(performance.now() - began)
  }

  /** Nobody may have ended who was not asked to. */
  async function mend(findings: string[]): Promise<void> {
    for (const node of [...nodes]) {
      const { exitCode, signalCode } = node.server.process
      if (exitCode === null && signalCode === null) continue
      findings.push(
        `kith ${node.command} has ended by itself with ${exitCode ?? signalCode}: ${node.server.log.join(' ')}`,
      )
      await restart(node)
    }
  }

  /** What a node logged that nothing in its storm explains. */
  function heard(node: Node, findings: string[], unreachable: boolean): void {
    const lines = node.server.log.splice(0).filter((line) => {
      // What was given up is looked for in the log of attempts.
      if (/a webhook endpoint is (failing|paused)|a delivery was given up/.test(line)) return false
      if (!unreachable || /thread failed|could not be started/.test(line)) return true
      // Without a database there is much to complain of; but nothing that a statement was wrong about.
      const codes = Array.from(line.matchAll(/"code":"([0-9A-Z]{5})"/g), ([, code]) => code as string)
      return !line.startsWith('{') || codes.some((code) => !/^(08|53|57|55000|3D000|28|E[A-Z])/.test(code))
    })
    for (const line of lines.slice(0, 3)) findings.push(`kith ${node.command} logged: ${line.slice(0, 1_500)}`)
    if (lines.length > 3) findings.push(`kith ${node.command} logged ${lines.length - 3} lines more`)
  }

  // ---- People, and their endpoints

  const admin = await tokens.mint(1, 86_400 * 30)
  async function must(method: string, path: string, body?: unknown): Promise<Record<string, unknown>> {
    const answer = await call(calm, `${baseOf()}${path}`, method, admin, body)
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`)
    return answer.body as Record<string, unknown>
  }
  const people: { id: number; token: string }[] = []
  for (const username of ['alice', 'bob', 'carla', 'dario', 'elena', 'fabio']) {
    const id = (await must('POST', '/sso/signup/', { username })).id as number
    people.push({ id, token: await tokens.mint(id, 86_400 * 30) })
  }
  for (const receiver of fleet.receivers) {
    const { url, types, name } = receiver
    receiver.id = (await must('POST', '/webhook/endpoint/', { target: url, events: types })).id as number
    receiver.secret = (await must('POST', `/webhook/endpoint/${receiver.id}/secret/reveal/`)).signing_secret as string
    if (name === 'operator')
      await must('PATCH', `/webhook/endpoint/${receiver.id}/delivery/`, { standard_headers: true })
  }
  const wavering = fleet.receivers.find(({ name }) => name === 'wavering') as Receiver
  const quick = fleet.receivers.filter(
    ({ mood, name }) => mood === 'quick' && name !== 'wavering' && name !== 'operator',
  )
  const byId = new Map(fleet.receivers.map((receiver) => [receiver.id, receiver]))
  if (size === 2) {
    await identify(nodes[0] as Node)
    nodes.push(await startNode('work'))
  }

  // ---- What happens in a storm

  let over = true
  /** Ids that were given to events and taken back. */
  const undone = new Set<number>()

  async function caller(): Promise<void> {
    let agent = new Agent({ keepAlive: true, maxSockets: 1 })
    const verbs = ['request', 'request', 'accept', 'accept', 'remove', 'reject', 'cancel_request']
    while (!over) {
      const by = people[upTo(people.length)] as (typeof people)[number]
      const to = people[upTo(people.length)] as (typeof people)[number]
      if (by === to) continue
      try {
        const verb = verbs[upTo(verbs.length)]
        await call(agent, `${baseOf()}/user/${to.id}/connection/${verb}/`, 'POST', by.token)
        if (force < 1) await sleep(roll() * (1 / force) * 10)
      } catch {
        agent.destroy()
        agent = new Agent({ keepAlive: true, maxSockets: 1 })
        await sleep(25)
      }
    }
    agent.destroy()
  }

  /** An administrator who cannot decide. */
  async function waverer(): Promise<void> {
    while (!over) {
      await sleep(30 + roll() * 200)
      const turns = [
        () => must('PATCH', `/webhook/endpoint/${wavering.id}/`, { is_active: roll() < 0.6 }),
        () =>
          must('PATCH', `/webhook/endpoint/${wavering.id}/`, {
            events: [pairs[upTo(pairs.length)], 'connection.follow'],
          }),
        () => must('PATCH', '/dynamic_preference/', { affinity_enabled: roll() < 0.5 }),
      ]
      await turns[upTo(turns.length)]?.().catch(() => {})
    }
  }

  /** Tells many things at once, slowly at times, and takes some of them back. */
  async function teller(): Promise<void> {
    while (!over) {
      let client: pg.Client | null = null
      try {
        client = await connect('kith')
        while (!over) {
          await sleep(roll() * 80)
          const many = roll() < 0.15 ? upTo(250 * force) : 1 + upTo(6)
          await client.query('begin')
          const { rows } = await client.query<{ id: number }>(tellText, [many, pairs])
          if (roll() < 0.4) await sleep(roll() * 200)
          if (roll() < 0.2) {
            await client.query('rollback')
            for (const { id } of rows) undone.add(id)
          } else {
            await client.query('commit')
            await client.query(`select pg_notify('kith_delivery', '')`)
          }
        }
      } catch {
        await sleep(25)
      } finally {
        await client?.end().catch(() => {})
      }
    }
  }

  /** Fifty events a second, one by one. */
  async function steady(): Promise<void> {
    const client = await connect('torture')
    const began = performance.now()
    for (let told = 0; !over; told++) {
      await client.query(tellText, [1, ['connection.created']])
      await client.query(`select pg_notify('kith_delivery', '')`)
      await sleep(Math.max(0, began + (told + 1) * 20 - performance.now()))
    }
    await client.end()
  }

  function act(parts: (() => Promise<void>)[]): () => Promise<void> {
    over = false
    const acting = parts.map((part) => part())
    return async () => {
      over = true
      await Promise.all(acting)
    }
  }
  const everybody = [caller, caller, caller, caller, waverer, teller, teller]

  // ---- How it ends

  type Part = Pick<DeliveryRound, 'moved' | 'paused' | 'restarted'>
  const plain = (restarted: number): Part => ({ restarted: Math.round(restarted), moved: null, paused: null })

  async function timed(work: () => Promise<void>): Promise<number> {
    const began = performance.now()
    await work()
    return performance.now() - began
  }

  const restart = async (node: Node) => replace(node, await startNode(node.command))
  async function restartAll(): Promise<void> {
    // One by one: which of two that come at once is which could not be told.
    for (const node of [...nodes]) await restart(node)
  }

  async function killAll(findings: string[]): Promise<Part> {
    await Promise.all(nodes.map((node) => end(node, 'SIGKILL', slow, findings)))
    for (const node of nodes) heard(node, findings, false)
    return plain(await timed(restartAll))
  }

  async function stopAll(findings: string[]): Promise<Part> {
    for (const node of [...nodes]) {
      await end(node, 'SIGTERM', slow, findings)
      heard(node, findings, false)
    }
    return plain(await timed(restartAll))
  }

  /** Killed, and started to end by itself at the n-th thing that passes a point; then as ever. */
  async function crash(name: string, findings: string[]): Promise<Part> {
    const [node] = nodes as [Node]
    await end(node, 'SIGKILL', slow, findings)
    heard(node, findings, false)
    // Some come by seldom, or ten times as often.
    const seldom = name.endsWith('commit')
    const passing = 1 + upTo(seldom ? 4 : 1 + upTo(120 * force))
    const doomed = await startNode(node.command, `${name}:${passing}`).catch((error: Error) => {
      // It may end before it is ready; anything but an end by that is told.
      if (!/ended with null before/.test(error.message)) findings.push(error.message)
      return null
    })
    if (doomed) {
      replace(node, doomed)
      const exit = await Promise.race([doomed.server.ended, sleep(slow, null, { ref: false })])
      if (!exit) await end(doomed, 'SIGKILL', slow, findings)
      if (!exit) findings.push(`nothing passed the point "${name}" ${passing} times in ${slow} ms`)
      heard(doomed, findings, false)
    }
    return plain(await timed(() => restart(doomed ?? node)))
  }

  async function killPostgres(findings: string[]): Promise<Part> {
    const [node] = nodes as [Node]
    for (const pid of processesIn(cluster)) killNow(pid)
    const exit = await Promise.race([node.server.ended, sleep(slow, null, { ref: false })])
    if (!exit) findings.push(`Kith was still running ${slow} ms after its PostgreSQL was killed`)
    if (!exit) await end(node, 'SIGKILL', slow, findings)
    return plain(await timed(() => restart(node)))
  }

  const nameOf = () => /\/(\w+)\?/.exec(databaseUrl)?.[1] as string
  const cutText = `select pg_terminate_backend(pid) from pg_stat_activity where datname = $1 and application_name = 'kith'`

  async function cut(findings: string[]): Promise<Part> {
    const outside = await connect('torture', 'postgres')
    const until = performance.now() + 1_000 + roll() * 1_500
    while (performance.now() < until) {
      await outside.query(cutText, [nameOf()])
      await sleep(10 + roll() * 200)
    }
    await outside.end()
    for (const node of nodes) heard(node, findings, true)
    return plain(0)
  }

  async function stopWithoutDatabase(findings: string[]): Promise<Part> {
    const outside = await connect('torture', 'postgres')
    const node = nodes[upTo(nodes.length)] as Node
    await outside.query(`alter database ${nameOf()} with allow_connections false`)
    await outside.query(cutText, [nameOf()])
    await sleep(roll() * 100)
    const ending = end(node, 'SIGTERM', slow, findings)
    await sleep(roll() * 2_500)
    await outside.query(`alter database ${nameOf()} with allow_connections true`)
    await outside.end()
    await ending
    // What the other one said of it is still on its way.
    await sleep(500)
    for (const each of nodes) heard(each, findings, true)
    return plain(await timed(() => restart(node)))
  }

  type LaneRow = { endpoint_id: number; owner: string | null }
  const lanes = () => look((ask) => ask<LaneRow>('select endpoint_id, owner from webhook_lane'))
  const balanced = async () => {
    const ids = nodes.map(({ id }) => id)
    return (await lanes()).every(({ endpoint_id, owner }) => owner === ownerOf(endpoint_id, ids))
  }
  /** A lane that is to go elsewhere waits for the next sign of life, for requests under way, and for what is written. */
  async function balance(findings: string[]): Promise<void> {
    if ((await until(balanced, slow, 50)) !== null) return
    const ids = nodes.map(({ id }) => id)
    const astray = (await lanes()).map((lane) => ({ ...lane, belongs: ownerOf(lane.endpoint_id, ids) }))
    const known = await look((ask) => ask('select *, until - now() as left from webhook_node order by until'))
    findings.push(`lanes are not where they belong after ${slow} ms: ${JSON.stringify({ astray, ids, known })}`)
  }

  function measure(): () => number {
    for (const receiver of quick) receiver.arrivals = [performance.now()]
    return () => {
      let longest = 0
      for (const receiver of quick) {
        const times = [...(receiver.arrivals ?? []), performance.now()]
        receiver.arrivals = null
        for (const [i, at] of times.entries()) longest = Math.max(longest, at - (times[i - 1] ?? at))
      }
      return Math.round(longest)
    }
  }

  async function victim(): Promise<Node> {
    const owners = new Set((await lanes()).map(({ owner }) => owner))
    const some = nodes.filter(({ id }) => owners.has(id))
    return some[upTo(some.length)] as Node
  }

  async function leave(node: Node, findings: string[]): Promise<number | null> {
    const moved = await until(async () => (await lanes()).every(({ owner }) => owner !== node.id), slow)
    if (moved === null) findings.push(`after ${slow} ms lanes were still at a node that is gone`)
    return moved
  }

  async function killOne(findings: string[]): Promise<Part> {
    await balance(findings)
    const node = await victim()
    const measured = measure()
    await end(node, 'SIGKILL', slow, findings)
    const moved = await leave(node, findings)
    await sleep(300)
    const paused = measured()
    heard(node, findings, false)
    const restarted = await timed(() => restart(node))
    return { restarted: Math.round(restarted), moved, paused }
  }

  async function freezeOne(findings: string[]): Promise<Part> {
    await balance(findings)
    const node = await victim()
    const shortly = roll() < 0.25
    const measured = measure()
    node.server.process.kill('SIGSTOP')
    if (shortly) await sleep(roll() * (lease.seconds - 2) * 1_000)
    const moved = shortly ? null : await leave(node, findings)
    await sleep(300)
    const paused = measured()
    node.server.process.kill('SIGCONT')
    await sleep(200 + roll() * 500)
    await balance(findings)
    return { restarted: 0, moved, paused }
  }

  async function restartInTurn(findings: string[]): Promise<Part> {
    await balance(findings)
    // Lanes that were just claimed begin slowly; that is not what is measured.
    await sleep(500)
    const measured = measure()
    for (const node of [...nodes]) {
      await end(node, 'SIGTERM', slow, findings)
      heard(node, findings, false)
      await restart(node)
      await balance(findings)
    }
    await sleep(200)
    const paused = measured()
    // More than handing over takes anywhere, and less than a lease.
    if (paused > 6_000)
      findings.push(`a quick receiver heard nothing for ${paused} ms while nodes were restarted in turn`)
    return { restarted: 0, moved: null, paused }
  }

  function endBy(ending: Ending, findings: string[]): Promise<Part> {
    if (ending.startsWith('crash: ')) return crash(ending.slice(7), findings)
    const ways: Record<string, (findings: string[]) => Promise<Part>> = {
      'kill Kith': killAll,
      'stop Kith': stopAll,
      'kill PostgreSQL': killPostgres,
      'cut sessions': cut,
      'stop without database': stopWithoutDatabase,
      'kill one of two': killOne,
      'freeze one of two': freezeOne,
      'restart in turn': restartInTurn,
    }
    return (ways[ending] as (findings: string[]) => Promise<Part>)(findings)
  }

  // ---- What came of it

  // The delivery begins with the first endpoint: a storm before that is none.
  await until(async () => (await lanes()).every(({ owner }) => owner !== null), slow)

  /** Storms since the last look: each may have sent twice what it may. */
  let bound = 0
  let storms = 0
  let settledUpTo = 0

  const storm: DeliverySite['storm'] = async (ending, { look: looks = true, seed: own } = {}) => {
    storms++
    roll = dice(own ?? seed * 1_000 + storms)
    const findings: string[] = []
    await fleet.calm(false)
    fleet.peak()
    const measuring = size === 2 && /two|turn/.test(ending)
    const finish = act(ending === 'restart in turn' ? [steady] : measuring ? [...everybody, steady] : everybody)
    const began = performance.now()
    await sleep(100 + roll() * 400)
    const lasted = performance.now() - began
    const part = await endBy(ending, findings)
    await sleep(roll() * 200)
    await finish()
    peakOf = fleet.peak()
    await mend(findings)
    const graceful = ending === 'stop Kith' || ending === 'restart in turn'
    const kills = ending.startsWith('crash') ? 2 : 1
    if (!graceful) bound += kills * (fleet.receivers.length * rules.window + maxUnwritten)
    const none = { events: 0, requests: 0, attempts: 0, unlogged: 0, duplicates: 0, lost: 0, exhausted: 0 }
    const compared = looks ? await settle(ending, findings) : none
    findings.push(...fleet.findings.splice(0))
    return { ending, lasted: Math.round(lasted), ...part, inflight: peakOf, ...compared, findings }
  }

  /** Waits until nothing is owed any more, then compares what was told, what came, and what is logged. */
  async function settle(ending: Ending, findings: string[]) {
    await fleet.calm(true)
    await must('PATCH', `/webhook/endpoint/${wavering.id}/`, { is_active: true })
    let owed: Owed[] = []
    const done = await until(
      async () => {
        owed = (await look((ask) => ask<Owed>(owedText))).filter(({ rows, events }) => rows || events)
        return !owed.length
      },
      patience,
      50,
    )
    if (done === null) findings.push(`not delivered within ${patience} ms: ${JSON.stringify(owed)}`)
    await until(() => fleet.unanswered() === 0, slow)
    const compared = await look(async (ask) => {
      const [events, spans, attempts, [counts]] = [
        await ask<EventRow>('select id, type, audience, body::text as body from event where id > $1 order by id', [
          settledUpTo,
        ]),
        await ask<SpanRow>('select endpoint_id, since, until, types from webhook_span'),
        await ask<AttemptRow>(
          `select endpoint_id, event_id, code, response, encode(substring(digests for 32), 'hex') as digest,
             extract(epoch from sent_at)::float8 as sent, extract(epoch from next_retry)::float8 as next
           from webhook_attempt where event_id > $1 order by id`,
          [settledUpTo],
        ),
        await ask<{ wrong: string | null }>(
          `select string_agg(format('%s: %s counted, %s there', endpoint_id, attempts, n), '; ') as wrong
           from webhook_lane l cross join lateral (select count(*) as n from webhook_attempt a where a.endpoint_id = l.endpoint_id) a
           where attempts <> n`,
        ),
      ]
      if (counts?.wrong) findings.push(`attempts are counted wrongly: ${counts.wrong}`)
      return compareAll(events, spans, attempts, findings)
    })
    const most = /^(stop Kith|restart)/.test(ending) ? bound : Math.max(bound, 1)
    for (const what of ['unlogged', 'duplicates'] as const) {
      if (compared[what] > most) findings.push(`${compared[what]} requests were ${what}; at most ${most} may be`)
    }
    bound = 0
    return compared
  }

  function compareAll(events: EventRow[], spans: SpanRow[], attempts: AttemptRow[], findings: string[]) {
    let [unlogged, duplicates, lost, exhausted, requests] = [0, 0, 0, 0, 0]
    const told = new Map(events.map((event) => [event.id, event]))
    const logged = new Map<string, AttemptRow[]>()
    for (const attempt of attempts) {
      const key = `${attempt.endpoint_id} ${attempt.event_id}`
      const there = logged.get(key)
      if (there) there.push(attempt)
      else logged.set(key, [attempt])
    }
    const wrong = new Map<string, string[]>()
    const find = (what: string, which: string) => wrong.set(what, [...(wrong.get(what) ?? []), which])

    for (const receiver of fleet.receivers) {
      const heard = spans.filter(({ endpoint_id }) => endpoint_id === receiver.id)
      const listened = ({ audience, type }: EventRow) =>
        audience !== null &&
        heard.some(
          (span) =>
            audience >= span.since && (span.until === null || audience < span.until) && span.types.includes(type),
        )
      for (const event of events) {
        const rows = logged.get(`${receiver.id} ${event.id}`) ?? []
        const got = receiver.got.get(event.id)
        const which = `${receiver.name} ${event.id} ${event.type}`
        if (!listened(event)) {
          if (got || rows.length) find('sent to an endpoint that had not listened', which)
          continue
        }
        const givenUp =
          rows.length === retries.length + 1 && rows.every((row) => !isTaken(row)) && rows.at(-1)?.next === null
        if (givenUp) exhausted++
        if (!givenUp && (!got?.taken || !rows.some(isTaken))) {
          lost++
          find(
            'lost',
            `${which} (came ${got?.times ?? 0} times, taken ${got?.taken ?? 0}, logged ${JSON.stringify(rows.map(({ code }) => code))})`,
          )
        }
        if (rows.filter(isTaken).length > 1) find('logged as taken more than once', which)
        if (rows.length > retries.length + 1) find(`tried ${rows.length} times`, which)
        rows.forEach((row, i) => {
          const before = rows[i - 1]
          if (before && (before.next === null || row.sent < before.next - 0.002))
            find('tried again before its time', `${which} (${row.sent} after ${before.next})`)
        })
        if (got && (got.differs || got.body !== event.body))
          find('came as other bytes than are in the log', `${which}: ${got.body}`)
        for (const [digest, n] of countBy(rows.filter(({ code }) => code !== null))) {
          if (n > (got?.each.get(digest) ?? 0)) find('logged, and never came', `${which} (${digest})`)
        }
        // What was answered too late is sent again in good faith.
        const late = rows.filter(({ code, response }) => code === null && response.startsWith('timeout')).length
        const kept = late + rows.filter(({ code }) => code !== null).length
        requests += got?.times ?? 0
        unlogged += Math.max(0, (got?.times ?? 0) - kept)
        duplicates += Math.max(0, (got?.taken ?? 0) - 1 - late)
      }
      for (const [id, got] of receiver.got as Map<number, Got>) {
        if (told.has(id)) continue
        const what = undone.has(id)
          ? 'sent though it was taken back'
          : id <= settledUpTo
            ? 'sent again long after'
            : 'sent and not in the log'
        find(what, `${receiver.name} ${id}: ${got.body.slice(0, 100)}`)
      }
      receiver.got = new Map()
    }
    for (const [key, rows] of logged) {
      if (!told.has(rows[0]?.event_id as number) || !byId.has(rows[0]?.endpoint_id as number))
        find('logged and not in the log of events', key)
    }
    for (const [what, which] of wrong)
      findings.push(`${what}: ${which.length}: ${which.slice(0, 3).join('; ')}${which.length > 3 ? '; ...' : ''}`)
    settledUpTo = events.at(-1)?.id ?? settledUpTo
    undone.clear()
    return { events: events.length, requests, attempts: attempts.length, unlogged, duplicates, lost, exhausted }
  }

  const countBy = (rows: AttemptRow[]) => {
    const counts = new Map<string, number>()
    for (const { digest, code } of rows) {
      const key = `${digest} ${code}`
      counts.set(key, (counts.get(key) ?? 0) + 1)
    }
    return counts
  }

  return {
    storm,
    async close() {
      over = true
      for (const { server } of nodes) {
        server.process.kill('SIGTERM')
        await Promise.race([server.ended, sleep(10_000, null, { ref: false })])
        server.process.kill('SIGKILL')
        await server.ended
      }
      if (!databaseUrl) for (const pid of processesIn(cluster)) killNow(pid)
      calm.destroy()
      await fleet.close()
      await rm(dataDir, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}
