import { activeSql } from '../auth/status.ts'
import { byFlags, type Flags, flagsFor } from '../community/flags.ts'
import type { Community } from '../community/state.ts'
import type { Db } from '../platform/db/database.ts'
import type { EventDeclaration } from '../platform/events/declare.ts'
import { emitRows } from '../platform/events/emit.ts'
import { statement } from '../platform/sql/statement.ts'
import { isoSql } from '../platform/sql/view.ts'
import { keptFromSql } from '../users/addressed.ts'
import { hiddenSql } from '../users/visibility.ts'
import {
  allKinds,
  allShows,
  allTypes,
  type Kinds,
  type NotificationType,
  type Shows,
  sameSql,
  typesSql,
  about as whatItIsAbout,
} from './declare.ts'
import { allThereSql, lockBoxes, lockBoxesSql } from './lock.ts'
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
  /** The event of the act in this transaction, if that of the notice shows the same: its data, under this key. */
  event?: ActEvent | undefined
}

type ActEvent = { id: number; key: string }

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
  sql($, { type, flags }) {
    const there = `${sameSql('n', 'w')} and n.once`
    const made = `with noted as materialized (
      select nth, nextval('notification_notice_id_seq') as id, ${keptColumns} from (
        select * from json_to_recordset(${$.notices}) as sent(nth int, ${Object.entries(kept).map((each) => each.join(' '))})
        order by nth offset 0) sent
    ), made as (
      insert into notification_notice (id, ${keptColumns}, at) overriding system value
      select id, ${keptColumns}, ${$.now} from noted order by nth on conflict do nothing returning *
    )`
    const members = 'array(select member_id from locked order by 1) as there'
    if (!type)
      return `${made}, locked as materialized (
      ${lockBoxesSql(
        `= any(${$.members})`,
        `(select count(*) from made) >= 0
        and (select count(*) from notification_box h where h.member_id = any(${$.members})) = cardinality(${$.members})`,
      )}
    )
    select array(select coalesce((select id from made where made.id = w.id),
        (select n.id from notification_notice n where w.once and ${there}), 0) from noted w order by w.nth) as notices,
      '{}'::bigint[] as audience, ${members}`
    return `${made}, n as materialized (
      select w.nth, made.* from noted w join made on made.id = w.id
      union all
      select w.nth, n.* from noted w join notification_notice n on ${there}
      where w.once and not exists (select from made where made.id = w.id)
    ), heard as materialized (
      select a.member_id from n cross join lateral (${type.audience?.(flags, $.after, $.most)}) a where n.nth = ${$.heard}
    ), named as materialized (
      select member_id from unnest(${$.members}) member_id union select member_id from heard
    ), locked as materialized (
      ${lockBoxesSql('in (select member_id from named)', `(select count(*) from made) >= 0 and ${allThereSql('named')}`)}
    )
    select array(select coalesce(n.id, 0) from noted w left join n on n.nth = w.nth order by w.nth) as notices,
      array(select member_id from heard order by 1) as audience, ${members}`
  },
})

/**
 * SQL of whether a member is not told of n: a hiding between them and those it is of, n addressed to others, or a
 * suspension.
 * @param about whether n is about a subject: only a subject is addressed or suspended
 */
const deafSql = (member: string, about: boolean) => `(exists (select from relation r where r.member_id = ${member}
      and r.other_id in (n.actor_id, n.owner_id, n.under_owner_id) and ${hiddenSql('r.')})
    or exists (select from hidden_author h where h.member_id = ${member} and h.author_id in (n.actor_id, n.owner_id, n.under_owner_id))
    or exists (select from erasure e where e.member_id in (n.actor_id, n.owner_id, n.under_owner_id, ${member}))${
      about
        ? `
    or exists (select from addressed a where a.contribution_id = n.subject_id and a.kind = n.kind
      and ${keptFromSql('a.tags', 'a.author_id', member)})
    or exists (select from mark m where m.target_id = n.subject_id and m.kind = n.kind and m.member_id = ${member}
      and m.suspended_at is not null) and not ${typesSql(({ stays }) => stays)}`
        : ''
    })`

/** What the event of a notice shows: the things of its type, what that of the act shows, or nothing if there is none. */
type Showing = {
  shows: Shows | 'as the act' | 'nothing'
  kind: number
  part: number
  about: boolean
  flags: Flags | null
}

/**
 * Every combination of what types show and what notices are about. Each has a text of its own, because one for all
 * takes long to plan.
 */
