-- Printed by `npm run sql`. The statements of a slice, as PostgreSQL is given them in their usual variant.

-- add an avatar
-- $1 user, $2 file, $3 path, $4 now
insert into avatar (user_id, file_id, path, uploaded_at)
    values ($1::bigint, $2::bigint, $3::text, $4::timestamptz) returning id;

-- called by these names
-- $1 names, $2 viewer
select /* AutocompleteUser[] */ concat('[', string_agg(/* AutocompleteUser */ concat('{"id":', u.id, ',"username":', to_json((u.username)::text)::text, ',"real_name":', to_json((u.real_name)::text)::text, ',"avatar":', to_json((coalesce(case when u.avatar like '/%' then concat(public_base(), u.avatar) else u.avatar end, concat((select base from public_address), '/api/v2/avatar/', u.id)))::text)::text, ',"ext_id":', coalesce(to_json((u.ext_id)::text)::text, 'null'), '}'), ',' order by n.nth), ']') as json
    from (select lower(name) as name, min(nth) as nth from unnest($1::text[]) with ordinality t(name, nth) group by 1) n
    join users u on lower(u.username) = n.name
    where u.status in ('a', 'b') and u.id not in (select h.other_id from relation h
  where h.member_id = $2::bigint and (h.hidden_place is not null or h.hidden_by));

-- change pictures
-- $1 changes, $2 id, $3 blocked, $4 version, $5 now
with changed as (
      update users u set (avatar, cover) = row(n.avatar, n.cover)
      from (select (json_populate_record(before, $1::json)).* from users before where id = $2::bigint for update) n
      where u.id = $2::bigint and (u.status = 'a' or u.status = 'b' and $3::boolean)
        and (select version from community) = $4::int and (n.avatar, n.cover) is distinct from (u.avatar, u.cover)
      returning u.*
    ), emitted as (
      insert into event (id, type, created, body, txid, audience)
  select event_id, type, $5::timestamptz, concat('{"event_id":', event_id, ',"type":"', type, '","created":',
      extract(epoch from $5::timestamptz::timestamptz), ',"data":', data, '}')::json, txid,
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
    e'\x04', (select base from public_address)), ',"email":', coalesce(to_json((u.email)::text)::text, 'null'), ',"email_isvalid":', case when u.email_isvalid then 'true' else 'false' end, ',"followings_counter":', u.followings, ',"followers_counter":', u.followers, ',"connection_requests_sent_counter":', u.requests_sent, ',"connection_requests_received_counter":', u.requests_received, ',"connections_counter":', u.connections, ',"posts_counter":', u.posts, ',"discussions_counter":', u.discussions, ',"statuses_counter":', u.statuses, ',"polls_counter":', u.polls, '}') as data from changed u) emitted offset 0) numbered
    )
    select status::text as status, (select version from community) as version
    from users where id = $2::bigint and status in ('a', 'b');

-- change profile
-- $1 changes, $2 id, $3 blocked, $4 version, $5 now
with changed as (
      update users u set (username, real_name, bio, location, location_lat_lng, position_lat_lng, date_of_birth, description, gender, website, company_name, company_role, email, ext_id, avatar, cover, metadata, tag_ids, folded_real_name, sort_name, folded_location, folded_description, email_isvalid) = row(n.username, n.real_name, n.bio, n.location, n.location_lat_lng, n.position_lat_lng, n.date_of_birth, n.description, n.gender, n.website, n.company_name, n.company_role, n.email, n.ext_id, n.avatar, n.cover, n.metadata, n.tag_ids, n.folded_real_name, n.sort_name, n.folded_location, n.folded_description, u.email_isvalid and lower(n.email) is not distinct from lower(u.email))
      from (select (json_populate_record(before, ($1::json::jsonb || jsonb_build_object('metadata',
          jsonb_strip_nulls(before.metadata || coalesce($1::json::jsonb -> 'metadata', '{}'))))::json)).* from users before where id = $2::bigint for update) n
      where u.id = $2::bigint and (u.status = 'a' or u.status = 'b' and $3::boolean)
        and (select version from community) = $4::int and (n.username, n.real_name, n.bio, n.location, n.location_lat_lng, n.position_lat_lng, n.date_of_birth, n.description, n.gender, n.website, n.company_name, n.company_role, n.email, n.ext_id, n.avatar, n.cover, n.metadata, n.tag_ids) is distinct from (u.username, u.real_name, u.bio, u.location, u.location_lat_lng, u.position_lat_lng, u.date_of_birth, u.description, u.gender, u.website, u.company_name, u.company_role, u.email, u.ext_id, u.avatar, u.cover, u.metadata, u.tag_ids)
      returning u.*
    ), emitted as (
      insert into event (id, type, created, body, txid, audience)
  select event_id, type, $5::timestamptz, concat('{"event_id":', event_id, ',"type":"', type, '","created":',
      extract(epoch from $5::timestamptz::timestamptz), ',"data":', data, '}')::json, txid,
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
    e'\x04', (select base from public_address)), ',"email":', coalesce(to_json((u.email)::text)::text, 'null'), ',"email_isvalid":', case when u.email_isvalid then 'true' else 'false' end, ',"followings_counter":', u.followings, ',"followers_counter":', u.followers, ',"connection_requests_sent_counter":', u.requests_sent, ',"connection_requests_received_counter":', u.requests_received, ',"connections_counter":', u.connections, ',"posts_counter":', u.posts, ',"discussions_counter":', u.discussions, ',"statuses_counter":', u.statuses, ',"polls_counter":', u.polls, '}') as data from changed u) emitted offset 0) numbered
    )
    select status::text as status, (select version from community) as version
    from users where id = $2::bigint and status in ('a', 'b');

