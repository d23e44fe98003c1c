import { activeSql } from '../auth/status.ts'
import type { MemberCtx } from '../context.ts'
import type { Db } from '../platform/db/database.ts'
import { statement } from '../platform/sql/statement.ts'

const locking = statement({
  name: 'notifications: lock a box',
  takes: { member: 'bigint' },
  gives: { unseen: 'int' },
  sql: ($) => `select unseen from notification_box where member_id = ${$.member} for no key update`,
})

const seeing = statement({
  name: 'notifications: see groups',
  takes: { member: 'bigint', low: 'bigint', high: 'bigint' },
  gives: {},
  sql: ($) => `with old as (
      select id, unseen from notification_group
      where member_id = ${$.member} and last between ${$.low} and ${$.high} and unseen > 0
    ), seen as (
      update notification_group g set seen = g.last, unseen = 0 from old where g.id = old.id
    )
    update notification_box set unseen = unseen - (select sum(unseen) from old)
    where member_id = ${$.member} and exists (select from old)`,
})

/** Notes that a member has seen the groups whose newest notification is between two positions. */
export async function markRange(ctx: MemberCtx, member: number, low: number, high: number): Promise<void> {
  const { kith, db, asked } = ctx
  const box = await looking.row(db, { member })
  // Mails and browser notifications use the language in which notifications were last read.
  const language = asked?.language ?? box?.language ?? 'en'
  if (!box?.unseen && box?.language === language) return
  await kith.db.transaction(async (tx) => {
    await locking.rows(tx, { member })
    if (box?.language !== language) await noteLanguage(tx, member, language)
    await seeing.rows(tx, { member, low, high })
  })
}

const naming = statement({
  name: 'notifications: language of a member',
  takes: { member: 'bigint', language: 'text' },
  gives: {},
  sql: ($) => `insert into notification_box (member_id, language)
    select id, ${$.language} from users where id = ${$.member} and ${activeSql()}
    on conflict (member_id) do update set language = excluded.language`,
})

/** Notes the language for a member who does not read notifications here. */
export async function noteLanguage(db: Db, member: number, language: string): Promise<void> {
  await naming.rows(db, { member, language })
}

const looking = statement({
  name: 'notifications: unseen of a member',
  takes: { member: 'bigint' },
  gives: { unseen: 'int', language: 'text' },
  sql: ($) => `select unseen, language from notification_box where member_id = ${$.member}`,
})

const seeingOne = statement({
  name: 'notifications: see a group',
  takes: { member: 'bigint', kind: 'smallint', subject: 'bigint' },
  gives: {},
  sql: ($) => `with old as (
      select id, unseen from notification_group where member_id = ${$.member} and kind = ${$.kind}
        and subject_id = ${$.subject} and alone = 0 and unseen > 0
    ), seen as (
      update notification_group g set seen = g.last, unseen = 0 from old where g.id = old.id
    )
    update notification_box set unseen = unseen - (select sum(unseen) from old)
    where member_id = ${$.member} and exists (select from old)`,
})

/** Notes that a member has seen the notifications about a subject, because they have looked at the subject itself. */
export async function markSubject(
  { kith, db }: MemberCtx,
  member: number,
  kind: number,
  subject: number,
): Promise<void> {
  const unseen = await looking.row(db, { member })
  if (!unseen?.unseen) return
  await kith.db.transaction(async (tx) => {
    await locking.rows(tx, { member })
    await seeingOne.rows(tx, { member, kind, subject })
  })
}

const reading = statement({
  name: 'notifications: read',
  takes: { member: 'bigint', groups: 'bigint[]', items: 'bigint[]' },
  gives: {},
  // Grouped ones as a whole; others one by one.
  sql: ($) => `with whole as (
      select id, unseen from notification_group
      where member_id = ${$.member} and id = any(${$.groups}) and unseen > 0
    ), single as (
      update notification i set read = true from notification_group g
      where i.id = any(${$.items}) and i.member_id = ${$.member} and g.id = i.group_id
        and i.position > g.seen and not i.read and not exists (select from whole where whole.id = g.id)
      returning g.id
    ), less as (
      select id, unseen, true as whole from whole union all select id, count(*)::int, false from single group by id
    ), changed as (
      update notification_group g set unseen = g.unseen - less.unseen,
        seen = case when less.whole then g.last else g.seen end
      from less where g.id = less.id
    )
    update notification_box set unseen = unseen - (select sum(unseen) from less)
    where member_id = ${$.member} and exists (select from less)`,
})

/**
 * Marks notifications of the caller as read: by their sids, single or whole groups. Other members' sids are ignored.
 */
export async function readNotifications({ kith, actor }: MemberCtx, sids: string[]): Promise<void> {
  const ids = (pattern: RegExp) => sids.flatMap((sid) => pattern.exec(sid)?.[1] ?? []).map(Number)
  const groups = ids(/^g(\d{1,15})$/)
  const items = ids(/^(\d{1,15})$/)
  if (!groups.length && !items.length) return
  const member = actor.id
  await kith.db.transaction(async (tx) => {
    await locking.rows(tx, { member })
    await reading.rows(tx, { member, groups, items })
  })
}