function* showings(): Generator<Showing> {
  const kinds = allKinds()
  const any = { kind: 0, part: 0 }
  for (const about of [true, false]) {
    yield { shows: 'nothing', ...any, about, flags: null }
    yield { shows: 'as the act', ...any, about, flags: null }
    for (const { flags } of byFlags())
      for (const shows of flags.viewer ? new Set(allShows().values()) : [])
        if (!shows.things.includes(whatItIsAbout)) yield { shows, ...any, about, flags }
        else if (about) for (const each of kinds) yield { shows, ...each, about, flags }
  }
}

/**
 * SQL of the data of an event, under a key. It is the last member of the body. Bytes are found and cut out faster than
 * characters.
 */
const actShownSql = (event: string, key: string) => `(
      select concat('"', ${key}, '":', convert_from(substr(body, at, length(body) - at), 'UTF8'))
      from (select convert_to(body::text, 'UTF8') as body from event where id = ${event} offset 0) act
        cross join lateral (select position(',"data":'::bytea in body) + 8 as at offset 0) data)`

// Who may be told is decided when the boxes are locked, so that a hiding at the same moment counts.
const telling = statement({
  name: 'notifications: tell',
  takes: { notice: 'bigint', members: 'bigint[]', name: 'text', event: 'bigint?', key: 'text', now: 'timestamptz' },
  gives: { member: 'bigint' },
  variants: showings,
  sql: ($, { shows, kind, part, about, flags }) => `with n as materialized (
      select * from notification_notice where id = ${$.notice}
    ), chosen as materialized (
      select u.id as member_id from n, users u
      where u.id = any(${$.members}) and ${activeSql('u.')} and (u.id is distinct from n.actor_id or ${typesSql(({ ofOneself }) => ofOneself)})
        and not ${deafSql('u.id', about)}
        and not exists (select from notification i where i.notice_id = n.id and i.member_id = u.id)
    ), ${puttingSql($.now)}${
      shows === 'nothing'
        ? ''
        : `, ${announcingSql(
            $.now,
            $.name,
            shows === 'as the act'
              ? [actShownSql($.event, $.key)]
              : shows.things.map(({ webhook }) => webhook.sql(flags as Flags, { kind, part })),
          )}`
    }
    select member_id as member from told order by member_id`,
})

/** SQL of what the notice n stands under in its group: itself, if those of its type stand alone. */
const aloneSql = () => `case when ${typesSql(({ aggregates }) => aggregates)} then 0 else n.id end`

/** CTEs that put a notice n into the boxes of members, a CTE `chosen`. `told` are those whose boxes are not closed. */
const puttingSql = (now: string) => `box as (
      update notification_box b set last = b.last + 1, unseen = b.unseen + 1, due_at = least(b.due_at, ${dueSql(now)})
      from chosen, n, users u where b.member_id = chosen.member_id and not b.closed and u.id = b.member_id
      returning b.member_id, b.last
    ), grouped as (
      insert into notification_group as g (member_id, kind, subject_id, alone, last, n, unseen)
      select box.member_id, n.kind, n.subject_id, ${aloneSql()}, box.last, 1, 1 from box, n
      on conflict (member_id, kind, subject_id, alone) do update
        set last = excluded.last, n = g.n + 1, unseen = g.unseen + 1
      returning id, member_id, last
    ), told as (
      insert into notification (member_id, group_id, notice_id, position, actor_id, owner_id)
      select g.member_id, g.id, n.id, g.last, n.actor_id, n.owner_id from grouped g, n
      returning member_id
    )`

/**
 * The same for several notices n, each for one member: n.member_id. A member may be told several. None is of a message,
 * which is mailed otherwise.
 */
const puttingEachSql = (now: string) => `box as (
      update notification_box b set last = b.last + n.n, unseen = b.unseen + n.n, due_at = least(b.due_at, ${dueSql(now)})
      from (select member_id, min(type) as type, count(*)::int as n from n group by 1) n, users u
      where b.member_id = n.member_id and not b.closed and u.id = b.member_id
      returning b.member_id, b.last - n.n as last
    ), placed as materialized (
      select n.id, n.member_id, n.kind, n.subject_id, ${aloneSql()} as alone, n.actor_id, n.owner_id,
        box.last + row_number() over (partition by n.member_id order by n.id) as position
      from box join n on n.member_id = box.member_id
    ), grouped as (
      insert into notification_group as g (member_id, kind, subject_id, alone, last, n, unseen)
      select member_id, kind, subject_id, alone, max(position), count(*), count(*) from placed group by 1, 2, 3, 4
      on conflict (member_id, kind, subject_id, alone) do update
        set last = excluded.last, n = g.n + excluded.n, unseen = g.unseen + excluded.n
      returning id, member_id, kind, subject_id, alone
    ), told as (
      insert into notification (member_id, group_id, notice_id, position, actor_id, owner_id)
      select p.member_id, g.id, p.id, p.position, p.actor_id, p.owner_id from placed p
        join grouped g using (member_id, kind, subject_id, alone)
      returning notice_id
    )`

