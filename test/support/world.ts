import { randomBytes } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pino from 'pino'
import { Compile } from 'typebox/compile'
import { expect, inject } from 'vitest'
import { createMember, type NewMember } from '../../src/accounts/create.ts'
import { createApp } from '../../src/app.ts'
import { createActors } from '../../src/auth/actor.ts'
import { createCredentials } from '../../src/auth/credentials.ts'
import { createThrottle } from '../../src/auth/throttle.ts'
import { createTokens } from '../../src/auth/token.ts'
import { setPublicAddress } from '../../src/community/public-address.ts'
import { createCommunityState } from '../../src/community/state.ts'
import { readConfig } from '../../src/config.ts'
import type { Kith } from '../../src/context.ts'
import { createAddresses, parseAllowed } from '../../src/delivery/http/addresses.ts'
import { createVapid } from '../../src/devices/vapid.ts'
import { openFiles, uploadFolder } from '../../src/files/open.ts'
import type { LiveOptions } from '../../src/live/serve.ts'
import type { MetricsOptions } from '../../src/metrics.ts'
import { type ConnectionSettings, type Database, openDatabase } from '../../src/platform/db/database.ts'
import { onlyReads } from '../../src/platform/db/prepared.ts'
import type { Replicas } from '../../src/platform/db/replicas.ts'
import type { ServerOptions } from '../../src/platform/http/server.ts'
import { createUsual } from '../../src/platform/sql/usual.ts'
import { declaredEvents, slices } from '../../src/slices.ts'
import { call } from './call.ts'

export type Told = { event_id: number; type: string; created: number; data: Record<string, never> }

export type Answer = {
  status: number
  headers: Headers
  text: string
  // biome-ignore lint/suspicious/noExplicitAny: a test reads whatever it expects to be there
  body: any
}

export type Person = {
  id: number
  username: string
  token: string
  get(path: string, headers?: Record<string, string>): Promise<Answer>
  post(path: string, body?: unknown): Promise<Answer>
  put(path: string, body?: unknown): Promise<Answer>
  patch(path: string, body?: unknown): Promise<Answer>
  delete(path: string, body?: unknown): Promise<Answer>
}

const schemas = new Map(declaredEvents.map(({ type, data }) => [type, data]))
const checks = new Map<string, ReturnType<typeof Compile>>()

/** What is wrong with the data of an event, by the declaration of its type. */
export function faultsOf({ type, data }: Pick<Told, 'type' | 'data'>): unknown[] {
  const schema = schemas.get(type)
  if (!schema) return [`${type} is not declared`]
  const check = checks.get(type) ?? Compile(schema)
  checks.set(type, check)
  return check.Check(data) ? [] : check.Errors(data)
}

export const secret = 'a secret for tests, as long as need be'

/** A database of its own, copied from the migrated template, or from `template1`, which is empty. */
export async function freshDatabase(template = 'template') {
  const at = inject('postgres')
  const usual = template === 'template'
  const taken = usual ? ahead : undefined
  // Nobody else takes this one; the next is made while it is used.
  if (usual) ahead = undefined
  const made = await (taken ?? make(template))
  if (usual) ahead ??= make(template)
  const url = `postgres://${at.user}@localhost:${at.port}/${made}?host=${encodeURIComponent(at.host)}`
  return {
    name: made,
    url,
    connection: { ...at, database: made },
    drop: () => onServer((root) => root.query(`drop database ${made} with (force)`)),
  }
}

let ahead: Promise<string> | undefined

// Copied as files, which takes a quarter of the time of a copy through the log.
async function make(template: string): Promise<string> {
  const name = `t${randomBytes(6).toString('hex')}`
  await onServer((root) => root.query(`create database ${name} template ${template} strategy file_copy`))
  return name
}

async function onServer(work: (root: Database) => Promise<unknown>): Promise<void> {
  const root = openDatabase({ ...inject('postgres'), database: 'postgres', size: 1 }, () => {})
  try {
    await work(root)
  } finally {
    await root.close()
  }
}

type WorldOptions = Pick<ConnectionSettings, 'prepare' | 'pipes' | 'fragments' | 'compareFragments'> & {
  /** A migrated one, instead of one on the tests' PostgreSQL. */
  database?: { name: string; url: string; connection: ConnectionSettings; drop(): Promise<void> }
  /** Where else is read. */
  replicas?: (db: Database) => Replicas
}

const looks = /\b(pg_locks|pg_stat_\w+|last_value)\b/i

/** Texts that were looked at: some are 100 kB long, and sent thousands of times. */
const reads = new Set<string>()

function mustRead(text: string): void {
  if (reads.has(text)) return
  if (!onlyReads(text) || looks.test(text))
    throw new Error(`An endpoint that reads is to be declared \`primary\`: it sends ${text}`)
  reads.add(text)
}

