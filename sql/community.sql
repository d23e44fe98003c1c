-- Printed by `npm run sql`. The statements of a slice, as PostgreSQL is given them in their usual variant.

-- change options
-- $1 now, $2 changes
with stored as (
      insert into preference (name, value, updated_at)
      select name, value, $1::timestamptz from json_to_recordset($2::json) as change(name text, value jsonb)
      on conflict (name) do update set value = excluded.value, updated_at = excluded.updated_at
    ), emitted as (
      insert into event (id, type, created, body, txid, audience)
  select event_id, type, $1::timestamptz, concat('{"event_id":', event_id, ',"type":"', type, '","created":',
      extract(epoch from $1::timestamptz::timestamptz), ',"data":', data, '}')::json, txid,
    (select version from webhook_listening where type = any(types))
  from (select pg_current_xact_id() as txid,
      case when (select check_event_source()) then nextval('event_id') end as event_id, type, data
    from (select 'dynamic_preference.updated' as type, shown::text as data from json_to_recordset($2::json) as change(shown json)) emitted offset 0) numbered
    )
    update community set version = version + 1;

-- load
select version, (select base from public_address) as address, (select coalesce(json_object_agg(name, value), '{}') from preference) as stored
    from community;

-- lock
select version from community for update;

-- set where it is reached
-- $1 base
with changed as (
      update public_address set base = $1::text where base <> $1::text returning base
    )
    update community set version = version + 1 where exists (select from changed) returning version;

-- stored options
select name, value::json from preference;

-- version
select version from community;
