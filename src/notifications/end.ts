import type { Db } from '../platform/db/database.ts'
import { statement } from '../platform/sql/statement.ts'
import { type NotificationType, sameSql, typesSql } from './declare.ts'

/** Notifications removed in one transaction; a task removes the rest. */
export const endedAtOnce = 500

/**
 * What ends notices: an act that is undone, the subject, a part of it, what the part lies under, the contents of a
 * member, a member's acts. Each takes the numbers that `of` names.
 */
const noticesSql = {
  act: (of: string) => `n.type = (${of})[1] and n.actor_id = (${of})[2] and n.kind = (${of})[3]
    and n.subject_id = (${of})[4] and n.part_kind = (${of})[5] and n.part_id = (${of})[6]`,
  subject: (of: string) => `n.kind <> 0 and n.kind = (${of})[1] and n.subject_id = (${of})[2] and ${passingSql()}`,
  part: (of: string) => `n.part_kind <> 0 and n.part_kind = (${of})[1] and n.part_id = (${of})[2] and ${passingSql()}`,
  under: (of: string) => `n.under_id <> 0 and n.part_kind = (${of})[1] and n.under_id = (${of})[2] and ${passingSql()}`,
  owned: (of: string) => `n.owner_id = (${of})[1]`,
  actor: (of: string) => `n.actor_id = (${of})[1]`,
}

/** What ends notifications of one member: another member's acts or contents, a group, everything. */
const membersSql = {
  pair: (of: string) => `notification i
    where i.member_id = (${of})[1] and i.actor_id is not null and i.actor_id = (${of})[2]`,
  owner: (of: string) => `notification i
    where i.owner_id <> i.member_id and i.member_id = (${of})[1] and i.owner_id = (${of})[2]`,
  group: (of: string) => `notification_group g join notification i on i.group_id = g.id
    where g.member_id = (${of})[1] and g.kind = (${of})[2] and g.subject_id = (${of})[3] and g.alone = 0`,
  member: (of: string) => `notification i where i.member_id = (${of})[1]`,
}

type OfNotices = keyof typeof noticesSql
export type EndsWith = OfNotices | keyof typeof membersSql
const isOfNotices = (by: EndsWith): by is OfNotices => by in noticesSql
const ofNotices = Object.keys(noticesSql) as OfNotices[]
const ends = [...ofNotices, ...(Object.keys(membersSql) as (keyof typeof membersSql)[])]

/** SQL of whether the notice n ends with what it is about. */
const passingSql = () => `not ${typesSql(({ stays }) => stays)}`

// With their members' boxes, which are locked in their order: whoever was told has one.
const choosing = statement({
  name: 'notifications: choose those that end',
  takes: { of: 'bigint[]', most: 'int' },
  gives: { id: 'bigint' },
  variants: () => ends.map((by) => ({ by })),
  sql: ($, { by }) =>
    `select i.id from (
      select i.id, i.member_id from ${
        isOfNotices(by)
          ? `notification_notice n join notification i on i.notice_id = n.id where ${noticesSql[by]($.of)}`
          : membersSql[by]($.of)
      } limit ${$.most}
    ) i join notification_box b on b.member_id = i.member_id order by b.member_id for no key update of b`,
})

/** CTEs that remove notifications, whose members' boxes are locked. `ids` is SQL of an array of their ids. */
const endingSql = (ids: string) => `gone as (
      delete from notification where id = any(${ids}) returning *
    ), less as (
      select g.id, g.member_id, g.n, count(*)::int as gone,
        (count(*) filter (where gone.position > g.seen and not gone.read))::int as unseen
      from gone join notification_group g on g.id = gone.group_id group by g.id
    ), fewer as (
      update notification_group g set n = g.n - less.gone, unseen = g.unseen - less.unseen, last = (
        select i.position from notification i where i.group_id = g.id and i.id <> all(${ids}) order by i.position desc limit 1)
      from less where g.id = less.id and less.gone < less.n
    ), emptied as (
      delete from notification_group g using less where g.id = less.id and less.gone = less.n
    ), counted as (
      update notification_box b set unseen = b.unseen - d.unseen
      from (select member_id, sum(unseen)::int as unseen from less group by 1) d where b.member_id = d.member_id
    ), forgotten as (
      delete from notification_notice n where n.id in (select notice_id from gone)
        and not exists (select from notification i where i.notice_id = n.id and i.id <> all(${ids}))
        and not exists (select from notification_task t where t.task = 'tell' and t.of = array[n.id])
    )`

