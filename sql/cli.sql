-- Printed by `npm run sql`. The statements of a slice, as PostgreSQL is given them in their usual variant.

-- breaks of the log to be known
select id, cause, to_char(at at time zone 'UTC', 'YYYY-MM-DD HH24:MI') as day, missing_from, last_known,
    resumed_at
  from event_break where at > now() - make_interval(days => 7) and acknowledged is null order by id;

-- find a member
-- $1 id, $2 username
select id, username from users
    where status <> 'u' and (id = $1::bigint or lower(username) = lower($2::text));

-- list members
-- $1 after, $2 role, $3 status, $4 batch
select id, username, role, status::text, email,
      to_char(date_joined at time zone 'UTC', 'YYYY-MM-DD') as joined
    from users where id > $1::bigint and status <> 'u' and ($2::text is null or role = $2::text)
      and ($3::text is null or status::text = $3::text)
    order by id limit $4::int;

-- the first administrator
select id from users where role = 'admin' and status = 'a' order by id limit 1;

-- the last event of a type
-- $1 type
select body::text as body from event where type = $1::text order by id desc limit 1;

-- the member named admin
select id from users where username = 'admin';

-- the server of the database
select current_setting('server_version') as version, extract(epoch from clock_timestamp())::text as now,
    pg_size_pretty(pg_database_size(current_database())) as size;

-- where this machine serves
select base, (select min(id) from users where role = 'admin' and status = 'a') as admin from public_address;

-- whether the database has the whole log, and takes writes
select pg_is_in_recovery() as standby, current_setting('transaction_read_only')::boolean as read_only,
    (select timeline from event_source) <> event_timeline() as elsewhere,
    (select count(*)::int from webhook_lane where position > (select last_value from event_id)) as beyond;

-- whether the database takes writes
select current_setting('transaction_read_only')::boolean as read_only;

-- whether there is a member
select id from users limit 1;

-- whether there is an endpoint
select endpoint_id as id from webhook_lane limit 1;
