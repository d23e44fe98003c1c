import { createHash } from 'node:crypto'
import pg from 'pg'
import { emits } from '../events/emit.ts'
import { signals } from '../events/signal.ts'
import { lru } from '../lru.ts'

/** A statement: its name when prepared, whether it emits events or signals, and how often it runs. */
export type Statement = {
  text: string
  name: string
  emits: boolean
  /** Whether it only reads, by its text. */
  reads: boolean
  eachTime: boolean
  uses: number
  /** How long it takes at least, in ms; null until it has run. */
  ms: number | null
}

/** Says of a statement that a function it calls writes. */
export const writing = '/* writes */'

/** What only statements have that write, lock or wait. */
export const writes =
  /\/\* writes \*\/|\b(insert into|update|delete from|merge into|for (no key )?update|for (key )?share|nextval|setval|set_config|pg_advisory\w*|pg_try_advisory\w*|pg_notify|call|do|lock|vacuum|create|alter|drop)\b/i

/** Whether a statement only reads, as far as its text says. */
export const onlyReads = (text: string): boolean =>
  /^\s*(\/\*.*?\*\/\s*)?(select|with|\()/i.test(text) && !writes.test(text)

/** Prefix of a statement that is planned for the values of each run. */
export const plannedEachTime = '/* planned each time */ '

/** Number of statements whose uses are counted. */
const maxKnown = 1_000
/** A statement is prepared on this run: filters of lists come in thousands of combinations, and most run once. */
export const often = 3
/** Largest number of prepared statements on a connection: each takes some 300 kB of the database's memory. */
const maxPrepared = 64
/** The same limit for short-lived connections, where every statement is prepared on its first run. */
const maxAtOnce = 500
/** After this many runs every count is halved, so that statements no longer used make room. */
const halfLife = 20_000

const known = lru<string, Statement>(maxKnown, (statement) => {
  statement.uses = 0
})
let runs = 0

/** The record of a statement. Its name depends on the text alone, so two processes behind one pooler agree. */
export function statementOf(text: string): Statement {
  let statement = known.get(text)
  if (!statement) {
    const name = `k${createHash('sha1').update(text).digest('base64url').slice(0, 16)}`
    statement = {
      ...{ text, name, uses: 0, ms: null },
      ...{ emits: emits(text) || signals(text), eachTime: text.startsWith(plannedEachTime) },
      reads: onlyReads(text),
    }
    known.set(text, statement)
  }
  statement.uses++
  if (++runs % halfLife === 0) for (const each of known.values()) each.uses = Math.ceil(each.uses / 2)
  return statement
}

/** Internals of a pg connection that its types do not declare. */
type Preparing = {
  close(what: { type: 'S'; name: string }): void
  parsedStatements: Record<string, string>
  submittedNamedStatements: Record<string, string>
}

const prepared = new WeakMap<Preparing, Map<string, Statement>>()

/**
 * Whether to prepare a statement on a connection. On a full connection it replaces the least used one, if it runs
 * more than twice as often. So a client that runs many different statements displaces none that is in use.
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
    // By the protocol message, which poolers follow; they do not follow the statement DEALLOCATE.
    connection.close({ type: 'S', name: least.name })
    delete connection.parsedStatements[least.name]
    delete connection.submittedNamedStatements[least.name]
    there.delete(least.name)
  }
  there.set(statement.name, statement)
  return true
}

/** Begins a transaction. The first transaction of a connection prepares it. */
export const beginning = { name: 'kbegin', text: 'begin' }

/** What pg sends messages by. */
type Sending = Preparing & {
  stream: { cork(): void; uncork(): void }
  bind(what: { statement: string; values: unknown[] }): void
  execute(what: object): void
}

/** Whether a client can begin a transaction together with its first statement: `begin` must be prepared there. */
export const mayBegin = (client: pg.ClientBase): boolean =>
  beginning.name in (client as unknown as { connection: Preparing }).connection.parsedStatements

/** What pg has in a query, as its types do not declare it. */
const PgQuery = pg.Query as unknown as new (config: {
  text: string
  values: unknown[]
  queryMode: string
  rowMode?: string | undefined
}) => {
  name?: string
  submit(connection: pg.Connection): unknown
  handleCommandComplete(message: object, connection: pg.Connection): void
}

/**
 * A class, and no methods given to each query: V8 would make such queries unlike each other, and keep what is alike in
 * them, with all that came of them, until a full collection.
 */
class Prepared extends PgQuery {
  readonly #statement: Statement
  readonly #atOnce: boolean
  #begins: boolean

  constructor(statement: Statement, values: unknown[], atOnce: boolean, begins: boolean, rowMode?: 'array') {
    super({ text: statement.text, values, queryMode: 'extended', rowMode })
    this.#statement = statement
    this.#atOnce = atOnce
    this.#begins = begins
  }

  override submit(connection: pg.Connection): unknown {
    const sending = connection as unknown as Sending
    if (isPrepared(sending, this.#statement, this.#atOnce)) this.name = this.#statement.name
    if (!this.#begins) return super.submit(connection)
    sending.stream.cork()
    try {
      sending.bind({ statement: beginning.name, values: [] })
      sending.execute({})
      return super.submit(connection)
    } finally {
      sending.stream.uncork()
    }
  }

  override handleCommandComplete(message: object, connection: pg.Connection): void {
    // The first of the two that are complete is the beginning.
    if (this.#begins) this.#begins = false
    else super.handleCommandComplete(message, connection)
  }
}

/**
 * A query ready to send. It is prepared on its connection if it runs often, or at once.
 * @param begins whether it begins a transaction, in the same message: if that fails, the statement is not run
 * @param rowMode whether rows are arrays
 */
export const preparedQuery = (
  statement: Statement,
  values: unknown[],
  atOnce: boolean,
  begins = false,
  rowMode?: 'array',
): pg.Query => new Prepared(statement, values, atOnce, begins, rowMode) as unknown as pg.Query
