import type { Db } from '../platform/db/database.ts'
import { type Drift, driftLooks, type Repair, recount } from '../platform/db/repair.ts'
import { statement } from '../platform/sql/statement.ts'
import { kinds } from './kinds.ts'

/** Each count of a contribution with the column of the mark that is counted. Suspensions are not counted. */
const counted = { vote_count: 'reaction', follower_count: 'followed_at', flag_count: 'flag_type' }
/** Columns of a mark that belong together: all are set, or none. */
const wholes = {
  follow: ['followed_at', 'follow_place'],
  suspension: ['suspended_at', 'suspend_place'],
  vote: ['reaction', 'voted_at', 'vote_place'],
  flag: ['flag_type', 'flagged_at', 'flag_place'],
}

/** How to repair what `findContributionDrift` finds. */
export const contributionRepairs: Record<string, Repair> = {
  marks: recount(
    'contributions: count the marks of one again',
    ['id'],
    ($) => `select from contribution where id = ${$.id} for update`,
    ($) => `update contribution c set ${Object.keys(counted).map((name) => `${name} = m.${name}`)}
     from (select ${Object.entries(counted).map(([name, column]) => `count(${column})::int as ${name}`)}
       from mark where target_id = ${$.id} and kind in (${Object.values(kinds).map(({ id }) => id)})) m
     where c.id = ${$.id}`,
  ),
  author: recount(
    'contributions: count those of a member again',
    ['member'],
    ($) => `select from users where id = ${$.member} for update`,
    ($) => `update users u set ${Object.values(kinds).map(({ counter }) => `${counter} = c.${counter}`)}
     , polls = c.polls
     from (select ${Object.values(kinds).map(({ id, counter }) => `count(*) filter (where kind = ${id})::int as ${counter}`)},
       count(poll_id)::int as polls
       from contribution where author_id = ${$.member} and not deleted) c where u.id = ${$.member}`,
  ),
  total: recount(
    'contributions: count a part of a kind again',
    ['kind', 'part'],
    ($) => `insert into contribution_total as t (kind, part) values (${$.kind}, ${$.part})
     on conflict (kind, part) do update set n = t.n`,
    ($) => `update contribution_total set (n, uncommented) = (
       select count(*), count(*) filter (where comment_count = 0) from contribution
       where kind = ${$.kind} and author_id % 16 = ${$.part} and not deleted
     ) where kind = ${$.kind} and part = ${$.part}`,
  ),
  places: recount(
    'contributions: put one in its feeds again',
    ['id'],
    ($) => `select from contribution where id = ${$.id} for update`,
    ($) => `delete from category_feed where contribution_id = ${$.id}`,
    ($) => `insert into category_feed select category_id, c.id, c.kind, c.author_id, c.added_at, c.last_activity_at,
       relevant_at(c.added_at, c.vote_count, c.follower_count, c.comment_count, c.share_count)
     from contribution c cross join lateral (select distinct unnest(c.categories) as category_id) each
     where c.id = ${$.id} and not c.deleted and c.addressing = '{}'`,
  ),
  'feed total': recount(
    'contributions: count a part of a feed again',
    ['category', 'kind', 'part'],
    ($) => `insert into category_feed_total as t (category_id, kind, part)
     values (${$.category}, ${$.kind}, ${$.part}) on conflict (category_id, kind, part) do update set n = t.n`,
    ($) => `update category_feed_total set n = (
       select count(*) from contribution
       where not deleted and ${$.category} = any(categories) and kind = ${$.kind} and author_id % 16 = ${$.part}
     ) where category_id = ${$.category} and kind = ${$.kind} and part = ${$.part}`,
  ),
}

