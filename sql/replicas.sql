-- Printed by `npm run sql`. The statements of a slice, as PostgreSQL is given them in their usual variant.

-- how far one is
select (pg_last_wal_replay_lsn() - '0/0'::pg_lsn)::bigint as position, (select concat_ws(' ', s.system, s.timeline, (select max(b.at) from event_break b)) from event_source s) as history,
      coalesce((select received_tli from pg_stat_wal_receiver), (select timeline_id from pg_control_checkpoint()))::int as line,
      pg_is_in_recovery() as standby;

-- how far the primary is
select (pg_current_wal_flush_lsn() - '0/0'::pg_lsn)::bigint as position,
      (select (select concat_ws(' ', s.system, s.timeline, (select max(b.at) from event_break b)) from event_source s) from event_source where timeline = event_timeline()) as history, event_timeline() as here,
      current_setting('synchronous_commit') <> 'off' as durable, concat_ws(' ', pg_postmaster_start_time(), (select system_identifier from pg_control_system())) as run;

-- which run of which server this is
select concat_ws(' ', pg_postmaster_start_time(), (select system_identifier from pg_control_system())) as run, pg_is_in_recovery() as standby;
