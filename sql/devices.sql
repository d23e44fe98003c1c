-- Printed by `npm run sql`. The statements of a slice, as PostgreSQL is given them in their usual variant.

-- drop one that is gone
-- $1 id, $2 endpoint
delete from device where id = $1::bigint and endpoint = $2::text;

-- forget those of a member
-- $1 member
delete from device where member_id = $1::bigint;

-- push again later
-- $1 due, $2 id
update push set due_at = $1::timestamptz where id = $2::bigint;

-- queue what is to be pushed
-- $1 batch, $2 now, $3 enabled
with place as materialized (
      select least(txid, pg_snapshot_xmin(pg_current_snapshot())) as txid, id from push_place for update skip locked
    ), few as materialized (
      select e.id, e.txid, e.type, e.body from event e
      where (e.txid, e.id) > ((select txid from place), (select id from place)) and e.txid < pg_snapshot_xmin(pg_current_snapshot())
      order by e.txid, e.id limit $1::bigint
    ), queued as (
      insert into push (device_id, event_id, due_at, created_at)
      select d.id, f.id, $2::timestamptz, $2::timestamptz from few f
      cross join lateral json_array_elements_text(case when f.type like 'notification.%'
        and json_typeof(f.body -> 'data' -> 'recipients') = 'array' then f.body -> 'data' -> 'recipients' else '[]' end) r(member)
      join users u on u.id = r.member::bigint and u.status = 'a' and u.mobile_notifications_scmty = 1 and u.status in ('a', 'b')
      join device d on d.member_id = u.id and d.type = 'wp' and d.created_at <= $2::timestamptz
      where $3::boolean on conflict do nothing
    ), moved as (
      update push_place set (txid, id) = (select txid, id from few order by txid desc, id desc limit 1)
      where exists (select from few)
    )
    select count(*)::int as n from few;

-- register
-- $1 member, $2 type, $3 id, $4 name, $5 device, $6 cloud, $7 endpoint, $8 p256dh, $9 auth, $10 now, $11 keep
with me as (
      select id from users where id = $1::bigint and status in ('a', 'b') for key share
    ), d as (
      insert into device (member_id, type, registration_id, name, device_id, cloud_message_type, endpoint, p256dh, auth,
        created_at)
      select id, $2::text, $3::text, $4::text, $5::text, $6::text, $7::text, $8::text, $9::text, $10::timestamptz from me
      on conflict (type, registration_id) do update set (member_id, name, device_id, cloud_message_type, endpoint, p256dh,
          auth, created_at) = row(excluded.member_id, excluded.name, excluded.device_id, excluded.cloud_message_type,
          excluded.endpoint, excluded.p256dh, excluded.auth, excluded.created_at)
      returning *
    ), moved as (
      delete from push where device_id in (select id from d)
    ), oldest as (
      delete from device where id in (select id from device where member_id = $1::bigint
        and id not in (select id from d) order by id desc offset $11::bigint)
    )
    select /* Device */ concat('{"type":', to_json((d.type)::text)::text, ',"registration_id":', to_json((d.registration_id)::text)::text, ',"name":', to_json((d.name)::text)::text, ',"device_id":', coalesce(to_json((d.device_id)::text)::text, 'null'), ',"cloud_message_type":', coalesce(to_json((d.cloud_message_type)::text)::text, 'null'), ',"date_created":"', to_char(d.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '"}')::text as json from d;

-- remove
-- $1 type, $2 id, $3 member
delete from device
    where type = $1::text and registration_id = $2::text and member_id = $3::bigint returning id;

-- settle what was pushed
-- $1 ids
delete from push where id = any($1::bigint[]);

-- show
-- $1 type, $2 id, $3 member
select /* Device */ concat('{"type":', to_json((d.type)::text)::text, ',"registration_id":', to_json((d.registration_id)::text)::text, ',"name":', to_json((d.name)::text)::text, ',"device_id":', coalesce(to_json((d.device_id)::text)::text, 'null'), ',"cloud_message_type":', coalesce(to_json((d.cloud_message_type)::text)::text, 'null'), ',"date_created":"', to_char(d.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '"}')::text as json from device d
    where type = $1::text and registration_id = $2::text and member_id = $3::bigint;

-- take what is due
-- $1 until, $2 now, $3 most
update push p set due_at = $1::timestamptz, attempts = p.attempts + 1
    from device d
    where p.id = any(array(select id from push where due_at <= $2::timestamptz order by due_at, id limit $3::bigint for update skip locked)) and d.id = p.device_id
    returning p.id, p.event_id as event, p.attempts, d.id as device, d.member_id as member, d.endpoint, d.p256dh, d.auth;

-- what a member has
-- $1 member, $2 after, $3 most
select d.id as key, (/* Device */ concat('{"type":', to_json((d.type)::text)::text, ',"registration_id":', to_json((d.registration_id)::text)::text, ',"name":', to_json((d.name)::text)::text, ',"device_id":', coalesce(to_json((d.device_id)::text)::text, 'null'), ',"cloud_message_type":', coalesce(to_json((d.cloud_message_type)::text)::text, 'null'), ',"date_created":"', to_char(d.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '"}'))::text as json from device d where d.member_id = $1::bigint and d.id > $2::bigint order by d.id limit $3::int;

-- what a member has, keys
-- $1 member, $2 after, $3 most
select d.id as key from device d where d.member_id = $1::bigint and d.id > $2::bigint order by d.id limit $3::int;

-- what a member has, some
-- $1 member, $2 keys
select (/* Device */ concat('{"type":', to_json((d.type)::text)::text, ',"registration_id":', to_json((d.registration_id)::text)::text, ',"name":', to_json((d.name)::text)::text, ',"device_id":', coalesce(to_json((d.device_id)::text)::text, 'null'), ',"cloud_message_type":', coalesce(to_json((d.cloud_message_type)::text)::text, 'null'), ',"date_created":"', to_char(d.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '"}'))::text as json from device d where d.member_id = $1::bigint and d.id = any($2::bigint[]) order by d.id;

-- what waits to be pushed
select (select count(*)::int from (select from push limit 100000) p) as waiting,
    exists (select from push where due_at < now() - interval '10 minutes') as old;
