-- Printed by `npm run sql`. The statements of a slice, as PostgreSQL is given them in their usual variant.

-- actor
-- $1 id
select id, role, status from users where id = $1::bigint and status in ('a', 'b');

-- look at who calls again
-- $1 member
select me.status::text as status, me.role, (select version from community) as version from users me where me.id = $1::bigint;
