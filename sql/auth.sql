-- Printed by `npm run sql`. The statements of a slice, as PostgreSQL is given them in their usual variant.

-- actor
-- $1 id
select id, role, status from users where id = $1::bigint and status in ('a', 'b');
