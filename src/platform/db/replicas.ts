import { setTimeout as sleep } from 'node:timers/promises'
import { statement } from '../sql/statement.ts'
import type { Tracing } from '../tracing.ts'
import { type Host, nameOf, readAddress } from './address.ts'
import { type ConnectionSettings, codeOf, type Database, type Db, openDatabase } from './database.ts'

/** Standbys that answer requests which only read. */
export type Replicas = {
  /**
   * The database for one request that only reads. Its first statement asks how far the primary is, and goes to a
   * replica only if that one has come as far: it shows whatever the primary would have shown. All other statements go
   * to the primary, and so does whatever a replica fails to do.
   */
  reading(): Database
  /** The state of each. */
  state(): ReplicaState[]
  /** Statements of read-only requests that went to the primary. */
  primary(): number
  /** Resolves when each replica has been checked once. */
  ready: Promise<unknown>
  close(): Promise<void>
}

export type ReplicaState = {
  /** Its name in messages: host and port. */
  name: string
  /** Why nothing is read there just now; null if it is in use. */
  why: string | null
  /** Bytes of the log it lacked at the last check; null if unknown. */
  behind: number | null
  /** Statements it has answered, and those that it failed and the primary answered. */
  reads: number
  failed: number
}

/**
 * The reason for a server that is the primary just now. This is no fault: servers may be listed whatever their role.
 */
export const isPrimary = 'it is the primary'

export type ReplicaSettings = Pick<ConnectionSettings, 'size' | 'prepare'> & {
  /** One address per host. */
  urls: string[]
  /** Traces statements as parts of their requests. */
  tracing?: Tracing | undefined
  log: Record<'info' | 'warn', (about: object, message: string) => void>
}

/** How long to wait for a replica to catch up, in ms. One that was late is not waited for again. */
const patience = 20
/**
 * In ms: how often each is checked, how long it has to answer, and how long one that is away, or no standby, is left
 * alone.
 */
const [watching, answering, resting] = [250, 1_000, 1_000]
/** The shortest time between two questions to the primary, in ms; requests in between share the answer. */
const pause = 2

// The history that a server's rows belong to. A server that takes over writes a new one before anything else.
const historySql = `(select concat_ws(' ', s.system, s.timeline, (select max(b.at) from event_break b)) from event_source s)`

const runSql = `concat_ws(' ', pg_postmaster_start_time(), (select system_identifier from pg_control_system()))`

const askingPrimary = statement({
  name: 'replicas: how far the primary is',
  takes: {},
  gives: { position: 'bigint', history: 'text?', here: 'int?', durable: 'boolean', run: 'text' },
  // Whatever is visible has been flushed: a commit waits for that before others see it.
  sql: () => `select (pg_current_wal_flush_lsn() - '0/0'::pg_lsn)::bigint as position,
      (select ${historySql} from event_source where timeline = event_timeline()) as history, event_timeline() as here,
      current_setting('synchronous_commit') <> 'off' as durable, ${runSql} as run`,
})

const askingReplica = statement({
  name: 'replicas: how far one is',
  takes: {},
  gives: { position: 'bigint?', history: 'text?', line: 'int?', standby: 'boolean' },
  // The timeline of the WAL receiver, for a role that may read it; else that of the last checkpoint.
  sql: () => `select (pg_last_wal_replay_lsn() - '0/0'::pg_lsn)::bigint as position, ${historySql} as history,
      coalesce((select received_tli from pg_stat_wal_receiver), (select timeline_id from pg_control_checkpoint()))::int as line,
      pg_is_in_recovery() as standby`,
})

const identifying = statement({
  name: 'replicas: which run of which server this is',
  takes: {},
  gives: { run: 'text', standby: 'boolean' },
  sql: () => `select ${runSql} as run, pg_is_in_recovery() as standby`,
})

/** The primary's position and history; or why it cannot be used. */
type Position = { position: number; history: string; here: number } | { why: string }

/** Why a replica cannot be used. */
class Unfit extends Error {}

/**
 * Connections to one run of a server. What a server has replayed it keeps while it runs, and only then: after a
 * restart it may be further back, and is another link.
 */
type Link = {
  db: Database
  /** A connection for asking its position, so that the question does not wait behind reads. */
  eye: Database
  run: string
  /** How far it has replayed at least, and its history. */
  replayed: number
  history: string | null
  line: number | null
  /** Rejects the answers that are waited for. */
  waiting: Set<(error: Error) => void>
  looking: Promise<void> | null
  over: boolean
}

