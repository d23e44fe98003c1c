import type { Db } from '../platform/db/database.ts'
import { statement } from '../platform/sql/statement.ts'
import type { Erasing, Leaving } from '../slice.ts'
import { endNotifications, endSome } from './end.ts'
import { lockBoxes } from './lock.ts'

const closing = statement({
  name: 'notifications: close a box',
  takes: { member: 'bigint' },
  gives: {},
  sql: ($) => `update notification_box set closed = true, due_at = null where member_id = ${$.member}`,
})

/** A member who leaves is told nothing more, and what they did is no longer told to anybody. */
export async function closeBox(tx: Db, { id }: Leaving): Promise<void> {
  await lockBoxes(tx, [id])
  await closing.rows(tx, { member: id })
  await endNotifications(tx, 'member', [id])
  await endNotifications(tx, 'actor', [id])
}

const batch = 500

// Tasks that still have to tell of it find nothing.
const forgetting = statement({
  name: 'notifications: erase notices',
  takes: { member: 'bigint' },
  gives: { id: 'bigint' },
  sql: ($) => `delete from notification_notice n where n.id in (
      (select id from notification_notice where actor_id = ${$.member} limit ${batch})
      union (select id from notification_notice where owner_id = ${$.member} limit ${batch})
    ) and not exists (select from notification i where i.notice_id = n.id) returning id`,
})

const disposing = statement({
  name: 'notifications: erase what a member has disposed of',
  takes: { member: 'bigint' },
  gives: {},
  sql: ($) => `delete from banner_reader where member_id = ${$.member}`,
})

/** Erases some of what a member was told, and of what others are told about the member's acts and contents. */
export async function eraseNotifications(tx: Db, { id }: Erasing): Promise<boolean> {
  for (const by of ['member', 'actor', 'owned'] as const) if (await endSome(tx, by, [id])) return true
  await disposing.rows(tx, { member: id })
  return (await forgetting.rows(tx, { member: id })).length > 0
}
