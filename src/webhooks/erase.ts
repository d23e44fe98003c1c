import type { Db } from '../platform/db/database.ts'
import { statement } from '../platform/sql/statement.ts'

const erasing = statement({
  name: 'webhooks: erase answers',
  takes: { events: 'bigint[]', first: 'bigint', last: 'bigint' },
  gives: {},
  // The range lets PostgreSQL use the block index.
  sql: ($) => `update webhook_attempt set response = '' where event_id between ${$.first} and ${$.last}
    and event_id = any(${$.events}) and response <> ''`,
})

/** Erases the responses of receivers to these events: many answer with what they were sent. */
export const eraseAnswers = async (tx: Db, events: number[]): Promise<void> =>
  void (await erasing.rows(tx, { events, first: Math.min(...events), last: Math.max(...events) }))
