import type { Db } from '../platform/db/database.ts'
import { statement } from '../platform/sql/statement.ts'

const looking = statement({
  name: 'eventlog: whether anything is sent from here',
  takes: {},
  gives: { since: 'timestamptz' },
  sql: () => 'select since from sending_hold',
})

const holding = statement({
  name: 'eventlog: hold back what would be sent',
  takes: { now: 'timestamptz' },
  gives: {},
  sql: ($) => `insert into sending_hold (since) values (${$.now}) on conflict do nothing`,
})

const releasing = statement({
  name: 'eventlog: let go what was held back',
  takes: {},
  gives: { since: 'timestamptz' },
  sql: () => 'delete from sending_hold returning since',
})

/** Since when webhooks, mails and browser notifications are held back; null if they are not. */
export const heldSince = async (db: Db): Promise<string | null> => (await looking.row(db, {}))?.since ?? null

/** Holds them back, on every node that starts from now on. */
export const holdSending = (db: Db, now: Date) => holding.rows(db, { now })

/** Releases them. @returns whether they were held back */
export const releaseSending = async (db: Db): Promise<boolean> => Boolean(await releasing.row(db, {}))

/** Whether sending may go on, asked before every round. Once it may, the database is not asked again. */
export function createHold(db: Db): () => Promise<boolean> {
  let open = false
  return async () => {
    open ||= (await heldSince(db)) === null
    return open
  }
}
