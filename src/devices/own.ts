import type { Db } from '../platform/db/database.ts'
import { type OwnRows, ownRows } from '../platform/sql/own-rows.ts'
import { statement } from '../platform/sql/statement.ts'
import { renderDevice } from './views.ts'

/** What members take away: not the keys, by which others could push to them. */
export const ownDevices: Record<string, OwnRows> = {
  devices: ownRows('devices: what a member has', ($) => ({
    key: 'd.id',
    json: renderDevice,
    from: `from device d where d.member_id = ${$.member}`,
  })),
}

const forgetting = statement({
  name: 'devices: forget those of a member',
  takes: { member: 'bigint' },
  gives: {},
  sql: ($) => `delete from device where member_id = ${$.member}`,
})

/** Deletes the devices of a member who has left. */
export async function forgetDevices(tx: Db, member: number): Promise<boolean> {
  await forgetting.rows(tx, { member })
  return false
}
