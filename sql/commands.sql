-- Printed by `npm run sql`. The statements of a slice, as PostgreSQL is given them in their usual variant.

-- list members
-- $1 after, $2 role, $3 status, $4 batch
select id, username, role, status::text, email,
      to_char(date_joined at time zone 'UTC', 'YYYY-MM-DD') as joined
    from users where id > $1::bigint and status <> 'u' and ($2::text is null or role = $2::text)
      and ($3::text is null or status::text = $3::text)
    order by id limit $4::int;
