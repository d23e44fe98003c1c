-- Printed by `npm run sql`. The statements of a slice, as PostgreSQL is given them in their usual variant.

-- announce a deletion
-- $1 now, $2 id
insert into event (id, type, created, body, txid, audience)
  select event_id, type, $1::timestamptz, concat('{"event_id":', event_id, ',"type":"', type, '","created":',
      extract(epoch from $1::timestamptz::timestamptz), ',"data":', data, '}')::json, txid,
    (select version from webhook_listening where type = any(types))
  from (select pg_current_xact_id() as txid,
      case when (select check_event_source()) then nextval('event_id') end as event_id, type, data
    from (select 'user.deleted' as type, /* WebhookUser */ concat('{', replace(replace(replace(replace(u.profile_json,
    case when cardinality(u.tag_ids) > 0 then '"tags":[]' else '' end, concat('"tags":', case when u.tag_ids = '{}' then '[]' else (
    select /* Tag[] */ concat('[', string_agg(/* Tag */ concat('{"id":', t.id, ',"type":"', t.type, '","name":', to_json((t.name)::text)::text, ',"description":', coalesce(to_json((t.description)::text)::text, 'null'), ',"color":', to_json((t.color)::text)::text, ',"visible":', case when t.visible then 'true' else 'false' end, ',"visibility_boost":', case when t.visibility_boost then 'true' else 'false' end, ',"created_at":"', to_char(t.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","active":', case when t.active then 'true' else 'false' end, ',"deleted":', case when t.deleted then 'true' else 'false' end, '}'), ',' order by t.id), ']') from tag t
    where t.id = any(u.tag_ids) and t.active and not t.deleted and t.visible) end)),
    case when u.avatar is null then '"avatar":null' when u.avatar like '/%' then '"avatar":"/' else '' end,
    concat(e'"avatar":"\x04', case when u.avatar is null then concat('/api/v2/avatar/', u.id, '"') else '/' end)),
    case when u.cover like '/%' then '"cover":"/' else '' end, concat(e'"cover":"\x04/')),
    e'\x04', (select base from public_address)), ',"email":', coalesce(to_json((u.email)::text)::text, 'null'), ',"email_isvalid":', case when u.email_isvalid then 'true' else 'false' end, ',"followings_counter":', u.followings, ',"followers_counter":', u.followers, ',"connection_requests_sent_counter":', u.requests_sent, ',"connection_requests_received_counter":', u.requests_received, ',"connections_counter":', u.connections, ',"posts_counter":', u.posts, ',"discussions_counter":', u.discussions, ',"statuses_counter":', u.statuses, ',"polls_counter":', u.polls, '}') as data from (select * from users where id = $2::bigint) u) emitted offset 0) numbered;

-- begin to erase from the log
update erasure set position = 0, until = (select coalesce(max(id), 0) from event)
    where position is null and fence <= pg_snapshot_xmin(pg_current_snapshot());

-- count one less
update community set members = members - 1;

-- create
-- $1 version, $2 username, $3 email, $4 real_name, $5 ext_id, $6 role, $7 avatar, $8 cover, $9 now, $10 folded_real_name, $11 sort_name, $12 metadata, $13 tag_ids, $14 hash, $15 avatar_file, $16 cover_file, $17 fetching
with follows as materialized (
    select id from category where auto_follow <> 'none' and active and not deleted and (select version from community) = $1::int order by id for no key update
  ), made as (
      insert into users (username, email, real_name, ext_id, role, avatar, cover,
        date_joined, categories, folded_real_name, sort_name, search_rules, metadata, tag_ids)
      select $2::text, $3::text, $4::text, $5::text, $6::text, $7::text, $8::text, $9::timestamptz, (select count(*)::int from follows),
        $10::text, $11::text, 1, jsonb_strip_nulls($12::json::jsonb), $13::bigint[]
      where (select version from community) = $1::int returning *
    ), followed as (
    update category set followers = followers + many.n from follows, (select count(*)::int as n from made) many
    where category.id = follows.id and many.n > 0 returning category.*
  ), joined as (
    insert into category_follower (category_id, member_id, added_at, place)
    select followed.id, made.id, $9::timestamptz, nextval('category_place') from made, followed
    order by made.id, followed.position, followed.id
  ), secret as (
      insert into credential (user_id, password_hash) select id, $14::text from made where $14::text is not null
    ), kept as (
      update file set state = 'kept', owner_id = made.id from made
      where file.id in ($15::bigint, $16::bigint) and state = 'pending'
    ), pictured as (
      insert into avatar (user_id, file_id, path, uploaded_at) select id, $15::bigint, $7::text, $9::timestamptz
      from made where $15::bigint is not null
    ), unfetched as (
      insert into avatar_fetch (user_id, url, due) select id, $7::text, $9::timestamptz from made where $17::boolean
    ), counted as (
      update community set members = members + many.n from (select count(*)::int as n from made) many where many.n > 0
    ), emitted as (
      insert into event (id, type, created, body, txid, audience)
  select event_id, type, $9::timestamptz, concat('{"event_id":', event_id, ',"type":"', type, '","created":',
      extract(epoch from $9::timestamptz::timestamptz), ',"data":', data, '}')::json, txid,
    (select version from webhook_listening where type = any(types))
  from (select pg_current_xact_id() as txid,
      case when (select check_event_source()) then nextval('event_id') end as event_id, type, data
    from (select 'user.created' as type, /* WebhookUser */ concat('{', replace(replace(replace(replace(u.profile_json,
    case when cardinality(u.tag_ids) > 0 then '"tags":[]' else '' end, concat('"tags":', case when u.tag_ids = '{}' then '[]' else (
    select /* Tag[] */ concat('[', string_agg(/* Tag */ concat('{"id":', t.id, ',"type":"', t.type, '","name":', to_json((t.name)::text)::text, ',"description":', coalesce(to_json((t.description)::text)::text, 'null'), ',"color":', to_json((t.color)::text)::text, ',"visible":', case when t.visible then 'true' else 'false' end, ',"visibility_boost":', case when t.visibility_boost then 'true' else 'false' end, ',"created_at":"', to_char(t.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","active":', case when t.active then 'true' else 'false' end, ',"deleted":', case when t.deleted then 'true' else 'false' end, '}'), ',' order by t.id), ']') from tag t
    where t.id = any(u.tag_ids) and t.active and not t.deleted and t.visible) end)),
    case when u.avatar is null then '"avatar":null' when u.avatar like '/%' then '"avatar":"/' else '' end,
    concat(e'"avatar":"\x04', case when u.avatar is null then concat('/api/v2/avatar/', u.id, '"') else '/' end)),
    case when u.cover like '/%' then '"cover":"/' else '' end, concat(e'"cover":"\x04/')),
    e'\x04', (select base from public_address)), ',"email":', coalesce(to_json((u.email)::text)::text, 'null'), ',"email_isvalid":', case when u.email_isvalid then 'true' else 'false' end, ',"followings_counter":', u.followings, ',"followers_counter":', u.followers, ',"connection_requests_sent_counter":', u.requests_sent, ',"connection_requests_received_counter":', u.requests_received, ',"connections_counter":', u.connections, ',"posts_counter":', u.posts, ',"discussions_counter":', u.discussions, ',"statuses_counter":', u.statuses, ',"polls_counter":', u.polls, '}') as data from (select * from made order by id) u union all select 'category.follow' as type, begun.data as data from (select /* WebhookCategoryAct */ concat(/* WebhookCategory */ '{"category":{"id":', category.id, ',"tags":', case when category.tag_ids = '{}' then '[]' else (
    select /* Tag[] */ concat('[', string_agg(/* Tag */ concat('{"id":', t.id, ',"type":"', t.type, '","name":', to_json((t.name)::text)::text, ',"description":', coalesce(to_json((t.description)::text)::text, 'null'), ',"color":', to_json((t.color)::text)::text, ',"visible":', case when t.visible then 'true' else 'false' end, ',"visibility_boost":', case when t.visibility_boost then 'true' else 'false' end, ',"created_at":"', to_char(t.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","active":', case when t.active then 'true' else 'false' end, ',"deleted":', case when t.deleted then 'true' else 'false' end, '}'), ',' order by t.id), ']') from tag t
    where t.id = any(category.tag_ids) and t.active and not t.deleted and t.visible) end, ',"followed":', case when f.member_id is not null then 'true' else 'false' end, ',', replace(category.shown_json, e'\x04', public_base()), ',"followers_counter":', category.followers, /* WebhookUser */ '},"user":{', replace(replace(replace(replace(u.profile_json,
    case when cardinality(u.tag_ids) > 0 then '"tags":[]' else '' end, concat('"tags":', case when u.tag_ids = '{}' then '[]' else (
    select /* Tag[] */ concat('[', string_agg(/* Tag */ concat('{"id":', t.id, ',"type":"', t.type, '","name":', to_json((t.name)::text)::text, ',"description":', coalesce(to_json((t.description)::text)::text, 'null'), ',"color":', to_json((t.color)::text)::text, ',"visible":', case when t.visible then 'true' else 'false' end, ',"visibility_boost":', case when t.visibility_boost then 'true' else 'false' end, ',"created_at":"', to_char(t.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","active":', case when t.active then 'true' else 'false' end, ',"deleted":', case when t.deleted then 'true' else 'false' end, '}'), ',' order by t.id), ']') from tag t
    where t.id = any(u.tag_ids) and t.active and not t.deleted and t.visible) end)),
    case when u.avatar is null then '"avatar":null' when u.avatar like '/%' then '"avatar":"/' else '' end,
    concat(e'"avatar":"\x04', case when u.avatar is null then concat('/api/v2/avatar/', u.id, '"') else '/' end)),
    case when u.cover like '/%' then '"cover":"/' else '' end, concat(e'"cover":"\x04/')),
    e'\x04', (select base from public_address)), ',"email":', coalesce(to_json((u.email)::text)::text, 'null'), ',"email_isvalid":', case when u.email_isvalid then 'true' else 'false' end, ',"followings_counter":', u.followings, ',"followers_counter":', u.followers, ',"connection_requests_sent_counter":', u.requests_sent, ',"connection_requests_received_counter":', u.requests_received, ',"connections_counter":', u.connections, ',"posts_counter":', u.posts, ',"discussions_counter":', u.discussions, ',"statuses_counter":', u.statuses, ',"polls_counter":', u.polls, '},"added_at":"', to_char(t.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '"}') as data
      from made u cross join followed category cross join lateral (select u.id as member_id) f,
        (select $9::timestamptz as added_at) t
      order by u.id, category.position, category.id) begun) emitted offset 0) numbered
    ) select id from made;

-- delete
-- $1 now, $2 id
update users set status = 'd', deleted_at = coalesce(deleted_at, $1::timestamptz)
       where id = $2::bigint;

-- erasures that take too long
select count(*)::int as n, to_char(min(began) at time zone 'UTC', 'YYYY-MM-DD') as first
    from erasure where done is null and began < now() - interval '1 day';

-- figures
select count(*)::int as waiting from erasure where done is null;

-- find
-- $1 value
select id from users where lower(username) = lower($1::text) and username is not null and status <> 'u';

-- forget erasures
-- $1 now
delete from erasure where done < $1::timestamptz - interval '1 hour';

-- give a role
-- $1 role, $2 id
update users set role = $1::text where id = $2::bigint and status in ('a', 'b') returning id;

-- go on in the log
-- $1 position, $2 done, $3 members
update erasure set position = $1::bigint, done = $2::timestamptz where member_id = any($3::bigint[]);

-- import
-- $1 rows, $2 now, $3 hashed
with follows as materialized (
    select id from category where auto_follow <> 'none' and active and not deleted and true order by id for no key update
  ), made as (
      insert into users (username, real_name, email, ext_id, role, avatar, bio, location, location_lat_lng, position_lat_lng, date_of_birth, description, gender, website, company_name, company_role, date_joined, metadata, tag_ids, folded_real_name, sort_name, folded_location, folded_description, categories, search_rules)
      select username, real_name, email, ext_id, role, avatar, bio, location, location_lat_lng, position_lat_lng, date_of_birth, description, gender, website, company_name, company_role, date_joined, metadata, tag_ids, folded_real_name, sort_name, folded_location, folded_description, (select count(*)::int from follows), 1 from json_populate_recordset(null::users, $1::json)
      on conflict do nothing returning *
    ), followed as (
    update category set followers = followers + many.n from follows, (select count(*)::int as n from made) many
    where category.id = follows.id and many.n > 0 returning category.*
  ), joined as (
    insert into category_follower (category_id, member_id, added_at, place)
    select followed.id, made.id, $2::timestamptz, nextval('category_place') from made, followed
    order by made.id, followed.position, followed.id
  ), secret as (
      insert into credential (user_id, password_hash)
      select made.id, h.hash from made join json_to_recordset($3::json) h(username text, ext_id text, hash text)
        on lower(h.username) = lower(made.username) and h.ext_id is not distinct from made.ext_id
    ), counted as (
      update community set members = members + many.n from (select count(*)::int as n from made) many where many.n > 0
    ), emitted as (
      select 1
    ) select id, lower(username) as name from made;

-- lock
-- $1 id
select status::text from users where id = $1::bigint for update;

-- lock an erasure
-- $1 id
select member_id as id from erasure where member_id = $1::bigint and fence is null for update skip locked;

-- lock two members, to give a role
-- $1 actor, $2 id
with locked as materialized (
      select id, status, role from users where id in ($1::bigint, $2::bigint) order by id for no key update
    )
    select me.status::text as status, me.role, (select version from community) as version from locked me where me.id = $1::bigint;

-- members to be erased from the log together
select array_agg(member_id) as members, position, until from (
      select * from erasure where position is not null and done is null order by until for update skip locked
    ) free group by position, until order by until limit 1;

-- members whose things are to be erased
select member_id as id from erasure where fence is null order by began, member_id;

-- nothing but events is left to erase
-- $1 id
update erasure set fence = pg_snapshot_xmax(pg_current_snapshot()) where member_id = $1::bigint;

-- who calls
-- $1 id
select id, ext_id, username, role, tag_ids as tags from users where id = $1::bigint;

-- who is there of an import
-- $1 names, $2 ext_ids, $3 addresses
select id, ext_id, lower(username) as name, lower(email) as address, status::text as status from users
    where status <> 'u' and (lower(username) = any($1::text[]) or (ext_id is not null and ext_id = any($2::text[]))
      or (email is not null and lower(email) = any($3::text[])));
