-- Printed by `npm run sql`. The statements of a slice, as PostgreSQL is given them in their usual variant.

-- what the database is
select current_setting('server_version_num')::int as version, pg_is_in_recovery() as standby,
    current_setting('transaction_read_only')::boolean as read_only;

-- whether the database is ready
select pg_is_in_recovery() as standby,
  current_setting('transaction_read_only')::boolean as read_only, array(select name::text from migration) as done;