const looking = statement({
  name: 'contributions: what has drifted',
  ...driftLooks,
  sql: ($) => `with marks as materialized (
      select target_id as contribution_id, min(kind) as kind, max(kind) as other_kind,
        ${Object.entries(counted).map(([name, column]) => `count(${column})::int as ${name}`)},
        count(*) filter (where ${Object.values(wholes)
          .map((columns) => `num_nonnulls(${columns}) not in (0, ${columns.length})`)
          .join(' or ')})::int as broken
      from mark where kind in (${Object.values(kinds).map(({ id }) => id)}) group by target_id
    ), seen as materialized (
      select c.id, c.author_id, c.kind, ${Object.keys(counted).flatMap((name) => [
        `c.${name} as ${name}_kept`,
        `coalesce(k.${name}, 0) as ${name}`,
      ])}, not c.deleted as there, c.comment_count = 0 as uncommented, c.poll_id is not null as polled,
        k.kind as marked_as, k.other_kind, coalesce(k.broken, 0) as broken
      from contribution c left join marks k on k.contribution_id = c.id
    ), authors as materialized (
      select author_id, ${Object.values(kinds).map(
        ({ id, counter }) =>
          `count(*) filter (where there and kind = ${id})::int as ${counter},
           count(*) filter (where there and kind = ${id} and uncommented)::int as ${counter}_uncommented`,
      )}, count(*) filter (where there and polled)::int as polls from seen group by author_id
    ), totals as (
      select kind, part, sum(n)::int as n, sum(uncommented)::int as uncommented from (
        ${Object.values(kinds)
          .map(
            ({ id, counter }) => `select ${id} as kind, author_id % 16 as part, ${counter} as n,
              ${counter}_uncommented as uncommented from authors`,
          )
          .join(' union all ')}
      ) each group by kind, part
    ), placed as materialized (
      select c.id, c.author_id, category_id, c.kind, c.added_at, c.last_activity_at,
        relevant_at(c.added_at, c.vote_count, c.follower_count, c.comment_count, c.share_count) as relevant_at,
        c.addressing = '{}' as open
      from contribution c cross join lateral (select distinct unnest(c.categories) as category_id) each where not c.deleted
    ), opened as (
      select id, author_id, category_id, kind, added_at, last_activity_at, relevant_at from placed where open
    ), drift as (
      select one.what || ' of contribution ' || s.id as what, s.author_id as member, one.kept, one.counted,
          one.repair, array[s.id] as of
        from seen s cross join lateral (values
          ${Object.keys(counted).map((name) => `('${name}', s.${name}_kept, s.${name}, 'marks')`)},
          ('kind of the marks', s.kind::int,
            case when s.marked_as <> s.kind then s.marked_as else s.other_kind end::int, null),
          ('broken marks', 0, s.broken, null)
        ) one (what, kept, counted, repair) where one.kept <> one.counted
      union all
      select one.what, u.id, one.kept, one.counted, 'author', array[u.id]
        from users u left join authors a on a.author_id = u.id cross join lateral (values
          ${Object.values(kinds).map(({ counter }) => `('${counter}', u.${counter}, coalesce(a.${counter}, 0))`)},
          ('polls', u.polls, coalesce(a.polls, 0))
        ) one (what, kept, counted) where one.kept <> one.counted
      union all
      select one.what || ' of kind ' || kind || ', part ' || part, 0, one.kept, one.counted,
          'total', array[kind, part]::bigint[]
        from contribution_total kept full join totals using (kind, part) cross join lateral (values
          ('total', coalesce(kept.n, 0), coalesce(totals.n, 0)),
          ('total uncommented', coalesce(kept.uncommented, 0), coalesce(totals.uncommented, 0))
        ) one (what, kept, counted) where one.kept <> one.counted
      union all
      select 'feed places of contribution ' || id, author_id, count(*) filter (where opened = kept)::int, count(*)::int,
          'places', array[id]
        from opened full join (
          select contribution_id as id, author_id, category_id, kind, added_at, last_activity_at, relevant_at from category_feed
        ) kept using (id, author_id, category_id)
        group by id, author_id having count(*) filter (where opened = kept) <> count(*)
      union all
      select 'feed total of category ' || category_id || ', kind ' || kind || ', part ' || part, 0, coalesce(kept.n, 0),
          coalesce(found.n, 0), 'feed total', array[category_id, kind, part]
        from category_feed_total kept full join (
          select category_id, kind, (author_id % 16)::smallint as part, count(*)::int as n from placed group by 1, 2, 3
        ) found using (category_id, kind, part) where coalesce(kept.n, 0) <> coalesce(found.n, 0)
    )
    select * from drift order by what, member limit ${$.most}`,
})

/**
 * Counts again, in one snapshot and with one look at each table, what is kept about contributions: votes, followers
 * and flags of each; how many of each kind each member and the community have; that marks are complete and of the
 * kind of their target; and the rows of category feeds. Any drift is a bug of Kith.
 * @param most rows reported at most
 */
export const findContributionDrift = (db: Db, most = 100): Promise<Drift[]> => looking.rows(db, { most })
