import { commentsId } from '../comments/kept.ts'
import { ActivityComment } from '../comments/views.ts'
import { type Flags, view } from '../community/flags.ts'
import { markJoin } from '../marks/target.ts'
import Type from '../platform/schema.ts'
import { thereIsSql } from '../platform/sql/looked-up.ts'
import { type Field, moment, nested, nullable, renderSql } from '../platform/sql/view.ts'
import { renderUser } from '../users/queries.ts'
import { User } from '../users/views.ts'
import { relationJoin } from '../users/visibility.ts'
import { veilJoin } from './withheld.ts'

/** How many activities a contribution shows, and how many of its newest of each type are searched for them. */
const [shown, looked] = [3, 5]

// Expressions read an activity a, its author u and their relation to the viewer v; for comments, the comment c with
// its mark m.

/** What one of the viewer's connections did with a contribution. */
const Activity = view('FeedActivity', 'What somebody did whom one is connected with, or follows.', {
  type: { schema: Type.Enum(['comment', 'vote', 'pollvote', 'follow']), sql: 'a.type', kind: 'word' },
  comment: nested(
    nullable(ActivityComment.schema),
    (flags, viewer) => `case when a.comment_id is not null then (
      select ${renderSql(ActivityComment, flags, viewer)} from comment c ${markJoin('c.id', commentsId, viewer)} ${veilJoin(viewer)} where c.id = a.comment_id) end`,
  ),
  author: nested(User.schema, renderUser),
  active_at: moment('a.at'),
  seen_by_id: { ...nested<Flags>(nullable(Type.Array(Type.Integer())), `'null'`) },
})

/** SQL of the newest activities of each type on the contribution c: a look at the ends of four indexes. */
const newest = [
  `select 'comment' as type, x.author_id, x.added_at as at, x.id as comment_id from (
    select * from comment x where x.contribution_id = c.id and x.parent_id is null and not x.erased
    order by x.added_at desc, x.id desc limit ${looked}) x where c.thread_count > 0 and not x.deleted`,
  `select * from (select 'vote' as type, k.member_id, k.voted_at, null::bigint from mark k
    where k.target_id = c.id and k.kind = c.kind and k.vote_place is not null and c.vote_count > 0
    order by k.vote_place desc limit ${looked}) x`,
  `select * from (select 'follow' as type, k.member_id, k.followed_at, null::bigint from mark k
    where k.target_id = c.id and k.kind = c.kind and k.follow_place is not null and c.follower_count > 0
    order by k.follow_place desc limit ${looked}) x`,
  `select * from (select 'pollvote' as type, k.member_id, k.voted_at, null::bigint from poll_vote k
    where k.poll_id = c.poll_id and k.voted_at is not null order by k.id desc limit ${looked}) x`,
].join(' union all ')

/**
 * The last activities on a contribution c of members whom the viewer is connected with, or follows. It searches only
 * the newest few of each type, and looks each up, so it costs the same for a contribution with a million votes, and for a
 * viewer with a million connections.
 */
export const activities: Field<Flags> = nested(
  Type.Array(Activity.schema, {
    description: `The last ${shown} things that the viewer's connections, or members they follow, did with it.`,
  }),
  (flags, viewer) => {
    const tie = flags.follow ? 'following_place is not null' : 'state = 4'
    if (!flags.viewer || !(flags.follow || flags.friendship)) return `'[]'`
    return `case when c.comment_count + c.vote_count + c.follower_count = 0 and c.poll_id is null then '[]' else (
      select concat('[', string_agg(${renderSql(Activity, flags, viewer)}, ',' order by a.at desc, a.author_id), ']') from (
        select a.* from (${newest}) a
        where ${thereIsSql(`from relation r where r.member_id = ${viewer} and r.other_id = a.author_id and r.${tie}`)}
        order by a.at desc, a.author_id limit ${shown}
      ) a join users u on u.id = a.author_id
      ${relationJoin(viewer, 'a.author_id')}) end`
  },
)
