-- Printed by `npm run sql`. The statements of a slice, as PostgreSQL is given them in their usual variant.

-- all
-- $1 limit, $2 viewer
with p as (
  select p.*, row_number() over () as n from (
    select * from (select category.*, category.xmin, category.position as k0, category.sort_name as k1, category.id as k2 from category where not category.deleted and category.active
      order by category.position asc, category.sort_name asc, category.id asc limit 10001) few limit $1::bigint + 1
  ) p
), page as (
  select p.n, json_build_array(p.k0, p.k1, p.k2)::text as key, /* Category */ concat(e'\x02Category\x1f', category.id, e'\x1f', category.xmin, e'\x1f', case when f.member_id is not null then 'true' else 'false' end, e'\x03') as row from p cross join lateral (select p.*) category left join category_follower f on f.category_id = category.id and f.member_id = $2::bigint
)
select (select count(*)::int from category where not category.deleted and category.active)::int as count, count(*)::int as n,
  count(*) filter (where n <= $1::bigint)::int as shown,
  string_agg(row::text, ',' order by n) filter (where n <= $1::bigint) as rows,
  max(key) filter (where n = 1) as nearest, max(key) filter (where n = $1::bigint) as farthest,
  null::text as repeated, concat(pg_current_snapshot(), ' ', pg_postmaster_start_time(), ' ', pg_relation_filepath('pg_class'), ' ', (select xmin from public_address)) as at,
  null::text as tables, '' as held
from page;

-- around a category
-- $1 id, $2 limit, $3 viewer
with p as (
  select p.*, row_number() over () as n from (
    select * from (select category.*, category.xmin, category.position as k0, category.sort_name as k1, category.id as k2 from category where not category.deleted and category.active and category.parents @> array[$1::bigint]
      order by category.position asc, category.sort_name asc, category.id asc limit 101) few limit $2::bigint + 1
  ) p
), page as (
  select p.n, json_build_array(p.k0, p.k1, p.k2)::text as key, /* Category */ concat(e'\x02Category\x1f', category.id, e'\x1f', category.xmin, e'\x1f', case when f.member_id is not null then 'true' else 'false' end, e'\x03') as row from p cross join lateral (select p.*) category left join category_follower f on f.category_id = category.id and f.member_id = $3::bigint
)
select (select count(*)::int from category where not category.deleted and category.active and category.parents @> array[$1::bigint])::int as count, count(*)::int as n,
  count(*) filter (where n <= $2::bigint)::int as shown,
  string_agg(row::text, ',' order by n) filter (where n <= $2::bigint) as rows,
  max(key) filter (where n = 1) as nearest, max(key) filter (where n = $2::bigint) as farthest,
  null::text as repeated, concat(pg_current_snapshot(), ' ', pg_postmaster_start_time(), ' ', pg_relation_filepath('pg_class'), ' ', (select xmin from public_address)) as at,
  null::text as tables, (exists (select from category where id = $1::bigint and not deleted)) as "there", '' as held
from page;

-- audience
-- $1 viewer, $2 connected, $3 id
select followers as category_audience, (select count(*)::int from relation r
      join lateral (select from category_follower g
        where g.category_id = category.id and g.member_id = r.other_id offset 0) g on true
      where r.member_id = $1::bigint and $2::boolean
        and r.state = 4) as connections_audience
    from category where id = $3::bigint and not deleted;

-- before a change
-- $1 id
select name, slug, auto_follow, active, deleted, image_original, emotional_image_original
    from category where id = $1::bigint;

