-- Printed by `npm run sql`. The statements of a slice, as PostgreSQL is given them in their usual variant.

-- a node goes
-- $1 node
delete from webhook_node where id = $1::text;

-- a sign of life
-- $1 node, $2 seconds, $3 backend
with mine as (
    insert into webhook_node (id, until, backend, backend_start)
    values ($1::text, now() + make_interval(secs => $2::float8), $3::int,
      (select backend_start from pg_stat_activity where pid = $3::int))
    on conflict (id) do update set until = excluded.until, backend = excluded.backend, backend_start = excluded.backend_start
    returning id
  ), forgotten as (
    delete from webhook_node where until < now() - interval '1 hour'
  )
  select id from webhook_node n where id <> $1::text and (n.until > now() and (n.backend is null or exists (
  select from pg_stat_activity a where a.pid = n.backend and a.backend_start = n.backend_start))) union all select id from mine;

-- days of attempts
select relid::regclass::text as name from pg_partition_tree('webhook_attempt') where level = 1 order by 1;

-- emit how endpoints are doing
-- $1 now, $2 endpoints, $3 turns, $4 failures, $5 failing_since, $6 reasons
insert into event (id, type, created, body, txid, audience)
  select event_id, type, $1::timestamptz, concat('{"event_id":', event_id, ',"type":"', type, '","created":',
      extract(epoch from $1::timestamptz::timestamptz), ',"data":', data, '}')::json, txid,
    (select version from webhook_listening where type = any(types))
  from (select pg_current_xact_id() as txid,
      case when (select check_event_source()) then nextval('event_id') end as event_id, type, data
    from (select 'webhook_endpoint.' || v.turn as type, json_build_object(
      'endpoint', json_build_object('id', e.id, 'target', e.target), 'failures', v.failures,
      'failing_since', to_char((timestamptz 'epoch' + v.failing_since * interval '1 millisecond') at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'),
      'reason', v.reason)::text as data
    from unnest($2::bigint[], $3::text[], $4::int[], $5::float8[], $6::text[])
      v(endpoint_id, turn, failures, failing_since, reason)
    join webhook_endpoint e on e.id = v.endpoint_id
    where exists (select from webhook_listening where 'webhook_endpoint.' || v.turn = any(types))) emitted offset 0) numbered;

-- endpoints with a recovery under way
select distinct endpoint_id from webhook_recovery;

-- events by id
-- $1 ids
select id, type, audience, (case when exists (select member_id from erasure where done is null) then without_members(body, array(select member_id from erasure where done is null)) else body end)::text as body, trace from event where id = any($1::bigint[]) order by id;

-- events in ranges of ids
-- $1 lows, $2 highs
select e.* from unnest($1::bigint[], $2::bigint[]) part(low, high) cross join lateral (
  select id, type, audience, (case when exists (select member_id from erasure where done is null) then without_members(body, array(select member_id from erasure where done is null)) else body end)::text as body, trace from event where id between part.low and part.high
    and audience is not null order by id) e order by id;

-- events of a stretch of the log
-- $1 after, $2 upTo, $3 types, $4 limit
select id, type, audience, (case when exists (select member_id from erasure where done is null) then without_members(body, array(select member_id from erasure where done is null)) else body end)::text as body, trace from event
  where id > $1::bigint and id <= $2::bigint and audience is not null and type = any($3::text[])
  order by id limit $4::bigint;

-- give lanes back
-- $1 endpoints, $2 epochs, $3 node
update webhook_lane l set owner = null from unnest($1::bigint[], $2::int[]) v(endpoint_id, epoch)
     where l.endpoint_id = v.endpoint_id and l.epoch = v.epoch and l.owner = $3::text;

-- how far the log was read
select position, gaps::text from webhook_tail;

-- lanes and who drives them
with alive as (select id from webhook_node n where (n.until > now() and (n.backend is null or exists (
  select from pg_stat_activity a where a.pid = n.backend and a.backend_start = n.backend_start))))
     select l.endpoint_id, a.id as owner, l.epoch from webhook_lane l left join alive a on a.id = l.owner;

-- lanes that are still ours
-- $1 endpoints, $2 epochs, $3 stamp
select from unnest($1::bigint[], $2::int[]) v(endpoint_id, epoch)
  join webhook_lane l on l.endpoint_id = v.endpoint_id where l.epoch = v.epoch and l.written < $3::bigint;

-- load the endpoints that changed
-- $1 since
select w.version, e.endpoint from webhook_listening w left join lateral (
    select json_build_object('id', e.id, 'version', e.version, 'is_active', e.is_active, 'deleted', e.deleted,
      'target', e.target, 'verify', e.ssl_cert_verification, 'secret', e.secret, 'old_secret', e.old_secret,
      'old_until', extract(epoch from e.old_secret_until) * 1000, 'rate', e.rate_limit,
      'concurrency', e.concurrency, 'standard_headers', e.standard_headers, 'spans', (
        select json_agg(json_build_object('since', s.since, 'until', s.until, 'types', s.types) order by s.since)
        from webhook_span s where s.endpoint_id = e.id)) as endpoint
    from webhook_endpoint e where e.version > $1::int
  ) e on true;

-- load what is due
-- $1 endpoints, $2 limits, $3 until
select l.id as endpoint_id, d.event_id, d.replay, d.run, d.attempts,
    (extract(epoch from d.due_at) * 1000)::float8 as due, (select version from webhook_listening) as version
  from unnest($1::bigint[], $2::int[]) l(id, most) cross join lateral ((select event_id, replay, run, attempts, due_at from webhook_delivery r
  where r.endpoint_id = l.id and r.replay = false and r.due_at <= $3::timestamptz order by r.due_at limit l.most) union all (select event_id, replay, run, attempts, due_at from webhook_delivery r
  where r.endpoint_id = l.id and r.replay = true and r.due_at <= $3::timestamptz order by r.due_at limit l.most)) d
  limit 4000;

-- lock lanes
-- $1 endpoints
select from webhook_lane where endpoint_id = any($1::bigint[]) order by endpoint_id for no key update;

-- lock the days of attempts
select from pg_advisory_xact_lock(711907, 4);

-- members who are being erased
select member_id from erasure;

-- read on in the log
-- $1 types, $2 lows, $3 highs, $4 batch, $5 last, $6 forward
select id, type, audience,
    case when audience is not null and type = any($1::text[]) then (case when exists (select member_id from erasure where done is null) then without_members(body, array(select member_id from erasure where done is null)) else body end)::text end as body, trace, late
  from (
    (select e.* from unnest($2::bigint[], $3::bigint[]) gap(low, high) cross join lateral (
      select id, type, audience, body, trace, true as late from event
      where id between gap.low and gap.high order by id limit $4::bigint) e
      order by id limit $4::bigint)
    union all
    (select id, type, audience, body, trace, false from event where id > $5::bigint order by id limit $6::bigint)
    union all
    (select -1, '', version, null, null, false from webhook_listening)
  ) e order by id;

-- record a round of attempts
-- $1 stamp, $2 lanes, $3 epochs, $4 positions, $5 holes, $6 counts, $7 failures, $8 failing_since, $9 succeeded_at, $10 paused, $11 probe_at, $12 rows, $13 attempt_lanes, $14 attempt_events, $15 sent_at, $16 digests, $17 versions, $18 standard, $19 codes, $20 responses, $21 ms, $22 next_retry, $23 done_lanes, $24 done_events, $25 done_runs, $26 again_lanes, $27 again_events, $28 replays, $29 again_runs, $30 attempts, $31 due
with held as (
    update webhook_lane l set written = $1::bigint, position = v.position, holes = v.holes::int8multirange,
      attempts = l.attempts + v.n, failures = v.failures, failing_since = (timestamptz 'epoch' + v.failing_since * interval '1 millisecond'),
      succeeded_at = (timestamptz 'epoch' + v.succeeded_at * interval '1 millisecond'), paused = v.paused, probe_at = (timestamptz 'epoch' + v.probe_at * interval '1 millisecond')
    from unnest($2::bigint[], $3::int[], $4::bigint[], $5::text[], $6::int[], $7::int[], $8::float8[],
      $9::float8[], $10::boolean[], $11::float8[], $12::tid[])
      v(endpoint_id, epoch, position, holes, n, failures, failing_since, succeeded_at, paused, probe_at, "row")
    where l.ctid = coalesce(
      (select m.ctid from webhook_lane m where m.ctid = v."row" and m.endpoint_id = v.endpoint_id),
      (select m.ctid from webhook_lane m where m.endpoint_id = v.endpoint_id)) and l.epoch = v.epoch and l.written < $1::bigint
    returning l.endpoint_id, l.ctid as "row"
  ), logged as (
    insert into webhook_attempt (id, endpoint_id, event_id, sent_at, digests, version, standard, code, response, ms,
      next_retry)
    select nextval('webhook_attempt_id'), v.endpoint_id, v.event_id, (timestamptz 'epoch' + v.sent_at * interval '1 millisecond'), decode(v.digests, 'hex'),
      v.version, decode(nullif(v.standard, ''), 'hex'), v.code, v.response, v.ms, (timestamptz 'epoch' + v.next_retry * interval '1 millisecond')
    from unnest($13::bigint[], $14::bigint[], $15::float8[], $16::text[], $17::int[], $18::text[],
      $19::smallint[], $20::text[], $21::int[], $22::float8[])
      v(endpoint_id, event_id, sent_at, digests, version, standard, code, response, ms, next_retry)
    where (v.endpoint_id in (select endpoint_id from held)) is true
    returning sent_at, code
  ), counted as (
    insert into webhook_outcome (at, delivered, refused, unanswered)
    select date_trunc('minute', sent_at), count(*) filter (where code between 200 and 299),
      count(*) filter (where code not between 200 and 299), count(*) filter (where code is null)
    from logged group by 1
  ), done as (
    delete from webhook_delivery d
    using unnest($23::bigint[], $24::bigint[], $25::int[]) v(endpoint_id, event_id, run)
    where d.endpoint_id = v.endpoint_id and d.event_id = v.event_id and d.run = v.run
      and (v.endpoint_id in (select endpoint_id from held)) is true
  ), again as (
    insert into webhook_delivery (endpoint_id, event_id, replay, run, attempts, due_at)
    select v.endpoint_id, v.event_id, v.replay, v.run, v.attempts, (timestamptz 'epoch' + v.due * interval '1 millisecond')
    from unnest($26::bigint[], $27::bigint[], $28::boolean[], $29::int[], $30::smallint[], $31::float8[])
      v(endpoint_id, event_id, replay, run, attempts, due)
    where (v.endpoint_id in (select endpoint_id from held)) is true
    on conflict (endpoint_id, event_id) do update
      set attempts = excluded.attempts, due_at = excluded.due_at, replay = excluded.replay
      where webhook_delivery.run = excluded.run
  )
  select endpoint_id, true as fresh, "row" from held
  union all
  select l.endpoint_id, false, null from unnest($2::bigint[], $3::int[]) v(endpoint_id, epoch)
  join webhook_lane l on l.endpoint_id = v.endpoint_id
  where not (v.endpoint_id in (select endpoint_id from held)) is true and l.epoch = v.epoch and l.written = $1::bigint;

-- save how far the log was read
-- $1 last, $2 gaps
update webhook_tail set position = $1::bigint, gaps = $2::int8multirange where position < $1::bigint;

-- take a day of attempts off the counts
-- $1 from, $2 until
with gone as (
      select endpoint_id, count(*)::int as n from webhook_attempt
      where sent_at >= $1::timestamptz and sent_at < $2::timestamptz group by 1
    ), less as (
      update webhook_lane l set attempts = l.attempts - gone.n from gone where gone.endpoint_id = l.endpoint_id
    )
    select coalesce(sum(n), 0)::int as n from gone;

-- take lanes
-- $1 node, $2 endpoints
update webhook_lane l set owner = $1::text, epoch = l.epoch + 1, written = 0
  where l.endpoint_id = any($2::bigint[])
    and (l.owner is null or l.owner = $1::text
      or not exists (select from webhook_node n where n.id = l.owner and (n.until > now() and (n.backend is null or exists (
  select from pg_stat_activity a where a.pid = n.backend and a.backend_start = n.backend_start)))))
  returning l.endpoint_id, l.epoch, l.position, l.holes::text as holes, l.failures, (extract(epoch from l.failing_since) * 1000)::float8 as failing_since,
    (extract(epoch from l.succeeded_at) * 1000)::float8 as succeeded_at, l.paused, (extract(epoch from l.probe_at) * 1000)::float8 as probe_at;

-- the next id of the log
-- $1 after
select id from event where id > $1::bigint order by id limit 1;

-- the process behind a session
select pg_backend_pid() as pid;

-- version of the subscriptions
select version from webhook_listening;

-- wake other nodes
-- $1 channel, $2 news
select from pg_notify($1::text, $2::text);

-- whether a day of attempts is there
-- $1 name
select to_regclass($1::text) is not null as there;

-- who writes to a log
-- $1 log
select virtualtransaction as writer from pg_locks
  where locktype = 'relation' and relation = $1::text::regclass and mode = 'RowExclusiveLock'
    and database = (select oid from pg_database where datname = current_database());
