-- Printed by `npm run sql`. The statements of a slice, as PostgreSQL is given them in their usual variant.

-- an imported community sends at once
delete from sending_hold;

-- breaks of the log to be known
select id, cause, to_char(at at time zone 'UTC', 'YYYY-MM-DD HH24:MI') as day, missing_from, last_known,
    resumed_at
  from event_break where at > now() - make_interval(days => 7) and acknowledged is null order by id;

-- continue an imported event log
select /* writes */ from continue_event_log('server', null);

-- files to be exported
-- $1 after
select id, token, parts from file where id > $1::bigint order by id limit 500;

-- find a member
-- $1 id, $2 username
select id, username from users
    where status <> 'u' and (id = $1::bigint or lower(username) = lower($2::text));

-- leave behind whom the original sends to
with endpoints as (delete from webhook_endpoint), due as (delete from webhook_delivery),
      attempts as (delete from webhook_attempt), outcomes as (delete from webhook_outcome), heard as (update webhook_listening set version = version + 1, types = '{}'),
      mails as (delete from mail where settled_at is null), devices as (delete from device)
    delete from sending_hold;

-- list members
-- $1 after, $2 role, $3 status, $4 batch
select id, username, role, status::text, email,
      to_char(date_joined at time zone 'UTC', 'YYYY-MM-DD') as joined
    from users where id > $1::bigint and status <> 'u' and ($2::text is null or role = $2::text)
      and ($3::text is null or status::text = $3::text)
    order by id limit $4::int;

-- lock an import
select pg_try_advisory_xact_lock(711907, 5) as ours;

-- skip the ids that the original may give out
with known as (
      select setval('event_id', last_value + 16777216) from event_id
    ), signals as (
      select setval('signal_id', last_value + 16777216) from signal_id
    ), lanes as (
      update webhook_lane set owner = null, epoch = epoch + 1
    ), source as (
      update event_source set system = null
    )
    select from known, signals;

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

-- what an imported community is to send
select (select count(*)::int from webhook_endpoint where not deleted) as endpoints,
    (select count(*)::int from mail where settled_at is null) as mails;

-- what an imported event log counts anew
with none as (delete from event_tally), anew as (update event_tallied set upto = 0),
      days as (
        update event_day_counted set upto = least(upto, coalesce((
          select ((txid::text::bigint + 1)::text)::xid8 from event order by txid desc, id desc limit 1), '0'))
      ), nodes as (delete from webhook_node), pushed as (
        update push_place set txid = '0', id = (select coalesce(max(id), 0) from event)
      )
    update event_source set system = 'an export', timeline = null;

-- where this machine serves
select base, (select min(id) from users where role = 'admin' and status = 'a') as admin from public_address;

-- whether a community is there
select (select count(*)::int from (select from users limit 1000) u) as members,
    (select count(*)::int from (select from event limit 1000) e) as events;

-- whether the database has the whole log, and takes writes
select pg_is_in_recovery() as standby, current_setting('transaction_read_only')::boolean as read_only,
    (select timeline from event_source) <> event_timeline() as elsewhere,
    (select count(*)::int from webhook_lane where position > (select last_value from event_id)) as beyond;

-- whether the database takes writes
select current_setting('transaction_read_only')::boolean as read_only;

-- whether the server says which it is
select has_function_privilege('pg_control_system()', 'execute') as says;

-- whether there are members and events at all
select to_regclass('users') is not null and to_regclass('event') is not null as there;

-- whether there is a member
select id from users limit 1;

-- whether there is an endpoint that may be sent to
select endpoint_id as id from webhook_lane where not exists (select from sending_hold) limit 1;
