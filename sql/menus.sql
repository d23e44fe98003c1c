-- Printed by `npm run sql`. The statements of a slice, as PostgreSQL is given them in their usual variant.

-- ids for links
-- $1 n
select nextval('custom_menu_item_id') as id from generate_series(1, $1::int);

-- take back what was written
-- $1 id, $2 now, $3 shown
with gone as (delete from custom_menu where id = $1::int)
    insert into event (id, type, created, body, txid, audience)
  select event_id, type, $2::timestamptz, concat('{"event_id":', event_id, ',"type":"', type, '","created":',
      extract(epoch from $2::timestamptz::timestamptz), ',"data":', data, '}')::json, txid,
    (select version from webhook_listening where type = any(types))
  from (select pg_current_xact_id() as txid,
      case when (select check_event_source()) then nextval('event_id') end as event_id, type, data
    from (select 'custom_menu.updated' as type, $3::json::text as data ) emitted offset 0) numbered;

-- write
-- $1 id, $2 items, $3 now, $4 shown
with written as (
      insert into custom_menu (id, items, created_at, updated_at) values ($1::int, $2::json, $3::timestamptz, $3::timestamptz)
      on conflict (id) do update set items = excluded.items, updated_at = excluded.updated_at
    )
    insert into event (id, type, created, body, txid, audience)
  select event_id, type, $3::timestamptz, concat('{"event_id":', event_id, ',"type":"', type, '","created":',
      extract(epoch from $3::timestamptz::timestamptz), ',"data":', data, '}')::json, txid,
    (select version from webhook_listening where type = any(types))
  from (select pg_current_xact_id() as txid,
      case when (select check_event_source()) then nextval('event_id') end as event_id, type, data
    from (select 'custom_menu.updated' as type, $4::json::text as data ) emitted offset 0) numbered;

-- written
select id, items::json as items, to_char(created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"') as created_at, to_char(updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"') as updated_at
    from custom_menu;
