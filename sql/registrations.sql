-- Printed by `npm run sql`. The statements of a slice, as PostgreSQL is given them in their usual variant.

-- approve
-- $1 id
with approved as (
      update users set reg_approved = true where id = $1::bigint
    )
    update sign_up set unapproved = false where member_id = $1::bigint;

-- how many wait
select count(*)::int as n from sign_up where unapproved and not unconfirmed;

-- let in
-- $1 version, $2 now, $3 id
with follows as materialized (
    select id from category where auto_follow <> 'none' and active and not deleted and (select version from community) = $1::int order by id for no key update
  ), made as (
      update users set status = 'a', reg_approved = true, date_joined = $2::timestamptz,
        categories = (select count(*)::int from follows)
      where id = $3::bigint and status = 'w' and (select version from community) = $1::int
        and not exists (select from sign_up where member_id = $3::bigint and (unconfirmed or unapproved))
      returning users.*
    ), followed as (
    update category set followers = followers + many.n from follows, (select count(*)::int as n from made) many
    where category.id = follows.id and many.n > 0 returning category.*
  ), joined as (
    insert into category_follower (category_id, member_id, added_at, place)
    select followed.id, made.id, $2::timestamptz, nextval('category_place') from made, followed
    order by made.id, followed.position, followed.id
  ), gone as (delete from sign_up where member_id = (select id from made)), counted as (
      update community set members = members + many.n from (select count(*)::int as n from made) many where many.n > 0
    ), emitted as (
      insert into event (id, type, created, body, txid, audience)
  select event_id, type, $2::timestamptz, concat('{"event_id":', event_id, ',"type":"', type, '","created":',
      extract(epoch from $2::timestamptz::timestamptz), ',"data":', data, '}')::json, txid,
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
        (select $2::timestamptz as added_at) t
      order by u.id, category.position, category.id) begun) emitted offset 0) numbered
    ) select id from made;

-- lock one never confirmed
-- $1 id
select u.id from users u join sign_up s on s.member_id = u.id
    where u.id = $1::bigint and u.status = 'w' and s.unconfirmed for update of u, s skip locked;

-- lock one who waits
-- $1 id
select u.username, s.email, s.language, s.unconfirmed, s.unapproved
    from users u join sign_up s on s.member_id = u.id where u.id = $1::bigint and u.status = 'w' for update of u;

-- never confirmed
-- $1 before
select member_id as id from sign_up where unconfirmed and created_at < $1::timestamptz limit 500;

-- remove one who waits
-- $1 id
delete from users where id = $1::bigint and status = 'w' returning id;

-- sign up
-- $1 username, $2 unapproved, $3 now, $4 sort_name, $5 metadata, $6 version, $7 hash, $8 email, $9 language, $10 unconfirmed
with made as (
      insert into users (username, status, reg_approved, date_joined, sort_name, search_rules, metadata)
      select $1::text, 'w', not $2::boolean, $3::timestamptz, $4::text, 1,
        jsonb_strip_nulls($5::json::jsonb)
      where (select version from community) = $6::int returning id
    ), secret as (
      insert into credential (user_id, password_hash) select id, $7::text from made
    ), waits as (
      insert into sign_up (member_id, email, language, created_at, unconfirmed, unapproved)
      select id, $8::text, $9::text, $3::timestamptz, $10::boolean, $2::boolean from made
    )
    select id from made;

-- the address is confirmed
-- $1 member
update sign_up set unconfirmed = false where member_id = $1::bigint;

-- what is still to be confirmed
-- $1 member
select email, language from sign_up where member_id = $1::bigint and unconfirmed and email is not null;

-- who waits
-- $1 limit
with p as (
  select p.*, row_number() over () as n from (
    select * from (select x.created_at as k0, x.member_id as k1 from sign_up x where x.unapproved
      order by x.created_at asc, x.member_id asc limit 101) few limit $1::bigint + 1
  ) p
), page as (
  select p.n, json_build_array(p.k0, p.k1)::text as key, /* Registration */ concat('{"id":', u.id, ',"username":', to_json((u.username)::text)::text, ',"email":', coalesce(to_json((s.email)::text)::text, 'null'), ',"email_isvalid":', case when u.email_isvalid then 'true' else 'false' end, ',"created_at":"', to_char(s.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '"}') as row from p join sign_up s on s.member_id = p.k1 join users u on u.id = s.member_id
)
select (null)::int as count, count(*)::int as n,
  count(*) filter (where n <= $1::bigint)::int as shown,
  string_agg(row::text, ',' order by n) filter (where n <= $1::bigint) as rows,
  max(key) filter (where n = 1) as nearest, max(key) filter (where n = $1::bigint) as farthest,
  null::text as repeated, null::text as at,
  null::text as tables, '' as held
from page;

-- whose address it is
-- $1 email, $2 member
select u.username, o.id as owner, o.username as owner_name, o.email as owner_email
    from users u left join users o on lower(o.email) = lower($1::text) and o.status <> 'u' and o.id <> u.id
    where u.id = $2::bigint;
