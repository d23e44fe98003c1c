-- Printed by `npm run sql`. The statements of a slice, as PostgreSQL is given them in their usual variant.

-- categories
-- $1 viewer, $2 limit
with near as materialized (
        select category.id, coalesce(friends.n, 0) as n, category.followers
        from category left join (select category_id, count(*) as n from (select other_id from relation where member_id = $1::bigint and state = 4 order by place desc limit 200) near
          join category_follower g on g.member_id = near.other_id group by 1) friends on friends.category_id = category.id
        where category.active and not category.deleted and not exists (
          select from category_follower g where g.category_id = category.id and g.member_id = $1::bigint)
        order by 2 desc, 3 desc, 1 desc limit 100
      ), p as (
  select p.*, row_number() over () as n from (
    select * from (select near.n as k0, near.followers as k1, near.id as k2 from near where true
      order by near.n desc, near.followers desc, near.id desc limit 101) few limit $2::bigint + 1
  ) p
), page as (
  select p.n, json_build_array(p.k0, p.k1, p.k2)::text as key, /* Category */ concat(e'\x02Category\x1f', category.id, e'\x1f', category.xmin, e'\x1f', case when f.member_id is not null then 'true' else 'false' end, e'\x03') as row from p join category on category.id = p.k2 left join category_follower f on f.category_id = category.id and f.member_id = $1::bigint
)
select (select count(*) from near)::int as count, count(*)::int as n,
  count(*) filter (where n <= $2::bigint)::int as shown,
  string_agg(row::text, ',' order by n) filter (where n <= $2::bigint) as rows,
  max(key) filter (where n = 1) as nearest, max(key) filter (where n = $2::bigint) as farthest,
  null::text as repeated, concat(pg_current_snapshot(), ' ', pg_postmaster_start_time(), ' ', pg_relation_filepath('pg_class'), ' ', (select xmin from public_address)) as at,
  null::text as tables, '' as held
from page;

