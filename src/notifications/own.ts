import { type OwnRows, ownRows } from '../platform/sql/own-rows.ts'
import { typeNameSql } from './views.ts'

/** What a member is told, and by whom. */
export const ownNotifications: Record<string, OwnRows> = {
  notifications: ownRows('notifications: those of a member', ($) => ({
    key: 'i.position',
    json: `json_build_object('type', ${typeNameSql()}, 'at', n.at, 'by', n.actor_id,
      'seen', i.read or i.position <= g.seen, 'about', nullif(n.subject_id, 0), 'part', nullif(n.part_id, 0), 'says', n.data)`,
    from: `from notification i join notification_notice n on n.id = i.notice_id
      join notification_group g on g.id = i.group_id where i.member_id = ${$.member}`,
  })),
}
