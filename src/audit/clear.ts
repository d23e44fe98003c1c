import type { Kith } from '../context.ts'
import type { Db } from '../platform/db/database.ts'
import { chosenSql } from '../platform/sql/chosen.ts'
import { statement } from '../platform/sql/statement.ts'

/** Days that an entry is kept. */
export const keptFor = 365

/** A small batch, so that nobody waits for long. */
const batch = 1_000

const clearing = statement({
  name: 'audit: clear what is old',
  takes: { before: 'timestamptz', batch: 'int' },
  gives: { id: 'bigint' },
  sql: (
    $,
  ) => `delete from audit where ${chosenSql('id', `select id from audit where at < ${$.before} order by at limit ${$.batch}`)}
    returning id`,
})

/** Deletes entries that have been kept long enough. */
export async function clearAudit({ db, clock }: Kith): Promise<void> {
  const before = new Date(clock.now().getTime() - keptFor * 86_400_000)
  while ((await clearing.rows(db, { before, batch })).length === batch);
}

const forgetting = statement({
  name: 'audit: forget where somebody acted from',
  takes: { member: 'bigint', batch: 'int' },
  gives: { id: 'bigint' },
  sql: ($) =>
    `update audit set address = null where ${chosenSql(
      'id',
      `select id from audit where actor_id = ${$.member} and address is not null limit ${$.batch}`,
    )} returning id`,
})

/**
 * Entries of an erased member stay, because they concern others. Their name is gone with their profile; the network
 * addresses are removed here.
 * @returns whether there may be more
 */
export const forgetAddresses = async (tx: Db, member: number): Promise<boolean> =>
  (await forgetting.rows(tx, { member, batch })).length > 0
