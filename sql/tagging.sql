-- Printed by `npm run sql`. The statements of a slice, as PostgreSQL is given them in their usual variant.

-- address made-up ones
-- $1 tag, $2 ids, $3 every
update contribution c set addressing = array[$1::bigint] from (
      select x.id, row_number() over (order by x.added_at, x.id) as n
      from contribution x join users u on u.id = x.author_id
      where x.author_id = any($2::bigint[]) and $1::bigint = any(u.tag_ids) and not x.deleted and x.addressing = '{}'
        and x.share_count = 0 and x.comment_count = 0
        and not exists (select from mark k join users m on m.id = k.member_id
          where k.target_id = x.id and k.kind = x.kind and not $1::bigint = any(m.tag_ids))
    ) one where c.id = one.id and one.n % $3::int = 1;

-- categories
-- $1 tag, $2 limit, $3 viewer
with p as (
  select p.*, row_number() over () as n from (
    select * from (select x.id, x.position as k0, x.id as k1 from category x where x.tag_ids <> '{}' and x.tag_ids @> array[$1::bigint] and not x.deleted
      order by x.position asc, x.id asc limit 101) few limit $2::bigint + 1
  ) p
), page as (
  select p.n, json_build_array(p.k0, p.k1)::text as key, /* Category */ concat(e'\x02Category\x1f', category.id, e'\x1f', category.xmin, e'\x1f', case when f.member_id is not null then 'true' else 'false' end, e'\x03') as row from p join category on category.id = p.id
        left join category_follower f on f.category_id = category.id and f.member_id = $3::bigint
)
select (select count(*) from category x where x.tag_ids <> '{}' and x.tag_ids @> array[$1::bigint] and not x.deleted)::int as count, count(*)::int as n,
  count(*) filter (where n <= $2::bigint)::int as shown,
  string_agg(row::text, ',' order by n) filter (where n <= $2::bigint) as rows,
  max(key) filter (where n = 1) as nearest, max(key) filter (where n = $2::bigint) as farthest,
  null::text as repeated, concat(pg_current_snapshot(), ' ', pg_postmaster_start_time(), ' ', pg_relation_filepath('pg_class'), ' ', (select xmin from public_address)) as at,
  null::text as tables, '' as held
from page;

