import type { Db } from '../platform/db/database.ts'
import { statement } from '../platform/sql/statement.ts'

/** SQL of how many notifications a member has not seen. */
export const unseenSql = (member: string) =>
  `coalesce((select b.unseen from notification_box b where b.member_id = ${member}), 0)`

const counting = statement({
  name: 'notifications: unseen of members',
  takes: { members: 'bigint[]' },
  gives: { member: 'bigint', unseen: 'int' },
  sql: ($) => `select id as member, ${unseenSql('id')} as unseen from unnest(${$.members}) id`,
})

/** How many notifications each of some members has not seen. */
export const countUnseen = (db: Db, members: number[]): Promise<{ member: number; unseen: number }[]> =>
  counting.rows(db, { members })
