import { activeSql } from '../auth/status.ts'
import { byFlags, type Flags, flagsFor } from '../community/flags.ts'
import type { Community } from '../community/state.ts'
import type { Db } from '../platform/db/database.ts'
import { emitRows } from '../platform/events/emit.ts'
import { statement } from '../platform/sql/statement.ts'
import { isoSql } from '../platform/sql/view.ts'
import { keptFromSql } from '../users/addressed.ts'
import { hiddenSql } from '../users/visibility.ts'
import {
  about,
  allKinds,
  allShows,
  allTypes,
  type Kinds,
  type NotificationType,
  type Shows,
  typesSql,
} from './declare.ts'
import { allThereSql, lockBoxes } from './lock.ts'
import { dueSql } from './mails.ts'

/** What has happened, for those who are to be told of it. */
export type Notice = {
  type: NotificationType
  /** The actor, who is not told. */
  actor: number | null
  /** What it is about, and whose that is. */
  subject?: { kind: number; id: number; owner?: number | null }
  /** The part of the subject, and what that lies under. */
  part?: { kind: number; id: number; under?: { id: number; owner: number } | null }
  /** Other data it shows: see `keptAs`. */
  data?: object
  /** Who is told, besides the audience of the type. */
  to?: number[]
  /** Whether the audience of the type is told, too. */
  audience?: boolean
}

/** Members told in one transaction; a task tells the rest. */
export const toldAtOnce = 500

const kept = {
  ...{ type: 'smallint', actor_id: 'bigint', kind: 'smallint', subject_id: 'bigint', owner_id: 'bigint' },
  ...{ part_kind: 'smallint', part_id: 'bigint', under_id: 'bigint', under_owner_id: 'bigint', once: 'boolean' },
  data: 'jsonb',
}
const keptColumns = Object.keys(kept)

/** Variants with and without the audience of the type. */
const heardBy = () =>
  byFlags().flatMap(({ flags }) => allTypes().flatMap((type) => (type.audience ? [{ type, flags }] : [])))

const noting = statement({
  name: 'notifications: note what has happened',
  takes: { notices: 'json', members: 'bigint[]', heard: 'int', after: 'bigint', most: 'int', now: 'timestamptz' },
  gives: { notices: 'bigint[]', audience: 'bigint[]', there: 'bigint[]' },
  variants: (): { type: NotificationType | null; flags: Flags }[] => [
    ...byFlags().map(({ flags }) => ({ type: null, flags })),
    ...heardBy(),
  ],
  // If a type is told once, a notice may exist: members who have not been told of it yet still can be. Notices are
  // created before boxes are locked; boxes are locked all or none, so missing ones are created before.
  sql: ($, { type, flags }) => `with noted as materialized (
      select nth, nextval('notification_notice_id_seq') as id, ${keptColumns} from (
        select * from json_to_recordset(${$.notices}) as sent(nth int, ${Object.entries(kept).map((each) => each.join(' '))})
        order by nth offset 0) sent
    ), made as (
      insert into notification_notice (id, ${keptColumns}, at) overriding system value
      select id, ${keptColumns}, ${$.now} from noted order by nth on conflict do nothing returning *
    ), n as materialized (
      select w.nth, made.* from noted w join made on made.id = w.id
      union all
      select w.nth, n.* from noted w join notification_notice n on n.type = w.type and n.actor_id = w.actor_id and n.kind = w.kind
        and n.subject_id = w.subject_id and n.part_kind = w.part_kind and n.part_id = w.part_id and n.once
      where w.once and not exists (select from made where made.id = w.id)
    ), heard as materialized (
      ${
        type
          ? `select a.member_id from n cross join lateral (${type.audience?.(flags, $.after, $.most)}) a where n.nth = ${$.heard}`
          : 'select null::bigint as member_id where false'
      }
    ), named as materialized (
      select member_id from unnest(${$.members}) member_id union select member_id from heard
    ), locked as materialized (
      select b.member_id from notification_box b where b.member_id in (select member_id from named)
        and (select count(*) from made) >= 0 and ${allThereSql('named')}
      order by b.member_id for no key update of b
    )
    select array(select coalesce(n.id, 0) from noted w left join n on n.nth = w.nth order by w.nth) as notices,
      array(select member_id from heard order by 1) as audience, array(select member_id from locked order by 1) as there`,
})

/**
 * SQL of whether a member is not told of n: a hiding between them and those it is of, n addressed to others, or a
 * suspension.
 */