/** SQL of the data of the event of a notice n. `shown` is SQL of the JSON members it shows, `ids` of who is told. */
const noticeDataSql = (name: string, ids: string, shown: string[]) =>
  `concat('{"recipients":[', ${ids}, '],"type":"', ${name}, '","active_at":"', ${isoSql('n.at')}, '"'${shown
    .map((each) => `, ',', ${each}`)
    .join('')}, '}')`

/** CTEs that emit the event of a notice n, if anybody was told. `shown` is SQL of the JSON members it shows. */
const announcingSql = (now: string, name: string, shown: string[]) => `emitted as (
      ${emitRows(
        now,
        `select 'notification.' || ${name} as type, ${noticeDataSql(name, 'recipients.ids', shown)} as data
          from n, (select string_agg(member_id::text, ',' order by member_id) as ids from told having count(*) > 0) recipients`,
      )} returning id
    ), kept as (
      insert into notification_event (event_id, notice_id) select emitted.id, n.id from emitted, n
    )`

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

/** A notice to tell: its type, the kinds of what it is about, and the act's event if that shows the same. */
export type Telling = Kinds & { id: number; type: NotificationType; event?: ActEvent | undefined }

/**
 * Tells those of some members, whose boxes are locked, who may be told of a notice: writes the rows and the event.
 * @returns who was told
 */
export async function tellLocked(
  tx: Db,
  { id: notice, type, kind, part, event }: Telling,
  members: number[],
  community: Community,
  now: Date,
): Promise<number[]> {
  if (!members.length) return []
  const values = { notice, members, name: type.name, event: event?.id ?? null, key: event?.key ?? '', now }
  const rows = await telling.rows(tx, values, {
    about: kind !== 0,
    ...showingOf(type, { kind, part }, event, community),
  })
  return rows.map(({ member }) => member)
}

function showingOf(
  type: NotificationType,
  kinds: Kinds,
  event: ActEvent | undefined,
  community: Community,
): Omit<Showing, 'about'> {
  const none = { kind: 0, part: 0 }
  if (!type.event) return { shows: 'nothing', ...none, flags: null }
  if (event) return { shows: 'as the act', ...none, flags: null }
  const shows = allShows().get(type) as Shows
  return { shows, ...(shows.things.includes(whatItIsAbout) ? kinds : none), flags: flagsFor(community, true) }
}

/** A type whose notices an act's own statement tells. */
export type ToldWithin = NotificationType & { event: EventDeclaration }

/** Notices that an act's own statement tells: see `tellWithSql`. */
type Within = {
  types: readonly ToldWithin[]
  /** SQL of rows with the columns of notices, and member_id: who is told. */
  rows: string
  now: string
  /** SQL of whether the member of n is not told. */
  unless: string
  /** SQL of the members of JSON that the event of a type shows, of n: a notice with the other columns of its row. */
  shown: (type: ToldWithin) => string
}

/**
 * Tells within the act's own statement, when the boxes of those who are told are locked. Returns CTEs, and SQL of rows
 * (type, data) to emit after the act's events in a CTE `emitted`, which returns the ids and types.
 */
export function tellWithSql({ types, rows, now, unless, shown }: Within) {
  const byType = (sql: (type: ToldWithin) => string) =>
    types.length === 1
      ? sql(types[0] as ToldWithin)
      : `case n.type ${types.map((type) => `when ${type.activity} then ${sql(type)}`).join(' ')} end`
  const names = types.map(({ event }) => `'${event.type}'`).join(', ')
  return {
    ctes: `n as materialized (
      select nextval('notification_notice_id_seq') as id, n.*, ${now} as at
      from (${rows}) n join notification_box b on b.member_id = n.member_id where not b.closed and not (${unless})
    ), ${puttingEachSql(now)}, noticed as (
      insert into notification_notice (id, ${keptColumns}, at) overriding system value
      select n.id, ${keptColumns.map((name) => `n.${name}`)}, n.at from n join told on told.notice_id = n.id
    )`,
    rows: `(select ${byType(({ event }) => `'${event.type}'`)} as type,
        ${noticeDataSql(
          byType(({ name }) => `'${name}'`),
          'n.member_id',
          [byType(shown)],
        )} as data
      from n join told on told.notice_id = n.id order by n.id)`,
    // Events are emitted in the order of their notices.
    kept: `insert into notification_event (event_id, notice_id)
      select e.id, n.id from (select id, row_number() over (order by id) as nth from emitted where type in (${names})) e
      join (select notice_id as id, row_number() over (order by notice_id) as nth from told) n on n.nth = e.nth`,
  }
}

