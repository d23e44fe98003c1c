import type { Db } from '../platform/db/database.ts'
import { type Drift, driftLooks, type Repair, recount } from '../platform/db/repair.ts'
import { statement } from '../platform/sql/statement.ts'
import { commentsId } from './kept.ts'

/** Each count of a comment with the column of the mark that is counted. */
const counted = { vote_count: 'reaction', flag_count: 'flag_type' }

/** SQL of the comments c that are not deleted, and do not reply to deleted ones. */
const thereSql =
  'comment c left join comment q on q.id = c.parent_id where not c.deleted and not coalesce(q.deleted, false)'

// What is erased is deleted: it is named below because the indexes are of what is not erased.

/** How to repair what `findCommentDrift` finds. */
export const commentRepairs: Record<string, Repair> = {
  thread: recount(
    'comments: count those on a contribution again',
    ['id'],
    ($) => `select from contribution where id = ${$.id} for update`,
    ($) => `update contribution x set (comment_count, thread_count) = (
       select count(*) filter (where not coalesce(q.deleted, false)), count(*) filter (where c.parent_id is null)
       from comment c left join comment q on q.id = c.parent_id where c.contribution_id = ${$.id} and not c.deleted and not c.erased
     ) where x.id = ${$.id}`,
    // The number of uncommented contributions follows from that.
    ($) => `select from contribution_total t join contribution x on t.kind = x.kind and t.part = x.author_id % 16
     where x.id = ${$.id} for update of t`,
    ($) => `update contribution_total t set uncommented = (
       select count(*) from contribution y
       where y.kind = t.kind and y.author_id % 16 = t.part and not y.deleted and y.comment_count = 0
     ) from contribution x where x.id = ${$.id} and t.kind = x.kind and t.part = x.author_id % 16`,
  ),
  comment: recount(
    'comments: count what there is of one again',
    ['id'],
    ($) => `select from comment where id = ${$.id} for update`,
    (
      $,
    ) => `update comment c set comment_count = (select count(*) from comment r where r.parent_id = ${$.id} and not r.deleted),
      ${Object.keys(counted).map((name) => `${name} = m.${name}`)}
     from (select ${Object.entries(counted).map(([name, column]) => `count(${column})::int as ${name}`)}
       from mark where target_id = ${$.id} and kind = ${commentsId}) m
     where c.id = ${$.id}`,
  ),
  contributor: recount(
    'comments: count those of a contributor again',
    ['contribution', 'member'],
    ($) => `select from contribution where id = ${$.contribution} for update`,
    ($) => `insert into contributor (contribution_id, author_id, comments)
     select ${$.contribution}, ${$.member}, count(*) from comment
     where contribution_id = ${$.contribution} and author_id = ${$.member} and not deleted and not erased
     on conflict (contribution_id, author_id) do update set comments = excluded.comments`,
  ),
}

const looking = statement({
  name: 'comments: what has drifted',
  ...driftLooks,
  sql: ($) => `with marks as materialized (
      select target_id as id, ${Object.entries(counted).map(([name, column]) => `count(${column})::int as ${name}`)}
      from mark where kind = ${commentsId} group by target_id
    ), replies as materialized (
      select parent_id as id, count(*)::int as n from comment where parent_id is not null and not deleted group by parent_id
    ), threads as materialized (
      select c.contribution_id as id, count(*)::int as comment_count,
        count(*) filter (where c.parent_id is null)::int as thread_count
      from ${thereSql} group by c.contribution_id
    ), drift as (
      select one.what || ' of contribution ' || x.id as what, x.author_id as member, one.kept, one.counted, 'thread' as repair,
          array[x.id] as of
        from contribution x left join threads t on t.id = x.id cross join lateral (values
          ('comment_count', x.comment_count, coalesce(t.comment_count, 0)),
          ('thread_count', x.thread_count, coalesce(t.thread_count, 0))
        ) one (what, kept, counted) where one.kept <> one.counted
      union all
      select one.what || ' of comment ' || c.id, c.author_id, one.kept, one.counted, 'comment', array[c.id]
        from comment c left join marks m on m.id = c.id left join replies r on r.id = c.id cross join lateral (values
          ('comment_count', c.comment_count, coalesce(r.n, 0)),
          ${Object.keys(counted).map((name) => `('${name}', c.${name}, coalesce(m.${name}, 0))`)}
        ) one (what, kept, counted) where one.kept <> one.counted
      union all
      select 'comments of a contributor to ' || contribution_id, author_id, coalesce(kept.comments, 0), coalesce(found.n, 0),
          'contributor', array[contribution_id, author_id]
        from contributor kept full join (
          select contribution_id, author_id, count(*)::int as n from comment where not deleted group by 1, 2
        ) found using (contribution_id, author_id)
        where coalesce(kept.comments, 0) <> coalesce(found.n, 0)
    )
    select * from drift order by what, member limit ${$.most}`,
})

/**
 * Counts again what is kept about comments: how many each contribution has; replies, votes and flags of each; who has
 * contributed how many. Any drift is a bug of Kith.
 * @param most rows reported at most
 */
export const findCommentDrift = (db: Db, most = 100): Promise<Drift[]> => looking.rows(db, { most })