/** What replicas are to endpoints that only read: one that writes, or looks at the server, is found out in any test. */
function readingOnly(db: Database): Replicas {
  const state = { name: 'here', why: null, behind: 0, reads: 0, failed: 0 }
  const reading = Object.assign(Object.create(db) as Database, {
    query<Row extends object>(text: string, values?: unknown[]) {
      mustRead(text)
      state.reads++
      return db.query<Row>(text, values)
    },
  })
  return {
    reading: () => reading,
    state: () => [state],
    primary: () => 0,
    ready: Promise.resolve(),
    close: async () => {},
  }
}

/** What worlds have left behind, as new: connections that are open, and statements that are planned. */
const left: Used[] = []

type Used = {
  database: NonNullable<WorldOptions['database']>
  connection: ConnectionSettings
  db: Database
  /** Those of the world it is of now, and of none before it. */
  listeners: (() => void)[]
}

async function open({ database: given, replicas: _, ...settings }: WorldOptions): Promise<Used> {
  const database = given ?? (await freshDatabase())
  const connection: ConnectionSettings = {
    ...database.connection,
    // Few connections: each plans for itself.
    ...(settings.prepare === undefined && { prepare: 'at once', size: 5, pipes: 1 }),
    ...{ fragments: 4_000_000, compareFragments: process.env.FRAGMENTS === 'compared' },
    alwaysBatch: process.env.BATCHES === 'always',
    ...settings,
  }
  const db = openDatabase(connection, () => {})
  const used: Used = { database, connection, db, listeners: [] }
  db.onEventsCommitted(() => {
    for (const each of used.listeners) each()
  })
  return used
}

/** Has a database become as it was after the migrations; not if a test has changed its shape, or closed it. */
const renewed = (db: Database): Promise<boolean> =>
  db.query<{ done: boolean }>('select pristine.renew() as done').then(
    ([row]) => row?.done === true,
    () => false,
  )

/**
 * A community under test: a server with its own database, a clock that can be moved, and people.
 * @param settings of its database. `prepare`: when statements are prepared. At once, or planning them took half of what the
 * tests take; `true` where that is what a test is about, or where plans have to be those for the values at hand.
 */
