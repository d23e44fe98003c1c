-- Printed by `npm run sql`. The statements of a slice, as PostgreSQL is given them in their usual variant.

-- end a fetch
-- $1 user
delete from avatar_fetch where user_id = $1::bigint returning user_id as user;

-- newest of a member
-- $1 user
select path from avatar where user_id = $1::bigint order by id desc limit 1;

-- of a member
-- $1 user, $2 limit
with p as (
  select p.*, row_number() over () as n from (
    select * from (select a.id as k0 from avatar a where a.user_id = $1::bigint
      order by a.id desc limit 101) few limit $2::bigint + 1
  ) p
), page as (
  select p.n, json_build_array(p.k0)::text as key, /* Avatar */ concat('{"id":', a.id, ',"primary":', case when coalesce(u.avatar = a.path, false) then 'true' else 'false' end, ',"avatar":', to_json((case when a.path like '/%' then concat(public_base(), a.path) else a.path end)::text)::text, ',"date_uploaded":"', to_char(a.uploaded_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","user":', a.user_id, '}') as row from p join avatar a on a.id = p.k0 join users u on u.id = a.user_id
)
select ((select count(*) from avatar a where a.user_id = $1::bigint))::int as count, count(*)::int as n,
  count(*) filter (where n <= $2::bigint)::int as shown,
  string_agg(row::text, ',' order by n) filter (where n <= $2::bigint) as rows,
  max(key) filter (where n = 1) as nearest, max(key) filter (where n = $2::bigint) as farthest,
  null::text as repeated, null::text as at,
  null::text as tables, '' as held
from page;

-- one of a member
-- $1 id, $2 user
select path from avatar where id = $1::bigint and user_id = $2::bigint;

-- remove
-- $1 id
delete from avatar where id = $1::bigint;

-- show
-- $1 id
select /* Avatar */ concat('{"id":', a.id, ',"primary":', case when coalesce(u.avatar = a.path, false) then 'true' else 'false' end, ',"avatar":', to_json((case when a.path like '/%' then concat(public_base(), a.path) else a.path end)::text)::text, ',"date_uploaded":"', to_char(a.uploaded_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","user":', a.user_id, '}') as json from avatar a join users u on u.id = a.user_id where a.id = $1::bigint;

-- take one to fetch
-- $1 now
update avatar_fetch set tries = tries + 1, due = $1::timestamptz::timestamptz + interval '4 minutes' * 3 ^ tries
    where user_id = (select user_id from avatar_fetch where due <= $1::timestamptz order by due limit 1 for update skip locked)
    returning user_id as user, url, tries;

-- what a member has
-- $1 member, $2 after, $3 most
select a.id as key, (json_build_object('id', a.id, 'address', a.path, 'uploaded_at', a.uploaded_at))::text as json from avatar a where a.user_id = $1::bigint and a.id > $2::bigint order by a.id limit $3::int;

-- what a member has, keys
-- $1 member, $2 after, $3 most
select a.id as key from avatar a where a.user_id = $1::bigint and a.id > $2::bigint order by a.id limit $3::int;

-- what a member has, some
-- $1 member, $2 keys
select (json_build_object('id', a.id, 'address', a.path, 'uploaded_at', a.uploaded_at))::text as json from avatar a where a.user_id = $1::bigint and a.id = any($2::bigint[]) order by a.id;
