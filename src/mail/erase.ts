import type { Kith } from '../context.ts'
import type { Db } from '../platform/db/database.ts'
import { chosenSql } from '../platform/sql/chosen.ts'
import { statement } from '../platform/sql/statement.ts'

const dropping = statement({
  name: 'mail: drop what waits for a member',
  takes: { member: 'bigint' },
  gives: {},
  sql: ($) => `delete from mail where member_id = ${$.member} and due_at is not null`,
})

/** Deletes mails that wait to be sent to a member who leaves. */
export const dropMails = async (tx: Db, member: number): Promise<void> => void (await dropping.rows(tx, { member }))

/** Rows per batch. */
const batch = 500

const erasing = statement({
  name: 'mail: erase those of a member',
  takes: { member: 'bigint', batch: 'int' },
  gives: { id: 'bigint' },
  sql: ($) =>
    `delete from mail where ${chosenSql('id', `select id from mail where member_id = ${$.member} limit ${$.batch}`)} returning id`,
})

/** @returns whether there may be more */
export const eraseMails = async (tx: Db, member: number): Promise<boolean> =>
  (await erasing.rows(tx, { member, batch })).length === batch

const clearing = statement({
  name: 'mail: clear',
  takes: { before: 'timestamptz', batch: 'int' },
  gives: { id: 'bigint' },
  sql: ($) =>
    `delete from mail where ${chosenSql('id', `select id from mail where settled_at < ${$.before} order by settled_at limit ${$.batch}`)} returning id`,
})

/** Days that the outcome of a mail is kept. */
export const keptDays = 30

/** Deletes mails that were sent or given up long ago. */
export async function clearMails({ db, clock }: Kith): Promise<void> {
  const before = new Date(clock.now().getTime() - keptDays * 86_400_000)
  while ((await clearing.rows(db, { before, batch })).length === batch);
}
