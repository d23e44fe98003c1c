-- Which server, and which line of its history, the log was written on the last time. A standby that takes over begins a
-- new line, and may not have all that was told before: ids that were given out must not be given out again. Null where
-- that cannot be known.
create table event_source (
  singleton boolean primary key default true check (singleton),
  system text,
  timeline integer
);
insert into event_source default values;

-- Where the log was continued elsewhere, with what is known to have been told before.
create table event_break (
  id bigint generated always as identity primary key,
  at timestamptz not null default clock_timestamp(),
  -- timeline: a standby took over; server: the log was restored into another server; lost: it ended before what was read.
  cause text not null check (cause in ('timeline', 'server', 'lost')),
  -- The first id that may have been told and is not here; the highest that anybody has seen, null if nobody can say;
  -- the first given out since.
  missing_from bigint not null,
  last_known bigint,
  resumed_at bigint not null,
  told boolean not null default false,
  acknowledged timestamptz
);

-- The line of history this server writes; null on a standby. The control file says it only after the next checkpoint.
create function event_timeline() returns integer language sql volatile as $$
  select case when not pg_is_in_recovery()
    then ('x' || left(pg_walfile_name(pg_current_wal_insert_lsn()), 8))::bit(32)::integer end
$$;

-- Continues the log on a server that may lack what was told last. No id up to anything that anybody knows of is given
-- out again, nor any of the 2^24 that may have been told beyond. Whoever delivers begins anew from what is here.
create function continue_event_log(why text, known bigint) returns void language plpgsql as $$
declare
  here integer := event_timeline();
  server text := (select system_identifier::text from pg_control_system());
  source event_source;
  ends bigint;
  reached bigint;
  missing bigint;
begin
  select * into source from event_source for update;
  ends := coalesce((select max(id) from event), 0);
  -- Somebody else was quicker.
  if why = 'timeline' and source.timeline is not distinct from here
    or why = 'server' and source.system is not distinct from server
    or why = 'lost' and greatest(ends, (select max(resumed_at) - 1 from event_break)) >= known then return; end if;
  -- Nothing was told between the end and where the log went on the last time.
  missing := greatest(ends + 1, (select max(resumed_at) from event_break));
  reached := greatest((select last_value from event_id), ends, known, (select max(position) from webhook_lane),
    (select max(position) from webhook_tail), (select max(event_id) from webhook_attempt));
  perform setval('event_id', reached + 16777216);
  insert into event_break (cause, missing_from, last_known, resumed_at)
    values (why, missing, case when known >= missing then known end, reached + 16777217);
  update event_source set system = server, timeline = here;
  update webhook_lane set owner = null, epoch = epoch + 1, position = least(position, ends),
    holes = holes * int8multirange(int8range(null, ends, '[]'));
  update webhook_tail set position = least(position, ends), gaps = gaps * int8multirange(int8range(null, ends, '[]'));
  -- To be tried again, and there no more.
  delete from webhook_delivery where event_id > ends;
end
$$;

-- Asked before ids are given out, by the statement that does so: whatever way it came to this server, it is noticed.
create function check_event_source() returns boolean language plpgsql volatile as $$
declare
  seen integer := (select timeline from event_source);
begin
  if seen <> event_timeline() then perform continue_event_log('timeline', null); end if;
  return true;
end
$$;
