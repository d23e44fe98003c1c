-- Printed by `npm run sql`. The statements of a slice, as PostgreSQL is given them in their usual variant.

-- add what is known of a break
-- $1 highest, $2 read, $3 sure, $4 seen
update event_break set last_known = greatest(last_known, (
      select max(known) from unnest(array[$1::bigint, $2::bigint]) known
      where known < resumed_at and ($3::boolean or known >= missing_from)))
    where id = (select min(id) from event_break where id > $4::bigint)
    returning id, cause, missing_from, last_known, resumed_at;

-- breaks without their event
-- $1 gathering
select from event_break where not told and at < clock_timestamp() - make_interval(secs => $1::float8);

-- continue the log
-- $1 why, $2 known
select /* writes */ from continue_event_log($1::text, $2::bigint);

-- count by day
with ended as (
      select upto, pg_snapshot_xmin(pg_current_snapshot()) as till from event_day_counted
    ), bounds as (
      select upto, till as last, least(till, greatest((upto::text::bigint + 1)::text::xid8, coalesce((
        select e.txid from event e where e.txid >= upto order by e.txid, e.id offset 50000 limit 1), till))) as till
      from ended
    ), counted as (
      insert into event_day (day, type, n)
      select (e.created at time zone 'UTC')::date, e.type, count(*) from event e, bounds
      where e.txid >= bounds.upto and e.txid < bounds.till group by 1, 2
      on conflict (day, type) do update set n = event_day.n + excluded.n
    )
    update event_day_counted c set upto = b.till from bounds b where b.till > c.upto returning b.till < b.last as more;

-- days
-- $1 now, $2 days
with days as (
      select $1::timestamptz at time zone 'UTC' - make_interval(days => each) as at from generate_series(0, $2::int - 1) each
    ), counts as (
      select day, type, n from event_day where day >= ($1::timestamptz at time zone 'UTC')::date - $2::int
      union all
      select (created at time zone 'UTC')::date, type, count(*) from (
        select created, type from event where txid >= (select upto from event_day_counted)
        order by txid, id limit 20000) fresh
      group by 1, 2
    )
    select to_char(d.at, 'YYYY-MM-DD') as day, c.type, sum(c.n)::bigint as n
    from days d left join counts c on c.day = d.at::date group by 1, 2 order by 1, 2;

-- emit breaks
-- $1 gathering, $2 now
with ready as (
    update event_break set told = true
    where not told and at < clock_timestamp() - make_interval(secs => $1::float8)
    returning id, cause, at, missing_from, last_known, resumed_at
  ), emitted as (insert into event (id, type, created, body, txid, audience)
  select event_id, type, $2::timestamptz, concat('{"event_id":', event_id, ',"type":"', type, '","created":',
      extract(epoch from $2::timestamptz::timestamptz), ',"data":', data, '}')::json, txid,
    (select version from webhook_listening where type = any(types))
  from (select pg_current_xact_id() as txid,
      case when (select check_event_source()) then nextval('event_id') end as event_id, type, data
    from (select 'event_log.interrupted' as type, json_build_object('cause', cause,
      'at', to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), 'missing_from', missing_from,
      'last_known', last_known, 'span', greatest(0, last_known - missing_from + 1), 'resumed_at', resumed_at)::text as data
    from ready where exists (select from webhook_listening where 'event_log.interrupted' = any(types)) order by id) emitted offset 0) numbered returning 1)
  select id, cause, missing_from, last_known, resumed_at from ready;

-- erase members from events
-- $1 after, $2 upTo, $3 batch, $4 members
with looked_at as materialized (
      select id, body from event where id > $1::bigint and id <= $2::bigint order by id limit $3::bigint
    ), changed as (
      update event e set body = without.body
      from (select id, without_members(body, $4::bigint[]) as body from looked_at where names_members(body, $4::bigint[])) without
      where e.id = without.id and e.body::text <> without.body::text returning e.id
    )
    select (select count(*)::int from looked_at) as n, (select max(id) from looked_at) as last,
      array(select id from changed) as changed;

-- events
-- $1 limit
with p as (
  select p.*, row_number() over () as n from (
    select * from (select e.body, e.id as k0 from event e where true
      order by e.id desc limit 501) few limit $1::bigint + 1
  ) p
), light as (
  select * from (select p.*, sum(coalesce(octet_length(p.body::text), 0)) over (order by p.n) as total from p) p where n = 1 or total <= 1000000
), page as (
  select p.n, json_build_array(p.k0)::text as key, /* Event */ case when exists (select member_id from erasure where done is null) then without_members(p.body, array(select member_id from erasure where done is null)) else p.body end as row from light p
)
select (select (select coalesce(sum(n), 0) from event_tally t where true)
    + (select count(*) from event e where e.txid >= (((select upto from event_tallied)) << 14)::text::xid8 and true))::int as count, (select count(*) from p)::int as n,
  count(*) filter (where n <= $1::bigint)::int as shown,
  string_agg(row::text, ',' order by n) filter (where n <= $1::bigint) as rows,
  max(key) filter (where n = 1) as nearest, (array_agg(key order by n desc) filter (where n <= $1::bigint))[1] as farthest,
  null::text as repeated, null::text as at,
  null::text as tables, '' as held
from page;

-- hold back what would be sent
-- $1 now
insert into sending_hold (since) values ($1::timestamptz) on conflict do nothing;

-- how far the log was shortened
select upto, held, (select extract(epoch from created)::float8 from event
      where id > upto order by id limit 1) as oldest from event_removed;

-- its end, and its last break
select coalesce((select max(id) from event), 0) as highest,
    coalesce((select max(id) from event_break), 0) as last;

