/**
 * Storms: many members act at once on a running Kith, which is killed in the middle of it and started again. Then
 * everything that was answered has to be there, what was not answered has to be there wholly or not at all, and the
 * event log has to tell exactly that.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { Agent, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createTokens } from '../src/auth/token.ts'
import { findDrift } from '../src/connections/recount.ts'
import { findNotificationDrift } from '../src/notifications/recount.ts'
import { systemClock } from '../src/platform/clock.ts'
import { type Database, openDatabase } from '../src/platform/db/database.ts'
import { startEmbedded } from '../src/platform/postgres/embedded.ts'
import { processesIn } from '../src/platform/postgres/processes.ts'
import {
  type Act,
  brief,
  type Community,
  count,
  type Done,
  explain,
  found,
  type Mode,
  nothing,
  pairOf,
  readPairs,
  type Shows,
  startReplay,
  type Takes,
} from '../test/connections/model.ts'
import { asLaunched, startOfKith } from '../test/support/compiled.ts'
import { findStale } from './stale.ts'

export type Ending = 'kill Kith' | 'kill PostgreSQL' | 'stop Kith'

export type Round = {
  ending: Ending
  mode: Mode
  /** Milliseconds from the first act to the end of the server, and from its start to being ready again. */
  lasted: number
  restarted: number
  /** Acts answered with 2xx, with a refusal, and not at all. */
  done: number
  refused: number
  unanswered: number
  /** What was told meanwhile. */
  events: number
  /** What is wrong: nothing, if all is well. */
  findings: string[]
}

export type Site = {
  storm(ending: Ending): Promise<Round>
  close(): Promise<void>
}

export type SiteOptions = {
  /** Empty: an embedded PostgreSQL, as most of those who run Kith have it. */
  databaseUrl?: string
  /** Storms differ with it; what meets in them differs every time. */
  seed?: number
  members?: number
  callers?: number
}

const root = join(import.meta.dirname, '..')
export const secret = 'a secret for storms, as long as need be'

/** Numbers from 0 to 1 that come again with the same seed. */
export function dice(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

export type Server = {
  /** Where it answers; a node that only delivers does not. */
  base: string
  process: ChildProcess
  ended: Promise<{ code: number | null; signal: string | null }>
  /** What it logged as gone wrong. */
  log: string[]
}

/** A Kith as an operator starts it. */
export async function startServer(
  dataDir: string,
  databaseUrl: string,
  { command = 'serve', env = {} }: { command?: 'serve' | 'work'; env?: Record<string, string> } = {},
): Promise<Server> {
  const child = spawn(process.execPath, [...(process.env.VITEST ? startOfKith : asLaunched), command], {
    cwd: root,
    env: {
      ...process.env,
      HOST: '127.0.0.1',
      PORT: '0',
      DATABASE_URL: databaseUrl,
      KITH_DATA_DIR: dataDir,
      KITH_JWT_SECRET: secret,
      KITH_LOG_LEVEL: 'warn',
      KITH_RATE_LIMIT: '0',
      ...env,
    },
    // The channel tells it when we are gone; Ctrl-C is for us alone.
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    detached: true,
  })
  const { stdout, stderr } = child
  if (!stdout || !stderr) throw new Error('Kith was started without a way to hear it')
  const log: string[] = []
  const ended = once(child, 'exit').then(([code, signal]) => ({ code, signal }))
  let said = ''
  let isReady = false
  const ready = new Promise<string>((resolve) => {
    stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text
      const [api, , base = ''] = /^ {2}(API\s+(http\S+)\/api\/v2\/|Kith delivers webhooks\.)$/m.exec(said) ?? []
      if (api !== undefined) {
        isReady = true
        resolve(base)
      }
      if (!isReady) return
      const lines = said.split('\n')
      said = lines.pop() ?? ''
      log.push(...lines.filter((line) => line.startsWith('{')))
    })
  })
  stderr.setEncoding('utf8').on('data', (text: string) => void log.push(text))
  const base = await Promise.race([
    ready,
    ended.then(({ code }) => {
      throw new Error(`Kith ended with ${code} before it served:\n${said}\n${log.join('')}`)
    }),
    sleep(60_000, null, { ref: false }).then(() => {
      if (isReady) return ready
      child.kill('SIGKILL')
      throw new Error(`Kith did not serve within a minute:\n${said}\n${log.join('')}`)
    }),
  ])
  return { base, process: child, ended, log }
}

