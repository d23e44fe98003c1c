-- Printed by `npm run sql`. The statements of a slice, as PostgreSQL is given them in their usual variant.

-- a member begins to read
-- $1 id
insert into feed_reader (member_id) values ($1::bigint) on conflict do nothing;

-- count what is unread
-- $1 viewer
with plan as materialized (
    select me.*, total.n <= me.budget as whole from (
      select me.connections <= 3000 as hashed, case when me.connections > 3000 then 3000
          else least(16000, greatest(1000, 16 * me.connections)) end as budget,
        me.categories = 0 and me.connections <= 150 as few,
        array(select k.category_id from category_follower k where k.member_id = me.id) as followed,
        array(select circle.id from unnest((case when exists (select from users m
  where m.id = $1::bigint and m.status = 'a' and m.role in ('admin', 'moderator')) then '{0}'::bigint[] else array(select t.id from tag t
  where t.id = any((select m.tag_ids from users m where m.id = $1::bigint)::bigint[]) and t.active and not t.deleted) || -$1::bigint::bigint end)) circle (id)
          where exists (select from addressed_feed x where x.place = 0 and x.reader = circle.id)) as circles
      from users me where me.id = $1::bigint
    ) me, (select sum(n) as n from contribution_total) total
  ), unseen as materialized (select other_id from relation where member_id = $1::bigint and (hidden_place is not null or hidden_by) and (hidden_place is not null or not exists (select from users m
  where m.id = $1::bigint and m.status = 'a' and m.role in ('admin', 'moderator')))
  union all select author_id from hidden_author where member_id = $1::bigint
  union all select member_id from erasure), reader as materialized (select (select greatest(me.date_joined, r.read_before) from users me
  left join feed_reader r on r.member_id = me.id where me.id = $1::bigint) as up_to),
    unread as materialized (
      select c.categories from (select * from (select * from (with s as materialized (select * from (select w.k0, w.k1 from (
        select w.k0, w.k1, w.kind from (
          select * from (
            select x.added_at as k0, x.id as k1, x.author_id, x.kind, x.categories from contribution x
            where not x.deleted and x.addressing = '{}' and x.added_at > (select up_to from reader) order by x.added_at desc, x.id desc limit 16000
          ) w order by k0 desc, k1 desc limit (select case when few and not whole then 0 else budget end from plan)
        ) w
        where (case when (select hashed from plan) then w.author_id in (select other_id from relation where member_id = $1::bigint and state = 4) else coalesce((select true from relation where member_id = $1::bigint and state = 4 and other_id = w.author_id), false) end
            or w.author_id = $1::bigint or w.categories && (select followed from plan))
          and w.author_id not in (select other_id from unseen) and true
        order by k0 desc, k1 desc offset 0
      ) w where not ((select exists (select from mark h where h.member_id = $1::bigint and h.hidden))
    and coalesce((select true from mark h where h.target_id = w.k1 and h.member_id = $1::bigint and h.kind = w.kind and h.hidden), false)) order by k0 desc, k1 desc limit 100) few), newest_addressed as materialized (select * from (
        select distinct on (n.k0, n.k1) n.* from unnest((select circles from plan)) circle (id) cross join unnest('{1, 2, 3}'::smallint[]) wanted (kind)
        cross join lateral (
          select x.added_at as k0, x.contribution_id as k1, x.author_id, x.kind, x.categories from addressed_feed x where x.place = 0 and x.reader = circle.id and x.kind = wanted.kind
            and x.added_at > (select up_to from reader) order by x.added_at desc, x.contribution_id desc limit 300
        ) n order by n.k0 desc, n.k1 desc
      ) n limit 300),
        a as materialized (select * from (select w.k0, w.k1 from newest_addressed w
      where (coalesce((select true from relation where member_id = $1::bigint and state = 4 and other_id = w.author_id), false) or w.author_id = $1::bigint or w.categories && (select followed from plan))
        and w.author_id not in (select other_id from unseen) and not ((select exists (select from mark h where h.member_id = $1::bigint and h.hidden))
    and coalesce((select true from mark h where h.target_id = w.k1 and h.member_id = $1::bigint and h.kind = w.kind and h.hidden), false)) order by k0 desc, k1 desc limit 100) few)
      select k0, k1, ((select count(*) from s) >= 99 + 1 or (select whole from plan)) and ((select count(*) from a) >= 99 + 1 or (select count(*) from newest_addressed) < 300) as enough from (
        select * from s
        union select * from (select * from (select * from (
      select * from (select * from (select n.k0, n.k1 from (select * from (select s.author, h.k0, h.k1 from (
        select other_id as author from relation where member_id = $1::bigint and state = 4 union all select $1::bigint
      ) s
      cross join lateral (select x.added_at as k0, x.id as k1 from contribution x
      where x.author_id = s.author and not x.deleted and x.addressing = '{}' and true and not ((select exists (select from mark h where h.member_id = $1::bigint and h.hidden))
    and coalesce((select true from mark h where h.target_id = x.id and h.member_id = $1::bigint and h.kind = x.kind and h.hidden), false)) and x.added_at > (select up_to from reader) order by x.added_at desc, x.id desc limit 1) h order by k0 desc, k1 desc limit 100) few) g cross join lateral (select * from (select x.added_at as k0, x.id as k1 from contribution x
      where x.author_id = g.author and not x.deleted and x.addressing = '{}' and true and not ((select exists (select from mark h where h.member_id = $1::bigint and h.hidden))
    and coalesce((select true from mark h where h.target_id = x.id and h.member_id = $1::bigint and h.kind = x.kind and h.hidden), false)) and x.added_at > (select up_to from reader) order by x.added_at desc, x.id desc limit 100) few) n order by n.k0 desc, n.k1 desc limit 100) few) a
      union select n.k0, n.k1 from unnest((select followed from plan)) k (id) cross join lateral (select * from (select x.added_at as k0, x.contribution_id as k1 from category_feed x
      where x.category_id = k.id and x.author_id not in (select other_id from unseen) and true and not ((select exists (select from mark h where h.member_id = $1::bigint and h.hidden))
    and coalesce((select true from mark h where h.target_id = x.contribution_id and h.member_id = $1::bigint and h.kind = x.kind and h.hidden), false)) and x.added_at > (select up_to from reader) order by x.added_at desc, x.contribution_id desc limit 100) few) n
    ) n order by k0 desc, k1 desc limit 100) few) h where not ((select count(*) from s) >= 99 + 1 or (select whole from plan))
        union select * from a
        union select * from (select * from (select * from (select n.k0, n.k1 from (select other_id as author from relation where member_id = $1::bigint and state = 4 union all select $1::bigint) s
        cross join lateral (select a.k0, a.k1 from unnest((select circles from plan)) circle (id)
      cross join lateral (select * from (select x.added_at as k0, x.contribution_id as k1 from addressed_feed x where x.place = 0 and x.reader = circle.id and coalesce(x.kind, 0) = any('{1, 2, 3}'::int[]) and x.author_id = s.author and not ((select exists (select from mark h where h.member_id = $1::bigint and h.hidden))
    and coalesce((select true from mark h where h.target_id = x.contribution_id and h.member_id = $1::bigint and h.kind = x.kind and h.hidden), false)) and x.added_at > (select up_to from reader)
    order by x.added_at desc, x.contribution_id desc limit 100) few) a group by a.k0, a.k1) n
      union select n.k0, n.k1 from unnest((select followed from plan)) k (id)
        cross join lateral (select a.k0, a.k1 from unnest((select circles from plan)) circle (id)
      cross join unnest('{1, 2, 3}'::smallint[]) wanted (kind)
      cross join lateral (select * from (select x.added_at as k0, x.contribution_id as k1 from addressed_feed x where x.place = k.id and x.place > 0 and x.reader = circle.id and x.kind = wanted.kind and x.author_id not in (select other_id from unseen) and not ((select exists (select from mark h where h.member_id = $1::bigint and h.hidden))
    and coalesce((select true from mark h where h.target_id = x.contribution_id and h.member_id = $1::bigint and h.kind = x.kind and h.hidden), false)) and x.added_at > (select up_to from reader)
    order by x.added_at desc, x.contribution_id desc limit 100) few) a group by a.k0, a.k1) n) h order by k0 desc, k1 desc limit 100) few) h where not ((select count(*) from a) >= 99 + 1 or (select count(*) from newest_addressed) < 300)
      ) p
    ) p order by k0 desc, k1 desc limit 100) few) p
      join contribution c on c.id = p.k1 where not (c.author_id = $1::bigint or c.added_at <= (select greatest(me.date_joined, r.read_before) from users me
  left join feed_reader r on r.member_id = me.id where me.id = $1::bigint)
  or c.id = any(coalesce((select r.read from feed_reader r where r.member_id = $1::bigint), '{}')))
    )
    select (select count(*)::int from unread) as total,
      (select coalesce(json_agg(json_build_object('id', id, 'count', n) order by id), '[]') from (
        select id, count(*) as n from unread cross join lateral (select distinct unnest(categories) as id) each
        where id = any((select followed from plan)::bigint[]) group by id
      ) counted) as count_by_category;

