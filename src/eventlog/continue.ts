import { open, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { codeOf, type Database, type Db } from '../platform/db/database.ts'
import { writing } from '../platform/db/prepared.ts'
import { emitRows } from '../platform/events/emit.ts'
import { type Row, statement } from '../platform/sql/statement.ts'

/**
 * What a process or a file remembers of the log, apart from the database: the highest id that was committed at the
 * last look, and the last break it knows of. `sure` is false if the process was killed after that: more may have been
 * emitted.
 */
export type Memory = { highest: number; seenBreak: number; sure: boolean }

/** The memory of a process that has never looked. */
export const noMemory = (): Memory => ({ highest: 0, seenBreak: -1, sure: false })

type Say = Record<'warn' | 'error', (about: object, message: string) => void>

/** Errors of servers that do not tell one log from another: managed servers forbid or lack these functions. */
const hidden = /^(42501|42883|0A000)$/

/**
 * SQL of the last id that was given out, or skipped when the log was continued. A larger remembered id means that
 * events were lost.
 */
const lastSql = `coalesce(greatest((select max(id) from event), (select max(resumed_at) - 1 from event_break)),
    (select last_value from event_id))`

const source = {
  system: 'text?',
  timeline: 'int?',
  here: 'int?',
  standby: 'boolean',
  server: 'text?',
  last: 'bigint',
} as const

const reading = statement({
  name: 'eventlog: where the log was written, and where this is',
  takes: {},
  gives: source,
  sql: () => `select s.system, s.timeline, event_timeline() as here, pg_is_in_recovery() as standby,
    (select system_identifier::text from pg_control_system()) as server,
    ${lastSql} as last
  from event_source s`,
})

const readingBlind = statement({
  name: 'eventlog: the same, where the server does not say',
  takes: {},
  gives: source,
  sql: () => `select null as system, null::int as timeline, null::int as here, pg_is_in_recovery() as standby,
    null as server, ${lastSql} as last`,
})

const noting = statement({
  name: 'eventlog: note where the log is written',
  takes: { server: 'text', here: 'int?' },
  gives: {},
  sql: ($) => `update event_source set system = ${$.server}, timeline = ${$.here} where system is null`,
})

const continuing = statement({
  name: 'eventlog: continue the log',
  takes: { why: 'text', known: 'bigint' },
  gives: {},
  sql: ($) => `select ${writing} from continue_event_log(${$.why}, ${$.known})`,
})

/**
 * Checks that this is the server the log was written on, and that no emitted event is missing. If not, the log
 * continues beyond every id that may have been used, so no id is given out twice. Called for every connection before
 * it is used.
 * @param known the highest id that is remembered
 */
export async function checkSource(on: Db, known: number): Promise<void> {
  const found = await readSource(on)
  if (!found || found.standby) return
  const { system, timeline, here, server, last } = found
  if (server !== null && system === null) await noting.rows(on, { server, here })
  const why =
    server !== null && system !== null && system !== server
      ? 'server'
      : timeline !== null && timeline !== here
        ? 'timeline'
        : last < known
          ? 'lost'
          : null
  if (why) await continuing.rows(on, { why, known })
}

async function readSource(on: Db) {
  try {
    return await reading.row(on, {})
  } catch (error) {
    if (!hidden.test(codeOf(error) ?? '')) throw error
    return await readingBlind.row(on, {})
  }
}

type Break = Row<typeof breakColumns>

const looking = statement({
  name: 'eventlog: its end, and its last break',
  takes: {},
  gives: { highest: 'bigint', last: 'bigint' },
  sql: () => `select coalesce((select max(id) from event), 0) as highest,
    coalesce((select max(id) from event_break), 0) as last`,
})

const breakColumns = {
  id: 'bigint',
  cause: 'text',
  missing_from: 'bigint',
  last_known: 'bigint?',
  resumed_at: 'bigint',
} as const

// Every process that remembers a higher id adds it: only those who saw what is lost know of it. Ids read behind the
// break say nothing.
const recalling = statement({
  name: 'eventlog: add what is known of a break',
  takes: { seen: 'bigint', highest: 'bigint', read: 'bigint', sure: 'boolean' },
  gives: breakColumns,
  sql: ($) => `update event_break set last_known = greatest(last_known, (
      select max(known) from unnest(array[${$.highest}, ${$.read}]) known
      where known < resumed_at and (${$.sure} or known >= missing_from)))
    where id = (select min(id) from event_break where id > ${$.seen})
    returning id, cause, missing_from, last_known, resumed_at`,
})

/**
 * Looks at the log and remembers how far it is. If it was continued since the last look, adds what is remembered from
 * before.
 * @param read the highest id that was read since the last look
 * @returns that break, if there was one
 */
export async function recall(db: Db, memory: Memory, read = 0): Promise<Break | null> {
  const row = await looking.row(db, {})
  const { highest, last } = row as { highest: number; last: number }
  const before = { ...memory }
  Object.assign(memory, { highest, seenBreak: last, sure: true })
  // This process never looked before, so it knows nothing of what was there.
  if (last === before.seenBreak || before.seenBreak < 0) return null
  const { seenBreak: seen, highest: known, sure } = before
  return (await recalling.row(db, { seen, highest: known, read, sure })) ?? null
}

/** A sentence about a break, for the log. */
export function describeBreak({ missing_from, last_known, resumed_at }: Omit<Break, 'id' | 'cause'>): string {
  if (last_known === null)
    return `what was emitted from ${missing_from} on, just before, may be lost; it goes on with ${resumed_at}`
  if (last_known < missing_from) return `nothing that was emitted is known to be lost; it goes on with ${resumed_at}`
  const most = last_known - missing_from + 1
  return `up to ${most} events, ids ${missing_from} to ${last_known}, were emitted and are lost; it goes on with ${resumed_at}`
}

/** How long every process has to add what it remembers before an event tells of a break (ms). */
const gathering = 5_000
const lookingEvery = 2_000
/** After a commit here, the next look comes within this time (ms). */
const soon = 100
/** The shortest time between two writes of the file (ms). */
const keeping = 5_000

const findingSilent = statement({
  name: 'eventlog: breaks without their event',
  takes: { gathering: 'float8' },
  gives: {},
  sql: ($) =>
    `select from event_break where not told and at < clock_timestamp() - make_interval(secs => ${$.gathering})`,
})

const emitting = statement({
  name: 'eventlog: emit breaks',
  takes: { now: 'timestamptz', gathering: 'float8' },
  gives: breakColumns,
  sql($) {
    const emitted = emitRows(
      $.now,
      `select 'event_log.interrupted' as type, json_build_object('cause', cause,
      'at', to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), 'missing_from', missing_from,
      'last_known', last_known, 'span', greatest(0, last_known - missing_from + 1), 'resumed_at', resumed_at)::text as data
    from ready where exists (select from webhook_listening where 'event_log.interrupted' = any(types)) order by id`,
    )
    return `with ready as (
    update event_break set told = true
    where not told and at < clock_timestamp() - make_interval(secs => ${$.gathering})
    returning id, cause, at, missing_from, last_known, resumed_at
  ), emitted as (${emitted} returning 1)
  select id, cause, missing_from, last_known, resumed_at from ready`
  },
})

/**
 * Watches the log while this process runs. It remembers how far the log was, in memory and, if there is a folder, in
 * a file that outlives the process. It reports a log that was continued elsewhere, and what is lost.
 * @param memory what the file said
 */
export function watchLog(db: Database, memory: Memory, file: string | null, log: Say): { stop(): Promise<void> } {
  let stopped = false
  let kept = ''
  let keptAt = Number.NEGATIVE_INFINITY
  let round: Promise<void> = Promise.resolve()
  const failed = (error: unknown) => {
    if (!stopped) log.warn({ err: error }, 'the end of the event log could not be looked at')
  }

  async function look(): Promise<void> {
    const found = await recall(db, memory)
    if (found) log.error(aboutOf(found), `the event log goes on elsewhere: ${describeBreak(found)}`)
    const waited = { gathering: gathering / 1_000 }
    if (await findingSilent.row(db, waited)) {
      for (const each of await emitting.rows(db, { now: new Date(), ...waited }))
        log.error(aboutOf(each), `the event log was interrupted: ${describeBreak(each)}`)
    }
    if (file && performance.now() - keptAt > keeping) await keep(file)
  }

  async function keep(to: string, over = false): Promise<void> {
    const now = JSON.stringify({ ...memory, sure: over })
    if (now === kept) return
    const row = await readingKey.row(db, {})
    const draft = `${to}.${process.pid}`
    const handle = await open(draft, 'w', 0o600)
    await handle.writeFile(`${JSON.stringify({ key: row?.key, ...JSON.parse(now) })}\n`)
    await handle.sync()
    await handle.close()
    await rename(draft, to)
    kept = now
    keptAt = performance.now()
  }

  const lookOn = () => {
    round = round.then(look).catch(failed)
  }
  const timer = setInterval(lookOn, lookingEvery)
  let soonTimer: NodeJS.Timeout | null = null
  db.onEventsCommitted(() => {
    if (!stopped)
      soonTimer ??= setTimeout(() => {
        soonTimer = null
        lookOn()
      }, soon)
  })
  lookOn()
  return {
    async stop() {
      clearInterval(timer)
      if (soonTimer) clearTimeout(soonTimer)
      stopped = true
      await round
      // Nothing is emitted here any more, so the memory is complete. If it cannot be written, the file goes on saying
      // that more may have come.
      if (file)
        await recall(db, memory)
          .then(() => keep(file, true))
          .catch((error) => log.warn({ err: error }, 'how far the event log was could not be kept'))
    },
  }
}

const aboutOf = ({ cause, missing_from, last_known, resumed_at }: Break) => ({
  cause,
  missing_from,
  last_known,
  resumed_at,
})

// The folder may hold a file of another community.
const readingKey = statement({
  name: 'eventlog: which log this is',
  takes: {},
  gives: { key: 'text' },
  sql: () => `select concat(coalesce((select system from event_source), 'unknown'), ' ',
  (select oid from pg_database where datname = current_database())) as key`,
})

export const memoryFile = (dataDir: string) => join(dataDir, 'event-log.json')

/** Reads what an earlier process remembered of this log. */
export async function readMemory(db: Db, file: string): Promise<Memory> {
  const text = await readFile(file, 'utf8').catch(() => null)
  if (text === null) return noMemory()
  try {
    const { key, highest, seenBreak, sure } = JSON.parse(text)
    const row = await readingKey.row(db, {})
    return row?.key === key && Number.isSafeInteger(highest) && Number.isSafeInteger(seenBreak)
      ? { highest, seenBreak, sure: sure === true }
      : noMemory()
  } catch (error) {
    if (error instanceof SyntaxError) return noMemory()
    throw error
  }
}
