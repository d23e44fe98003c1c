import { randomUUID } from 'node:crypto'
import type { Clock } from '../platform/clock.ts'
import type { Database, Db } from '../platform/db/database.ts'
import { statement } from '../platform/sql/statement.ts'

/** Something that is done, as the trail keeps it. */
export type Entry = {
  /** The member who does it, or the user of this machine who runs a command. */
  actor: number | null
  operator: string | null
  /** The network address it comes from. */
  address: string | null
  /** An endpoint, as `PATCH /api/v2/category/{id}/`, or a command, as `kith block`. */
  act: string
  /** The id of what it is done to, as far as it is known. */
  target: number | null
  /** The names of what was sent; never what they say. */
  fields: string[]
}

/** So many names of fields are kept, each so long: options are many, and a body may have any. */
const [mostFields, mostLetters] = [100, 100]

/** The names of what was sent, in their order. */
export const namesOf = (sent: object) =>
  Object.entries(sent)
    .filter(([, value]) => value !== undefined)
    .map(([name]) => name.slice(0, mostLetters))
    .sort()
    .slice(0, mostFields)

const writing = statement({
  name: 'audit: write',
  takes: {
    ...{ asked: 'text', at: 'timestamptz', actor: 'bigint?', operator: 'text?', address: 'text?', act: 'text' },
    ...{ target: 'bigint?', fields: 'text[]', anyway: 'boolean' },
  },
  gives: { id: 'bigint' },
  // A transaction has an id once it writes: what has only read, or was tried in vain, is not kept.
  sql: ($) => `insert into audit (asked, at, actor_id, operator, address, act, target, fields)
    select ${$.asked}::uuid, ${$.at}, ${$.actor}, ${$.operator}, ${$.address}, ${$.act}, ${$.target}, ${$.fields}
    where ${$.anyway} or pg_current_xact_id_if_assigned() is not null
    on conflict (asked) do nothing returning id`,
})

const naming = statement({
  name: 'audit: name what was made',
  takes: { asked: 'text', target: 'bigint' },
  gives: {},
  sql: ($) => `update audit set target = ${$.target} where asked = ${$.asked}::uuid and target is null`,
})

/** What may write: whatever else is sent needs no transaction for it. */
const mayWrite = /\b(?:insert|update|delete)\b/i

/** Statements come here as they were declared. */
const sendOn = <Row extends object>({ query }: Db, text: string, values?: unknown[], name?: string) =>
  query<Row>(text, values, name)

/**
 * A database for one act that is to be in the trail. The first transaction that changes anything takes the entry along:
 * both are there or neither is, and there is one however many transactions follow.
 */
export function recorded(db: Database, entry: Entry, clock: Clock) {
  const asked = randomUUID()
  const { query } = db
  let written = false
  const write = async (on: Db, anyway: boolean) =>
    Boolean(await writing.row(on, { ...entry, asked, at: clock.now(), anyway }))

  const recording: Database = Object.assign(Object.create(db) as Database, {
    query: <Row extends object>(text: string, values?: unknown[], name?: string): Promise<Row[]> =>
      written || !mayWrite.test(text)
        ? query<Row>(text, values, name)
        : recording.transaction((tx) => sendOn<Row>(tx, text, values, name)),
    async transaction<T>(work: (tx: Db) => Promise<T>): Promise<T> {
      if (written) return db.transaction(work)
      let wrote = false
      const result = await db.transaction(async (tx) => {
        const result = await work(tx)
        wrote = await write(tx, false)
        return result
      })
      written ||= wrote
      return result
    },
  })
  return {
    db: recording,
    /** The act has ended well: it is kept though it has changed nothing, as the showing of a secret does. */
    async done(made: number | null = null): Promise<void> {
      if (!written) await write(db, true)
      if (made !== null && entry.target === null) await naming.rows(db, { asked, target: made })
    },
  }
}

/** The same as whatever holds a database, but with another. What changes in it later is seen. */
export const withDatabase = <Of extends { db: Database }>(of: Of, db: Database): Of =>
  Object.assign(Object.create(of) as Of, { db })
