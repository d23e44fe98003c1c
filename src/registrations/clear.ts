import { lifetimes } from '../addresses/codes.ts'
import type { Kith } from '../context.ts'
import { statement } from '../platform/sql/statement.ts'
import { removeWaiting } from './approve.ts'

const finding = statement({
  name: 'registrations: never confirmed',
  takes: { before: 'timestamptz' },
  gives: { id: 'bigint' },
  sql: ($) => `select member_id as id from sign_up where unconfirmed and created_at < ${$.before} limit 500`,
})

const locking = statement({
  name: 'registrations: lock one never confirmed',
  takes: { id: 'bigint' },
  gives: { id: 'bigint' },
  sql: ($) => `select u.id from users u join sign_up s on s.member_id = u.id
    where u.id = ${$.id} and u.status = 'w' and s.unconfirmed for update of u, s skip locked`,
})

/** Removes accounts whose address was not confirmed in time: their names are free again. */
export async function clearUnconfirmed(kith: Kith): Promise<void> {
  const before = new Date(kith.clock.now().getTime() - lifetimes.signUp * 1000)
  for (const { id } of await finding.rows(kith.db, { before }))
    await kith.db.transaction(async (tx) => {
      if (await locking.row(tx, { id })) await removeWaiting(tx, id)
    })
}