/**
 * SQL of whether the member of a row n is not told what n says of a subject, for `tellWithSql`: they have been told
 * already, have left, or may not hear of it.
 */
export const untoldSql =
  () => `n.actor_id = n.member_id and not ${typesSql(({ ofOneself }) => ofOneself)} or not exists (
      select from users u where u.id = n.member_id and ${activeSql('u.')}
    ) or ${deafSql('n.member_id', true)} or n.once and exists (
      select from notification_notice w where ${sameSql('w', 'n')} and w.once
    )`

/** The columns of a notice as an act's own statement takes them, of JSON. */
export const noticeColumns = kept

const silent = new WeakSet<Db>()

/** Whether acts on this database tell nobody. */
export const isSilent = (db: Db) => silent.has(db)

/** Tells nobody of anything on this database, or in this transaction: what is written there happened elsewhere, long ago. */
export const tellNobody = (tx: Db) => void silent.add(tx)

/** The row of a notice. */
export const rowOf = ({ type, actor, subject, part, data }: Omit<Notice, 'to'>) => ({
  ...{ type: type.activity, actor_id: actor, once: type.once, data: data ?? null },
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
      ...{ notices: JSON.stringify(notices.map((notice, nth) => ({ nth, ...rowOf(notice) }))), members: named, now },
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
  for (const [nth, { type, subject, part, event, to = [] }] of notices.entries()) {
    const id = ids[nth]
    if (!id) continue
    const of = `${subject?.kind} ${subject?.id} ${part?.kind} ${part?.id}`
    const members = [...new Set([...to, ...(nth === heard ? audience : [])])]
    const news = await tellLocked(
      tx,
      { id, type, kind: subject?.kind ?? 0, part: part?.kind ?? 0, event },
      members.filter((member) => locked.has(member) && !told.has(`${of} ${member}`)),
      community,
      now,
    )
    for (const member of news) told.add(`${of} ${member}`)
    if (!news.length) await forgetting.rows(tx, { notice: id })
  }
}

/** Each type that receivers hear of, with everything its event may show of a subject. */
const heardOf = () =>
  allTypes().flatMap((type) => {
    const { event } = type
    if (!event) return []
    const declared = { ...type, event }
    return [...showings()]
      .filter(({ shows, about }) => about && (shows === 'as the act' || shows === allShows().get(type)))
      .map((showing) => ({ type: declared, ...showing }))
  })

const tellingTogether = statement({
  name: 'notifications: tell several',
  takes: { notices: 'json', now: 'timestamptz' },
  gives: {},
  variants: heardOf,
  sql($, { type, shows, kind, part, flags }) {
    const columns = Object.entries({ ...kept, member_id: 'bigint', event_id: 'bigint', key: 'text' })
    const told = tellWithSql({
      ...{ types: [type], now: $.now, unless: untoldSql() },
      rows: `select * from json_to_recordset(${$.notices}) as sent(${columns.map((each) => each.join(' '))})`,
      shown: () =>
        shows === 'as the act'
          ? actShownSql('n.event_id', 'n.key')
          : `concat_ws(',', ${(shows as Shows).things.map(({ webhook }) => webhook.sql(flags as Flags, { kind, part }))})`,
    })
    return `with ${told.ctes}, emitted as (
      ${emitRows($.now, told.rows)} returning id, type
    ), announced as (${told.kept})
    select where false`
  },
})

/** A notice of an act of which nobody has been told yet. It is about a subject, and for one member. */
export type NewNotice = Omit<Notice, 'to' | 'audience'> & Required<Pick<Notice, 'subject'>> & { to: number }

/**
 * Tells of several acts by one statement, like `tell`. Their notices are of one type and about the same kinds, and all of
 * them show what the event of their act shows, or none does.
 */
export async function tellTogether(
  tx: Db,
  { now, community }: { now: Date; community: Community },
  notices: NewNotice[],
): Promise<void> {
  const [first] = notices
  if (!first || silent.has(tx)) return
  const { event } = first.type
  if (!event) throw new Error(`Receivers do not hear of ${first.type.name}`)
  await lockBoxes(
    tx,
    notices.map(({ to }) => to),
  )
  const rows = notices.map((notice) => ({
    ...rowOf(notice),
    ...{ member_id: notice.to, event_id: notice.event?.id ?? null, key: notice.event?.key ?? null },
  }))
  const kinds = { kind: first.subject.kind, part: first.part?.kind ?? 0 }
  const showing = showingOf(first.type, kinds, first.event, community)
  const variant = { type: { ...first.type, event }, about: true, ...showing }
  await tellingTogether.rows(tx, { notices: JSON.stringify(rows), now }, variant)
}
