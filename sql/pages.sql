-- Printed by `npm run sql`. The statements of a slice, as PostgreSQL is given them in their usual variant.

-- liveliest contributions
-- $1 viewer, $2 kinds, $3 limit
select c.id, c.kind::int as kind, c.slug, c.title, c.summary, to_char(c.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"') as added_at,
      u.id as author, u.username, c.vote_count as votes, c.comment_count as comments
    from (select * from (select * from (select * from (select x.last_activity_at as k0, x.id as k1 from contribution x where not x.deleted and x.addressing = '{}' and x.kind = 1 and x.author_id not in (select other_id from relation where member_id = $1::bigint and (hidden_place is not null or hidden_by) and (hidden_place is not null or not exists (select from users m
  where m.id = $1::bigint and m.status = 'a' and m.role in ('admin', 'moderator')))
  union all select author_id from hidden_author where member_id = $1::bigint
  union all select member_id from erasure) and not ((select exists (select from mark h where h.member_id = $1::bigint and h.hidden))
    and coalesce((select true from mark h where h.target_id = x.id and h.member_id = $1::bigint and h.kind = x.kind and h.hidden), false)) and 1 = any($2::int[])
    order by x.last_activity_at desc, x.id desc limit 100) few) o union all select * from (select a.k0, a.k1 from unnest((case when exists (select from users m
  where m.id = $1::bigint and m.status = 'a' and m.role in ('admin', 'moderator')) then '{0}'::bigint[] else array(select t.id from tag t
  where t.id = any((select m.tag_ids from users m where m.id = $1::bigint)::bigint[]) and t.active and not t.deleted) || -$1::bigint::bigint end)) circle (id)
      cross join unnest('{1}'::smallint[]) wanted (kind)
      cross join lateral (select * from (select x.last_activity_at as k0, x.contribution_id as k1 from addressed_feed x where x.place = 0 and x.reader = circle.id and x.kind = wanted.kind and x.author_id not in (select other_id from relation where member_id = $1::bigint and (hidden_place is not null or hidden_by) and (hidden_place is not null or not exists (select from users m
  where m.id = $1::bigint and m.status = 'a' and m.role in ('admin', 'moderator')))
  union all select author_id from hidden_author where member_id = $1::bigint
  union all select member_id from erasure) and not ((select exists (select from mark h where h.member_id = $1::bigint and h.hidden))
    and coalesce((select true from mark h where h.target_id = x.contribution_id and h.member_id = $1::bigint and h.kind = x.kind and h.hidden), false)) and 1 = any($2::int[])
    order by x.last_activity_at desc, x.contribution_id desc limit 100) few) a group by a.k0, a.k1) a) m union all select * from (select * from (select * from (select x.last_activity_at as k0, x.id as k1 from contribution x where not x.deleted and x.addressing = '{}' and x.kind = 2 and x.author_id not in (select other_id from relation where member_id = $1::bigint and (hidden_place is not null or hidden_by) and (hidden_place is not null or not exists (select from users m
  where m.id = $1::bigint and m.status = 'a' and m.role in ('admin', 'moderator')))
  union all select author_id from hidden_author where member_id = $1::bigint
  union all select member_id from erasure) and not ((select exists (select from mark h where h.member_id = $1::bigint and h.hidden))
    and coalesce((select true from mark h where h.target_id = x.id and h.member_id = $1::bigint and h.kind = x.kind and h.hidden), false)) and 2 = any($2::int[])
    order by x.last_activity_at desc, x.id desc limit 100) few) o union all select * from (select a.k0, a.k1 from unnest((case when exists (select from users m
  where m.id = $1::bigint and m.status = 'a' and m.role in ('admin', 'moderator')) then '{0}'::bigint[] else array(select t.id from tag t
  where t.id = any((select m.tag_ids from users m where m.id = $1::bigint)::bigint[]) and t.active and not t.deleted) || -$1::bigint::bigint end)) circle (id)
      cross join unnest('{2}'::smallint[]) wanted (kind)
      cross join lateral (select * from (select x.last_activity_at as k0, x.contribution_id as k1 from addressed_feed x where x.place = 0 and x.reader = circle.id and x.kind = wanted.kind and x.author_id not in (select other_id from relation where member_id = $1::bigint and (hidden_place is not null or hidden_by) and (hidden_place is not null or not exists (select from users m
  where m.id = $1::bigint and m.status = 'a' and m.role in ('admin', 'moderator')))
  union all select author_id from hidden_author where member_id = $1::bigint
  union all select member_id from erasure) and not ((select exists (select from mark h where h.member_id = $1::bigint and h.hidden))
    and coalesce((select true from mark h where h.target_id = x.contribution_id and h.member_id = $1::bigint and h.kind = x.kind and h.hidden), false)) and 2 = any($2::int[])
    order by x.last_activity_at desc, x.contribution_id desc limit 100) few) a group by a.k0, a.k1) a) m union all select * from (select * from (select * from (select x.last_activity_at as k0, x.id as k1 from contribution x where not x.deleted and x.addressing = '{}' and x.kind = 3 and x.author_id not in (select other_id from relation where member_id = $1::bigint and (hidden_place is not null or hidden_by) and (hidden_place is not null or not exists (select from users m
  where m.id = $1::bigint and m.status = 'a' and m.role in ('admin', 'moderator')))
  union all select author_id from hidden_author where member_id = $1::bigint
  union all select member_id from erasure) and not ((select exists (select from mark h where h.member_id = $1::bigint and h.hidden))
    and coalesce((select true from mark h where h.target_id = x.id and h.member_id = $1::bigint and h.kind = x.kind and h.hidden), false)) and 3 = any($2::int[])
    order by x.last_activity_at desc, x.id desc limit 100) few) o union all select * from (select a.k0, a.k1 from unnest((case when exists (select from users m
  where m.id = $1::bigint and m.status = 'a' and m.role in ('admin', 'moderator')) then '{0}'::bigint[] else array(select t.id from tag t
  where t.id = any((select m.tag_ids from users m where m.id = $1::bigint)::bigint[]) and t.active and not t.deleted) || -$1::bigint::bigint end)) circle (id)
      cross join unnest('{3}'::smallint[]) wanted (kind)
      cross join lateral (select * from (select x.last_activity_at as k0, x.contribution_id as k1 from addressed_feed x where x.place = 0 and x.reader = circle.id and x.kind = wanted.kind and x.author_id not in (select other_id from relation where member_id = $1::bigint and (hidden_place is not null or hidden_by) and (hidden_place is not null or not exists (select from users m
  where m.id = $1::bigint and m.status = 'a' and m.role in ('admin', 'moderator')))
  union all select author_id from hidden_author where member_id = $1::bigint
  union all select member_id from erasure) and not ((select exists (select from mark h where h.member_id = $1::bigint and h.hidden))
    and coalesce((select true from mark h where h.target_id = x.contribution_id and h.member_id = $1::bigint and h.kind = x.kind and h.hidden), false)) and 3 = any($2::int[])
    order by x.last_activity_at desc, x.contribution_id desc limit 100) few) a group by a.k0, a.k1) a) m) x
    join contribution c on c.id = x.k1 join users u on u.id = c.author_id
    where not c.collapsed and c.vote_count + c.comment_count + c.share_count > 0
    order by relevant_at(c.added_at, c.vote_count, c.follower_count, c.comment_count, c.share_count) desc, c.id desc
    limit $3::int;

-- name of a member
-- $1 id
select username from users where id = $1::bigint;

-- who looks at the console
-- $1 id
select username from users where id = $1::bigint;