const ending = statement({
  name: 'notifications: take some away',
  takes: { ids: 'bigint[]' },
  gives: {},
  sql: ($) => `with ${endingSql($.ids)} select where false`,
})

/** SQL that finds the notifications i of acts that are undone: rows e, by SQL of how e and a notice n go together. */
const undoneSql = (of: string, key: string) => `undone as materialized (
      select i.id, i.group_id, i.notice_id from (${of}) e cross join lateral (
        select n.id from notification_notice n where ${key} offset 0
      ) n join notification i on i.notice_id = n.id
    )`

/**
 * CTEs that remove, within the act's own statement, what members were told of acts that are undone. The boxes of these members
 * are locked by then. For acts that tell one member.
 *
 * @param of SQL of rows with the columns of their notices
 */
export const untellWithSql = (of: string) =>
  `${undoneSql(of, sameSql('n', 'e'))}, ${endingSql('array(select id from undone)')}`

/**
 * The same for notices that stand alone and are about nothing but the member who was told, of acts that hold the rows
 * of both members: all that was told before is then to be seen. Whether it was unseen is read from the group that goes,
 * as it is by then.
 *
 * @param of SQL of rows (type, actor_id, member_id): what is undone
 */
export const untellAloneSql = (of: string, part: { kind: number }) => `${undoneSql(
  of,
  `n.type = e.type and n.actor_id = e.actor_id and n.kind = 0 and n.subject_id = 0
          and n.part_kind = (select ${part.kind}::smallint) and n.part_id = e.member_id`,
)}, gone as (
      delete from notification i using undone where i.id = undone.id returning i.group_id, i.notice_id
    ), emptied as (
      delete from notification_group g using gone where g.id = gone.group_id returning g.member_id, g.unseen
    ), fewer as (
      update notification_box b set unseen = b.unseen - less.unseen
      from (select member_id, sum(unseen)::int as unseen from emptied group by 1) less
      where b.member_id = less.member_id and less.unseen > 0 and b.member_id = any(array(select member_id from emptied))
    ), forgotten as (
      delete from notification_notice n using gone where n.id = gone.notice_id
    )`

const leaving = statement({
  name: 'notifications: leave the rest to be taken away',
  takes: { task: 'text', of: 'bigint[]' },
  gives: {},
  sql: ($) => `insert into notification_task (task, of) values (${$.task}, ${$.of})`,
})

/** Removes some, in the given transaction. @returns whether there may be more */
export async function endSome(tx: Db, by: EndsWith, of: number[]): Promise<boolean> {
  const rows = await choosing.rows(tx, { of, most: endedAtOnce }, { by })
  if (!rows.length) return false
  await ending.rows(tx, { ids: rows.map(({ id }) => id) })
  return rows.length === endedAtOnce
}

// Waits for tasks that are telling of it: what they have told by then is removed with the rest.
const stopping = statement({
  name: 'notifications: tell the rest of nobody',
  takes: { of: 'bigint[]' },
  gives: {},
  variants: () => ofNotices.map((by) => ({ by })),
  sql: ($, { by }) => `delete from notification_task t where t.task = 'tell'
    and exists (select from notification_notice n where n.id = t.of[1] and ${noticesSql[by]($.of)})`,
})

/**
 * Removes, in the transaction of an act, the notifications that end with something. Of very many, a task removes the
 * rest.
 */
export async function endNotifications(tx: Db, by: EndsWith, of: number[]): Promise<void> {
  // An act that tells so many members cannot be undone by itself.
  if (isOfNotices(by) && by !== 'act') await stopping.rows(tx, { of }, { by })
  if (await endSome(tx, by, of)) await leaving.rows(tx, { task: by, of })
}

/** An act that notifications tell of, and that is undone. */
export type Undone = {
  type: NotificationType
  actor: number
  subject?: { kind: number; id: number }
  part?: { kind: number; id: number }
}

/** Removes what members were told of an act that is undone. */
export const untell = (tx: Db, { type, actor, subject, part }: Undone): Promise<void> =>
  endNotifications(tx, 'act', [
    ...[type.activity, actor, subject?.kind ?? 0, subject?.id ?? 0],
    ...[part?.kind ?? 0, part?.id ?? 0],
  ])
