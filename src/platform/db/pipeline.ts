import pg from 'pg'
import { batchOf, batchRows, batchValues, fitBatch } from './batch.ts'
import { preparedQuery, type Statement } from './prepared.ts'

/**
 * Connections on which several statements are under way at once. They save the database and this process most of the
 * work of waking each other, once per statement otherwise. Those that are asked for again meanwhile are run in batches.
 */
export type Pipeline = {
  /**
   * Runs a statement behind others. It fails like any other statement, and with `again` if it is to be run elsewhere.
   * @returns its rows, or null if no connection has room: others would have to wait for the statement, or it for them
   */
  run<Row extends object>(statement: Statement, values: unknown[]): Promise<Row[]> | null
  pool: pg.Pool
  /** How many statements were run in batches. */
  readonly batched: number
  close(): Promise<void>
}

/** The connection ended or is stuck before the statement was answered, or a batch failed that it was in. */
export const again = Symbol('again')

/** A connection with so many statements under way, or with this much work, in ms, gets no more. As many may wait. */
const [deep, enough] = [8, 3]
/** What waits may be run as a batch of at most this much work, in ms. */
const mostWork = 2 * enough
/** A connection that has answered nothing for this long gets no more to do, in ms. */
const stalls = 10
/** After this long, what was sent behind the first is run elsewhere, in ms: the first may wait for a lock. */
const passesOn = 100
/** A statement that is answered this much later than twice the time it takes comes late, in ms. */
const late = 5
/** After a failure to connect, how long it is not tried again, in ms. */
const resting = 1_000

type Pipe = {
  client: pg.PoolClient
  underWay: number
  /** What was sent and is not answered, in order. */
  sent: Sent[]
  /** How long what is under way usually takes, in ms. */
  work: number
  /** When it began with the first of it. */
  since: number
  ended: boolean
  /** How many may be under way: fewer after one that came late. */
  room: number
}

/** Statements that were sent together, and whether they are run elsewhere by now. */
type Sent = { all: Waiting[]; passedOn: boolean }

/** A statement that waits for room. */
type Waiting = {
  statement: Statement
  values: unknown[]
  /** How long it takes, in ms. */
  takes: number
  done: (rows: object[]) => void
  failed: (error: unknown) => void
}

/**
 * @param config how to connect, and how many connections at most
 * @param atPrepare whether each statement is prepared on its first run
 * @param onLost called for a connection that ended
 * @param always for tests: whether what can be part of a batch is run as one, even alone
 */
