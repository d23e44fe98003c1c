import type { Kith } from '../context.ts'
import type { Db } from '../platform/db/database.ts'
import { statement } from '../platform/sql/statement.ts'

const dropping = statement({
  name: 'mail: drop what waits for a member',
  takes: { member: 'bigint' },
  gives: {},
  sql: ($) => `delete from mail where member_id = ${$.member} and due_at is not null`,
})

/** What waits to be sent to a member who leaves is not sent. */
export const dropMails = async (tx: Db, member: number): Promise<void> => void (await dropping.rows(tx, { member }))

/** So many rows at a time. */
const batch = 500

const erasing = statement({
  name: 'mail: erase those of a member',
  takes: { member: 'bigint', batch: 'int' },
  gives: { id: 'bigint' },
  sql: ($) =>
    `delete from mail where id in (select id from mail where member_id = ${$.member} limit ${$.batch}) returning id`,
})

/** @returns whether there may be more */
export const eraseMails = async (tx: Db, member: number): Promise<boolean> =>
  (await erasing.rows(tx, { member, batch })).length === batch

const clearing = statement({
  name: 'mail: clear',
  takes: { before: 'timestamptz', batch: 'int' },
  gives: { id: 'bigint' },
  sql: ($) =>
    `delete from mail where id in (select id from mail where settled_at < ${$.before} limit ${$.batch}) returning id`,
})

/** Days that it is known of a mail that it was sent, or why it was not. */
export const keptDays = 30

/** Forgets mails that were settled long ago. */
export async function clearMails({ db, clock }: Kith): Promise<void> {
  const before = new Date(clock.now().getTime() - keptDays * 86_400_000)
  while ((await clearing.rows(db, { before, batch })).length === batch);
}
