import type { Db } from '../platform/db/database.ts'
import { statement } from '../platform/sql/statement.ts'

/** The channel on which nodes hear that events were committed, or that lanes are free. */
export const channel = 'kith_delivery'

const notifying = statement({
  name: 'delivery: wake other nodes',
  takes: { channel: 'text', news: 'text' },
  gives: {},
  sql: ($) => `select from pg_notify(${$.channel}, ${$.news})`,
})

/** Wakes the nodes that deliver: to look at the log, or at the lanes that are free. */
export async function notify(db: Db, news: '' | 'lanes'): Promise<void> {
  await notifying.rows(db, { channel, news })
}
