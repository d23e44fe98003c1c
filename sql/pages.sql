-- Printed by `npm run sql`. The statements of a slice, as PostgreSQL is given them in their usual variant.

-- liveliest contributions
-- $1 kinds, $2 viewer, $3 limit
select c.id, c.kind::int as kind, c.slug, c.title, c.summary, to_char(c.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"') as added_at,
      u.id as author, u.username, c.vote_count as votes, c.comment_count as comments
    from unnest($1::int[]) wanted cross join lateral (
      select * from contribution x where x.kind = wanted::smallint and not x.deleted and not x.collapsed and x.author_id not in (select other_id from relation where member_id = $2::bigint and (hidden_place is not null or hidden_by) and (hidden_place is not null or not exists (select from users m
  where m.id = $2::bigint and m.status = 'a' and m.role in ('admin', 'moderator')))
  union all select author_id from hidden_author where member_id = $2::bigint
  union all select member_id from erasure) and (x.addressing = '{}' or not (x.author_id is distinct from $2::bigint and (not x.addressing && array(select t.id from tag t
  where t.id = any((select m.tag_ids from users m where m.id = $2::bigint)::bigint[]) and t.active and not t.deleted) and not exists (select from users m
  where m.id = $2::bigint and m.status = 'a' and m.role in ('admin', 'moderator'))))) and not coalesce((select h.hidden from mark h
  where h.target_id = x.id and h.member_id = $2::bigint and h.kind = x.kind), false)
      order by x.last_activity_at desc, x.id desc limit 100
    ) c join users u on u.id = c.author_id
    where c.vote_count + c.comment_count + c.share_count > 0
    order by relevant_at(c.added_at, c.vote_count, c.follower_count, c.comment_count, c.share_count) desc, c.id desc
    limit $3::int;

-- name of a member
-- $1 id
select username from users where id = $1::bigint;

-- who looks at the console
-- $1 id
select username from users where id = $1::bigint;