-- keep what there is
select upto, extract(epoch from before)::float8 as before from event_removed for share;

-- let go what was held back
delete from sending_hold returning since;

-- lock how far the log was shortened
select upto from event_removed for update skip locked;

-- lock the count by day
select upto::text from event_day_counted for update;

-- lock the tally
select upto from event_tallied for update;

-- lock the tally while events are removed
select upto from event_tallied for update;

-- minutes
-- $1 now
with last as (select created from event order by id desc limit 5000),
      whole as (select count(*) as n, extract(epoch from min(created))::float8 as oldest from last)
    select (floor(extract(epoch from created) / 60) * 60)::bigint as at, count(*)::int as events,
      min(n)::bigint as all, min(oldest)::float8 as oldest
    from last, whole where created > $1::timestamptz - interval '1 hour' group by 1 order by 1;

-- note what holds the log
-- $1 held
update event_removed set held = $1::text where held is distinct from $1::text;

-- note where the log is written
-- $1 server, $2 here
update event_source set system = $1::text, timeline = $2::int where system is null;

-- remove old events
-- $1 last
with gone as materialized (
      delete from event where id > (select upto from event_removed) and id <= $1::bigint returning type, txid, created
    ), uncounted as (
      update event_tally t set n = t.n - g.n
      from (select ((txid)::text::bigint >> 14) as block, type, count(*)::int as n from gone group by 1, 2) g
      where t.block = g.block and t.type = g.type
    ), noted as (
      update event_removed set upto = $1::bigint, before = greatest(before, (select max(created) from gone))
    )
    select count(*)::int as n from gone;

-- settle a restored log
with none as (delete from event_tally), anew as (update event_tallied set upto = 0),
      kept as (select (before at time zone 'UTC')::date as day from event_removed),
      no_days as (delete from event_day where day <= (select day from kept) is not true),
      days_anew as (update event_day_counted set upto = '0'),
      less as (
        update event_day d set n = d.n - c.n from (
          select (created at time zone 'UTC')::date as day, type, count(*) as n from event
          where created < ((select day from kept) + 1)::timestamp at time zone 'UTC' group by 1, 2) c
        where d.day = c.day and d.type = c.type
      )
    update event set txid = '0';

-- tally
with bounds as (
      select upto, ((pg_snapshot_xmin(pg_current_snapshot()))::text::bigint >> 14) as till from event_tallied
    ), counted as (
      insert into event_tally (block, type, n)
      select ((e.txid)::text::bigint >> 14), e.type, count(*) from event e, bounds
      where e.txid >= ((bounds.upto) << 14)::text::xid8 and e.txid < ((bounds.till) << 14)::text::xid8 group by 1, 2
    )
    update event_tallied set upto = till from bounds where till > bounds.upto;

-- the same, where the server does not say
select null as system, null::int as timeline, null::int as here, pg_is_in_recovery() as standby,
    null as server, coalesce(greatest((select max(id) from event), (select max(resumed_at) - 1 from event_break)),
    (select last_value from event_id)) as last;

-- what is removed next
-- $1 batch, $2 cutoff
with next as materialized (
      select id, created, type, audience, txid from event
      where id > (select upto from event_removed) and id < (select max(id) from event) order by id limit $1::bigint
    ), old as materialized (
      select * from next where id < coalesce((select min(id) from next where created >= $2::timestamptz
        or txid >= (select upto from event_day_counted)), 9223372036854775807)
    ), bounds as materialized (
      select min(id) as first, max(id) as last, min(created) as since from old
    ), holding as (
      select l.endpoint_id, min(e.id) as id, 'is still to be sent it' as why
      from webhook_lane l join webhook_endpoint w on w.id = l.endpoint_id and not w.deleted
      join webhook_span s on s.endpoint_id = l.endpoint_id, old e
      where (l.position < (select last from bounds) or l.holes && (select int8multirange(int8range(first, last, '[]')) from bounds))
        and (e.id > l.position or e.id <@ l.holes) and e.audience >= s.since and (s.until is null or e.audience < s.until)
        and e.type = any(s.types)
      group by 1
      union all
      select l.endpoint_id, d.event_id, 'is to be sent it again' from webhook_lane l cross join lateral (
        select event_id from webhook_delivery d where d.endpoint_id = l.endpoint_id order by event_id limit 1) d
      where d.event_id <= (select last from bounds)
      union all
      select endpoint_id, position + 1, 'has a recovery under way' from webhook_recovery
      where position < (select last from bounds)
      union all
      select endpoint_id, min(event_id), 'was sent it not long ago' from webhook_attempt
      where event_id between (select first from bounds) and (select last from bounds)
        and sent_at >= (select since from bounds) group by 1
    ), blocking as (select * from holding order by id, endpoint_id limit 1)
    select (select max(id) from old where id < coalesce((select id from blocking), 9223372036854775807)) as last,
      exists (select from old) as old,
      (select concat('endpoint ', endpoint_id, ' ', why) from blocking) as held;

-- where the log was written, and where this is
select s.system, s.timeline, event_timeline() as here, pg_is_in_recovery() as standby,
    (select system_identifier::text from pg_control_system()) as server,
    coalesce(greatest((select max(id) from event), (select max(resumed_at) - 1 from event_break)),
    (select last_value from event_id)) as last
  from event_source s;

-- whether anything is sent from here
select since from sending_hold;

-- whether the newest event lies ahead
select txid >= pg_snapshot_xmax(pg_current_snapshot()) as ahead
    from event order by txid desc, id desc limit 1;

-- which log this is
select concat(coalesce((select system from event_source), 'unknown'), ' ',
  (select oid from pg_database where datname = current_database())) as key;