export function createPipeline(
  config: pg.PoolConfig,
  atPrepare: boolean,
  onLost: (error: Error) => void,
  always = false,
): Pipeline {
  // `pipeline` is missing from the types of pg.
  const pool = new pg.Pool({ ...config, idleTimeoutMillis: 0, pipeline: true } as pg.PoolConfig)
  pool.on('error', onLost)
  const most = config.max ?? 1
  const pipes: Pipe[] = []
  const waiting: Waiting[] = []
  /** How much work waits, in ms. */
  let waitingFor = 0
  let scheduled = false
  let watched = false
  let batched = 0
  let opening = 0
  let rests = 0
  let closing = false

  function open(): void {
    if (closing || pipes.length + opening >= most || performance.now() < rests) return
    opening++
    pool
      .connect()
      .then(
        (client) => {
          const pipe: Pipe = { client, underWay: 0, sent: [], work: 0, since: 0, ended: false, room: deep }
          client.on('error', (error) => {
            end(pipe, error)
            onLost(error)
          })
          pipes.push(pipe)
          if (closing) end(pipe)
        },
        // The statement went elsewhere; if the database is away, it is told there.
        () => {
          rests = performance.now() + resting
        },
      )
      .finally(() => opening--)
  }

  function end(pipe: Pipe, error?: Error): void {
    if (pipe.ended) return
    pipe.ended = true
    const at = pipes.indexOf(pipe)
    if (at >= 0) pipes.splice(at, 1)
    pipe.client.release(error ?? true)
    if (!pipes.length) passOnWaiting()
  }

  function passOnWaiting(): void {
    waitingFor = 0
    for (const { failed } of waiting.splice(0)) failed(again)
  }

  const isStuck = (pipe: Pipe, now: number, after = stalls) => pipe.underWay > 0 && now - pipe.since >= after

  /** What was sent behind a statement that does not end is run elsewhere, and so is what waits if all are stuck. */
  function watch(): void {
    if (watched) return
    watched = true
    // Where this process was busy, answers that have come are read first.
    setTimeout(() => setImmediate(passOnStuck), passesOn).unref()
  }

  function passOnStuck(): void {
    watched = false
    const now = performance.now()
    const stuck = pipes.filter((pipe) => isStuck(pipe, now, passesOn))
    for (const each of stuck.flatMap(({ sent }) => sent.slice(1))) {
      if (each.passedOn) continue
      each.passedOn = true
      for (const { failed } of each.all) failed(again)
    }
    if (stuck.length === pipes.length) passOnWaiting()
    if (waiting.length || pipes.some(({ sent }) => sent.length > 1)) watch()
  }

  /** Whether what waits is little enough for one more: for connections that are stuck, nothing waits. */
  function mayWait(takes: number, now: number): boolean {
    let [room, work] = [-waiting.length, -waitingFor - takes]
    for (const pipe of pipes) {
      if (isStuck(pipe, now)) continue
      room += pipe.room
      work += mostWork - pipe.work
    }
    return room > 0 && work >= 0
  }

  /** Sends what waits to the first connection that has room: statements are better few together than spread. */
  function send(): void {
    scheduled = false
    const now = performance.now()
    while (waiting.length) {
      const free = pipes.filter((pipe) => pipe.underWay < pipe.room && pipe.work < enough && !isStuck(pipe, now))
      if (!free.length) break
      sendTo(free[0] as Pipe, Math.ceil(waiting.length / free.length))
    }
    if (waiting.length) watch()
  }

  /** Sends the one that has waited longest, and others like it. */
  function sendTo(pipe: Pipe, most: number): void {
    const first = waiting.shift() as Waiting
    const batch = fitBatch(first.values) ? batchOf(first.statement) : null
    const together = [first]
    let work = first.takes
    for (let i = 0; batch && i < waiting.length && together.length < most; ) {
      const each = waiting[i] as Waiting
      const fits = pipe.work + work + each.takes <= mostWork
      if (fits && each.statement === first.statement && fitBatch(each.values)) {
        waiting.splice(i, 1)
        together.push(each)
        work += each.takes
      } else i++
    }
    waitingFor -= work
    if (!pipe.underWay) pipe.since = performance.now()
    pipe.underWay += together.length
    pipe.work += work
    if (batch && (always || together.length > 1)) runBatch(pipe, batch, together, work)
    else runOne(pipe, first)
  }

  /** Notes that statements have been answered that were sent together, and sends what waits. */
  function ended(pipe: Pipe, all: Waiting[], work: number, began: number | null): void {
    const then = performance.now()
    if (began !== null) note((all[0] as Waiting).statement, (then - began) / all.length)
    pipe.room = then - pipe.since > late + 2 * work ? Math.max(1, pipe.room >> 1) : Math.min(deep, pipe.room + 1)
    pipe.since = then
    pipe.work -= work
    pipe.underWay -= all.length
    if (waiting.length) send()
    else if (closing && !pipe.underWay) end(pipe)
  }

  const isLost = (pipe: Pipe, error: Error) =>
    pipe.ended || !(error instanceof pg.DatabaseError) || error.severity === 'FATAL'

  /** Sends a query. It is known how long it takes if nothing else is under way. */
  function submit<Result>(
    pipe: Pipe,
    query: pg.Query,
    all: Waiting[],
    work: number,
    answered: (error: Error | null | undefined, result: Result) => void,
  ): void {
    const began = pipe.underWay === all.length ? pipe.since : null
    const sent = { all, passedOn: false }
    pipe.sent.push(sent)
    if (pipe.sent.length > 1) watch()
    let told = false
    const called = (error: Error | null | undefined, result: Result) => {
      // A query that could not be sent is answered twice.
      if (told) return
      told = true
      pipe.sent.splice(pipe.sent.indexOf(sent), 1)
      ended(pipe, all, work, began)
      if (!sent.passedOn) answered(error, result)
    }
    pipe.client.query(query as never, undefined as never, called as never)
  }

  function runOne(pipe: Pipe, one: Waiting): void {
    const query = preparedQuery(one.statement, one.values, atPrepare)
    submit<pg.QueryResult>(pipe, query, [one], one.takes, (error, result) => {
      if (!error) one.done(result.rows)
      else one.failed(isLost(pipe, error) ? again : error)
    })
  }

  function runBatch(pipe: Pipe, batch: Statement, all: Waiting[], work: number): void {
    const query = preparedQuery(batch, batchValues(all.map(({ values }) => values)), atPrepare, false, 'array')
    batched += all.length
    submit<pg.QueryArrayResult>(pipe, query, all, work, (error, result) => {
      // Whose values it failed for is not known: each is run by itself.
      if (error) for (const { failed } of all) failed(again)
      else {
        const columns = result.fields.map(({ name }) => name)
        const rows = batchRows(result.rows, columns, all.length)
        for (const [i, { done }] of all.entries()) done(rows[i] as object[])
      }
    })
  }

  return {
    pool,
    get batched() {
      return batched
    },
    run<Row extends object>(statement: Statement, values: unknown[]) {
      const takes = statement.ms ?? enough
      if (takes > enough || closing) return null
      if (!mayWait(takes, performance.now())) {
        open()
        return null
      }
      return new Promise<Row[]>((done, failed) => {
        waiting.push({ statement, values, takes, done: done as Waiting['done'], failed })
        waitingFor += takes
        // Others may ask for the same in this turn.
        if (!scheduled) setImmediate(send)
        scheduled = true
      })
    },
    async close() {
      closing = true
      send()
      for (const pipe of [...pipes]) if (!pipe.underWay) end(pipe)
      await pool.end()
    },
  }
}

/**
 * Notes how long a statement took. What counts is the least of some runs: planning, waiting for others and a process that
 * is busy make a statement look slower than it is, never quicker.
 */
export function note(statement: Statement, took: number): void {
  statement.ms = Math.min(took, (statement.ms ?? took) * 1.03)
}
