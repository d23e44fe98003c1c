import { type Flags, view } from '../community/flags.ts'
import { forEachKind, kindNameSql, kinds } from '../contributions/kinds.ts'
import { flagTypes } from '../marks/views.ts'
import Type from '../platform/schema.ts'
import {
  boolean,
  type Field,
  integer,
  isoSql,
  moment,
  nested,
  nullable,
  nullableMoment,
  nullableText,
  plainView,
  renderSql,
  text,
} from '../platform/sql/view.ts'
import { reactionsCount } from '../reactions/views.ts'
import { renderUser } from '../users/queries.ts'
import { User } from '../users/views.ts'
import { relationJoin } from '../users/visibility.ts'

// A member is a row u, with the viewer's relation v and their block b, if they are blocked. A case is a row k, and
// its subject c, as `thingSql` makes it from a contribution or a comment.

const nullableInteger = (sql: string): Field<Flags> => ({ schema: nullable(Type.Integer()), sql, kind: 'number' })

const ScoreVariation = nullable(
  Type.Object(
    {
      score: Type.Integer(),
      comment: nullable(Type.String()),
      reputed_at: Type.String({ format: 'date-time' }),
      created_by: nullable(User.schema),
    },
    { $id: 'ScoreVariation', description: 'The last change by a moderator.', additionalProperties: false },
  ),
)

/** SQL of another member in what the viewer sees. */
const memberSql = (id: string, flags: Flags, viewer: string) => `(select ${renderUser(flags)} from users u
  ${relationJoin(viewer, 'u.id')} where u.id = ${id})`

/** A member as moderators see them. */
export const ModerationUser = view('ModerationUser', 'A member, as moderators see them.', {
  ...User.fields,
  blocked_at: nullableMoment('b.blocked_at'),
  days_blocked: nullableInteger('b.days'),
  expire_at: nullableMoment('b.expire_at'),
  // Kith does not store when somebody was last seen.
  last_seen: nullableMoment('null::timestamptz'),
  flags_given: integer('(select count(*) from mark f where f.member_id = u.id and f.flag_type is not null)'),
  flags_received: integer('(select coalesce(sum(flags), 0) from moderation_case where author_id = u.id)'),
  last_score_variation: nested(
    ScoreVariation,
    (
      flags,
      viewer,
    ) => `coalesce((select concat('{"score":', s.points, ',"comment":', coalesce(to_json(s.comment)::text, 'null'),
        ',"reputed_at":"', ${isoSql('s.at')}, '","created_by":',
        case when s.created_by is null then 'null' else ${memberSql('s.created_by', flags, viewer)} end, '}')
      from score s where s.member_id = u.id and s.type = 10 order by s.at desc, s.id desc limit 1), 'null')`,
  ),
})

/** Joins what moderators see of a member u. */
export const memberJoins = (viewer: string) => `${relationJoin(viewer, 'u.id')} left join block b on b.member_id = u.id`

const nameSql = (kind: string) => kindNameSql(kind, 'comment')

/** SQL of the subject of a case k. */
export const thingSql = `(
  select x.id, x.author_id, x.added_at, x.categories, x.title, x.html, x.summary, x.deleted, x.collapsed,
    null::bigint as parent_id, null::bigint as in_reply_to_id, x.comment_count, x.vote_count, x.reactions, x.flag_count,
    x.medias, x.share_count, x.poll_id is not null as polled, x.id as thread_id, x.kind as thread_kind, x.slug as thread_slug
  from contribution x where k.kind < 16 and x.id = k.target_id
  union all
  select m.id, m.author_id, m.added_at, '{}', '', m.html, m.summary, m.deleted, m.collapsed,
    m.parent_id, m.in_reply_to_id, m.comment_count, m.vote_count, m.reactions, m.flag_count,
    '{}', 0, false, x.id, x.kind, x.slug
  from comment m join contribution x on x.id = m.contribution_id where k.kind = 16 and m.id = k.target_id
)`

const CategoryName = plainView('CategoryName', 'A category, by its name.', {
  id: integer('g.id'),
  name: text('g.name'),
  slug: text('g.slug'),
})

