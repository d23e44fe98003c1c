-- Printed by `npm run sql`. The statements of a slice, as PostgreSQL is given them in their usual variant.

-- announce a deletion
-- $1 now, $2 id
insert into event (id, type, created, body, txid, audience)
  select event_id, type, $1::timestamptz, concat('{"event_id":', event_id, ',"type":"', type, '","created":',
      extract(epoch from $1::timestamptz::timestamptz), ',"data":', data, '}')::json, txid,
    (select version from webhook_listening where type = any(types))
  from (select pg_current_xact_id() as txid,
      case when (select check_event_source()) then nextval('event_id') end as event_id, type, data
    from (select 'user.deleted' as type, concat('{', u.profile_json, ',"email":', coalesce(to_json((u.email)::text)::text, 'null'), ',"email_isvalid":', case when u.email_isvalid then 'true' else 'false' end, ',"connection_requests_sent_counter":', u.requests_sent, ',"connection_requests_received_counter":', u.requests_received, ',"connections_counter":', u.connections, ',"posts_counter":', u.posts, ',"discussions_counter":', u.discussions, ',"statuses_counter":', u.statuses, ',"polls_counter":', u.polls, '}') as data from (select * from users where id = $2::bigint) u) emitted offset 0) numbered;

-- block or unblock
-- $1 status, $2 id, $3 now
with changed as (
      update users u set status = $1::"char"
      where id = $2::bigint and status in ('a', 'b') and status <> $1::"char" returning u.*
    ), emitted as (
      insert into event (id, type, created, body, txid, audience)
  select event_id, type, $3::timestamptz, concat('{"event_id":', event_id, ',"type":"', type, '","created":',
      extract(epoch from $3::timestamptz::timestamptz), ',"data":', data, '}')::json, txid,
    (select version from webhook_listening where type = any(types))
  from (select pg_current_xact_id() as txid,
      case when (select check_event_source()) then nextval('event_id') end as event_id, type, data
    from (select 'user.updated' as type, concat('{', u.profile_json, ',"email":', coalesce(to_json((u.email)::text)::text, 'null'), ',"email_isvalid":', case when u.email_isvalid then 'true' else 'false' end, ',"connection_requests_sent_counter":', u.requests_sent, ',"connection_requests_received_counter":', u.requests_received, ',"connections_counter":', u.connections, ',"posts_counter":', u.posts, ',"discussions_counter":', u.discussions, ',"statuses_counter":', u.statuses, ',"polls_counter":', u.polls, '}') as data from changed u) emitted offset 0) numbered
    )
    select exists (select from users where id = $2::bigint and status in ('a', 'b')) as there,
      exists (select from changed) as changed;

-- create
-- $1 username, $2 email, $3 real_name, $4 ext_id, $5 role, $6 avatar, $7 now, $8 hash
with follows as (
    select id from category where auto_follow <> 'none' and active and not deleted order by id for no key update
  ), followed as (
    update category set followers = followers + 1 from follows where category.id = follows.id returning category.*
  ), made as (
      insert into users (username, email, real_name, ext_id, role, avatar, date_joined, categories)
      values ($1::text, $2::text, $3::text, $4::text, $5::text, $6::text, $7::timestamptz, (select count(*)::int from followed))
      returning *
    ), joined as (
    insert into category_follower (category_id, member_id, added_at, place)
    select followed.id, made.id, $7::timestamptz, nextval('category_place') from made, followed
    order by followed.position, followed.id
  ), secret as (
      insert into credential (user_id, password_hash) select id, $8::text from made where $8::text is not null
    ), counted as (
      update community set members = members + 1
    ), emitted as (
      insert into event (id, type, created, body, txid, audience)
  select event_id, type, $7::timestamptz, concat('{"event_id":', event_id, ',"type":"', type, '","created":',
      extract(epoch from $7::timestamptz::timestamptz), ',"data":', data, '}')::json, txid,
    (select version from webhook_listening where type = any(types))
  from (select pg_current_xact_id() as txid,
      case when (select check_event_source()) then nextval('event_id') end as event_id, type, data
    from (select 'user.created' as type, concat('{', u.profile_json, ',"email":', coalesce(to_json((u.email)::text)::text, 'null'), ',"email_isvalid":', case when u.email_isvalid then 'true' else 'false' end, ',"connection_requests_sent_counter":', u.requests_sent, ',"connection_requests_received_counter":', u.requests_received, ',"connections_counter":', u.connections, ',"posts_counter":', u.posts, ',"discussions_counter":', u.discussions, ',"statuses_counter":', u.statuses, ',"polls_counter":', u.polls, '}') as data from made u union all select 'category.follow' as type, begun.data as data from (select concat('{"category":', concat('{"id":', category.id, ',"tags":', '[]', ',"followed":', case when f.member_id is not null then 'true' else 'false' end, ',"order":', category.position, ',"name":', to_json((category.name)::text)::text, ',"name_synonyms":', coalesce(to_json((category.name_synonyms)::text)::text, 'null'), ',"slug":', to_json((category.slug)::text)::text, ',"slogan":', coalesce(to_json((category.slogan)::text)::text, 'null'), ',"html_info":', coalesce(to_json((category.html_info)::text)::text, 'null'), ',"seo_title":', coalesce(to_json((category.seo_title)::text)::text, 'null'), ',"seo_description":', coalesce(to_json((category.seo_description)::text)::text, 'null'), ',"auto_follow":', '"' || (category.auto_follow) || '"', ',"content_only_staff":', case when category.content_only_staff then 'true' else 'false' end, ',"active":', case when category.active then 'true' else 'false' end, ',"image_original":', coalesce(to_json((category.image_original)::text)::text, 'null'), ',"image_bigger":', to_json(('')::text)::text, ',"image_big":', to_json(('')::text)::text, ',"image_medium":', to_json(('')::text)::text, ',"image_small":', to_json(('')::text)::text, ',"emotional_image_original":', to_json((coalesce(category.emotional_image_original, ''))::text)::text, ',"emotional_image_position":', category.emotional_image_position, ',"lastmod_datetime":', '"' || (to_char(category.lastmod_datetime at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', ',"stream_order_by":', '"' || (category.stream_order_by) || '"', ',"followers_counter":', category.followers, '}'), ',"user":', concat('{', u.profile_json, ',"email":', coalesce(to_json((u.email)::text)::text, 'null'), ',"email_isvalid":', case when u.email_isvalid then 'true' else 'false' end, ',"connection_requests_sent_counter":', u.requests_sent, ',"connection_requests_received_counter":', u.requests_received, ',"connections_counter":', u.connections, ',"posts_counter":', u.posts, ',"discussions_counter":', u.discussions, ',"statuses_counter":', u.statuses, ',"polls_counter":', u.polls, '}'), ',"added_at":', '"' || (to_char(t.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', '}') as data
      from followed category, made u, (select id as member_id from made) f, (select $7::timestamptz as added_at) t
      order by category.position, category.id) begun) emitted offset 0) numbered
    )
    select id from made;

-- delete
-- $1 now, $2 id, $3 counted
with marked as (
      update users set status = 'd', deleted_at = coalesce(deleted_at, $1::timestamptz)
      where id = $2::bigint
    )
    update community set members = members - 1 where $3::boolean;

-- find
-- $1 value
select id from users where lower(username) = lower($1::text) and username is not null and status <> 'u';

-- give a role
-- $1 role, $2 id
update users set role = $1::text where id = $2::bigint and status in ('a', 'b') returning id;

-- lock
-- $1 id
select status::text from users where id = $1::bigint for update;

-- who calls
-- $1 id
select id, ext_id, username, role from users where id = $1::bigint;
