import { randomUUID } from 'node:crypto'
import type { Clock } from '../platform/clock.ts'
import type { Database, Db } from '../platform/db/database.ts'
import { statement } from '../platform/sql/statement.ts'

/** An entry of the audit trail. */
export type Entry = {
  /** The member who acts; or `operator`, the user of this machine who runs a command. */
  actor: number | null
  operator: string | null
  /** The network address of the caller. */
  address: string | null
  /** An endpoint, as `PATCH /api/v2/category/{id}/`, or a command, as `kith block`. */
  act: string
  /** The id of the target, if it is known. */
  target: number | null
  /** The names of the fields that were sent; never their values. */
  fields: string[]
}

/** How many field names are kept, and how long each may be: a body may have any. */
const [mostFields, mostLetters] = [100, 100]

/** The names of the fields that were sent, in order. */
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
  // A transaction gets an id only when it writes: one that only read, or failed, is not recorded.
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

/** Statements that may write; others need no transaction for the entry. */
const mayWrite = /\b(?:insert|update|delete)\b/i

/** Sends a statement as it was declared. */
const sendOn = <Row extends object>({ query }: Db, text: string, values?: unknown[], name?: string) =>
  query<Row>(text, values, name)

/**
 * A database for one act that is to be recorded. The first transaction that writes also writes the entry, so both
 * commit or neither does. There is one entry, however many transactions follow.
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
    /** Called when the act has succeeded: records it even if it has written nothing, as when a secret is shown. */
    async done(made: number | null = null): Promise<void> {
      if (!written) await write(db, true)
      if (made !== null && entry.target === null) await naming.rows(db, { asked, target: made })
    },
  }
}

/** The same object with another database. Later changes of the object remain visible. */
export const withDatabase = <Of extends { db: Database }>(of: Of, db: Database): Of =>
  Object.assign(Object.create(of) as Of, { db })
