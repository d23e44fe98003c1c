-- Printed by `npm run sql`. The statements of a slice, as PostgreSQL is given them in their usual variant.

-- change
-- $1 key, $2 value, $3 now, $4 id, $5 member
with p as (
      update user_preference p set key = coalesce($1::text, p.key), value = coalesce($2::json::jsonb, p.value),
        last_updated_at = $3::timestamptz
      where p.id = $4::bigint and p.member_id = $5::bigint returning *
    ) select /* UserPreference */ concat('{"id":', p.id, ',"user_id":', p.member_id, ',"key":', to_json((p.key)::text)::text, ',"value":', p.value::text, ',"created_at":"', to_char(p.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","last_updated_at":"', to_char(p.last_updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '"}')::text as json from p;

-- create
-- $1 member, $2 key, $3 value, $4 now
with p as (
      insert into user_preference (member_id, key, value, created_at, last_updated_at)
      values ($1::bigint, $2::text, $3::json::jsonb, $4::timestamptz, $4::timestamptz) returning *
    ) select /* UserPreference */ concat('{"id":', p.id, ',"user_id":', p.member_id, ',"key":', to_json((p.key)::text)::text, ',"value":', p.value::text, ',"created_at":"', to_char(p.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","last_updated_at":"', to_char(p.last_updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '"}')::text as json from p;

-- delete
-- $1 id, $2 member
delete from user_preference where id = $1::bigint and member_id = $2::bigint returning id;

-- erase
-- $1 member
delete from user_preference where member_id = $1::bigint;

-- how many a member has
-- $1 member
select count(*)::int as n from user_preference where member_id = $1::bigint;

-- of a member
-- $1 member, $2 key, $3 part, $4 limit
with p as (
  select p.*, row_number() over () as n from (
    select * from (select x.id as k0 from user_preference x where x.member_id = $1::bigint and ($2::text is null or x.key = $2::text)
      and ($3::text is null or strpos(lower(x.key), $3::text) > 0)
      order by x.id asc limit 101) few limit $4::bigint + 1
  ) p
), page as (
  select p.n, json_build_array(p.k0)::text as key, /* UserPreference */ concat('{"id":', kept.id, ',"user_id":', kept.member_id, ',"key":', to_json((kept.key)::text)::text, ',"value":', kept.value::text, ',"created_at":"', to_char(kept.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","last_updated_at":"', to_char(kept.last_updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '"}') as row from p cross join lateral (select * from user_preference own where own.id = p.k0) kept
)
select (select count(*) from user_preference x where x.member_id = $1::bigint and ($2::text is null or x.key = $2::text)
      and ($3::text is null or strpos(lower(x.key), $3::text) > 0))::int as count, count(*)::int as n,
  count(*) filter (where n <= $4::bigint)::int as shown,
  string_agg(row::text, ',' order by n) filter (where n <= $4::bigint) as rows,
  max(key) filter (where n = 1) as nearest, max(key) filter (where n = $4::bigint) as farthest,
  null::text as repeated, null::text as at,
  null::text as tables, '' as held
from page;

-- show
-- $1 id, $2 member
select /* UserPreference */ concat('{"id":', p.id, ',"user_id":', p.member_id, ',"key":', to_json((p.key)::text)::text, ',"value":', p.value::text, ',"created_at":"', to_char(p.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","last_updated_at":"', to_char(p.last_updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '"}')::text as json from user_preference p
    where p.id = $1::bigint and p.member_id = $2::bigint;

-- what a member has
-- $1 member, $2 after, $3 most
select p.id as key, (/* UserPreference */ concat('{"id":', p.id, ',"user_id":', p.member_id, ',"key":', to_json((p.key)::text)::text, ',"value":', p.value::text, ',"created_at":"', to_char(p.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","last_updated_at":"', to_char(p.last_updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '"}'))::text as json from user_preference p where p.member_id = $1::bigint and p.id > $2::bigint order by p.id limit $3::int;

-- what a member has, keys
-- $1 member, $2 after, $3 most
select p.id as key from user_preference p where p.member_id = $1::bigint and p.id > $2::bigint order by p.id limit $3::int;

-- what a member has, some
-- $1 member, $2 keys
select (/* UserPreference */ concat('{"id":', p.id, ',"user_id":', p.member_id, ',"key":', to_json((p.key)::text)::text, ',"value":', p.value::text, ',"created_at":"', to_char(p.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","last_updated_at":"', to_char(p.last_updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '"}'))::text as json from user_preference p where p.member_id = $1::bigint and p.id = any($2::bigint[]) order by p.id;