const deafSql = (member: string) => `(exists (select from relation r where r.member_id = ${member}
      and r.other_id in (n.actor_id, n.owner_id, n.under_owner_id) and ${hiddenSql('r.')})
    or exists (select from hidden_author h where h.member_id = ${member} and h.author_id in (n.actor_id, n.owner_id, n.under_owner_id))
    or exists (select from addressed a where a.contribution_id = n.subject_id and a.kind = n.kind
      and ${keptFromSql('a.tags', 'a.author_id', member)})
    or exists (select from erasure e where e.member_id in (n.actor_id, n.owner_id, n.under_owner_id, ${member}))
    or exists (select from mark m where m.target_id = n.subject_id and m.kind = n.kind and m.member_id = ${member}
      and m.suspended_at is not null) and not ${typesSql(({ stays }) => stays)})`

// Who may be told is decided when the boxes are locked, so that a hiding at the same moment counts.
const telling = statement({
  name: 'notifications: tell',
  takes: { notice: 'bigint', members: 'bigint[]', now: 'timestamptz' },
  gives: { member: 'bigint' },
  sql: ($) => `with n as materialized (
      select * from notification_notice where id = ${$.notice}
    ), chosen as materialized (
      select u.id as member_id from n, users u
      where u.id = any(${$.members}) and ${activeSql('u.')} and (u.id is distinct from n.actor_id or ${typesSql(({ ofOneself }) => ofOneself)})
        and not ${deafSql('u.id')}
        and not exists (select from notification i where i.notice_id = n.id and i.member_id = u.id)
    ), box as (
      update notification_box b set last = b.last + 1, unseen = b.unseen + 1, due_at = least(b.due_at, ${dueSql($.now)})
      from n, chosen, users u where b.member_id = chosen.member_id and not b.closed and u.id = b.member_id
      returning b.member_id, b.last
    ), grouped as (
      insert into notification_group as g (member_id, kind, subject_id, alone, last, n, unseen)
      select box.member_id, n.kind, n.subject_id, case when ${typesSql(({ aggregates }) => aggregates)} then 0 else n.id end,
        box.last, 1, 1 from box, n
      on conflict (member_id, kind, subject_id, alone) do update
        set last = excluded.last, n = g.n + 1, unseen = g.unseen + 1
      returning id, member_id, last
    ), told as (
      insert into notification (member_id, group_id, notice_id, position, actor_id, owner_id)
      select g.member_id, g.id, n.id, g.last, n.actor_id, n.owner_id from grouped g, n
      returning member_id
    )
    select member_id as member from told order by member_id`,
})

/**
 * Every combination of what types show and what notices are about. Each has a text of its own, because one for all
 * takes long to plan.
 */
const announced = () => {
  const kinds = allKinds()
  const every = [...new Set(allShows().values())].flatMap((shows) =>
    shows.things.includes(about) ? kinds.map((each) => ({ shows, ...each })) : [{ shows, kind: 0, part: 0 }],
  )
  return byFlags().flatMap(({ flags }) => (flags.viewer ? every.map((each) => ({ ...each, flags })) : []))
}

const announcing = statement({
  name: 'notifications: announce',
  takes: { notice: 'bigint', members: 'bigint[]', name: 'text', now: 'timestamptz' },
  gives: {},
  variants: announced,
  sql: ($, { shows, kind, part, flags }) => `with n as materialized (
      select * from notification_notice where id = ${$.notice}
    ), emitted as (
      ${emitRows(
        $.now,
        `select 'notification.' || ${$.name} as type, concat('{"recipients":[', array_to_string(${$.members}, ','),
            '],"type":"', ${$.name}, '","active_at":"', ${isoSql('n.at')}, '"'${shows.things
              .map(({ webhook }) => `, ',', ${webhook.sql(flags, { kind, part })}`)
              .join('')}, '}') as data
          from n`,
      )} returning id
    )
    insert into notification_event (event_id, notice_id) select emitted.id, n.id from emitted, n`,
})

const audience = statement({
  name: 'notifications: some of an audience',
  takes: { notice: 'bigint', after: 'bigint', most: 'int' },
  gives: { member: 'bigint' },
  variants: heardBy,
  sql: ($, { type, flags }) => `select a.member_id as member from notification_notice n
    cross join lateral (${type.audience?.(flags, $.after, $.most)}) a where n.id = ${$.notice} order by a.member_id`,
})

// Deletes a notice that nobody is told of, now or by a task.
const forgetting = statement({
  name: 'notifications: forget a notice',
  takes: { notice: 'bigint' },
  gives: {},
  sql: ($) => `delete from notification_notice n where n.id = ${$.notice}
    and not exists (select from notification i where i.notice_id = n.id)
    and not exists (select from notification_task t where t.task = 'tell' and t.of = array[n.id])`,
})