-- explore
-- $1 viewer, $2 limit
with unseen as materialized (select other_id from relation where member_id = $1::bigint and (hidden_place is not null or hidden_by) and (hidden_place is not null or not exists (select from users m
  where m.id = $1::bigint and m.status = 'a' and m.role in ('admin', 'moderator')))
  union all select author_id from hidden_author where member_id = $1::bigint
  union all select member_id from erasure), p as (
  select p.*, row_number() over () as n from (
    select * from (select k0, k1 from (select * from (select * from (select x.added_at as k0, x.id as k1 from contribution x where not x.deleted and x.addressing = '{}' and x.author_id not in (select other_id from unseen) and not ((select exists (select from mark h where h.member_id = $1::bigint and h.hidden))
    and coalesce((select true from mark h where h.target_id = x.id and h.member_id = $1::bigint and h.kind = x.kind and h.hidden), false))
    order by x.added_at desc, x.id desc limit 101) few limit $2::bigint + 1) o union all select * from (select a.k0, a.k1 from unnest((case when exists (select from users m
  where m.id = $1::bigint and m.status = 'a' and m.role in ('admin', 'moderator')) then '{0}'::bigint[] else array(select t.id from tag t
  where t.id = any((select m.tag_ids from users m where m.id = $1::bigint)::bigint[]) and t.active and not t.deleted) || -$1::bigint::bigint end)) circle (id)
      cross join unnest('{1, 2, 3}'::smallint[]) wanted (kind)
      cross join lateral (select * from (select x.added_at as k0, x.contribution_id as k1 from addressed_feed x where x.place = 0 and x.reader = circle.id and x.kind = wanted.kind and x.author_id not in (select other_id from unseen) and not ((select exists (select from mark h where h.member_id = $1::bigint and h.hidden))
    and coalesce((select true from mark h where h.target_id = x.contribution_id and h.member_id = $1::bigint and h.kind = x.kind and h.hidden), false))
    order by x.added_at desc, x.contribution_id desc limit 101) few limit $2::bigint + 1) a group by a.k0, a.k1) a) m order by k0 desc, k1 desc limit 101) few limit $2::bigint + 1
  ) p
), page as (
  select * from (select p.n, json_build_array(p.k0, p.k1)::text as key, /* Feed */ concat('{', case c.kind when 1 then '"type":"status","status":' when 2 then '"type":"post","post":' when 3 then '"type":"discussion","discussion":' end, /* Status */ /* Post */ /* Discussion */ e'\x02', case c.kind when 1 then case when veil.withheld then 'Status 011111 otherwise' else 'Status 011111' end when 2 then case when veil.withheld then 'Post 011111 otherwise' else 'Post 011111' end when 3 then case when veil.withheld then 'Discussion 011111 otherwise' else 'Discussion 011111' end end, e'\x1f', c.id, e'\x1f', c.xmin, '-', case when cardinality(c.medias) > 0 then (
    select string_agg(concat(x.id, ':', x.xmin, '-', e.id, ':', e.xmin), '-' order by x.id)
    from media x left join embed e on e.id = x.embedded_id where x.id = any(c.medias)) end, /* User */ e'\x1f\x02User 011111\x1f', u.id, e'\x1f', u.xmin, e'\x1f', coalesce(case v.state when 4 then '"connected"' when 1 then '"sent_connection_request"' when 2 then '"received_connection_request"' end, 'null'), e'\x03\x1f\x06categories\x1f', array_to_string(c.categories, ','), e'\x03\x1f\x06reactions\x1f', c.vote_count, ' ', c.reactions, e'\x03\x1f', case when m.reaction is not null then 'true' else 'false' end, e'\x1f', coalesce(concat(e'\x06reaction\x1f', m.reaction, e'\x03'), 'null'), e'\x1f', case when m.followed_at is not null then 'true' else 'false' end, e'\x1f', case when m.suspended_at is not null then 'true' else 'false' end, case when c.kind in (2,3) then concat(e'\x1f', coalesce(case when veil.withheld then 'null' else case when c.poll_id is not null then
      (select /* Poll */ concat('{"id":', p.id, ',"title":', to_json((p.title)::text)::text, ',"multiple_choices":', case when p.multiple_choices then 'true' else 'false' end, ',"added_at":"', to_char(p.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","modified_at":"', to_char(p.modified_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","closed":', case when p.closed or coalesce(p.expiration_at <= now(), false) then 'true' else 'false' end, ',"expiration_at":', coalesce('"' || (to_char(p.expiration_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), ',"hidden":', case when false then 'true' else 'false' end, ',"choices":', (select concat('[', string_agg(/* PollChoice */ concat('{"id":', ch.id, ',"choice":', to_json((ch.choice)::text)::text, ',"order":', ch.position, ',"added_at":"', to_char(ch.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","deleted":', case when false then 'true' else 'false' end, ',"vote_count":', ch.vote_count, ',"voted":', case when exists (select from poll_vote pv where pv.choice_id = ch.id and pv.member_id = $1::bigint) then 'true' else 'false' end, '}'), ',' order by ch.position, ch.id), ']')
        from poll_choice ch where ch.poll_id = p.id), '}') from poll p where p.id = c.poll_id) end end, 'null')) else '' end, e'\x1f', case when c.addressing = '{}' then '[]' else (select /* Tag[] */ concat('[', string_agg(/* Tag */ concat('{"id":', t.id, ',"type":"', t.type, '","name":', to_json((t.name)::text)::text, ',"description":', coalesce(to_json((t.description)::text)::text, 'null'), ',"color":', to_json((t.color)::text)::text, ',"visible":', case when t.visible then 'true' else 'false' end, ',"visibility_boost":', case when t.visibility_boost then 'true' else 'false' end, ',"created_at":"', to_char(t.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","active":', case when t.active then 'true' else 'false' end, ',"deleted":', case when t.deleted then 'true' else 'false' end, '}'), ',' order by t.id), ']') from tag t where t.id = any(c.addressing)
      and (c.author_id is not distinct from $1::bigint or exists (select from users m
  where m.id = $1::bigint and m.status = 'a' and m.role in ('admin', 'moderator'))
        or t.active and not t.deleted and (t.visible or t.id = any(array(select t.id from tag t
  where t.id = any((select m.tag_ids from users m where m.id = $1::bigint)::bigint[]) and t.active and not t.deleted))))) end, e'\x03,', substr(/* FeedBeside */ concat('{"seen_by_id":', case when $1::bigint is not null and reading.done then concat('[', $1::bigint, ']') else '[]' end, ',"seen":', case when reading.done then 'true' else 'false' end, ',"has_boost":', case when false then 'true' else 'false' end, ',"activities":', case when c.comment_count + c.vote_count + c.follower_count = 0 and c.poll_id is null then '[]' else (
      select concat('[', string_agg(/* FeedActivity */ concat('{"type":"', a.type, '","comment":', coalesce(case when a.comment_id is not null then (
      select /* ActivityComment */ concat(e'\x02', case when veil.withheld then 'ActivityComment 011111 otherwise' else 'ActivityComment 011111' end, e'\x1f', c.id, e'\x1f', c.xmin, /* User */ e'\x1f\x02User 011111\x1f', u.id, e'\x1f', u.xmin, e'\x1f', coalesce(case v.state when 4 then '"connected"' when 1 then '"sent_connection_request"' when 2 then '"received_connection_request"' end, 'null'), e'\x03\x1f\x06reactions\x1f', c.vote_count, ' ', c.reactions, e'\x03\x1f', case when m.reaction is not null then 'true' else 'false' end, e'\x1f', coalesce(concat(e'\x06reaction\x1f', m.reaction, e'\x03'), 'null'), e'\x03') from comment c left join lateral (select * from mark own
    where own.target_id = c.id and own.kind = 16 and own.member_id = $1::bigint offset 0) m on true cross join lateral (select c.collapsed and c.author_id is distinct from $1::bigint
    and not exists (select from users m
  where m.id = $1::bigint and m.status = 'a' and m.role in ('admin', 'moderator')) as withheld) veil where c.id = a.comment_id) end, 'null'), /* User */ e',"author":\x02User 011111\x1f', u.id, e'\x1f', u.xmin, e'\x1f', coalesce(case v.state when 4 then '"connected"' when 1 then '"sent_connection_request"' when 2 then '"received_connection_request"' end, 'null'), e'\x03,"active_at":"', to_char(a.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","seen_by_id":', coalesce('null', 'null'), '}'), ',' order by a.at desc, a.author_id), ']') from (
        select a.* from (select 'comment' as type, x.author_id, x.added_at as at, x.id as comment_id from (
    select * from comment x where x.contribution_id = c.id and x.parent_id is null and not x.erased
    order by x.added_at desc, x.id desc limit 5) x where c.thread_count > 0 and not x.deleted union all select * from (select 'vote' as type, k.member_id, k.voted_at, null::bigint from mark k
    where k.target_id = c.id and k.kind = c.kind and k.vote_place is not null and c.vote_count > 0
    order by k.vote_place desc limit 5) x union all select * from (select 'follow' as type, k.member_id, k.followed_at, null::bigint from mark k
    where k.target_id = c.id and k.kind = c.kind and k.follow_place is not null and c.follower_count > 0
    order by k.follow_place desc limit 5) x union all select * from (select 'pollvote' as type, k.member_id, k.voted_at, null::bigint from poll_vote k
    where k.poll_id = c.poll_id and k.voted_at is not null order by k.id desc limit 5) x) a
        where coalesce((select true from relation r where r.member_id = $1::bigint and r.other_id = a.author_id and r.state = 4), false)
        order by a.at desc, a.author_id limit 3
      ) a join users u on u.id = a.author_id
      left join lateral (
    select * from relation tied where tied.member_id = $1::bigint and tied.other_id = a.author_id offset 0) v on true) end, '}'), 2)) as row, c.categories as ids0, sum(coalesce(octet_length(c.html), 0)) over (order by p.n) as total from p join contribution c on c.id = p.k1 join users u on u.id = c.author_id
  left join lateral (
    select * from relation tied where tied.member_id = $1::bigint and tied.other_id = c.author_id offset 0) v on true
  left join lateral (select * from mark own
    where own.target_id = c.id and own.kind = c.kind and own.member_id = $1::bigint offset 0) m on true cross join lateral (select c.collapsed and c.author_id is distinct from $1::bigint
    and not exists (select from users m
  where m.id = $1::bigint and m.status = 'a' and m.role in ('admin', 'moderator')) as withheld) veil
  cross join lateral (select $1::bigint is null or (c.author_id = $1::bigint or c.added_at <= (select greatest(me.date_joined, r.read_before) from users me
  left join feed_reader r on r.member_id = me.id where me.id = $1::bigint)
  or c.id = any(coalesce((select r.read from feed_reader r where r.member_id = $1::bigint), '{}'))) as done offset 0) reading) page where n = 1 or total <= 1000000
)
select (select (select coalesce(sum(n), 0) from contribution_total where true)
      - ((select coalesce(sum(0 + statuses + posts + discussions), 0) from users where id in (select other_id from unseen)) + ((select coalesce(sum(t.n), 0) from addressed_total t
      where t.place = 0 and true and (not t.tags && array(select t.id from tag t
  where t.id = any((select m.tag_ids from users m where m.id = $1::bigint)::bigint[]) and t.active and not t.deleted) and not exists (select from users m
  where m.id = $1::bigint and m.status = 'a' and m.role in ('admin', 'moderator'))))
    - (select count(*) from addressed a where a.author_id in (select other_id from unseen union all select $1::bigint::bigint)
      and true
      and (not a.tags && array(select t.id from tag t
  where t.id = any((select m.tag_ids from users m where m.id = $1::bigint)::bigint[]) and t.active and not t.deleted) and not exists (select from users m
  where m.id = $1::bigint and m.status = 'a' and m.role in ('admin', 'moderator'))))) + (select count(*) from mark h
      join contribution c on c.id = h.target_id and c.kind = h.kind and not c.deleted
    where h.member_id = $1::bigint and h.hidden and h.kind in (1,2,3) and true and c.author_id not in (select other_id from unseen) and (c.addressing = '{}' or not (c.author_id is distinct from $1::bigint and (not c.addressing && array(select t.id from tag t
  where t.id = any((select m.tag_ids from users m where m.id = $1::bigint)::bigint[]) and t.active and not t.deleted) and not exists (select from users m
  where m.id = $1::bigint and m.status = 'a' and m.role in ('admin', 'moderator'))))))))::int as count, (select count(*) from p)::int as n,
  count(*) filter (where n <= $2::bigint)::int as shown,
  string_agg(row::text, ',' order by n) filter (where n <= $2::bigint) as rows,
  max(key) filter (where n = 1) as nearest, (array_agg(key order by n desc) filter (where n <= $2::bigint))[1] as farthest,
  null::text as repeated, concat(pg_current_snapshot(), ' ', pg_postmaster_start_time(), ' ', pg_relation_filepath('pg_class'), ' ', (select xmin from public_address)) as at,
  concat('Category', (select string_agg(concat(e'\x1e', e.id, e'\x1f', e.text), '') from (select ids.id, case when category.id is not null then /* Category */ concat(e'\x02Category\x1f', category.id, e'\x1f', category.xmin, e'\x1f', case when f.member_id is not null then 'true' else 'false' end, e'\x03') end as text
    from (select distinct unnest(ids0) as id from page where n <= $2::bigint) ids
    left join lateral (select k.*, k.xmin from category k where k.id = ids.id limit 1) category on true
    left join category_follower f on f.category_id = category.id and f.member_id = $1::bigint) e), e'\x1dReaction', (select string_agg(concat(e'\x1e', e.id, e'\x1f', e.text), '') from (select r.id, /* Reaction */ concat(e'\x02Reaction\x1f', r.id, e'\x1f', r.xmin, e'\x03') as text from reaction r) e)) as tables, '' as held
from page;

-- explore, usually
-- $1 limit, $2 viewer
with unseen as materialized (select 0::bigint as other_id where false), p as (
  select p.*, row_number() over () as n from (
    select * from (select k0, k1 from (select * from (select x.added_at as k0, x.id as k1 from contribution x where not x.deleted and x.addressing = '{}' and true and true
    order by x.added_at desc, x.id desc limit 101) few limit $1::bigint + 1) m order by k0 desc, k1 desc limit 101) few limit $1::bigint + 1
  ) p
), page as (
  select * from (select p.n, json_build_array(p.k0, p.k1)::text as key, /* Feed */ concat('{', case c.kind when 1 then '"type":"status","status":' when 2 then '"type":"post","post":' when 3 then '"type":"discussion","discussion":' end, /* Status */ /* Post */ /* Discussion */ e'\x02', case c.kind when 1 then case when veil.withheld then 'Status 011111 otherwise' else 'Status 011111' end when 2 then case when veil.withheld then 'Post 011111 otherwise' else 'Post 011111' end when 3 then case when veil.withheld then 'Discussion 011111 otherwise' else 'Discussion 011111' end end, e'\x1f', c.id, e'\x1f', c.xmin, '-', case when cardinality(c.medias) > 0 then (
    select string_agg(concat(x.id, ':', x.xmin, '-', e.id, ':', e.xmin), '-' order by x.id)
    from media x left join embed e on e.id = x.embedded_id where x.id = any(c.medias)) end, /* User */ e'\x1f\x02User 011111\x1f', u.id, e'\x1f', u.xmin, e'\x1f', coalesce(case v.state when 4 then '"connected"' when 1 then '"sent_connection_request"' when 2 then '"received_connection_request"' end, 'null'), e'\x03\x1f\x06categories\x1f', array_to_string(c.categories, ','), e'\x03\x1f\x06reactions\x1f', c.vote_count, ' ', c.reactions, e'\x03\x1f', case when m.reaction is not null then 'true' else 'false' end, e'\x1f', coalesce(concat(e'\x06reaction\x1f', m.reaction, e'\x03'), 'null'), e'\x1f', case when m.followed_at is not null then 'true' else 'false' end, e'\x1f', case when m.suspended_at is not null then 'true' else 'false' end, case when c.kind in (2,3) then concat(e'\x1f', coalesce(case when veil.withheld then 'null' else case when c.poll_id is not null then
      (select /* Poll */ concat('{"id":', p.id, ',"title":', to_json((p.title)::text)::text, ',"multiple_choices":', case when p.multiple_choices then 'true' else 'false' end, ',"added_at":"', to_char(p.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","modified_at":"', to_char(p.modified_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","closed":', case when p.closed or coalesce(p.expiration_at <= now(), false) then 'true' else 'false' end, ',"expiration_at":', coalesce('"' || (to_char(p.expiration_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), ',"hidden":', case when false then 'true' else 'false' end, ',"choices":', (select concat('[', string_agg(/* PollChoice */ concat('{"id":', ch.id, ',"choice":', to_json((ch.choice)::text)::text, ',"order":', ch.position, ',"added_at":"', to_char(ch.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","deleted":', case when false then 'true' else 'false' end, ',"vote_count":', ch.vote_count, ',"voted":', case when exists (select from poll_vote pv where pv.choice_id = ch.id and pv.member_id = $2::bigint) then 'true' else 'false' end, '}'), ',' order by ch.position, ch.id), ']')
        from poll_choice ch where ch.poll_id = p.id), '}') from poll p where p.id = c.poll_id) end end, 'null')) else '' end, e'\x1f', case when c.addressing = '{}' then '[]' else e'\x05' end, e'\x03,', substr(/* FeedBeside */ concat('{"seen_by_id":', case when $2::bigint is not null and reading.done then concat('[', $2::bigint, ']') else '[]' end, ',"seen":', case when reading.done then 'true' else 'false' end, ',"has_boost":', case when false then 'true' else 'false' end, ',"activities":', case when c.comment_count + c.vote_count + c.follower_count = 0 and c.poll_id is null then '[]' else (
      select concat('[', string_agg(/* FeedActivity */ concat('{"type":"', a.type, '","comment":', coalesce(case when a.comment_id is not null then (
      select /* ActivityComment */ concat(e'\x02', case when veil.withheld then 'ActivityComment 011111 otherwise' else 'ActivityComment 011111' end, e'\x1f', c.id, e'\x1f', c.xmin, /* User */ e'\x1f\x02User 011111\x1f', u.id, e'\x1f', u.xmin, e'\x1f', coalesce(case v.state when 4 then '"connected"' when 1 then '"sent_connection_request"' when 2 then '"received_connection_request"' end, 'null'), e'\x03\x1f\x06reactions\x1f', c.vote_count, ' ', c.reactions, e'\x03\x1f', case when m.reaction is not null then 'true' else 'false' end, e'\x1f', coalesce(concat(e'\x06reaction\x1f', m.reaction, e'\x03'), 'null'), e'\x03') from comment c left join lateral (select * from mark own
    where own.target_id = c.id and own.kind = 16 and own.member_id = $2::bigint offset 0) m on true cross join lateral (select c.collapsed and c.author_id is distinct from $2::bigint
    and not exists (select from users m
  where m.id = $2::bigint and m.status = 'a' and m.role in ('admin', 'moderator')) as withheld) veil where c.id = a.comment_id) end, 'null'), /* User */ e',"author":\x02User 011111\x1f', u.id, e'\x1f', u.xmin, e'\x1f', coalesce(case v.state when 4 then '"connected"' when 1 then '"sent_connection_request"' when 2 then '"received_connection_request"' end, 'null'), e'\x03,"active_at":"', to_char(a.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","seen_by_id":', coalesce('null', 'null'), '}'), ',' order by a.at desc, a.author_id), ']') from (
        select a.* from (select 'comment' as type, x.author_id, x.added_at as at, x.id as comment_id from (
    select * from comment x where x.contribution_id = c.id and x.parent_id is null and not x.erased
    order by x.added_at desc, x.id desc limit 5) x where c.thread_count > 0 and not x.deleted union all select * from (select 'vote' as type, k.member_id, k.voted_at, null::bigint from mark k
    where k.target_id = c.id and k.kind = c.kind and k.vote_place is not null and c.vote_count > 0
    order by k.vote_place desc limit 5) x union all select * from (select 'follow' as type, k.member_id, k.followed_at, null::bigint from mark k
    where k.target_id = c.id and k.kind = c.kind and k.follow_place is not null and c.follower_count > 0
    order by k.follow_place desc limit 5) x union all select * from (select 'pollvote' as type, k.member_id, k.voted_at, null::bigint from poll_vote k
    where k.poll_id = c.poll_id and k.voted_at is not null order by k.id desc limit 5) x) a
        where coalesce((select true from relation r where r.member_id = $2::bigint and r.other_id = a.author_id and r.state = 4), false)
        order by a.at desc, a.author_id limit 3
      ) a join users u on u.id = a.author_id
      left join lateral (
    select * from relation tied where tied.member_id = $2::bigint and tied.other_id = a.author_id offset 0) v on true) end, '}'), 2)) as row, c.categories as ids0, sum(coalesce(octet_length(c.html), 0)) over (order by p.n) as total from p join contribution c on c.id = p.k1 join users u on u.id = c.author_id
  left join lateral (
    select * from relation tied where tied.member_id = $2::bigint and tied.other_id = c.author_id offset 0) v on true
  left join lateral (select * from mark own
    where own.target_id = c.id and own.kind = c.kind and own.member_id = $2::bigint offset 0) m on true cross join lateral (select c.collapsed and c.author_id is distinct from $2::bigint
    and not exists (select from users m
  where m.id = $2::bigint and m.status = 'a' and m.role in ('admin', 'moderator')) as withheld) veil
  cross join lateral (select $2::bigint is null or (c.author_id = $2::bigint or c.added_at <= (select greatest(me.date_joined, r.read_before) from users me
  left join feed_reader r on r.member_id = me.id where me.id = $2::bigint)
  or c.id = any(coalesce((select r.read from feed_reader r where r.member_id = $2::bigint), '{}'))) as done offset 0) reading) page where n = 1 or total <= 1000000
)
select (select (select coalesce(sum(n), 0) from contribution_total where true)
      - ((0) + 0 + 0))::int as count, (select count(*) from p)::int as n,
  count(*) filter (where n <= $1::bigint)::int as shown,
  string_agg(row::text, ',' order by n) filter (where n <= $1::bigint) as rows,
  max(key) filter (where n = 1) as nearest, (array_agg(key order by n desc) filter (where n <= $1::bigint))[1] as farthest,
  null::text as repeated, concat(pg_current_snapshot(), ' ', pg_postmaster_start_time(), ' ', pg_relation_filepath('pg_class'), ' ', (select xmin from public_address)) as at,
  concat('Category', (select string_agg(concat(e'\x1e', e.id, e'\x1f', e.text), '') from (select ids.id, case when category.id is not null then /* Category */ concat(e'\x02Category\x1f', category.id, e'\x1f', category.xmin, e'\x1f', case when f.member_id is not null then 'true' else 'false' end, e'\x03') end as text
    from (select distinct unnest(ids0) as id from page where n <= $1::bigint) ids
    left join lateral (select k.*, k.xmin from category k where k.id = ids.id limit 1) category on true
    left join category_follower f on f.category_id = category.id and f.member_id = $2::bigint) e), e'\x1dReaction', (select string_agg(concat(e'\x1e', e.id, e'\x1f', e.text), '') from (select r.id, /* Reaction */ concat(e'\x02Reaction\x1f', r.id, e'\x1f', r.xmin, e'\x03') as text from reaction r) e)) as tables, concat((not exists (select h.other_id from relation h
  where h.member_id = $2::bigint and (h.hidden_place is not null or h.hidden_by))), (not exists (select from hidden_author where member_id = $2::bigint)), (not exists (select from erasure)), (not exists (select from addressed)), (not exists (select from mark h where h.member_id = $2::bigint and h.hidden))) as held
from page;

-- forget a reader
-- $1 id
delete from feed_reader where member_id = $1::bigint;

-- home
-- $1 viewer, $2 limit
with plan as materialized (
    select me.*, total.n <= me.budget as whole from (
      select me.connections <= 3000 as hashed, case when me.connections > 3000 then 3000
          else least(16000, greatest(1000, 16 * me.connections)) end as budget,
        me.categories = 0 and me.connections <= 150 as few,
        array(select k.category_id from category_follower k where k.member_id = me.id) as followed,
        array(select circle.id from unnest((case when exists (select from users m
  where m.id = $1::bigint and m.status = 'a' and m.role in ('admin', 'moderator')) then '{0}'::bigint[] else array(select t.id from tag t
  where t.id = any((select m.tag_ids from users m where m.id = $1::bigint)::bigint[]) and t.active and not t.deleted) || -$1::bigint::bigint end)) circle (id)
          where exists (select from addressed_feed x where x.place = 0 and x.reader = circle.id)) as circles
      from users me where me.id = $1::bigint
    ) me, (select sum(n) as n from contribution_total) total
  ), unseen as materialized (select other_id from relation where member_id = $1::bigint and (hidden_place is not null or hidden_by) and (hidden_place is not null or not exists (select from users m
  where m.id = $1::bigint and m.status = 'a' and m.role in ('admin', 'moderator')))
  union all select author_id from hidden_author where member_id = $1::bigint
  union all select member_id from erasure), p as (
  select p.*, row_number() over () as n from (
    select * from (select * from (with s as materialized (select * from (select w.k0, w.k1 from (
        select w.k0, w.k1, w.kind from (
          select * from (
            select x.added_at as k0, x.id as k1, x.author_id, x.kind, x.categories from contribution x
            where not x.deleted and x.addressing = '{}'  order by x.added_at desc, x.id desc limit 16000
          ) w order by k0 desc, k1 desc limit (select case when few and not whole then 0 else budget end from plan)
        ) w
        where (case when (select hashed from plan) then w.author_id in (select other_id from relation where member_id = $1::bigint and state = 4) else coalesce((select true from relation where member_id = $1::bigint and state = 4 and other_id = w.author_id), false) end
            or w.author_id = $1::bigint or w.categories && (select followed from plan))
          and w.author_id not in (select other_id from unseen) and true
        order by k0 desc, k1 desc offset 0
      ) w where not ((select exists (select from mark h where h.member_id = $1::bigint and h.hidden))
    and coalesce((select true from mark h where h.target_id = w.k1 and h.member_id = $1::bigint and h.kind = w.kind and h.hidden), false)) order by k0 desc, k1 desc limit 101) few limit $2::bigint + 1), newest_addressed as materialized (select * from (
        select distinct on (n.k0, n.k1) n.* from unnest((select circles from plan)) circle (id) cross join unnest('{1, 2, 3}'::smallint[]) wanted (kind)
        cross join lateral (
          select x.added_at as k0, x.contribution_id as k1, x.author_id, x.kind, x.categories from addressed_feed x where x.place = 0 and x.reader = circle.id and x.kind = wanted.kind
             order by x.added_at desc, x.contribution_id desc limit 300
        ) n order by n.k0 desc, n.k1 desc
      ) n limit 300),
        a as materialized (select * from (select w.k0, w.k1 from newest_addressed w
      where (coalesce((select true from relation where member_id = $1::bigint and state = 4 and other_id = w.author_id), false) or w.author_id = $1::bigint or w.categories && (select followed from plan))
        and w.author_id not in (select other_id from unseen) and not ((select exists (select from mark h where h.member_id = $1::bigint and h.hidden))
    and coalesce((select true from mark h where h.target_id = w.k1 and h.member_id = $1::bigint and h.kind = w.kind and h.hidden), false)) order by k0 desc, k1 desc limit 101) few limit $2::bigint + 1)
        select k0, k1, ((select count(*) from s) >= $2::bigint + 1 or (select whole from plan)) and ((select count(*) from a) >= $2::bigint + 1 or (select count(*) from newest_addressed) < 300) as enough from (select * from s union all select * from a) p) p order by k0 desc, k1 desc limit 101) few limit $2::bigint + 1
  ) p
), page as (
  select * from (select p.n, json_build_array(p.k0, p.k1)::text as key, /* Feed */ concat('{', case c.kind when 1 then '"type":"status","status":' when 2 then '"type":"post","post":' when 3 then '"type":"discussion","discussion":' end, /* Status */ /* Post */ /* Discussion */ e'\x02', case c.kind when 1 then case when veil.withheld then 'Status 011111 otherwise' else 'Status 011111' end when 2 then case when veil.withheld then 'Post 011111 otherwise' else 'Post 011111' end when 3 then case when veil.withheld then 'Discussion 011111 otherwise' else 'Discussion 011111' end end, e'\x1f', c.id, e'\x1f', c.xmin, '-', case when cardinality(c.medias) > 0 then (
    select string_agg(concat(x.id, ':', x.xmin, '-', e.id, ':', e.xmin), '-' order by x.id)
    from media x left join embed e on e.id = x.embedded_id where x.id = any(c.medias)) end, /* User */ e'\x1f\x02User 011111\x1f', u.id, e'\x1f', u.xmin, e'\x1f', coalesce(case v.state when 4 then '"connected"' when 1 then '"sent_connection_request"' when 2 then '"received_connection_request"' end, 'null'), e'\x03\x1f\x06categories\x1f', array_to_string(c.categories, ','), e'\x03\x1f\x06reactions\x1f', c.vote_count, ' ', c.reactions, e'\x03\x1f', case when m.reaction is not null then 'true' else 'false' end, e'\x1f', coalesce(concat(e'\x06reaction\x1f', m.reaction, e'\x03'), 'null'), e'\x1f', case when m.followed_at is not null then 'true' else 'false' end, e'\x1f', case when m.suspended_at is not null then 'true' else 'false' end, case when c.kind in (2,3) then concat(e'\x1f', coalesce(case when veil.withheld then 'null' else case when c.poll_id is not null then
      (select /* Poll */ concat('{"id":', p.id, ',"title":', to_json((p.title)::text)::text, ',"multiple_choices":', case when p.multiple_choices then 'true' else 'false' end, ',"added_at":"', to_char(p.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","modified_at":"', to_char(p.modified_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","closed":', case when p.closed or coalesce(p.expiration_at <= now(), false) then 'true' else 'false' end, ',"expiration_at":', coalesce('"' || (to_char(p.expiration_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), ',"hidden":', case when false then 'true' else 'false' end, ',"choices":', (select concat('[', string_agg(/* PollChoice */ concat('{"id":', ch.id, ',"choice":', to_json((ch.choice)::text)::text, ',"order":', ch.position, ',"added_at":"', to_char(ch.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","deleted":', case when false then 'true' else 'false' end, ',"vote_count":', ch.vote_count, ',"voted":', case when exists (select from poll_vote pv where pv.choice_id = ch.id and pv.member_id = $1::bigint) then 'true' else 'false' end, '}'), ',' order by ch.position, ch.id), ']')
        from poll_choice ch where ch.poll_id = p.id), '}') from poll p where p.id = c.poll_id) end end, 'null')) else '' end, e'\x1f', case when c.addressing = '{}' then '[]' else (select /* Tag[] */ concat('[', string_agg(/* Tag */ concat('{"id":', t.id, ',"type":"', t.type, '","name":', to_json((t.name)::text)::text, ',"description":', coalesce(to_json((t.description)::text)::text, 'null'), ',"color":', to_json((t.color)::text)::text, ',"visible":', case when t.visible then 'true' else 'false' end, ',"visibility_boost":', case when t.visibility_boost then 'true' else 'false' end, ',"created_at":"', to_char(t.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","active":', case when t.active then 'true' else 'false' end, ',"deleted":', case when t.deleted then 'true' else 'false' end, '}'), ',' order by t.id), ']') from tag t where t.id = any(c.addressing)
      and (c.author_id is not distinct from $1::bigint or exists (select from users m
  where m.id = $1::bigint and m.status = 'a' and m.role in ('admin', 'moderator'))
        or t.active and not t.deleted and (t.visible or t.id = any(array(select t.id from tag t
  where t.id = any((select m.tag_ids from users m where m.id = $1::bigint)::bigint[]) and t.active and not t.deleted))))) end, e'\x03,', substr(/* FeedBeside */ concat('{"seen_by_id":', case when $1::bigint is not null and reading.done then concat('[', $1::bigint, ']') else '[]' end, ',"seen":', case when reading.done then 'true' else 'false' end, ',"has_boost":', case when false then 'true' else 'false' end, ',"activities":', case when c.comment_count + c.vote_count + c.follower_count = 0 and c.poll_id is null then '[]' else (
      select concat('[', string_agg(/* FeedActivity */ concat('{"type":"', a.type, '","comment":', coalesce(case when a.comment_id is not null then (
      select /* ActivityComment */ concat(e'\x02', case when veil.withheld then 'ActivityComment 011111 otherwise' else 'ActivityComment 011111' end, e'\x1f', c.id, e'\x1f', c.xmin, /* User */ e'\x1f\x02User 011111\x1f', u.id, e'\x1f', u.xmin, e'\x1f', coalesce(case v.state when 4 then '"connected"' when 1 then '"sent_connection_request"' when 2 then '"received_connection_request"' end, 'null'), e'\x03\x1f\x06reactions\x1f', c.vote_count, ' ', c.reactions, e'\x03\x1f', case when m.reaction is not null then 'true' else 'false' end, e'\x1f', coalesce(concat(e'\x06reaction\x1f', m.reaction, e'\x03'), 'null'), e'\x03') from comment c left join lateral (select * from mark own
    where own.target_id = c.id and own.kind = 16 and own.member_id = $1::bigint offset 0) m on true cross join lateral (select c.collapsed and c.author_id is distinct from $1::bigint
    and not exists (select from users m
  where m.id = $1::bigint and m.status = 'a' and m.role in ('admin', 'moderator')) as withheld) veil where c.id = a.comment_id) end, 'null'), /* User */ e',"author":\x02User 011111\x1f', u.id, e'\x1f', u.xmin, e'\x1f', coalesce(case v.state when 4 then '"connected"' when 1 then '"sent_connection_request"' when 2 then '"received_connection_request"' end, 'null'), e'\x03,"active_at":"', to_char(a.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","seen_by_id":', coalesce('null', 'null'), '}'), ',' order by a.at desc, a.author_id), ']') from (
        select a.* from (select 'comment' as type, x.author_id, x.added_at as at, x.id as comment_id from (
    select * from comment x where x.contribution_id = c.id and x.parent_id is null and not x.erased
    order by x.added_at desc, x.id desc limit 5) x where c.thread_count > 0 and not x.deleted union all select * from (select 'vote' as type, k.member_id, k.voted_at, null::bigint from mark k
    where k.target_id = c.id and k.kind = c.kind and k.vote_place is not null and c.vote_count > 0
    order by k.vote_place desc limit 5) x union all select * from (select 'follow' as type, k.member_id, k.followed_at, null::bigint from mark k
    where k.target_id = c.id and k.kind = c.kind and k.follow_place is not null and c.follower_count > 0
    order by k.follow_place desc limit 5) x union all select * from (select 'pollvote' as type, k.member_id, k.voted_at, null::bigint from poll_vote k
    where k.poll_id = c.poll_id and k.voted_at is not null order by k.id desc limit 5) x) a
        where coalesce((select true from relation r where r.member_id = $1::bigint and r.other_id = a.author_id and r.state = 4), false)
        order by a.at desc, a.author_id limit 3
      ) a join users u on u.id = a.author_id
      left join lateral (
    select * from relation tied where tied.member_id = $1::bigint and tied.other_id = a.author_id offset 0) v on true) end, '}'), 2)) as row, c.categories as ids0, sum(coalesce(octet_length(c.html), 0)) over (order by p.n) as total from p join contribution c on c.id = p.k1 join users u on u.id = c.author_id
  left join lateral (
    select * from relation tied where tied.member_id = $1::bigint and tied.other_id = c.author_id offset 0) v on true
  left join lateral (select * from mark own
    where own.target_id = c.id and own.kind = c.kind and own.member_id = $1::bigint offset 0) m on true cross join lateral (select c.collapsed and c.author_id is distinct from $1::bigint
    and not exists (select from users m
  where m.id = $1::bigint and m.status = 'a' and m.role in ('admin', 'moderator')) as withheld) veil
  cross join lateral (select $1::bigint is null or (c.author_id = $1::bigint or c.added_at <= (select greatest(me.date_joined, r.read_before) from users me
  left join feed_reader r on r.member_id = me.id where me.id = $1::bigint)
  or c.id = any(coalesce((select r.read from feed_reader r where r.member_id = $1::bigint), '{}'))) as done offset 0) reading) page where n = 1 or total <= 1000000
)
select (null)::int as count, (select count(*) from p)::int as n,
  count(*) filter (where n <= $2::bigint)::int as shown,
  string_agg(row::text, ',' order by n) filter (where n <= $2::bigint) as rows,
  max(key) filter (where n = 1) as nearest, (array_agg(key order by n desc) filter (where n <= $2::bigint))[1] as farthest,
  null::text as repeated, concat(pg_current_snapshot(), ' ', pg_postmaster_start_time(), ' ', pg_relation_filepath('pg_class'), ' ', (select xmin from public_address)) as at,
  concat('Category', (select string_agg(concat(e'\x1e', e.id, e'\x1f', e.text), '') from (select ids.id, case when category.id is not null then /* Category */ concat(e'\x02Category\x1f', category.id, e'\x1f', category.xmin, e'\x1f', case when f.member_id is not null then 'true' else 'false' end, e'\x03') end as text
    from (select distinct unnest(ids0) as id from page where n <= $2::bigint) ids
    left join lateral (select k.*, k.xmin from category k where k.id = ids.id limit 1) category on true
    left join category_follower f on f.category_id = category.id and f.member_id = $1::bigint) e), e'\x1dReaction', (select string_agg(concat(e'\x1e', e.id, e'\x1f', e.text), '') from (select r.id, /* Reaction */ concat(e'\x02Reaction\x1f', r.id, e'\x1f', r.xmin, e'\x03') as text from reaction r) e)) as tables, (select coalesce(bool_and(enough), (select whole and circles = '{}' from plan)) from p) as "enough", '' as held
from page;

-- home, usually
-- $1 viewer, $2 limit
with plan as materialized (
    select me.*, total.n <= me.budget as whole from (
      select me.connections <= 3000 as hashed, case when me.connections > 3000 then 3000
          else least(16000, greatest(1000, 16 * me.connections)) end as budget,
        me.categories = 0 and me.connections <= 150 as few,
        array(select k.category_id from category_follower k where k.member_id = me.id) as followed,
        '{}'::bigint[] as circles
      from users me where me.id = $1::bigint
    ) me, (select sum(n) as n from contribution_total) total
  ), unseen as materialized (select 0::bigint as other_id where false), p as (
  select p.*, row_number() over () as n from (
    select * from (select * from (with s as materialized (select * from (select w.k0, w.k1 from (
        select w.k0, w.k1, w.kind from (
          select * from (
            select x.added_at as k0, x.id as k1, x.author_id, x.kind, x.categories from contribution x
            where not x.deleted and x.addressing = '{}'  order by x.added_at desc, x.id desc limit 16000
          ) w order by k0 desc, k1 desc limit (select case when few and not whole then 0 else budget end from plan)
        ) w
        where (case when (select hashed from plan) then w.author_id in (select other_id from relation where member_id = $1::bigint and state = 4) else coalesce((select true from relation where member_id = $1::bigint and state = 4 and other_id = w.author_id), false) end
            or w.author_id = $1::bigint or w.categories && (select followed from plan))
          and true and true
        order by k0 desc, k1 desc offset 0
      ) w where true order by k0 desc, k1 desc limit 101) few limit $2::bigint + 1) select k0, k1, ((select count(*) from s) >= $2::bigint + 1 or (select whole from plan)) as enough from s) p order by k0 desc, k1 desc limit 101) few limit $2::bigint + 1
  ) p
), page as (
  select * from (select p.n, json_build_array(p.k0, p.k1)::text as key, /* Feed */ concat('{', case c.kind when 1 then '"type":"status","status":' when 2 then '"type":"post","post":' when 3 then '"type":"discussion","discussion":' end, /* Status */ /* Post */ /* Discussion */ e'\x02', case c.kind when 1 then case when veil.withheld then 'Status 011111 otherwise' else 'Status 011111' end when 2 then case when veil.withheld then 'Post 011111 otherwise' else 'Post 011111' end when 3 then case when veil.withheld then 'Discussion 011111 otherwise' else 'Discussion 011111' end end, e'\x1f', c.id, e'\x1f', c.xmin, '-', case when cardinality(c.medias) > 0 then (
    select string_agg(concat(x.id, ':', x.xmin, '-', e.id, ':', e.xmin), '-' order by x.id)
    from media x left join embed e on e.id = x.embedded_id where x.id = any(c.medias)) end, /* User */ e'\x1f\x02User 011111\x1f', u.id, e'\x1f', u.xmin, e'\x1f', coalesce(case v.state when 4 then '"connected"' when 1 then '"sent_connection_request"' when 2 then '"received_connection_request"' end, 'null'), e'\x03\x1f\x06categories\x1f', array_to_string(c.categories, ','), e'\x03\x1f\x06reactions\x1f', c.vote_count, ' ', c.reactions, e'\x03\x1f', case when m.reaction is not null then 'true' else 'false' end, e'\x1f', coalesce(concat(e'\x06reaction\x1f', m.reaction, e'\x03'), 'null'), e'\x1f', case when m.followed_at is not null then 'true' else 'false' end, e'\x1f', case when m.suspended_at is not null then 'true' else 'false' end, case when c.kind in (2,3) then concat(e'\x1f', coalesce(case when veil.withheld then 'null' else case when c.poll_id is not null then
      (select /* Poll */ concat('{"id":', p.id, ',"title":', to_json((p.title)::text)::text, ',"multiple_choices":', case when p.multiple_choices then 'true' else 'false' end, ',"added_at":"', to_char(p.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","modified_at":"', to_char(p.modified_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","closed":', case when p.closed or coalesce(p.expiration_at <= now(), false) then 'true' else 'false' end, ',"expiration_at":', coalesce('"' || (to_char(p.expiration_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), ',"hidden":', case when false then 'true' else 'false' end, ',"choices":', (select concat('[', string_agg(/* PollChoice */ concat('{"id":', ch.id, ',"choice":', to_json((ch.choice)::text)::text, ',"order":', ch.position, ',"added_at":"', to_char(ch.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","deleted":', case when false then 'true' else 'false' end, ',"vote_count":', ch.vote_count, ',"voted":', case when exists (select from poll_vote pv where pv.choice_id = ch.id and pv.member_id = $1::bigint) then 'true' else 'false' end, '}'), ',' order by ch.position, ch.id), ']')
        from poll_choice ch where ch.poll_id = p.id), '}') from poll p where p.id = c.poll_id) end end, 'null')) else '' end, e'\x1f', case when c.addressing = '{}' then '[]' else e'\x05' end, e'\x03,', substr(/* FeedBeside */ concat('{"seen_by_id":', case when $1::bigint is not null and reading.done then concat('[', $1::bigint, ']') else '[]' end, ',"seen":', case when reading.done then 'true' else 'false' end, ',"has_boost":', case when false then 'true' else 'false' end, ',"activities":', case when c.comment_count + c.vote_count + c.follower_count = 0 and c.poll_id is null then '[]' else (
      select concat('[', string_agg(/* FeedActivity */ concat('{"type":"', a.type, '","comment":', coalesce(case when a.comment_id is not null then (
      select /* ActivityComment */ concat(e'\x02', case when veil.withheld then 'ActivityComment 011111 otherwise' else 'ActivityComment 011111' end, e'\x1f', c.id, e'\x1f', c.xmin, /* User */ e'\x1f\x02User 011111\x1f', u.id, e'\x1f', u.xmin, e'\x1f', coalesce(case v.state when 4 then '"connected"' when 1 then '"sent_connection_request"' when 2 then '"received_connection_request"' end, 'null'), e'\x03\x1f\x06reactions\x1f', c.vote_count, ' ', c.reactions, e'\x03\x1f', case when m.reaction is not null then 'true' else 'false' end, e'\x1f', coalesce(concat(e'\x06reaction\x1f', m.reaction, e'\x03'), 'null'), e'\x03') from comment c left join lateral (select * from mark own
    where own.target_id = c.id and own.kind = 16 and own.member_id = $1::bigint offset 0) m on true cross join lateral (select c.collapsed and c.author_id is distinct from $1::bigint
    and not exists (select from users m
  where m.id = $1::bigint and m.status = 'a' and m.role in ('admin', 'moderator')) as withheld) veil where c.id = a.comment_id) end, 'null'), /* User */ e',"author":\x02User 011111\x1f', u.id, e'\x1f', u.xmin, e'\x1f', coalesce(case v.state when 4 then '"connected"' when 1 then '"sent_connection_request"' when 2 then '"received_connection_request"' end, 'null'), e'\x03,"active_at":"', to_char(a.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","seen_by_id":', coalesce('null', 'null'), '}'), ',' order by a.at desc, a.author_id), ']') from (
        select a.* from (select 'comment' as type, x.author_id, x.added_at as at, x.id as comment_id from (
    select * from comment x where x.contribution_id = c.id and x.parent_id is null and not x.erased
    order by x.added_at desc, x.id desc limit 5) x where c.thread_count > 0 and not x.deleted union all select * from (select 'vote' as type, k.member_id, k.voted_at, null::bigint from mark k
    where k.target_id = c.id and k.kind = c.kind and k.vote_place is not null and c.vote_count > 0
    order by k.vote_place desc limit 5) x union all select * from (select 'follow' as type, k.member_id, k.followed_at, null::bigint from mark k
    where k.target_id = c.id and k.kind = c.kind and k.follow_place is not null and c.follower_count > 0
    order by k.follow_place desc limit 5) x union all select * from (select 'pollvote' as type, k.member_id, k.voted_at, null::bigint from poll_vote k
    where k.poll_id = c.poll_id and k.voted_at is not null order by k.id desc limit 5) x) a
        where coalesce((select true from relation r where r.member_id = $1::bigint and r.other_id = a.author_id and r.state = 4), false)
        order by a.at desc, a.author_id limit 3
      ) a join users u on u.id = a.author_id
      left join lateral (
    select * from relation tied where tied.member_id = $1::bigint and tied.other_id = a.author_id offset 0) v on true) end, '}'), 2)) as row, c.categories as ids0, sum(coalesce(octet_length(c.html), 0)) over (order by p.n) as total from p join contribution c on c.id = p.k1 join users u on u.id = c.author_id
  left join lateral (
    select * from relation tied where tied.member_id = $1::bigint and tied.other_id = c.author_id offset 0) v on true
  left join lateral (select * from mark own
    where own.target_id = c.id and own.kind = c.kind and own.member_id = $1::bigint offset 0) m on true cross join lateral (select c.collapsed and c.author_id is distinct from $1::bigint
    and not exists (select from users m
  where m.id = $1::bigint and m.status = 'a' and m.role in ('admin', 'moderator')) as withheld) veil
  cross join lateral (select $1::bigint is null or (c.author_id = $1::bigint or c.added_at <= (select greatest(me.date_joined, r.read_before) from users me
  left join feed_reader r on r.member_id = me.id where me.id = $1::bigint)
  or c.id = any(coalesce((select r.read from feed_reader r where r.member_id = $1::bigint), '{}'))) as done offset 0) reading) page where n = 1 or total <= 1000000
)
select (null)::int as count, (select count(*) from p)::int as n,
  count(*) filter (where n <= $2::bigint)::int as shown,
  string_agg(row::text, ',' order by n) filter (where n <= $2::bigint) as rows,
  max(key) filter (where n = 1) as nearest, (array_agg(key order by n desc) filter (where n <= $2::bigint))[1] as farthest,
  null::text as repeated, concat(pg_current_snapshot(), ' ', pg_postmaster_start_time(), ' ', pg_relation_filepath('pg_class'), ' ', (select xmin from public_address)) as at,
  concat('Category', (select string_agg(concat(e'\x1e', e.id, e'\x1f', e.text), '') from (select ids.id, case when category.id is not null then /* Category */ concat(e'\x02Category\x1f', category.id, e'\x1f', category.xmin, e'\x1f', case when f.member_id is not null then 'true' else 'false' end, e'\x03') end as text
    from (select distinct unnest(ids0) as id from page where n <= $2::bigint) ids
    left join lateral (select k.*, k.xmin from category k where k.id = ids.id limit 1) category on true
    left join category_follower f on f.category_id = category.id and f.member_id = $1::bigint) e), e'\x1dReaction', (select string_agg(concat(e'\x1e', e.id, e'\x1f', e.text), '') from (select r.id, /* Reaction */ concat(e'\x02Reaction\x1f', r.id, e'\x1f', r.xmin, e'\x03') as text from reaction r) e)) as tables, (select coalesce(bool_and(enough), (select whole and circles = '{}' from plan)) from p) as "enough", concat((not exists (select from addressed)), (not exists (select h.other_id from relation h
  where h.member_id = $1::bigint and (h.hidden_place is not null or h.hidden_by))), (not exists (select from hidden_author where member_id = $1::bigint)), (not exists (select from erasure)), (not exists (select from mark h where h.member_id = $1::bigint and h.hidden))) as held
from page;

-- like others
-- $1 ids, $2 viewer, $3 limit
with near as materialized (
      select x.relevant_at, x.id from (
        select distinct unnest(c.categories) as id from contribution c
        where c.id = any($1::bigint[]) and not c.deleted and c.author_id not in (select other_id from relation where member_id = $2::bigint and (hidden_place is not null or hidden_by) and (hidden_place is not null or not exists (select from users m
  where m.id = $2::bigint and m.status = 'a' and m.role in ('admin', 'moderator')))
  union all select author_id from hidden_author where member_id = $2::bigint
  union all select member_id from erasure) and (c.addressing = '{}' or not (c.author_id is distinct from $2::bigint and (not c.addressing && array(select t.id from tag t
  where t.id = any((select m.tag_ids from users m where m.id = $2::bigint)::bigint[]) and t.active and not t.deleted) and not exists (select from users m
  where m.id = $2::bigint and m.status = 'a' and m.role in ('admin', 'moderator'))))) and not ((select exists (select from mark h where h.member_id = $2::bigint and h.hidden))
    and coalesce((select true from mark h where h.target_id = c.id and h.member_id = $2::bigint and h.kind = c.kind and h.hidden), false)) limit 100
      ) category cross join lateral (
        select * from (select * from (select x.relevant_at as k0, x.contribution_id as k1 from category_feed x where x.category_id = category.id and x.author_id not in (select other_id from relation where member_id = $2::bigint and (hidden_place is not null or hidden_by) and (hidden_place is not null or not exists (select from users m
  where m.id = $2::bigint and m.status = 'a' and m.role in ('admin', 'moderator')))
  union all select author_id from hidden_author where member_id = $2::bigint
  union all select member_id from erasure) and not ((select exists (select from mark h where h.member_id = $2::bigint and h.hidden))
    and coalesce((select true from mark h where h.target_id = x.contribution_id and h.member_id = $2::bigint and h.kind = x.kind and h.hidden), false)) and x.contribution_id <> all($1::bigint[])
    order by x.relevant_at desc, x.contribution_id desc limit 100) few) o union all select * from (select a.k0, a.k1 from unnest((case when exists (select from users m
  where m.id = $2::bigint and m.status = 'a' and m.role in ('admin', 'moderator')) then '{0}'::bigint[] else array(select t.id from tag t
  where t.id = any((select m.tag_ids from users m where m.id = $2::bigint)::bigint[]) and t.active and not t.deleted) || -$2::bigint::bigint end)) circle (id)
      cross join unnest('{1, 2, 3}'::smallint[]) wanted (kind)
      cross join lateral (select * from (select x.relevant_at as k0, x.contribution_id as k1 from addressed_feed x where x.place = category.id and x.place > 0 and x.reader = circle.id and x.kind = wanted.kind and x.author_id not in (select other_id from relation where member_id = $2::bigint and (hidden_place is not null or hidden_by) and (hidden_place is not null or not exists (select from users m
  where m.id = $2::bigint and m.status = 'a' and m.role in ('admin', 'moderator')))
  union all select author_id from hidden_author where member_id = $2::bigint
  union all select member_id from erasure) and not ((select exists (select from mark h where h.member_id = $2::bigint and h.hidden))
    and coalesce((select true from mark h where h.target_id = x.contribution_id and h.member_id = $2::bigint and h.kind = x.kind and h.hidden), false)) and x.contribution_id <> all($1::bigint[])
    order by x.relevant_at desc, x.contribution_id desc limit 100) few) a group by a.k0, a.k1) a
      ) x (relevant_at, id) group by 1, 2 order by 1 desc, 2 desc limit 100
    ), p as (
  select p.*, row_number() over () as n from (
    select * from (select x.relevant_at as k0, x.id as k1 from near x where true
      order by x.relevant_at desc, x.id desc limit 101) few limit $3::bigint + 1
  ) p
), page as (
  select * from (select p.n, json_build_array(p.k0, p.k1)::text as key, /* Feed */ concat('{', case c.kind when 1 then '"type":"status","status":' when 2 then '"type":"post","post":' when 3 then '"type":"discussion","discussion":' end, /* Status */ /* Post */ /* Discussion */ e'\x02', case c.kind when 1 then case when veil.withheld then 'Status 011111 otherwise' else 'Status 011111' end when 2 then case when veil.withheld then 'Post 011111 otherwise' else 'Post 011111' end when 3 then case when veil.withheld then 'Discussion 011111 otherwise' else 'Discussion 011111' end end, e'\x1f', c.id, e'\x1f', c.xmin, '-', case when cardinality(c.medias) > 0 then (
    select string_agg(concat(x.id, ':', x.xmin, '-', e.id, ':', e.xmin), '-' order by x.id)
    from media x left join embed e on e.id = x.embedded_id where x.id = any(c.medias)) end, /* User */ e'\x1f\x02User 011111\x1f', u.id, e'\x1f', u.xmin, e'\x1f', coalesce(case v.state when 4 then '"connected"' when 1 then '"sent_connection_request"' when 2 then '"received_connection_request"' end, 'null'), e'\x03\x1f\x06categories\x1f', array_to_string(c.categories, ','), e'\x03\x1f\x06reactions\x1f', c.vote_count, ' ', c.reactions, e'\x03\x1f', case when m.reaction is not null then 'true' else 'false' end, e'\x1f', coalesce(concat(e'\x06reaction\x1f', m.reaction, e'\x03'), 'null'), e'\x1f', case when m.followed_at is not null then 'true' else 'false' end, e'\x1f', case when m.suspended_at is not null then 'true' else 'false' end, case when c.kind in (2,3) then concat(e'\x1f', coalesce(case when veil.withheld then 'null' else case when c.poll_id is not null then
      (select /* Poll */ concat('{"id":', p.id, ',"title":', to_json((p.title)::text)::text, ',"multiple_choices":', case when p.multiple_choices then 'true' else 'false' end, ',"added_at":"', to_char(p.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","modified_at":"', to_char(p.modified_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","closed":', case when p.closed or coalesce(p.expiration_at <= now(), false) then 'true' else 'false' end, ',"expiration_at":', coalesce('"' || (to_char(p.expiration_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), ',"hidden":', case when false then 'true' else 'false' end, ',"choices":', (select concat('[', string_agg(/* PollChoice */ concat('{"id":', ch.id, ',"choice":', to_json((ch.choice)::text)::text, ',"order":', ch.position, ',"added_at":"', to_char(ch.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","deleted":', case when false then 'true' else 'false' end, ',"vote_count":', ch.vote_count, ',"voted":', case when exists (select from poll_vote pv where pv.choice_id = ch.id and pv.member_id = $2::bigint) then 'true' else 'false' end, '}'), ',' order by ch.position, ch.id), ']')
        from poll_choice ch where ch.poll_id = p.id), '}') from poll p where p.id = c.poll_id) end end, 'null')) else '' end, e'\x1f', case when c.addressing = '{}' then '[]' else (select /* Tag[] */ concat('[', string_agg(/* Tag */ concat('{"id":', t.id, ',"type":"', t.type, '","name":', to_json((t.name)::text)::text, ',"description":', coalesce(to_json((t.description)::text)::text, 'null'), ',"color":', to_json((t.color)::text)::text, ',"visible":', case when t.visible then 'true' else 'false' end, ',"visibility_boost":', case when t.visibility_boost then 'true' else 'false' end, ',"created_at":"', to_char(t.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","active":', case when t.active then 'true' else 'false' end, ',"deleted":', case when t.deleted then 'true' else 'false' end, '}'), ',' order by t.id), ']') from tag t where t.id = any(c.addressing)
      and (c.author_id is not distinct from $2::bigint or exists (select from users m
  where m.id = $2::bigint and m.status = 'a' and m.role in ('admin', 'moderator'))
        or t.active and not t.deleted and (t.visible or t.id = any(array(select t.id from tag t
  where t.id = any((select m.tag_ids from users m where m.id = $2::bigint)::bigint[]) and t.active and not t.deleted))))) end, e'\x03,', substr(/* FeedBeside */ concat('{"seen_by_id":', case when $2::bigint is not null and reading.done then concat('[', $2::bigint, ']') else '[]' end, ',"seen":', case when reading.done then 'true' else 'false' end, ',"has_boost":', case when false then 'true' else 'false' end, ',"activities":', case when c.comment_count + c.vote_count + c.follower_count = 0 and c.poll_id is null then '[]' else (
      select concat('[', string_agg(/* FeedActivity */ concat('{"type":"', a.type, '","comment":', coalesce(case when a.comment_id is not null then (
      select /* ActivityComment */ concat(e'\x02', case when veil.withheld then 'ActivityComment 011111 otherwise' else 'ActivityComment 011111' end, e'\x1f', c.id, e'\x1f', c.xmin, /* User */ e'\x1f\x02User 011111\x1f', u.id, e'\x1f', u.xmin, e'\x1f', coalesce(case v.state when 4 then '"connected"' when 1 then '"sent_connection_request"' when 2 then '"received_connection_request"' end, 'null'), e'\x03\x1f\x06reactions\x1f', c.vote_count, ' ', c.reactions, e'\x03\x1f', case when m.reaction is not null then 'true' else 'false' end, e'\x1f', coalesce(concat(e'\x06reaction\x1f', m.reaction, e'\x03'), 'null'), e'\x03') from comment c left join lateral (select * from mark own
    where own.target_id = c.id and own.kind = 16 and own.member_id = $2::bigint offset 0) m on true cross join lateral (select c.collapsed and c.author_id is distinct from $2::bigint
    and not exists (select from users m
  where m.id = $2::bigint and m.status = 'a' and m.role in ('admin', 'moderator')) as withheld) veil where c.id = a.comment_id) end, 'null'), /* User */ e',"author":\x02User 011111\x1f', u.id, e'\x1f', u.xmin, e'\x1f', coalesce(case v.state when 4 then '"connected"' when 1 then '"sent_connection_request"' when 2 then '"received_connection_request"' end, 'null'), e'\x03,"active_at":"', to_char(a.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","seen_by_id":', coalesce('null', 'null'), '}'), ',' order by a.at desc, a.author_id), ']') from (
        select a.* from (select 'comment' as type, x.author_id, x.added_at as at, x.id as comment_id from (
    select * from comment x where x.contribution_id = c.id and x.parent_id is null and not x.erased
    order by x.added_at desc, x.id desc limit 5) x where c.thread_count > 0 and not x.deleted union all select * from (select 'vote' as type, k.member_id, k.voted_at, null::bigint from mark k
    where k.target_id = c.id and k.kind = c.kind and k.vote_place is not null and c.vote_count > 0
    order by k.vote_place desc limit 5) x union all select * from (select 'follow' as type, k.member_id, k.followed_at, null::bigint from mark k
    where k.target_id = c.id and k.kind = c.kind and k.follow_place is not null and c.follower_count > 0
    order by k.follow_place desc limit 5) x union all select * from (select 'pollvote' as type, k.member_id, k.voted_at, null::bigint from poll_vote k
    where k.poll_id = c.poll_id and k.voted_at is not null order by k.id desc limit 5) x) a
        where coalesce((select true from relation r where r.member_id = $2::bigint and r.other_id = a.author_id and r.state = 4), false)
        order by a.at desc, a.author_id limit 3
      ) a join users u on u.id = a.author_id
      left join lateral (
    select * from relation tied where tied.member_id = $2::bigint and tied.other_id = a.author_id offset 0) v on true) end, '}'), 2)) as row, c.categories as ids0, sum(coalesce(octet_length(c.html), 0)) over (order by p.n) as total from p join contribution c on c.id = p.k1 join users u on u.id = c.author_id
  left join lateral (
    select * from relation tied where tied.member_id = $2::bigint and tied.other_id = c.author_id offset 0) v on true
  left join lateral (select * from mark own
    where own.target_id = c.id and own.kind = c.kind and own.member_id = $2::bigint offset 0) m on true cross join lateral (select c.collapsed and c.author_id is distinct from $2::bigint
    and not exists (select from users m
  where m.id = $2::bigint and m.status = 'a' and m.role in ('admin', 'moderator')) as withheld) veil
  cross join lateral (select $2::bigint is null or (c.author_id = $2::bigint or c.added_at <= (select greatest(me.date_joined, r.read_before) from users me
  left join feed_reader r on r.member_id = me.id where me.id = $2::bigint)
  or c.id = any(coalesce((select r.read from feed_reader r where r.member_id = $2::bigint), '{}'))) as done offset 0) reading) page where n = 1 or total <= 1000000
)
select (select count(*) from near)::int as count, (select count(*) from p)::int as n,
  count(*) filter (where n <= $3::bigint)::int as shown,
  string_agg(row::text, ',' order by n) filter (where n <= $3::bigint) as rows,
  max(key) filter (where n = 1) as nearest, (array_agg(key order by n desc) filter (where n <= $3::bigint))[1] as farthest,
  null::text as repeated, concat(pg_current_snapshot(), ' ', pg_postmaster_start_time(), ' ', pg_relation_filepath('pg_class'), ' ', (select xmin from public_address)) as at,
  concat('Category', (select string_agg(concat(e'\x1e', e.id, e'\x1f', e.text), '') from (select ids.id, case when category.id is not null then /* Category */ concat(e'\x02Category\x1f', category.id, e'\x1f', category.xmin, e'\x1f', case when f.member_id is not null then 'true' else 'false' end, e'\x03') end as text
    from (select distinct unnest(ids0) as id from page where n <= $3::bigint) ids
    left join lateral (select k.*, k.xmin from category k where k.id = ids.id limit 1) category on true
    left join category_follower f on f.category_id = category.id and f.member_id = $2::bigint) e), e'\x1dReaction', (select string_agg(concat(e'\x1e', e.id, e'\x1f', e.text), '') from (select r.id, /* Reaction */ concat(e'\x02Reaction\x1f', r.id, e'\x1f', r.xmin, e'\x03') as text from reaction r) e)) as tables, '' as held
from page;

-- like others, usually
-- $1 ids, $2 limit, $3 viewer
with near as materialized (
      select x.relevant_at, x.id from (
        select distinct unnest(c.categories) as id from contribution c
        where c.id = any($1::bigint[]) and not c.deleted and true and true and true limit 100
      ) category cross join lateral (
        select * from (select x.relevant_at as k0, x.contribution_id as k1 from category_feed x where x.category_id = category.id and true and true and x.contribution_id <> all($1::bigint[])
    order by x.relevant_at desc, x.contribution_id desc limit 100) few
      ) x (relevant_at, id) group by 1, 2 order by 1 desc, 2 desc limit 100
    ), p as (
  select p.*, row_number() over () as n from (
    select * from (select x.relevant_at as k0, x.id as k1 from near x where true
      order by x.relevant_at desc, x.id desc limit 101) few limit $2::bigint + 1
  ) p
), page as (
  select * from (select p.n, json_build_array(p.k0, p.k1)::text as key, /* Feed */ concat('{', case c.kind when 1 then '"type":"status","status":' when 2 then '"type":"post","post":' when 3 then '"type":"discussion","discussion":' end, /* Status */ /* Post */ /* Discussion */ e'\x02', case c.kind when 1 then case when veil.withheld then 'Status 011111 otherwise' else 'Status 011111' end when 2 then case when veil.withheld then 'Post 011111 otherwise' else 'Post 011111' end when 3 then case when veil.withheld then 'Discussion 011111 otherwise' else 'Discussion 011111' end end, e'\x1f', c.id, e'\x1f', c.xmin, '-', case when cardinality(c.medias) > 0 then (
    select string_agg(concat(x.id, ':', x.xmin, '-', e.id, ':', e.xmin), '-' order by x.id)
    from media x left join embed e on e.id = x.embedded_id where x.id = any(c.medias)) end, /* User */ e'\x1f\x02User 011111\x1f', u.id, e'\x1f', u.xmin, e'\x1f', coalesce(case v.state when 4 then '"connected"' when 1 then '"sent_connection_request"' when 2 then '"received_connection_request"' end, 'null'), e'\x03\x1f\x06categories\x1f', array_to_string(c.categories, ','), e'\x03\x1f\x06reactions\x1f', c.vote_count, ' ', c.reactions, e'\x03\x1f', case when m.reaction is not null then 'true' else 'false' end, e'\x1f', coalesce(concat(e'\x06reaction\x1f', m.reaction, e'\x03'), 'null'), e'\x1f', case when m.followed_at is not null then 'true' else 'false' end, e'\x1f', case when m.suspended_at is not null then 'true' else 'false' end, case when c.kind in (2,3) then concat(e'\x1f', coalesce(case when veil.withheld then 'null' else case when c.poll_id is not null then
      (select /* Poll */ concat('{"id":', p.id, ',"title":', to_json((p.title)::text)::text, ',"multiple_choices":', case when p.multiple_choices then 'true' else 'false' end, ',"added_at":"', to_char(p.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","modified_at":"', to_char(p.modified_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","closed":', case when p.closed or coalesce(p.expiration_at <= now(), false) then 'true' else 'false' end, ',"expiration_at":', coalesce('"' || (to_char(p.expiration_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), ',"hidden":', case when false then 'true' else 'false' end, ',"choices":', (select concat('[', string_agg(/* PollChoice */ concat('{"id":', ch.id, ',"choice":', to_json((ch.choice)::text)::text, ',"order":', ch.position, ',"added_at":"', to_char(ch.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","deleted":', case when false then 'true' else 'false' end, ',"vote_count":', ch.vote_count, ',"voted":', case when exists (select from poll_vote pv where pv.choice_id = ch.id and pv.member_id = $3::bigint) then 'true' else 'false' end, '}'), ',' order by ch.position, ch.id), ']')
        from poll_choice ch where ch.poll_id = p.id), '}') from poll p where p.id = c.poll_id) end end, 'null')) else '' end, e'\x1f', case when c.addressing = '{}' then '[]' else e'\x05' end, e'\x03,', substr(/* FeedBeside */ concat('{"seen_by_id":', case when $3::bigint is not null and reading.done then concat('[', $3::bigint, ']') else '[]' end, ',"seen":', case when reading.done then 'true' else 'false' end, ',"has_boost":', case when false then 'true' else 'false' end, ',"activities":', case when c.comment_count + c.vote_count + c.follower_count = 0 and c.poll_id is null then '[]' else (
      select concat('[', string_agg(/* FeedActivity */ concat('{"type":"', a.type, '","comment":', coalesce(case when a.comment_id is not null then (
      select /* ActivityComment */ concat(e'\x02', case when veil.withheld then 'ActivityComment 011111 otherwise' else 'ActivityComment 011111' end, e'\x1f', c.id, e'\x1f', c.xmin, /* User */ e'\x1f\x02User 011111\x1f', u.id, e'\x1f', u.xmin, e'\x1f', coalesce(case v.state when 4 then '"connected"' when 1 then '"sent_connection_request"' when 2 then '"received_connection_request"' end, 'null'), e'\x03\x1f\x06reactions\x1f', c.vote_count, ' ', c.reactions, e'\x03\x1f', case when m.reaction is not null then 'true' else 'false' end, e'\x1f', coalesce(concat(e'\x06reaction\x1f', m.reaction, e'\x03'), 'null'), e'\x03') from comment c left join lateral (select * from mark own
    where own.target_id = c.id and own.kind = 16 and own.member_id = $3::bigint offset 0) m on true cross join lateral (select c.collapsed and c.author_id is distinct from $3::bigint
    and not exists (select from users m
  where m.id = $3::bigint and m.status = 'a' and m.role in ('admin', 'moderator')) as withheld) veil where c.id = a.comment_id) end, 'null'), /* User */ e',"author":\x02User 011111\x1f', u.id, e'\x1f', u.xmin, e'\x1f', coalesce(case v.state when 4 then '"connected"' when 1 then '"sent_connection_request"' when 2 then '"received_connection_request"' end, 'null'), e'\x03,"active_at":"', to_char(a.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","seen_by_id":', coalesce('null', 'null'), '}'), ',' order by a.at desc, a.author_id), ']') from (
        select a.* from (select 'comment' as type, x.author_id, x.added_at as at, x.id as comment_id from (
    select * from comment x where x.contribution_id = c.id and x.parent_id is null and not x.erased
    order by x.added_at desc, x.id desc limit 5) x where c.thread_count > 0 and not x.deleted union all select * from (select 'vote' as type, k.member_id, k.voted_at, null::bigint from mark k
    where k.target_id = c.id and k.kind = c.kind and k.vote_place is not null and c.vote_count > 0
    order by k.vote_place desc limit 5) x union all select * from (select 'follow' as type, k.member_id, k.followed_at, null::bigint from mark k
    where k.target_id = c.id and k.kind = c.kind and k.follow_place is not null and c.follower_count > 0
    order by k.follow_place desc limit 5) x union all select * from (select 'pollvote' as type, k.member_id, k.voted_at, null::bigint from poll_vote k
    where k.poll_id = c.poll_id and k.voted_at is not null order by k.id desc limit 5) x) a
        where coalesce((select true from relation r where r.member_id = $3::bigint and r.other_id = a.author_id and r.state = 4), false)
        order by a.at desc, a.author_id limit 3
      ) a join users u on u.id = a.author_id
      left join lateral (
    select * from relation tied where tied.member_id = $3::bigint and tied.other_id = a.author_id offset 0) v on true) end, '}'), 2)) as row, c.categories as ids0, sum(coalesce(octet_length(c.html), 0)) over (order by p.n) as total from p join contribution c on c.id = p.k1 join users u on u.id = c.author_id
  left join lateral (
    select * from relation tied where tied.member_id = $3::bigint and tied.other_id = c.author_id offset 0) v on true
  left join lateral (select * from mark own
    where own.target_id = c.id and own.kind = c.kind and own.member_id = $3::bigint offset 0) m on true cross join lateral (select c.collapsed and c.author_id is distinct from $3::bigint
    and not exists (select from users m
  where m.id = $3::bigint and m.status = 'a' and m.role in ('admin', 'moderator')) as withheld) veil
  cross join lateral (select $3::bigint is null or (c.author_id = $3::bigint or c.added_at <= (select greatest(me.date_joined, r.read_before) from users me
  left join feed_reader r on r.member_id = me.id where me.id = $3::bigint)
  or c.id = any(coalesce((select r.read from feed_reader r where r.member_id = $3::bigint), '{}'))) as done offset 0) reading) page where n = 1 or total <= 1000000
)
select (select count(*) from near)::int as count, (select count(*) from p)::int as n,
  count(*) filter (where n <= $2::bigint)::int as shown,
  string_agg(row::text, ',' order by n) filter (where n <= $2::bigint) as rows,
  max(key) filter (where n = 1) as nearest, (array_agg(key order by n desc) filter (where n <= $2::bigint))[1] as farthest,
  null::text as repeated, concat(pg_current_snapshot(), ' ', pg_postmaster_start_time(), ' ', pg_relation_filepath('pg_class'), ' ', (select xmin from public_address)) as at,
  concat('Category', (select string_agg(concat(e'\x1e', e.id, e'\x1f', e.text), '') from (select ids.id, case when category.id is not null then /* Category */ concat(e'\x02Category\x1f', category.id, e'\x1f', category.xmin, e'\x1f', case when f.member_id is not null then 'true' else 'false' end, e'\x03') end as text
    from (select distinct unnest(ids0) as id from page where n <= $2::bigint) ids
    left join lateral (select k.*, k.xmin from category k where k.id = ids.id limit 1) category on true
    left join category_follower f on f.category_id = category.id and f.member_id = $3::bigint) e), e'\x1dReaction', (select string_agg(concat(e'\x1e', e.id, e'\x1f', e.text), '') from (select r.id, /* Reaction */ concat(e'\x02Reaction\x1f', r.id, e'\x1f', r.xmin, e'\x03') as text from reaction r) e)) as tables, concat((not exists (select h.other_id from relation h
  where h.member_id = $3::bigint and (h.hidden_place is not null or h.hidden_by))), (not exists (select from hidden_author where member_id = $3::bigint)), (not exists (select from erasure)), (not exists (select from addressed)), (not exists (select from mark h where h.member_id = $3::bigint and h.hidden))) as held
from page;

-- lock a reader
-- $1 id
select member_id as id from feed_reader where member_id = $1::bigint for no key update;

-- of a member
-- $1 viewer, $2 owner, $3 limit
with whose as materialized (
      select u.status::text as status, 0 + statuses + posts + discussions as total, not (not coalesce((select true from relation h where h.member_id = $1::bigint and h.other_id = u.author_id and (h.hidden_place is not null or h.hidden_by) and (h.hidden_place is not null or not exists (select from users m
  where m.id = $1::bigint and m.status = 'a' and m.role in ('admin', 'moderator')))), false) and not coalesce((select true from hidden_author h where h.member_id = $1::bigint and h.author_id = u.author_id), false) and not coalesce((select true from erasure e where e.member_id = u.author_id), false)) as hidden
      from (select *, id as author_id from users where id = $2::bigint) u
    ), p as (
  select p.*, row_number() over () as n from (
    select * from (select k0, k1 from (select * from (select * from (select x.added_at as k0, x.id as k1 from contribution x where not x.deleted and x.addressing = '{}' and x.author_id = $2::bigint and not ((select exists (select from mark h where h.member_id = $1::bigint and h.hidden))
    and coalesce((select true from mark h where h.target_id = x.id and h.member_id = $1::bigint and h.kind = x.kind and h.hidden), false))
    order by x.added_at desc, x.id desc limit 101) few limit $3::bigint + 1) o union all select * from (select a.k0, a.k1 from unnest((case when exists (select from users m
  where m.id = $1::bigint and m.status = 'a' and m.role in ('admin', 'moderator')) then '{0}'::bigint[] else array(select t.id from tag t
  where t.id = any((select m.tag_ids from users m where m.id = $1::bigint)::bigint[]) and t.active and not t.deleted) || -$1::bigint::bigint end)) circle (id)
      cross join lateral (select * from (select x.added_at as k0, x.contribution_id as k1 from addressed_feed x where x.place = 0 and x.reader = circle.id and coalesce(x.kind, 0) = any('{1, 2, 3}'::int[]) and x.author_id = $2::bigint and not ((select exists (select from mark h where h.member_id = $1::bigint and h.hidden))
    and coalesce((select true from mark h where h.target_id = x.contribution_id and h.member_id = $1::bigint and h.kind = x.kind and h.hidden), false))
    order by x.added_at desc, x.contribution_id desc limit 101) few limit $3::bigint + 1) a group by a.k0, a.k1) a) m order by k0 desc, k1 desc limit 101) few limit $3::bigint + 1
  ) p
), page as (
  select * from (select p.n, json_build_array(p.k0, p.k1)::text as key, /* Feed */ concat('{', case c.kind when 1 then '"type":"status","status":' when 2 then '"type":"post","post":' when 3 then '"type":"discussion","discussion":' end, /* Status */ /* Post */ /* Discussion */ e'\x02', case c.kind when 1 then case when veil.withheld then 'Status 011111 otherwise' else 'Status 011111' end when 2 then case when veil.withheld then 'Post 011111 otherwise' else 'Post 011111' end when 3 then case when veil.withheld then 'Discussion 011111 otherwise' else 'Discussion 011111' end end, e'\x1f', c.id, e'\x1f', c.xmin, '-', case when cardinality(c.medias) > 0 then (
    select string_agg(concat(x.id, ':', x.xmin, '-', e.id, ':', e.xmin), '-' order by x.id)
    from media x left join embed e on e.id = x.embedded_id where x.id = any(c.medias)) end, /* User */ e'\x1f\x02User 011111\x1f', u.id, e'\x1f', u.xmin, e'\x1f', coalesce(case v.state when 4 then '"connected"' when 1 then '"sent_connection_request"' when 2 then '"received_connection_request"' end, 'null'), e'\x03\x1f\x06categories\x1f', array_to_string(c.categories, ','), e'\x03\x1f\x06reactions\x1f', c.vote_count, ' ', c.reactions, e'\x03\x1f', case when m.reaction is not null then 'true' else 'false' end, e'\x1f', coalesce(concat(e'\x06reaction\x1f', m.reaction, e'\x03'), 'null'), e'\x1f', case when m.followed_at is not null then 'true' else 'false' end, e'\x1f', case when m.suspended_at is not null then 'true' else 'false' end, case when c.kind in (2,3) then concat(e'\x1f', coalesce(case when veil.withheld then 'null' else case when c.poll_id is not null then
      (select /* Poll */ concat('{"id":', p.id, ',"title":', to_json((p.title)::text)::text, ',"multiple_choices":', case when p.multiple_choices then 'true' else 'false' end, ',"added_at":"', to_char(p.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","modified_at":"', to_char(p.modified_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","closed":', case when p.closed or coalesce(p.expiration_at <= now(), false) then 'true' else 'false' end, ',"expiration_at":', coalesce('"' || (to_char(p.expiration_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), ',"hidden":', case when false then 'true' else 'false' end, ',"choices":', (select concat('[', string_agg(/* PollChoice */ concat('{"id":', ch.id, ',"choice":', to_json((ch.choice)::text)::text, ',"order":', ch.position, ',"added_at":"', to_char(ch.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","deleted":', case when false then 'true' else 'false' end, ',"vote_count":', ch.vote_count, ',"voted":', case when exists (select from poll_vote pv where pv.choice_id = ch.id and pv.member_id = $1::bigint) then 'true' else 'false' end, '}'), ',' order by ch.position, ch.id), ']')
        from poll_choice ch where ch.poll_id = p.id), '}') from poll p where p.id = c.poll_id) end end, 'null')) else '' end, e'\x1f', case when c.addressing = '{}' then '[]' else (select /* Tag[] */ concat('[', string_agg(/* Tag */ concat('{"id":', t.id, ',"type":"', t.type, '","name":', to_json((t.name)::text)::text, ',"description":', coalesce(to_json((t.description)::text)::text, 'null'), ',"color":', to_json((t.color)::text)::text, ',"visible":', case when t.visible then 'true' else 'false' end, ',"visibility_boost":', case when t.visibility_boost then 'true' else 'false' end, ',"created_at":"', to_char(t.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","active":', case when t.active then 'true' else 'false' end, ',"deleted":', case when t.deleted then 'true' else 'false' end, '}'), ',' order by t.id), ']') from tag t where t.id = any(c.addressing)
      and (c.author_id is not distinct from $1::bigint or exists (select from users m
  where m.id = $1::bigint and m.status = 'a' and m.role in ('admin', 'moderator'))
        or t.active and not t.deleted and (t.visible or t.id = any(array(select t.id from tag t
  where t.id = any((select m.tag_ids from users m where m.id = $1::bigint)::bigint[]) and t.active and not t.deleted))))) end, e'\x03,', substr(/* FeedBeside */ concat('{"seen_by_id":', case when $1::bigint is not null and reading.done then concat('[', $1::bigint, ']') else '[]' end, ',"seen":', case when reading.done then 'true' else 'false' end, ',"has_boost":', case when false then 'true' else 'false' end, ',"activities":', case when c.comment_count + c.vote_count + c.follower_count = 0 and c.poll_id is null then '[]' else (
      select concat('[', string_agg(/* FeedActivity */ concat('{"type":"', a.type, '","comment":', coalesce(case when a.comment_id is not null then (
      select /* ActivityComment */ concat(e'\x02', case when veil.withheld then 'ActivityComment 011111 otherwise' else 'ActivityComment 011111' end, e'\x1f', c.id, e'\x1f', c.xmin, /* User */ e'\x1f\x02User 011111\x1f', u.id, e'\x1f', u.xmin, e'\x1f', coalesce(case v.state when 4 then '"connected"' when 1 then '"sent_connection_request"' when 2 then '"received_connection_request"' end, 'null'), e'\x03\x1f\x06reactions\x1f', c.vote_count, ' ', c.reactions, e'\x03\x1f', case when m.reaction is not null then 'true' else 'false' end, e'\x1f', coalesce(concat(e'\x06reaction\x1f', m.reaction, e'\x03'), 'null'), e'\x03') from comment c left join lateral (select * from mark own
    where own.target_id = c.id and own.kind = 16 and own.member_id = $1::bigint offset 0) m on true cross join lateral (select c.collapsed and c.author_id is distinct from $1::bigint
    and not exists (select from users m
  where m.id = $1::bigint and m.status = 'a' and m.role in ('admin', 'moderator')) as withheld) veil where c.id = a.comment_id) end, 'null'), /* User */ e',"author":\x02User 011111\x1f', u.id, e'\x1f', u.xmin, e'\x1f', coalesce(case v.state when 4 then '"connected"' when 1 then '"sent_connection_request"' when 2 then '"received_connection_request"' end, 'null'), e'\x03,"active_at":"', to_char(a.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","seen_by_id":', coalesce('null', 'null'), '}'), ',' order by a.at desc, a.author_id), ']') from (
        select a.* from (select 'comment' as type, x.author_id, x.added_at as at, x.id as comment_id from (
    select * from comment x where x.contribution_id = c.id and x.parent_id is null and not x.erased
    order by x.added_at desc, x.id desc limit 5) x where c.thread_count > 0 and not x.deleted union all select * from (select 'vote' as type, k.member_id, k.voted_at, null::bigint from mark k
    where k.target_id = c.id and k.kind = c.kind and k.vote_place is not null and c.vote_count > 0
    order by k.vote_place desc limit 5) x union all select * from (select 'follow' as type, k.member_id, k.followed_at, null::bigint from mark k
    where k.target_id = c.id and k.kind = c.kind and k.follow_place is not null and c.follower_count > 0
    order by k.follow_place desc limit 5) x union all select * from (select 'pollvote' as type, k.member_id, k.voted_at, null::bigint from poll_vote k
    where k.poll_id = c.poll_id and k.voted_at is not null order by k.id desc limit 5) x) a
        where coalesce((select true from relation r where r.member_id = $1::bigint and r.other_id = a.author_id and r.state = 4), false)
        order by a.at desc, a.author_id limit 3
      ) a join users u on u.id = a.author_id
      left join lateral (
    select * from relation tied where tied.member_id = $1::bigint and tied.other_id = a.author_id offset 0) v on true) end, '}'), 2)) as row, c.categories as ids0, sum(coalesce(octet_length(c.html), 0)) over (order by p.n) as total from p join contribution c on c.id = p.k1 join users u on u.id = c.author_id
  left join lateral (
    select * from relation tied where tied.member_id = $1::bigint and tied.other_id = c.author_id offset 0) v on true
  left join lateral (select * from mark own
    where own.target_id = c.id and own.kind = c.kind and own.member_id = $1::bigint offset 0) m on true cross join lateral (select c.collapsed and c.author_id is distinct from $1::bigint
    and not exists (select from users m
  where m.id = $1::bigint and m.status = 'a' and m.role in ('admin', 'moderator')) as withheld) veil
  cross join lateral (select $1::bigint is null or (c.author_id = $1::bigint or c.added_at <= (select greatest(me.date_joined, r.read_before) from users me
  left join feed_reader r on r.member_id = me.id where me.id = $1::bigint)
  or c.id = any(coalesce((select r.read from feed_reader r where r.member_id = $1::bigint), '{}'))) as done offset 0) reading) page where n = 1 or total <= 1000000
)
select (select (select total from whose)
      - ((0) + (select count(*) from addressed a where a.author_id = $2::bigint and true
    and (a.author_id is distinct from $1::bigint and (not a.tags && array(select t.id from tag t
  where t.id = any((select m.tag_ids from users m where m.id = $1::bigint)::bigint[]) and t.active and not t.deleted) and not exists (select from users m
  where m.id = $1::bigint and m.status = 'a' and m.role in ('admin', 'moderator'))))) + (select count(*) from mark h
      join contribution c on c.id = h.target_id and c.kind = h.kind and not c.deleted
    where h.member_id = $1::bigint and h.hidden and h.kind in (1,2,3) and true and c.author_id = $2::bigint and c.author_id not in (select other_id from relation where member_id = $1::bigint and (hidden_place is not null or hidden_by) and (hidden_place is not null or not exists (select from users m
  where m.id = $1::bigint and m.status = 'a' and m.role in ('admin', 'moderator')))
  union all select author_id from hidden_author where member_id = $1::bigint
  union all select member_id from erasure) and (c.addressing = '{}' or not (c.author_id is distinct from $1::bigint and (not c.addressing && array(select t.id from tag t
  where t.id = any((select m.tag_ids from users m where m.id = $1::bigint)::bigint[]) and t.active and not t.deleted) and not exists (select from users m
  where m.id = $1::bigint and m.status = 'a' and m.role in ('admin', 'moderator'))))))))::int as count, (select count(*) from p)::int as n,
  count(*) filter (where n <= $3::bigint)::int as shown,
  string_agg(row::text, ',' order by n) filter (where n <= $3::bigint) as rows,
  max(key) filter (where n = 1) as nearest, (array_agg(key order by n desc) filter (where n <= $3::bigint))[1] as farthest,
  null::text as repeated, concat(pg_current_snapshot(), ' ', pg_postmaster_start_time(), ' ', pg_relation_filepath('pg_class'), ' ', (select xmin from public_address)) as at,
  concat('Category', (select string_agg(concat(e'\x1e', e.id, e'\x1f', e.text), '') from (select ids.id, case when category.id is not null then /* Category */ concat(e'\x02Category\x1f', category.id, e'\x1f', category.xmin, e'\x1f', case when f.member_id is not null then 'true' else 'false' end, e'\x03') end as text
    from (select distinct unnest(ids0) as id from page where n <= $3::bigint) ids
    left join lateral (select k.*, k.xmin from category k where k.id = ids.id limit 1) category on true
    left join category_follower f on f.category_id = category.id and f.member_id = $1::bigint) e), e'\x1dReaction', (select string_agg(concat(e'\x1e', e.id, e'\x1f', e.text), '') from (select r.id, /* Reaction */ concat(e'\x02Reaction\x1f', r.id, e'\x1f', r.xmin, e'\x03') as text from reaction r) e)) as tables, (select status from whose) as "status", (select hidden from whose) as "hidden", '' as held
from page;

-- of a member, usually
-- $1 owner, $2 limit, $3 viewer
with whose as materialized (
      select u.status::text as status, 0 + statuses + posts + discussions as total, not (true) as hidden
      from (select *, id as author_id from users where id = $1::bigint) u
    ), p as (
  select p.*, row_number() over () as n from (
    select * from (select k0, k1 from (select * from (select x.added_at as k0, x.id as k1 from contribution x where not x.deleted and x.addressing = '{}' and x.author_id = $1::bigint and true
    order by x.added_at desc, x.id desc limit 101) few limit $2::bigint + 1) m order by k0 desc, k1 desc limit 101) few limit $2::bigint + 1
  ) p
), page as (
  select * from (select p.n, json_build_array(p.k0, p.k1)::text as key, /* Feed */ concat('{', case c.kind when 1 then '"type":"status","status":' when 2 then '"type":"post","post":' when 3 then '"type":"discussion","discussion":' end, /* Status */ /* Post */ /* Discussion */ e'\x02', case c.kind when 1 then case when veil.withheld then 'Status 011111 otherwise' else 'Status 011111' end when 2 then case when veil.withheld then 'Post 011111 otherwise' else 'Post 011111' end when 3 then case when veil.withheld then 'Discussion 011111 otherwise' else 'Discussion 011111' end end, e'\x1f', c.id, e'\x1f', c.xmin, '-', case when cardinality(c.medias) > 0 then (
    select string_agg(concat(x.id, ':', x.xmin, '-', e.id, ':', e.xmin), '-' order by x.id)
    from media x left join embed e on e.id = x.embedded_id where x.id = any(c.medias)) end, /* User */ e'\x1f\x02User 011111\x1f', u.id, e'\x1f', u.xmin, e'\x1f', coalesce(case v.state when 4 then '"connected"' when 1 then '"sent_connection_request"' when 2 then '"received_connection_request"' end, 'null'), e'\x03\x1f\x06categories\x1f', array_to_string(c.categories, ','), e'\x03\x1f\x06reactions\x1f', c.vote_count, ' ', c.reactions, e'\x03\x1f', case when m.reaction is not null then 'true' else 'false' end, e'\x1f', coalesce(concat(e'\x06reaction\x1f', m.reaction, e'\x03'), 'null'), e'\x1f', case when m.followed_at is not null then 'true' else 'false' end, e'\x1f', case when m.suspended_at is not null then 'true' else 'false' end, case when c.kind in (2,3) then concat(e'\x1f', coalesce(case when veil.withheld then 'null' else case when c.poll_id is not null then
      (select /* Poll */ concat('{"id":', p.id, ',"title":', to_json((p.title)::text)::text, ',"multiple_choices":', case when p.multiple_choices then 'true' else 'false' end, ',"added_at":"', to_char(p.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","modified_at":"', to_char(p.modified_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","closed":', case when p.closed or coalesce(p.expiration_at <= now(), false) then 'true' else 'false' end, ',"expiration_at":', coalesce('"' || (to_char(p.expiration_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), ',"hidden":', case when false then 'true' else 'false' end, ',"choices":', (select concat('[', string_agg(/* PollChoice */ concat('{"id":', ch.id, ',"choice":', to_json((ch.choice)::text)::text, ',"order":', ch.position, ',"added_at":"', to_char(ch.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","deleted":', case when false then 'true' else 'false' end, ',"vote_count":', ch.vote_count, ',"voted":', case when exists (select from poll_vote pv where pv.choice_id = ch.id and pv.member_id = $3::bigint) then 'true' else 'false' end, '}'), ',' order by ch.position, ch.id), ']')
        from poll_choice ch where ch.poll_id = p.id), '}') from poll p where p.id = c.poll_id) end end, 'null')) else '' end, e'\x1f', case when c.addressing = '{}' then '[]' else e'\x05' end, e'\x03,', substr(/* FeedBeside */ concat('{"seen_by_id":', case when $3::bigint is not null and reading.done then concat('[', $3::bigint, ']') else '[]' end, ',"seen":', case when reading.done then 'true' else 'false' end, ',"has_boost":', case when false then 'true' else 'false' end, ',"activities":', case when c.comment_count + c.vote_count + c.follower_count = 0 and c.poll_id is null then '[]' else (
      select concat('[', string_agg(/* FeedActivity */ concat('{"type":"', a.type, '","comment":', coalesce(case when a.comment_id is not null then (
      select /* ActivityComment */ concat(e'\x02', case when veil.withheld then 'ActivityComment 011111 otherwise' else 'ActivityComment 011111' end, e'\x1f', c.id, e'\x1f', c.xmin, /* User */ e'\x1f\x02User 011111\x1f', u.id, e'\x1f', u.xmin, e'\x1f', coalesce(case v.state when 4 then '"connected"' when 1 then '"sent_connection_request"' when 2 then '"received_connection_request"' end, 'null'), e'\x03\x1f\x06reactions\x1f', c.vote_count, ' ', c.reactions, e'\x03\x1f', case when m.reaction is not null then 'true' else 'false' end, e'\x1f', coalesce(concat(e'\x06reaction\x1f', m.reaction, e'\x03'), 'null'), e'\x03') from comment c left join lateral (select * from mark own
    where own.target_id = c.id and own.kind = 16 and own.member_id = $3::bigint offset 0) m on true cross join lateral (select c.collapsed and c.author_id is distinct from $3::bigint
    and not exists (select from users m
  where m.id = $3::bigint and m.status = 'a' and m.role in ('admin', 'moderator')) as withheld) veil where c.id = a.comment_id) end, 'null'), /* User */ e',"author":\x02User 011111\x1f', u.id, e'\x1f', u.xmin, e'\x1f', coalesce(case v.state when 4 then '"connected"' when 1 then '"sent_connection_request"' when 2 then '"received_connection_request"' end, 'null'), e'\x03,"active_at":"', to_char(a.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","seen_by_id":', coalesce('null', 'null'), '}'), ',' order by a.at desc, a.author_id), ']') from (
        select a.* from (select 'comment' as type, x.author_id, x.added_at as at, x.id as comment_id from (
    select * from comment x where x.contribution_id = c.id and x.parent_id is null and not x.erased
    order by x.added_at desc, x.id desc limit 5) x where c.thread_count > 0 and not x.deleted union all select * from (select 'vote' as type, k.member_id, k.voted_at, null::bigint from mark k
    where k.target_id = c.id and k.kind = c.kind and k.vote_place is not null and c.vote_count > 0
    order by k.vote_place desc limit 5) x union all select * from (select 'follow' as type, k.member_id, k.followed_at, null::bigint from mark k
    where k.target_id = c.id and k.kind = c.kind and k.follow_place is not null and c.follower_count > 0
    order by k.follow_place desc limit 5) x union all select * from (select 'pollvote' as type, k.member_id, k.voted_at, null::bigint from poll_vote k
    where k.poll_id = c.poll_id and k.voted_at is not null order by k.id desc limit 5) x) a
        where coalesce((select true from relation r where r.member_id = $3::bigint and r.other_id = a.author_id and r.state = 4), false)
        order by a.at desc, a.author_id limit 3
      ) a join users u on u.id = a.author_id
      left join lateral (
    select * from relation tied where tied.member_id = $3::bigint and tied.other_id = a.author_id offset 0) v on true) end, '}'), 2)) as row, c.categories as ids0, sum(coalesce(octet_length(c.html), 0)) over (order by p.n) as total from p join contribution c on c.id = p.k1 join users u on u.id = c.author_id
  left join lateral (
    select * from relation tied where tied.member_id = $3::bigint and tied.other_id = c.author_id offset 0) v on true
  left join lateral (select * from mark own
    where own.target_id = c.id and own.kind = c.kind and own.member_id = $3::bigint offset 0) m on true cross join lateral (select c.collapsed and c.author_id is distinct from $3::bigint
    and not exists (select from users m
  where m.id = $3::bigint and m.status = 'a' and m.role in ('admin', 'moderator')) as withheld) veil
  cross join lateral (select $3::bigint is null or (c.author_id = $3::bigint or c.added_at <= (select greatest(me.date_joined, r.read_before) from users me
  left join feed_reader r on r.member_id = me.id where me.id = $3::bigint)
  or c.id = any(coalesce((select r.read from feed_reader r where r.member_id = $3::bigint), '{}'))) as done offset 0) reading) page where n = 1 or total <= 1000000
)
select (select (select total from whose)
      - ((0) + 0 + 0))::int as count, (select count(*) from p)::int as n,
  count(*) filter (where n <= $2::bigint)::int as shown,
  string_agg(row::text, ',' order by n) filter (where n <= $2::bigint) as rows,
  max(key) filter (where n = 1) as nearest, (array_agg(key order by n desc) filter (where n <= $2::bigint))[1] as farthest,
  null::text as repeated, concat(pg_current_snapshot(), ' ', pg_postmaster_start_time(), ' ', pg_relation_filepath('pg_class'), ' ', (select xmin from public_address)) as at,
  concat('Category', (select string_agg(concat(e'\x1e', e.id, e'\x1f', e.text), '') from (select ids.id, case when category.id is not null then /* Category */ concat(e'\x02Category\x1f', category.id, e'\x1f', category.xmin, e'\x1f', case when f.member_id is not null then 'true' else 'false' end, e'\x03') end as text
    from (select distinct unnest(ids0) as id from page where n <= $2::bigint) ids
    left join lateral (select k.*, k.xmin from category k where k.id = ids.id limit 1) category on true
    left join category_follower f on f.category_id = category.id and f.member_id = $3::bigint) e), e'\x1dReaction', (select string_agg(concat(e'\x1e', e.id, e'\x1f', e.text), '') from (select r.id, /* Reaction */ concat(e'\x02Reaction\x1f', r.id, e'\x1f', r.xmin, e'\x03') as text from reaction r) e)) as tables, (select status from whose) as "status", (select hidden from whose) as "hidden", concat((not exists (select h.other_id from relation h
  where h.member_id = $3::bigint and (h.hidden_place is not null or h.hidden_by))), (not exists (select from hidden_author where member_id = $3::bigint)), (not exists (select from erasure)), (not exists (select from addressed)), (not exists (select from mark h where h.member_id = $3::bigint and h.hidden))) as held
from page;

-- read
-- $1 ids, $2 id
with read as materialized (
      select c.id, c.added_at, row_number() over (order by c.added_at desc, c.id desc) as nth, count(*) over () as n
      from feed_reader r join contribution c on c.id = any(r.read || $1::bigint[]) and not c.deleted
        and c.added_at > coalesce(r.read_before, '-infinity')
      where r.member_id = $2::bigint
    ), kept as (
      select array_agg(id) as ids from read where n <= 250 or nth <= 125
    )
    update feed_reader set read = coalesce(kept.ids, '{}'),
      read_before = greatest(read_before, (select max(added_at) from read where n > 250 and nth > 125))
    from kept where member_id = $2::bigint;

-- what a member has read
-- $1 member, $2 after, $3 most
select r.member_id as key, (json_build_object('everything_before', r.read_before, 'contributions', r.read))::text as json from feed_reader r where r.member_id = $1::bigint and r.member_id > $2::bigint order by r.member_id limit $3::int;

-- what a member has read, keys
-- $1 member, $2 after, $3 most
select r.member_id as key from feed_reader r where r.member_id = $1::bigint and r.member_id > $2::bigint order by r.member_id limit $3::int;

-- what a member has read, some
-- $1 member, $2 keys
select (json_build_object('everything_before', r.read_before, 'contributions', r.read))::text as json from feed_reader r where r.member_id = $1::bigint and r.member_id = any($2::bigint[]) order by r.member_id;