type Answered = { status: number; body: { connection_status?: Shows; id?: number; errors?: { code?: string }[] } }

/** An answer that began and did not end. */
class Torn extends Error {}

export function call(agent: Agent, url: string, method: string, token: string, body?: unknown): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const text = body === undefined ? '' : JSON.stringify(body)
    const sending = request(url, {
      agent,
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(text && { 'content-type': 'application/json' }),
        'content-length': Buffer.byteLength(text),
      },
    })
    sending.on('error', reject)
    sending.on('response', (response) => {
      let got = ''
      response.setEncoding('utf8')
      response.on('data', (part: string) => {
        got += part
      })
      response.on('error', (error) => reject(new Torn(error.message)))
      response.on('end', () => {
        try {
          resolve({ status: response.statusCode ?? 0, body: got ? JSON.parse(got) : {} })
        } catch {
          reject(new Torn(`"${got}" is not JSON`))
        }
      })
    })
    sending.end(text)
  })
}

type Meeting = Exclude<Act, { kind: 'mark_all_seen' | 'delete' | 'settings' | 'mode' | 'quota' }>['kind']

/** What is drawn from: as often as it is to come. Undefined is seeing all requests at once. */
const lots: (Meeting | undefined)[] = Object.entries({
  request: 26,
  accept: 14,
  reject: 12,
  cancel_request: 12,
  cancel_reject: 8,
  remove: 8,
  hide: 8,
}).flatMap(([kind, times]) => Array<Meeting>(times).fill(kind as Meeting))
lots.push(undefined, undefined, undefined)