const mediaTypes = ['url', 'embed', 'image', 'eimage', 'doc', 'share']

/** An object of numbers by name. */
const numbersBy = (names: readonly string[], number: (name: string) => string): Field<Flags> =>
  nested(
    Type.Object(Object.fromEntries(names.map((name) => [name, Type.Integer()])), { additionalProperties: false }),
    `concat('{', ${names.map((name, i) => `'${i ? ',' : ''}"${name}":', ${number(name)}`).join(', ')}, '}')`,
  )

const Flagged = view('ModeratedThing', 'What was flagged, as moderators see it.', {
  id: integer('c.id'),
  author: nested(ModerationUser.schema, (flags, viewer) => renderSql(ModerationUser, flags, viewer)),
  added_at: moment('c.added_at'),
  categories: nested(
    Type.Array(CategoryName.schema),
    `(select concat('[', string_agg(${renderSql(CategoryName, null)}, ',' order by nth), ']')
      from unnest(c.categories) with ordinality named (id, nth) join category g on g.id = named.id)`,
  ),
  title: text('c.title'),
  html: text('c.html'),
  summary: text('c.summary'),
  deleted: boolean('c.deleted'),
  collapsed: boolean('c.collapsed'),
  parent: nullableInteger('c.parent_id'),
  in_reply_to: nullableInteger('c.in_reply_to_id'),
  comment_count: integer('c.comment_count'),
  vote_count: integer('c.vote_count'),
  reactions_count: reactionsCount,
  flag_count: integer('k.flags'),
  flag_count_detail: numbersBy(['0', '1', '2', '3', '4'], (type) => `k.by_type[${Number(type) + 1}]`),
  media_count_detail: numbersBy(
    mediaTypes,
    (type) => `(select count(*) from media d where d.id = any(c.medias) and d.type = '${type}')`,
  ),
  share_count: integer('c.share_count'),
  has_poll: boolean('c.polled'),
  thread_id: integer('c.thread_id'),
  thread_type: {
    schema: Type.Enum(Object.keys(forEachKind((kind) => kind))),
    sql: nameSql('c.thread_kind'),
    kind: 'word',
  },
  thread_slug: text('c.thread_slug'),
})

export const statuses = { open: 'o', ignored: 'i', hidden: 'h', deleted: 'd' } as const
const statusSql = `case coalesce(k.status, 'o') ${Object.entries(statuses)
  .map(([name, letter]) => `when '${letter}' then '${name}'`)
  .join(' ')} end`

/** A moment that is stored as 1970 if there is none. */
const momentOrNone = (sql: string) => nullableMoment<Flags>(`nullif(${sql}, '1970-01-01 00:00:00+00'::timestamptz)`)

export const FlaggedContribution = view('FlaggedContribution', 'What was flagged, and what moderators made of it.', {
  contribution_type: { schema: Type.Enum([...Object.keys(kinds), 'comment']), sql: nameSql('k.kind'), kind: 'word' },
  contribution: nested(Flagged.schema, (flags, viewer) => renderSql(Flagged, flags, viewer)),
  last_flagged_at: momentOrNone('k.flagged_at'),
  moderation_status: { schema: Type.Enum(Object.keys(statuses)), sql: statusSql, kind: 'word' },
  moderation_type: nullableInteger('k.reason'),
  moderation_by: nested(
    nullable(User.schema),
    (flags, viewer) =>
      `case when k.moderated_by is null then 'null' else ${memberSql('k.moderated_by', flags, viewer)} end`,
  ),
  moderation_at: momentOrNone('k.moderated_at'),
})

/** What moderators decided about something; it reads a case k, or an empty row. */
export const ModerationStatus = view('ModerationStatus', 'What moderators made of something.', {
  status: { schema: Type.Enum(Object.keys(statuses)), sql: statusSql, kind: 'word' },
  flag_type: {
    ...nullableInteger('k.reason'),
    schema: nullable(Type.Integer({ description: 'Why; null if it is open or ignored.' })),
  },
  flag_type_description: nullableText(`(array[${flagTypes.map((type) => `'${type}'`).join(', ')}])[k.reason + 1]`),
})
