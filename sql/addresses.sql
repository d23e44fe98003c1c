-- Printed by `npm run sql`. The statements of a slice, as PostgreSQL is given them in their usual variant.

-- address of a member
-- $1 member
select email from users where id = $1::bigint and status in ('a', 'b');

-- ask for a recovery
-- $1 email, $2 language, $3 now
insert into recovery (email, language, asked_at) values ($1::text, $2::text, $3::timestamptz);

-- clear codes
-- $1 now, $2 batch
delete from validation_code where hash = any(array(select hash from validation_code where expires_at <= $1::timestamptz order by expires_at limit $2::int)) returning hash;

-- codes a member was sent
-- $1 member, $2 after, $3 most
select (extract(epoch from c.created_at) * 1000000)::bigint as key, (json_build_object('for', case c.purpose when 's' then 'sign-up' when 'c' then 'change of address' else 'recovery' end,
      'email', c.email, 'created_at', c.created_at, 'expires_at', c.expires_at))::text as json from validation_code c where c.member_id = $1::bigint and (extract(epoch from c.created_at) * 1000000)::bigint > $2::bigint order by (extract(epoch from c.created_at) * 1000000)::bigint limit $3::int;

-- codes a member was sent, keys
-- $1 member, $2 after, $3 most
select (extract(epoch from c.created_at) * 1000000)::bigint as key from validation_code c where c.member_id = $1::bigint and (extract(epoch from c.created_at) * 1000000)::bigint > $2::bigint order by (extract(epoch from c.created_at) * 1000000)::bigint limit $3::int;

-- codes a member was sent, some
-- $1 member, $2 keys
select (json_build_object('for', case c.purpose when 's' then 'sign-up' when 'c' then 'change of address' else 'recovery' end,
      'email', c.email, 'created_at', c.created_at, 'expires_at', c.expires_at))::text as json from validation_code c where c.member_id = $1::bigint and (extract(epoch from c.created_at) * 1000000)::bigint = any($2::bigint[]) order by (extract(epoch from c.created_at) * 1000000)::bigint;

-- drop the codes of a member
-- $1 member, $2 purpose
delete from validation_code where member_id = $1::bigint and ($2::text is null or purpose::text = $2::text);

-- find a code
-- $1 hash, $2 now
select c.member_id as member, c.email, c.purpose::text as purpose
    from validation_code c join users u on u.id = c.member_id
    where c.hash = $1::text and c.expires_at > $2::timestamptz and u.status in ('a', 'b', 'w');

-- make a code
-- $1 member, $2 purpose, $3 others, $4 hash, $5 email, $6 now, $7 expires
with spare as (
      delete from validation_code where hash in (select hash from validation_code
        where member_id = $1::bigint and purpose = $2::"char" order by created_at desc offset $3::int)
    )
    insert into validation_code (hash, member_id, purpose, email, created_at, expires_at)
    values ($4::text, $1::bigint, $2::"char", $5::text, $6::timestamptz, $7::timestamptz);

-- name of a member
-- $1 member
select username from users where id = $1::bigint;

-- take a recovery
with taken as (
      delete from recovery where id = (select id from recovery order by id limit 1 for update skip locked) returning *
    )
    select t.language, extract(epoch from t.asked_at)::float8 as asked, u.id as member, u.username, u.email
    from taken t left join users u on lower(u.email) = lower(t.email) and u.status in ('a', 'b');

-- take an address as confirmed
-- $1 member, $2 email, $3 now
with before as (
      select id, email as old from users where id = $1::bigint and status in ('a', 'b', 'w') for update
    ), changed as (
      update users u set email = $2::text, email_isvalid = true from before
      where u.id = before.id and (u.email is distinct from $2::text or not u.email_isvalid) returning u.*
    ), emitted as (
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
    e'\x04', (select base from public_address)), ',"email":', coalesce(to_json((u.email)::text)::text, 'null'), ',"email_isvalid":', case when u.email_isvalid then 'true' else 'false' end, ',"followings_counter":', u.followings, ',"followers_counter":', u.followers, ',"connection_requests_sent_counter":', u.requests_sent, ',"connection_requests_received_counter":', u.requests_received, ',"connections_counter":', u.connections, ',"posts_counter":', u.posts, ',"discussions_counter":', u.discussions, ',"statuses_counter":', u.statuses, ',"polls_counter":', u.polls, '}') as data from (select * from changed where status <> 'w') u) emitted offset 0) numbered
    )
    select u.status::text as status, u.username, before.old from before join users u on u.id = before.id;

-- the app of the community itself
-- $1 client, $2 name, $3 now
with made as (
      insert into oauth_app (client_id, name, description, grants, scopes, trusted, created_at)
      values ($1::text, $2::text, 'Who confirms an address or chooses another password is signed in by it.',
        '{authorization_code}', '{read,write}', true, $3::timestamptz)
      on conflict (client_id) do update set name = oauth_app.name returning id
    )
    select id from made;

-- use a code
-- $1 hash, $2 purpose, $3 now
delete from validation_code where hash = $1::text and purpose = $2::"char" and expires_at > $3::timestamptz
    returning member_id as member, email;

-- who has an address
-- $1 email, $2 id
select u.username, o.id as owner, o.username as owner_name, o.email as owner_email
    from users u left join users o on lower(o.email) = lower($1::text) and o.status <> 'u' and o.id <> u.id
    where u.id = $2::bigint and u.status in ('a', 'b');
