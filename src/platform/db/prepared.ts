import { createHash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import pg from 'pg'
import { emits } from '../events/emit.ts'
import { signals } from '../events/signal.ts'

/** What is known of a statement: its name when it is prepared, whether it emits events or signals, and how often it is run. */
export type Statement = { text: string; name: string; emits: boolean; eachTime: boolean; uses: number }

/** Begins the text of a statement that is planned for the values of each run. */
export const plannedEachTime = '/* planned each time */ '

/** Number of statements whose uses are counted. */
const maxKnown = 1_000
/** A statement is prepared when it has been run so often: filters of lists come in thousands of combinations. */
const often = 3
/** Largest number of prepared statements on a connection: each takes some 300 kB of the database's memory. */
const maxPrepared = 64
/** The same where every statement is prepared as it is run first, on connections that do not live long. */
const maxAtOnce = 500
/** Number of runs after which every count is halved, so that statements that are no longer run make room. */
const halfLife = 20_000

const known = new LRUCache<string, Statement>({
  max: maxKnown,
  dispose: (statement) => {
    statement.uses = 0
  },
})
let runs = 0

/** What is known of a statement. The name depends on the text alone, so that two processes behind one pooler agree. */
export function statementOf(text: string): Statement {
  let statement = known.get(text)
  if (!statement) {
    const name = `k${createHash('sha1').update(text).digest('base64url').slice(0, 16)}`
    statement = {
      ...{ text, name, uses: 0 },
      ...{ emits: emits(text) || signals(text), eachTime: text.startsWith(plannedEachTime) },
    }
    known.set(text, statement)
  }
  statement.uses++
  if (++runs % halfLife === 0) for (const each of known.values()) each.uses = Math.ceil(each.uses / 2)
  return statement
}

/** What a connection has to do with prepared statements; pg has it, and does not name it. */
type Preparing = {
  close(what: { type: 'S'; name: string }): void
  parsedStatements: Record<string, string>
}

const prepared = new WeakMap<Preparing, Map<string, Statement>>()

/**
 * Whether a statement is to be prepared on a connection. On a full connection, the statement that runs least makes room for
 * one that runs more than twice as often; so a client that runs many different ones displaces none that is in use.
 */
function isPrepared(connection: Preparing, statement: Statement, atOnce: boolean): boolean {
  const there = prepared.get(connection) ?? new Map<string, Statement>()
  prepared.set(connection, there)
  if (there.has(statement.name)) return true
  if (statement.uses < often && !atOnce) return false
  if (there.size >= (atOnce ? maxAtOnce : maxPrepared)) {
    let least = statement
    for (const each of there.values()) if (each.uses < least.uses) least = each
    if (statement.uses <= 2 * least.uses) return false
    // By the message, which poolers of connections follow; the statement DEALLOCATE they do not.
    connection.close({ type: 'S', name: least.name })
    delete connection.parsedStatements[least.name]
    there.delete(least.name)
  }
  there.set(statement.name, statement)
  return true
}

/** Begins a transaction; prepared on a connection by its first. */
export const beginning = { name: 'kbegin', text: 'begin' }

/** What pg sends messages by. */
type Sending = Preparing & {
  stream: { cork(): void; uncork(): void }
  bind(what: { statement: string; values: unknown[] }): void
  execute(what: object): void
}

/** Whether a statement sent by a client may begin a transaction with it. */
export const mayBegin = (client: pg.ClientBase): boolean =>
  beginning.name in (client as unknown as { connection: Preparing }).connection.parsedStatements

/**
 * A statement to be sent, prepared on the connection it is sent by if it is run often, or at once.
 * @param begins a transaction, in the same breath: if that cannot begin, the statement is not run
 */
export function preparedQuery(statement: Statement, values: unknown[], atOnce: boolean, begins = false): pg.Query {
  const config = { text: statement.text, values, queryMode: 'extended' }
  const query = new pg.Query(config) as pg.Query & { name?: string; handleCommandComplete(...given: unknown[]): void }
  const { submit, handleCommandComplete } = query
  query.submit = (connection) => {
    const sending = connection as unknown as Sending
    if (isPrepared(sending, statement, atOnce)) query.name = statement.name
    if (!begins) return submit.call(query, connection)
    // The first of the two that are complete is the beginning.
    query.handleCommandComplete = () => {
      query.handleCommandComplete = handleCommandComplete
    }
    sending.stream.cork()
    try {
      sending.bind({ statement: beginning.name, values: [] })
      sending.execute({})
      return submit.call(query, connection)
    } finally {
      sending.stream.uncork()
    }
  }
  return query
}