export async function createWorld(
  options: Partial<ServerOptions & LiveOptions & MetricsOptions> = {},
  { replicas, ...settings }: WorldOptions = {},
) {
  const isUsual = Object.keys(settings).length === 0
  const used = (isUsual && left.pop()) || (await open(settings))
  const { database, connection, listeners } = used
  const db: Database = {
    ...used.db,
    // What did not hold in the world before.
    ...(isUsual && { usual: createUsual(process.env.FRAGMENTS === 'compared') }),
    onEventsCommitted: (listener) => void listeners.push(listener),
  }
  let ahead = 0
  const clock = { now: () => new Date(Date.now() + ahead) }
  const tokens = createTokens(secret, clock)
  const folder = join(tmpdir(), `kith-world-${database.name}`)
  const vapid = createVapid(secret)
  const kith: Kith = {
    config: readConfig({ KITH_DATA_DIR: folder }),
    db,
    clock,
    tokens,
    actors: createActors(db, clock),
    replicas: replicas ? replicas(db) : readingOnly(db),
    credentials: createCredentials(db, tokens, secret, clock),
    signIns: createThrottle(clock),
    vapid,
    community: await createCommunityState(db, vapid.publicKey),
    webhookAddresses: createAddresses(parseAllowed('127.0.0.0/8')),
    files: openFiles({ dataDir: folder, storage: null, fetchAllow: '127.0.0.0/8' }),
    slices: async () => slices,
  }
  const lines: string[] = []
  const serving: ServerOptions & LiveOptions & MetricsOptions = {
    log: pino({ level: 'info' }, { write: (line: string) => void lines.push(line) }),
    bodyLimit: 10_000_000,
    bodyBudget: 64_000_000,
    rateLimit: 0,
    rateLocal: false,
    heavyAtOnce: 5,
    origins: 'loopback',
    trustedProxies: [],
    checkAnswers: true,
    uploadFolder: uploadFolder({ dataDir: folder }),
    ...options,
  }
  const app = await createApp(kith, serving)
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  const base = `${url}/api/v2`
  await setPublicAddress(db, options.publicUrl ?? url)
  await kith.community.refresh()

  /** A call as it goes over the wire. Paths begin after /api/v2, unless they begin with http. */
  async function send(path: string, init: RequestInit = {}): Promise<Answer> {
    const answer = await call(path.startsWith('http') ? path : `${base}${path}`, init)
    let body: unknown
    try {
      body = answer.text === '' ? undefined : JSON.parse(answer.text)
    } catch {
      body = undefined
    }
    return Object.assign(answer, { body })
  }

  function person(id: number, username: string, token: string): Person {
    const calling =
      (method: string) =>
      (path: string, body?: unknown): Promise<Answer> =>
        send(path, {
          method,
          headers: {
            ...(token && { authorization: `Bearer ${token}` }),
            ...(body !== undefined && { 'content-type': 'application/json' }),
          },
          body: body === undefined ? undefined : JSON.stringify(body),
        })
    return {
      id,
      username,
      token,
      get: (path, headers = {}) =>
        send(path, { headers: { ...(token && { authorization: `Bearer ${token}` }), ...headers } }),
      post: calling('POST'),
      put: calling('PUT'),
      patch: calling('PATCH'),
      delete: calling('DELETE'),
    }
  }

  async function enter(username: string, member: Partial<NewMember> = {}): Promise<Person> {
    const given = { username, email: `${username}@example.com`, ...member }
    const id = await createMember({ db, community: kith.community.current(), now: clock.now() }, given)
    return person(id, username, await kith.tokens.mint(id, 86_400 * 400))
  }

  const admin = await enter('admin', { role: 'admin' })
  const world = {
    kith,
    db,
    url,
    base,
    database,
    log: lines,
    admin,
    visitor: person(0, '', ''),
    alice: await enter('alice'),
    bob: await enter('bob'),
    carla: await enter('carla'),
    join: enter,
    person,
    send,
    /** Alice, Bob and Carla as nobody has met them yet, for a test that wants to begin from nothing. */
    async strangers(): Promise<[Person, Person, Person]> {
      const salt = Math.random().toString(36).slice(2, 8)
      const people = [await enter(`alice_${salt}`), await enter(`bob_${salt}`), await enter(`carla_${salt}`)]
      await world.told()
      return people as [Person, Person, Person]
    },
    /** Another node of the same community, and where it is reached. */
    async another() {
      const own = openDatabase(connection, () => {})
      const actors = createActors(own, clock)
      const community = await createCommunityState(own, vapid.publicKey)
      const node = await createApp({ ...kith, db: own, actors, community }, serving)
      const at = await node.listen({ host: '127.0.0.1', port: 0 })
      const end = async () => {
        await node.close()
        await own.close()
      }
      return { db: own, base: `${at}/api/v2`, end }
    },
    /** Moves the community's clock. */
    pass: (ms: number) => {
      ahead += ms
    },
    /**
     * The events since the last look, and nothing else. Each is as it is declared. Those of notifications go with nearly
     * every act: they are looked at by `notified`.
     */
    async told(): Promise<Told[]> {
      const rows = await db.query<{ body: Told }>('select body from event where id > $1 order by id', [seen])
      seen = rows.at(-1)?.body.event_id ?? seen
      const events = rows.map((row) => row.body)
      for (const event of events) expect(faultsOf(event), event.type).toEqual([])
      const isNotice = ({ type }: Told) => type.startsWith('notification.')
      notices.push(...events.filter(isNotice))
      return events.filter((event) => !isNotice(event))
    },
    /** The events of notifications since the last look, whatever else was told meanwhile. */
    async notified(): Promise<Told[]> {
      await world.told()
      return notices.splice(0)
    },
    /** The same, as "type from>to". */
    async toldShort(): Promise<string[]> {
      return (await world.told()).map(({ type, data }) => {
        const { from_user, to_user, username, name } = data as unknown as Record<string, { username: string }>
        if (from_user && to_user) return `${type} ${from_user.username}>${to_user.username}`
        return `${type} ${username ?? name}`
      })
    },
    /** Switches an option as an administrator does, and looks away from the event. */
    async set(options: Record<string, unknown>) {
      const answer = await admin.patch('/dynamic_preference/', options)
      expect(answer.status, answer.text).toBe(200)
      await world.told()
    },
    async end() {
      const closed = app.close()
      // A client may have connected and asked nothing yet: that is not idle to Node, and would be waited for.
      app.server.closeAllConnections()
      await closed
      listeners.length = 0
      if (isUsual && (await renewed(used.db))) left.push(used)
      else {
        await db.close()
        await database.drop()
      }
      await rm(folder, { recursive: true, force: true })
    },
  }
  let seen = 0
  const notices: Told[] = []
  await world.told()
  return world
}

export type World = Awaited<ReturnType<typeof createWorld>>

/** Every page of a list, by following `next` as it is given. */
export async function walk(who: Person, path: string): Promise<{ count: number; results: { id: number }[] }> {
  const results: { id: number }[] = []
  let count = 0
  for (let next: string | null = path; next; ) {
    const { status, body, text }: Answer = await who.get(next)
    expect(status, text).toBe(200)
    results.push(...body.results)
    count = body.count
    next = body.next
  }
  return { count, results }
}