/** Opens a community of its own and keeps it across storms. */
export async function openSite(options: SiteOptions = {}): Promise<Site> {
  const { databaseUrl = '', seed = Date.now() % 1_000_000, members = 12, callers = 16 } = options
  const roll = dice(seed)
  const upTo = (n: number) => Math.floor(roll() * n)
  const dataDir = await mkdtemp(join(tmpdir(), 'kith-storm-'))
  const cluster = join(dataDir, 'postgres', 'cluster')
  const tokens = createTokens(secret, systemClock)
  const calm = new Agent({ keepAlive: false })

  let server = await startServer(dataDir, databaseUrl)

  /** The database behind the server that runs now. */
  async function look<T>(work: (db: Database) => Promise<T>): Promise<T> {
    const where = databaseUrl
      ? { url: databaseUrl }
      : (await startEmbedded({ dataDir, role: 'storm', join: true })).connection
    const db = openDatabase({ ...where, size: 2 }, () => {})
    try {
      return await work(db)
    } finally {
      await db.close()
    }
  }

  const admin = await tokens.mint(1, 86_400 * 30)
  async function must(method: string, path: string, token: string, body: unknown): Promise<Answered> {
    const answer = await call(calm, `${server.base}/api/v2${path}`, method, token, body)
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`)
    return answer
  }

  const people: { id: number; token: string }[] = []
  const takes = new Map<number, Takes>()
  for (let i = 0; i < members; i++) {
    const { body } = await must('POST', '/sso/signup/', admin, { username: `member_${i + 1}` })
    const id = body.id as number
    const token = await tokens.mint(id, 86_400 * 30)
    people.push({ id, token })
    // Most are asked; one takes everybody, and one nobody.
    if (i === 2) takes.set(id, 'accept')
    if (i === 5) takes.set(id, 'refuse')
    const chosen = takes.get(id)
    if (chosen) await must('PATCH', `/user/${id}/settings/`, token, { connection_requests: chosen })
  }
  const ids = people.map((person) => person.id)

  let community: Community = { ...found('friendship', ids), takes }
  let heardUpTo = await look(async (db) => {
    const [row] = await db.query<{ last: number }>('select coalesce(max(id), 0) as last from event')
    return row?.last ?? 0
  })
  const replay = startReplay()

  /** An act among the members; the first four meet most. */
  function pick(mode: Mode): Act {
    const someone = () => ids[roll() < 0.6 ? upTo(4) : upTo(ids.length)] as number
    const by = someone()
    let to = someone()
    while (to === by) to = someone()
    if (mode === 'follow' && roll() < 0.75) return { kind: 'follow', by, to }
    const kind = lots[upTo(lots.length)]
    return kind === undefined ? { kind: 'mark_all_seen', by } : { kind, by, to }
  }

  const pathOf = (act: Act) => {
    if (act.kind === 'mark_all_seen') return `/user/${act.by}/connection_requests/mark_seen/`
    if (act.kind === 'follow' || act.kind === 'hide') return `/user/${act.to}/${act.kind}/`
    if ('to' in act) return `/user/${act.to}/connection/${act.kind}/`
    throw new Error(`${act.kind} has no place in a storm`)
  }

  async function storm(ending: Ending): Promise<Round> {
    const findings: string[] = []
    const mode: Mode = roll() < 0.25 ? 'follow' : 'friendship'
    await must('PATCH', '/dynamic_preference/', admin, { follow_enabled: mode === 'follow' })
    community = { ...community, mode }

    const history: Done[] = []
    /** Acts that nothing may have come of. */
    const undone = new Set<Done>()
    let over = false
    const began = performance.now()

    async function caller(): Promise<void> {
      const agent = new Agent({ keepAlive: true, maxSockets: 1 })
      while (!over) {
        const act = pick(mode)
        const token = people.find((person) => 'by' in act && person.id === act.by)?.token as string
        const done: Done = { act, sent: performance.now(), answered: null, status: null }
        history.push(done)
        try {
          const { status, body } = await call(agent, `${server.base}/api/v2${pathOf(act)}`, 'POST', token)
          if (status >= 500 && status !== 503) findings.push(`${status} to ${JSON.stringify(act)}`)
          // Without its database Kith cannot say whether the act was done. Where it is stopping, it was not.
          if (status === 503 && ending === 'kill PostgreSQL') continue
          if (status === 503) {
            undone.add(done)
            if (ending === 'kill Kith') findings.push(`503 to ${JSON.stringify(act)}`)
            break
          }
          done.answered = performance.now()
          done.status = status
          done.shows = status === 200 ? body.connection_status : undefined
        } catch (error) {
          // A server that stops in order closes connections, but not on what it has begun.
          if (ending === 'stop Kith') undone.add(done)
          if (error instanceof Torn && ending === 'stop Kith') findings.push(`an answer was torn: ${error.message}`)
          break
        }
      }
      agent.destroy()
    }

    const calling = Promise.all(Array.from({ length: callers }, caller))
    // At some answer, not at some time: on a machine that does much else hardly anything would be under way by then.
    const most = 10 + roll() * 70
    const isEnough = () => history.filter(({ answered }) => answered !== null).length >= most
    for (const from = performance.now(); !isEnough() && performance.now() - from < 5_000; ) await sleep(1 + roll() * 9)
    const stopped = performance.now()
    if (ending === 'kill Kith') server.process.kill('SIGKILL')
    else if (ending === 'stop Kith') server.process.kill('SIGTERM')
    else {
      for (const pid of processesIn(cluster)) killNow(pid)
      // Callers go on a little against a server without its database: nothing they are told then may be wrong.
      await sleep(150)
    }
    if (ending === 'kill PostgreSQL') over = true
    const exit = await Promise.race([server.ended, sleep(20_000, null, { ref: false })])
    over = true
    await calling
    if (ending === 'stop Kith') {
      const ms = Math.round(performance.now() - stopped)
      if (exit?.code !== 0) findings.push(`stopping ended with ${JSON.stringify(exit)}`)
      if (ms > 5_000) findings.push(`stopping took ${ms} ms`)
    } else if (!exit) findings.push(`Kith was still running 20 s after its end began (${ending})`)
    if (!exit) {
      server.process.kill('SIGKILL')
      await server.ended
    }
    if (ending !== 'kill PostgreSQL') for (const line of server.log) findings.push(`logged: ${line.slice(0, 1_000)}`)

    const before = performance.now()
    server = await startServer(dataDir, databaseUrl)
    const restarted = performance.now() - before
    const told = await look((db) =>
      examine(
        db,
        history.filter((done) => !undone.has(done)),
        findings,
      ),
    )
    return {
      ending,
      mode,
      lasted: Math.round(stopped - began),
      restarted: Math.round(restarted),
      done: history.filter(({ status }) => status !== null && status < 300).length,
      refused: history.filter(({ status }) => status !== null && status >= 300).length,
      unanswered: history.filter(({ status }) => status === null).length,
      events: told,
      findings,
    }
  }

  /** Compares what the database says now with what was answered. */
  async function examine(db: Database, history: Done[], findings: string[]): Promise<number> {
    await settled(db)
    for (const find of [findDrift, findNotificationDrift, findStale])
      for (const drift of await find(db)) findings.push(`drift: ${JSON.stringify(drift)}`)
    const rows = await db.query<{ id: number; body: { event_id: number; type: string; data: object } }>(
      'select id, body from event where id > $1 order by id',
      [heardUpTo],
    )
    heardUpTo = rows.at(-1)?.id ?? heardUpTo
    const seen = new Set<number>()
    for (const { id, body } of rows) {
      if (body.event_id !== id || seen.has(id)) findings.push(`event ${id} is told as ${body.event_id}, or twice`)
      seen.add(id)
    }
    // Of notifications the log says nothing that is not in their rows; points are of members, not of pairs.
    const told = rows
      .map(({ body }) => brief(body))
      .filter((event) => !/^(?:dynamic_preference\.|notification\.|user\.score_updated)/.test(event))
    const pairs = await readPairs(db, ids)
    let explained = 0
    for (const [i, one] of ids.entries()) {
      for (const two of ids.slice(i + 1)) {
        const pair = pairOf(one, two)
        const mine = history.filter(({ act }) => concerns(act, one, two))
        const heard = told.filter((event) => event.endsWith(` ${one}>${two}`) || event.endsWith(` ${two}>${one}`))
        explained += heard.length
        const tie = pairs.get(pair) ?? nothing
        if (!explain(community, pair, mine, heard, tie))
          findings.push(
            `no order explains ${pair}: before ${JSON.stringify(community.pairs.get(pair) ?? nothing)}, ` +
              `after ${JSON.stringify(tie)}, told [${heard.join(', ')}], done ${JSON.stringify(mine)}`,
          )
      }
    }
    if (explained !== told.length) findings.push(`${told.length - explained} events are about nobody here`)

    // What a receiver believes who knows the events alone.
    try {
      for (const event of told) replay.hear(event)
    } catch (error) {
      findings.push(`the log does not follow from itself: ${(error as Error).message}`)
    }
    community = { ...community, pairs }
    const kept = await db.query<{ id: number } & Record<string, number>>(
      `select id, requests_sent as sent, requests_received as received, requests_rejected as rejected, connections,
         followings, followers, hidden from users where id = any($1)`,
      [ids],
    )
    for (const { id, ...counters } of kept) {
      const counted = count(community, id)
      // What sleeps is there for whoever has only the events to go by.
      const announced = { ...count(community, id, 'all'), hidden: 0 }
      const believed = { ...replay.count(id), hidden: 0 }
      for (const [key, value] of Object.entries(counters)) {
        const name = key as keyof typeof counted
        if (value !== counted[name]) findings.push(`${name} of ${id} is ${value}; relations say ${counted[name]}`)
        if (announced[name] !== believed[name])
          findings.push(`${name} of ${id} is ${announced[name]} by relations, ${believed[name]} by the event log`)
      }
    }
    return told.length
  }

  return {
    storm,
    async close() {
      server.process.kill('SIGTERM')
      await Promise.race([server.ended, sleep(10_000, null, { ref: false })])
      server.process.kill('SIGKILL')
      await server.ended
      if (!databaseUrl) for (const pid of processesIn(cluster)) killNow(pid)
      calm.destroy()
      await rm(dataDir, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

const concerns = (act: Act, one: number, two: number): boolean => {
  if ('to' in act) return pairOf(act.by, act.to) === pairOf(one, two)
  return 'by' in act && (act.by === one || act.by === two)
}

export function killNow(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

/** A statement of the killed server may still be at work in the database; it ends by itself. */
export async function settled(db: Database): Promise<void> {
  for (let i = 0; i < 500; i++) {
    const [row] = await db.query<{ busy: number }>(
      `select count(*)::int as busy from pg_stat_activity
       where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend' and state <> 'idle'`,
    )
    if (!row?.busy) return
    await sleep(10)
  }
  throw new Error('The database is still busy with what the killed server had begun')
}
