import { everyFlags, type Flags, view } from '../community/flags.ts'
import { capital, forEachKind, type Kind, kinds } from '../contributions/kinds.ts'
import { authorSeenSql } from '../contributions/seen.ts'
import { veiled, veilJoin } from '../contributions/withheld.ts'
import { markJoin } from '../marks/target.ts'
import Type from '../platform/schema.ts'
import { namesSome } from '../platform/sql/referred.ts'
import {
  boolean,
  type Field,
  inFragments,
  integer,
  moment,
  nested,
  nullable,
  nullableMoment,
  own,
  renderSql,
  text,
  unkept,
  type View,
  versionSql,
} from '../platform/sql/view.ts'
import { ownReaction, reactions, reactionsCount } from '../reactions/views.ts'
import { renderUser } from '../users/queries.ts'
import { User, WebhookAuthor, WebhookUser } from '../users/views.ts'
import { relationJoin } from '../users/visibility.ts'
import { commentsId } from './kept.ts'

// Every expression below reads a comment named c. Views for members also read the contribution x it is on, its author
// u, the viewer's relation to the author v, the viewer's mark m, and `veil`: whether it is withheld from the viewer.
// Views for receivers read the author from a CTE.

/** SQL of whether the summary is shorter than the text, as in contributions. */
const cut = `c.summary like '% ...'`

/** A field of a feature that Kith does not have. */
const empty = (): Field<Flags> => nested(Type.Array(Type.Unknown()), `'[]'`)

const nullableInteger = (sql: string): Field<Flags> => ({
  schema: nullable(Type.Integer()),
  sql,
  kind: 'number',
})

const On = nullable(
  Type.Object(
    { id: Type.Integer(), slug: Type.String() },
    { $id: 'CommentedOn', description: 'What the comment is on.', additionalProperties: false },
  ),
)

/** The contribution that a comment is on, under the name of its kind; the names of other kinds are null. */
const on = (make: (kind: Kind) => Field<Flags>): Record<string, Field<Flags>> =>
  Object.fromEntries(Object.values(kinds).map((kind) => [kind.name, make(kind)]))

// Never in a fragment: the row of a contribution changes with each comment on it.
const onWhole = on(({ id }) =>
  own(
    nested(
      On,
      `case when c.kind = ${id} then concat('{"id":', c.contribution_id, ',"slug":', to_json(case when x.collapsed then x.id::text else x.slug end)::text, '}') end`,
    ),
  ),
)
const onId = on(({ id }) => nullableInteger(`case when c.kind = ${id} then c.contribution_id end`))

/** The place of a comment in its thread, and its counts: the same for everybody. */
const standing: Record<string, Field<Flags>> = {
  deleted: boolean('c.deleted'),
  collapsed: boolean('c.collapsed'),
  parent: nullableInteger('c.parent_id'),
  in_reply_to: nullableInteger('c.in_reply_to_id'),
  comment_count: integer('c.comment_count'),
  vote_count: integer('c.vote_count'),
  flag_count: integer('c.flag_count'),
}

/** A comment as members and visitors see it, without its contribution. */
const fields: Record<string, Field<Flags>> = {
  id: integer('c.id'),
  type: { schema: Type.Literal('comment'), sql: `'comment'`, kind: 'word' },
  author: nested(User.schema, renderUser),
  added_at: moment('c.added_at'),
  last_edited_at: nullableMoment('c.last_edited_at'),
  html: veiled(text('c.html'), `''`),
  summary: veiled(text('c.summary'), `''`),
  // Missing in the documentation, but the client shows it, as in contributions.
  summary_html: veiled(text(`case when ${cut} then c.summary else c.html end`), `''`),
  summary_truncated: veiled(boolean(cut), 'false'),
  ...standing,
  reactions_count: reactionsCount,
  voted: own(boolean('m.reaction is not null')),
  reaction: ownReaction,
}

/** Caches the part of a view of comments that everybody sees alike. */
const kept = <Name extends string>(shown: View<Flags, Name>) =>
  inFragments(shown, {
    from: (withheld) => `comment c cross join (select ${withheld} as withheld) veil`,
    id: 'c.id',
    version: versionSql('c'),
    depends: 'veil.withheld',
    flags: everyFlags,
  })

/** A reply as it is shown below its comment. */
const CommentSummary = kept(
  view('CommentSummary', 'A reply, below the comment it is a reply to.', {
    ...fields,
    ...onId,
    latest_comments: empty(),
  }),
)

/** A comment in a feed, below its contribution: the author u and the viewer's relation to them v are joined already. */
export const ActivityComment = kept(
  view('ActivityComment', 'A comment in a feed, without the replies to it.', {
    ...fields,
    ...onId,
    latest_comments: empty(),
  }),
)

/** Replies shown with a comment. */
const shownReplies = 2

/** Joins what the viewer needs of a comment c: its author u, their relation v, their mark m, its veil. */
export const viewerJoins = (viewer: string) => `join users u on u.id = c.author_id
  ${relationJoin(viewer, 'c.author_id')}
  ${markJoin('c.id', commentsId, viewer)} ${veilJoin(viewer)}`

