-- Printed by `npm run sql`. The statements of a slice, as PostgreSQL is given them in their usual variant.

-- all
-- $1 viewer, $2 limit
with unseen as materialized (select other_id from relation where member_id = $1::bigint and (hidden_place is not null or hidden_by) and (hidden_place is not null or not exists (select from users m
  where m.id = $1::bigint and m.status = 'a' and m.role in ('admin', 'moderator')))
  union all select author_id from hidden_author where member_id = $1::bigint
  union all select member_id from erasure), p as (
  select p.*, row_number() over () as n from (
    select * from (select k0, k1 from (select * from (select * from (select x.added_at as k0, x.id as k1 from contribution x where not x.deleted and x.addressing = '{}' and x.kind = 1 and x.author_id not in (select other_id from unseen) and not ((select exists (select from mark h where h.member_id = $1::bigint and h.hidden))
    and coalesce((select true from mark h where h.target_id = x.id and h.member_id = $1::bigint and h.kind = x.kind and h.hidden), false))
    order by x.added_at asc, x.id asc limit 101) few limit $2::bigint + 1) o union all select * from (select a.k0, a.k1 from unnest((case when exists (select from users m
  where m.id = $1::bigint and m.status = 'a' and m.role in ('admin', 'moderator')) then '{0}'::bigint[] else array(select t.id from tag t
  where t.id = any((select m.tag_ids from users m where m.id = $1::bigint)::bigint[]) and t.active and not t.deleted) || -$1::bigint::bigint end)) circle (id)
      cross join unnest('{1}'::smallint[]) wanted (kind)
      cross join lateral (select * from (select x.added_at as k0, x.contribution_id as k1 from addressed_feed x where x.place = 0 and x.reader = circle.id and x.kind = wanted.kind and x.author_id not in (select other_id from unseen) and not ((select exists (select from mark h where h.member_id = $1::bigint and h.hidden))
    and coalesce((select true from mark h where h.target_id = x.contribution_id and h.member_id = $1::bigint and h.kind = x.kind and h.hidden), false))
    order by x.added_at asc, x.contribution_id asc limit 101) few limit $2::bigint + 1) a group by a.k0, a.k1) a) m order by k0 asc, k1 asc limit 101) few limit $2::bigint + 1
  ) p
), page as (
  select * from (select p.n, json_build_array(p.k0, p.k1)::text as key, /* Status */ concat(e'\x02', case when veil.withheld then 'Status 011111 otherwise' else 'Status 011111' end, e'\x1f', c.id, e'\x1f', c.xmin, '-', case when cardinality(c.medias) > 0 then (
    select string_agg(concat(x.id, ':', x.xmin, '-', e.id, ':', e.xmin), '-' order by x.id)
    from media x left join embed e on e.id = x.embedded_id where x.id = any(c.medias)) end, /* User */ e'\x1f\x02User 011111\x1f', u.id, e'\x1f', u.xmin, e'\x1f', coalesce(case v.state when 4 then '"connected"' when 1 then '"sent_connection_request"' when 2 then '"received_connection_request"' end, 'null'), e'\x03\x1f\x06categories\x1f', array_to_string(c.categories, ','), e'\x03\x1f\x06reactions\x1f', c.vote_count, ' ', c.reactions, e'\x03\x1f', case when m.reaction is not null then 'true' else 'false' end, e'\x1f', coalesce(concat(e'\x06reaction\x1f', m.reaction, e'\x03'), 'null'), e'\x1f', case when m.followed_at is not null then 'true' else 'false' end, e'\x1f', case when m.suspended_at is not null then 'true' else 'false' end, e'\x1f', case when c.addressing = '{}' then '[]' else (select /* Tag[] */ concat('[', string_agg(/* Tag */ concat('{"id":', t.id, ',"type":"', t.type, '","name":', to_json((t.name)::text)::text, ',"description":', coalesce(to_json((t.description)::text)::text, 'null'), ',"color":', to_json((t.color)::text)::text, ',"visible":', case when t.visible then 'true' else 'false' end, ',"visibility_boost":', case when t.visibility_boost then 'true' else 'false' end, ',"created_at":"', to_char(t.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","active":', case when t.active then 'true' else 'false' end, ',"deleted":', case when t.deleted then 'true' else 'false' end, '}'), ',' order by t.id), ']') from tag t where t.id = any(c.addressing)
      and (c.author_id is not distinct from $1::bigint or exists (select from users m
  where m.id = $1::bigint and m.status = 'a' and m.role in ('admin', 'moderator'))
        or t.active and not t.deleted and (t.visible or t.id = any(array(select t.id from tag t
  where t.id = any((select m.tag_ids from users m where m.id = $1::bigint)::bigint[]) and t.active and not t.deleted))))) end, e'\x03') as row, c.categories as ids0, sum(coalesce(octet_length(c.html), 0)) over (order by p.n) as total from p join contribution c on c.id = p.k1 join users u on u.id = c.author_id
  left join lateral (
    select * from relation tied where tied.member_id = $1::bigint and tied.other_id = c.author_id offset 0) v on true
  left join lateral (select * from mark own
    where own.target_id = c.id and own.kind = c.kind and own.member_id = $1::bigint offset 0) m on true cross join lateral (select c.collapsed and c.author_id is distinct from $1::bigint
    and not exists (select from users m
  where m.id = $1::bigint and m.status = 'a' and m.role in ('admin', 'moderator')) as withheld) veil) page where n = 1 or total <= 1000000
)
select (select (select sum(n) from contribution_total where kind = 1) - ((select coalesce(sum(statuses), 0) from users where id in (select other_id from unseen)) + ((select coalesce(sum(t.n), 0) from addressed_total t
      where t.place = 0 and t.kind = 1 and (not t.tags && array(select t.id from tag t
  where t.id = any((select m.tag_ids from users m where m.id = $1::bigint)::bigint[]) and t.active and not t.deleted) and not exists (select from users m
  where m.id = $1::bigint and m.status = 'a' and m.role in ('admin', 'moderator'))))
    - (select count(*) from addressed a where a.author_id in (select other_id from unseen union all select $1::bigint::bigint)
      and a.kind = 1
      and (not a.tags && array(select t.id from tag t
  where t.id = any((select m.tag_ids from users m where m.id = $1::bigint)::bigint[]) and t.active and not t.deleted) and not exists (select from users m
  where m.id = $1::bigint and m.status = 'a' and m.role in ('admin', 'moderator'))))) + (select count(*) from mark h
      join contribution c on c.id = h.target_id and c.kind = h.kind and not c.deleted
    where h.member_id = $1::bigint and h.hidden and h.kind = 1  and c.author_id not in (select other_id from unseen) and (c.addressing = '{}' or not (c.author_id is distinct from $1::bigint and (not c.addressing && array(select t.id from tag t
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

-- all, usually
-- $1 limit, $2 viewer
with unseen as materialized (select 0::bigint as other_id where false), p as (
  select p.*, row_number() over () as n from (
    select * from (select k0, k1 from (select * from (select x.added_at as k0, x.id as k1 from contribution x where not x.deleted and x.addressing = '{}' and x.kind = 1 and true and true
    order by x.added_at asc, x.id asc limit 101) few limit $1::bigint + 1) m order by k0 asc, k1 asc limit 101) few limit $1::bigint + 1
  ) p
), page as (
  select * from (select p.n, json_build_array(p.k0, p.k1)::text as key, /* Status */ concat(e'\x02', case when veil.withheld then 'Status 011111 otherwise' else 'Status 011111' end, e'\x1f', c.id, e'\x1f', c.xmin, '-', case when cardinality(c.medias) > 0 then (
    select string_agg(concat(x.id, ':', x.xmin, '-', e.id, ':', e.xmin), '-' order by x.id)
    from media x left join embed e on e.id = x.embedded_id where x.id = any(c.medias)) end, /* User */ e'\x1f\x02User 011111\x1f', u.id, e'\x1f', u.xmin, e'\x1f', coalesce(case v.state when 4 then '"connected"' when 1 then '"sent_connection_request"' when 2 then '"received_connection_request"' end, 'null'), e'\x03\x1f\x06categories\x1f', array_to_string(c.categories, ','), e'\x03\x1f\x06reactions\x1f', c.vote_count, ' ', c.reactions, e'\x03\x1f', case when m.reaction is not null then 'true' else 'false' end, e'\x1f', coalesce(concat(e'\x06reaction\x1f', m.reaction, e'\x03'), 'null'), e'\x1f', case when m.followed_at is not null then 'true' else 'false' end, e'\x1f', case when m.suspended_at is not null then 'true' else 'false' end, e'\x1f', case when c.addressing = '{}' then '[]' else e'\x05' end, e'\x03') as row, c.categories as ids0, sum(coalesce(octet_length(c.html), 0)) over (order by p.n) as total from p join contribution c on c.id = p.k1 join users u on u.id = c.author_id
  left join lateral (
    select * from relation tied where tied.member_id = $2::bigint and tied.other_id = c.author_id offset 0) v on true
  left join lateral (select * from mark own
    where own.target_id = c.id and own.kind = c.kind and own.member_id = $2::bigint offset 0) m on true cross join lateral (select c.collapsed and c.author_id is distinct from $2::bigint
    and not exists (select from users m
  where m.id = $2::bigint and m.status = 'a' and m.role in ('admin', 'moderator')) as withheld) veil) page where n = 1 or total <= 1000000
)
select (select (select sum(n) from contribution_total where kind = 1) - ((0) + 0 + 0))::int as count, (select count(*) from p)::int as n,
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

-- categories to publish in
-- $1 ids, $2 staff
with there as materialized (
      select id, content_only_staff from category where id = any($1::bigint[]) and active and not deleted
    ) select (select case when coalesce(sum(found.named), 0) = cardinality($1::bigint[])
      then coalesce(array_agg(found.id order by found.place), '{}') end
    from (select above.id, min(array[named.nth, above.nth]) as place, count(*) filter (where above.nth = 1) as named
      from unnest($1::bigint[]) with ordinality named(id, nth)
      cross join lateral (select k.ancestors from category k where k.id = named.id and k.active and not k.deleted
        and ($2::boolean or not k.content_only_staff) limit 1) k
      cross join lateral unnest(named.id || k.ancestors) with ordinality above(id, nth)
      group by above.id) found) as placed, array(select id from there) as there,
      array(select id from there where content_only_staff) as only_staff;

-- choose some to erase
-- $1 batch, $2 author
select c.id, more from (select *, waiting > taken or waiting = $1::bigint as more
    from (
      select *, count(*) over () as waiting, max(n) filter (where total <= 1000000 or n = 1) over () as taken
      from (
        select id, row_number() over ordered as n, sum(octet_length(html)) over ordered as total
        from contribution where author_id = $2::bigint and kind = 1 and not deleted window ordered as (order by added_at, id) order by added_at, id limit $1::bigint
      ) first
    ) few where n <= taken) next join contribution c on c.id = next.id and not c.deleted order by n for no key update of c;

-- collapse or not
-- $1 collapsed, $2 id, $3 now
with c as (
      update contribution set collapsed = $1::boolean where id = $2::bigint returning *
    ), author as materialized (
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

-- count a part of a feed again, lock
-- $1 category, $2 kind, $3 part
insert into category_feed_total as t (category_id, kind, part)
     values ($1::bigint, $2::bigint, $3::bigint) on conflict (category_id, kind, part) do update set n = t.n;

-- count a part of a feed again, step 1
-- $1 category, $2 kind, $3 part
update category_feed_total set n = (
       select count(*) from contribution
       where not deleted and $1::bigint = any(categories) and kind = $2::bigint and author_id % 16 = $3::bigint
     ) where category_id = $1::bigint and kind = $2::bigint and part = $3::bigint;

-- count a part of a kind again, lock
-- $1 kind, $2 part
insert into contribution_total as t (kind, part) values ($1::bigint, $2::bigint)
     on conflict (kind, part) do update set n = t.n;

-- count a part of a kind again, step 1
-- $1 kind, $2 part
update contribution_total set (n, uncommented) = (
       select count(*), count(*) filter (where comment_count = 0) from contribution
       where kind = $1::bigint and author_id % 16 = $2::bigint and not deleted
     ) where kind = $1::bigint and part = $2::bigint;

-- count made-up ones
-- $1 authors, $2 statuses, $3 posts, $4 discussions, $5 polls
with d as materialized (
    select * from unnest($1::bigint[], $2::int[], $3::int[], $4::int[], $5::int[])
      d(author_id, statuses, posts, discussions, polls)
  ), author as (
    update users u set statuses = u.statuses + d.statuses, posts = u.posts + d.posts,
      discussions = u.discussions + d.discussions, polls = u.polls + d.polls
    from d where u.id = d.author_id
  )
  update contribution_total t set n = t.n + s.n, uncommented = t.uncommented + s.n
  from (
    select k.kind, author_id % 16 as part, sum(k.n)::int as n
    from d cross join lateral (values (1, statuses), (2, posts), (3, discussions)) k(kind, n) group by 1, 2
  ) s where t.kind = s.kind and t.part = s.part;

-- count the circles of a part again, lock
lock table addressed_total in share row exclusive mode;

-- count the circles of a part again, step 1
-- $1 kind, $2 part
delete from addressed_total where kind = $1::bigint and part = $2::bigint;

-- count the circles of a part again, step 2
-- $1 kind, $2 part
insert into addressed_total (place, kind, tags, part, n, uncommented)
      select place, f.kind, f.tags, (f.author_id % 16)::smallint as part, count(*)::int as n,
    (count(*) filter (where f.uncommented))::int as uncommented
  from (select c.id as contribution_id, c.kind, c.author_id, c.addressing as tags, c.categories,
    c.comment_count = 0 as uncommented
  from contribution c where not c.deleted and c.addressing <> '{}' and c.kind = $1::bigint and c.author_id % 16 = $2::bigint) f cross join lateral (select 0::bigint as place union select unnest(f.categories)) p group by 1, 2, 3, 4;

-- count the marks of one again, lock
-- $1 id
select from contribution where id = $1::bigint for update;

-- count the marks of one again, step 1
-- $1 id
update contribution c set vote_count = m.vote_count,follower_count = m.follower_count,flag_count = m.flag_count
     from (select count(reaction)::int as vote_count,count(followed_at)::int as follower_count,count(flag_type)::int as flag_count
       from mark where target_id = $1::bigint and kind in (1,2,3)) m
     where c.id = $1::bigint;

-- count the shares of one again, lock
-- $1 id
select from contribution where id = $1::bigint for update;

-- count the shares of one again, step 1
-- $1 id
delete from sharer k where k.contribution_id = $1::bigint
      and not exists (select from (select distinct m.shared_id, c.id as contribution_id, c.kind, c.author_id, c.added_at
  from media m join contribution c on c.id = m.contribution_id and m.id = any(c.medias)
  where m.shared_id is not null and not c.deleted and c.addressing = '{}' and m.shared_id = $1::bigint) s where s.author_id = k.author_id);

-- count the shares of one again, step 2
-- $1 id
insert into sharer (contribution_id, author_id, shares)
      select $1::bigint, author_id, count(*) from (select distinct m.shared_id, c.id as contribution_id, c.kind, c.author_id, c.added_at
  from media m join contribution c on c.id = m.contribution_id and m.id = any(c.medias)
  where m.shared_id is not null and not c.deleted and c.addressing = '{}' and m.shared_id = $1::bigint) s group by author_id
      on conflict (contribution_id, author_id) do update set shares = excluded.shares;

-- count the shares of one again, step 3
-- $1 id
update contribution set (share_count, sharer_count) = (
      select coalesce(sum(shares), 0), count(*) from sharer where contribution_id = $1::bigint) where id = $1::bigint;

-- count those of a member again, lock
-- $1 member
select from users where id = $1::bigint for update;

-- count those of a member again, step 1
-- $1 member
update users u set statuses = c.statuses,posts = c.posts,discussions = c.discussions
     , polls = c.polls
     from (select count(*) filter (where kind = 1)::int as statuses,count(*) filter (where kind = 2)::int as posts,count(*) filter (where kind = 3)::int as discussions,
       count(poll_id)::int as polls
       from contribution where author_id = $1::bigint and not deleted) c where u.id = $1::bigint;

-- create
-- $1 sent, $2 version, $3 now
with sent as materialized (
      select * from json_to_recordset($1::json) as s(nth int,author bigint,title text,slug text,stem text,html text,summary text,words text,title_words text,text_words text,medias bigint[],pictures text[],addressing bigint[],categories bigint[],location text,lat float8,lng float8,poll bigint,published boolean,scheduled_at timestamptz,staff boolean)
    ), held as materialized (
      select u.id from users u where u.id in (select author from sent) and u.status = 'a'
      order by u.id for no key update of u
    ), able as materialized (
      select s.*, nextval('contribution_id_seq') as id from (
        select s.*, placed.categories as placed from sent s join held on held.id = s.author
          cross join lateral (select (select case when coalesce(sum(found.named), 0) = cardinality(s.categories)
      then coalesce(array_agg(found.id order by found.place), '{}') end
    from (select above.id, min(array[named.nth, above.nth]) as place, count(*) filter (where above.nth = 1) as named
      from unnest(s.categories) with ordinality named(id, nth)
      cross join lateral (select k.ancestors from category k where k.id = named.id and k.active and not k.deleted
        and (s.staff or not k.content_only_staff) limit 1) k
      cross join lateral unnest(named.id || k.ancestors) with ordinality above(id, nth)
      group by above.id) found) as categories offset 0) placed
        where placed.categories is not null and (select version from community) = $2::int order by s.nth offset 0
      ) s
    ), authors as (
      update users u set statuses = u.statuses + able.published::int,
        polls = u.polls + (able.published and able.poll is not null)::int
      from able where u.id = able.author returning u.*
    ), c as (
      insert into contribution (id, kind, author_id, title, slug, html, summary, words, categories, location, lat, lng,
        added_at, last_activity_at, search, search_rules, medias, addressing, poll_id, published, deleted, scheduled_at)
      overriding system value
      select s.id, 1, s.author, s.title,
        case when coalesce((select true from contribution x where x.kind = 1 and x.slug = s.slug), false)
          then s.stem || '-' || nextval('contribution_place') else s.slug end,
        s.html, s.summary, s.words, s.placed, s.location, s.lat, s.lng, $3::timestamptz, $3::timestamptz,
        (s.title_words || ' ' || s.text_words)::tsvector, 1, s.medias, s.addressing, s.poll,
        s.published, not s.published, s.scheduled_at
      from able s order by s.nth
      returning *
    ), total as materialized (
      select t.kind, t.part, more.n from contribution_total t join (
        select author_id % 16 as part, count(*)::int as n from c where published group by 1
      ) more on more.part = t.part
      where t.kind = 1 order by t.part for no key update of t
    ), counted as (
      update contribution_total t set n = t.n + total.n, uncommented = t.uncommented + total.n
      from total where t.kind = total.kind and t.part = total.part
    ), rendered as materialized (
      select c.id, shown.* from (select id, 1::smallint as kind, author_id, title, slug, html, summary,
    categories, location, lat, lng, added_at, last_activity_at, addressing, published, deleted, scheduled_at,
    medias, poll_id,
    null::timestamptz as last_edited_at, false as collapsed, '{}'::jsonb as reactions, '{}'::bigint[] as tag_ids,
    0 as comment_count,0 as view_count,0 as vote_count,0 as follower_count,0 as flag_count,0 as share_count from c) c cross join lateral (
        with author as (select * from authors where id = c.author_id)
        select case when c.published then /* WebhookStatus */ concat('{"id":', c.id, ',"categories":', case when c.categories = '{}' then '[]' else (select concat('[', string_agg(/* WebhookCategory */ concat('{"id":', category.id, ',"tags":', case when category.tag_ids = '{}' then '[]' else (
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
    where t.id = any(c.tag_ids) and t.active and not t.deleted and t.visible) end, '}') end as data, (select /* Status */ concat('{"id":', c.id, ',"type":"status","slug":', to_json((case when veil.withheld then c.id::text else c.slug end)::text)::text, ',"html":', to_json((case when veil.withheld then '' else c.html end)::text)::text, ',"summary":', to_json((case when veil.withheld then '' else c.summary end)::text)::text, ',"summary_html":', to_json((case when veil.withheld then '' else case when c.summary like '% ...' then c.summary else c.html end end)::text)::text, ',"summary_truncated":', case when case when veil.withheld then false else c.summary like '% ...' end then 'true' else 'false' end, /* User */ ',"author":{', replace(replace(replace(replace(u.profile_json,
    case when cardinality(u.tag_ids) > 0 then '"tags":[]' else '' end, concat('"tags":', case when u.tag_ids = '{}' then '[]' else (
    select /* Tag[] */ concat('[', string_agg(/* Tag */ concat('{"id":', t.id, ',"type":"', t.type, '","name":', to_json((t.name)::text)::text, ',"description":', coalesce(to_json((t.description)::text)::text, 'null'), ',"color":', to_json((t.color)::text)::text, ',"visible":', case when t.visible then 'true' else 'false' end, ',"visibility_boost":', case when t.visibility_boost then 'true' else 'false' end, ',"created_at":"', to_char(t.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","active":', case when t.active then 'true' else 'false' end, ',"deleted":', case when t.deleted then 'true' else 'false' end, '}'), ',' order by t.id), ']') from tag t
    where t.id = any(u.tag_ids) and t.active and not t.deleted and t.visible) end)),
    case when u.avatar is null then '"avatar":null' when u.avatar like '/%' then '"avatar":"/' else '' end,
    concat(e'"avatar":"\x04', case when u.avatar is null then concat('/api/v2/avatar/', u.id, '"') else '/' end)),
    case when u.cover like '/%' then '"cover":"/' else '' end, concat(e'"cover":"\x04/')),
    e'\x04', (select base from public_address)), ',', u.standing_json, ',"connection_requests_sent_counter":', u.requests_sent, ',"connection_requests_received_counter":', (u.requests_received + u.requests_rejected), ',"connections_counter":', u.connections, ',"posts_counter":', u.posts, ',"discussions_counter":', u.discussions, ',"statuses_counter":', u.statuses, ',"polls_counter":', u.polls, ',"categories_counter":', u.categories, ',"connection_status":', coalesce(case v.state when 4 then '"connected"' when 1 then '"sent_connection_request"' when 2 then '"received_connection_request"' end, 'null'), '},"categories":', case when c.categories = '{}' then '[]' else (select concat('[', string_agg(/* Category */ concat('{"id":', category.id, ',"tags":', case when category.tag_ids = '{}' then '[]' else (
    select /* Tag[] */ concat('[', string_agg(/* Tag */ concat('{"id":', t.id, ',"type":"', t.type, '","name":', to_json((t.name)::text)::text, ',"description":', coalesce(to_json((t.description)::text)::text, 'null'), ',"color":', to_json((t.color)::text)::text, ',"visible":', case when t.visible then 'true' else 'false' end, ',"visibility_boost":', case when t.visibility_boost then 'true' else 'false' end, ',"created_at":"', to_char(t.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","active":', case when t.active then 'true' else 'false' end, ',"deleted":', case when t.deleted then 'true' else 'false' end, '}'), ',' order by t.id), ']') from tag t
    where t.id = any(category.tag_ids) and t.active and not t.deleted and t.visible) end, ',"followed":', case when f.member_id is not null then 'true' else 'false' end, ',', replace(category.shown_json, e'\x04', public_base()), ',"followers_counter":', category.followers, ',"parents":', to_json(category.parents)::text, '}'), ',' order by named.nth), ']')
    from unnest(c.categories) with ordinality named(id, nth)
    cross join lateral (select k.*, k.xmin from category k where k.id = named.id limit 1) category
    left join category_follower f on f.category_id = category.id and f.member_id = c.author_id) end, ',"added_at":"', to_char(c.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","last_edited_at":', coalesce('"' || (to_char(c.last_edited_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), ',"last_activity_at":"', to_char(c.last_activity_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","deleted":', case when c.deleted and c.published then 'true' else 'false' end, ',"draft":', case when not c.published and c.scheduled_at is null then 'true' else 'false' end, ',"scheduled_at":', coalesce('"' || (to_char(c.scheduled_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), ',"collapsed":', case when c.collapsed then 'true' else 'false' end, ',"comment_count":', c.comment_count, ',"vote_count":', c.vote_count, ',"flag_count":', c.flag_count, ',"share_count":', c.share_count, ',"view_count":', c.view_count, ',"follower_count":', c.follower_count, ',"reactions_count":', case when c.vote_count = 0 then '[]'
    when c.reactions = '{}' then concat('[{"count":', c.vote_count, ',"reaction":', (select /* Reaction */ concat('{"id":', r.id, ',"label":', to_json((r.label)::text)::text, ',"sentiment":', r.sentiment, ',"image":', to_json((case when r.image like '/%' then concat(public_base(), r.image) else r.image end)::text)::text, ',"active":', case when r.active then 'true' else 'false' end, '}') from reaction r where r.id = 1), '}]')
    else (select concat('[', string_agg(concat('{"count":', n, /* Reaction */ ',"reaction":{"id":', r.id, ',"label":', to_json((r.label)::text)::text, ',"sentiment":', r.sentiment, ',"image":', to_json((case when r.image like '/%' then concat(public_base(), r.image) else r.image end)::text)::text, ',"active":', case when r.active then 'true' else 'false' end, '}}'), ','
        order by n desc, r.id), ']')
      from (select 1::bigint as id,
    c.vote_count - coalesce((select sum(value::int) from jsonb_each_text(c.reactions)), 0)::int as n
  union all select key::bigint, value::int from jsonb_each_text(c.reactions)) counted join reaction r on r.id = counted.id where n > 0) end, ',"voted":', case when m.reaction is not null then 'true' else 'false' end, ',"reaction":', coalesce(case when m.reaction = 1 then (select /* Reaction */ concat('{"id":', r.id, ',"label":', to_json((r.label)::text)::text, ',"sentiment":', r.sentiment, ',"image":', to_json((case when r.image like '/%' then concat(public_base(), r.image) else r.image end)::text)::text, ',"active":', case when r.active then 'true' else 'false' end, '}') from reaction r where r.id = 1)
    when m.reaction is not null then (select /* Reaction */ concat('{"id":', r.id, ',"label":', to_json((r.label)::text)::text, ',"sentiment":', r.sentiment, ',"image":', to_json((case when r.image like '/%' then concat(public_base(), r.image) else r.image end)::text)::text, ',"active":', case when r.active then 'true' else 'false' end, '}') from reaction r where r.id = m.reaction) end, 'null'), ',"followed":', case when m.followed_at is not null then 'true' else 'false' end, ',"suspended":', case when m.suspended_at is not null then 'true' else 'false' end, ',"medias":', case when veil.withheld then '[]' else case when c.medias = '{}' then '[]' else (select concat('[', string_agg(/* Media */ concat('{"id":', media.id, ',"added_at":"', to_char(media.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","type":"', media.type, '","title":', to_json((media.title)::text)::text, ',"description":', to_json((media.description)::text)::text, ',"url":', to_json((coalesce(case when media.url like '/%' then concat(public_base(), media.url) else media.url end, ''))::text)::text, ',"image":', to_json((coalesce(case when media.image like '/%' then concat(public_base(), media.image) else media.image end, ''))::text)::text, ',"image_width":', coalesce(media.image_width, 0), ',"image_height":', coalesce(media.image_height, 0), ',"order":', n.nth - 1, ',"embed":', coalesce(case when media.embedded_id is not null then (select /* Embed */ concat('{"id":', e.id, ',"embed_type":', to_json((e.embed_type)::text)::text, ',"embed_id":', to_json((e.embed_id)::text)::text, ',"url":', coalesce(to_json((e.url)::text)::text, 'null'), ',"metadata":', e.metadata::text, '}') from embed e where e.id = media.embedded_id)
      when media.embed_type is null then 'null' else concat('{"id":null,"embed_type":"', media.embed_type,
      '","embed_id":', to_json(media.embed_id), ',"url":', coalesce(to_json(media.url)::text, 'null'),
      ',"metadata":', replace(media.metadata::text, '"url":"/files/', concat('"url":"', public_base(), '/files/')), '}') end, 'null'), ',"image_thumbnail":', coalesce(coalesce(replace(media.thumbnail::text, '"url":"/files/', concat('"url":"', public_base(), '/files/')), 'null'), 'null'), ',"mimetype":', to_json((coalesce(media.mimetype, ''))::text)::text, ',"size":', coalesce(media.size, 0), '}'), ',' order by n.nth), ']')
    from unnest(c.medias) with ordinality n(id, nth) join media on media.id = n.id) end end, ',"location":', coalesce(case when veil.withheld then 'null' else case when c.location is null then 'null' else json_build_object('location', c.location, 'lat', c.lat, 'lng', c.lng)::text end end, 'null'), ',"addressing":', case when c.addressing = '{}' then '[]' else (select /* Tag[] */ concat('[', string_agg(/* Tag */ concat('{"id":', t.id, ',"type":"', t.type, '","name":', to_json((t.name)::text)::text, ',"description":', coalesce(to_json((t.description)::text)::text, 'null'), ',"color":', to_json((t.color)::text)::text, ',"visible":', case when t.visible then 'true' else 'false' end, ',"visibility_boost":', case when t.visibility_boost then 'true' else 'false' end, ',"created_at":"', to_char(t.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","active":', case when t.active then 'true' else 'false' end, ',"deleted":', case when t.deleted then 'true' else 'false' end, '}'), ',' order by t.id), ']') from tag t where t.id = any(c.addressing)
      and (c.author_id is not distinct from c.author_id or exists (select from users m
  where m.id = c.author_id and m.status = 'a' and m.role in ('admin', 'moderator'))
        or t.active and not t.deleted and (t.visible or t.id = any(array(select t.id from tag t
  where t.id = any((select m.tag_ids from users m where m.id = c.author_id)::bigint[]) and t.active and not t.deleted))))) end, ',"recipients":[],"tags":', case when c.tag_ids = '{}' then '[]' else (
    select /* Tag[] */ concat('[', string_agg(/* Tag */ concat('{"id":', t.id, ',"type":"', t.type, '","name":', to_json((t.name)::text)::text, ',"description":', coalesce(to_json((t.description)::text)::text, 'null'), ',"color":', to_json((t.color)::text)::text, ',"visible":', case when t.visible then 'true' else 'false' end, ',"visibility_boost":', case when t.visibility_boost then 'true' else 'false' end, ',"created_at":"', to_char(t.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","active":', case when t.active then 'true' else 'false' end, ',"deleted":', case when t.deleted then 'true' else 'false' end, '}'), ',' order by t.id), ']') from tag t
    where t.id = any(c.tag_ids) and t.active and not t.deleted and t.visible) end, '}')::text
      from author u left join relation v on false left join mark m on false cross join (select false as withheld) veil) as json
      ) shown
    ), emitted as (
      insert into event (id, type, created, body, txid, audience)
  select event_id, type, $3::timestamptz, concat('{"event_id":', event_id, ',"type":"', type, '","created":',
      extract(epoch from $3::timestamptz::timestamptz), ',"data":', data, '}')::json, txid,
    (select version from webhook_listening where type = any(types))
  from (select pg_current_xact_id() as txid,
      case when (select check_event_source()) then nextval('event_id') end as event_id, type, data
    from (select 'status.created' as type, data from rendered where data is not null order by id) emitted offset 0) numbered
      returning id
    )
    select able.nth, able.id, told.event, rendered.json from able join rendered on rendered.id = able.id left join (
      select r.id, e.id as event from (select id, row_number() over (order by id) as nth from rendered where data is not null) r
        join (select id, row_number() over (order by id) as nth from emitted) e on e.nth = r.nth
    ) told on told.id = able.id;

-- delete or restore
-- $1 moderated, $2 id, $3 now
with c as (
      update contribution set deleted = true, moderated = $1::boolean where id = $2::bigint returning *
    ), author as (
      update users set statuses = statuses - 1,
        polls = polls - (select (poll_id is not null)::int from c)
      where id = (select author_id from c) returning *
    ), counted as (
      update contribution_total t set n = t.n - 1, uncommented = t.uncommented - (c.comment_count = 0)::int
      from c where t.kind = c.kind and t.part = c.author_id % 16
    )
    insert into event (id, type, created, body, txid, audience)
  select event_id, type, $3::timestamptz, concat('{"event_id":', event_id, ',"type":"', type, '","created":',
      extract(epoch from $3::timestamptz::timestamptz), ',"data":', data, '}')::json, txid,
    (select version from webhook_listening where type = any(types))
  from (select pg_current_xact_id() as txid,
      case when (select check_event_source()) then nextval('event_id') end as event_id, type, data
    from (select 'status.deleted' as type, /* WebhookStatus */ concat('{"id":', c.id, ',"categories":', case when c.categories = '{}' then '[]' else (select concat('[', string_agg(/* WebhookCategory */ concat('{"id":', category.id, ',"tags":', case when category.tag_ids = '{}' then '[]' else (
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

-- discard
-- $1 now, $2 ids
with loose as (
      update media set contribution_id = null, loose_since = $1::timestamptz where contribution_id = any($2::bigint[])
    )
    update contribution set erased = true, deleted = true, title = '', slug = '~' || id, html = '', summary = '', words = '', search = '',
  categories = '{}', addressing = '{}', tag_ids = '{}', medias = '{}', poll_id = null, location = null, lat = null, lng = null, last_edited_at = null,
  scheduled_at = null where id = any($2::bigint[]);

-- due to be indexed
-- $1 most
select id, title, words from contribution where search_rules < 1
    order by id desc limit $1::int for no key update skip locked;

-- due to be published
-- $1 only_staff, $2 now, $3 kinds
select c.id, c.kind from contribution c
    join users u on u.id = c.author_id and u.status = 'a'
      and (not $1::boolean or u.role in ('admin', 'moderator', 'editor'))
    where not c.published and c.scheduled_at <= $2::timestamptz and c.kind = any($3::smallint[])
    order by c.scheduled_at, c.id limit 50 for no key update of c, u skip locked;

-- erase
-- $1 ids, $2 author, $3 now
with c as (
      update contribution set erased = true, deleted = true, title = '', slug = '~' || id, html = '', summary = '', words = '', search = '',
  categories = '{}', addressing = '{}', tag_ids = '{}', medias = '{}', poll_id = null, location = null, lat = null, lng = null, last_edited_at = null,
  scheduled_at = null where id = any($1::bigint[]) returning *
    ), author as (
      update users set statuses = statuses - (select count(*) from c),
        polls = polls - (select count(*) from contribution where id = any($1::bigint[]) and poll_id is not null)
      where id = $2::bigint returning *
    ), counted as (
      update contribution_total t set n = t.n - gone.n, uncommented = t.uncommented - gone.uncommented
      from (select count(*) as n, count(*) filter (where comment_count = 0) as uncommented from c) gone
      where t.kind = 1 and t.part = $2::bigint % 16
    )
    insert into event (id, type, created, body, txid, audience)
  select event_id, type, $3::timestamptz, concat('{"event_id":', event_id, ',"type":"', type, '","created":',
      extract(epoch from $3::timestamptz::timestamptz), ',"data":', data, '}')::json, txid,
    (select version from webhook_listening where type = any(types))
  from (select pg_current_xact_id() as txid,
      case when (select check_event_source()) then nextval('event_id') end as event_id, type, data
    from (select 'status.deleted' as type, /* WebhookStatus */ concat('{"id":', c.id, ',"categories":', case when c.categories = '{}' then '[]' else (select concat('[', string_agg(/* WebhookCategory */ concat('{"id":', category.id, ',"tags":', case when category.tag_ids = '{}' then '[]' else (
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
    where t.id = any(c.tag_ids) and t.active and not t.deleted and t.visible) end, '}') as data from c order by c.added_at, c.id) emitted offset 0) numbered;

-- erase deleted ones
-- $1 author, $2 batch
with gone as (
      update contribution set erased = true, deleted = true, title = '', slug = '~' || id, html = '', summary = '', words = '', search = '',
  categories = '{}', addressing = '{}', tag_ids = '{}', medias = '{}', poll_id = null, location = null, lat = null, lng = null, last_edited_at = null,
  scheduled_at = null where id = any(array(select id from contribution where author_id = $1::bigint and deleted and not erased order by id limit $2::bigint
        for no key update)) returning 1
    )
    select count(*)::int as n from gone;

-- existence
-- $1 id, $2 kind, $3 viewer, $4 staff
select c.id from contribution c where c.id = $1::bigint and c.kind = $2::smallint and (c.published or c.author_id = $3::bigint)
     and (not c.deleted or c.author_id = $3::bigint or $4::boolean and c.published) and not c.erased and (c.addressing = '{}' or not (c.author_id is distinct from $3::bigint and (not c.addressing && array(select t.id from tag t
  where t.id = any((select m.tag_ids from users m where m.id = $3::bigint)::bigint[]) and t.active and not t.deleted) and not exists (select from users m
  where m.id = $3::bigint and m.status = 'a' and m.role in ('admin', 'moderator'))))) and not coalesce((select true from relation h where h.member_id = $3::bigint and h.other_id = c.author_id and (h.hidden_place is not null or h.hidden_by) and (h.hidden_place is not null or not exists (select from users m
  where m.id = $3::bigint and m.status = 'a' and m.role in ('admin', 'moderator')))), false) and not coalesce((select true from hidden_author h where h.member_id = $3::bigint and h.author_id = c.author_id), false) and not coalesce((select true from erasure e where e.member_id = c.author_id), false);

-- feed of a category
-- $1 viewer, $2 id, $3 limit
with unseen as materialized (select other_id from relation where member_id = $1::bigint and (hidden_place is not null or hidden_by) and (hidden_place is not null or not exists (select from users m
  where m.id = $1::bigint and m.status = 'a' and m.role in ('admin', 'moderator')))
  union all select author_id from hidden_author where member_id = $1::bigint
  union all select member_id from erasure), p as (
  select p.*, row_number() over () as n from (
    select * from (select k0, k1 from (select * from (select * from (select x.added_at as k0, x.contribution_id as k1 from category_feed x where x.category_id = $2::bigint and x.author_id not in (select other_id from unseen) and not ((select exists (select from mark h where h.member_id = $1::bigint and h.hidden))
    and coalesce((select true from mark h where h.target_id = x.contribution_id and h.member_id = $1::bigint and h.kind = x.kind and h.hidden), false))
    order by x.added_at desc, x.contribution_id desc limit 101) few limit $3::bigint + 1) o union all select * from (select a.k0, a.k1 from unnest((case when exists (select from users m
  where m.id = $1::bigint and m.status = 'a' and m.role in ('admin', 'moderator')) then '{0}'::bigint[] else array(select t.id from tag t
  where t.id = any((select m.tag_ids from users m where m.id = $1::bigint)::bigint[]) and t.active and not t.deleted) || -$1::bigint::bigint end)) circle (id)
      cross join unnest('{1, 2, 3}'::smallint[]) wanted (kind)
      cross join lateral (select * from (select x.added_at as k0, x.contribution_id as k1 from addressed_feed x where x.place = $2::bigint and x.place > 0 and x.reader = circle.id and x.kind = wanted.kind and x.author_id not in (select other_id from unseen) and not ((select exists (select from mark h where h.member_id = $1::bigint and h.hidden))
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
select (select (select coalesce(sum(n), 0) from category_feed_total where category_id = $2::bigint and true)
        - ((select (select coalesce(sum((select count(*) from category_feed f
              where f.category_id = $2::bigint and f.author_id = a.id and true)), 0) from (select distinct * from (select other_id from unseen) all_of_them) a (id))
            + (select count(*) from addressed a
              where a.author_id in (select other_id from unseen) and $2::bigint = any(a.categories) and true)) + ((select coalesce(sum(t.n), 0) from addressed_total t
      where t.place = $2::bigint and true and (not t.tags && array(select t.id from tag t
  where t.id = any((select m.tag_ids from users m where m.id = $1::bigint)::bigint[]) and t.active and not t.deleted) and not exists (select from users m
  where m.id = $1::bigint and m.status = 'a' and m.role in ('admin', 'moderator'))))
    - (select count(*) from addressed a where a.author_id in (select other_id from unseen union all select $1::bigint::bigint)
      and true and $2::bigint = any(a.categories)
      and (not a.tags && array(select t.id from tag t
  where t.id = any((select m.tag_ids from users m where m.id = $1::bigint)::bigint[]) and t.active and not t.deleted) and not exists (select from users m
  where m.id = $1::bigint and m.status = 'a' and m.role in ('admin', 'moderator'))))) + (select count(*) from mark h
      join contribution c on c.id = h.target_id and c.kind = h.kind and not c.deleted
    where h.member_id = $1::bigint and h.hidden and $2::bigint = any(c.categories) and true and c.author_id not in (select other_id from unseen) and (c.addressing = '{}' or not (c.author_id is distinct from $1::bigint and (not c.addressing && array(select t.id from tag t
  where t.id = any((select m.tag_ids from users m where m.id = $1::bigint)::bigint[]) and t.active and not t.deleted) and not exists (select from users m
  where m.id = $1::bigint and m.status = 'a' and m.role in ('admin', 'moderator'))))))))::int as count, (select count(*) from p)::int as n,
  count(*) filter (where n <= $3::bigint)::int as shown,
  string_agg(row::text, ',' order by n) filter (where n <= $3::bigint) as rows,
  max(key) filter (where n = 1) as nearest, (array_agg(key order by n desc) filter (where n <= $3::bigint))[1] as farthest,
  null::text as repeated, concat(pg_current_snapshot(), ' ', pg_postmaster_start_time(), ' ', pg_relation_filepath('pg_class'), ' ', (select xmin from public_address)) as at,
  concat('Category', (select string_agg(concat(e'\x1e', e.id, e'\x1f', e.text), '') from (select ids.id, case when category.id is not null then /* Category */ concat(e'\x02Category\x1f', category.id, e'\x1f', category.xmin, e'\x1f', case when f.member_id is not null then 'true' else 'false' end, e'\x03') end as text
    from (select distinct unnest(ids0) as id from page where n <= $3::bigint) ids
    left join lateral (select k.*, k.xmin from category k where k.id = ids.id limit 1) category on true
    left join category_follower f on f.category_id = category.id and f.member_id = $1::bigint) e), e'\x1dReaction', (select string_agg(concat(e'\x1e', e.id, e'\x1f', e.text), '') from (select r.id, /* Reaction */ concat(e'\x02Reaction\x1f', r.id, e'\x1f', r.xmin, e'\x03') as text from reaction r) e)) as tables, '' as held
from page;

-- feed of a category, usually
-- $1 id, $2 limit, $3 viewer
with unseen as materialized (select 0::bigint as other_id where false), p as (
  select p.*, row_number() over () as n from (
    select * from (select k0, k1 from (select * from (select x.added_at as k0, x.contribution_id as k1 from category_feed x where x.category_id = $1::bigint and true and true
    order by x.added_at desc, x.contribution_id desc limit 101) few limit $2::bigint + 1) m order by k0 desc, k1 desc limit 101) few limit $2::bigint + 1
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
select (select (select coalesce(sum(n), 0) from category_feed_total where category_id = $1::bigint and true)
        - ((0) + 0 + 0))::int as count, (select count(*) from p)::int as n,
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

-- followed or suspended
-- $1 viewer, $2 limit
with p as (
  select p.*, row_number() over () as n from (
    select * from (select x.id, k.follow_place as k0 from mark k join contribution x on x.id = k.target_id and not x.deleted
      where k.member_id = $1::bigint and k.kind = 1 and k.follow_place is not null and x.author_id not in (select other_id from relation where member_id = $1::bigint and (hidden_place is not null or hidden_by) and (hidden_place is not null or not exists (select from users m
  where m.id = $1::bigint and m.status = 'a' and m.role in ('admin', 'moderator')))
  union all select author_id from hidden_author where member_id = $1::bigint
  union all select member_id from erasure) and (x.addressing = '{}' or not (x.author_id is distinct from $1::bigint and (not x.addressing && array(select t.id from tag t
  where t.id = any((select m.tag_ids from users m where m.id = $1::bigint)::bigint[]) and t.active and not t.deleted) and not exists (select from users m
  where m.id = $1::bigint and m.status = 'a' and m.role in ('admin', 'moderator'))))) and not ((select exists (select from mark h where h.member_id = $1::bigint and h.hidden))
    and coalesce((select true from mark h where h.target_id = x.id and h.member_id = $1::bigint and h.kind = x.kind and h.hidden), false))
      order by k.follow_place desc limit 101) few limit $2::bigint + 1
  ) p
), page as (
  select * from (select p.n, json_build_array(p.k0)::text as key, /* Status */ concat(e'\x02', case when veil.withheld then 'Status 011111 otherwise' else 'Status 011111' end, e'\x1f', c.id, e'\x1f', c.xmin, '-', case when cardinality(c.medias) > 0 then (
    select string_agg(concat(x.id, ':', x.xmin, '-', e.id, ':', e.xmin), '-' order by x.id)
    from media x left join embed e on e.id = x.embedded_id where x.id = any(c.medias)) end, /* User */ e'\x1f\x02User 011111\x1f', u.id, e'\x1f', u.xmin, e'\x1f', coalesce(case v.state when 4 then '"connected"' when 1 then '"sent_connection_request"' when 2 then '"received_connection_request"' end, 'null'), e'\x03\x1f\x06categories\x1f', array_to_string(c.categories, ','), e'\x03\x1f\x06reactions\x1f', c.vote_count, ' ', c.reactions, e'\x03\x1f', case when m.reaction is not null then 'true' else 'false' end, e'\x1f', coalesce(concat(e'\x06reaction\x1f', m.reaction, e'\x03'), 'null'), e'\x1f', case when m.followed_at is not null then 'true' else 'false' end, e'\x1f', case when m.suspended_at is not null then 'true' else 'false' end, e'\x1f', case when c.addressing = '{}' then '[]' else (select /* Tag[] */ concat('[', string_agg(/* Tag */ concat('{"id":', t.id, ',"type":"', t.type, '","name":', to_json((t.name)::text)::text, ',"description":', coalesce(to_json((t.description)::text)::text, 'null'), ',"color":', to_json((t.color)::text)::text, ',"visible":', case when t.visible then 'true' else 'false' end, ',"visibility_boost":', case when t.visibility_boost then 'true' else 'false' end, ',"created_at":"', to_char(t.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","active":', case when t.active then 'true' else 'false' end, ',"deleted":', case when t.deleted then 'true' else 'false' end, '}'), ',' order by t.id), ']') from tag t where t.id = any(c.addressing)
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
select (select count(*) from mark k join contribution x on x.id = k.target_id and not x.deleted
      where k.member_id = $1::bigint and k.kind = 1 and k.follow_place is not null and x.author_id not in (select other_id from relation where member_id = $1::bigint and (hidden_place is not null or hidden_by) and (hidden_place is not null or not exists (select from users m
  where m.id = $1::bigint and m.status = 'a' and m.role in ('admin', 'moderator')))
  union all select author_id from hidden_author where member_id = $1::bigint
  union all select member_id from erasure) and (x.addressing = '{}' or not (x.author_id is distinct from $1::bigint and (not x.addressing && array(select t.id from tag t
  where t.id = any((select m.tag_ids from users m where m.id = $1::bigint)::bigint[]) and t.active and not t.deleted) and not exists (select from users m
  where m.id = $1::bigint and m.status = 'a' and m.role in ('admin', 'moderator'))))) and not ((select exists (select from mark h where h.member_id = $1::bigint and h.hidden))
    and coalesce((select true from mark h where h.target_id = x.id and h.member_id = $1::bigint and h.kind = x.kind and h.hidden), false)))::int as count, (select count(*) from p)::int as n,
  count(*) filter (where n <= $2::bigint)::int as shown,
  string_agg(row::text, ',' order by n) filter (where n <= $2::bigint) as rows,
  max(key) filter (where n = 1) as nearest, (array_agg(key order by n desc) filter (where n <= $2::bigint))[1] as farthest,
  null::text as repeated, concat(pg_current_snapshot(), ' ', pg_postmaster_start_time(), ' ', pg_relation_filepath('pg_class'), ' ', (select xmin from public_address)) as at,
  concat('Category', (select string_agg(concat(e'\x1e', e.id, e'\x1f', e.text), '') from (select ids.id, case when category.id is not null then /* Category */ concat(e'\x02Category\x1f', category.id, e'\x1f', category.xmin, e'\x1f', case when f.member_id is not null then 'true' else 'false' end, e'\x03') end as text
    from (select distinct unnest(ids0) as id from page where n <= $2::bigint) ids
    left join lateral (select k.*, k.xmin from category k where k.id = ids.id limit 1) category on true
    left join category_follower f on f.category_id = category.id and f.member_id = $1::bigint) e), e'\x1dReaction', (select string_agg(concat(e'\x1e', e.id, e'\x1f', e.text), '') from (select r.id, /* Reaction */ concat(e'\x02Reaction\x1f', r.id, e'\x1f', r.xmin, e'\x03') as text from reaction r) e)) as tables, '' as held
from page;

-- followed or suspended, usually
-- $1 viewer, $2 limit
with p as (
  select p.*, row_number() over () as n from (
    select * from (select x.id, k.follow_place as k0 from mark k join contribution x on x.id = k.target_id and not x.deleted
      where k.member_id = $1::bigint and k.kind = 1 and k.follow_place is not null and true and true and true
      order by k.follow_place desc limit 101) few limit $2::bigint + 1
  ) p
), page as (
  select * from (select p.n, json_build_array(p.k0)::text as key, /* Status */ concat(e'\x02', case when veil.withheld then 'Status 011111 otherwise' else 'Status 011111' end, e'\x1f', c.id, e'\x1f', c.xmin, '-', case when cardinality(c.medias) > 0 then (
    select string_agg(concat(x.id, ':', x.xmin, '-', e.id, ':', e.xmin), '-' order by x.id)
    from media x left join embed e on e.id = x.embedded_id where x.id = any(c.medias)) end, /* User */ e'\x1f\x02User 011111\x1f', u.id, e'\x1f', u.xmin, e'\x1f', coalesce(case v.state when 4 then '"connected"' when 1 then '"sent_connection_request"' when 2 then '"received_connection_request"' end, 'null'), e'\x03\x1f\x06categories\x1f', array_to_string(c.categories, ','), e'\x03\x1f\x06reactions\x1f', c.vote_count, ' ', c.reactions, e'\x03\x1f', case when m.reaction is not null then 'true' else 'false' end, e'\x1f', coalesce(concat(e'\x06reaction\x1f', m.reaction, e'\x03'), 'null'), e'\x1f', case when m.followed_at is not null then 'true' else 'false' end, e'\x1f', case when m.suspended_at is not null then 'true' else 'false' end, e'\x1f', case when c.addressing = '{}' then '[]' else e'\x05' end, e'\x03') as row, c.categories as ids0, sum(coalesce(octet_length(c.html), 0)) over (order by p.n) as total from p join contribution c on c.id = p.id join users u on u.id = c.author_id
  left join lateral (
    select * from relation tied where tied.member_id = $1::bigint and tied.other_id = c.author_id offset 0) v on true
  left join lateral (select * from mark own
    where own.target_id = c.id and own.kind = c.kind and own.member_id = $1::bigint offset 0) m on true cross join lateral (select c.collapsed and c.author_id is distinct from $1::bigint
    and not exists (select from users m
  where m.id = $1::bigint and m.status = 'a' and m.role in ('admin', 'moderator')) as withheld) veil) page where n = 1 or total <= 1000000
)
select (select count(*) from mark k join contribution x on x.id = k.target_id and not x.deleted
      where k.member_id = $1::bigint and k.kind = 1 and k.follow_place is not null and true and true and true)::int as count, (select count(*) from p)::int as n,
  count(*) filter (where n <= $2::bigint)::int as shown,
  string_agg(row::text, ',' order by n) filter (where n <= $2::bigint) as rows,
  max(key) filter (where n = 1) as nearest, (array_agg(key order by n desc) filter (where n <= $2::bigint))[1] as farthest,
  null::text as repeated, concat(pg_current_snapshot(), ' ', pg_postmaster_start_time(), ' ', pg_relation_filepath('pg_class'), ' ', (select xmin from public_address)) as at,
  concat('Category', (select string_agg(concat(e'\x1e', e.id, e'\x1f', e.text), '') from (select ids.id, case when category.id is not null then /* Category */ concat(e'\x02Category\x1f', category.id, e'\x1f', category.xmin, e'\x1f', case when f.member_id is not null then 'true' else 'false' end, e'\x03') end as text
    from (select distinct unnest(ids0) as id from page where n <= $2::bigint) ids
    left join lateral (select k.*, k.xmin from category k where k.id = ids.id limit 1) category on true
    left join category_follower f on f.category_id = category.id and f.member_id = $1::bigint) e), e'\x1dReaction', (select string_agg(concat(e'\x1e', e.id, e'\x1f', e.text), '') from (select r.id, /* Reaction */ concat(e'\x02Reaction\x1f', r.id, e'\x1f', r.xmin, e'\x03') as text from reaction r) e)) as tables, concat((not exists (select h.other_id from relation h
  where h.member_id = $1::bigint and (h.hidden_place is not null or h.hidden_by))), (not exists (select from hidden_author where member_id = $1::bigint)), (not exists (select from erasure)), (not exists (select from addressed)), (not exists (select from mark h where h.member_id = $1::bigint and h.hidden))) as held
from page;

-- forget who is hidden
-- $1 member
delete from hidden_author where author_id = $1::bigint or member_id = $1::bigint;

-- ids of those a member has
-- $1 member
select coalesce(array_agg(id order by id), '{}') as ids from (
      select id from contribution where author_id = $1::bigint and not deleted
      union all select id from contribution where author_id = $1::bigint and deleted and not erased
    ) own;

-- index
-- $1 ids, $2 titles, $3 texts
update contribution c set (search, search_rules) = row((d.title || ' ' || d.text)::tsvector, 1)
    from unnest($1::bigint[], $2::text[], $3::text[]) d(id, title, text) where c.id = d.id;

-- keep hidden
-- $1 hiders, $2 author
insert into hidden_author (member_id, author_id) select unnest($1::bigint[]), $2::bigint on conflict do nothing;

-- list again what one shares, lock
-- $1 id
select from contribution where id = $1::bigint for update;

-- list again what one shares, step 1
-- $1 id
delete from share where contribution_id = $1::bigint;

-- list again what one shares, step 2
-- $1 id
insert into share (shared_id, contribution_id, kind, author_id, added_at) select distinct m.shared_id, c.id as contribution_id, c.kind, c.author_id, c.added_at
  from media m join contribution c on c.id = m.contribution_id and m.id = any(c.medias)
  where m.shared_id is not null and not c.deleted and c.addressing = '{}' and c.id = $1::bigint;

-- list one that is addressed again, lock
-- $1 id
select from contribution where id = $1::bigint for update;

-- list one that is addressed again, step 1
-- $1 id
delete from addressed where contribution_id = $1::bigint;

-- list one that is addressed again, step 2
-- $1 id
insert into addressed (contribution_id, kind, author_id, tags, categories, uncommented) select c.id as contribution_id, c.kind, c.author_id, c.addressing as tags, c.categories,
    c.comment_count = 0 as uncommented
  from contribution c where not c.deleted and c.addressing <> '{}' and c.id = $1::bigint;

-- lock
-- $1 member, $2 id, $3 kind
select c.author_id as author, c.deleted, c.published, c.collapsed, c.moderated,
      (coalesce(v.hidden_place is not null or v.hidden_by, false)
  or exists (select from hidden_author h where h.member_id = $1::bigint and h.author_id = c.author_id)) as hidden, not (c.addressing = '{}' or not (c.author_id is distinct from $1::bigint and (not c.addressing && array(select t.id from tag t
  where t.id = any((select m.tag_ids from users m where m.id = $1::bigint)::bigint[]) and t.active and not t.deleted) and not exists (select from users m
  where m.id = $1::bigint and m.status = 'a' and m.role in ('admin', 'moderator'))))) as kept,
      me.status::text as status, me.role, (select version from community) as version
    from contribution c join users me on me.id = $1::bigint
    left join lateral (
    select * from relation tied where tied.member_id = $1::bigint and tied.other_id = c.author_id offset 0) v on true
    where c.id = $2::bigint and c.kind = $3::smallint and not c.erased
    for no key update of c for key share of me;

-- lock made-up authors
-- $1 ids
select from users where id = any($1::bigint[]) order by id for no key update;

-- lock what is not published
-- $1 author, $2 id
select id, poll_id as poll from contribution
    where author_id = $1::bigint and not published and not erased and ($2::bigint is null or id = $2::bigint)
    order by id for no key update;

-- look at an author again
-- $1 id
select status::text, role from users where id = $1::bigint;

-- make up
-- $1 contributions, $2 of, $3 members, $4 voted, $5 followed, $6 suspended, $7 flagged, $8 flags, $9 reactions
with given as materialized (
    select g.*, nextval(pg_get_serial_sequence('contribution', 'id')) as id,
      case when media is not null then nextval(pg_get_serial_sequence('media', 'id')) end as media_id
    from (select * from json_to_recordset($1::json) as g(n int, kind smallint, author_id bigint, title text, slug text,
      again boolean, html text, summary text, words text, categories bigint[], location text, lat float8, lng float8,
      at float8, edited float8, deleted boolean, views int, votes int, followers int, flags int, reactions jsonb, title_words text,
      text_words text, poll_id bigint, media json, shares int) order by n) g
  ), made as (
    insert into contribution (id, kind, author_id, title, slug, html, summary, words, categories, location, lat, lng,
      added_at, last_edited_at, last_activity_at, deleted, view_count, vote_count, follower_count, flag_count, reactions, search, search_rules,
      poll_id, medias)
    overriding system value
    select id, kind, author_id, title,
      case when again or exists (select from contribution x where x.kind = given.kind and x.slug = given.slug)
        then slug || '-' || nextval('contribution_place') else slug end,
      html, summary, words, categories, location, lat, lng, to_timestamp(at / 1000), to_timestamp(edited / 1000), to_timestamp(at / 1000), deleted, views,
      votes, followers, flags, reactions, (title_words || ' ' || text_words)::tsvector, 1,
      poll_id, case when media_id is not null and shares is null then array[media_id] else '{}' end
    from given
  ), attached as (
    insert into media (id, owner_id, type, file_id, added_at, contribution_id, title, description, url, image, image_width,
      image_height, thumbnail, mimetype, size, shared_id, embed_type, embed_id, metadata)
    overriding system value
    select g.media_id, g.author_id, m.type, m.file_id, to_timestamp(g.at / 1000), g.id, coalesce(m.title, ''),
      coalesce(m.description, ''), m.url, m.image, m.image_width, m.image_height, m.thumbnail, m.mimetype, m.size, s.id,
      m.embed_type, s.id::text, case when s.id is not null then json_build_object('id', s.id, 'type', case s.kind when 1 then 'status' when 2 then 'post' when 3 then 'discussion' end) end
    from given g left join given s on s.n = g.shares, lateral json_populate_record(null::media, g.media) m
    where g.media_id is not null
  ), marked as (
  insert into mark (target_id, member_id, kind, voted_at, vote_place, reaction, followed_at,
    follow_place, suspended_at, suspend_place, flagged_at, flag_place, flag_type)
  select * from (
    select given.id, m.member_id, given.kind, to_timestamp(m.voted / 1000), case when m.voted is not null then nextval('contribution_place') end as vote_place, m.reaction,
      to_timestamp(m.followed / 1000), case when m.followed is not null then nextval('contribution_place') end as follow_place, to_timestamp(m.suspended / 1000), case when m.suspended is not null then nextval('contribution_place') end as suspend_place, to_timestamp(m.flagged / 1000), case when m.flagged is not null then nextval('contribution_place') end as flag_place, m.flag
    from (
      select * from unnest($2::int[], $3::bigint[], $4::float8[], $5::float8[], $6::float8[], $7::float8[], $8::smallint[], $9::smallint[])
        m(n, member_id, voted, followed, suspended, flagged, flag, reaction)
      order by n, least(voted, followed, suspended, flagged)
    ) m join given on given.n = m.n
    offset 0
  ) m order by member_id, id
  )
  select min(id) as first from given;

-- make up drafts
-- $1 drafts
insert into contribution (kind, author_id, title, slug, html, summary, words, categories, added_at,
      last_activity_at, search, search_rules, published, deleted, scheduled_at)
    select kind, author_id, title, slug || '-' || nextval('contribution_place'), html, summary, words, categories,
      to_timestamp(at / 1000), to_timestamp(at / 1000), (title_words || ' ' || text_words)::tsvector, 1, false, true,
      to_timestamp(scheduled / 1000)
    from json_to_recordset($1::json) as g(n int, kind smallint, author_id bigint, title text, slug text, html text,
      summary text, words text, categories bigint[], at float8, scheduled float8, title_words text, text_words text)
    order by n;

-- not published yet
-- $1 viewer, $2 limit
with p as (
  select p.*, row_number() over () as n from (
    select * from (select x.id, x.scheduled_at as k0, x.id as k1 from contribution x where x.author_id = $1::bigint and x.kind = 1 and not x.published
      and not x.erased and x.scheduled_at is not null
      order by x.scheduled_at asc, x.id asc limit 101) few limit $2::bigint + 1
  ) p
), page as (
  select * from (select p.n, json_build_array(p.k0, p.k1)::text as key, /* Status */ concat(e'\x02', case when veil.withheld then 'Status 011111 otherwise' else 'Status 011111' end, e'\x1f', c.id, e'\x1f', c.xmin, '-', case when cardinality(c.medias) > 0 then (
    select string_agg(concat(x.id, ':', x.xmin, '-', e.id, ':', e.xmin), '-' order by x.id)
    from media x left join embed e on e.id = x.embedded_id where x.id = any(c.medias)) end, /* User */ e'\x1f\x02User 011111\x1f', u.id, e'\x1f', u.xmin, e'\x1f', coalesce(case v.state when 4 then '"connected"' when 1 then '"sent_connection_request"' when 2 then '"received_connection_request"' end, 'null'), e'\x03\x1f\x06categories\x1f', array_to_string(c.categories, ','), e'\x03\x1f\x06reactions\x1f', c.vote_count, ' ', c.reactions, e'\x03\x1f', case when m.reaction is not null then 'true' else 'false' end, e'\x1f', coalesce(concat(e'\x06reaction\x1f', m.reaction, e'\x03'), 'null'), e'\x1f', case when m.followed_at is not null then 'true' else 'false' end, e'\x1f', case when m.suspended_at is not null then 'true' else 'false' end, e'\x1f', case when c.addressing = '{}' then '[]' else (select /* Tag[] */ concat('[', string_agg(/* Tag */ concat('{"id":', t.id, ',"type":"', t.type, '","name":', to_json((t.name)::text)::text, ',"description":', coalesce(to_json((t.description)::text)::text, 'null'), ',"color":', to_json((t.color)::text)::text, ',"visible":', case when t.visible then 'true' else 'false' end, ',"visibility_boost":', case when t.visibility_boost then 'true' else 'false' end, ',"created_at":"', to_char(t.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","active":', case when t.active then 'true' else 'false' end, ',"deleted":', case when t.deleted then 'true' else 'false' end, '}'), ',' order by t.id), ']') from tag t where t.id = any(c.addressing)
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
select (select count(*) from contribution x where x.author_id = $1::bigint and x.kind = 1 and not x.published
      and not x.erased and x.scheduled_at is not null)::int as count, (select count(*) from p)::int as n,
  count(*) filter (where n <= $2::bigint)::int as shown,
  string_agg(row::text, ',' order by n) filter (where n <= $2::bigint) as rows,
  max(key) filter (where n = 1) as nearest, (array_agg(key order by n desc) filter (where n <= $2::bigint))[1] as farthest,
  null::text as repeated, concat(pg_current_snapshot(), ' ', pg_postmaster_start_time(), ' ', pg_relation_filepath('pg_class'), ' ', (select xmin from public_address)) as at,
  concat('Category', (select string_agg(concat(e'\x1e', e.id, e'\x1f', e.text), '') from (select ids.id, case when category.id is not null then /* Category */ concat(e'\x02Category\x1f', category.id, e'\x1f', category.xmin, e'\x1f', case when f.member_id is not null then 'true' else 'false' end, e'\x03') end as text
    from (select distinct unnest(ids0) as id from page where n <= $2::bigint) ids
    left join lateral (select k.*, k.xmin from category k where k.id = ids.id limit 1) category on true
    left join category_follower f on f.category_id = category.id and f.member_id = $1::bigint) e), e'\x1dReaction', (select string_agg(concat(e'\x1e', e.id, e'\x1f', e.text), '') from (select r.id, /* Reaction */ concat(e'\x02Reaction\x1f', r.id, e'\x1f', r.xmin, e'\x03') as text from reaction r) e)) as tables, '' as held
from page;

-- not published yet, usually
-- $1 viewer, $2 limit
with p as (
  select p.*, row_number() over () as n from (
    select * from (select x.id, x.scheduled_at as k0, x.id as k1 from contribution x where x.author_id = $1::bigint and x.kind = 1 and not x.published
      and not x.erased and x.scheduled_at is not null
      order by x.scheduled_at asc, x.id asc limit 101) few limit $2::bigint + 1
  ) p
), page as (
  select * from (select p.n, json_build_array(p.k0, p.k1)::text as key, /* Status */ concat(e'\x02', case when veil.withheld then 'Status 011111 otherwise' else 'Status 011111' end, e'\x1f', c.id, e'\x1f', c.xmin, '-', case when cardinality(c.medias) > 0 then (
    select string_agg(concat(x.id, ':', x.xmin, '-', e.id, ':', e.xmin), '-' order by x.id)
    from media x left join embed e on e.id = x.embedded_id where x.id = any(c.medias)) end, /* User */ e'\x1f\x02User 011111\x1f', u.id, e'\x1f', u.xmin, e'\x1f', coalesce(case v.state when 4 then '"connected"' when 1 then '"sent_connection_request"' when 2 then '"received_connection_request"' end, 'null'), e'\x03\x1f\x06categories\x1f', array_to_string(c.categories, ','), e'\x03\x1f\x06reactions\x1f', c.vote_count, ' ', c.reactions, e'\x03\x1f', case when m.reaction is not null then 'true' else 'false' end, e'\x1f', coalesce(concat(e'\x06reaction\x1f', m.reaction, e'\x03'), 'null'), e'\x1f', case when m.followed_at is not null then 'true' else 'false' end, e'\x1f', case when m.suspended_at is not null then 'true' else 'false' end, e'\x1f', case when c.addressing = '{}' then '[]' else e'\x05' end, e'\x03') as row, c.categories as ids0, sum(coalesce(octet_length(c.html), 0)) over (order by p.n) as total from p join contribution c on c.id = p.id join users u on u.id = c.author_id
  left join lateral (
    select * from relation tied where tied.member_id = $1::bigint and tied.other_id = c.author_id offset 0) v on true
  left join lateral (select * from mark own
    where own.target_id = c.id and own.kind = c.kind and own.member_id = $1::bigint offset 0) m on true cross join lateral (select c.collapsed and c.author_id is distinct from $1::bigint
    and not exists (select from users m
  where m.id = $1::bigint and m.status = 'a' and m.role in ('admin', 'moderator')) as withheld) veil) page where n = 1 or total <= 1000000
)
select (select count(*) from contribution x where x.author_id = $1::bigint and x.kind = 1 and not x.published
      and not x.erased and x.scheduled_at is not null)::int as count, (select count(*) from p)::int as n,
  count(*) filter (where n <= $2::bigint)::int as shown,
  string_agg(row::text, ',' order by n) filter (where n <= $2::bigint) as rows,
  max(key) filter (where n = 1) as nearest, (array_agg(key order by n desc) filter (where n <= $2::bigint))[1] as farthest,
  null::text as repeated, concat(pg_current_snapshot(), ' ', pg_postmaster_start_time(), ' ', pg_relation_filepath('pg_class'), ' ', (select xmin from public_address)) as at,
  concat('Category', (select string_agg(concat(e'\x1e', e.id, e'\x1f', e.text), '') from (select ids.id, case when category.id is not null then /* Category */ concat(e'\x02Category\x1f', category.id, e'\x1f', category.xmin, e'\x1f', case when f.member_id is not null then 'true' else 'false' end, e'\x03') end as text
    from (select distinct unnest(ids0) as id from page where n <= $2::bigint) ids
    left join lateral (select k.*, k.xmin from category k where k.id = ids.id limit 1) category on true
    left join category_follower f on f.category_id = category.id and f.member_id = $1::bigint) e), e'\x1dReaction', (select string_agg(concat(e'\x1e', e.id, e'\x1f', e.text), '') from (select r.id, /* Reaction */ concat(e'\x02Reaction\x1f', r.id, e'\x1f', r.xmin, e'\x03') as text from reaction r) e)) as tables, concat((not exists (select from addressed))) as held
from page;

-- one to be shared
-- $1 id, $2 viewer
select c.kind::int as kind from contribution c
    where c.id = $1::bigint and not c.deleted and (c.addressing = '{}' or not (c.author_id is distinct from $2::bigint and (not c.addressing && array(select t.id from tag t
  where t.id = any((select m.tag_ids from users m where m.id = $2::bigint)::bigint[]) and t.active and not t.deleted) and not exists (select from users m
  where m.id = $2::bigint and m.status = 'a' and m.role in ('admin', 'moderator'))))) and not coalesce((select true from relation h where h.member_id = $2::bigint and h.other_id = c.author_id and (h.hidden_place is not null or h.hidden_by) and (h.hidden_place is not null or not exists (select from users m
  where m.id = $2::bigint and m.status = 'a' and m.role in ('admin', 'moderator')))), false) and not coalesce((select true from hidden_author h where h.member_id = $2::bigint and h.author_id = c.author_id), false) and not coalesce((select true from erasure e where e.member_id = c.author_id), false);

-- order of a category
-- $1 id
select stream_order_by from category where id = $1::bigint and not deleted;

-- poll of one
-- $1 id
select poll_id as poll from contribution where id = $1::bigint;

-- publish
-- $1 now, $2 id
with c as (
      update contribution set published = true, deleted = false, scheduled_at = null, added_at = $1::timestamptz,
        last_activity_at = $1::timestamptz, categories = array(select named.id from unnest(categories) with ordinality named(id, nth)
          join category on category.id = named.id and not category.deleted order by named.nth)
      where id = $2::bigint and not published and not erased returning *
    ), author as (
      update users set statuses = statuses + 1, polls = polls + (select (poll_id is not null)::int from c)
      where id = (select author_id from c) returning *
    ), counted as (
      update contribution_total t set n = t.n + 1, uncommented = t.uncommented + (c.comment_count = 0)::int
      from c where t.kind = c.kind and t.part = c.author_id % 16
    )
    insert into event (id, type, created, body, txid, audience)
  select event_id, type, $1::timestamptz, concat('{"event_id":', event_id, ',"type":"', type, '","created":',
      extract(epoch from $1::timestamptz::timestamptz), ',"data":', data, '}')::json, txid,
    (select version from webhook_listening where type = any(types))
  from (select pg_current_xact_id() as txid,
      case when (select check_event_source()) then nextval('event_id') end as event_id, type, data
    from (select 'status.created' as type, /* WebhookStatus */ concat('{"id":', c.id, ',"categories":', case when c.categories = '{}' then '[]' else (select concat('[', string_agg(/* WebhookCategory */ concat('{"id":', category.id, ',"tags":', case when category.tag_ids = '{}' then '[]' else (
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

-- put new words in their place
/* writes */ select gin_clean_pending_list(oid) as pages from pg_class
    where oid = 'contribution_words'::regclass and pg_has_role(relowner, 'usage') and not pg_is_in_recovery();

-- put one in its feeds again, lock
-- $1 id
select from contribution where id = $1::bigint for update;

-- put one in its feeds again, step 1
-- $1 id
delete from category_feed where contribution_id = $1::bigint;

-- put one in its feeds again, step 2
-- $1 id
insert into category_feed select category_id, c.id, c.kind, c.author_id, c.added_at, c.last_activity_at,
       relevant_at(c.added_at, c.vote_count, c.follower_count, c.comment_count, c.share_count)
     from contribution c cross join lateral (select distinct unnest(c.categories) as category_id) each
     where c.id = $1::bigint and not c.deleted and c.addressing = '{}';

-- put one in the feeds of embeds again, lock
-- $1 id
select from contribution where id = $1::bigint for update;

-- put one in the feeds of embeds again, step 1
-- $1 id
delete from embed_feed where contribution_id = $1::bigint;

-- put one in the feeds of embeds again, step 2
-- $1 id
insert into embed_feed (embed_id, contribution_id, kind, author_id, added_at, last_activity_at)
      select distinct m.embedded_id as embed_id, c.id as contribution_id, c.kind, c.author_id,
    c.added_at, c.last_activity_at
  from media m join contribution c on c.id = m.contribution_id and m.id = any(c.medias)
  where m.embedded_id is not null and not c.deleted and c.id = $1::bigint;

-- put one that is addressed in its lists again, lock
-- $1 id
select from contribution where id = $1::bigint for update;

-- put one that is addressed in its lists again, step 1
-- $1 id
delete from addressed_feed where contribution_id = $1::bigint;

-- put one that is addressed in its lists again, step 2
-- $1 id
insert into addressed_feed select p.* from contribution c cross join lateral addressed_places(c) p where c.id = $1::bigint;

-- read what is exported
-- $1 id, $2 kind, $3 viewer
with c as (
      select c.* from contribution c where c.id = $1::bigint and c.kind = $2::smallint and (not c.deleted or c.author_id = $3::bigint or true and c.published) and not c.erased and (c.addressing = '{}' or not (c.author_id is distinct from $3::bigint and (not c.addressing && array(select t.id from tag t
  where t.id = any((select m.tag_ids from users m where m.id = $3::bigint)::bigint[]) and t.active and not t.deleted) and not exists (select from users m
  where m.id = $3::bigint and m.status = 'a' and m.role in ('admin', 'moderator'))))) and not coalesce((select true from relation h where h.member_id = $3::bigint and h.other_id = c.author_id and (h.hidden_place is not null or h.hidden_by) and (h.hidden_place is not null or not exists (select from users m
  where m.id = $3::bigint and m.status = 'a' and m.role in ('admin', 'moderator')))), false) and not coalesce((select true from hidden_author h where h.member_id = $3::bigint and h.author_id = c.author_id), false) and not coalesce((select true from erasure e where e.member_id = c.author_id), false)
    ), shown as (
      select m.*, n.nth from c, unnest(c.medias) with ordinality n(id, nth) join media m on m.id = n.id
    )
    select author_id as author, id as thing, null as type, title, summary, null as url,
      to_char(added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"') as added_at, view_count as views,
      (select coalesce(sum(clicks), 0)::bigint from shown) as clicks, vote_count as votes, comment_count as comments,
      share_count as shares from c
    union all
    select c.author_id, m.id, m.type, m.title, '', coalesce(m.url, case when m.image like '/%' then concat(public_base(), m.image) else m.image end), to_char(m.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'),
      null, m.clicks, null, null, null
      from (select * from shown order by nth) m, c;

-- related
-- $1 viewer, $2 id, $3 limit, $4 staff
with unseen as materialized (select other_id from relation where member_id = $1::bigint and (hidden_place is not null or hidden_by) and (hidden_place is not null or not exists (select from users m
  where m.id = $1::bigint and m.status = 'a' and m.role in ('admin', 'moderator')))
  union all select author_id from hidden_author where member_id = $1::bigint
  union all select member_id from erasure), near as materialized (
      select distinct x.added_at, x.id
      from unnest((select categories from contribution where id = $2::bigint)) category
      cross join lateral (
        select * from (select * from (select x.added_at as k0, x.contribution_id as k1 from category_feed x where x.category_id = category and x.kind = 1 and x.author_id not in (select other_id from unseen) and not ((select exists (select from mark h where h.member_id = $1::bigint and h.hidden))
    and coalesce((select true from mark h where h.target_id = x.contribution_id and h.member_id = $1::bigint and h.kind = x.kind and h.hidden), false)) and x.contribution_id <> $2::bigint
    order by x.added_at desc, x.contribution_id desc limit 100) few) o union all select * from (select a.k0, a.k1 from unnest((case when exists (select from users m
  where m.id = $1::bigint and m.status = 'a' and m.role in ('admin', 'moderator')) then '{0}'::bigint[] else array(select t.id from tag t
  where t.id = any((select m.tag_ids from users m where m.id = $1::bigint)::bigint[]) and t.active and not t.deleted) || -$1::bigint::bigint end)) circle (id)
      cross join unnest('{1}'::smallint[]) wanted (kind)
      cross join lateral (select * from (select x.added_at as k0, x.contribution_id as k1 from addressed_feed x where x.place = category and x.place > 0 and x.reader = circle.id and x.kind = wanted.kind and x.author_id not in (select other_id from unseen) and not ((select exists (select from mark h where h.member_id = $1::bigint and h.hidden))
    and coalesce((select true from mark h where h.target_id = x.contribution_id and h.member_id = $1::bigint and h.kind = x.kind and h.hidden), false)) and x.contribution_id <> $2::bigint
    order by x.added_at desc, x.contribution_id desc limit 100) few) a group by a.k0, a.k1) a
      ) x (added_at, id)
      order by x.added_at desc, x.id desc limit 100
    ), p as (
  select p.*, row_number() over () as n from (
    select * from (select x.added_at as k0, x.id as k1 from near x where true
      order by x.added_at desc, x.id desc limit 101) few limit $3::bigint + 1
  ) p
), page as (
  select * from (select p.n, json_build_array(p.k0, p.k1)::text as key, /* Status */ concat(e'\x02', case when veil.withheld then 'Status 011111 otherwise' else 'Status 011111' end, e'\x1f', c.id, e'\x1f', c.xmin, '-', case when cardinality(c.medias) > 0 then (
    select string_agg(concat(x.id, ':', x.xmin, '-', e.id, ':', e.xmin), '-' order by x.id)
    from media x left join embed e on e.id = x.embedded_id where x.id = any(c.medias)) end, /* User */ e'\x1f\x02User 011111\x1f', u.id, e'\x1f', u.xmin, e'\x1f', coalesce(case v.state when 4 then '"connected"' when 1 then '"sent_connection_request"' when 2 then '"received_connection_request"' end, 'null'), e'\x03\x1f\x06categories\x1f', array_to_string(c.categories, ','), e'\x03\x1f\x06reactions\x1f', c.vote_count, ' ', c.reactions, e'\x03\x1f', case when m.reaction is not null then 'true' else 'false' end, e'\x1f', coalesce(concat(e'\x06reaction\x1f', m.reaction, e'\x03'), 'null'), e'\x1f', case when m.followed_at is not null then 'true' else 'false' end, e'\x1f', case when m.suspended_at is not null then 'true' else 'false' end, e'\x1f', case when c.addressing = '{}' then '[]' else (select /* Tag[] */ concat('[', string_agg(/* Tag */ concat('{"id":', t.id, ',"type":"', t.type, '","name":', to_json((t.name)::text)::text, ',"description":', coalesce(to_json((t.description)::text)::text, 'null'), ',"color":', to_json((t.color)::text)::text, ',"visible":', case when t.visible then 'true' else 'false' end, ',"visibility_boost":', case when t.visibility_boost then 'true' else 'false' end, ',"created_at":"', to_char(t.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","active":', case when t.active then 'true' else 'false' end, ',"deleted":', case when t.deleted then 'true' else 'false' end, '}'), ',' order by t.id), ']') from tag t where t.id = any(c.addressing)
      and (c.author_id is not distinct from $1::bigint or exists (select from users m
  where m.id = $1::bigint and m.status = 'a' and m.role in ('admin', 'moderator'))
        or t.active and not t.deleted and (t.visible or t.id = any(array(select t.id from tag t
  where t.id = any((select m.tag_ids from users m where m.id = $1::bigint)::bigint[]) and t.active and not t.deleted))))) end, e'\x03') as row, c.categories as ids0, sum(coalesce(octet_length(c.html), 0)) over (order by p.n) as total from p join contribution c on c.id = p.k1 join users u on u.id = c.author_id
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
    left join category_follower f on f.category_id = category.id and f.member_id = $1::bigint) e), e'\x1dReaction', (select string_agg(concat(e'\x1e', e.id, e'\x1f', e.text), '') from (select r.id, /* Reaction */ concat(e'\x02Reaction\x1f', r.id, e'\x1f', r.xmin, e'\x03') as text from reaction r) e)) as tables, (select true from contribution c where c.id = $2::bigint and c.kind = 1 and (c.published or c.author_id = $1::bigint)
     and (not c.deleted or c.author_id = $1::bigint or $4::boolean and c.published) and not c.erased and (c.addressing = '{}' or not (c.author_id is distinct from $1::bigint and (not c.addressing && array(select t.id from tag t
  where t.id = any((select m.tag_ids from users m where m.id = $1::bigint)::bigint[]) and t.active and not t.deleted) and not exists (select from users m
  where m.id = $1::bigint and m.status = 'a' and m.role in ('admin', 'moderator'))))) and not coalesce((select true from relation h where h.member_id = $1::bigint and h.other_id = c.author_id and (h.hidden_place is not null or h.hidden_by) and (h.hidden_place is not null or not exists (select from users m
  where m.id = $1::bigint and m.status = 'a' and m.role in ('admin', 'moderator')))), false) and not coalesce((select true from hidden_author h where h.member_id = $1::bigint and h.author_id = c.author_id), false) and not coalesce((select true from erasure e where e.member_id = c.author_id), false)) as "there", '' as held
from page;

-- related, usually
-- $1 id, $2 limit, $3 viewer, $4 staff
with unseen as materialized (select 0::bigint as other_id where false), near as materialized (
      select distinct x.added_at, x.id
      from unnest((select categories from contribution where id = $1::bigint)) category
      cross join lateral (
        select * from (select x.added_at as k0, x.contribution_id as k1 from category_feed x where x.category_id = category and x.kind = 1 and true and true and x.contribution_id <> $1::bigint
    order by x.added_at desc, x.contribution_id desc limit 100) few
      ) x (added_at, id)
      order by x.added_at desc, x.id desc limit 100
    ), p as (
  select p.*, row_number() over () as n from (
    select * from (select x.added_at as k0, x.id as k1 from near x where true
      order by x.added_at desc, x.id desc limit 101) few limit $2::bigint + 1
  ) p
), page as (
  select * from (select p.n, json_build_array(p.k0, p.k1)::text as key, /* Status */ concat(e'\x02', case when veil.withheld then 'Status 011111 otherwise' else 'Status 011111' end, e'\x1f', c.id, e'\x1f', c.xmin, '-', case when cardinality(c.medias) > 0 then (
    select string_agg(concat(x.id, ':', x.xmin, '-', e.id, ':', e.xmin), '-' order by x.id)
    from media x left join embed e on e.id = x.embedded_id where x.id = any(c.medias)) end, /* User */ e'\x1f\x02User 011111\x1f', u.id, e'\x1f', u.xmin, e'\x1f', coalesce(case v.state when 4 then '"connected"' when 1 then '"sent_connection_request"' when 2 then '"received_connection_request"' end, 'null'), e'\x03\x1f\x06categories\x1f', array_to_string(c.categories, ','), e'\x03\x1f\x06reactions\x1f', c.vote_count, ' ', c.reactions, e'\x03\x1f', case when m.reaction is not null then 'true' else 'false' end, e'\x1f', coalesce(concat(e'\x06reaction\x1f', m.reaction, e'\x03'), 'null'), e'\x1f', case when m.followed_at is not null then 'true' else 'false' end, e'\x1f', case when m.suspended_at is not null then 'true' else 'false' end, e'\x1f', case when c.addressing = '{}' then '[]' else e'\x05' end, e'\x03') as row, c.categories as ids0, sum(coalesce(octet_length(c.html), 0)) over (order by p.n) as total from p join contribution c on c.id = p.k1 join users u on u.id = c.author_id
  left join lateral (
    select * from relation tied where tied.member_id = $3::bigint and tied.other_id = c.author_id offset 0) v on true
  left join lateral (select * from mark own
    where own.target_id = c.id and own.kind = c.kind and own.member_id = $3::bigint offset 0) m on true cross join lateral (select c.collapsed and c.author_id is distinct from $3::bigint
    and not exists (select from users m
  where m.id = $3::bigint and m.status = 'a' and m.role in ('admin', 'moderator')) as withheld) veil) page where n = 1 or total <= 1000000
)
select (select count(*) from near)::int as count, (select count(*) from p)::int as n,
  count(*) filter (where n <= $2::bigint)::int as shown,
  string_agg(row::text, ',' order by n) filter (where n <= $2::bigint) as rows,
  max(key) filter (where n = 1) as nearest, (array_agg(key order by n desc) filter (where n <= $2::bigint))[1] as farthest,
  null::text as repeated, concat(pg_current_snapshot(), ' ', pg_postmaster_start_time(), ' ', pg_relation_filepath('pg_class'), ' ', (select xmin from public_address)) as at,
  concat('Category', (select string_agg(concat(e'\x1e', e.id, e'\x1f', e.text), '') from (select ids.id, case when category.id is not null then /* Category */ concat(e'\x02Category\x1f', category.id, e'\x1f', category.xmin, e'\x1f', case when f.member_id is not null then 'true' else 'false' end, e'\x03') end as text
    from (select distinct unnest(ids0) as id from page where n <= $2::bigint) ids
    left join lateral (select k.*, k.xmin from category k where k.id = ids.id limit 1) category on true
    left join category_follower f on f.category_id = category.id and f.member_id = $3::bigint) e), e'\x1dReaction', (select string_agg(concat(e'\x1e', e.id, e'\x1f', e.text), '') from (select r.id, /* Reaction */ concat(e'\x02Reaction\x1f', r.id, e'\x1f', r.xmin, e'\x03') as text from reaction r) e)) as tables, (select true from contribution c where c.id = $1::bigint and c.kind = 1 and (c.published or c.author_id = $3::bigint)
     and (not c.deleted or c.author_id = $3::bigint or $4::boolean and c.published) and not c.erased and true and true) as "there", concat((not exists (select h.other_id from relation h
  where h.member_id = $3::bigint and (h.hidden_place is not null or h.hidden_by))), (not exists (select from hidden_author where member_id = $3::bigint)), (not exists (select from erasure)), (not exists (select from addressed)), (not exists (select from mark h where h.member_id = $3::bigint and h.hidden))) as held
from page;

-- search
-- $1 words, $2 first, $3 viewer, $4 limit
with asked as materialized (
      select $1::text::tsquery as words, (select coalesce(max(id), 0) from contribution) as newest
    ), newest as materialized (
      select x.search from (select * from contribution where id > (select newest - 500 from asked) order by id desc limit 500) x
      where not x.deleted and x.kind = 1
    ), word as materialized (
      select word, (select count(*) >= 25 from newest x where x.search @@ word::tsquery) as everywhere
      from unnest($2::text[]) word
    ), way as materialized (
      select everywhere, case when everywhere and (select count(*) >= 25 from newest x where x.search @@ asked.words)
          then newest - 20000 else newest end as bottom,
        (select string_agg('''@ ' || substr(word.word, 2), ' & ') from word where e.everywhere or not word.everywhere) as in_tier
      from asked, (select bool_and(word.everywhere) as everywhere from word) e
    ), walked as materialized (
      select x.id, (ts_rank(x.search, asked.words) * 1e6)::bigint as rank
      from asked, (select * from contribution where id > (select bottom from way) order by id desc limit 20000) x
      where not x.deleted and x.kind = 1 and x.search @@ asked.words and (not x.collapsed and x.author_id not in (select other_id from relation where member_id = $3::bigint and (hidden_place is not null or hidden_by) and (hidden_place is not null or not exists (select from users m
  where m.id = $3::bigint and m.status = 'a' and m.role in ('admin', 'moderator')))
  union all select author_id from hidden_author where member_id = $3::bigint
  union all select member_id from erasure) and (x.addressing = '{}' or not (x.author_id is distinct from $3::bigint and (not x.addressing && array(select t.id from tag t
  where t.id = any((select m.tag_ids from users m where m.id = $3::bigint)::bigint[]) and t.active and not t.deleted) and not exists (select from users m
  where m.id = $3::bigint and m.status = 'a' and m.role in ('admin', 'moderator'))))) and not ((select exists (select from mark h where h.member_id = $3::bigint and h.hidden))
    and coalesce((select true from mark h where h.target_id = x.id and h.member_id = $3::bigint and h.kind = x.kind and h.hidden), false))) is true
      order by x.id desc limit 100
    ), looked_up as materialized (
      select x.id, (ts_rank(x.search, asked.words) * 1e6)::bigint as rank
      from asked
      cross join way
      cross join lateral generate_series(0, ((way.bottom >> 14) / case when way.everywhere then 1 else 64 end)::int + 6) n
      cross join lateral (
        select string_agg('(' || replace(way.in_tier, '@', (tier * 16 + 1)::text) || ')', '|')::tsquery as up
        from generate_series(
          greatest((way.bottom >> 14) - case when way.everywhere then n else case when n + 1 <= 6 then (1::bigint << (n + 1)) - 1 else (n + 1 - 5) * 64::bigint - 1 end - 1 end, 0),
          (way.bottom >> 14) - case when way.everywhere then n else case when n <= 6 then (1::bigint << (n)) - 1 else (n - 5) * 64::bigint - 1 end end) tier
      ) looked
      cross join lateral (
        select x.id, x.search from (
          select * from contribution x
          where not x.deleted and x.search_rules <> 0 and tier_words(x.search, x.kind, x.id) @@ looked.up offset 0
        ) x
        where x.id <= way.bottom and x.search @@ asked.words and (not x.collapsed and x.author_id not in (select other_id from relation where member_id = $3::bigint and (hidden_place is not null or hidden_by) and (hidden_place is not null or not exists (select from users m
  where m.id = $3::bigint and m.status = 'a' and m.role in ('admin', 'moderator')))
  union all select author_id from hidden_author where member_id = $3::bigint
  union all select member_id from erasure) and (x.addressing = '{}' or not (x.author_id is distinct from $3::bigint and (not x.addressing && array(select t.id from tag t
  where t.id = any((select m.tag_ids from users m where m.id = $3::bigint)::bigint[]) and t.active and not t.deleted) and not exists (select from users m
  where m.id = $3::bigint and m.status = 'a' and m.role in ('admin', 'moderator'))))) and not ((select exists (select from mark h where h.member_id = $3::bigint and h.hidden))
    and coalesce((select true from mark h where h.target_id = x.id and h.member_id = $3::bigint and h.kind = x.kind and h.hidden), false))) is true
        order by x.id desc
      ) x
      limit (select 100 - count(*) from walked)
    ), found as materialized (
      select * from walked union all select * from looked_up
    ), p as (
  select p.*, row_number() over () as n from (
    select * from (select x.rank as k0, x.id as k1 from found x where true
      order by x.rank desc, x.id desc limit 101) few limit $4::bigint + 1
  ) p
), light as (
  select * from (select p.*, sum(coalesce(2 * (select octet_length(html) from contribution where id = p.k1), 0)) over (order by p.n) as total from p) p where n = 1 or total <= 1000000
), page as (
  select p.n, json_build_array(p.k0, p.k1)::text as key, /* SearchStatus */ concat('{"id":', c.id, ',"type":"status","slug":', to_json((case when veil.withheld then c.id::text else c.slug end)::text)::text, ',"html":', to_json((case when veil.withheld then '' else c.html end)::text)::text, ',"summary":', to_json((case when veil.withheld then '' else c.summary end)::text)::text, ',"summary_html":', to_json((case when veil.withheld then '' else case when c.summary like '% ...' then c.summary else c.html end end)::text)::text, ',"summary_truncated":', case when case when veil.withheld then false else c.summary like '% ...' end then 'true' else 'false' end, /* User */ e',"author":\x02User 011111\x1f', u.id, e'\x1f', u.xmin, e'\x1f', coalesce(case v.state when 4 then '"connected"' when 1 then '"sent_connection_request"' when 2 then '"received_connection_request"' end, 'null'), e'\x03,"categories":\x06categories\x1f', array_to_string(c.categories, ','), e'\x03,"added_at":"', to_char(c.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","last_edited_at":', coalesce('"' || (to_char(c.last_edited_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), ',"last_activity_at":"', to_char(c.last_activity_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","deleted":', case when c.deleted and c.published then 'true' else 'false' end, ',"draft":', case when not c.published and c.scheduled_at is null then 'true' else 'false' end, ',"scheduled_at":', coalesce('"' || (to_char(c.scheduled_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), ',"collapsed":', case when c.collapsed then 'true' else 'false' end, ',"comment_count":', c.comment_count, ',"vote_count":', c.vote_count, ',"flag_count":', c.flag_count, ',"share_count":', c.share_count, ',"view_count":', c.view_count, ',"follower_count":', c.follower_count, e',"reactions_count":\x06reactions\x1f', c.vote_count, ' ', c.reactions, e'\x03,"voted":', case when m.reaction is not null then 'true' else 'false' end, ',"reaction":', coalesce(concat(e'\x06reaction\x1f', m.reaction, e'\x03'), 'null'), ',"followed":', case when m.followed_at is not null then 'true' else 'false' end, ',"suspended":', case when m.suspended_at is not null then 'true' else 'false' end, ',"medias":', case when veil.withheld then '[]' else case when c.medias = '{}' then '[]' else (select concat('[', string_agg(/* Media */ concat('{"id":', media.id, ',"added_at":"', to_char(media.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","type":"', media.type, '","title":', to_json((media.title)::text)::text, ',"description":', to_json((media.description)::text)::text, ',"url":', to_json((coalesce(case when media.url like '/%' then concat(public_base(), media.url) else media.url end, ''))::text)::text, ',"image":', to_json((coalesce(case when media.image like '/%' then concat(public_base(), media.image) else media.image end, ''))::text)::text, ',"image_width":', coalesce(media.image_width, 0), ',"image_height":', coalesce(media.image_height, 0), ',"order":', n.nth - 1, ',"embed":', coalesce(case when media.embedded_id is not null then (select /* Embed */ concat('{"id":', e.id, ',"embed_type":', to_json((e.embed_type)::text)::text, ',"embed_id":', to_json((e.embed_id)::text)::text, ',"url":', coalesce(to_json((e.url)::text)::text, 'null'), ',"metadata":', e.metadata::text, '}') from embed e where e.id = media.embedded_id)
      when media.embed_type is null then 'null' else concat('{"id":null,"embed_type":"', media.embed_type,
      '","embed_id":', to_json(media.embed_id), ',"url":', coalesce(to_json(media.url)::text, 'null'),
      ',"metadata":', replace(media.metadata::text, '"url":"/files/', concat('"url":"', public_base(), '/files/')), '}') end, 'null'), ',"image_thumbnail":', coalesce(coalesce(replace(media.thumbnail::text, '"url":"/files/', concat('"url":"', public_base(), '/files/')), 'null'), 'null'), ',"mimetype":', to_json((coalesce(media.mimetype, ''))::text)::text, ',"size":', coalesce(media.size, 0), '}'), ',' order by n.nth), ']')
    from unnest(c.medias) with ordinality n(id, nth) join media on media.id = n.id) end end, ',"location":', coalesce(case when veil.withheld then 'null' else case when c.location is null then 'null' else json_build_object('location', c.location, 'lat', c.lat, 'lng', c.lng)::text end end, 'null'), ',"addressing":', case when c.addressing = '{}' then '[]' else (select /* Tag[] */ concat('[', string_agg(/* Tag */ concat('{"id":', t.id, ',"type":"', t.type, '","name":', to_json((t.name)::text)::text, ',"description":', coalesce(to_json((t.description)::text)::text, 'null'), ',"color":', to_json((t.color)::text)::text, ',"visible":', case when t.visible then 'true' else 'false' end, ',"visibility_boost":', case when t.visibility_boost then 'true' else 'false' end, ',"created_at":"', to_char(t.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","active":', case when t.active then 'true' else 'false' end, ',"deleted":', case when t.deleted then 'true' else 'false' end, '}'), ',' order by t.id), ']') from tag t where t.id = any(c.addressing)
      and (c.author_id is not distinct from $3::bigint or exists (select from users m
  where m.id = $3::bigint and m.status = 'a' and m.role in ('admin', 'moderator'))
        or t.active and not t.deleted and (t.visible or t.id = any(array(select t.id from tag t
  where t.id = any((select m.tag_ids from users m where m.id = $3::bigint)::bigint[]) and t.active and not t.deleted))))) end, ',"recipients":[],"tags":', case when c.tag_ids = '{}' then '[]' else (
    select /* Tag[] */ concat('[', string_agg(/* Tag */ concat('{"id":', t.id, ',"type":"', t.type, '","name":', to_json((t.name)::text)::text, ',"description":', coalesce(to_json((t.description)::text)::text, 'null'), ',"color":', to_json((t.color)::text)::text, ',"visible":', case when t.visible then 'true' else 'false' end, ',"visibility_boost":', case when t.visibility_boost then 'true' else 'false' end, ',"created_at":"', to_char(t.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","active":', case when t.active then 'true' else 'false' end, ',"deleted":', case when t.deleted then 'true' else 'false' end, '}'), ',' order by t.id), ']') from tag t
    where t.id = any(c.tag_ids) and t.active and not t.deleted and t.visible) end, ',"matches":[{"object":', json_build_object('id', c.id, 'type', 'status', 'added_at',
        to_char(c.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), 'html', c.html), /* User */ e',"author":\x02User 011111\x1f', u.id, e'\x1f', u.xmin, e'\x1f', coalesce(case v.state when 4 then '"connected"' when 1 then '"sent_connection_request"' when 2 then '"received_connection_request"' end, 'null'), e'\x03}]}') as row, c.categories as ids0 from light p join contribution c on c.id = p.k1 join users u on u.id = c.author_id
  left join lateral (
    select * from relation tied where tied.member_id = $3::bigint and tied.other_id = c.author_id offset 0) v on true
  left join lateral (select * from mark own
    where own.target_id = c.id and own.kind = c.kind and own.member_id = $3::bigint offset 0) m on true cross join lateral (select c.collapsed and c.author_id is distinct from $3::bigint
    and not exists (select from users m
  where m.id = $3::bigint and m.status = 'a' and m.role in ('admin', 'moderator')) as withheld) veil
)
select (select count(*) from found)::int as count, (select count(*) from p)::int as n,
  count(*) filter (where n <= $4::bigint)::int as shown,
  string_agg(row::text, ',' order by n) filter (where n <= $4::bigint) as rows,
  max(key) filter (where n = 1) as nearest, (array_agg(key order by n desc) filter (where n <= $4::bigint))[1] as farthest,
  null::text as repeated, concat(pg_current_snapshot(), ' ', pg_postmaster_start_time(), ' ', pg_relation_filepath('pg_class'), ' ', (select xmin from public_address)) as at,
  concat('Category', (select string_agg(concat(e'\x1e', e.id, e'\x1f', e.text), '') from (select ids.id, case when category.id is not null then /* Category */ concat(e'\x02Category\x1f', category.id, e'\x1f', category.xmin, e'\x1f', case when f.member_id is not null then 'true' else 'false' end, e'\x03') end as text
    from (select distinct unnest(ids0) as id from page where n <= $4::bigint) ids
    left join lateral (select k.*, k.xmin from category k where k.id = ids.id limit 1) category on true
    left join category_follower f on f.category_id = category.id and f.member_id = $3::bigint) e), e'\x1dReaction', (select string_agg(concat(e'\x1e', e.id, e'\x1f', e.text), '') from (select r.id, /* Reaction */ concat(e'\x02Reaction\x1f', r.id, e'\x1f', r.xmin, e'\x03') as text from reaction r) e)) as tables, '' as held
from page;

-- search, usually
-- $1 words, $2 first, $3 viewer, $4 limit
with asked as materialized (
      select $1::text::tsquery as words, (select coalesce(max(id), 0) from contribution) as newest
    ), newest as materialized (
      select x.search from (select * from contribution where id > (select newest - 500 from asked) order by id desc limit 500) x
      where not x.deleted and x.kind = 1
    ), word as materialized (
      select word, (select count(*) >= 25 from newest x where x.search @@ word::tsquery) as everywhere
      from unnest($2::text[]) word
    ), way as materialized (
      select everywhere, case when everywhere and (select count(*) >= 25 from newest x where x.search @@ asked.words)
          then newest - 20000 else newest end as bottom,
        (select string_agg('''@ ' || substr(word.word, 2), ' & ') from word where e.everywhere or not word.everywhere) as in_tier
      from asked, (select bool_and(word.everywhere) as everywhere from word) e
    ), walked as materialized (
      select x.id, (ts_rank(x.search, asked.words) * 1e6)::bigint as rank
      from asked, (select * from contribution where id > (select bottom from way) order by id desc limit 20000) x
      where not x.deleted and x.kind = 1 and x.search @@ asked.words and (not x.collapsed and x.author_id not in (select other_id from relation where member_id = $3::bigint and (hidden_place is not null or hidden_by) and (hidden_place is not null or not exists (select from users m
  where m.id = $3::bigint and m.status = 'a' and m.role in ('admin', 'moderator')))
  union all select author_id from hidden_author where member_id = $3::bigint
  union all select member_id from erasure) and (x.addressing = '{}' or not (x.author_id is distinct from $3::bigint and (not x.addressing && array(select t.id from tag t
  where t.id = any((select m.tag_ids from users m where m.id = $3::bigint)::bigint[]) and t.active and not t.deleted) and not exists (select from users m
  where m.id = $3::bigint and m.status = 'a' and m.role in ('admin', 'moderator'))))) and not ((select exists (select from mark h where h.member_id = $3::bigint and h.hidden))
    and coalesce((select true from mark h where h.target_id = x.id and h.member_id = $3::bigint and h.kind = x.kind and h.hidden), false))) is true
      order by x.id desc limit 100
    ), looked_up as materialized (
      select x.id, (ts_rank(x.search, asked.words) * 1e6)::bigint as rank
      from asked
      cross join way
      cross join lateral generate_series(0, ((way.bottom >> 14) / case when way.everywhere then 1 else 64 end)::int + 6) n
      cross join lateral (
        select string_agg('(' || replace(way.in_tier, '@', (tier * 16 + 1)::text) || ')', '|')::tsquery as up
        from generate_series(
          greatest((way.bottom >> 14) - case when way.everywhere then n else case when n + 1 <= 6 then (1::bigint << (n + 1)) - 1 else (n + 1 - 5) * 64::bigint - 1 end - 1 end, 0),
          (way.bottom >> 14) - case when way.everywhere then n else case when n <= 6 then (1::bigint << (n)) - 1 else (n - 5) * 64::bigint - 1 end end) tier
      ) looked
      cross join lateral (
        select x.id, x.search from (
          select * from contribution x
          where not x.deleted and x.search_rules <> 0 and tier_words(x.search, x.kind, x.id) @@ looked.up offset 0
        ) x
        where x.id <= way.bottom and x.search @@ asked.words and (not x.collapsed and x.author_id not in (select other_id from relation where member_id = $3::bigint and (hidden_place is not null or hidden_by) and (hidden_place is not null or not exists (select from users m
  where m.id = $3::bigint and m.status = 'a' and m.role in ('admin', 'moderator')))
  union all select author_id from hidden_author where member_id = $3::bigint
  union all select member_id from erasure) and (x.addressing = '{}' or not (x.author_id is distinct from $3::bigint and (not x.addressing && array(select t.id from tag t
  where t.id = any((select m.tag_ids from users m where m.id = $3::bigint)::bigint[]) and t.active and not t.deleted) and not exists (select from users m
  where m.id = $3::bigint and m.status = 'a' and m.role in ('admin', 'moderator'))))) and not ((select exists (select from mark h where h.member_id = $3::bigint and h.hidden))
    and coalesce((select true from mark h where h.target_id = x.id and h.member_id = $3::bigint and h.kind = x.kind and h.hidden), false))) is true
        order by x.id desc
      ) x
      limit (select 100 - count(*) from walked)
    ), found as materialized (
      select * from walked union all select * from looked_up
    ), p as (
  select p.*, row_number() over () as n from (
    select * from (select x.rank as k0, x.id as k1 from found x where true
      order by x.rank desc, x.id desc limit 101) few limit $4::bigint + 1
  ) p
), light as (
  select * from (select p.*, sum(coalesce(2 * (select octet_length(html) from contribution where id = p.k1), 0)) over (order by p.n) as total from p) p where n = 1 or total <= 1000000
), page as (
  select p.n, json_build_array(p.k0, p.k1)::text as key, /* SearchStatus */ concat('{"id":', c.id, ',"type":"status","slug":', to_json((case when veil.withheld then c.id::text else c.slug end)::text)::text, ',"html":', to_json((case when veil.withheld then '' else c.html end)::text)::text, ',"summary":', to_json((case when veil.withheld then '' else c.summary end)::text)::text, ',"summary_html":', to_json((case when veil.withheld then '' else case when c.summary like '% ...' then c.summary else c.html end end)::text)::text, ',"summary_truncated":', case when case when veil.withheld then false else c.summary like '% ...' end then 'true' else 'false' end, /* User */ e',"author":\x02User 011111\x1f', u.id, e'\x1f', u.xmin, e'\x1f', coalesce(case v.state when 4 then '"connected"' when 1 then '"sent_connection_request"' when 2 then '"received_connection_request"' end, 'null'), e'\x03,"categories":\x06categories\x1f', array_to_string(c.categories, ','), e'\x03,"added_at":"', to_char(c.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","last_edited_at":', coalesce('"' || (to_char(c.last_edited_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), ',"last_activity_at":"', to_char(c.last_activity_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","deleted":', case when c.deleted and c.published then 'true' else 'false' end, ',"draft":', case when not c.published and c.scheduled_at is null then 'true' else 'false' end, ',"scheduled_at":', coalesce('"' || (to_char(c.scheduled_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), ',"collapsed":', case when c.collapsed then 'true' else 'false' end, ',"comment_count":', c.comment_count, ',"vote_count":', c.vote_count, ',"flag_count":', c.flag_count, ',"share_count":', c.share_count, ',"view_count":', c.view_count, ',"follower_count":', c.follower_count, e',"reactions_count":\x06reactions\x1f', c.vote_count, ' ', c.reactions, e'\x03,"voted":', case when m.reaction is not null then 'true' else 'false' end, ',"reaction":', coalesce(concat(e'\x06reaction\x1f', m.reaction, e'\x03'), 'null'), ',"followed":', case when m.followed_at is not null then 'true' else 'false' end, ',"suspended":', case when m.suspended_at is not null then 'true' else 'false' end, ',"medias":', case when veil.withheld then '[]' else case when c.medias = '{}' then '[]' else (select concat('[', string_agg(/* Media */ concat('{"id":', media.id, ',"added_at":"', to_char(media.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","type":"', media.type, '","title":', to_json((media.title)::text)::text, ',"description":', to_json((media.description)::text)::text, ',"url":', to_json((coalesce(case when media.url like '/%' then concat(public_base(), media.url) else media.url end, ''))::text)::text, ',"image":', to_json((coalesce(case when media.image like '/%' then concat(public_base(), media.image) else media.image end, ''))::text)::text, ',"image_width":', coalesce(media.image_width, 0), ',"image_height":', coalesce(media.image_height, 0), ',"order":', n.nth - 1, ',"embed":', coalesce(case when media.embedded_id is not null then (select /* Embed */ concat('{"id":', e.id, ',"embed_type":', to_json((e.embed_type)::text)::text, ',"embed_id":', to_json((e.embed_id)::text)::text, ',"url":', coalesce(to_json((e.url)::text)::text, 'null'), ',"metadata":', e.metadata::text, '}') from embed e where e.id = media.embedded_id)
      when media.embed_type is null then 'null' else concat('{"id":null,"embed_type":"', media.embed_type,
      '","embed_id":', to_json(media.embed_id), ',"url":', coalesce(to_json(media.url)::text, 'null'),
      ',"metadata":', replace(media.metadata::text, '"url":"/files/', concat('"url":"', public_base(), '/files/')), '}') end, 'null'), ',"image_thumbnail":', coalesce(coalesce(replace(media.thumbnail::text, '"url":"/files/', concat('"url":"', public_base(), '/files/')), 'null'), 'null'), ',"mimetype":', to_json((coalesce(media.mimetype, ''))::text)::text, ',"size":', coalesce(media.size, 0), '}'), ',' order by n.nth), ']')
    from unnest(c.medias) with ordinality n(id, nth) join media on media.id = n.id) end end, ',"location":', coalesce(case when veil.withheld then 'null' else case when c.location is null then 'null' else json_build_object('location', c.location, 'lat', c.lat, 'lng', c.lng)::text end end, 'null'), ',"addressing":', case when c.addressing = '{}' then '[]' else e'\x05' end, ',"recipients":[],"tags":', case when c.tag_ids = '{}' then '[]' else (
    select /* Tag[] */ concat('[', string_agg(/* Tag */ concat('{"id":', t.id, ',"type":"', t.type, '","name":', to_json((t.name)::text)::text, ',"description":', coalesce(to_json((t.description)::text)::text, 'null'), ',"color":', to_json((t.color)::text)::text, ',"visible":', case when t.visible then 'true' else 'false' end, ',"visibility_boost":', case when t.visibility_boost then 'true' else 'false' end, ',"created_at":"', to_char(t.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","active":', case when t.active then 'true' else 'false' end, ',"deleted":', case when t.deleted then 'true' else 'false' end, '}'), ',' order by t.id), ']') from tag t
    where t.id = any(c.tag_ids) and t.active and not t.deleted and t.visible) end, ',"matches":[{"object":', json_build_object('id', c.id, 'type', 'status', 'added_at',
        to_char(c.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), 'html', c.html), /* User */ e',"author":\x02User 011111\x1f', u.id, e'\x1f', u.xmin, e'\x1f', coalesce(case v.state when 4 then '"connected"' when 1 then '"sent_connection_request"' when 2 then '"received_connection_request"' end, 'null'), e'\x03}]}') as row, c.categories as ids0 from light p join contribution c on c.id = p.k1 join users u on u.id = c.author_id
  left join lateral (
    select * from relation tied where tied.member_id = $3::bigint and tied.other_id = c.author_id offset 0) v on true
  left join lateral (select * from mark own
    where own.target_id = c.id and own.kind = c.kind and own.member_id = $3::bigint offset 0) m on true cross join lateral (select c.collapsed and c.author_id is distinct from $3::bigint
    and not exists (select from users m
  where m.id = $3::bigint and m.status = 'a' and m.role in ('admin', 'moderator')) as withheld) veil
)
select (select count(*) from found)::int as count, (select count(*) from p)::int as n,
  count(*) filter (where n <= $4::bigint)::int as shown,
  string_agg(row::text, ',' order by n) filter (where n <= $4::bigint) as rows,
  max(key) filter (where n = 1) as nearest, (array_agg(key order by n desc) filter (where n <= $4::bigint))[1] as farthest,
  null::text as repeated, concat(pg_current_snapshot(), ' ', pg_postmaster_start_time(), ' ', pg_relation_filepath('pg_class'), ' ', (select xmin from public_address)) as at,
  concat('Category', (select string_agg(concat(e'\x1e', e.id, e'\x1f', e.text), '') from (select ids.id, case when category.id is not null then /* Category */ concat(e'\x02Category\x1f', category.id, e'\x1f', category.xmin, e'\x1f', case when f.member_id is not null then 'true' else 'false' end, e'\x03') end as text
    from (select distinct unnest(ids0) as id from page where n <= $4::bigint) ids
    left join lateral (select k.*, k.xmin from category k where k.id = ids.id limit 1) category on true
    left join category_follower f on f.category_id = category.id and f.member_id = $3::bigint) e), e'\x1dReaction', (select string_agg(concat(e'\x1e', e.id, e'\x1f', e.text), '') from (select r.id, /* Reaction */ concat(e'\x02Reaction\x1f', r.id, e'\x1f', r.xmin, e'\x03') as text from reaction r) e)) as tables, concat((not exists (select from addressed))) as held
from page;

-- share made-up ones
-- $1 first
update contribution c set medias = array[m.id] from media m
    where m.contribution_id = c.id and m.type = 'share' and c.id >= $1::bigint and c.medias = '{}';

-- sharers
-- $1 id, $2 viewer, $3 limit
with p as (
  select p.*, row_number() over () as n from (
    select * from (select k.author_id, k.place as k0 from sharer k where k.contribution_id = $1::bigint and k.author_id not in (select other_id from relation where member_id = $2::bigint and (hidden_place is not null or hidden_by) and (hidden_place is not null or not exists (select from users m
  where m.id = $2::bigint and m.status = 'a' and m.role in ('admin', 'moderator')))
  union all select author_id from hidden_author where member_id = $2::bigint
  union all select member_id from erasure)
      order by k.place desc limit 101) few limit $3::bigint + 1
  ) p
), page as (
  select p.n, json_build_array(p.k0)::text as key, /* User */ concat(e'\x02User 011111\x1f', u.id, e'\x1f', u.xmin, e'\x1f', coalesce(case v.state when 4 then '"connected"' when 1 then '"sent_connection_request"' when 2 then '"received_connection_request"' end, 'null'), e'\x03') as row from p join users u on u.id = p.author_id
      left join lateral (
    select * from relation tied where tied.member_id = $2::bigint and tied.other_id = p.author_id offset 0) v on true
)
select (select (select sharer_count from contribution where id = $1::bigint)
      - (select coalesce(sum((select count(*) from sharer where contribution_id = $1::bigint and author_id = a.id)), 0) from (select distinct * from (select other_id from relation where member_id = $2::bigint and (hidden_place is not null or hidden_by) and (hidden_place is not null or not exists (select from users m
  where m.id = $2::bigint and m.status = 'a' and m.role in ('admin', 'moderator')))
  union all select author_id from hidden_author where member_id = $2::bigint
  union all select member_id from erasure) all_of_them) a (id)))::int as count, count(*)::int as n,
  count(*) filter (where n <= $3::bigint)::int as shown,
  string_agg(row::text, ',' order by n) filter (where n <= $3::bigint) as rows,
  max(key) filter (where n = 1) as nearest, max(key) filter (where n = $3::bigint) as farthest,
  null::text as repeated, concat(pg_current_snapshot(), ' ', pg_postmaster_start_time(), ' ', pg_relation_filepath('pg_class'), ' ', (select xmin from public_address)) as at,
  null::text as tables, '' as held
from page;

-- sharers, usually
-- $1 id, $2 limit, $3 viewer
with p as (
  select p.*, row_number() over () as n from (
    select * from (select k.author_id, k.place as k0 from sharer k where k.contribution_id = $1::bigint and true
      order by k.place desc limit 101) few limit $2::bigint + 1
  ) p
), page as (
  select p.n, json_build_array(p.k0)::text as key, /* User */ concat(e'\x02User 011111\x1f', u.id, e'\x1f', u.xmin, e'\x1f', coalesce(case v.state when 4 then '"connected"' when 1 then '"sent_connection_request"' when 2 then '"received_connection_request"' end, 'null'), e'\x03') as row from p join users u on u.id = p.author_id
      left join lateral (
    select * from relation tied where tied.member_id = $3::bigint and tied.other_id = p.author_id offset 0) v on true
)
select (select (select sharer_count from contribution where id = $1::bigint)
      - (select coalesce(sum((select count(*) from sharer where contribution_id = $1::bigint and author_id = a.id)), 0) from (select distinct * from (select other_id from relation where member_id = $3::bigint and (hidden_place is not null or hidden_by) and (hidden_place is not null or not exists (select from users m
  where m.id = $3::bigint and m.status = 'a' and m.role in ('admin', 'moderator')))
  union all select author_id from hidden_author where member_id = $3::bigint
  union all select member_id from erasure) all_of_them) a (id)))::int as count, count(*)::int as n,
  count(*) filter (where n <= $2::bigint)::int as shown,
  string_agg(row::text, ',' order by n) filter (where n <= $2::bigint) as rows,
  max(key) filter (where n = 1) as nearest, max(key) filter (where n = $2::bigint) as farthest,
  null::text as repeated, concat(pg_current_snapshot(), ' ', pg_postmaster_start_time(), ' ', pg_relation_filepath('pg_class'), ' ', (select xmin from public_address)) as at,
  null::text as tables, concat((not exists (select h.other_id from relation h
  where h.member_id = $3::bigint and (h.hidden_place is not null or h.hidden_by))), (not exists (select from hidden_author where member_id = $3::bigint)), (not exists (select from erasure))) as held
from page;

-- shares
-- $1 id, $2 viewer, $3 limit
with p as (
  select p.*, row_number() over () as n from (
    select * from (select x.added_at as k0, x.id as k1 from (select *, contribution_id as id from share) x
        where x.shared_id = $1::bigint and true and x.author_id not in (select other_id from relation where member_id = $2::bigint and (hidden_place is not null or hidden_by) and (hidden_place is not null or not exists (select from users m
  where m.id = $2::bigint and m.status = 'a' and m.role in ('admin', 'moderator')))
  union all select author_id from hidden_author where member_id = $2::bigint
  union all select member_id from erasure) and not coalesce((select (a.author_id is distinct from $2::bigint and (not a.tags && array(select t.id from tag t
  where t.id = any((select m.tag_ids from users m where m.id = $2::bigint)::bigint[]) and t.active and not t.deleted) and not exists (select from users m
  where m.id = $2::bigint and m.status = 'a' and m.role in ('admin', 'moderator')))) from addressed a where a.contribution_id = x.id), false) and not ((select exists (select from mark h where h.member_id = $2::bigint and h.hidden))
    and coalesce((select true from mark h where h.target_id = x.id and h.member_id = $2::bigint and h.kind = x.kind and h.hidden), false))
      order by x.added_at desc, x.id desc limit 101) few limit $3::bigint + 1
  ) p
), page as (
  select * from (select p.n, json_build_array(p.k0, p.k1)::text as key, /* Status */ /* Post */ /* Discussion */ concat(e'\x02', case c.kind when 1 then case when veil.withheld then 'Status 011111 otherwise' else 'Status 011111' end when 2 then case when veil.withheld then 'Post 011111 otherwise' else 'Post 011111' end when 3 then case when veil.withheld then 'Discussion 011111 otherwise' else 'Discussion 011111' end end, e'\x1f', c.id, e'\x1f', c.xmin, '-', case when cardinality(c.medias) > 0 then (
    select string_agg(concat(x.id, ':', x.xmin, '-', e.id, ':', e.xmin), '-' order by x.id)
    from media x left join embed e on e.id = x.embedded_id where x.id = any(c.medias)) end, /* User */ e'\x1f\x02User 011111\x1f', u.id, e'\x1f', u.xmin, e'\x1f', coalesce(case v.state when 4 then '"connected"' when 1 then '"sent_connection_request"' when 2 then '"received_connection_request"' end, 'null'), e'\x03\x1f\x06categories\x1f', array_to_string(c.categories, ','), e'\x03\x1f\x06reactions\x1f', c.vote_count, ' ', c.reactions, e'\x03\x1f', case when m.reaction is not null then 'true' else 'false' end, e'\x1f', coalesce(concat(e'\x06reaction\x1f', m.reaction, e'\x03'), 'null'), e'\x1f', case when m.followed_at is not null then 'true' else 'false' end, e'\x1f', case when m.suspended_at is not null then 'true' else 'false' end, case when c.kind in (2,3) then concat(e'\x1f', coalesce(case when veil.withheld then 'null' else case when c.poll_id is not null then
      (select /* Poll */ concat('{"id":', p.id, ',"title":', to_json((p.title)::text)::text, ',"multiple_choices":', case when p.multiple_choices then 'true' else 'false' end, ',"added_at":"', to_char(p.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","modified_at":"', to_char(p.modified_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","closed":', case when p.closed or coalesce(p.expiration_at <= now(), false) then 'true' else 'false' end, ',"expiration_at":', coalesce('"' || (to_char(p.expiration_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), ',"hidden":', case when false then 'true' else 'false' end, ',"choices":', (select concat('[', string_agg(/* PollChoice */ concat('{"id":', ch.id, ',"choice":', to_json((ch.choice)::text)::text, ',"order":', ch.position, ',"added_at":"', to_char(ch.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","deleted":', case when false then 'true' else 'false' end, ',"vote_count":', ch.vote_count, ',"voted":', case when exists (select from poll_vote pv where pv.choice_id = ch.id and pv.member_id = $2::bigint) then 'true' else 'false' end, '}'), ',' order by ch.position, ch.id), ']')
        from poll_choice ch where ch.poll_id = p.id), '}') from poll p where p.id = c.poll_id) end end, 'null')) else '' end, e'\x1f', case when c.addressing = '{}' then '[]' else (select /* Tag[] */ concat('[', string_agg(/* Tag */ concat('{"id":', t.id, ',"type":"', t.type, '","name":', to_json((t.name)::text)::text, ',"description":', coalesce(to_json((t.description)::text)::text, 'null'), ',"color":', to_json((t.color)::text)::text, ',"visible":', case when t.visible then 'true' else 'false' end, ',"visibility_boost":', case when t.visibility_boost then 'true' else 'false' end, ',"created_at":"', to_char(t.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","active":', case when t.active then 'true' else 'false' end, ',"deleted":', case when t.deleted then 'true' else 'false' end, '}'), ',' order by t.id), ']') from tag t where t.id = any(c.addressing)
      and (c.author_id is not distinct from $2::bigint or exists (select from users m
  where m.id = $2::bigint and m.status = 'a' and m.role in ('admin', 'moderator'))
        or t.active and not t.deleted and (t.visible or t.id = any(array(select t.id from tag t
  where t.id = any((select m.tag_ids from users m where m.id = $2::bigint)::bigint[]) and t.active and not t.deleted))))) end, e'\x03') as row, c.categories as ids0, sum(coalesce(octet_length(c.html), 0)) over (order by p.n) as total from p join contribution c on c.id = p.k1 join users u on u.id = c.author_id
  left join lateral (
    select * from relation tied where tied.member_id = $2::bigint and tied.other_id = c.author_id offset 0) v on true
  left join lateral (select * from mark own
    where own.target_id = c.id and own.kind = c.kind and own.member_id = $2::bigint offset 0) m on true cross join lateral (select c.collapsed and c.author_id is distinct from $2::bigint
    and not exists (select from users m
  where m.id = $2::bigint and m.status = 'a' and m.role in ('admin', 'moderator')) as withheld) veil) page where n = 1 or total <= 1000000
)
select (select (select share_count from contribution where id = $1::bigint)
        - ((select coalesce(sum((select count(*) from share s
                where s.shared_id = $1::bigint and s.author_id = a.id and true)), 0) from (select distinct * from (select other_id from relation where member_id = $2::bigint and (hidden_place is not null or hidden_by) and (hidden_place is not null or not exists (select from users m
  where m.id = $2::bigint and m.status = 'a' and m.role in ('admin', 'moderator')))
  union all select author_id from hidden_author where member_id = $2::bigint
  union all select member_id from erasure) all_of_them) a (id)) + 0 + (select count(*) from mark h
      join contribution c on c.id = h.target_id and c.kind = h.kind and not c.deleted join share s on s.contribution_id = h.target_id and s.kind = h.kind
    where h.member_id = $2::bigint and h.hidden and s.shared_id = $1::bigint and true and c.author_id not in (select other_id from relation where member_id = $2::bigint and (hidden_place is not null or hidden_by) and (hidden_place is not null or not exists (select from users m
  where m.id = $2::bigint and m.status = 'a' and m.role in ('admin', 'moderator')))
  union all select author_id from hidden_author where member_id = $2::bigint
  union all select member_id from erasure) and (c.addressing = '{}' or not (c.author_id is distinct from $2::bigint and (not c.addressing && array(select t.id from tag t
  where t.id = any((select m.tag_ids from users m where m.id = $2::bigint)::bigint[]) and t.active and not t.deleted) and not exists (select from users m
  where m.id = $2::bigint and m.status = 'a' and m.role in ('admin', 'moderator'))))))))::int as count, (select count(*) from p)::int as n,
  count(*) filter (where n <= $3::bigint)::int as shown,
  string_agg(row::text, ',' order by n) filter (where n <= $3::bigint) as rows,
  max(key) filter (where n = 1) as nearest, (array_agg(key order by n desc) filter (where n <= $3::bigint))[1] as farthest,
  null::text as repeated, concat(pg_current_snapshot(), ' ', pg_postmaster_start_time(), ' ', pg_relation_filepath('pg_class'), ' ', (select xmin from public_address)) as at,
  concat('Category', (select string_agg(concat(e'\x1e', e.id, e'\x1f', e.text), '') from (select ids.id, case when category.id is not null then /* Category */ concat(e'\x02Category\x1f', category.id, e'\x1f', category.xmin, e'\x1f', case when f.member_id is not null then 'true' else 'false' end, e'\x03') end as text
    from (select distinct unnest(ids0) as id from page where n <= $3::bigint) ids
    left join lateral (select k.*, k.xmin from category k where k.id = ids.id limit 1) category on true
    left join category_follower f on f.category_id = category.id and f.member_id = $2::bigint) e), e'\x1dReaction', (select string_agg(concat(e'\x1e', e.id, e'\x1f', e.text), '') from (select r.id, /* Reaction */ concat(e'\x02Reaction\x1f', r.id, e'\x1f', r.xmin, e'\x03') as text from reaction r) e)) as tables, '' as held
from page;

-- shares, usually
-- $1 id, $2 limit, $3 viewer
with p as (
  select p.*, row_number() over () as n from (
    select * from (select x.added_at as k0, x.id as k1 from (select *, contribution_id as id from share) x
        where x.shared_id = $1::bigint and true and true and true and true
      order by x.added_at desc, x.id desc limit 101) few limit $2::bigint + 1
  ) p
), page as (
  select * from (select p.n, json_build_array(p.k0, p.k1)::text as key, /* Status */ /* Post */ /* Discussion */ concat(e'\x02', case c.kind when 1 then case when veil.withheld then 'Status 011111 otherwise' else 'Status 011111' end when 2 then case when veil.withheld then 'Post 011111 otherwise' else 'Post 011111' end when 3 then case when veil.withheld then 'Discussion 011111 otherwise' else 'Discussion 011111' end end, e'\x1f', c.id, e'\x1f', c.xmin, '-', case when cardinality(c.medias) > 0 then (
    select string_agg(concat(x.id, ':', x.xmin, '-', e.id, ':', e.xmin), '-' order by x.id)
    from media x left join embed e on e.id = x.embedded_id where x.id = any(c.medias)) end, /* User */ e'\x1f\x02User 011111\x1f', u.id, e'\x1f', u.xmin, e'\x1f', coalesce(case v.state when 4 then '"connected"' when 1 then '"sent_connection_request"' when 2 then '"received_connection_request"' end, 'null'), e'\x03\x1f\x06categories\x1f', array_to_string(c.categories, ','), e'\x03\x1f\x06reactions\x1f', c.vote_count, ' ', c.reactions, e'\x03\x1f', case when m.reaction is not null then 'true' else 'false' end, e'\x1f', coalesce(concat(e'\x06reaction\x1f', m.reaction, e'\x03'), 'null'), e'\x1f', case when m.followed_at is not null then 'true' else 'false' end, e'\x1f', case when m.suspended_at is not null then 'true' else 'false' end, case when c.kind in (2,3) then concat(e'\x1f', coalesce(case when veil.withheld then 'null' else case when c.poll_id is not null then
      (select /* Poll */ concat('{"id":', p.id, ',"title":', to_json((p.title)::text)::text, ',"multiple_choices":', case when p.multiple_choices then 'true' else 'false' end, ',"added_at":"', to_char(p.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","modified_at":"', to_char(p.modified_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","closed":', case when p.closed or coalesce(p.expiration_at <= now(), false) then 'true' else 'false' end, ',"expiration_at":', coalesce('"' || (to_char(p.expiration_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), ',"hidden":', case when false then 'true' else 'false' end, ',"choices":', (select concat('[', string_agg(/* PollChoice */ concat('{"id":', ch.id, ',"choice":', to_json((ch.choice)::text)::text, ',"order":', ch.position, ',"added_at":"', to_char(ch.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","deleted":', case when false then 'true' else 'false' end, ',"vote_count":', ch.vote_count, ',"voted":', case when exists (select from poll_vote pv where pv.choice_id = ch.id and pv.member_id = $3::bigint) then 'true' else 'false' end, '}'), ',' order by ch.position, ch.id), ']')
        from poll_choice ch where ch.poll_id = p.id), '}') from poll p where p.id = c.poll_id) end end, 'null')) else '' end, e'\x1f', case when c.addressing = '{}' then '[]' else e'\x05' end, e'\x03') as row, c.categories as ids0, sum(coalesce(octet_length(c.html), 0)) over (order by p.n) as total from p join contribution c on c.id = p.k1 join users u on u.id = c.author_id
  left join lateral (
    select * from relation tied where tied.member_id = $3::bigint and tied.other_id = c.author_id offset 0) v on true
  left join lateral (select * from mark own
    where own.target_id = c.id and own.kind = c.kind and own.member_id = $3::bigint offset 0) m on true cross join lateral (select c.collapsed and c.author_id is distinct from $3::bigint
    and not exists (select from users m
  where m.id = $3::bigint and m.status = 'a' and m.role in ('admin', 'moderator')) as withheld) veil) page where n = 1 or total <= 1000000
)
select (select (select share_count from contribution where id = $1::bigint)
        - ((0) + 0 + 0))::int as count, (select count(*) from p)::int as n,
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

-- show
-- $1 viewer, $2 id, $3 staff
select x.*, concat(pg_current_snapshot(), ' ', pg_postmaster_start_time(), ' ', pg_relation_filepath('pg_class'), ' ', (select xmin from public_address)) as at, '' as held from (select /* Status */ concat(e'\x02', case when veil.withheld then 'Status 011111 otherwise' else 'Status 011111' end, e'\x1f', c.id, e'\x1f', c.xmin, '-', case when cardinality(c.medias) > 0 then (
    select string_agg(concat(x.id, ':', x.xmin, '-', e.id, ':', e.xmin), '-' order by x.id)
    from media x left join embed e on e.id = x.embedded_id where x.id = any(c.medias)) end, /* User */ e'\x1f\x02User 011111\x1f', u.id, e'\x1f', u.xmin, e'\x1f', coalesce(case v.state when 4 then '"connected"' when 1 then '"sent_connection_request"' when 2 then '"received_connection_request"' end, 'null'), e'\x03\x1f', case when c.categories = '{}' then '[]' else (select concat('[', string_agg(/* Category */ concat(e'\x02Category\x1f', category.id, e'\x1f', category.xmin, e'\x1f', case when f.member_id is not null then 'true' else 'false' end, e'\x03'), ',' order by named.nth), ']')
    from unnest(c.categories) with ordinality named(id, nth)
    cross join lateral (select k.*, k.xmin from category k where k.id = named.id limit 1) category
    left join category_follower f on f.category_id = category.id and f.member_id = $1::bigint) end, e'\x1f', case when c.vote_count = 0 then '[]'
    when c.reactions = '{}' then concat('[{"count":', c.vote_count, ',"reaction":', (select /* Reaction */ concat(e'\x02Reaction\x1f', r.id, e'\x1f', r.xmin, e'\x03') from reaction r where r.id = 1), '}]')
    else (select concat('[', string_agg(concat('{"count":', n, /* Reaction */ e',"reaction":\x02Reaction\x1f', r.id, e'\x1f', r.xmin, e'\x03}'), ','
        order by n desc, r.id), ']')
      from (select 1::bigint as id,
    c.vote_count - coalesce((select sum(value::int) from jsonb_each_text(c.reactions)), 0)::int as n
  union all select key::bigint, value::int from jsonb_each_text(c.reactions)) counted join reaction r on r.id = counted.id where n > 0) end, e'\x1f', case when m.reaction is not null then 'true' else 'false' end, e'\x1f', coalesce(case when m.reaction = 1 then (select /* Reaction */ concat(e'\x02Reaction\x1f', r.id, e'\x1f', r.xmin, e'\x03') from reaction r where r.id = 1)
    when m.reaction is not null then (select /* Reaction */ concat(e'\x02Reaction\x1f', r.id, e'\x1f', r.xmin, e'\x03') from reaction r where r.id = m.reaction) end, 'null'), e'\x1f', case when m.followed_at is not null then 'true' else 'false' end, e'\x1f', case when m.suspended_at is not null then 'true' else 'false' end, e'\x1f', case when c.addressing = '{}' then '[]' else (select /* Tag[] */ concat('[', string_agg(/* Tag */ concat('{"id":', t.id, ',"type":"', t.type, '","name":', to_json((t.name)::text)::text, ',"description":', coalesce(to_json((t.description)::text)::text, 'null'), ',"color":', to_json((t.color)::text)::text, ',"visible":', case when t.visible then 'true' else 'false' end, ',"visibility_boost":', case when t.visibility_boost then 'true' else 'false' end, ',"created_at":"', to_char(t.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","active":', case when t.active then 'true' else 'false' end, ',"deleted":', case when t.deleted then 'true' else 'false' end, '}'), ',' order by t.id), ']') from tag t where t.id = any(c.addressing)
      and (c.author_id is not distinct from $1::bigint or exists (select from users m
  where m.id = $1::bigint and m.status = 'a' and m.role in ('admin', 'moderator'))
        or t.active and not t.deleted and (t.visible or t.id = any(array(select t.id from tag t
  where t.id = any((select m.tag_ids from users m where m.id = $1::bigint)::bigint[]) and t.active and not t.deleted))))) end, e'\x03')::text as json
    from contribution c join users u on u.id = c.author_id
  left join lateral (
    select * from relation tied where tied.member_id = $1::bigint and tied.other_id = c.author_id offset 0) v on true
  left join lateral (select * from mark own
    where own.target_id = c.id and own.kind = c.kind and own.member_id = $1::bigint offset 0) m on true cross join lateral (select c.collapsed and c.author_id is distinct from $1::bigint
    and not exists (select from users m
  where m.id = $1::bigint and m.status = 'a' and m.role in ('admin', 'moderator')) as withheld) veil
    where c.id = $2::bigint and c.kind = 1 and (not c.deleted or c.author_id = $1::bigint or $3::boolean and c.published) and not c.erased and (c.addressing = '{}' or not (c.author_id is distinct from $1::bigint and (not c.addressing && array(select t.id from tag t
  where t.id = any((select m.tag_ids from users m where m.id = $1::bigint)::bigint[]) and t.active and not t.deleted) and not exists (select from users m
  where m.id = $1::bigint and m.status = 'a' and m.role in ('admin', 'moderator'))))) and not coalesce((select true from relation h where h.member_id = $1::bigint and h.other_id = c.author_id and (h.hidden_place is not null or h.hidden_by) and (h.hidden_place is not null or not exists (select from users m
  where m.id = $1::bigint and m.status = 'a' and m.role in ('admin', 'moderator')))), false) and not coalesce((select true from hidden_author h where h.member_id = $1::bigint and h.author_id = c.author_id), false) and not coalesce((select true from erasure e where e.member_id = c.author_id), false)) x;

-- show, usually
-- $1 viewer, $2 id, $3 staff
select x.*, concat(pg_current_snapshot(), ' ', pg_postmaster_start_time(), ' ', pg_relation_filepath('pg_class'), ' ', (select xmin from public_address)) as at, concat((not exists (select from addressed)), (not exists (select h.other_id from relation h
  where h.member_id = $1::bigint and (h.hidden_place is not null or h.hidden_by))), (not exists (select from hidden_author where member_id = $1::bigint)), (not exists (select from erasure))) as held from (select /* Status */ concat(e'\x02', case when veil.withheld then 'Status 011111 otherwise' else 'Status 011111' end, e'\x1f', c.id, e'\x1f', c.xmin, '-', case when cardinality(c.medias) > 0 then (
    select string_agg(concat(x.id, ':', x.xmin, '-', e.id, ':', e.xmin), '-' order by x.id)
    from media x left join embed e on e.id = x.embedded_id where x.id = any(c.medias)) end, /* User */ e'\x1f\x02User 011111\x1f', u.id, e'\x1f', u.xmin, e'\x1f', coalesce(case v.state when 4 then '"connected"' when 1 then '"sent_connection_request"' when 2 then '"received_connection_request"' end, 'null'), e'\x03\x1f', case when c.categories = '{}' then '[]' else (select concat('[', string_agg(/* Category */ concat(e'\x02Category\x1f', category.id, e'\x1f', category.xmin, e'\x1f', case when f.member_id is not null then 'true' else 'false' end, e'\x03'), ',' order by named.nth), ']')
    from unnest(c.categories) with ordinality named(id, nth)
    cross join lateral (select k.*, k.xmin from category k where k.id = named.id limit 1) category
    left join category_follower f on f.category_id = category.id and f.member_id = $1::bigint) end, e'\x1f', case when c.vote_count = 0 then '[]'
    when c.reactions = '{}' then concat('[{"count":', c.vote_count, ',"reaction":', (select /* Reaction */ concat(e'\x02Reaction\x1f', r.id, e'\x1f', r.xmin, e'\x03') from reaction r where r.id = 1), '}]')
    else (select concat('[', string_agg(concat('{"count":', n, /* Reaction */ e',"reaction":\x02Reaction\x1f', r.id, e'\x1f', r.xmin, e'\x03}'), ','
        order by n desc, r.id), ']')
      from (select 1::bigint as id,
    c.vote_count - coalesce((select sum(value::int) from jsonb_each_text(c.reactions)), 0)::int as n
  union all select key::bigint, value::int from jsonb_each_text(c.reactions)) counted join reaction r on r.id = counted.id where n > 0) end, e'\x1f', case when m.reaction is not null then 'true' else 'false' end, e'\x1f', coalesce(case when m.reaction = 1 then (select /* Reaction */ concat(e'\x02Reaction\x1f', r.id, e'\x1f', r.xmin, e'\x03') from reaction r where r.id = 1)
    when m.reaction is not null then (select /* Reaction */ concat(e'\x02Reaction\x1f', r.id, e'\x1f', r.xmin, e'\x03') from reaction r where r.id = m.reaction) end, 'null'), e'\x1f', case when m.followed_at is not null then 'true' else 'false' end, e'\x1f', case when m.suspended_at is not null then 'true' else 'false' end, e'\x1f', case when c.addressing = '{}' then '[]' else e'\x05' end, e'\x03')::text as json
    from contribution c join users u on u.id = c.author_id
  left join lateral (
    select * from relation tied where tied.member_id = $1::bigint and tied.other_id = c.author_id offset 0) v on true
  left join lateral (select * from mark own
    where own.target_id = c.id and own.kind = c.kind and own.member_id = $1::bigint offset 0) m on true cross join lateral (select c.collapsed and c.author_id is distinct from $1::bigint
    and not exists (select from users m
  where m.id = $1::bigint and m.status = 'a' and m.role in ('admin', 'moderator')) as withheld) veil
    where c.id = $2::bigint and c.kind = 1 and (not c.deleted or c.author_id = $1::bigint or $3::boolean and c.published) and not c.erased and true and true) x;

-- some that a member has
-- $1 ids
select json_build_object('id', c.id, 'type', case c.kind when 1 then 'status' when 2 then 'post' when 3 then 'discussion' end, 'title', c.title, 'slug', c.slug,
      'html', c.html, 'location', c.location, 'lat', c.lat, 'lng', c.lng, 'added_at', c.added_at,
      'last_edited_at', c.last_edited_at, 'deleted', c.deleted and c.published,
      'published', c.published, 'scheduled_at', c.scheduled_at, 'medias', c.medias, 'poll', c.poll_id, 'vote_count', c.vote_count,
      'shares', (select json_agg(m.shared_id) from media m where m.id = any(c.medias) and m.shared_id is not null),
      'addressing', (select json_agg(name order by name) from tag where id = any(c.addressing)),
      'categories', (select json_agg(name) from category where id = any(c.categories)))::text as json
    from contribution c where c.id = any($1::bigint[]) order by c.id;

-- tags that one is addressed by
-- $1 ids, $2 any, $3 member, $4 id
select t.id from tag t where t.id = any($1::bigint[]) and (t.type = 'user' and t.active and not t.deleted and ($2::boolean
  or t.id = any((select m.tag_ids from users m where m.id = $3::bigint)::bigint[]))
    or t.id = any((select c.addressing from contribution c where c.id = $4::bigint and c.author_id = $3::bigint)::bigint[]));

-- tags to address one by
-- $1 any, $2 member
select /* Tag[] */ concat('[', string_agg(/* Tag */ concat('{"id":', t.id, ',"type":"', t.type, '","name":', to_json((t.name)::text)::text, ',"description":', coalesce(to_json((t.description)::text)::text, 'null'), ',"color":', to_json((t.color)::text)::text, ',"visible":', case when t.visible then 'true' else 'false' end, ',"visibility_boost":', case when t.visibility_boost then 'true' else 'false' end, ',"created_at":"', to_char(t.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","active":', case when t.active then 'true' else 'false' end, ',"deleted":', case when t.deleted then 'true' else 'false' end, '}'), ',' order by t.sort_name, t.id), ']') as json from (
    select t.* from tag t where t.type = 'user' and t.active and not t.deleted and ($1::boolean
  or t.id = any((select m.tag_ids from users m where m.id = $2::bigint)::bigint[])) order by t.sort_name, t.id limit 1000) t;

-- update
-- $1 title, $2 html, $3 summary, $4 words, $5 categories, $6 location, $7 lat, $8 lng, $9 now, $10 title_words, $11 text_words, $12 medias, $13 addressing, $14 poll, $15 timed, $16 scheduled_at, $17 id, $18 poll_touched, $19 pictures, $20 polls
with c as (
      update contribution set (title, html, summary, words, categories, location, lat, lng, last_edited_at,
        search, search_rules, medias, addressing, poll_id, scheduled_at) = row($1::text, $2::text, $3::text, $4::text,
        $5::bigint[], $6::text, $7::float8, $8::float8, case when published then $9::timestamptz::timestamptz end,
        ($10::text || ' ' || $11::text)::tsvector, 1, $12::bigint[], $13::bigint[], $14::bigint,
        case when $15::boolean then $16::timestamptz else scheduled_at end)
      where id = $17::bigint and ($15::boolean or $18::boolean or (title, html, categories, location, lat, lng, medias,
        addressing)
        is distinct from ($1::text, $2::text, $5::bigint[], $6::text, $7::float8, $8::float8, $12::bigint[],
        $13::bigint[]))
      returning *
    ), attached as (
      update media set contribution_id = c.id, loose_since = null from c
  where media.owner_id = c.author_id and media.contribution_id is null and media.id = any(array(
    select unnest($12::bigint[]) union all
    select m.id from file f cross join lateral (
      select id from media own where own.file_id = f.id and own.type = 'eimage' offset 0) m where f.token = any($19::text[])))
    ), counted as (
      update users set polls = polls + $20::int where $20::int <> 0 and id = (select author_id from c) returning *
    ), author as materialized (
      select * from counted union all select * from users where $20::int = 0 and id = (select author_id from c)
    )
    insert into event (id, type, created, body, txid, audience)
  select event_id, type, $9::timestamptz, concat('{"event_id":', event_id, ',"type":"', type, '","created":',
      extract(epoch from $9::timestamptz::timestamptz), ',"data":', data, '}')::json, txid,
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
    where t.id = any(c.tag_ids) and t.active and not t.deleted and t.visible) end, '}') as data from c where c.published) emitted offset 0) numbered;

-- what has drifted
-- $1 most
with marks as materialized (
      select target_id as contribution_id, min(kind) as kind, max(kind) as other_kind,
        count(reaction)::int as vote_count,count(followed_at)::int as follower_count,count(flag_type)::int as flag_count,
        count(*) filter (where num_nonnulls(followed_at,follow_place) not in (0, 2) or num_nonnulls(suspended_at,suspend_place) not in (0, 2) or num_nonnulls(reaction,voted_at,vote_place) not in (0, 3) or num_nonnulls(flag_type,flagged_at,flag_place) not in (0, 3))::int as broken
      from mark where kind in (1,2,3) group by target_id
    ), seen as materialized (
      select c.id, c.author_id, c.kind, c.vote_count as vote_count_kept,coalesce(k.vote_count, 0) as vote_count,c.follower_count as follower_count_kept,coalesce(k.follower_count, 0) as follower_count,c.flag_count as flag_count_kept,coalesce(k.flag_count, 0) as flag_count, not c.deleted as there, c.comment_count = 0 as uncommented, c.poll_id is not null as polled,
        k.kind as marked_as, k.other_kind, coalesce(k.broken, 0) as broken
      from contribution c left join marks k on k.contribution_id = c.id
    ), authors as materialized (
      select author_id, count(*) filter (where there and kind = 1)::int as statuses,
           count(*) filter (where there and kind = 1 and uncommented)::int as statuses_uncommented,count(*) filter (where there and kind = 2)::int as posts,
           count(*) filter (where there and kind = 2 and uncommented)::int as posts_uncommented,count(*) filter (where there and kind = 3)::int as discussions,
           count(*) filter (where there and kind = 3 and uncommented)::int as discussions_uncommented, count(*) filter (where there and polled)::int as polls from seen group by author_id
    ), totals as (
      select kind, part, sum(n)::int as n, sum(uncommented)::int as uncommented from (
        select 1 as kind, author_id % 16 as part, statuses as n,
              statuses_uncommented as uncommented from authors union all select 2 as kind, author_id % 16 as part, posts as n,
              posts_uncommented as uncommented from authors union all select 3 as kind, author_id % 16 as part, discussions as n,
              discussions_uncommented as uncommented from authors
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
          ('vote_count', s.vote_count_kept, s.vote_count, 'marks'),('follower_count', s.follower_count_kept, s.follower_count, 'marks'),('flag_count', s.flag_count_kept, s.flag_count, 'marks'),
          ('kind of the marks', s.kind::int,
            case when s.marked_as <> s.kind then s.marked_as else s.other_kind end::int, null),
          ('broken marks', 0, s.broken, null)
        ) one (what, kept, counted, repair) where one.kept <> one.counted
      union all
      select one.what, u.id, one.kept, one.counted, 'author', array[u.id]
        from users u left join authors a on a.author_id = u.id cross join lateral (values
          ('statuses', u.statuses, coalesce(a.statuses, 0)),('posts', u.posts, coalesce(a.posts, 0)),('discussions', u.discussions, coalesce(a.discussions, 0)),
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
    select * from drift order by what, member limit $1::bigint;

-- what has drifted of what is addressed
-- $1 most
with found as materialized (select c.id as contribution_id, c.kind, c.author_id, c.addressing as tags, c.categories,
    c.comment_count = 0 as uncommented
  from contribution c where not c.deleted and c.addressing <> '{}' ), drift as (
      select 'addressing of contribution ' || contribution_id as what, author_id as member, sum(kept)::int as kept,
          sum(1 - kept)::int as counted, 'addressed' as repair, array[contribution_id] as of
        from (select 1 as kept, * from (select contribution_id, kind, author_id, tags, categories, uncommented from addressed except select * from found) a
            union all select 0, * from (select * from found except select contribution_id, kind, author_id, tags, categories, uncommented from addressed) b) a
        group by contribution_id, author_id
      union all
      select 'lists that name addressed contribution ' || contribution_id, author_id, sum(kept)::int, sum(1 - kept)::int,
          'addressed feed', array[contribution_id]
        from (select 1 as kept, * from (table addressed_feed except select p.* from contribution c cross join lateral addressed_places(c) p where c.addressing <> '{}') a
            union all select 0, * from (select p.* from contribution c cross join lateral addressed_places(c) p where c.addressing <> '{}' except table addressed_feed) b) a
        group by contribution_id, author_id
      union all
      select 'addressed total of kind ' || kind || ', part ' || part || ', place ' || place || ', ' || one.what, 0,
          one.kept, one.counted, 'addressed totals', array[kind, part]::bigint[]
        from addressed_total kept full join (select place, f.kind, f.tags, (f.author_id % 16)::smallint as part, count(*)::int as n,
    (count(*) filter (where f.uncommented))::int as uncommented
  from (select c.id as contribution_id, c.kind, c.author_id, c.addressing as tags, c.categories,
    c.comment_count = 0 as uncommented
  from contribution c where not c.deleted and c.addressing <> '{}' ) f cross join lateral (select 0::bigint as place union select unnest(f.categories)) p group by 1, 2, 3, 4) counted using (place, kind, tags, part)
        cross join lateral (values
          ('n', coalesce(kept.n, 0), coalesce(counted.n, 0)),
          ('uncommented', coalesce(kept.uncommented, 0), coalesce(counted.uncommented, 0))
        ) one (what, kept, counted) where one.kept <> one.counted
    )
    select * from drift order by what, member limit $1::bigint;

-- what has drifted of what they carry
-- $1 most
with found as materialized (select distinct m.shared_id, c.id as contribution_id, c.kind, c.author_id, c.added_at
  from media m join contribution c on c.id = m.contribution_id and m.id = any(c.medias)
  where m.shared_id is not null and not c.deleted and c.addressing = '{}' ), embeds as (select distinct m.embedded_id as embed_id, c.id as contribution_id, c.kind, c.author_id,
    c.added_at, c.last_activity_at
  from media m join contribution c on c.id = m.contribution_id and m.id = any(c.medias)
  where m.embedded_id is not null and not c.deleted ), sharers as (
      select shared_id as contribution_id, author_id, count(*)::int as shares from found group by 1, 2
    ), counts as (
      select contribution_id as id, sum(shares)::int as share_count, count(*)::int as sharer_count from sharers group by 1
    ), drift as (
      select 'shares by contribution ' || contribution_id as what, author_id as member, sum(kept)::int as kept,
          sum(1 - kept)::int as counted, 'shares' as repair, array[contribution_id] as of
        from (select 1 as kept, * from (select shared_id, contribution_id, kind, author_id, added_at from share
              except select * from found) a
            union all select 0, * from (select * from found
              except select shared_id, contribution_id, kind, author_id, added_at from share) b) s
        group by contribution_id, author_id
      union all
      select one.what || ' of contribution ' || c.id, c.author_id, one.kept, one.counted, 'sharers', array[c.id]
        from contribution c left join counts n on n.id = c.id cross join lateral (values
          ('share_count', c.share_count, coalesce(n.share_count, 0)),
          ('sharer_count', c.sharer_count, coalesce(n.sharer_count, 0))
        ) one (what, kept, counted) where one.kept <> one.counted
      union all
      select 'shares of contribution ' || contribution_id || ' by a member', author_id, coalesce(kept.shares, 0),
          coalesce(sharers.shares, 0), 'sharers', array[contribution_id]
        from sharer kept full join sharers using (contribution_id, author_id)
        where coalesce(kept.shares, 0) <> coalesce(sharers.shares, 0)
      union all
      select 'embeds of contribution ' || contribution_id, author_id, sum(kept)::int, sum(1 - kept)::int, 'embeds',
          array[contribution_id]
        from (select 1 as kept, * from (table embed_feed except select * from embeds) a
            union all select 0, * from (select * from embeds except table embed_feed) b) e
        group by contribution_id, author_id
    )
    -- Of those who are being erased the medias go before what shows them.
    select * from drift where not exists (select from erasure e where e.member_id = drift.member)
    order by what, member limit $1::bigint;

-- what is told of those that are out
-- $1 ids
select id, kind::int as kind, author_id as author, html from contribution
    where id = any($1::bigint[]) and published order by id;