type Replica = Omit<ReplicaState, 'why'> & {
  url: string
  link: Link | null
  why: string | null
  /** A request waited for it in vain. No other waits until a check finds it in time again. */
  late: boolean
  /** It is not checked until then. */
  rests: number
}

/**
 * Reads from standbys so that nobody can tell, except by the time it takes. A statement goes to a replica only if
 * that has replayed what the primary had flushed when the request came: the member's own writes on any node, what a
 * webhook or a page was told, what somebody else was answered. So clients carry no position, and nodes tell each
 * other nothing.
 */
export function createReplicas(primary: Database, { urls, log, tracing, ...settings }: ReplicaSettings): Replicas {
  const replicas: Replica[] = urls.map((url) => ({
    url,
    name: nameOf(readAddress(url).hosts[0] as Host),
    link: null,
    why: 'it was not looked at yet',
    late: false,
    rests: 0,
    behind: null,
    reads: 0,
    failed: 0,
  }))
  let closed = false
  let primaryRun = ''
  let elsewhere = 0
  let turn = 0

  let asking: Promise<unknown> = Promise.resolve()
  let next: Promise<Position> | null = null
  let askedAt = Number.NEGATIVE_INFINITY
  /**
   * The primary's position at a moment after this call. Calls that come before the question is sent share the answer.
   */
  function findPosition(): Promise<Position> {
    next ??= asking.then(async () => {
      const early = askedAt + pause - performance.now()
      if (early > 0) await sleep(early)
      askedAt = performance.now()
      // Calls from here on may know of more than this answer.
      next = null
      const answer = askPrimary()
      asking = answer.catch(() => {})
      return answer
    })
    return next
  }

  async function askPrimary(): Promise<Position> {
    const row = await askingPrimary.row(primary, {})
    primaryRun = row?.run ?? ''
    if (!row?.durable) return { why: 'synchronous_commit is off on the primary, which then does not say how far it is' }
    if (row.here === null || !row.history)
      return { why: 'the primary does not say which timeline it is on, or has just taken over' }
    return { position: row.position, history: row.history, here: row.here }
  }

  /** Does one request or check over a link. It fails when the link ends. */
  function over<T>(link: Link, work: Promise<T>): Promise<T> {
    return new Promise((done, failed) => {
      if (link.over) failed(new Unfit('its connections were lost'))
      link.waiting.add(failed)
      work.then(done, failed).finally(() => link.waiting.delete(failed))
    })
  }

  function open(url: string): Link {
    const link: Link = {
      db: openDatabase({ ...settings, url }, () => {}),
      eye: openDatabase({ ...settings, url, size: 1 }, () => {}),
      run: '',
      replayed: -1,
      history: null,
      line: null,
      waiting: new Set(),
      looking: null,
      over: false,
    }
    const identify = async (on: Db) => {
      const row = await identifying.row(on, {})
      if (!row?.standby) throw new Unfit(row?.run === primaryRun ? isPrimary : 'it is no standby')
      link.run ||= row.run
      if (row.run !== link.run) throw new Unfit('it was started anew, or is not one server')
    }
    if (tracing) link.db.traceBy(tracing)
    link.db.onConnect(identify)
    link.eye.onConnect(identify)
    return link
  }

  function drop(replica: Replica): void {
    const { link } = replica
    replica.link = null
    if (!link) return
    link.over = true
    for (const failed of link.waiting) failed(new Unfit('its connections were lost'))
    for (const each of [link.db, link.eye]) each.close(0).catch(() => {})
  }

  /** Asks a replica for its position. Several calls at once share an answer: the position only ever grows. */
  function look(link: Link): Promise<void> {
    link.looking ??= over(link, askingReplica.row(link.eye, {}))
      .then((row) => {
        if (!row?.standby) throw new Unfit('it is no standby any more')
        link.replayed = Math.max(link.replayed, row.position ?? -1)
        link.history = row.history
        link.line = row.line
      })
      .finally(() => {
        link.looking = null
      })
    return link.looking
  }

  const isOf = ({ history, line }: Link, at: { history: string; here: number }) =>
    history === at.history && line !== null && line <= at.here
  const hasCome = (link: Link, at: { position: number; history: string; here: number }) =>
    isOf(link, at) && link.replayed >= at.position

  /** Waits until a replica has reached a position, for a limited time; null if it does not. */
  async function waitFor(link: Link, at: { position: number; history: string; here: number }): Promise<boolean> {
    const until = performance.now() + patience
    for (let pause = 0; pause < 2 || performance.now() < until; pause = pause ? pause * 2 : 1) {
      if (hasCome(link, at)) return true
      if (pause) await sleep(pause)
      await look(link)
      if (!isOf(link, at)) return false
    }
    return hasCome(link, at)
  }

  const isFit = (replica: Replica): replica is Replica & { link: Link } => replica.link !== null && replica.why === null

  /** Where the statements of one request go; null is the primary. */
  async function choose(): Promise<Replica | null> {
    if (!replicas.some(isFit)) return null
    try {
      const at = await findPosition()
      if ('why' in at) return null
      turn = (turn + 1) % replicas.length
      const fit = [...replicas.slice(turn), ...replicas.slice(0, turn)].filter(isFit)
      const there = fit.find(({ link }) => hasCome(link, at))
      if (there) return there
      const replica = fit.find(({ late }) => !late)
      if (!replica) return null
      if (await waitFor(replica.link, at)) return replica
      replica.late = true
      return null
    } catch {
      return null
    }
  }

  function reading(): Database {
    let chosen: Promise<Replica | null> | null = null
    const there = Promise.resolve(null)
    const database: Database = Object.assign(Object.create(primary) as Database, {
      async query<Row extends object>(text: string, values?: unknown[]): Promise<Row[]> {
        chosen ??= choose()
        const replica = await chosen
        const link = replica?.link
        if (replica && link) {
          try {
            const rows = await over(link, link.db.query<Row>(text, values))
            replica.reads++
            return rows
          } catch (error) {
            replica.failed++
            // A query that timed out would time out elsewhere too. The primary knows better about other errors.
            if (codeOf((error as Error).cause) === '57014') throw error
            chosen = there
          }
        }
        elsewhere++
        return primary.query<Row>(text, values)
      },
      transaction<T>(work: Parameters<typeof primary.transaction<T>>[0]): Promise<T> {
        // What is read after a write must show it.
        chosen = there
        return primary.transaction(work)
      },
    })
    return database
  }

  function tell(replica: Replica, why: string | null): void {
    if (replica.why === why) return
    replica.why = why
    if (why === isPrimary) log.info({ replica: replica.name }, 'a server that is named as a replica is the primary')
    else if (why === null) log.info({ replica: replica.name }, 'a replica is read from')
    else log.warn({ replica: replica.name, why }, 'a replica is left out')
  }

  async function examine(replica: Replica): Promise<string | null> {
    replica.link ??= open(replica.url)
    const { link } = replica
    const at = await findPosition().catch(() => null)
    await within(look(link))
    // Without the primary, nobody knows what is missing here; the primary's own refusal is the answer.
    if (!at) return replica.why
    if ('why' in at) return at.why
    replica.behind = Math.max(0, at.position - link.replayed)
    if (await within(waitFor(link, at))) {
      replica.late = false
      return null
    }
    if (!isOf(link, at)) return 'it follows another server than the primary, or has not heard of the last failover yet'
    return `it is ${Math.round((at.position - link.replayed) / 1024)} kB behind`
  }

  async function watch(replica: Replica): Promise<void> {
    let why: string | null
    try {
      why = await examine(replica)
    } catch (error) {
      const cause = ((error as Error).cause ?? error) as Error
      why = error instanceof Unfit ? error.message : (codeOf(cause) ?? cause.message)
      replica.rests = performance.now() + resting
      replica.behind = null
      drop(replica)
    }
    if (closed) return drop(replica)
    // How far a replica is behind changes all the time. That it is behind is logged once.
    if (why?.endsWith('behind') && replica.why?.endsWith('behind')) replica.why = why
    else tell(replica, why)
  }

  const rounds = replicas.map((replica) => {
    let busy: Promise<void> | null = null
    const look = () => {
      if (performance.now() < replica.rests) return
      busy ??= watch(replica).finally(() => {
        busy = null
      })
    }
    look()
    const first = busy
    const timer = setInterval(look, watching).unref()
    return {
      first,
      async stop() {
        clearInterval(timer)
        await busy
      },
    }
  })

  return {
    reading,
    state: () => replicas.map(({ name, why, behind, reads, failed }) => ({ name, why, behind, reads, failed })),
    primary: () => elsewhere,
    ready: Promise.all(rounds.map(({ first }) => first)),
    async close() {
      closed = true
      for (const replica of replicas) drop(replica)
      await Promise.all(rounds.map((round) => round.stop()))
    },
  }
}

/**
 * Rejects if `work` takes too long. It waits in two parts: if this process stood still, answers that have arrived are
 * read first.
 */
async function within<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    const wait = (then: () => void) => {
      timer = setTimeout(then, answering / 2)
    }
    wait(() => wait(() => reject(new Unfit('it does not answer'))))
  })
  return Promise.race([work, late]).finally(() => clearTimeout(timer))
}
