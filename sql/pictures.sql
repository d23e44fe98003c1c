-- Printed by `npm run sql`. The statements of a slice, as PostgreSQL is given them in their usual variant.

-- whom to draw
-- $1 id
select coalesce(nullif(real_name, ''), username) as name,
      case when avatar like '/files/%' then avatar end as avatar from users
    where id = $1::bigint and status in ('a', 'b');