-- change settings
-- $1 changes, $2 id, $3 blocked, $4 version, $5 now
with changed as (
      update users u set (qa_frequency, email_notification_not_qa, mobile_notifications_scmty, show_toast_notifications, toast_notifications_emit_sound, connection_requests, connections_visibility) = row(n.qa_frequency, n.email_notification_not_qa, n.mobile_notifications_scmty, n.show_toast_notifications, n.toast_notifications_emit_sound, n.connection_requests, n.connections_visibility)
      from (select (json_populate_record(before, $1::json)).* from users before where id = $2::bigint for update) n
      where u.id = $2::bigint and (u.status = 'a' or u.status = 'b' and $3::boolean)
        and (select version from community) = $4::int and (n.qa_frequency, n.email_notification_not_qa, n.mobile_notifications_scmty, n.show_toast_notifications, n.toast_notifications_emit_sound, n.connection_requests, n.connections_visibility) is distinct from (u.qa_frequency, u.email_notification_not_qa, u.mobile_notifications_scmty, u.show_toast_notifications, u.toast_notifications_emit_sound, u.connection_requests, u.connections_visibility)
      returning u.*
    ), emitted as (
      insert into event (id, type, created, body, txid, audience)
  select event_id, type, $5::timestamptz, concat('{"event_id":', event_id, ',"type":"', type, '","created":',
      extract(epoch from $5::timestamptz::timestamptz), ',"data":', data, '}')::json, txid,
    (select version from webhook_listening where type = any(types))
  from (select pg_current_xact_id() as txid,
      case when (select check_event_source()) then nextval('event_id') end as event_id, type, data
    from (select 'user.settings_updated' as type, /* WebhookSettings */ concat('{"qa_frequency":', u.qa_frequency, ',"email_notification_not_qa":', u.email_notification_not_qa, ',"mobile_notifications_scmty":', u.mobile_notifications_scmty, ',"show_toast_notifications":', u.show_toast_notifications, ',"toast_notifications_emit_sound":', u.toast_notifications_emit_sound, /* WebhookUser */ ',"user":{', replace(replace(replace(replace(u.profile_json,
    case when cardinality(u.tag_ids) > 0 then '"tags":[]' else '' end, concat('"tags":', case when u.tag_ids = '{}' then '[]' else (
    select /* Tag[] */ concat('[', string_agg(/* Tag */ concat('{"id":', t.id, ',"type":"', t.type, '","name":', to_json((t.name)::text)::text, ',"description":', coalesce(to_json((t.description)::text)::text, 'null'), ',"color":', to_json((t.color)::text)::text, ',"visible":', case when t.visible then 'true' else 'false' end, ',"visibility_boost":', case when t.visibility_boost then 'true' else 'false' end, ',"created_at":"', to_char(t.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","active":', case when t.active then 'true' else 'false' end, ',"deleted":', case when t.deleted then 'true' else 'false' end, '}'), ',' order by t.id), ']') from tag t
    where t.id = any(u.tag_ids) and t.active and not t.deleted and t.visible) end)),
    case when u.avatar is null then '"avatar":null' when u.avatar like '/%' then '"avatar":"/' else '' end,
    concat(e'"avatar":"\x04', case when u.avatar is null then concat('/api/v2/avatar/', u.id, '"') else '/' end)),
    case when u.cover like '/%' then '"cover":"/' else '' end, concat(e'"cover":"\x04/')),
    e'\x04', (select base from public_address)), ',"email":', coalesce(to_json((u.email)::text)::text, 'null'), ',"email_isvalid":', case when u.email_isvalid then 'true' else 'false' end, ',"followings_counter":', u.followings, ',"followers_counter":', u.followers, ',"connection_requests_sent_counter":', u.requests_sent, ',"connection_requests_received_counter":', u.requests_received, ',"connections_counter":', u.connections, ',"posts_counter":', u.posts, ',"discussions_counter":', u.discussions, ',"statuses_counter":', u.statuses, ',"polls_counter":', u.polls, '}}') as data from changed u) emitted offset 0) numbered
    )
    select status::text as status, (select version from community) as version
    from users where id = $2::bigint and status in ('a', 'b');

-- counters
-- $1 id
select /* UserCounters */ concat('{"discussions":', u.discussions, ',"posts":', u.posts, ',"statuses":', u.statuses, ',"polls":', u.polls, ',"connection_requests_sent":', u.requests_sent, ',"connection_requests_sent_counter":', u.requests_sent, ',"connection_requests_received":', (u.requests_received + u.requests_rejected), ',"connection_requests_received_counter":', (u.requests_received + u.requests_rejected), ',"connections":', u.connections, ',"connections_counter":', u.connections, ',"categories":', u.categories, '}')::text as json
    from users u where u.id = $1::bigint and u.status not in ('u', 'w');

-- due to be indexed
select id, real_name, location, description from users where search_rules < 1
    order by id desc limit 500 for no key update skip locked;

-- index
-- $1 rows
update users t set folded_real_name = d.folded_real_name, sort_name = d.sort_name, folded_location = d.folded_location, folded_description = d.folded_description, search_rules = 1
    from json_to_recordset($1::json) as d(id bigint, folded_real_name text, sort_name text, folded_location text, folded_description text) where t.id = d.id;

-- lock for an act on what is theirs
-- $1 actor, $2 member
select me.status::text as status, me.role, (select version from community) as version from users u join users me on me.id = $1::bigint
    where u.id = $2::bigint and u.status in ('a', 'b') for no key update of u;

-- lock whose pictures change
-- $1 id
select avatar, cover, (select count(*)::int from avatar a where a.user_id = $1::bigint) as avatars
    from users where id = $1::bigint for no key update;

-- members
-- $1 viewer, $2 limit
with p as (
  select p.*, row_number() over () as n from (
    select * from (select u.id, u.id as k0 from users u where u.status in ('a', 'b') and u.id not in (select h.other_id from relation h
  where h.member_id = $1::bigint and (h.hidden_place is not null or h.hidden_by))
      order by u.id asc limit 101) few limit $2::bigint + 1
  ) p
), page as (
  select p.n, json_build_array(p.k0)::text as key, /* User */ concat(e'\x02User 011111\x1f', u.id, e'\x1f', u.xmin, e'\x1f', coalesce(case v.state when 4 then '"connected"' when 1 then '"sent_connection_request"' when 2 then '"received_connection_request"' end, 'null'), e'\x03') as row from p join users u on u.id = p.id left join lateral (
    select * from relation tied where tied.member_id = $1::bigint and tied.other_id = u.id offset 0) v on true
)
select (select members - (select count(*) from relation h join users u on u.id = h.other_id and u.status in ('a', 'b')
            where h.member_id = $1::bigint and (h.hidden_place is not null or h.hidden_by)) from community)::int as count, count(*)::int as n,
  count(*) filter (where n <= $2::bigint)::int as shown,
  string_agg(row::text, ',' order by n) filter (where n <= $2::bigint) as rows,
  max(key) filter (where n = 1) as nearest, max(key) filter (where n = $2::bigint) as farthest,
  null::text as repeated, concat(pg_current_snapshot(), ' ', pg_postmaster_start_time(), ' ', pg_relation_filepath('pg_class'), ' ', (select xmin from public_address)) as at,
  null::text as tables, '' as held
from page;

-- members, for administrators
-- $1 viewer, $2 limit
with p as (
  select p.*, row_number() over () as n from (
    select * from (select u.id, u.id as k0 from users u where u.status in ('a', 'b') and u.id not in (select h.other_id from relation h
  where h.member_id = $1::bigint and (h.hidden_place is not null or h.hidden_by))
      order by u.id asc limit 101) few limit $2::bigint + 1
  ) p
), page as (
  select p.n, json_build_array(p.k0)::text as key, /* UserForAdmins */ concat('{', replace(replace(replace(replace(u.profile_json,
    case when cardinality(u.tag_ids) > 0 then '"tags":[]' else '' end, concat('"tags":', case when u.tag_ids = '{}' then '[]' else (
    select /* Tag[] */ concat('[', string_agg(/* Tag */ concat('{"id":', t.id, ',"type":"', t.type, '","name":', to_json((t.name)::text)::text, ',"description":', coalesce(to_json((t.description)::text)::text, 'null'), ',"color":', to_json((t.color)::text)::text, ',"visible":', case when t.visible then 'true' else 'false' end, ',"visibility_boost":', case when t.visibility_boost then 'true' else 'false' end, ',"created_at":"', to_char(t.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","active":', case when t.active then 'true' else 'false' end, ',"deleted":', case when t.deleted then 'true' else 'false' end, '}'), ',' order by t.id), ']') from tag t
    where t.id = any(u.tag_ids) and t.active and not t.deleted and t.visible) end)),
    case when u.avatar is null then '"avatar":null' when u.avatar like '/%' then '"avatar":"/' else '' end,
    concat(e'"avatar":"\x04', case when u.avatar is null then concat('/api/v2/avatar/', u.id, '"') else '/' end)),
    case when u.cover like '/%' then '"cover":"/' else '' end, concat(e'"cover":"\x04/')),
    e'\x04', (select base from public_address)), ',', u.standing_json, ',"connection_requests_sent_counter":', u.requests_sent, ',"connection_requests_received_counter":', (u.requests_received + u.requests_rejected), ',"connections_counter":', u.connections, ',"posts_counter":', u.posts, ',"discussions_counter":', u.discussions, ',"statuses_counter":', u.statuses, ',"polls_counter":', u.polls, ',"categories_counter":', u.categories, ',"connection_status":', coalesce(case v.state when 4 then '"connected"' when 1 then '"sent_connection_request"' when 2 then '"received_connection_request"' end, 'null'), ',"email":', coalesce(to_json((u.email)::text)::text, 'null'), ',"email_isvalid":', case when u.email_isvalid then 'true' else 'false' end, '}') as row from p join users u on u.id = p.id left join lateral (
    select * from relation tied where tied.member_id = $1::bigint and tied.other_id = u.id offset 0) v on true
)
select (select members - (select count(*) from relation h join users u on u.id = h.other_id and u.status in ('a', 'b')
            where h.member_id = $1::bigint and (h.hidden_place is not null or h.hidden_by)) from community)::int as count, count(*)::int as n,
  count(*) filter (where n <= $2::bigint)::int as shown,
  string_agg(row::text, ',' order by n) filter (where n <= $2::bigint) as rows,
  max(key) filter (where n = 1) as nearest, max(key) filter (where n = $2::bigint) as farthest,
  null::text as repeated, null::text as at,
  null::text as tables, '' as held
from page;

-- members, for administrators, usually
-- $1 limit, $2 viewer
with p as (
  select p.*, row_number() over () as n from (
    select * from (select u.id, u.id as k0 from users u where u.status in ('a', 'b') and true
      order by u.id asc limit 101) few limit $1::bigint + 1
  ) p
), page as (
  select p.n, json_build_array(p.k0)::text as key, /* UserForAdmins */ concat('{', replace(replace(replace(replace(u.profile_json,
    case when cardinality(u.tag_ids) > 0 then '"tags":[]' else '' end, concat('"tags":', case when u.tag_ids = '{}' then '[]' else (
    select /* Tag[] */ concat('[', string_agg(/* Tag */ concat('{"id":', t.id, ',"type":"', t.type, '","name":', to_json((t.name)::text)::text, ',"description":', coalesce(to_json((t.description)::text)::text, 'null'), ',"color":', to_json((t.color)::text)::text, ',"visible":', case when t.visible then 'true' else 'false' end, ',"visibility_boost":', case when t.visibility_boost then 'true' else 'false' end, ',"created_at":"', to_char(t.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","active":', case when t.active then 'true' else 'false' end, ',"deleted":', case when t.deleted then 'true' else 'false' end, '}'), ',' order by t.id), ']') from tag t
    where t.id = any(u.tag_ids) and t.active and not t.deleted and t.visible) end)),
    case when u.avatar is null then '"avatar":null' when u.avatar like '/%' then '"avatar":"/' else '' end,
    concat(e'"avatar":"\x04', case when u.avatar is null then concat('/api/v2/avatar/', u.id, '"') else '/' end)),
    case when u.cover like '/%' then '"cover":"/' else '' end, concat(e'"cover":"\x04/')),
    e'\x04', (select base from public_address)), ',', u.standing_json, ',"connection_requests_sent_counter":', u.requests_sent, ',"connection_requests_received_counter":', (u.requests_received + u.requests_rejected), ',"connections_counter":', u.connections, ',"posts_counter":', u.posts, ',"discussions_counter":', u.discussions, ',"statuses_counter":', u.statuses, ',"polls_counter":', u.polls, ',"categories_counter":', u.categories, ',"connection_status":', coalesce(case v.state when 4 then '"connected"' when 1 then '"sent_connection_request"' when 2 then '"received_connection_request"' end, 'null'), ',"email":', coalesce(to_json((u.email)::text)::text, 'null'), ',"email_isvalid":', case when u.email_isvalid then 'true' else 'false' end, '}') as row from p join users u on u.id = p.id left join lateral (
    select * from relation tied where tied.member_id = $2::bigint and tied.other_id = u.id offset 0) v on true
)
select (select members - (select count(*) from relation h join users u on u.id = h.other_id and u.status in ('a', 'b')
            where h.member_id = $2::bigint and (h.hidden_place is not null or h.hidden_by)) from community)::int as count, count(*)::int as n,
  count(*) filter (where n <= $1::bigint)::int as shown,
  string_agg(row::text, ',' order by n) filter (where n <= $1::bigint) as rows,
  max(key) filter (where n = 1) as nearest, max(key) filter (where n = $1::bigint) as farthest,
  null::text as repeated, null::text as at,
  null::text as tables, concat((not exists (select h.other_id from relation h
  where h.member_id = $2::bigint and (h.hidden_place is not null or h.hidden_by)))) as held
from page;

-- members, suggested
-- $1 viewer, $2 limit
with p as (
  select p.*, row_number() over () as n from (
    select * from (select u.id, u.id as k0 from users u where u.status in ('a', 'b') and u.id not in (select h.other_id from relation h
  where h.member_id = $1::bigint and (h.hidden_place is not null or h.hidden_by))
      order by u.id asc limit 101) few limit $2::bigint + 1
  ) p
), page as (
  select p.n, json_build_array(p.k0)::text as key, /* AutocompleteUser */ concat('{"id":', u.id, ',"username":', to_json((u.username)::text)::text, ',"real_name":', to_json((u.real_name)::text)::text, ',"avatar":', to_json((coalesce(case when u.avatar like '/%' then concat(public_base(), u.avatar) else u.avatar end, concat((select base from public_address), '/api/v2/avatar/', u.id)))::text)::text, ',"ext_id":', coalesce(to_json((u.ext_id)::text)::text, 'null'), '}') as row from p join users u on u.id = p.id left join lateral (
    select * from relation tied where tied.member_id = $1::bigint and tied.other_id = u.id offset 0) v on true
)
select (select members - (select count(*) from relation h join users u on u.id = h.other_id and u.status in ('a', 'b')
            where h.member_id = $1::bigint and (h.hidden_place is not null or h.hidden_by)) from community)::int as count, count(*)::int as n,
  count(*) filter (where n <= $2::bigint)::int as shown,
  string_agg(row::text, ',' order by n) filter (where n <= $2::bigint) as rows,
  max(key) filter (where n = 1) as nearest, max(key) filter (where n = $2::bigint) as farthest,
  null::text as repeated, null::text as at,
  null::text as tables, '' as held
from page;

-- members, suggested, usually
-- $1 limit, $2 viewer
with p as (
  select p.*, row_number() over () as n from (
    select * from (select u.id, u.id as k0 from users u where u.status in ('a', 'b') and true
      order by u.id asc limit 101) few limit $1::bigint + 1
  ) p
), page as (
  select p.n, json_build_array(p.k0)::text as key, /* AutocompleteUser */ concat('{"id":', u.id, ',"username":', to_json((u.username)::text)::text, ',"real_name":', to_json((u.real_name)::text)::text, ',"avatar":', to_json((coalesce(case when u.avatar like '/%' then concat(public_base(), u.avatar) else u.avatar end, concat((select base from public_address), '/api/v2/avatar/', u.id)))::text)::text, ',"ext_id":', coalesce(to_json((u.ext_id)::text)::text, 'null'), '}') as row from p join users u on u.id = p.id left join lateral (
    select * from relation tied where tied.member_id = $2::bigint and tied.other_id = u.id offset 0) v on true
)
select (select members - (select count(*) from relation h join users u on u.id = h.other_id and u.status in ('a', 'b')
            where h.member_id = $2::bigint and (h.hidden_place is not null or h.hidden_by)) from community)::int as count, count(*)::int as n,
  count(*) filter (where n <= $1::bigint)::int as shown,
  string_agg(row::text, ',' order by n) filter (where n <= $1::bigint) as rows,
  max(key) filter (where n = 1) as nearest, max(key) filter (where n = $1::bigint) as farthest,
  null::text as repeated, null::text as at,
  null::text as tables, concat((not exists (select h.other_id from relation h
  where h.member_id = $2::bigint and (h.hidden_place is not null or h.hidden_by)))) as held
from page;

-- members, usually
-- $1 limit, $2 viewer
with p as (
  select p.*, row_number() over () as n from (
    select * from (select u.id, u.id as k0 from users u where u.status in ('a', 'b') and true
      order by u.id asc limit 101) few limit $1::bigint + 1
  ) p
), page as (
  select p.n, json_build_array(p.k0)::text as key, /* User */ concat(e'\x02User 011111\x1f', u.id, e'\x1f', u.xmin, e'\x1f', coalesce(case v.state when 4 then '"connected"' when 1 then '"sent_connection_request"' when 2 then '"received_connection_request"' end, 'null'), e'\x03') as row from p join users u on u.id = p.id left join lateral (
    select * from relation tied where tied.member_id = $2::bigint and tied.other_id = u.id offset 0) v on true
)
select (select members - (select count(*) from relation h join users u on u.id = h.other_id and u.status in ('a', 'b')
            where h.member_id = $2::bigint and (h.hidden_place is not null or h.hidden_by)) from community)::int as count, count(*)::int as n,
  count(*) filter (where n <= $1::bigint)::int as shown,
  string_agg(row::text, ',' order by n) filter (where n <= $1::bigint) as rows,
  max(key) filter (where n = 1) as nearest, max(key) filter (where n = $1::bigint) as farthest,
  null::text as repeated, concat(pg_current_snapshot(), ' ', pg_postmaster_start_time(), ' ', pg_relation_filepath('pg_class'), ' ', (select xmin from public_address)) as at,
  null::text as tables, concat((not exists (select h.other_id from relation h
  where h.member_id = $2::bigint and (h.hidden_place is not null or h.hidden_by)))) as held
from page;

-- pictures
-- $1 id
select avatar, cover from users where id = $1::bigint;

-- private profile
-- $1 viewer, $2 reach, $3 counting, $4 admin, $5 id
select x.*, null::text as at, '' as held from (select /* PrivateProfile */ concat('{', replace(replace(replace(replace(u.profile_json,
    case when cardinality(u.tag_ids) > 0 then '"tags":[]' else '' end, concat('"tags":', case when u.tag_ids = '{}' then '[]' else (
    select /* Tag[] */ concat('[', string_agg(/* Tag */ concat('{"id":', t.id, ',"type":"', t.type, '","name":', to_json((t.name)::text)::text, ',"description":', coalesce(to_json((t.description)::text)::text, 'null'), ',"color":', to_json((t.color)::text)::text, ',"visible":', case when t.visible then 'true' else 'false' end, ',"visibility_boost":', case when t.visibility_boost then 'true' else 'false' end, ',"created_at":"', to_char(t.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","active":', case when t.active then 'true' else 'false' end, ',"deleted":', case when t.deleted then 'true' else 'false' end, '}'), ',' order by t.id), ']') from tag t
    where t.id = any(u.tag_ids) and t.active and not t.deleted and t.visible) end)),
    case when u.avatar is null then '"avatar":null' when u.avatar like '/%' then '"avatar":"/' else '' end,
    concat(e'"avatar":"\x04', case when u.avatar is null then concat('/api/v2/avatar/', u.id, '"') else '/' end)),
    case when u.cover like '/%' then '"cover":"/' else '' end, concat(e'"cover":"\x04/')),
    e'\x04', (select base from public_address)), ',', u.standing_json, ',"connection_requests_sent_counter":', u.requests_sent, ',"connection_requests_received_counter":', u.requests_received, ',"connections_counter":', u.connections, ',"posts_counter":', u.posts, ',"discussions_counter":', u.discussions, ',"statuses_counter":', u.statuses, ',"polls_counter":', u.polls, ',"categories_counter":', u.categories, ',"connection_status":', coalesce(case v.state when 4 then '"connected"' when 1 then '"sent_connection_request"' when 2 then '"received_connection_request"' end, 'null'), ',"email":', coalesce(to_json((u.email)::text)::text, 'null'), ',"email_isvalid":', case when u.email_isvalid then 'true' else 'false' end, ',"mutual_count":', coalesce((m.mutual_count)::text, 'null'), ',"can_send_pm_to":', case when w.writable then 'true' else 'false' end, '}')::text as json, u.metadata::json
      from users u left join lateral (
    select * from relation tied where tied.member_id = $1::bigint and tied.other_id = u.id offset 0) v on true
      cross join lateral (select (u.id <> $1::bigint and u.status in ('a', 'b') and not coalesce(v.hidden_place is not null or v.hidden_by, false) and case $2::text when 'everybody' then true
    when 'followers' then coalesce(v.state = 4, false)
    else false end) as writable) w
      left join lateral (select case when $3::boolean and u.id <> $1::bigint and u.status in ('a', 'b') and (u.connections_visibility = 'everyone' or $4::boolean or u.id = $1::bigint
    or (u.connections_visibility = 'connections' and v.state = 4))
      then (select case
      when greatest(a.connections, b.connections) <= 16 * least(a.connections, b.connections) then
        (select count(*)::int from (select other_id from relation
  where member_id = $1::bigint and state = 4 intersect select other_id from relation where member_id = u.id and state = 4) x)
      else (select count(*)::int from relation x
        join lateral (select 1 from relation y
          where y.member_id = case when a.connections < b.connections then b.id else a.id end
            and y.other_id = x.other_id and y.state = 4 offset 0) y on true
        where x.member_id = case when a.connections < b.connections then a.id else b.id end and x.state = 4) end
    from users a, users b where a.id = $1::bigint and b.id = u.id) end as mutual_count) m on true
      where u.id = $5::bigint and u.status <> 'u') x;

-- profile
-- $1 viewer, $2 reach, $3 counting, $4 admin, $5 id
select x.*, concat(pg_current_snapshot(), ' ', pg_postmaster_start_time(), ' ', pg_relation_filepath('pg_class'), ' ', (select xmin from public_address)) as at, '' as held from (select /* Profile */ concat(e'\x02Profile 011111\x1f', u.id, e'\x1f', u.xmin, e'\x1f', coalesce(case v.state when 4 then '"connected"' when 1 then '"sent_connection_request"' when 2 then '"received_connection_request"' end, 'null'), e'\x1f', coalesce((m.mutual_count)::text, 'null'), e'\x1f', case when w.writable then 'true' else 'false' end, e'\x03')::text as json, u.metadata::json
      from users u left join lateral (
    select * from relation tied where tied.member_id = $1::bigint and tied.other_id = u.id offset 0) v on true
      cross join lateral (select (u.id <> $1::bigint and u.status in ('a', 'b') and not coalesce(v.hidden_place is not null or v.hidden_by, false) and case $2::text when 'everybody' then true
    when 'followers' then coalesce(v.state = 4, false)
    else false end) as writable) w
      left join lateral (select case when $3::boolean and u.id <> $1::bigint and u.status in ('a', 'b') and (u.connections_visibility = 'everyone' or $4::boolean or u.id = $1::bigint
    or (u.connections_visibility = 'connections' and v.state = 4))
      then (select case
      when greatest(a.connections, b.connections) <= 16 * least(a.connections, b.connections) then
        (select count(*)::int from (select other_id from relation
  where member_id = $1::bigint and state = 4 intersect select other_id from relation where member_id = u.id and state = 4) x)
      else (select count(*)::int from relation x
        join lateral (select 1 from relation y
          where y.member_id = case when a.connections < b.connections then b.id else a.id end
            and y.other_id = x.other_id and y.state = 4 offset 0) y on true
        where x.member_id = case when a.connections < b.connections then a.id else b.id end and x.state = 4) end
    from users a, users b where a.id = $1::bigint and b.id = u.id) end as mutual_count) m on true
      where u.id = $5::bigint and u.status not in ('u', 'w')) x;

-- session of a member
-- $1 permission, $2 id
select /* Me */ concat('{', replace(replace(replace(replace(u.profile_json,
    case when cardinality(u.tag_ids) > 0 then '"tags":[]' else '' end, concat('"tags":', case when u.tag_ids = '{}' then '[]' else (
    select /* Tag[] */ concat('[', string_agg(/* Tag */ concat('{"id":', t.id, ',"type":"', t.type, '","name":', to_json((t.name)::text)::text, ',"description":', coalesce(to_json((t.description)::text)::text, 'null'), ',"color":', to_json((t.color)::text)::text, ',"visible":', case when t.visible then 'true' else 'false' end, ',"visibility_boost":', case when t.visibility_boost then 'true' else 'false' end, ',"created_at":"', to_char(t.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","active":', case when t.active then 'true' else 'false' end, ',"deleted":', case when t.deleted then 'true' else 'false' end, '}'), ',' order by t.id), ']') from tag t
    where t.id = any(u.tag_ids) and t.active and not t.deleted and t.visible) end)),
    case when u.avatar is null then '"avatar":null' when u.avatar like '/%' then '"avatar":"/' else '' end,
    concat(e'"avatar":"\x04', case when u.avatar is null then concat('/api/v2/avatar/', u.id, '"') else '/' end)),
    case when u.cover like '/%' then '"cover":"/' else '' end, concat(e'"cover":"\x04/')),
    e'\x04', (select base from public_address)), ',', u.standing_json, ',"connection_requests_sent_counter":', u.requests_sent, ',"connection_requests_received_counter":', u.requests_received, ',"connections_counter":', u.connections, ',"posts_counter":', u.posts, ',"discussions_counter":', u.discussions, ',"statuses_counter":', u.statuses, ',"polls_counter":', u.polls, ',"categories_counter":', u.categories, ',"connection_status":', coalesce(case v.state when 4 then '"connected"' when 1 then '"sent_connection_request"' when 2 then '"received_connection_request"' end, 'null'), ',"email":', coalesce(to_json((u.email)::text)::text, 'null'), ',"email_isvalid":', case when u.email_isvalid then 'true' else 'false' end, ',"permission":', $1::text, ',"unseen_interactions_counter":', coalesce((select b.unseen from notification_box b where b.member_id = u.id), 0), ',"unseen_notification_banners_counter":', (select count(*)::int from banner b left join banner_reader r on r.member_id = u.id and r.banner_id = b.id
    where b.added_at >= (select me.date_joined from users me where me.id = u.id) and r.disposed_at is null
      and r.viewed_at is null), '}')::text as json, u.metadata::json
    from users u, (select null::smallint as state, null::bigint as following_place) v where u.id = $2::bigint;

-- settings
-- $1 id
select /* UserSettings */ concat('{"qa_frequency":', u.qa_frequency, ',"email_notification_not_qa":', u.email_notification_not_qa, ',"mobile_notifications_scmty":', u.mobile_notifications_scmty, ',"show_toast_notifications":', u.show_toast_notifications, ',"toast_notifications_emit_sound":', u.toast_notifications_emit_sound, ',"connection_requests":', to_json((u.connection_requests)::text)::text, ',"connections_visibility":', to_json((u.connections_visibility)::text)::text, '}')::text as json
    from users u where u.id = $1::bigint and u.status in ('a', 'b');

-- tags a member has
-- $1 member, $2 after, $3 most
select t.id as key, (json_build_object('id', t.id, 'name', t.name, 'description', t.description))::text as json from tag t where t.id = any((select tag_ids from users where id = $1::bigint)::bigint[]) and t.id > $2::bigint order by t.id limit $3::int;

-- tags a member has, keys
-- $1 member, $2 after, $3 most
select t.id as key from tag t where t.id = any((select tag_ids from users where id = $1::bigint)::bigint[]) and t.id > $2::bigint order by t.id limit $3::int;

-- tags a member has, some
-- $1 member, $2 keys
select (json_build_object('id', t.id, 'name', t.name, 'description', t.description))::text as json from tag t where t.id = any((select tag_ids from users where id = $1::bigint)::bigint[]) and t.id = any($2::bigint[]) order by t.id;

-- what a member has
-- $1 member, $2 after, $3 most
select u.id as key, (to_jsonb(u) - array['profile_json', 'standing_json', 'search_rules', 'quota_day', 'quota_used', 'folded_real_name', 'sort_name', 'folded_location', 'folded_description'])::text as json from users u where u.id = $1::bigint and u.id > $2::bigint order by u.id limit $3::int;

-- what a member has, keys
-- $1 member, $2 after, $3 most
select u.id as key from users u where u.id = $1::bigint and u.id > $2::bigint order by u.id limit $3::int;

-- what a member has, some
-- $1 member, $2 keys
select (to_jsonb(u) - array['profile_json', 'standing_json', 'search_rules', 'quota_day', 'quota_used', 'folded_real_name', 'sort_name', 'folded_location', 'folded_description'])::text as json from users u where u.id = $1::bigint and u.id = any($2::bigint[]) order by u.id;

-- where a member is
-- $1 member
select place[1] as lat, place[0] as lng
    from (select place_of(position_lat_lng, location_lat_lng) as place from users where id = $1::bigint) u;

-- whether there
-- $1 id
select id from users where id = $1::bigint and status in ('a', 'b');

-- whose name it is
-- $1 username, $2 email, $3 ext_id
select id from users where status <> 'u' and (lower(username) = lower($1::text)
    or (email is not null and lower(email) = lower($2::text)) or (ext_id is not null and ext_id = $3::text));
