-- Printed by `npm run sql`. The statements of a slice, as PostgreSQL is given them in their usual variant.

-- clear what is old
-- $1 before, $2 batch
delete from audit where id = any(array(select id from audit where at < $1::timestamptz order by at limit $2::int))
    returning id;

-- entries
-- $1 limit
with p as (
  select p.*, row_number() over () as n from (
    select * from (select x.at as k0, x.id as k1 from audit x where true
      order by x.at desc, x.id desc limit 501) few limit $1::bigint + 1
  ) p
), page as (
  select p.n, json_build_array(p.k0, p.k1)::text as key, /* AuditEntry */ concat('{"id":', a.id, ',"at":"', to_char(a.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","actor":', coalesce(case when a.actor_id is null then 'null' else json_build_object('id', u.id, 'username', u.username)::text end, 'null'), ',"operator":', coalesce(to_json((a.operator)::text)::text, 'null'), ',"address":', coalesce(to_json((a.address)::text)::text, 'null'), ',"act":', to_json((a.act)::text)::text, ',"target":', coalesce((a.target)::text, 'null'), ',"fields":', to_json(a.fields)::text, '}') as row from p join audit a on a.id = p.k1 left join users u on u.id = a.actor_id
)
select (null)::int as count, count(*)::int as n,
  count(*) filter (where n <= $1::bigint)::int as shown,
  string_agg(row::text, ',' order by n) filter (where n <= $1::bigint) as rows,
  max(key) filter (where n = 1) as nearest, max(key) filter (where n = $1::bigint) as farthest,
  null::text as repeated, null::text as at,
  null::text as tables, '' as held
from page;

-- forget where somebody acted from
-- $1 member, $2 batch
update audit set address = null where id = any(array(select id from audit where actor_id = $1::bigint and address is not null limit $2::int)) returning id;

-- name what was made
-- $1 target, $2 asked
update audit set target = $1::bigint where asked = $2::text::uuid and target is null;

-- what a member did
-- $1 member, $2 after, $3 most
select a.id as key, (json_build_object('at', a.at, 'from_address', a.address, 'act', a.act, 'target', a.target, 'fields', a.fields))::text as json from audit a where a.actor_id = $1::bigint and a.id > $2::bigint order by a.id limit $3::int;

-- what a member did, keys
-- $1 member, $2 after, $3 most
select a.id as key from audit a where a.actor_id = $1::bigint and a.id > $2::bigint order by a.id limit $3::int;

-- what a member did, some
-- $1 member, $2 keys
select (json_build_object('at', a.at, 'from_address', a.address, 'act', a.act, 'target', a.target, 'fields', a.fields))::text as json from audit a where a.actor_id = $1::bigint and a.id = any($2::bigint[]) order by a.id;

-- write
-- $1 asked, $2 at, $3 actor, $4 operator, $5 address, $6 act, $7 target, $8 fields, $9 anyway
insert into audit (asked, at, actor_id, operator, address, act, target, fields)
    select $1::text::uuid, $2::timestamptz, $3::bigint, $4::text, $5::text, $6::text, $7::bigint, $8::text[]
    where $9::boolean or pg_current_xact_id_if_assigned() is not null
    on conflict (asked) do nothing returning id;