-- change
-- $1 now, $2 changes, $3 id, $4 actor
with  changed as (
      update category set (name, slug, name_synonyms, slogan, html_info, seo_title, seo_description, auto_follow, content_only_staff, active, position, image_original, emotional_image_original, emotional_image_position, stream_order_by, parents, ancestors, tag_ids, folded_name, sort_name, folded_synonyms, deleted) = row(n.name, n.slug, n.name_synonyms, n.slogan, n.html_info, n.seo_title, n.seo_description, n.auto_follow, n.content_only_staff, n.active, n.position, n.image_original, n.emotional_image_original, n.emotional_image_position, n.stream_order_by, n.parents, n.ancestors, n.tag_ids, n.folded_name, n.sort_name, n.folded_synonyms, n.deleted), lastmod_datetime = $1::timestamptz
      from (select (json_populate_record(before, $2::json)).* from category before where id = $3::bigint) n
      where category.id = $3::bigint and (n.name, n.slug, n.name_synonyms, n.slogan, n.html_info, n.seo_title, n.seo_description, n.auto_follow, n.content_only_staff, n.active, n.position, n.image_original, n.emotional_image_original, n.emotional_image_position, n.stream_order_by, n.parents, n.ancestors, n.tag_ids, n.deleted) is distinct from (category.name, category.slug, category.name_synonyms, category.slogan, category.html_info, category.seo_title, category.seo_description, category.auto_follow, category.content_only_staff, category.active, category.position, category.image_original, category.emotional_image_original, category.emotional_image_position, category.stream_order_by, category.parents, category.ancestors, category.tag_ids, category.deleted)
      returning category.*
    ),  emitted as (
      insert into event (id, type, created, body, txid, audience)
  select event_id, type, $1::timestamptz, concat('{"event_id":', event_id, ',"type":"', type, '","created":',
      extract(epoch from $1::timestamptz::timestamptz), ',"data":', data, '}')::json, txid,
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
    e'\x04', (select base from public_address)), ',"email":', coalesce(to_json((u.email)::text)::text, 'null'), ',"email_isvalid":', case when u.email_isvalid then 'true' else 'false' end, ',"followings_counter":', u.followings, ',"followers_counter":', u.followers, ',"connection_requests_sent_counter":', u.requests_sent, ',"connection_requests_received_counter":', u.requests_received, ',"connections_counter":', u.connections, ',"posts_counter":', u.posts, ',"discussions_counter":', u.discussions, ',"statuses_counter":', u.statuses, ',"polls_counter":', u.polls, '},"added_at":"', to_char(t.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '"}') as data from changed category join users u on u.id = $4::bigint
         cross join lateral (select category.created_at as added_at) t
         left join category_follower f on f.category_id = category.id and f.member_id = u.id) emitted offset 0) numbered
    )
    select id from changed;

-- count followers again, lock
-- $1 id
select from category where id = $1::bigint for update;

-- count followers again, step 1
-- $1 id
update category set followers = (select count(*) from category_follower where category_id = $1::bigint)
      where id = $1::bigint;

-- count those of a member again, lock
-- $1 member
select from users where id = $1::bigint for update;

-- count those of a member again, step 1
-- $1 member
update users set categories = (select count(*) from category_follower where member_id = $1::bigint)
      where id = $1::bigint;