const leaving = statement({
  name: 'notifications: leave the rest to be told',
  takes: { notice: 'bigint', after: 'bigint' },
  gives: {},
  sql: ($) => `insert into notification_task (task, of, after) values ('tell', array[${$.notice}], ${$.after})`,
})

/** Some of the audience of a notice, after a member; `last` is where it goes on, null at the end. */
export async function someOfAudience(
  tx: Db,
  community: Community,
  type: NotificationType,
  notice: number,
  after: number,
) {
  const variant = { type, flags: flagsFor(community, true) }
  const rows = await audience.rows(tx, { notice, after, most: toldAtOnce }, variant)
  const members = rows.map(({ member }) => member)
  return { members, last: members.length === toldAtOnce ? (members.at(-1) as number) : null }
}

/** A notice as it is told: its type, and the kinds of what it is about. */
export type Telling = Kinds & { id: number; type: NotificationType }

/**
 * Tells those of some members, whose boxes are locked, who may be told of a notice: writes the rows and the event.
 * @returns who was told
 */
export async function tellLocked(
  tx: Db,
  { id: notice, type, kind, part }: Telling,
  members: number[],
  community: Community,
  now: Date,
): Promise<number[]> {
  const told = members.length ? (await telling.rows(tx, { notice, members, now })).map(({ member }) => member) : []
  if (!told.length || !type.event) return told
  const shows = allShows().get(type) as Shows
  const of = shows.things.includes(about) ? { kind, part } : { kind: 0, part: 0 }
  const variant = { shows, ...of, flags: flagsFor(community, true) }
  await announcing.rows(tx, { notice, members: told, name: type.name, now }, variant)
  return told
}

const silent = new WeakSet<Db>()

/** Tells nobody of anything in this transaction: what is written there happened elsewhere, long ago. */
export const tellNobody = (tx: Db) => void silent.add(tx)

/** The row of a notice. */
const keptOf = ({ type, actor, subject, part, data }: Notice, nth: number) => ({
  ...{ nth, type: type.activity, actor_id: actor, once: type.once, data: data ?? null },
  ...{ kind: subject?.kind ?? 0, subject_id: subject?.id ?? 0, owner_id: subject?.owner ?? null },
  ...{ part_kind: part?.kind ?? 0, part_id: part?.id ?? 0 },
  ...{ under_id: part?.under?.id ?? 0, under_owner_id: part?.under?.owner ?? null },
})

/**
 * Tells members what has happened, in the transaction of the act. An act calls it last, because it locks all their
 * boxes at once; only then it decides who may be told, so that a hiding at the same moment counts. Each member hears
 * of one act once, by the first of its notices that is for them; at most one of these has an audience. The first
 * members of a large audience are told here, the rest by a task.
 */
export async function tell(
  tx: Db,
  { now, community }: { now: Date; community: Community },
  given: (Notice | null | undefined | false)[],
): Promise<void> {
  if (silent.has(tx)) return
  const notices = given.filter((notice): notice is Notice => !!notice && !!(notice.to?.length || notice.audience))
  if (!notices.length) return
  const heard = notices.findIndex((notice) => notice.audience)
  const named = [...new Set(notices.flatMap(({ to = [] }) => to))]
  const noted = await noting.row(
    tx,
    {
      ...{ notices: JSON.stringify(notices.map(keptOf)), members: named, now },
      ...{ heard, after: 0, most: toldAtOnce },
    },
    { type: notices[heard]?.type ?? null, flags: flagsFor(community, true) },
  )
  const { audience, there, notices: ids } = noted as NonNullable<typeof noted>
  const last = audience.length === toldAtOnce ? audience.at(-1) : undefined
  if (last !== undefined) await leaving.rows(tx, { notice: ids[heard] as number, after: last })
  const all = [...new Set([...named, ...audience])]
  const locked = new Set(there.length || !all.length ? there : await lockBoxes(tx, all))
  const told = new Set<string>()
  for (const [nth, { type, subject, part, to = [] }] of notices.entries()) {
    const id = ids[nth]
    if (!id) continue
    const of = `${subject?.kind} ${subject?.id} ${part?.kind} ${part?.id}`
    const members = [...new Set([...to, ...(nth === heard ? audience : [])])]
    const news = await tellLocked(
      tx,
      { id, type, kind: subject?.kind ?? 0, part: part?.kind ?? 0 },
      members.filter((member) => locked.has(member) && !told.has(`${of} ${member}`)),
      community,
      now,
    )
    for (const member of news) told.add(`${of} ${member}`)
    if (!news.length) await forgetting.rows(tx, { notice: id })
  }
}
