import type { Db } from '../platform/db/database.ts'
import { statement } from '../platform/sql/statement.ts'

/** SQL of how many notifications a member has not seen. */
export const unseenSql = (member: string) =>
  `coalesce((select b.unseen from notification_box b where b.member_id = ${member}), 0)`

/**
 * SQL of a member's banners b, `from ... where ...`, with what the member did with each, r: those sent since they
 * joined and not dismissed, or not seen.
 */
export const bannersSql = (member: string, which: 'undisposed' | 'unseen') =>
  `from banner b left join banner_reader r on r.member_id = ${member} and r.banner_id = b.id
    where b.added_at >= (select me.date_joined from users me where me.id = ${member}) and r.disposed_at is null
      ${which === 'unseen' ? 'and r.viewed_at is null' : ''}`

/** SQL of how many banners a member has not seen. */
export const unseenBannersSql = (member: string) => `(select count(*)::int ${bannersSql(member, 'unseen')})`

const counting = statement({
  name: 'notifications: unseen of members',
  takes: { members: 'bigint[]' },
  gives: { member: 'bigint', unseen: 'int', banners: 'int' },
  sql: ($) => `select m.id as member, ${unseenSql('m.id')} as unseen, ${unseenBannersSql('m.id')} as banners
    from unnest(${$.members}) m(id)`,
})

/** How many notifications and how many banners each of some members has not seen. */
export const countUnseen = (
  db: Db,
  members: number[],
): Promise<{ member: number; unseen: number; banners: number }[]> => counting.rows(db, { members })