-- contributions
-- $1 tag, $2 limit, $3 viewer
with p as (
  select p.*, row_number() over () as n from (
    select * from (select x.id, x.id as k0 from contribution x where x.tag_ids <> '{}' and x.tag_ids @> array[$1::bigint] and not x.deleted and not x.erased
      and true
      and not exists (select from erasure e where e.member_id = x.author_id)
      order by x.id asc limit 101) few limit $2::bigint + 1
  ) p
), page as (
  select * from (select p.n, json_build_array(p.k0)::text as key, /* Contribution */ case c.kind when 1 then /* Status */ concat(e'\x02', case when veil.withheld then 'Status 011111 otherwise' else 'Status 011111' end, e'\x1f', c.id, e'\x1f', c.xmin, '-', case when cardinality(c.medias) > 0 then (
    select string_agg(concat(x.id, ':', x.xmin, '-', e.id, ':', e.xmin), '-' order by x.id)
    from media x left join embed e on e.id = x.embedded_id where x.id = any(c.medias)) end, /* User */ e'\x1f\x02User 011111\x1f', u.id, e'\x1f', u.xmin, e'\x1f', coalesce(case v.state when 4 then '"connected"' when 1 then '"sent_connection_request"' when 2 then '"received_connection_request"' end, 'null'), e'\x03\x1f\x06categories\x1f', array_to_string(c.categories, ','), e'\x03\x1f\x06reactions\x1f', c.vote_count, ' ', c.reactions, e'\x03\x1f', case when m.reaction is not null then 'true' else 'false' end, e'\x1f', coalesce(concat(e'\x06reaction\x1f', m.reaction, e'\x03'), 'null'), e'\x1f', case when m.followed_at is not null then 'true' else 'false' end, e'\x1f', case when m.suspended_at is not null then 'true' else 'false' end, e'\x1f', case when c.addressing = '{}' then '[]' else (select /* Tag[] */ concat('[', string_agg(/* Tag */ concat('{"id":', t.id, ',"type":"', t.type, '","name":', to_json((t.name)::text)::text, ',"description":', coalesce(to_json((t.description)::text)::text, 'null'), ',"color":', to_json((t.color)::text)::text, ',"visible":', case when t.visible then 'true' else 'false' end, ',"visibility_boost":', case when t.visibility_boost then 'true' else 'false' end, ',"created_at":"', to_char(t.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","active":', case when t.active then 'true' else 'false' end, ',"deleted":', case when t.deleted then 'true' else 'false' end, '}'), ',' order by t.id), ']') from tag t where t.id = any(c.addressing)
      and (c.author_id is not distinct from $3::bigint or exists (select from users m
  where m.id = $3::bigint and m.status = 'a' and m.role in ('admin', 'moderator'))
        or t.active and not t.deleted and (t.visible or t.id = any(array(select t.id from tag t
  where t.id = any((select m.tag_ids from users m where m.id = $3::bigint)::bigint[]) and t.active and not t.deleted))))) end, e'\x03') when 2 then /* Post */ concat(e'\x02', case when veil.withheld then 'Post 011111 otherwise' else 'Post 011111' end, e'\x1f', c.id, e'\x1f', c.xmin, '-', case when cardinality(c.medias) > 0 then (
    select string_agg(concat(x.id, ':', x.xmin, '-', e.id, ':', e.xmin), '-' order by x.id)
    from media x left join embed e on e.id = x.embedded_id where x.id = any(c.medias)) end, /* User */ e'\x1f\x02User 011111\x1f', u.id, e'\x1f', u.xmin, e'\x1f', coalesce(case v.state when 4 then '"connected"' when 1 then '"sent_connection_request"' when 2 then '"received_connection_request"' end, 'null'), e'\x03\x1f\x06categories\x1f', array_to_string(c.categories, ','), e'\x03\x1f\x06reactions\x1f', c.vote_count, ' ', c.reactions, e'\x03\x1f', case when m.reaction is not null then 'true' else 'false' end, e'\x1f', coalesce(concat(e'\x06reaction\x1f', m.reaction, e'\x03'), 'null'), e'\x1f', case when m.followed_at is not null then 'true' else 'false' end, e'\x1f', case when m.suspended_at is not null then 'true' else 'false' end, e'\x1f', coalesce(case when veil.withheld then 'null' else case when c.poll_id is not null then
      (select /* Poll */ concat('{"id":', p.id, ',"title":', to_json((p.title)::text)::text, ',"multiple_choices":', case when p.multiple_choices then 'true' else 'false' end, ',"added_at":"', to_char(p.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","modified_at":"', to_char(p.modified_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","closed":', case when p.closed or coalesce(p.expiration_at <= now(), false) then 'true' else 'false' end, ',"expiration_at":', coalesce('"' || (to_char(p.expiration_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), ',"hidden":', case when false then 'true' else 'false' end, ',"choices":', (select concat('[', string_agg(/* PollChoice */ concat('{"id":', ch.id, ',"choice":', to_json((ch.choice)::text)::text, ',"order":', ch.position, ',"added_at":"', to_char(ch.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","deleted":', case when false then 'true' else 'false' end, ',"vote_count":', ch.vote_count, ',"voted":', case when exists (select from poll_vote pv where pv.choice_id = ch.id and pv.member_id = $3::bigint) then 'true' else 'false' end, '}'), ',' order by ch.position, ch.id), ']')
        from poll_choice ch where ch.poll_id = p.id), '}') from poll p where p.id = c.poll_id) end end, 'null'), e'\x1f', case when c.addressing = '{}' then '[]' else (select /* Tag[] */ concat('[', string_agg(/* Tag */ concat('{"id":', t.id, ',"type":"', t.type, '","name":', to_json((t.name)::text)::text, ',"description":', coalesce(to_json((t.description)::text)::text, 'null'), ',"color":', to_json((t.color)::text)::text, ',"visible":', case when t.visible then 'true' else 'false' end, ',"visibility_boost":', case when t.visibility_boost then 'true' else 'false' end, ',"created_at":"', to_char(t.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","active":', case when t.active then 'true' else 'false' end, ',"deleted":', case when t.deleted then 'true' else 'false' end, '}'), ',' order by t.id), ']') from tag t where t.id = any(c.addressing)
      and (c.author_id is not distinct from $3::bigint or exists (select from users m
  where m.id = $3::bigint and m.status = 'a' and m.role in ('admin', 'moderator'))
        or t.active and not t.deleted and (t.visible or t.id = any(array(select t.id from tag t
  where t.id = any((select m.tag_ids from users m where m.id = $3::bigint)::bigint[]) and t.active and not t.deleted))))) end, e'\x03') when 3 then /* Discussion */ concat(e'\x02', case when veil.withheld then 'Discussion 011111 otherwise' else 'Discussion 011111' end, e'\x1f', c.id, e'\x1f', c.xmin, '-', case when cardinality(c.medias) > 0 then (
    select string_agg(concat(x.id, ':', x.xmin, '-', e.id, ':', e.xmin), '-' order by x.id)
    from media x left join embed e on e.id = x.embedded_id where x.id = any(c.medias)) end, /* User */ e'\x1f\x02User 011111\x1f', u.id, e'\x1f', u.xmin, e'\x1f', coalesce(case v.state when 4 then '"connected"' when 1 then '"sent_connection_request"' when 2 then '"received_connection_request"' end, 'null'), e'\x03\x1f\x06categories\x1f', array_to_string(c.categories, ','), e'\x03\x1f\x06reactions\x1f', c.vote_count, ' ', c.reactions, e'\x03\x1f', case when m.reaction is not null then 'true' else 'false' end, e'\x1f', coalesce(concat(e'\x06reaction\x1f', m.reaction, e'\x03'), 'null'), e'\x1f', case when m.followed_at is not null then 'true' else 'false' end, e'\x1f', case when m.suspended_at is not null then 'true' else 'false' end, e'\x1f', coalesce(case when veil.withheld then 'null' else case when c.poll_id is not null then
      (select /* Poll */ concat('{"id":', p.id, ',"title":', to_json((p.title)::text)::text, ',"multiple_choices":', case when p.multiple_choices then 'true' else 'false' end, ',"added_at":"', to_char(p.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","modified_at":"', to_char(p.modified_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","closed":', case when p.closed or coalesce(p.expiration_at <= now(), false) then 'true' else 'false' end, ',"expiration_at":', coalesce('"' || (to_char(p.expiration_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), ',"hidden":', case when false then 'true' else 'false' end, ',"choices":', (select concat('[', string_agg(/* PollChoice */ concat('{"id":', ch.id, ',"choice":', to_json((ch.choice)::text)::text, ',"order":', ch.position, ',"added_at":"', to_char(ch.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","deleted":', case when false then 'true' else 'false' end, ',"vote_count":', ch.vote_count, ',"voted":', case when exists (select from poll_vote pv where pv.choice_id = ch.id and pv.member_id = $3::bigint) then 'true' else 'false' end, '}'), ',' order by ch.position, ch.id), ']')
        from poll_choice ch where ch.poll_id = p.id), '}') from poll p where p.id = c.poll_id) end end, 'null'), e'\x1f', case when c.addressing = '{}' then '[]' else (select /* Tag[] */ concat('[', string_agg(/* Tag */ concat('{"id":', t.id, ',"type":"', t.type, '","name":', to_json((t.name)::text)::text, ',"description":', coalesce(to_json((t.description)::text)::text, 'null'), ',"color":', to_json((t.color)::text)::text, ',"visible":', case when t.visible then 'true' else 'false' end, ',"visibility_boost":', case when t.visibility_boost then 'true' else 'false' end, ',"created_at":"', to_char(t.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","active":', case when t.active then 'true' else 'false' end, ',"deleted":', case when t.deleted then 'true' else 'false' end, '}'), ',' order by t.id), ']') from tag t where t.id = any(c.addressing)
      and (c.author_id is not distinct from $3::bigint or exists (select from users m
  where m.id = $3::bigint and m.status = 'a' and m.role in ('admin', 'moderator'))
        or t.active and not t.deleted and (t.visible or t.id = any(array(select t.id from tag t
  where t.id = any((select m.tag_ids from users m where m.id = $3::bigint)::bigint[]) and t.active and not t.deleted))))) end, e'\x03') end as row, c.categories as ids0, sum(coalesce(octet_length(c.html), 0)) over (order by p.n) as total from p join contribution c on c.id = p.id join users u on u.id = c.author_id
  left join lateral (
    select * from relation tied where tied.member_id = $3::bigint and tied.other_id = c.author_id offset 0) v on true
  left join lateral (select * from mark own
    where own.target_id = c.id and own.kind = c.kind and own.member_id = $3::bigint offset 0) m on true cross join lateral (select c.collapsed and c.author_id is distinct from $3::bigint
    and not exists (select from users m
  where m.id = $3::bigint and m.status = 'a' and m.role in ('admin', 'moderator')) as withheld) veil) page where n = 1 or total <= 1000000
)
select (select count(*) from contribution x where x.tag_ids <> '{}' and x.tag_ids @> array[$1::bigint] and not x.deleted and not x.erased
      and true
      and not exists (select from erasure e where e.member_id = x.author_id))::int as count, (select count(*) from p)::int as n,
  count(*) filter (where n <= $2::bigint)::int as shown,
  string_agg(row::text, ',' order by n) filter (where n <= $2::bigint) as rows,
  max(key) filter (where n = 1) as nearest, (array_agg(key order by n desc) filter (where n <= $2::bigint))[1] as farthest,
  null::text as repeated, concat(pg_current_snapshot(), ' ', pg_postmaster_start_time(), ' ', pg_relation_filepath('pg_class'), ' ', (select xmin from public_address)) as at,
  concat('Category', (select string_agg(concat(e'\x1e', e.id, e'\x1f', e.text), '') from (select ids.id, case when category.id is not null then /* Category */ concat(e'\x02Category\x1f', category.id, e'\x1f', category.xmin, e'\x1f', case when f.member_id is not null then 'true' else 'false' end, e'\x03') end as text
    from (select distinct unnest(ids0) as id from page where n <= $2::bigint) ids
    left join lateral (select k.*, k.xmin from category k where k.id = ids.id limit 1) category on true
    left join category_follower f on f.category_id = category.id and f.member_id = $3::bigint) e), e'\x1dReaction', (select string_agg(concat(e'\x1e', e.id, e'\x1f', e.text), '') from (select r.id, /* Reaction */ concat(e'\x02Reaction\x1f', r.id, e'\x1f', r.xmin, e'\x03') as text from reaction r) e)) as tables, '' as held
from page;

-- contributions, usually
-- $1 tag, $2 limit, $3 viewer
with p as (
  select p.*, row_number() over () as n from (
    select * from (select x.id, x.id as k0 from contribution x where x.tag_ids <> '{}' and x.tag_ids @> array[$1::bigint] and not x.deleted and not x.erased
      and true
      and not exists (select from erasure e where e.member_id = x.author_id)
      order by x.id asc limit 101) few limit $2::bigint + 1
  ) p
), page as (
  select * from (select p.n, json_build_array(p.k0)::text as key, /* Contribution */ case c.kind when 1 then /* Status */ concat(e'\x02', case when veil.withheld then 'Status 011111 otherwise' else 'Status 011111' end, e'\x1f', c.id, e'\x1f', c.xmin, '-', case when cardinality(c.medias) > 0 then (
    select string_agg(concat(x.id, ':', x.xmin, '-', e.id, ':', e.xmin), '-' order by x.id)
    from media x left join embed e on e.id = x.embedded_id where x.id = any(c.medias)) end, /* User */ e'\x1f\x02User 011111\x1f', u.id, e'\x1f', u.xmin, e'\x1f', coalesce(case v.state when 4 then '"connected"' when 1 then '"sent_connection_request"' when 2 then '"received_connection_request"' end, 'null'), e'\x03\x1f\x06categories\x1f', array_to_string(c.categories, ','), e'\x03\x1f\x06reactions\x1f', c.vote_count, ' ', c.reactions, e'\x03\x1f', case when m.reaction is not null then 'true' else 'false' end, e'\x1f', coalesce(concat(e'\x06reaction\x1f', m.reaction, e'\x03'), 'null'), e'\x1f', case when m.followed_at is not null then 'true' else 'false' end, e'\x1f', case when m.suspended_at is not null then 'true' else 'false' end, e'\x1f', case when c.addressing = '{}' then '[]' else e'\x05' end, e'\x03') when 2 then /* Post */ concat(e'\x02', case when veil.withheld then 'Post 011111 otherwise' else 'Post 011111' end, e'\x1f', c.id, e'\x1f', c.xmin, '-', case when cardinality(c.medias) > 0 then (
    select string_agg(concat(x.id, ':', x.xmin, '-', e.id, ':', e.xmin), '-' order by x.id)
    from media x left join embed e on e.id = x.embedded_id where x.id = any(c.medias)) end, /* User */ e'\x1f\x02User 011111\x1f', u.id, e'\x1f', u.xmin, e'\x1f', coalesce(case v.state when 4 then '"connected"' when 1 then '"sent_connection_request"' when 2 then '"received_connection_request"' end, 'null'), e'\x03\x1f\x06categories\x1f', array_to_string(c.categories, ','), e'\x03\x1f\x06reactions\x1f', c.vote_count, ' ', c.reactions, e'\x03\x1f', case when m.reaction is not null then 'true' else 'false' end, e'\x1f', coalesce(concat(e'\x06reaction\x1f', m.reaction, e'\x03'), 'null'), e'\x1f', case when m.followed_at is not null then 'true' else 'false' end, e'\x1f', case when m.suspended_at is not null then 'true' else 'false' end, e'\x1f', coalesce(case when veil.withheld then 'null' else case when c.poll_id is not null then
      (select /* Poll */ concat('{"id":', p.id, ',"title":', to_json((p.title)::text)::text, ',"multiple_choices":', case when p.multiple_choices then 'true' else 'false' end, ',"added_at":"', to_char(p.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","modified_at":"', to_char(p.modified_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","closed":', case when p.closed or coalesce(p.expiration_at <= now(), false) then 'true' else 'false' end, ',"expiration_at":', coalesce('"' || (to_char(p.expiration_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), ',"hidden":', case when false then 'true' else 'false' end, ',"choices":', (select concat('[', string_agg(/* PollChoice */ concat('{"id":', ch.id, ',"choice":', to_json((ch.choice)::text)::text, ',"order":', ch.position, ',"added_at":"', to_char(ch.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","deleted":', case when false then 'true' else 'false' end, ',"vote_count":', ch.vote_count, ',"voted":', case when exists (select from poll_vote pv where pv.choice_id = ch.id and pv.member_id = $3::bigint) then 'true' else 'false' end, '}'), ',' order by ch.position, ch.id), ']')
        from poll_choice ch where ch.poll_id = p.id), '}') from poll p where p.id = c.poll_id) end end, 'null'), e'\x1f', case when c.addressing = '{}' then '[]' else e'\x05' end, e'\x03') when 3 then /* Discussion */ concat(e'\x02', case when veil.withheld then 'Discussion 011111 otherwise' else 'Discussion 011111' end, e'\x1f', c.id, e'\x1f', c.xmin, '-', case when cardinality(c.medias) > 0 then (
    select string_agg(concat(x.id, ':', x.xmin, '-', e.id, ':', e.xmin), '-' order by x.id)
    from media x left join embed e on e.id = x.embedded_id where x.id = any(c.medias)) end, /* User */ e'\x1f\x02User 011111\x1f', u.id, e'\x1f', u.xmin, e'\x1f', coalesce(case v.state when 4 then '"connected"' when 1 then '"sent_connection_request"' when 2 then '"received_connection_request"' end, 'null'), e'\x03\x1f\x06categories\x1f', array_to_string(c.categories, ','), e'\x03\x1f\x06reactions\x1f', c.vote_count, ' ', c.reactions, e'\x03\x1f', case when m.reaction is not null then 'true' else 'false' end, e'\x1f', coalesce(concat(e'\x06reaction\x1f', m.reaction, e'\x03'), 'null'), e'\x1f', case when m.followed_at is not null then 'true' else 'false' end, e'\x1f', case when m.suspended_at is not null then 'true' else 'false' end, e'\x1f', coalesce(case when veil.withheld then 'null' else case when c.poll_id is not null then
      (select /* Poll */ concat('{"id":', p.id, ',"title":', to_json((p.title)::text)::text, ',"multiple_choices":', case when p.multiple_choices then 'true' else 'false' end, ',"added_at":"', to_char(p.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","modified_at":"', to_char(p.modified_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","closed":', case when p.closed or coalesce(p.expiration_at <= now(), false) then 'true' else 'false' end, ',"expiration_at":', coalesce('"' || (to_char(p.expiration_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), ',"hidden":', case when false then 'true' else 'false' end, ',"choices":', (select concat('[', string_agg(/* PollChoice */ concat('{"id":', ch.id, ',"choice":', to_json((ch.choice)::text)::text, ',"order":', ch.position, ',"added_at":"', to_char(ch.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","deleted":', case when false then 'true' else 'false' end, ',"vote_count":', ch.vote_count, ',"voted":', case when exists (select from poll_vote pv where pv.choice_id = ch.id and pv.member_id = $3::bigint) then 'true' else 'false' end, '}'), ',' order by ch.position, ch.id), ']')
        from poll_choice ch where ch.poll_id = p.id), '}') from poll p where p.id = c.poll_id) end end, 'null'), e'\x1f', case when c.addressing = '{}' then '[]' else e'\x05' end, e'\x03') end as row, c.categories as ids0, sum(coalesce(octet_length(c.html), 0)) over (order by p.n) as total from p join contribution c on c.id = p.id join users u on u.id = c.author_id
  left join lateral (
    select * from relation tied where tied.member_id = $3::bigint and tied.other_id = c.author_id offset 0) v on true
  left join lateral (select * from mark own
    where own.target_id = c.id and own.kind = c.kind and own.member_id = $3::bigint offset 0) m on true cross join lateral (select c.collapsed and c.author_id is distinct from $3::bigint
    and not exists (select from users m
  where m.id = $3::bigint and m.status = 'a' and m.role in ('admin', 'moderator')) as withheld) veil) page where n = 1 or total <= 1000000
)
select (select count(*) from contribution x where x.tag_ids <> '{}' and x.tag_ids @> array[$1::bigint] and not x.deleted and not x.erased
      and true
      and not exists (select from erasure e where e.member_id = x.author_id))::int as count, (select count(*) from p)::int as n,
  count(*) filter (where n <= $2::bigint)::int as shown,
  string_agg(row::text, ',' order by n) filter (where n <= $2::bigint) as rows,
  max(key) filter (where n = 1) as nearest, (array_agg(key order by n desc) filter (where n <= $2::bigint))[1] as farthest,
  null::text as repeated, concat(pg_current_snapshot(), ' ', pg_postmaster_start_time(), ' ', pg_relation_filepath('pg_class'), ' ', (select xmin from public_address)) as at,
  concat('Category', (select string_agg(concat(e'\x1e', e.id, e'\x1f', e.text), '') from (select ids.id, case when category.id is not null then /* Category */ concat(e'\x02Category\x1f', category.id, e'\x1f', category.xmin, e'\x1f', case when f.member_id is not null then 'true' else 'false' end, e'\x03') end as text
    from (select distinct unnest(ids0) as id from page where n <= $2::bigint) ids
    left join lateral (select k.*, k.xmin from category k where k.id = ids.id limit 1) category on true
    left join category_follower f on f.category_id = category.id and f.member_id = $3::bigint) e), e'\x1dReaction', (select string_agg(concat(e'\x1e', e.id, e'\x1f', e.text), '') from (select r.id, /* Reaction */ concat(e'\x02Reaction\x1f', r.id, e'\x1f', r.xmin, e'\x03') as text from reaction r) e)) as tables, concat((not exists (select from addressed))) as held
from page;

-- find a tag
-- $1 type, $2 id, $3 name
select id from tag where type = $1::text and ($2::bigint is null or id = $2::bigint)
    and ($3::text is null or name_key(name) = name_key($3::text) and not deleted);

-- give made-up members a tag to address by
-- $1 tag, $2 ids, $3 staff, $4 most
update users u set tag_ids = u.tag_ids || $1::bigint from (
      select id from users where id = any($2::bigint[]) and ($3::bigint[] is null or id = any($3::bigint[]))
      order by statuses + posts + discussions desc, id limit $4::int
    ) one where u.id = one.id and not $1::bigint = any(u.tag_ids);

-- lock a tag
-- $1 id
select type, active and not deleted as usable from tag where id = $1::bigint for share;

-- lock what is tagged
-- $1 tag, $2 id
select tag_ids @> array[$1::bigint] as has, cardinality(tag_ids) as n,
      0 as kind
    from users where id = $2::bigint and status in ('a', 'b') for no key update;

-- make up a tag to address by
-- $1 tag, $2 now
with there as (
      select id from tag where type = 'user' and name_key(name) = name_key($1::json ->> 'name') and not deleted
    ), made as (
      insert into tag (type, name, color, folded_name, sort_name, created_at, search_rules)
      select 'user', name, color, folded_name, sort_name, $2::timestamptz, 1 from json_populate_record(null::tag, $1::json)
      where not exists (select from there) returning id
    ) select id from there union all select id from made;

-- members
-- $1 tag, $2 limit, $3 viewer
with p as (
  select p.*, row_number() over () as n from (
    select * from (select x.id, x.id as k0 from users x where x.tag_ids <> '{}' and x.tag_ids @> array[$1::bigint] and x.status in ('a', 'b')
      order by x.id asc limit 101) few limit $2::bigint + 1
  ) p
), page as (
  select p.n, json_build_array(p.k0)::text as key, /* User */ concat(e'\x02User 011111\x1f', u.id, e'\x1f', u.xmin, e'\x1f', coalesce(case v.state when 4 then '"connected"' when 1 then '"sent_connection_request"' when 2 then '"received_connection_request"' end, 'null'), e'\x03') as row from p join users u on u.id = p.id left join lateral (
    select * from relation tied where tied.member_id = $3::bigint and tied.other_id = u.id offset 0) v on true
)
select (select count(*) from users x where x.tag_ids <> '{}' and x.tag_ids @> array[$1::bigint] and x.status in ('a', 'b'))::int as count, count(*)::int as n,
  count(*) filter (where n <= $2::bigint)::int as shown,
  string_agg(row::text, ',' order by n) filter (where n <= $2::bigint) as rows,
  max(key) filter (where n = 1) as nearest, max(key) filter (where n = $2::bigint) as farthest,
  null::text as repeated, concat(pg_current_snapshot(), ' ', pg_postmaster_start_time(), ' ', pg_relation_filepath('pg_class'), ' ', (select xmin from public_address)) as at,
  null::text as tables, '' as held
from page;

-- of a category
-- $1 tag, $2 now, $3 id, $4 actor
with category as (
      update category set tag_ids = tag_ids || $1::bigint, lastmod_datetime = $2::timestamptz where id = $3::bigint returning *
    )
    insert into event (id, type, created, body, txid, audience)
  select event_id, type, $2::timestamptz, concat('{"event_id":', event_id, ',"type":"', type, '","created":',
      extract(epoch from $2::timestamptz::timestamptz), ',"data":', data, '}')::json, txid,
    (select version from webhook_listening where type = any(types))
  from (select pg_current_xact_id() as txid,
      case when (select check_event_source()) then nextval('event_id') end as event_id, type, data
    from (select 'category.updated' as type, /* WebhookCategoryAct */ concat(/* WebhookCategory */ '{"category":{"id":', category.id, ',"tags":', case when category.tag_ids = '{}' then '[]' else (
    select /* Tag[] */ concat('[', string_agg(/* Tag */ concat('{"id":', t.id, ',"type":"', t.type, '","name":', to_json((t.name)::text)::text, ',"description":', coalesce(to_json((t.description)::text)::text, 'null'), ',"color":', to_json((t.color)::text)::text, ',"visible":', case when t.visible then 'true' else 'false' end, ',"visibility_boost":', case when t.visibility_boost then 'true' else 'false' end, ',"created_at":"', to_char(t.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","active":', case when t.active then 'true' else 'false' end, ',"deleted":', case when t.deleted then 'true' else 'false' end, '}'), ',' order by t.id), ']') from tag t
    where t.id = any(category.tag_ids) and t.active and not t.deleted and t.visible) end, ',"followed":', case when f.member_id is not null then 'true' else 'false' end, ',', replace(category.shown_json, e'\x04', public_base()), ',"followers_counter":', category.followers, /* WebhookUser */ '},"user":{', replace(replace(replace(replace(u.profile_json,
    case when cardinality(u.tag_ids) > 0 then '"tags":[]' else '' end, concat('"tags":', case when u.tag_ids = '{}' then '[]' else (
    select /* Tag[] */ concat('[', string_agg(/* Tag */ concat('{"id":', t.id, ',"type":"', t.type, '","name":', to_json((t.name)::text)::text, ',"description":', coalesce(to_json((t.description)::text)::text, 'null'), ',"color":', to_json((t.color)::text)::text, ',"visible":', case when t.visible then 'true' else 'false' end, ',"visibility_boost":', case when t.visibility_boost then 'true' else 'false' end, ',"created_at":"', to_char(t.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","active":', case when t.active then 'true' else 'false' end, ',"deleted":', case when t.deleted then 'true' else 'false' end, '}'), ',' order by t.id), ']') from tag t
    where t.id = any(u.tag_ids) and t.active and not t.deleted and t.visible) end)),
    case when u.avatar is null then '"avatar":null' when u.avatar like '/%' then '"avatar":"/' else '' end,
    concat(e'"avatar":"\x04', case when u.avatar is null then concat('/api/v2/avatar/', u.id, '"') else '/' end)),
    case when u.cover like '/%' then '"cover":"/' else '' end, concat(e'"cover":"\x04/')),
    e'\x04', (select base from public_address)), ',"email":', coalesce(to_json((u.email)::text)::text, 'null'), ',"email_isvalid":', case when u.email_isvalid then 'true' else 'false' end, ',"followings_counter":', u.followings, ',"followers_counter":', u.followers, ',"connection_requests_sent_counter":', u.requests_sent, ',"connection_requests_received_counter":', u.requests_received, ',"connections_counter":', u.connections, ',"posts_counter":', u.posts, ',"discussions_counter":', u.discussions, ',"statuses_counter":', u.statuses, ',"polls_counter":', u.polls, '},"added_at":"', to_char(t.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '"}') as data from category join users u on u.id = $4::bigint
       cross join lateral (select category.created_at as added_at) t
       left join category_follower f on f.category_id = category.id and f.member_id = u.id) emitted offset 0) numbered;

-- of a contribution
-- $1 tag, $2 id, $3 now
with c as (
      update contribution set tag_ids = tag_ids || $1::bigint where id = $2::bigint returning *
    ), author as (
      select * from users where id = (select author_id from c)
    )
    insert into event (id, type, created, body, txid, audience)
  select event_id, type, $3::timestamptz, concat('{"event_id":', event_id, ',"type":"', type, '","created":',
      extract(epoch from $3::timestamptz::timestamptz), ',"data":', data, '}')::json, txid,
    (select version from webhook_listening where type = any(types))
  from (select pg_current_xact_id() as txid,
      case when (select check_event_source()) then nextval('event_id') end as event_id, type, data
    from (select 'status.updated' as type, /* WebhookStatus */ concat('{"id":', c.id, ',"categories":', case when c.categories = '{}' then '[]' else (select concat('[', string_agg(/* WebhookCategory */ concat('{"id":', category.id, ',"tags":', case when category.tag_ids = '{}' then '[]' else (
    select /* Tag[] */ concat('[', string_agg(/* Tag */ concat('{"id":', t.id, ',"type":"', t.type, '","name":', to_json((t.name)::text)::text, ',"description":', coalesce(to_json((t.description)::text)::text, 'null'), ',"color":', to_json((t.color)::text)::text, ',"visible":', case when t.visible then 'true' else 'false' end, ',"visibility_boost":', case when t.visibility_boost then 'true' else 'false' end, ',"created_at":"', to_char(t.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","active":', case when t.active then 'true' else 'false' end, ',"deleted":', case when t.deleted then 'true' else 'false' end, '}'), ',' order by t.id), ']') from tag t
    where t.id = any(category.tag_ids) and t.active and not t.deleted and t.visible) end, ',"followed":', case when f.member_id is not null then 'true' else 'false' end, ',', replace(category.shown_json, e'\x04', public_base()), ',"followers_counter":', category.followers, '}'), ',' order by named.nth), ']')
    from unnest(c.categories) with ordinality named(id, nth)
    cross join lateral (select k.*, k.xmin from category k where k.id = named.id limit 1) category
    left join category_follower f on f.category_id = category.id and f.member_id = c.author_id) end, ',"medias":', case when c.medias = '{}' then '[]' else (select concat('[', string_agg(/* WebhookMedia */ concat('{"id":', media.id, ',"added_at":"', to_char(media.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","type":"', media.type, '","title":', to_json((media.title)::text)::text, ',"description":', to_json((media.description)::text)::text, ',"url":', to_json((coalesce(case when media.url like '/%' then concat(public_base(), media.url) else media.url end, ''))::text)::text, ',"image":', to_json((coalesce(case when media.image like '/%' then concat(public_base(), media.image) else media.image end, ''))::text)::text, ',"image_width":', coalesce(media.image_width, 0), ',"image_height":', coalesce(media.image_height, 0), ',"order":', n.nth - 1, ',"embed":', coalesce(case when media.embedded_id is not null then (select /* Embed */ concat('{"id":', e.id, ',"embed_type":', to_json((e.embed_type)::text)::text, ',"embed_id":', to_json((e.embed_id)::text)::text, ',"url":', coalesce(to_json((e.url)::text)::text, 'null'), ',"metadata":', e.metadata::text, '}') from embed e where e.id = media.embedded_id)
      when media.embed_type is null then 'null' else concat('{"id":null,"embed_type":"', media.embed_type,
      '","embed_id":', to_json(media.embed_id), ',"url":', coalesce(to_json(media.url)::text, 'null'),
      ',"metadata":', replace(media.metadata::text, '"url":"/files/', concat('"url":"', public_base(), '/files/')), '}') end, 'null'), '}'), ',' order by n.nth), ']')
    from unnest(c.medias) with ordinality n(id, nth) join media on media.id = n.id) end, ',"location":', coalesce(case when c.location is null then 'null' else json_build_object('location', c.location, 'lat', c.lat, 'lng', c.lng)::text end, 'null'), ',"last_activity_at":"', to_char(c.last_activity_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","last_edited_at":', coalesce('"' || (to_char(c.last_edited_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), ',"author":', (select /* WebhookAuthor */ concat('{', replace(replace(replace(replace(replace(u.profile_json,
    case when cardinality(u.tag_ids) > 0 then '"tags":[]' else '' end, concat('"tags":', case when u.tag_ids = '{}' then '[]' else (
    select /* Tag[] */ concat('[', string_agg(/* Tag */ concat('{"id":', t.id, ',"type":"', t.type, '","name":', to_json((t.name)::text)::text, ',"description":', coalesce(to_json((t.description)::text)::text, 'null'), ',"color":', to_json((t.color)::text)::text, ',"visible":', case when t.visible then 'true' else 'false' end, ',"visibility_boost":', case when t.visibility_boost then 'true' else 'false' end, ',"created_at":"', to_char(t.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","active":', case when t.active then 'true' else 'false' end, ',"deleted":', case when t.deleted then 'true' else 'false' end, '}'), ',' order by t.id), ']') from tag t
    where t.id = any(u.tag_ids) and t.active and not t.deleted and t.visible) end)),
    case when u.avatar is null then '"avatar":null' when u.avatar like '/%' then '"avatar":"/' else '' end,
    concat(e'"avatar":"\x04', case when u.avatar is null then concat('/api/v2/avatar/', u.id, '"') else '/' end)),
    case when u.cover like '/%' then '"cover":"/' else '' end, concat(e'"cover":"\x04/')),
    e'\x04', (select base from public_address)), concat('"status":"', case u.status when 'w' then 'a' else u.status::text end, '",'), ''), ',"followings_counter":', u.followings, ',"followers_counter":', u.followers, ',"connection_requests_sent_counter":', u.requests_sent, ',"connection_requests_received_counter":', u.requests_received, ',"connections_counter":', u.connections, ',"posts_counter":', u.posts, ',"discussions_counter":', u.discussions, ',"statuses_counter":', u.statuses, ',"polls_counter":', u.polls, '}') from author u), ',"added_at":"', to_char(c.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","html":', to_json((c.html)::text)::text, ',"summary":', to_json((c.summary)::text)::text, ',"deleted":', case when c.deleted then 'true' else 'false' end, ',"collapsed":', case when c.collapsed then 'true' else 'false' end, ',"comment_count":', c.comment_count, ',"vote_count":', c.vote_count, ',"flag_count":', c.flag_count, ',"share_count":', c.share_count, ',"addressing":', array_to_json(c.addressing)::text, ',"tags":', case when c.tag_ids = '{}' then '[]' else (
    select /* Tag[] */ concat('[', string_agg(/* Tag */ concat('{"id":', t.id, ',"type":"', t.type, '","name":', to_json((t.name)::text)::text, ',"description":', coalesce(to_json((t.description)::text)::text, 'null'), ',"color":', to_json((t.color)::text)::text, ',"visible":', case when t.visible then 'true' else 'false' end, ',"visibility_boost":', case when t.visibility_boost then 'true' else 'false' end, ',"created_at":"', to_char(t.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","active":', case when t.active then 'true' else 'false' end, ',"deleted":', case when t.deleted then 'true' else 'false' end, '}'), ',' order by t.id), ']') from tag t
    where t.id = any(c.tag_ids) and t.active and not t.deleted and t.visible) end, '}') as data from c) emitted offset 0) numbered;

-- of a member
-- $1 tag, $2 id, $3 now
with u as (
      update users set tag_ids = tag_ids || $1::bigint where id = $2::bigint returning *
    )
    insert into event (id, type, created, body, txid, audience)
  select event_id, type, $3::timestamptz, concat('{"event_id":', event_id, ',"type":"', type, '","created":',
      extract(epoch from $3::timestamptz::timestamptz), ',"data":', data, '}')::json, txid,
    (select version from webhook_listening where type = any(types))
  from (select pg_current_xact_id() as txid,
      case when (select check_event_source()) then nextval('event_id') end as event_id, type, data
    from (select 'user.updated' as type, /* WebhookUser */ concat('{', replace(replace(replace(replace(u.profile_json,
    case when cardinality(u.tag_ids) > 0 then '"tags":[]' else '' end, concat('"tags":', case when u.tag_ids = '{}' then '[]' else (
    select /* Tag[] */ concat('[', string_agg(/* Tag */ concat('{"id":', t.id, ',"type":"', t.type, '","name":', to_json((t.name)::text)::text, ',"description":', coalesce(to_json((t.description)::text)::text, 'null'), ',"color":', to_json((t.color)::text)::text, ',"visible":', case when t.visible then 'true' else 'false' end, ',"visibility_boost":', case when t.visibility_boost then 'true' else 'false' end, ',"created_at":"', to_char(t.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","active":', case when t.active then 'true' else 'false' end, ',"deleted":', case when t.deleted then 'true' else 'false' end, '}'), ',' order by t.id), ']') from tag t
    where t.id = any(u.tag_ids) and t.active and not t.deleted and t.visible) end)),
    case when u.avatar is null then '"avatar":null' when u.avatar like '/%' then '"avatar":"/' else '' end,
    concat(e'"avatar":"\x04', case when u.avatar is null then concat('/api/v2/avatar/', u.id, '"') else '/' end)),
    case when u.cover like '/%' then '"cover":"/' else '' end, concat(e'"cover":"\x04/')),
    e'\x04', (select base from public_address)), ',"email":', coalesce(to_json((u.email)::text)::text, 'null'), ',"email_isvalid":', case when u.email_isvalid then 'true' else 'false' end, ',"followings_counter":', u.followings, ',"followers_counter":', u.followers, ',"connection_requests_sent_counter":', u.requests_sent, ',"connection_requests_received_counter":', u.requests_received, ',"connections_counter":', u.connections, ',"posts_counter":', u.posts, ',"discussions_counter":', u.discussions, ',"statuses_counter":', u.statuses, ',"polls_counter":', u.polls, '}') as data from u) emitted offset 0) numbered;
