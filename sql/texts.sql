-- Printed by `npm run sql`. The statements of a slice, as PostgreSQL is given them in their usual variant.

-- members mentioned
-- $1 ids, $2 ext_ids
select id, ext_id, username from users
    where status in ('a', 'b') and (id = any($1::bigint[]) or ext_id = any($2::text[]));