-- incubators
-- $1 viewer, $2 most, $3 limit
with near as materialized (
      select incubator.id, incubator.subscribers from incubator
      where incubator.status < 2 and incubator.author_id <> $1::bigint and incubator.author_id not in (select other_id from relation where member_id = $1::bigint and (hidden_place is not null or hidden_by) and (hidden_place is not null or not exists (select from users m
  where m.id = $1::bigint and m.status = 'a' and m.role in ('admin', 'moderator')))
  union all select author_id from hidden_author where member_id = $1::bigint
  union all select member_id from erasure)
        and not coalesce((select true from incubator_subscriber g where g.incubator_id = incubator.id and g.member_id = $1::bigint), false)
      order by incubator.subscribers desc, incubator.id desc limit $2::int
    ), p as (
  select p.*, row_number() over () as n from (
    select * from (select near.subscribers as k0, near.id as k1 from near where true
      order by near.subscribers desc, near.id desc limit 101) few limit $3::bigint + 1
  ) p
), page as (
  select p.n, json_build_array(p.k0, p.k1)::text as key, /* Incubator */ concat('{"id":', incubator.id, ',"name":', to_json((incubator.name)::text)::text, ',"slug":', to_json((incubator.slug)::text)::text, ',"slogan":', coalesce(to_json((incubator.slogan)::text)::text, 'null'), ',"status":', incubator.status, ',"added_at":"', to_char(incubator.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","approved_category":', coalesce(case when incubator.category_id is null then 'null' else /* Category */ concat(e'\x02Category\x1f', category.id, e'\x1f', category.xmin, e'\x1f', case when f.member_id is not null then 'true' else 'false' end, e'\x03') end, 'null'), /* User */ e',"user":\x02User 011111\x1f', u.id, e'\x1f', u.xmin, e'\x1f', coalesce(case v.state when 4 then '"connected"' when 1 then '"sent_connection_request"' when 2 then '"received_connection_request"' end, 'null'), e'\x03,"subscribers_count":', incubator.subscribers, ',"subscribers_threshold":', incubator.threshold, ',"subscribed":', case when s.member_id is not null then 'true' else 'false' end, '}') as row from p join incubator on incubator.id = p.k1 join users u on u.id = incubator.author_id left join lateral (
    select * from relation tied where tied.member_id = $1::bigint and tied.other_id = u.id offset 0) v on true
  left join category on category.id = incubator.category_id left join category_follower f on f.category_id = category.id and f.member_id = $1::bigint
  left join incubator_subscriber s on s.incubator_id = incubator.id and s.member_id = $1::bigint
)
select (select count(*) from near)::int as count, count(*)::int as n,
  count(*) filter (where n <= $3::bigint)::int as shown,
  string_agg(row::text, ',' order by n) filter (where n <= $3::bigint) as rows,
  max(key) filter (where n = 1) as nearest, max(key) filter (where n = $3::bigint) as farthest,
  null::text as repeated, concat(pg_current_snapshot(), ' ', pg_postmaster_start_time(), ' ', pg_relation_filepath('pg_class'), ' ', (select xmin from public_address)) as at,
  null::text as tables, '' as held
from page;

-- incubators, usually
-- $1 viewer, $2 most, $3 limit
with near as materialized (
      select incubator.id, incubator.subscribers from incubator
      where incubator.status < 2 and incubator.author_id <> $1::bigint and true
        and not coalesce((select true from incubator_subscriber g where g.incubator_id = incubator.id and g.member_id = $1::bigint), false)
      order by incubator.subscribers desc, incubator.id desc limit $2::int
    ), p as (
  select p.*, row_number() over () as n from (
    select * from (select near.subscribers as k0, near.id as k1 from near where true
      order by near.subscribers desc, near.id desc limit 101) few limit $3::bigint + 1
  ) p
), page as (
  select p.n, json_build_array(p.k0, p.k1)::text as key, /* Incubator */ concat('{"id":', incubator.id, ',"name":', to_json((incubator.name)::text)::text, ',"slug":', to_json((incubator.slug)::text)::text, ',"slogan":', coalesce(to_json((incubator.slogan)::text)::text, 'null'), ',"status":', incubator.status, ',"added_at":"', to_char(incubator.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","approved_category":', coalesce(case when incubator.category_id is null then 'null' else /* Category */ concat(e'\x02Category\x1f', category.id, e'\x1f', category.xmin, e'\x1f', case when f.member_id is not null then 'true' else 'false' end, e'\x03') end, 'null'), /* User */ e',"user":\x02User 011111\x1f', u.id, e'\x1f', u.xmin, e'\x1f', coalesce(case v.state when 4 then '"connected"' when 1 then '"sent_connection_request"' when 2 then '"received_connection_request"' end, 'null'), e'\x03,"subscribers_count":', incubator.subscribers, ',"subscribers_threshold":', incubator.threshold, ',"subscribed":', case when s.member_id is not null then 'true' else 'false' end, '}') as row from p join incubator on incubator.id = p.k1 join users u on u.id = incubator.author_id left join lateral (
    select * from relation tied where tied.member_id = $1::bigint and tied.other_id = u.id offset 0) v on true
  left join category on category.id = incubator.category_id left join category_follower f on f.category_id = category.id and f.member_id = $1::bigint
  left join incubator_subscriber s on s.incubator_id = incubator.id and s.member_id = $1::bigint
)
select (select count(*) from near)::int as count, count(*)::int as n,
  count(*) filter (where n <= $3::bigint)::int as shown,
  string_agg(row::text, ',' order by n) filter (where n <= $3::bigint) as rows,
  max(key) filter (where n = 1) as nearest, max(key) filter (where n = $3::bigint) as farthest,
  null::text as repeated, concat(pg_current_snapshot(), ' ', pg_postmaster_start_time(), ' ', pg_relation_filepath('pg_class'), ' ', (select xmin from public_address)) as at,
  null::text as tables, concat((not exists (select h.other_id from relation h
  where h.member_id = $1::bigint and (h.hidden_place is not null or h.hidden_by))), (not exists (select from hidden_author where member_id = $1::bigint)), (not exists (select from erasure))) as held
from page;

-- members
-- $1 viewer, $2 limit
with near as materialized (
        select found.* from (
          select id, sum(shared) as shared, sum(alike) as alike
          from (select far.other_id as id, 1 as shared, 0 as alike
  from (select other_id from relation where member_id = $1::bigint and state = 4 order by place desc limit 200) near
  join users via on via.id = near.other_id and via.connections_visibility <> 'self'
  cross join lateral (
    select other_id from relation where member_id = near.other_id and state = 4 order by place desc limit 100
  ) far union all select f.member_id as id, 0 as shared, 1 as alike from (
        select category_id from category_follower where member_id = $1::bigint order by place desc limit 20
      ) mine cross join lateral (
        select member_id from category_follower where category_id = mine.category_id order by place desc limit 50
      ) f) each group by id
        ) found join users u on u.id = found.id
        left join lateral (
    select * from relation tied where tied.member_id = $1::bigint and tied.other_id = found.id offset 0) v on true
        where found.id <> $1::bigint and u.status = 'a' and not coalesce(v.hidden_place is not null or v.hidden_by, false)
          and not exists (select from erasure e where e.member_id = found.id)
          and coalesce(v.state, 0) = 0 and u.connection_requests <> 'refuse'
        order by found.shared desc, found.alike desc, found.id desc limit 100
      ), p as (
  select p.*, row_number() over () as n from (
    select * from (select near.shared as k0, near.alike as k1, near.id as k2 from near where true
      order by near.shared desc, near.alike desc, near.id desc limit 101) few limit $2::bigint + 1
  ) p
), page as (
  select p.n, json_build_array(p.k0, p.k1, p.k2)::text as key, /* User */ concat(e'\x02User 011111\x1f', u.id, e'\x1f', u.xmin, e'\x1f', coalesce(case v.state when 4 then '"connected"' when 1 then '"sent_connection_request"' when 2 then '"received_connection_request"' end, 'null'), e'\x03') as row from p join users u on u.id = p.k2 left join lateral (
    select * from relation tied where tied.member_id = $1::bigint and tied.other_id = u.id offset 0) v on true
)
select (select count(*) from near)::int as count, count(*)::int as n,
  count(*) filter (where n <= $2::bigint)::int as shown,
  string_agg(row::text, ',' order by n) filter (where n <= $2::bigint) as rows,
  max(key) filter (where n = 1) as nearest, max(key) filter (where n = $2::bigint) as farthest,
  null::text as repeated, concat(pg_current_snapshot(), ' ', pg_postmaster_start_time(), ' ', pg_relation_filepath('pg_class'), ' ', (select xmin from public_address)) as at,
  null::text as tables, '' as held
from page;

-- polls
-- $1 viewer, $2 now, $3 limit
with newest as materialized (
      select * from contribution where poll_id is not null order by poll_id desc limit 1000
    ), near as materialized (
      select x.id, x.poll_id from newest x join poll p on p.id = x.poll_id
      where not x.deleted and x.author_id <> $1::bigint and true
        and x.author_id not in (select other_id from relation where member_id = $1::bigint and (hidden_place is not null or hidden_by) and (hidden_place is not null or not exists (select from users m
  where m.id = $1::bigint and m.status = 'a' and m.role in ('admin', 'moderator')))
  union all select author_id from hidden_author where member_id = $1::bigint
  union all select member_id from erasure) and (x.addressing = '{}' or not (x.author_id is distinct from $1::bigint and (not x.addressing && array(select t.id from tag t
  where t.id = any((select m.tag_ids from users m where m.id = $1::bigint)::bigint[]) and t.active and not t.deleted) and not exists (select from users m
  where m.id = $1::bigint and m.status = 'a' and m.role in ('admin', 'moderator'))))) and not ((select exists (select from mark h where h.member_id = $1::bigint and h.hidden))
    and coalesce((select true from mark h where h.target_id = x.id and h.member_id = $1::bigint and h.kind = x.kind and h.hidden), false))
        and not p.closed and coalesce(p.expiration_at > $2::timestamptz, true)
        and not exists (select from poll_vote v where v.poll_id = p.id and v.member_id = $1::bigint)
      order by x.poll_id desc limit 100
    ), p as (
  select p.*, row_number() over () as n from (
    select * from (select x.id, x.poll_id as k0 from near x where true
      order by x.poll_id desc limit 101) few limit $3::bigint + 1
  ) p
), page as (
  select * from (select p.n, json_build_array(p.k0)::text as key, /* Status */ /* Post */ /* Discussion */ concat(e'\x02', case c.kind when 1 then case when veil.withheld then 'Status 011111 otherwise' else 'Status 011111' end when 2 then case when veil.withheld then 'Post 011111 otherwise' else 'Post 011111' end when 3 then case when veil.withheld then 'Discussion 011111 otherwise' else 'Discussion 011111' end end, e'\x1f', c.id, e'\x1f', c.xmin, '-', case when cardinality(c.medias) > 0 then (
    select string_agg(concat(x.id, ':', x.xmin, '-', e.id, ':', e.xmin), '-' order by x.id)
    from media x left join embed e on e.id = x.embedded_id where x.id = any(c.medias)) end, /* User */ e'\x1f\x02User 011111\x1f', u.id, e'\x1f', u.xmin, e'\x1f', coalesce(case v.state when 4 then '"connected"' when 1 then '"sent_connection_request"' when 2 then '"received_connection_request"' end, 'null'), e'\x03\x1f\x06categories\x1f', array_to_string(c.categories, ','), e'\x03\x1f\x06reactions\x1f', c.vote_count, ' ', c.reactions, e'\x03\x1f', case when m.reaction is not null then 'true' else 'false' end, e'\x1f', coalesce(concat(e'\x06reaction\x1f', m.reaction, e'\x03'), 'null'), e'\x1f', case when m.followed_at is not null then 'true' else 'false' end, e'\x1f', case when m.suspended_at is not null then 'true' else 'false' end, case when c.kind in (2,3) then concat(e'\x1f', coalesce(case when veil.withheld then 'null' else case when c.poll_id is not null then
      (select /* Poll */ concat('{"id":', p.id, ',"title":', to_json((p.title)::text)::text, ',"multiple_choices":', case when p.multiple_choices then 'true' else 'false' end, ',"added_at":"', to_char(p.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","modified_at":"', to_char(p.modified_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","closed":', case when p.closed or coalesce(p.expiration_at <= now(), false) then 'true' else 'false' end, ',"expiration_at":', coalesce('"' || (to_char(p.expiration_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), ',"hidden":', case when false then 'true' else 'false' end, ',"choices":', (select concat('[', string_agg(/* PollChoice */ concat('{"id":', ch.id, ',"choice":', to_json((ch.choice)::text)::text, ',"order":', ch.position, ',"added_at":"', to_char(ch.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","deleted":', case when false then 'true' else 'false' end, ',"vote_count":', ch.vote_count, ',"voted":', case when exists (select from poll_vote pv where pv.choice_id = ch.id and pv.member_id = $1::bigint) then 'true' else 'false' end, '}'), ',' order by ch.position, ch.id), ']')
        from poll_choice ch where ch.poll_id = p.id), '}') from poll p where p.id = c.poll_id) end end, 'null')) else '' end, e'\x1f', case when c.addressing = '{}' then '[]' else (select /* Tag[] */ concat('[', string_agg(/* Tag */ concat('{"id":', t.id, ',"type":"', t.type, '","name":', to_json((t.name)::text)::text, ',"description":', coalesce(to_json((t.description)::text)::text, 'null'), ',"color":', to_json((t.color)::text)::text, ',"visible":', case when t.visible then 'true' else 'false' end, ',"visibility_boost":', case when t.visibility_boost then 'true' else 'false' end, ',"created_at":"', to_char(t.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","active":', case when t.active then 'true' else 'false' end, ',"deleted":', case when t.deleted then 'true' else 'false' end, '}'), ',' order by t.id), ']') from tag t where t.id = any(c.addressing)
      and (c.author_id is not distinct from $1::bigint or exists (select from users m
  where m.id = $1::bigint and m.status = 'a' and m.role in ('admin', 'moderator'))
        or t.active and not t.deleted and (t.visible or t.id = any(array(select t.id from tag t
  where t.id = any((select m.tag_ids from users m where m.id = $1::bigint)::bigint[]) and t.active and not t.deleted))))) end, e'\x03') as row, c.categories as ids0, sum(coalesce(octet_length(c.html), 0)) over (order by p.n) as total from p join contribution c on c.id = p.id join users u on u.id = c.author_id
  left join lateral (
    select * from relation tied where tied.member_id = $1::bigint and tied.other_id = c.author_id offset 0) v on true
  left join lateral (select * from mark own
    where own.target_id = c.id and own.kind = c.kind and own.member_id = $1::bigint offset 0) m on true cross join lateral (select c.collapsed and c.author_id is distinct from $1::bigint
    and not exists (select from users m
  where m.id = $1::bigint and m.status = 'a' and m.role in ('admin', 'moderator')) as withheld) veil) page where n = 1 or total <= 1000000
)
select (select count(*) from near)::int as count, (select count(*) from p)::int as n,
  count(*) filter (where n <= $3::bigint)::int as shown,
  string_agg(row::text, ',' order by n) filter (where n <= $3::bigint) as rows,
  max(key) filter (where n = 1) as nearest, (array_agg(key order by n desc) filter (where n <= $3::bigint))[1] as farthest,
  null::text as repeated, concat(pg_current_snapshot(), ' ', pg_postmaster_start_time(), ' ', pg_relation_filepath('pg_class'), ' ', (select xmin from public_address)) as at,
  concat('Category', (select string_agg(concat(e'\x1e', e.id, e'\x1f', e.text), '') from (select ids.id, case when category.id is not null then /* Category */ concat(e'\x02Category\x1f', category.id, e'\x1f', category.xmin, e'\x1f', case when f.member_id is not null then 'true' else 'false' end, e'\x03') end as text
    from (select distinct unnest(ids0) as id from page where n <= $3::bigint) ids
    left join lateral (select k.*, k.xmin from category k where k.id = ids.id limit 1) category on true
    left join category_follower f on f.category_id = category.id and f.member_id = $1::bigint) e), e'\x1dReaction', (select string_agg(concat(e'\x1e', e.id, e'\x1f', e.text), '') from (select r.id, /* Reaction */ concat(e'\x02Reaction\x1f', r.id, e'\x1f', r.xmin, e'\x03') as text from reaction r) e)) as tables, '' as held
from page;

-- polls, usually
-- $1 viewer, $2 now, $3 limit
with newest as materialized (
      select * from contribution where poll_id is not null order by poll_id desc limit 1000
    ), near as materialized (
      select x.id, x.poll_id from newest x join poll p on p.id = x.poll_id
      where not x.deleted and x.author_id <> $1::bigint and true
        and true and true and true
        and not p.closed and coalesce(p.expiration_at > $2::timestamptz, true)
        and not exists (select from poll_vote v where v.poll_id = p.id and v.member_id = $1::bigint)
      order by x.poll_id desc limit 100
    ), p as (
  select p.*, row_number() over () as n from (
    select * from (select x.id, x.poll_id as k0 from near x where true
      order by x.poll_id desc limit 101) few limit $3::bigint + 1
  ) p
), page as (
  select * from (select p.n, json_build_array(p.k0)::text as key, /* Status */ /* Post */ /* Discussion */ concat(e'\x02', case c.kind when 1 then case when veil.withheld then 'Status 011111 otherwise' else 'Status 011111' end when 2 then case when veil.withheld then 'Post 011111 otherwise' else 'Post 011111' end when 3 then case when veil.withheld then 'Discussion 011111 otherwise' else 'Discussion 011111' end end, e'\x1f', c.id, e'\x1f', c.xmin, '-', case when cardinality(c.medias) > 0 then (
    select string_agg(concat(x.id, ':', x.xmin, '-', e.id, ':', e.xmin), '-' order by x.id)
    from media x left join embed e on e.id = x.embedded_id where x.id = any(c.medias)) end, /* User */ e'\x1f\x02User 011111\x1f', u.id, e'\x1f', u.xmin, e'\x1f', coalesce(case v.state when 4 then '"connected"' when 1 then '"sent_connection_request"' when 2 then '"received_connection_request"' end, 'null'), e'\x03\x1f\x06categories\x1f', array_to_string(c.categories, ','), e'\x03\x1f\x06reactions\x1f', c.vote_count, ' ', c.reactions, e'\x03\x1f', case when m.reaction is not null then 'true' else 'false' end, e'\x1f', coalesce(concat(e'\x06reaction\x1f', m.reaction, e'\x03'), 'null'), e'\x1f', case when m.followed_at is not null then 'true' else 'false' end, e'\x1f', case when m.suspended_at is not null then 'true' else 'false' end, case when c.kind in (2,3) then concat(e'\x1f', coalesce(case when veil.withheld then 'null' else case when c.poll_id is not null then
      (select /* Poll */ concat('{"id":', p.id, ',"title":', to_json((p.title)::text)::text, ',"multiple_choices":', case when p.multiple_choices then 'true' else 'false' end, ',"added_at":"', to_char(p.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","modified_at":"', to_char(p.modified_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","closed":', case when p.closed or coalesce(p.expiration_at <= now(), false) then 'true' else 'false' end, ',"expiration_at":', coalesce('"' || (to_char(p.expiration_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), ',"hidden":', case when false then 'true' else 'false' end, ',"choices":', (select concat('[', string_agg(/* PollChoice */ concat('{"id":', ch.id, ',"choice":', to_json((ch.choice)::text)::text, ',"order":', ch.position, ',"added_at":"', to_char(ch.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","deleted":', case when false then 'true' else 'false' end, ',"vote_count":', ch.vote_count, ',"voted":', case when exists (select from poll_vote pv where pv.choice_id = ch.id and pv.member_id = $1::bigint) then 'true' else 'false' end, '}'), ',' order by ch.position, ch.id), ']')
        from poll_choice ch where ch.poll_id = p.id), '}') from poll p where p.id = c.poll_id) end end, 'null')) else '' end, e'\x1f', case when c.addressing = '{}' then '[]' else e'\x05' end, e'\x03') as row, c.categories as ids0, sum(coalesce(octet_length(c.html), 0)) over (order by p.n) as total from p join contribution c on c.id = p.id join users u on u.id = c.author_id
  left join lateral (
    select * from relation tied where tied.member_id = $1::bigint and tied.other_id = c.author_id offset 0) v on true
  left join lateral (select * from mark own
    where own.target_id = c.id and own.kind = c.kind and own.member_id = $1::bigint offset 0) m on true cross join lateral (select c.collapsed and c.author_id is distinct from $1::bigint
    and not exists (select from users m
  where m.id = $1::bigint and m.status = 'a' and m.role in ('admin', 'moderator')) as withheld) veil) page where n = 1 or total <= 1000000
)
select (select count(*) from near)::int as count, (select count(*) from p)::int as n,
  count(*) filter (where n <= $3::bigint)::int as shown,
  string_agg(row::text, ',' order by n) filter (where n <= $3::bigint) as rows,
  max(key) filter (where n = 1) as nearest, (array_agg(key order by n desc) filter (where n <= $3::bigint))[1] as farthest,
  null::text as repeated, concat(pg_current_snapshot(), ' ', pg_postmaster_start_time(), ' ', pg_relation_filepath('pg_class'), ' ', (select xmin from public_address)) as at,
  concat('Category', (select string_agg(concat(e'\x1e', e.id, e'\x1f', e.text), '') from (select ids.id, case when category.id is not null then /* Category */ concat(e'\x02Category\x1f', category.id, e'\x1f', category.xmin, e'\x1f', case when f.member_id is not null then 'true' else 'false' end, e'\x03') end as text
    from (select distinct unnest(ids0) as id from page where n <= $3::bigint) ids
    left join lateral (select k.*, k.xmin from category k where k.id = ids.id limit 1) category on true
    left join category_follower f on f.category_id = category.id and f.member_id = $1::bigint) e), e'\x1dReaction', (select string_agg(concat(e'\x1e', e.id, e'\x1f', e.text), '') from (select r.id, /* Reaction */ concat(e'\x02Reaction\x1f', r.id, e'\x1f', r.xmin, e'\x03') as text from reaction r) e)) as tables, concat((not exists (select h.other_id from relation h
  where h.member_id = $1::bigint and (h.hidden_place is not null or h.hidden_by))), (not exists (select from hidden_author where member_id = $1::bigint)), (not exists (select from erasure)), (not exists (select from addressed)), (not exists (select from mark h where h.member_id = $1::bigint and h.hidden))) as held
from page;

-- search
-- $1 exact, $2 pattern, $3 named, $4 viewer, $5 limit
with near as materialized (
      (select 1 as kind, category.id, case
  when category.folded_name = $1::text then 2
  when starts_with(category.folded_name, $1::text) then 1 else 0 end as score from category
        where not category.deleted and category.active and category.folded_name || ' ' || category.folded_synonyms like $2::text order by 3 desc, 2 limit 50)
      union all
      (select 0, u.id, case
  when lower(u.username) = $1::text or u.folded_real_name = $1::text then 2
  when starts_with(lower(u.username), $1::text) or starts_with(u.folded_real_name, $1::text) then 1 else 0 end from users u
        join (
          select u.id from users u where lower(u.username) = $1::text and u.status in ('a', 'b')
          union
          (select u.id from users u where u.search_rules <> 0 and grams(lower(u.username collate "C") || ' ' || u.folded_real_name) @@ ($3::text[])[1]::tsquery and lower(u.username collate "C") || ' ' || u.folded_real_name like ($3::text[])[2] and u.status in ('a', 'b') limit 1000)
        ) fits on fits.id = u.id
        where u.id not in (select h.other_id from relation h
  where h.member_id = $4::bigint and (h.hidden_place is not null or h.hidden_by))
        order by 3 desc, 2 limit 50)
    ), p as (
  select p.*, row_number() over () as n from (
    select * from (select near.score as k0, near.kind as k1, near.id as k2 from near where true
      order by near.score desc, near.kind desc, near.id desc limit 101) few limit $5::bigint + 1
  ) p
), page as (
  select p.n, json_build_array(p.k0, p.k1, p.k2)::text as key, /* Suggestion */ case p.k1 when 1 then concat('{"type":"category","score":', p.k0, /* Category */ e',"category":\x02Category\x1f', category.id, e'\x1f', category.xmin, e'\x1f', case when f.member_id is not null then 'true' else 'false' end, e'\x03}')
        else concat('{"type":"user","score":', p.k0, /* User */ e',"user":\x02User 011111\x1f', u.id, e'\x1f', u.xmin, e'\x1f', coalesce(case v.state when 4 then '"connected"' when 1 then '"sent_connection_request"' when 2 then '"received_connection_request"' end, 'null'), e'\x03}') end as row from p left join users u on p.k1 = 0 and u.id = p.k2
      left join lateral (
    select * from relation tied where tied.member_id = $4::bigint and tied.other_id = u.id offset 0) v on true
      left join category on p.k1 = 1 and category.id = p.k2 left join category_follower f on f.category_id = category.id and f.member_id = $4::bigint
)
select (select count(*) from near)::int as count, count(*)::int as n,
  count(*) filter (where n <= $5::bigint)::int as shown,
  string_agg(row::text, ',' order by n) filter (where n <= $5::bigint) as rows,
  max(key) filter (where n = 1) as nearest, max(key) filter (where n = $5::bigint) as farthest,
  null::text as repeated, concat(pg_current_snapshot(), ' ', pg_postmaster_start_time(), ' ', pg_relation_filepath('pg_class'), ' ', (select xmin from public_address)) as at,
  null::text as tables, '' as held
from page;

-- search, usually
-- $1 exact, $2 pattern, $3 named, $4 limit, $5 viewer
with near as materialized (
      (select 1 as kind, category.id, case
  when category.folded_name = $1::text then 2
  when starts_with(category.folded_name, $1::text) then 1 else 0 end as score from category
        where not category.deleted and category.active and category.folded_name || ' ' || category.folded_synonyms like $2::text order by 3 desc, 2 limit 50)
      union all
      (select 0, u.id, case
  when lower(u.username) = $1::text or u.folded_real_name = $1::text then 2
  when starts_with(lower(u.username), $1::text) or starts_with(u.folded_real_name, $1::text) then 1 else 0 end from users u
        join (
          select u.id from users u where lower(u.username) = $1::text and u.status in ('a', 'b')
          union
          (select u.id from users u where u.search_rules <> 0 and grams(lower(u.username collate "C") || ' ' || u.folded_real_name) @@ ($3::text[])[1]::tsquery and lower(u.username collate "C") || ' ' || u.folded_real_name like ($3::text[])[2] and u.status in ('a', 'b') limit 1000)
        ) fits on fits.id = u.id
        where true
        order by 3 desc, 2 limit 50)
    ), p as (
  select p.*, row_number() over () as n from (
    select * from (select near.score as k0, near.kind as k1, near.id as k2 from near where true
      order by near.score desc, near.kind desc, near.id desc limit 101) few limit $4::bigint + 1
  ) p
), page as (
  select p.n, json_build_array(p.k0, p.k1, p.k2)::text as key, /* Suggestion */ case p.k1 when 1 then concat('{"type":"category","score":', p.k0, /* Category */ e',"category":\x02Category\x1f', category.id, e'\x1f', category.xmin, e'\x1f', case when f.member_id is not null then 'true' else 'false' end, e'\x03}')
        else concat('{"type":"user","score":', p.k0, /* User */ e',"user":\x02User 011111\x1f', u.id, e'\x1f', u.xmin, e'\x1f', coalesce(case v.state when 4 then '"connected"' when 1 then '"sent_connection_request"' when 2 then '"received_connection_request"' end, 'null'), e'\x03}') end as row from p left join users u on p.k1 = 0 and u.id = p.k2
      left join lateral (
    select * from relation tied where tied.member_id = $5::bigint and tied.other_id = u.id offset 0) v on true
      left join category on p.k1 = 1 and category.id = p.k2 left join category_follower f on f.category_id = category.id and f.member_id = $5::bigint
)
select (select count(*) from near)::int as count, count(*)::int as n,
  count(*) filter (where n <= $4::bigint)::int as shown,
  string_agg(row::text, ',' order by n) filter (where n <= $4::bigint) as rows,
  max(key) filter (where n = 1) as nearest, max(key) filter (where n = $4::bigint) as farthest,
  null::text as repeated, concat(pg_current_snapshot(), ' ', pg_postmaster_start_time(), ' ', pg_relation_filepath('pg_class'), ' ', (select xmin from public_address)) as at,
  null::text as tables, concat((not exists (select h.other_id from relation h
  where h.member_id = $5::bigint and (h.hidden_place is not null or h.hidden_by)))) as held
from page;
