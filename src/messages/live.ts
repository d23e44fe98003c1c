import { byFlags, flagsFor } from '../community/flags.ts'
import { silent, type Telling } from '../live/telling.ts'
import { statement } from '../platform/sql/statement.ts'
import { renderSql, shown } from '../platform/sql/view.ts'
import { hiddenOrNotSql } from '../users/visibility.ts'
import { messagePart } from './notices.ts'
import { messageSent, messageTakenBack } from './signals.ts'
import { Message, Snippet } from './views.ts'

const reading = statement({
  name: 'messages: what pages are told of those that were sent',
  takes: { members: 'bigint[]', ids: 'bigint[]' },
  gives: { nth: 'bigint', sid: 'text?', message: shown(Message), snippet: shown(Snippet) },
  variants: byFlags,
  sql: ($, { flags }) => `select told.nth, (select i.id::text from notification_notice n
        join notification i on i.notice_id = n.id and i.member_id = told.member
        where n.part_kind = ${messagePart} and n.part_id = x.id) as sid, ${renderSql(Message, flags, 'told.member')} as message,
      ${renderSql(Snippet, flags, 'told.member')} as snippet
    from unnest(${$.members}, ${$.ids}) with ordinality told(member, id, nth)
    join message x on x.id = told.id
    join message_side r on r.thread_id = x.thread_id and r.member_id = told.member and x.id > r.cleared_to
    cross join lateral (select r.thread_id, r.unread) p
    left join relation t on t.member_id = told.member and t.other_id = x.sender_id
    where not ${hiddenOrNotSql('t.')} and not exists (select from erasure e where e.member_id = x.sender_id)`,
})

/** Tells the pages of both members about messages. */
export const messageTelling: Telling = {
  of: [messageSent, messageTakenBack],
  whom: ({ data }) => [{ member: data.member_id, about: [data.about_id, data.within_id] }],
  async read(db, community, tidings) {
    const values = { members: tidings.map(({ member }) => member), ids: tidings.map(({ about }) => about[0] as number) }
    const rows = await reading.rows(db, values, { flags: flagsFor(community, true) })
    const found = new Map(rows.map((row) => [row.nth, row]))
    return tidings.map(({ entry, about: [id, thread_id] }, i) => {
      if (entry.type === messageTakenBack) {
        const notification = silent('delete_private_message', entry, { message: { id, thread_id } })
        return { activity: 105, key: `delete_private_message-${id}`, notification, more: { thread_id } }
      }
      const row = found.get(i + 1)
      if (!row) return null
      const key = row.sid ?? `private_message-${id}`
      const shown = { message: JSON.parse(row.message), snippet: JSON.parse(row.snippet) }
      const notification = silent('private_message', entry, { sid: key, is_new: true, ...shown })
      return { activity: 37, key, notification, more: { thread_id } }
    })
  },
}
