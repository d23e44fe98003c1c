import { randomBytes } from 'node:crypto'
import type { Db } from '../platform/db/database.ts'
import { statement } from '../platform/sql/statement.ts'

/** The channel on which nodes hear that events were committed, or that lanes are free. */
export const channel = 'kith_delivery'

/** This process, as it names itself when it announces a commit. */
export const here = randomBytes(6).toString('base64url')

const notifying = statement({
  name: 'delivery: wake other nodes',
  takes: { channel: 'text', news: 'text' },
  gives: {},
  sql: ($) => `select from pg_notify(${$.channel}, ${$.news})`,
})

/** Wakes other nodes: to read the log, to which this process has written; or to take lanes that are free. */
export async function notify(db: Db, news: typeof here | 'lanes'): Promise<void> {
  await notifying.rows(db, { channel, news })
}