-- create
-- $1 now, $2 category, $3 actor
with  made as (
      insert into category (name, slug, name_synonyms, slogan, html_info, seo_title, seo_description, auto_follow, content_only_staff, active, position, image_original, emotional_image_original, emotional_image_position, stream_order_by, parents, ancestors, tag_ids, folded_name, sort_name, folded_synonyms, lastmod_datetime, created_at, search_rules, followers)
      select name, slug, name_synonyms, slogan, html_info, seo_title, seo_description, auto_follow, content_only_staff, active, position, image_original, emotional_image_original, emotional_image_position, stream_order_by, parents, ancestors, tag_ids, folded_name, sort_name, folded_synonyms, $1::timestamptz, $1::timestamptz, 1, 0
      from json_populate_record(null::category, $2::json) returning *
    ),  emitted as (
      insert into event (id, type, created, body, txid, audience)
  select event_id, type, $1::timestamptz, concat('{"event_id":', event_id, ',"type":"', type, '","created":',
      extract(epoch from $1::timestamptz::timestamptz), ',"data":', data, '}')::json, txid,
    (select version from webhook_listening where type = any(types))
  from (select pg_current_xact_id() as txid,
      case when (select check_event_source()) then nextval('event_id') end as event_id, type, data
    from (select 'category.created' as type, /* WebhookCategoryAct */ concat(/* WebhookCategory */ '{"category":{"id":', category.id, ',"tags":', case when category.tag_ids = '{}' then '[]' else (
    select /* Tag[] */ concat('[', string_agg(/* Tag */ concat('{"id":', t.id, ',"type":"', t.type, '","name":', to_json((t.name)::text)::text, ',"description":', coalesce(to_json((t.description)::text)::text, 'null'), ',"color":', to_json((t.color)::text)::text, ',"visible":', case when t.visible then 'true' else 'false' end, ',"visibility_boost":', case when t.visibility_boost then 'true' else 'false' end, ',"created_at":"', to_char(t.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","active":', case when t.active then 'true' else 'false' end, ',"deleted":', case when t.deleted then 'true' else 'false' end, '}'), ',' order by t.id), ']') from tag t
    where t.id = any(category.tag_ids) and t.active and not t.deleted and t.visible) end, ',"followed":', case when f.member_id is not null then 'true' else 'false' end, ',', replace(category.shown_json, e'\x04', public_base()), ',"followers_counter":', category.followers, /* WebhookUser */ '},"user":{', replace(replace(replace(replace(u.profile_json,
    case when cardinality(u.tag_ids) > 0 then '"tags":[]' else '' end, concat('"tags":', case when u.tag_ids = '{}' then '[]' else (
    select /* Tag[] */ concat('[', string_agg(/* Tag */ concat('{"id":', t.id, ',"type":"', t.type, '","name":', to_json((t.name)::text)::text, ',"description":', coalesce(to_json((t.description)::text)::text, 'null'), ',"color":', to_json((t.color)::text)::text, ',"visible":', case when t.visible then 'true' else 'false' end, ',"visibility_boost":', case when t.visibility_boost then 'true' else 'false' end, ',"created_at":"', to_char(t.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","active":', case when t.active then 'true' else 'false' end, ',"deleted":', case when t.deleted then 'true' else 'false' end, '}'), ',' order by t.id), ']') from tag t
    where t.id = any(u.tag_ids) and t.active and not t.deleted and t.visible) end)),
    case when u.avatar is null then '"avatar":null' when u.avatar like '/%' then '"avatar":"/' else '' end,
    concat(e'"avatar":"\x04', case when u.avatar is null then concat('/api/v2/avatar/', u.id, '"') else '/' end)),
    case when u.cover like '/%' then '"cover":"/' else '' end, concat(e'"cover":"\x04/')),
    e'\x04', (select base from public_address)), ',"email":', coalesce(to_json((u.email)::text)::text, 'null'), ',"email_isvalid":', case when u.email_isvalid then 'true' else 'false' end, ',"followings_counter":', u.followings, ',"followers_counter":', u.followers, ',"connection_requests_sent_counter":', u.requests_sent, ',"connection_requests_received_counter":', u.requests_received, ',"connections_counter":', u.connections, ',"posts_counter":', u.posts, ',"discussions_counter":', u.discussions, ',"statuses_counter":', u.statuses, ',"polls_counter":', u.polls, '},"added_at":"', to_char(t.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '"}') as data from made category, users u, (select created_at as added_at from made) t,
          (select null::bigint as member_id) f where u.id = $3::bigint) emitted offset 0) numbered
    )
    select id from made;

-- delete
-- $1 id, $2 now, $3 actor
with gone as (
      delete from category_follower where category_id = $1::bigint returning member_id
    ), followers as (
      select id from users where id in (select member_id from gone) order by id for no key update
    ), lowered as (
      update users set categories = categories - 1 from followers where users.id = followers.id
    ), deleted as (
      update category set deleted = true, followers = 0, parents = '{}', ancestors = '{}', lastmod_datetime = $2::timestamptz
      where id = $1::bigint
    ), orphaned as (
      update category set parents = array_remove(parents, $1::bigint) where parents @> array[$1::bigint]
    )
    insert into event (id, type, created, body, txid, audience)
  select event_id, type, $2::timestamptz, concat('{"event_id":', event_id, ',"type":"', type, '","created":',
      extract(epoch from $2::timestamptz::timestamptz), ',"data":', data, '}')::json, txid,
    (select version from webhook_listening where type = any(types))
  from (select pg_current_xact_id() as txid,
      case when (select check_event_source()) then nextval('event_id') end as event_id, type, data
    from (select 'category.deleted' as type, /* WebhookCategoryAct */ concat(/* WebhookCategory */ '{"category":{"id":', category.id, ',"tags":', case when category.tag_ids = '{}' then '[]' else (
    select /* Tag[] */ concat('[', string_agg(/* Tag */ concat('{"id":', t.id, ',"type":"', t.type, '","name":', to_json((t.name)::text)::text, ',"description":', coalesce(to_json((t.description)::text)::text, 'null'), ',"color":', to_json((t.color)::text)::text, ',"visible":', case when t.visible then 'true' else 'false' end, ',"visibility_boost":', case when t.visibility_boost then 'true' else 'false' end, ',"created_at":"', to_char(t.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","active":', case when t.active then 'true' else 'false' end, ',"deleted":', case when t.deleted then 'true' else 'false' end, '}'), ',' order by t.id), ']') from tag t
    where t.id = any(category.tag_ids) and t.active and not t.deleted and t.visible) end, ',"followed":', case when f.member_id is not null then 'true' else 'false' end, ',', replace(category.shown_json, e'\x04', public_base()), ',"followers_counter":', category.followers, /* WebhookUser */ '},"user":{', replace(replace(replace(replace(u.profile_json,
    case when cardinality(u.tag_ids) > 0 then '"tags":[]' else '' end, concat('"tags":', case when u.tag_ids = '{}' then '[]' else (
    select /* Tag[] */ concat('[', string_agg(/* Tag */ concat('{"id":', t.id, ',"type":"', t.type, '","name":', to_json((t.name)::text)::text, ',"description":', coalesce(to_json((t.description)::text)::text, 'null'), ',"color":', to_json((t.color)::text)::text, ',"visible":', case when t.visible then 'true' else 'false' end, ',"visibility_boost":', case when t.visibility_boost then 'true' else 'false' end, ',"created_at":"', to_char(t.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","active":', case when t.active then 'true' else 'false' end, ',"deleted":', case when t.deleted then 'true' else 'false' end, '}'), ',' order by t.id), ']') from tag t
    where t.id = any(u.tag_ids) and t.active and not t.deleted and t.visible) end)),
    case when u.avatar is null then '"avatar":null' when u.avatar like '/%' then '"avatar":"/' else '' end,
    concat(e'"avatar":"\x04', case when u.avatar is null then concat('/api/v2/avatar/', u.id, '"') else '/' end)),
    case when u.cover like '/%' then '"cover":"/' else '' end, concat(e'"cover":"\x04/')),
    e'\x04', (select base from public_address)), ',"email":', coalesce(to_json((u.email)::text)::text, 'null'), ',"email_isvalid":', case when u.email_isvalid then 'true' else 'false' end, ',"followings_counter":', u.followings, ',"followers_counter":', u.followers, ',"connection_requests_sent_counter":', u.requests_sent, ',"connection_requests_received_counter":', u.requests_received, ',"connections_counter":', u.connections, ',"posts_counter":', u.posts, ',"discussions_counter":', u.discussions, ',"statuses_counter":', u.statuses, ',"polls_counter":', u.polls, '},"added_at":"', to_char(t.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '"}') as data from category join users u on u.id = $3::bigint
       cross join lateral (select category.created_at as added_at) t
       left join category_follower f on f.category_id = category.id and f.member_id = u.id
       where category.id = $1::bigint) emitted offset 0) numbered;

-- due to be indexed
select id, name, name_synonyms from category where search_rules < 1
    order by id limit 500 for no key update skip locked;

-- end all follows of a member
-- $1 member, $2 now
with gone as (
      delete from category_follower where member_id = $1::bigint returning *
    ), left_behind as (
      select id from category where id in (select category_id from gone) order by id for no key update
    ), lowered as (
      update category set followers = followers - 1 from left_behind where category.id = left_behind.id
      returning category.*
    ), member as (
      update users set categories = categories - (select count(*) from gone) where id = $1::bigint returning *
    )
    insert into event (id, type, created, body, txid, audience)
  select event_id, type, $2::timestamptz, concat('{"event_id":', event_id, ',"type":"', type, '","created":',
      extract(epoch from $2::timestamptz::timestamptz), ',"data":', data, '}')::json, txid,
    (select version from webhook_listening where type = any(types))
  from (select pg_current_xact_id() as txid,
      case when (select check_event_source()) then nextval('event_id') end as event_id, type, data
    from (select 'category.unfollow' as type, /* WebhookCategoryAct */ concat(/* WebhookCategory */ '{"category":{"id":', category.id, ',"tags":', case when category.tag_ids = '{}' then '[]' else (
    select /* Tag[] */ concat('[', string_agg(/* Tag */ concat('{"id":', t.id, ',"type":"', t.type, '","name":', to_json((t.name)::text)::text, ',"description":', coalesce(to_json((t.description)::text)::text, 'null'), ',"color":', to_json((t.color)::text)::text, ',"visible":', case when t.visible then 'true' else 'false' end, ',"visibility_boost":', case when t.visibility_boost then 'true' else 'false' end, ',"created_at":"', to_char(t.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","active":', case when t.active then 'true' else 'false' end, ',"deleted":', case when t.deleted then 'true' else 'false' end, '}'), ',' order by t.id), ']') from tag t
    where t.id = any(category.tag_ids) and t.active and not t.deleted and t.visible) end, ',"followed":', case when f.member_id is not null then 'true' else 'false' end, ',', replace(category.shown_json, e'\x04', public_base()), ',"followers_counter":', category.followers, /* WebhookUser */ '},"user":{', replace(replace(replace(replace(u.profile_json,
    case when cardinality(u.tag_ids) > 0 then '"tags":[]' else '' end, concat('"tags":', case when u.tag_ids = '{}' then '[]' else (
    select /* Tag[] */ concat('[', string_agg(/* Tag */ concat('{"id":', t.id, ',"type":"', t.type, '","name":', to_json((t.name)::text)::text, ',"description":', coalesce(to_json((t.description)::text)::text, 'null'), ',"color":', to_json((t.color)::text)::text, ',"visible":', case when t.visible then 'true' else 'false' end, ',"visibility_boost":', case when t.visibility_boost then 'true' else 'false' end, ',"created_at":"', to_char(t.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","active":', case when t.active then 'true' else 'false' end, ',"deleted":', case when t.deleted then 'true' else 'false' end, '}'), ',' order by t.id), ']') from tag t
    where t.id = any(u.tag_ids) and t.active and not t.deleted and t.visible) end)),
    case when u.avatar is null then '"avatar":null' when u.avatar like '/%' then '"avatar":"/' else '' end,
    concat(e'"avatar":"\x04', case when u.avatar is null then concat('/api/v2/avatar/', u.id, '"') else '/' end)),
    case when u.cover like '/%' then '"cover":"/' else '' end, concat(e'"cover":"\x04/')),
    e'\x04', (select base from public_address)), ',"email":', coalesce(to_json((u.email)::text)::text, 'null'), ',"email_isvalid":', case when u.email_isvalid then 'true' else 'false' end, ',"followings_counter":', u.followings, ',"followers_counter":', u.followers, ',"connection_requests_sent_counter":', u.requests_sent, ',"connection_requests_received_counter":', u.requests_received, ',"connections_counter":', u.connections, ',"posts_counter":', u.posts, ',"discussions_counter":', u.discussions, ',"statuses_counter":', u.statuses, ',"polls_counter":', u.polls, '},"added_at":"', to_char(t.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '"}') as data from gone t join lowered category on category.id = t.category_id
       cross join member u cross join (select null::bigint as member_id) f order by t.place) emitted offset 0) numbered;

-- follow or unfollow
-- $1 id, $2 member, $3 now, $4 version
with f as (
      insert into category_follower (category_id, member_id, added_at, place)
             values ($1::bigint, $2::bigint, $3::timestamptz, nextval('category_place')) on conflict do nothing returning *
    ), member as (
      update users set categories = users.categories + 1 from f
      where users.id = f.member_id and users.status in ('a', 'b')
        and (select version from community) = $4::int returning users.*
    ), changed as (
      update category set followers = category.followers + 1 from member
      where category.id = $1::bigint and not deleted and active returning category.*
    ), emitted as (
      insert into event (id, type, created, body, txid, audience)
  select event_id, type, $3::timestamptz, concat('{"event_id":', event_id, ',"type":"', type, '","created":',
      extract(epoch from $3::timestamptz::timestamptz), ',"data":', data, '}')::json, txid,
    (select version from webhook_listening where type = any(types))
  from (select pg_current_xact_id() as txid,
      case when (select check_event_source()) then nextval('event_id') end as event_id, type, data
    from (select 'category.follow' as type, /* WebhookCategoryAct */ concat(/* WebhookCategory */ '{"category":{"id":', category.id, ',"tags":', case when category.tag_ids = '{}' then '[]' else (
    select /* Tag[] */ concat('[', string_agg(/* Tag */ concat('{"id":', t.id, ',"type":"', t.type, '","name":', to_json((t.name)::text)::text, ',"description":', coalesce(to_json((t.description)::text)::text, 'null'), ',"color":', to_json((t.color)::text)::text, ',"visible":', case when t.visible then 'true' else 'false' end, ',"visibility_boost":', case when t.visibility_boost then 'true' else 'false' end, ',"created_at":"', to_char(t.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","active":', case when t.active then 'true' else 'false' end, ',"deleted":', case when t.deleted then 'true' else 'false' end, '}'), ',' order by t.id), ']') from tag t
    where t.id = any(category.tag_ids) and t.active and not t.deleted and t.visible) end, ',"followed":', case when f.member_id is not null then 'true' else 'false' end, ',', replace(category.shown_json, e'\x04', public_base()), ',"followers_counter":', category.followers, /* WebhookUser */ '},"user":{', replace(replace(replace(replace(u.profile_json,
    case when cardinality(u.tag_ids) > 0 then '"tags":[]' else '' end, concat('"tags":', case when u.tag_ids = '{}' then '[]' else (
    select /* Tag[] */ concat('[', string_agg(/* Tag */ concat('{"id":', t.id, ',"type":"', t.type, '","name":', to_json((t.name)::text)::text, ',"description":', coalesce(to_json((t.description)::text)::text, 'null'), ',"color":', to_json((t.color)::text)::text, ',"visible":', case when t.visible then 'true' else 'false' end, ',"visibility_boost":', case when t.visibility_boost then 'true' else 'false' end, ',"created_at":"', to_char(t.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","active":', case when t.active then 'true' else 'false' end, ',"deleted":', case when t.deleted then 'true' else 'false' end, '}'), ',' order by t.id), ']') from tag t
    where t.id = any(u.tag_ids) and t.active and not t.deleted and t.visible) end)),
    case when u.avatar is null then '"avatar":null' when u.avatar like '/%' then '"avatar":"/' else '' end,
    concat(e'"avatar":"\x04', case when u.avatar is null then concat('/api/v2/avatar/', u.id, '"') else '/' end)),
    case when u.cover like '/%' then '"cover":"/' else '' end, concat(e'"cover":"\x04/')),
    e'\x04', (select base from public_address)), ',"email":', coalesce(to_json((u.email)::text)::text, 'null'), ',"email_isvalid":', case when u.email_isvalid then 'true' else 'false' end, ',"followings_counter":', u.followings, ',"followers_counter":', u.followers, ',"connection_requests_sent_counter":', u.requests_sent, ',"connection_requests_received_counter":', u.requests_received, ',"connections_counter":', u.connections, ',"posts_counter":', u.posts, ',"discussions_counter":', u.discussions, ',"statuses_counter":', u.statuses, ',"polls_counter":', u.polls, '},"added_at":"', to_char(t.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '"}') as data from changed category, member u, f t, (select id as member_id from member) f) emitted offset 0) numbered
    )
    select case when not exists (select from f) then false when exists (select from changed) then true
      else raise_conflict() end as done;

-- followed
-- $1 viewer, $2 limit
with p as (
  select p.*, row_number() over () as n from (
    select * from (select category.*, category.xmin, g.place as k0 from category_follower g join category on category.id = g.category_id where g.member_id = $1::bigint
      order by g.place desc limit 101) few limit $2::bigint + 1
  ) p
), page as (
  select p.n, json_build_array(p.k0)::text as key, /* Category */ concat(e'\x02Category\x1f', category.id, e'\x1f', category.xmin, e'\x1f', case when f.member_id is not null then 'true' else 'false' end, e'\x03') as row from p cross join lateral (select p.*) category left join category_follower f on f.category_id = category.id and f.member_id = $1::bigint
)
select (select categories from users where id = $1::bigint)::int as count, count(*)::int as n,
  count(*) filter (where n <= $2::bigint)::int as shown,
  string_agg(row::text, ',' order by n) filter (where n <= $2::bigint) as rows,
  max(key) filter (where n = 1) as nearest, max(key) filter (where n = $2::bigint) as farthest,
  null::text as repeated, concat(pg_current_snapshot(), ' ', pg_postmaster_start_time(), ' ', pg_relation_filepath('pg_class'), ' ', (select xmin from public_address)) as at,
  null::text as tables, '' as held
from page;

-- followed by a member
-- $1 viewer, $2 member
select u.status::text as status,
      (select /* Category[] */ concat('[', string_agg(/* Category */ concat('{"id":', category.id, ',"tags":', case when category.tag_ids = '{}' then '[]' else (
    select /* Tag[] */ concat('[', string_agg(/* Tag */ concat('{"id":', t.id, ',"type":"', t.type, '","name":', to_json((t.name)::text)::text, ',"description":', coalesce(to_json((t.description)::text)::text, 'null'), ',"color":', to_json((t.color)::text)::text, ',"visible":', case when t.visible then 'true' else 'false' end, ',"visibility_boost":', case when t.visibility_boost then 'true' else 'false' end, ',"created_at":"', to_char(t.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","active":', case when t.active then 'true' else 'false' end, ',"deleted":', case when t.deleted then 'true' else 'false' end, '}'), ',' order by t.id), ']') from tag t
    where t.id = any(category.tag_ids) and t.active and not t.deleted and t.visible) end, ',"followed":', case when f.member_id is not null then 'true' else 'false' end, ',', replace(category.shown_json, e'\x04', public_base()), ',"followers_counter":', category.followers, ',"parents":', to_json(category.parents)::text, '}'), ',' order by (f.member_id is not null and $1::bigint <> $2::bigint) desc, g.place desc), ']')
       from category_follower g join category on category.id = g.category_id left join category_follower f on f.category_id = category.id and f.member_id = $1::bigint
       where g.member_id = u.id and true) as json
    from users u where u.id = $2::bigint;

-- followers
-- $1 viewer, $2 id, $3 limit
with p as (
  select p.*, row_number() over () as n from (
    select * from (select g.member_id, v.state, v.following_place, g.place as k0 from category_follower g left join lateral (
    select * from relation tied where tied.member_id = $1::bigint and tied.other_id = g.member_id offset 0) v on true
        where g.category_id = $2::bigint  and not coalesce(v.hidden_place is not null or v.hidden_by, false)
      order by g.place desc limit 101) few limit $3::bigint + 1
  ) p
), page as (
  select p.n, json_build_array(p.k0)::text as key, /* User */ concat(e'\x02User 011111\x1f', u.id, e'\x1f', u.xmin, e'\x1f', coalesce(case v.state when 4 then '"connected"' when 1 then '"sent_connection_request"' when 2 then '"received_connection_request"' end, 'null'), e'\x03') as row from p join users u on u.id = p.member_id cross join lateral (select p.state, p.following_place) v
)
select (select (select followers from category where id = $2::bigint) - (select count(*)::int from relation h where h.member_id = $1::bigint and (h.hidden_place is not null or h.hidden_by)
      and coalesce((select true from category_follower g where g.category_id = $2::bigint and g.member_id = h.other_id ), false)))::int as count, count(*)::int as n,
  count(*) filter (where n <= $3::bigint)::int as shown,
  string_agg(row::text, ',' order by n) filter (where n <= $3::bigint) as rows,
  max(key) filter (where n = 1) as nearest, max(key) filter (where n = $3::bigint) as farthest,
  null::text as repeated, concat(pg_current_snapshot(), ' ', pg_postmaster_start_time(), ' ', pg_relation_filepath('pg_class'), ' ', (select xmin from public_address)) as at,
  null::text as tables, (exists (select from category where id = $2::bigint and not deleted)) as "there", '' as held
from page;

-- index
-- $1 rows
update category t set folded_name = d.folded_name, sort_name = d.sort_name, folded_synonyms = d.folded_synonyms, search_rules = 1
    from json_to_recordset($1::json) as d(id bigint, folded_name text, sort_name text, folded_synonyms text) where t.id = d.id;

-- look at a follower
-- $1 member, $2 id
select category.auto_follow, category.active, f.member_id is not null as followed, me.status::text as status, me.role, (select version from community) as version
    from category left join users me on me.id = $1::bigint
    left join category_follower f on f.category_id = category.id and f.member_id = me.id
    where category.id = $2::bigint and not category.deleted;

-- popular
-- $1 limit, $2 viewer
with p as (
  select p.*, row_number() over () as n from (
    select * from (select category.*, category.xmin, category.followers as k0, category.position as k1, category.sort_name as k2, category.id as k3 from category where not category.deleted and category.active
      order by category.followers desc, category.position asc, category.sort_name asc, category.id asc limit 101) few limit $1::bigint + 1
  ) p
), page as (
  select p.n, json_build_array(p.k0, p.k1, p.k2, p.k3)::text as key, /* Category */ concat(e'\x02Category\x1f', category.id, e'\x1f', category.xmin, e'\x1f', case when f.member_id is not null then 'true' else 'false' end, e'\x03') as row from p cross join lateral (select p.*) category left join category_follower f on f.category_id = category.id and f.member_id = $2::bigint
)
select (select count(*)::int from category where not category.deleted and category.active)::int as count, count(*)::int as n,
  count(*) filter (where n <= $1::bigint)::int as shown,
  string_agg(row::text, ',' order by n) filter (where n <= $1::bigint) as rows,
  max(key) filter (where n = 1) as nearest, max(key) filter (where n = $1::bigint) as farthest,
  null::text as repeated, concat(pg_current_snapshot(), ' ', pg_postmaster_start_time(), ' ', pg_relation_filepath('pg_class'), ' ', (select xmin from public_address)) as at,
  null::text as tables, '' as held
from page;

-- set what is above
-- $1 changed
update category set ancestors = n.ancestors
    from json_to_recordset($1::json) as n(id bigint, ancestors bigint[]) where category.id = n.id;

-- show
-- $1 viewer, $2 id, $3 staff
select /* Category */ concat('{"id":', category.id, ',"tags":', case when category.tag_ids = '{}' then '[]' else (
    select /* Tag[] */ concat('[', string_agg(/* Tag */ concat('{"id":', t.id, ',"type":"', t.type, '","name":', to_json((t.name)::text)::text, ',"description":', coalesce(to_json((t.description)::text)::text, 'null'), ',"color":', to_json((t.color)::text)::text, ',"visible":', case when t.visible then 'true' else 'false' end, ',"visibility_boost":', case when t.visibility_boost then 'true' else 'false' end, ',"created_at":"', to_char(t.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","active":', case when t.active then 'true' else 'false' end, ',"deleted":', case when t.deleted then 'true' else 'false' end, '}'), ',' order by t.id), ']') from tag t
    where t.id = any(category.tag_ids) and t.active and not t.deleted and t.visible) end, ',"followed":', case when f.member_id is not null then 'true' else 'false' end, ',', replace(category.shown_json, e'\x04', public_base()), ',"followers_counter":', category.followers, ',"parents":', to_json(category.parents)::text, '}') as json from category left join category_follower f on f.category_id = category.id and f.member_id = $1::bigint
    where category.id = $2::bigint and (not category.deleted or $3::boolean);

-- tree
select id, name, lower(slug) as slug, parents, ancestors from category where not deleted order by id;

-- what a member follows
-- $1 member, $2 after, $3 most
select f.place as key, (json_build_object('id', category.id, 'name', category.name, 'followed_at', f.added_at))::text as json from category_follower f join category on category.id = f.category_id where f.member_id = $1::bigint and f.place > $2::bigint order by f.place limit $3::int;

-- what a member follows, keys
-- $1 member, $2 after, $3 most
select f.place as key from category_follower f join category on category.id = f.category_id where f.member_id = $1::bigint and f.place > $2::bigint order by f.place limit $3::int;

-- what a member follows, some
-- $1 member, $2 keys
select (json_build_object('id', category.id, 'name', category.name, 'followed_at', f.added_at))::text as json from category_follower f join category on category.id = f.category_id where f.member_id = $1::bigint and f.place = any($2::bigint[]) order by f.place;

-- what has drifted
-- $1 most
with recursive up as (
      select c.id, unnest(c.parents) as above from category c
      union
      select up.id, unnest(c.parents) from up join category c on c.id = up.above
    ), drift as (
      select 'followers of category ' || c.id as what, 0 as member, c.followers as kept, coalesce(f.n, 0)::int as counted,
          'followers' as repair, array[c.id] as of
        from category c left join (select category_id, count(*) as n from category_follower group by 1) f on f.category_id = c.id
        where c.followers <> coalesce(f.n, 0)
      union all
      select 'categories', u.id, u.categories, coalesce(f.n, 0)::int, 'member', array[u.id]
        from users u left join (select member_id, count(*) as n from category_follower group by 1) f on f.member_id = u.id
        where u.categories <> coalesce(f.n, 0)
      union all
      select 'followed category of a member who is gone', u.id, 0, count(*)::int, null, '{}'
        from users u join category_follower f on f.member_id = u.id where u.status in ('d', 'u') group by u.id
      union all
      select 'categories above category ' || c.id, 0, cardinality(c.ancestors), count(up.above)::int, 'ancestors', '{}'
        from category c left join up on up.id = c.id group by c.id
        having array(select unnest(c.ancestors) order by 1)
          <> coalesce(array_agg(up.above order by up.above) filter (where up.above is not null), '{}')
    )
    select * from drift order by what, member limit $1::bigint;

-- whether a member follows
-- $1 viewer, $2 id
select f.member_id is not null as followed from category left join category_follower f on f.category_id = category.id and f.member_id = $1::bigint
    where category.id = $2::bigint and not category.deleted;
