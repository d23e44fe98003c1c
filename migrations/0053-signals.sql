-- What the open pages of a member are told, and nobody else: ids, and no words. Events are for administrators and receivers
-- too; that somebody wrote to somebody is not theirs. Nodes with open pages read it as they read the event log; an hour later
-- it is forgotten.
create sequence signal_id;
create table signal (
  id bigint primary key,
  kind text not null,
  -- Whose pages.
  member_id bigint not null references users,
  about_id bigint not null,
  within_id bigint not null,
  created_at timestamptz not null
);
create index signal_member on signal (member_id);
create index signal_created on signal using brin (created_at);

-- Continues the log on a server that may lack what was told last. No id up to anything that anybody knows of is given
-- out again, nor any of the 2^24 that may have been told beyond. Whoever delivers begins anew from what is here.
create or replace function continue_event_log(why text, known bigint) returns void language plpgsql as $$
declare
  here integer := event_timeline();
  server text := (select system_identifier::text from pg_control_system());
  source event_source;
  ends bigint;
  reached bigint;
  missing bigint;
  young bigint;
begin
  select * into source from event_source for update;
  ends := coalesce((select max(id) from event), 0);
  -- Somebody else was quicker.
  if why = 'timeline' and source.timeline is not distinct from here
    or why = 'server' and source.system is not distinct from server
    or why = 'lost' and greatest(ends, (select max(resumed_at) - 1 from event_break)) >= known then return; end if;
  -- A transaction with a lower id may have been committed after the last one that is here: an id that none has, among those
  -- of the last minutes, may be missing as well. Nothing was told between the end and where the log went on the last time.
  young := coalesce((select min(id) from event
    where id > ends - 10000 and created > (select created from event where id = ends) - interval '2 minutes'), ends + 1);
  missing := greatest((select min(id) from generate_series(young, ends + 1) id where not exists (select from event e where e.id = id.id)),
    (select max(resumed_at) from event_break));
  reached := greatest((select last_value from event_id), ends, known, (select max(position) from webhook_lane),
    (select max(position) from webhook_tail), (select max(event_id) from webhook_attempt));
  perform setval('event_id', reached + 16777216);
  -- What open pages are told has no ends that anybody knows of.
  perform setval('signal_id', (select last_value from signal_id) + 16777216);
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
