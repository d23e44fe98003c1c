import pg from 'pg'
import { preparedQuery, type Statement } from './prepared.ts'

/**
 * Connections on which several statements are under way at once. They save the database and this process most of the
 * work of waking each other, once per statement otherwise.
 */
export type Pipeline = {
  /**
   * Runs a statement behind others. It fails like any other statement, and with `lost` if its connection ends.
   * @returns null if no connection has room: others would have to wait for the statement, or it for them
   */
  run<Row extends object>(statement: Statement, values: unknown[]): Promise<pg.QueryResult<Row>> | null
  pool: pg.Pool
  close(): Promise<void>
}

/** The connection ended before the statement was answered. */
export const lost = Symbol('lost')

/** At most so many statements are under way on a connection, and at most this much work, in ms. */
const [deep, atOnce] = [8, 3]
/** A connection that has answered nothing for this long gets no more to do, in ms. */
const stalls = 10
/** A statement that took this long to be answered came late, in ms. */
const late = 5
/** After a failure to connect, how long it is not tried again, in ms. */
const resting = 1_000

type Pipe = {
  client: pg.PoolClient
  underWay: number
  /** How long what is under way usually takes, in ms. */
  work: number
  /** When it began with the first of it. */
  since: number
  ended: boolean
  /** How many may be under way: fewer after one that came late. */
  room: number
}

/**
 * @param config how to connect, and how many connections at most
 * @param atPrepare whether each statement is prepared on its first run
 * @param onLost called for a connection that ended
 */
export function createPipeline(config: pg.PoolConfig, atPrepare: boolean, onLost: (error: Error) => void): Pipeline {
  // `pipeline` is missing from the types of pg.
  const pool = new pg.Pool({ ...config, idleTimeoutMillis: 0, pipeline: true } as pg.PoolConfig)
  pool.on('error', onLost)
  const most = config.max ?? 1
  const pipes: Pipe[] = []
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
          const pipe: Pipe = { client, underWay: 0, work: 0, since: 0, ended: false, room: deep }
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
  }

  /** The first that has room: statements are better few together than spread. */
  function find(takes: number, now: number): Pipe | null {
    for (const pipe of pipes) {
      if (!pipe.underWay) return pipe
      if (pipe.underWay < pipe.room && pipe.work + takes <= atOnce && now - pipe.since < stalls) return pipe
    }
    return null
  }

  return {
    pool,
    run<Row extends object>(statement: Statement, values: unknown[]) {
      const takes = statement.ms ?? atOnce
      if (takes > atOnce || closing) return null
      const now = performance.now()
      const pipe = find(takes, now)
      if (!pipe) {
        open()
        return null
      }
      const alone = pipe.underWay++ === 0
      if (alone) pipe.since = now
      pipe.work += takes
      return new Promise<pg.QueryResult<Row>>((done, failed) => {
        const query = preparedQuery(statement, values, atPrepare)
        let told = false
        pipe.client.query(
          query as never,
          undefined as never,
          ((error: Error | null | undefined, result: pg.QueryResult<Row>) => {
            // A query that could not be sent is answered twice.
            if (told) return
            told = true
            const then = performance.now()
            if (alone) note(statement, then - now)
            pipe.since = then
            pipe.room = then - now > late ? Math.max(1, pipe.room >> 1) : Math.min(deep, pipe.room + 1)
            pipe.work -= takes
            pipe.underWay--
            if (closing && !pipe.underWay) end(pipe)
            if (!error) done(result)
            else failed(pipe.ended || !(error instanceof pg.DatabaseError) || error.severity === 'FATAL' ? lost : error)
          }) as never,
        )
      })
    },
    async close() {
      closing = true
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
