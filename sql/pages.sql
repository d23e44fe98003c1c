-- Printed by `npm run sql`. The statements of a slice, as PostgreSQL is given them in their usual variant.

-- name of a member
-- $1 id
select username from users where id = $1::bigint;
