-- Printed by `npm run sql`. The statements of a slice, as PostgreSQL is given them in their usual variant.

-- all
-- $1 limit
with p as (
  select p.*, row_number() over () as n from (
    select * from (select x.id as k0 from embed x where true
      order by x.id desc limit 101) few limit $1::bigint + 1
  ) p
), page as (
  select p.n, json_build_array(p.k0)::text as key, /* Embed */ concat('{"id":', e.id, ',"embed_type":', to_json((e.embed_type)::text)::text, ',"embed_id":', to_json((e.embed_id)::text)::text, ',"url":', coalesce(to_json((e.url)::text)::text, 'null'), ',"metadata":', e.metadata::text, '}') as row from p join embed e on e.id = p.k0
)
select (null)::int as count, count(*)::int as n,
  count(*) filter (where n <= $1::bigint)::int as shown,
  string_agg(row::text, ',' order by n) filter (where n <= $1::bigint) as rows,
  max(key) filter (where n = 1) as nearest, max(key) filter (where n = $1::bigint) as farthest,
  null::text as repeated, null::text as at,
  null::text as tables, '' as held
from page;

-- change
-- $1 url_sent, $2 url, $3 metadata, $4 id
with e as (
      update embed set url = case when $1::boolean then $2::text else url end,
        metadata = coalesce($3::json::jsonb, metadata) where id = $4::bigint returning *
    ) select /* Embed */ concat('{"id":', e.id, ',"embed_type":', to_json((e.embed_type)::text)::text, ',"embed_id":', to_json((e.embed_id)::text)::text, ',"url":', coalesce(to_json((e.url)::text)::text, 'null'), ',"metadata":', e.metadata::text, '}') as json from e;

-- feed
-- $1 ids, $2 viewer, $3 limit
with p as (
  select p.*, row_number() over () as n from (
    select * from (select k0, k1 from (
        select distinct n.k0, n.k1 from unnest($1::bigint[]) e (id) cross join lateral (select * from (select x.added_at as k0, x.contribution_id as k1 from embed_feed x
        where x.embed_id = e.id and true
          and x.author_id not in (select other_id from relation where member_id = $2::bigint and (hidden_place is not null or hidden_by) and (hidden_place is not null or not exists (select from users m
  where m.id = $2::bigint and m.status = 'a' and m.role in ('admin', 'moderator')))
  union all select author_id from hidden_author where member_id = $2::bigint
  union all select member_id from erasure) and not coalesce((select (a.author_id is distinct from $2::bigint and (not a.tags && array(select t.id from tag t
  where t.id = any((select m.tag_ids from users m where m.id = $2::bigint)::bigint[]) and t.active and not t.deleted) and not exists (select from users m
  where m.id = $2::bigint and m.status = 'a' and m.role in ('admin', 'moderator')))) from addressed a where a.contribution_id = x.contribution_id), false) and not ((select exists (select from mark h where h.member_id = $2::bigint and h.hidden))
    and coalesce((select true from mark h where h.target_id = x.contribution_id and h.member_id = $2::bigint and h.kind = x.kind and h.hidden), false))  order by x.added_at desc, x.contribution_id desc limit 101) few limit $3::bigint + 1) n) p order by k0 desc, k1 desc limit 101) few limit $3::bigint + 1
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
select (null)::int as count, (select count(*) from p)::int as n,
  count(*) filter (where n <= $3::bigint)::int as shown,
  string_agg(row::text, ',' order by n) filter (where n <= $3::bigint) as rows,
  max(key) filter (where n = 1) as nearest, (array_agg(key order by n desc) filter (where n <= $3::bigint))[1] as farthest,
  null::text as repeated, concat(pg_current_snapshot(), ' ', pg_postmaster_start_time(), ' ', pg_relation_filepath('pg_class'), ' ', (select xmin from public_address)) as at,
  concat('Category', (select string_agg(concat(e'\x1e', e.id, e'\x1f', e.text), '') from (select ids.id, case when category.id is not null then /* Category */ concat(e'\x02Category\x1f', category.id, e'\x1f', category.xmin, e'\x1f', case when f.member_id is not null then 'true' else 'false' end, e'\x03') end as text
    from (select distinct unnest(ids0) as id from page where n <= $3::bigint) ids
    left join lateral (select k.*, k.xmin from category k where k.id = ids.id limit 1) category on true
    left join category_follower f on f.category_id = category.id and f.member_id = $2::bigint) e), e'\x1dReaction', (select string_agg(concat(e'\x1e', e.id, e'\x1f', e.text), '') from (select r.id, /* Reaction */ concat(e'\x02Reaction\x1f', r.id, e'\x1f', r.xmin, e'\x03') as text from reaction r) e)) as tables, '' as held
from page;

-- feed, usually
-- $1 ids, $2 limit, $3 viewer
with p as (
  select p.*, row_number() over () as n from (
    select * from (select k0, k1 from (
        select distinct n.k0, n.k1 from unnest($1::bigint[]) e (id) cross join lateral (select * from (select x.added_at as k0, x.contribution_id as k1 from embed_feed x
        where x.embed_id = e.id and true
          and true and true and true  order by x.added_at desc, x.contribution_id desc limit 101) few limit $2::bigint + 1) n) p order by k0 desc, k1 desc limit 101) few limit $2::bigint + 1
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
select (null)::int as count, (select count(*) from p)::int as n,
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

-- find one
-- $1 id, $2 type, $3 name
select id from embed where id = $1::bigint
    union all select id from embed where $1::bigint is null and embed_type = $2::text and embed_id = $3::text;

-- make
-- $1 type, $2 id, $3 url, $4 metadata
with e as (
      insert into embed (embed_type, embed_id, url, metadata) values ($1::text, $2::text, $3::text, $4::json::jsonb)
      on conflict (embed_type, embed_id) do nothing returning *
    ) select e.id, /* Embed */ concat('{"id":', e.id, ',"embed_type":', to_json((e.embed_type)::text)::text, ',"embed_id":', to_json((e.embed_id)::text)::text, ',"url":', coalesce(to_json((e.url)::text)::text, 'null'), ',"metadata":', e.metadata::text, '}') as json from e;

-- show
-- $1 id
select /* Embed */ concat('{"id":', e.id, ',"embed_type":', to_json((e.embed_type)::text)::text, ',"embed_id":', to_json((e.embed_id)::text)::text, ',"url":', coalesce(to_json((e.url)::text)::text, 'null'), ',"metadata":', e.metadata::text, '}') as json from embed e where e.id = $1::bigint;

-- the newest that are meant
select coalesce(array_agg(id), '{}') as ids from (
    select x.id from embed x where true order by x.id desc limit 100) x;