/** SQL of the last replies to a comment that the viewer sees. */
const lastReplies = (comment: string, viewer: string) => `(select r.*, r.xmin from comment r
    where r.parent_id = ${comment}.id and not r.erased and not r.deleted and ${authorSeenSql('r', viewer)}
    order by r.added_at desc, r.id desc limit ${shownReplies})`

const latest: Field<Flags> = nested(
  Type.Array(CommentSummary.schema, { description: 'The last replies, oldest first.' }),
  (flags, viewer) => `case when c.comment_count = 0 then '[]' else (
    select concat('[', string_agg(${renderSql(CommentSummary, flags, viewer)}, ',' order by c.added_at, c.id), ']')
    from ${lastReplies('c', viewer)} c ${viewerJoins(viewer)}) end`,
)

/** A comment, with the last replies to it. */
export const Comment = kept(view('Comment', 'A comment.', { ...fields, ...onWhole, latest_comments: latest }))

/** SQL of a comment as somebody sees it, and of the joins it needs. */
export const renderComment = (flags: Flags, viewer: string) => renderSql(Comment, flags, viewer)
export const commentJoins = (viewer: string) => `join contribution x on x.id = c.contribution_id ${viewerJoins(viewer)}`

/** Joins a comment c by its id, with the same: for lists whose rows are comments. */
export const joinsOfListed = (id: string, viewer: string) =>
  `join comment c on c.id = ${id} ${commentJoins(viewer)}${namesSome(reactions, null, viewer)}`

/** SQL of the bytes of a comment's texts as they are shown. */
export const weight = (
  id: string,
  viewer: string,
) => `(select octet_length(c.html) + case when c.comment_count = 0 then 0
    else coalesce((select sum(octet_length(r.html)) from ${lastReplies('c', viewer)} r), 0) end from comment c where c.id = ${id})`

const authorFields = [
  ...['id', 'username', 'real_name', 'description', 'avatar', 'ext_id', 'tags', 'reputation'],
  ...['followings_counter', 'followers_counter', 'connection_requests_sent_counter', 'connections_counter'],
  ...[
    'connection_requests_received_counter',
    'posts_counter',
    'discussions_counter',
    'statuses_counter',
    'polls_counter',
  ],
]

/** The author of a comment in webhook events: it has fewer fields than that of a contribution. */
const WebhookCommentAuthor = view(
  'WebhookCommentAuthor',
  'The author of a comment, as webhook receivers see them.',
  Object.fromEntries(Object.entries(unkept(WebhookAuthor.fields)).filter(([name]) => authorFields.includes(name))),
)

const webhookOf = (kind: Kind): View<Flags> =>
  view(`WebhookCommentOn${capital(kind.name)}`, `A comment on a ${kind.name}, as webhook receivers see it.`, {
    id: integer('c.id'),
    [kind.name]: integer('c.contribution_id'),
    author: nested(
      WebhookCommentAuthor.schema,
      (flags) => `(select ${renderSql(WebhookCommentAuthor, flags)} from author u)`,
    ),
    added_at: moment('c.added_at'),
    html: text('c.html'),
    summary: text('c.summary'),
    ...standing,
  })

const webhookViews = forEachKind(webhookOf)

/** A comment as webhook receivers see it: the fields of the event documentation, for each kind it may be on. */
export const WebhookComment = Type.Union(Object.values(webhookViews).map(({ schema }) => schema))

/** SQL of the data of the events of a comment c. A CTE named author is its author. */
export const eventData = (flags: Flags) =>
  `case c.kind ${Object.values(kinds)
    .map(({ id, name }) => `when ${id} then ${renderSql(webhookViews[name], flags)}`)
    .join(' ')} end`

/** A comment that notifications are about, as webhook receivers see it: with the comment it replies to. */
const webhookWithParent = forEachKind((kind) => {
  const own = webhookViews[kind.name]
  return view(`WebhookNoticeOn${capital(kind.name)}`, `A comment on a ${kind.name} that members are told of.`, {
    ...own.fields,
    parent: nested(
      nullable(own.schema),
      (flags) => `(with p as (select * from comment where id = c.parent_id), author as (
          select * from users where id = (select author_id from p)
        ) select ${renderSql(own, flags)} from p c)`,
    ),
  })
})
export const WebhookNoticeComment = Type.Union(Object.values(webhookWithParent).map(({ schema }) => schema))
export const noticeData = (flags: Flags, on: number) => {
  const kind = Object.values(kinds).find(({ id }) => id === on)
  if (!kind) throw new Error(`No kind of contribution has the number ${on}`)
  return renderSql(webhookWithParent[kind.name], flags)
}

/** What the data of events about a vote for a comment looks like. */
export const voteSchema = Type.Object(
  {
    user: WebhookUser.schema,
    voted_at: Type.String({ format: 'date-time' }),
    object_type: Type.Literal('comment'),
    comment: WebhookComment,
  },
  { $id: 'WebhookVoteComment', additionalProperties: false },
)
