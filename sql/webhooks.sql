-- Printed by `npm run sql`. The statements of a slice, as PostgreSQL is given them in their usual variant.

-- advance a recovery
-- $1 last, $2 queued, $3 id
update webhook_recovery set position = $1::bigint, queued = queued + $2::bigint where id = $3::bigint;

-- attempts
-- $1 id, $2 limit
with p as (
  select p.*, row_number() over () as n from (
    select * from (select a.sent_at, a.sent_at as k0, a.id as k1 from webhook_attempt a where a.endpoint_id = $1::bigint
    order by a.sent_at asc, a.id asc limit 101) few limit $2::bigint + 1
  ) p
), light as (
  select * from (select p.*, sum(coalesce((select octet_length(e.body::text) from webhook_attempt a join event e on e.id = a.event_id
        where a.endpoint_id = $1::bigint and a.sent_at = p.sent_at and a.id = p.k1), 0)) over (order by p.n) as total from p) p where n = 1 or total <= 1000000
), page as (
  select p.n, json_build_array(p.k0, p.k1)::text as key, /* WebhookAttempt */ concat('{"id":', a.id, ',"created_at":"', to_char(a.sent_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","event":{"type":"', e.type, '","added_at":"', to_char(e.created at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '"},"sent_at":"', to_char(a.sent_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","http_request_body":', to_json((e.body)::text)::text, ',"http_request_signature_header":"t=', floor(extract(epoch from a.sent_at))::bigint, ',v1=', encode(substring(a.digests from 1 for 32), 'hex'),
  case when length(a.digests) > 32 then ',v1=' || encode(substring(a.digests from 33 for 32), 'hex') end, ',v0=', encode(substring(a.digests from 1 for 32), 'hex'), '","http_response_code":', coalesce((a.code)::text, 'null'), ',"http_response_body":', to_json((case when e.erased then '' else a.response end)::text)::text, ',"next_retry":', coalesce('"' || (to_char(a.next_retry at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), '}') as row from light p cross join lateral (select * from webhook_attempt a
          where a.endpoint_id = $1::bigint and a.sent_at = p.sent_at and a.id = p.k1 offset 0) a
        cross join lateral (select type, created, case when exists (select member_id from erasure where done is null) then without_members(body, array(select member_id from erasure where done is null)) else body end as body, (exists (select member_id from erasure where done is null) and names_members(body, array(select member_id from erasure where done is null))) as erased
          from event e where e.id = a.event_id offset 0) e
)
select (select attempts from webhook_lane where endpoint_id = $1::bigint)::int as count, (select count(*) from p)::int as n,
  count(*) filter (where n <= $2::bigint)::int as shown,
  string_agg(row::text, ',' order by n) filter (where n <= $2::bigint) as rows,
  max(key) filter (where n = 1) as nearest, (array_agg(key order by n desc) filter (where n <= $2::bigint))[1] as farthest,
  null::text as repeated, null::text as at,
  null::text as tables, (select true from webhook_endpoint where id = $1::bigint and not deleted) as "there", '' as held
from page;

-- attempts at an event
-- $1 event, $2 endpoint, $3 limit
with p as (
  select p.*, row_number() over () as n from (
    select * from (select a.sent_at as k0, a.id as k1 from webhook_attempt a where a.event_id = $1::bigint and ($2::bigint is null or a.endpoint_id = $2::bigint)
      and exists (select from webhook_endpoint w where w.id = a.endpoint_id and not w.deleted)
      order by a.sent_at desc, a.id desc limit 101) few limit $3::bigint + 1
  ) p
), light as (
  select * from (select p.*, sum(coalesce((select octet_length(body::text) from event where id = $1::bigint), 0)) over (order by p.n) as total from p) p where n = 1 or total <= 1000000
), page as (
  select p.n, json_build_array(p.k0, p.k1)::text as key, /* EventAttempt */ concat('{"endpoint_id":', a.endpoint_id, ',"target":', to_json((coalesce((select target from webhook_target t where t.endpoint_id = a.endpoint_id and t.version <= a.version
        order by t.version desc limit 1), (select target from webhook_endpoint where id = a.endpoint_id)))::text)::text, ',"id":', a.id, ',"created_at":"', to_char(a.sent_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","event":{"type":"', e.type, '","added_at":"', to_char(e.created at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '"},"sent_at":"', to_char(a.sent_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","http_request_body":', to_json((e.body)::text)::text, ',"http_request_signature_header":"t=', floor(extract(epoch from a.sent_at))::bigint, ',v1=', encode(substring(a.digests from 1 for 32), 'hex'),
  case when length(a.digests) > 32 then ',v1=' || encode(substring(a.digests from 33 for 32), 'hex') end, ',v0=', encode(substring(a.digests from 1 for 32), 'hex'), '","http_response_code":', coalesce((a.code)::text, 'null'), ',"http_response_body":', to_json((case when e.erased then '' else a.response end)::text)::text, ',"next_retry":', coalesce('"' || (to_char(a.next_retry at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), ',"http_request_headers":', coalesce(case when a.version is null then 'null' else concat('{"connection":"keep-alive","content-type":"application/json","user-agent":"Kith-Webhooks/1","selfcommunity-signature":"t=', floor(extract(epoch from a.sent_at))::bigint, ',v1=', encode(substring(a.digests from 1 for 32), 'hex'),
  case when length(a.digests) > 32 then ',v1=' || encode(substring(a.digests from 33 for 32), 'hex') end, ',v0=', encode(substring(a.digests from 1 for 32), 'hex'), '"',
  case when a.standard is not null then concat(',"webhook-id":"evt_', a.event_id, '","webhook-timestamp":"', floor(extract(epoch from a.sent_at))::bigint,
    '","webhook-signature":"v1,', encode(substring(a.standard from 1 for 32), 'base64'),
    case when length(a.standard) > 32 then ' v1,' || encode(substring(a.standard from 33 for 32), 'base64') end, '"') end,
  case when not e.erased then concat(',"content-length":"', octet_length(e.body::text), '"') end, '}') end, 'null'), ',"ms":', a.ms, '}') as row from light p cross join lateral (select * from webhook_attempt a
        where a.event_id = $1::bigint and a.sent_at = p.k0 and a.id = p.k1 offset 0) a
      cross join lateral (select type, created, case when exists (select member_id from erasure where done is null) then without_members(body, array(select member_id from erasure where done is null)) else body end as body, (exists (select member_id from erasure where done is null) and names_members(body, array(select member_id from erasure where done is null))) as erased
        from event e where e.id = a.event_id offset 0) e
)
select (null)::int as count, (select count(*) from p)::int as n,
  count(*) filter (where n <= $3::bigint)::int as shown,
  string_agg(row::text, ',' order by n) filter (where n <= $3::bigint) as rows,
  max(key) filter (where n = 1) as nearest, (array_agg(key order by n desc) filter (where n <= $3::bigint))[1] as farthest,
  null::text as repeated, null::text as at,
  null::text as tables, '' as held
from page;

-- begin a recovery
-- $1 id, $2 kind, $3 now, $4 since
with endpoint as materialized (
      select id from webhook_endpoint where id = $1::bigint and not deleted for share
    ), made as (
      insert into webhook_recovery (endpoint_id, kind, created_at, since, position, until)
      select id, $2::text, $3::timestamptz, to_timestamp($4::float8), (with recursive search (low, high) as (
    select 0::bigint, coalesce(max(id), 0) + 1 from event
    union all
    select case when found.after then low else middle end, case when found.after then found.id else high end
    from (select low, high, (low + high) / 2 as middle from search where high - low > 1) search
    left join lateral (select id, created >= to_timestamp($4::float8) - interval '10 minutes' as after from event
      where id > low and id <= middle order by id desc limit 1) found on true
  ) select max(low) from search), (select coalesce(max(id), 0) from event)
      from endpoint on conflict (endpoint_id, kind) do nothing returning *
    )
    select exists (select from endpoint) as there,
      (select /* WebhookRecovery */ concat('{"id":', r.id, ',"kind":"', r.kind, '","since":"', to_char(r.since at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","until":', r.until, ',"queued":', r.queued, ',"done":', case when r.ended_at is not null then 'true' else 'false' end, ',"ended_at":', coalesce('"' || (to_char(r.ended_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), '}') from (select *, null::timestamptz as ended_at from made) r) as json;

-- begin a span
-- $1 version, $2 id
insert into webhook_span (endpoint_id, since, types)
    select w.id, $1::int, array(select each ->> 'type' from json_array_elements(w.events) each order by 1) from webhook_endpoint w
    where w.id = $2::bigint and w.is_active and not w.deleted
      and not exists (select from webhook_span s where s.endpoint_id = $2::bigint and s.until is null);

-- begin a version
update webhook_listening set version = version + 1 returning version;

-- change columns of an endpoint
-- $1 version, $2 now, $3 changes, $4 id
update webhook_endpoint w set version = $1::int, updated_at = $2::timestamptz,
      (is_active, target, description, events, ssl_cert_verification, secret, old_secret, old_secret_until,
  rate_limit, concurrency, standard_headers, deleted) = (select is_active, target, description, events, ssl_cert_verification, secret, old_secret, old_secret_until,
  rate_limit, concurrency, standard_headers, deleted from json_populate_record(w, $3::json))
    where w.id = $4::bigint;

-- collect the types listened to
update webhook_listening set types = array(
    select distinct type from webhook_span, unnest(types) type where until is null order by 1);

-- columns of an endpoint
-- $1 id
select is_active, target, description, events, ssl_cert_verification, secret, old_secret, old_secret_until,
  rate_limit, concurrency, standard_headers, deleted from webhook_endpoint where id = $1::bigint and not deleted;

-- create
-- $1 now, $2 is_active, $3 target, $4 description, $5 events, $6 ssl_cert_verification, $7 secret, $8 version
with made as (
      insert into webhook_endpoint (created_at, updated_at, is_active, target, description, events,
        ssl_cert_verification, secret, version)
      values ($1::timestamptz, $1::timestamptz, $2::boolean, $3::text, $4::text, $5::json,
        $6::boolean, $7::text, $8::int) returning id
    ), lane as (
      -- A sequence that was never used says 1 all the same.
      insert into webhook_lane (endpoint_id, position)
      select made.id, case when is_called then last_value else 0 end from made, event_id
    )
    select id from made;

-- delete a lane
-- $1 id
delete from webhook_lane where endpoint_id = $1::bigint;

-- delete some deliveries
-- $1 id, $2 batch
with gone as (
      delete from webhook_delivery where endpoint_id = $1::bigint and event_id = any(array(select event_id from webhook_delivery where endpoint_id = $1::bigint limit $2::bigint)) returning 1
    )
    select count(*)::int as n from gone;

-- delete the recoveries of an endpoint
-- $1 id
with ended as (delete from webhook_recovery_ended where endpoint_id = $1::bigint)
    delete from webhook_recovery where endpoint_id = $1::bigint;

-- deleted endpoints
-- $1 now
select id, updated_at < $1::timestamptz - interval '1 hour' as old from webhook_endpoint where deleted;

-- drop old outcomes
-- $1 now
delete from webhook_outcome where at < $1::timestamptz - interval '400 days';

-- end a recovery
-- $1 id, $2 queued, $3 now
with gone as (
      delete from webhook_recovery where id = $1::bigint returning *
    ), oldest as (
      select e.id from webhook_recovery_ended e, gone where e.endpoint_id = gone.endpoint_id
      order by e.id desc offset 99 limit 1
    ), forgotten as (
      delete from webhook_recovery_ended e using oldest, gone
      where e.endpoint_id = gone.endpoint_id and e.id <= oldest.id
    )
    insert into webhook_recovery_ended (id, endpoint_id, kind, created_at, since, until, queued, ended_at)
    select id, endpoint_id, kind, created_at, since, until, queued + $2::bigint, $3::timestamptz from gone;

-- end a span
-- $1 version, $2 id
update webhook_span s set until = $1::int from webhook_endpoint w
    where s.endpoint_id = $2::bigint and s.until is null and w.id = $2::bigint
      and not (w.is_active and not w.deleted and s.types = array(select each ->> 'type' from json_array_elements(w.events) each order by 1));

-- endpoints
-- $1 limit
with p as (
  select p.*, row_number() over () as n from (
    select * from (select w.created_at as k0, w.id as k1 from webhook_endpoint w where not w.deleted
      order by w.created_at asc, w.id asc limit 101) few limit $1::bigint + 1
  ) p
), page as (
  select p.n, json_build_array(p.k0, p.k1)::text as key, /* WebhookEndpoint */ concat('{"id":', w.id, ',"created_at":"', to_char(w.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","updated_at":"', to_char(w.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","is_active":', case when w.is_active then 'true' else 'false' end, ',"target":', to_json((w.target)::text)::text, ',"description":', to_json((w.description)::text)::text, ',"events":', w.events::text, ',"ssl_cert_verification":', case when w.ssl_cert_verification then 'true' else 'false' end, '}') as row from p join webhook_endpoint w on w.id = p.k1
)
select (select count(*) from webhook_endpoint w where not w.deleted )::int as count, count(*)::int as n,
  count(*) filter (where n <= $1::bigint)::int as shown,
  string_agg(row::text, ',' order by n) filter (where n <= $1::bigint) as rows,
  max(key) filter (where n = 1) as nearest, max(key) filter (where n = $1::bigint) as farthest,
  null::text as repeated, null::text as at,
  null::text as tables, '' as held
from page;

-- erase answers
-- $1 first, $2 last, $3 events
update webhook_attempt set response = '' where event_id between $1::bigint and $2::bigint
    and event_id = any($3::bigint[]) and response <> '';

-- figures
select (select coalesce(max(id), 0) from event) as events,
      count(*) filter (where l.failures = 0 and not l.paused)::int as healthy,
      count(*) filter (where l.failures > 0 and not l.paused)::int as failing,
      count(*) filter (where l.paused)::int as paused, count(*) filter (where n.id is null)::int as idle,
      greatest(0, coalesce(max((select max(id) from event) - l.position) filter (where not l.paused), 0)) as behind,
      (select count(*)::int from (select from webhook_delivery limit 10000) d) as waiting,
      (select count(*)::int from (
        select from webhook_lane l cross join unnest('{false,true}'::boolean[]) r(replay) cross join lateral (
          select from webhook_delivery d
          where d.endpoint_id = l.endpoint_id and d.replay = r.replay and d.due_at < now() - interval '1 minute'
          limit 10000) d
        where not l.paused limit 10000) d) as late,
      (select count(*)::int from webhook_recovery) as recoveries
    from webhook_endpoint e join webhook_lane l on l.endpoint_id = e.id
    left join webhook_node n on n.id = l.owner and n.until > now()
    where e.is_active and not e.deleted;

-- how endpoints are doing
-- $1 endpoint, $2 limit
with p as (
  select p.*, row_number() over () as n from (
    select * from (select w.created_at as k0, w.id as k1 from webhook_endpoint w where not w.deleted and w.id = $1::bigint
      order by w.created_at desc, w.id desc limit 101) few limit $2::bigint + 1
  ) p
), page as (
  select p.n, json_build_array(p.k0, p.k1)::text as key, /* WebhookHealth */ concat('{"id":', w.id, ',"target":', to_json((w.target)::text)::text, ',"description":', to_json((w.description)::text)::text, ',"is_active":', case when w.is_active then 'true' else 'false' end, ',"events":', json_array_length(w.events), ',"rate_limit":', coalesce((w.rate_limit)::text, 'null'), ',"concurrency":', coalesce((w.concurrency)::text, 'null'), ',"standard_headers":', case when w.standard_headers then 'true' else 'false' end, ',"state":"', case when not w.is_active then 'inactive' when l.paused then 'paused'
  when l.failures > 0 then 'failing' else 'healthy' end, '","failures":', l.failures, ',"failing_since":', coalesce('"' || (to_char(l.failing_since at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), ',"succeeded_at":', coalesce('"' || (to_char(l.succeeded_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), ',"probe_at":', coalesce('"' || (to_char(l.probe_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), ',"pending_retries":', (select count(*) from (select from webhook_delivery d where d.endpoint_id = w.id limit 10000) d), ',"behind_at_most":', greatest(0, coalesce((select max(id) from event), 0) - l.position), ',"attempts":', l.attempts, ',"recent":', json_build_object('delivered', r.delivered, 'refused', r.refused, 'unanswered', r.unanswered,
      'since', to_char(r.since at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), 'ms', r.ms)::text, ',"last":', coalesce(case when a.id is not null then json_build_object('at', to_char(a.sent_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), 'event_id', a.event_id, 'code', a.code,
      'answer', case when e.erased then '' else left(a.response, 300) end, 'next_retry', to_char(a.next_retry at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'))::text
      else 'null' end, 'null'), '}') as row from p join webhook_endpoint w on w.id = p.k1 join webhook_lane l on l.endpoint_id = w.id
      cross join lateral (
        select count(*) filter (where code between 200 and 299) as delivered,
          count(*) filter (where code not between 200 and 299) as refused,
          count(*) filter (where code is null) as unanswered, min(sent_at) as since,
          percentile_disc(0.5) within group (order by ms) as ms
        from (select code, sent_at, ms from webhook_attempt where endpoint_id = w.id
          order by sent_at desc, id desc limit 100) each
      ) r
      left join lateral (
        select * from webhook_attempt where endpoint_id = w.id order by sent_at desc, id desc limit 1
      ) a on true
      left join lateral (
        select (exists (select member_id from erasure where done is null) and names_members(body, array(select member_id from erasure where done is null))) as erased from event where id = a.event_id
      ) e on true
)
select (select count(*) from webhook_endpoint w where not w.deleted and w.id = $1::bigint)::int as count, count(*)::int as n,
  count(*) filter (where n <= $2::bigint)::int as shown,
  string_agg(row::text, ',' order by n) filter (where n <= $2::bigint) as rows,
  max(key) filter (where n = 1) as nearest, max(key) filter (where n = $2::bigint) as farthest,
  null::text as repeated, null::text as at,
  null::text as tables, '' as held
from page;

-- how they are doing
select count(*)::int as active, array_agg(e.target order by e.id) filter (where l.paused) as paused,
      count(*) filter (where n.id is null)::int as idle,
      coalesce(max((select max(id) from event) - l.position) filter (where not l.paused), 0)::int as behind
    from webhook_endpoint e join webhook_lane l on l.endpoint_id = e.id
    left join webhook_node n on n.id = l.owner and n.until > now()
    where e.is_active and not e.deleted;

-- join outcomes
-- $1 now
with each as (
      select at, piece, case when at < $1::timestamptz - interval '2 hours' then (date_trunc('day', at at time zone 'UTC') at time zone 'UTC') else at end as belongs
      from webhook_outcome where at < date_trunc('minute', $1::timestamptz)
    ), parts as (
      select belongs from each group by belongs having count(*) > 1 or bool_or(at <> belongs)
    ), gone as (
      delete from webhook_outcome o using each join parts using (belongs)
      where o.at = each.at and o.piece = each.piece returning each.belongs, o.delivered, o.refused, o.unanswered
    )
    insert into webhook_outcome (at, delivered, refused, unanswered)
    select o.belongs, sum(o.delivered)::bigint, sum(o.refused)::bigint, sum(o.unanswered)::bigint from gone o group by 1;

-- keep where an endpoint is
-- $1 version, $2 id
insert into webhook_target (endpoint_id, version, target)
    select w.id, $1::int, w.target from webhook_endpoint w
    where w.id = $2::bigint and w.target is distinct from (
      select target from webhook_target where endpoint_id = $2::bigint order by version desc limit 1);

-- lock
select version from webhook_listening for update;

-- lock the oldest recovery
-- $1 endpoint
select id, kind, since, position, until from webhook_recovery
    where endpoint_id = $1::bigint order by id limit 1 for update;

-- next events of a recovery
-- $1 position, $2 until, $3 batch
select count(*)::int as n, max(id) as last, min(created) as first from (
    select id, created from event where id > $1::bigint and id <= $2::bigint order by id limit $3::bigint) e;

-- outcomes by day
-- $1 days, $2 now
select to_char(d.at at time zone 'UTC', 'YYYY-MM-DD') as day, coalesce(sum(o.delivered), 0)::bigint as delivered, coalesce(sum(o.refused), 0)::bigint as refused,
  coalesce(sum(o.unanswered), 0)::bigint as unanswered
    from generate_series(0, $1::int - 1) each
      cross join lateral (select (date_trunc('day', $2::timestamptz at time zone 'UTC') at time zone 'UTC') - make_interval(hours => 24 * each) as at) d
      left join webhook_outcome o on o.at >= d.at and o.at < d.at + interval '24 hours'
    group by d.at order by d.at;

-- outcomes by minute
-- $1 now
select extract(epoch from o.at)::bigint as at, coalesce(sum(o.delivered), 0)::bigint as delivered, coalesce(sum(o.refused), 0)::bigint as refused,
  coalesce(sum(o.unanswered), 0)::bigint as unanswered
    from webhook_outcome o where o.at > $1::timestamptz - interval '1 hour' group by o.at order by o.at;

-- password of a member
-- $1 member
select password_hash as hash from credential where user_id = $1::bigint;

-- queue events again
-- $1 id, $2 events, $3 now
with endpoint as materialized (
      select id from webhook_endpoint where id = $1::bigint and not deleted for share
    ), asked as materialized (
      select distinct unnest($2::bigint[]) as id
    ), known as materialized (
      select asked.id from asked join lateral (select from event e where e.id = asked.id offset 0) e on true
    ), queued as (
      insert into webhook_delivery (endpoint_id, event_id, replay, run, attempts, due_at)
      select endpoint.id, known.id, true, 1, 0, $3::timestamptz from endpoint, known order by known.id
      on conflict (endpoint_id, event_id) do update
        set replay = true, run = webhook_delivery.run + 1, attempts = 0, due_at = excluded.due_at
    )
    select exists (select from endpoint) as there,
      array(select id from asked except select id from known order by 1 limit 101) as unknown;

-- queue what a recovery finds
-- $1 endpoint, $2 position, $3 last, $4 first, $5 now, $6 since
with last as materialized (
          select distinct on (event_id) event_id, code from (select a.event_id, a.code, a.sent_at, a.id from webhook_attempt a
      where a.endpoint_id + 0 = $1::bigint and a.event_id > $2::bigint and a.event_id <= $3::bigint
        and a.sent_at >= $4::text::timestamptz - interval '1 hour') a order by event_id, sent_at desc, id desc
        ), failed as materialized (select event_id from last where code between 200 and 299 is not true), queued as (
      insert into webhook_delivery (endpoint_id, event_id, replay, run, attempts, due_at)
      select $1::bigint, e.id, true, 1, 0, $5::timestamptz from event e, webhook_endpoint w, webhook_lane l
      where e.id > $2::bigint and e.id <= $3::bigint and e.created >= $6::text::timestamptz and w.id = $1::bigint
        and l.endpoint_id = $1::bigint and e.id in (select event_id from failed)
        and not exists (select from webhook_delivery d
          where d.endpoint_id = $1::bigint and d.event_id = e.id and d.event_id > $2::bigint and d.event_id <= $3::bigint)
      order by e.id on conflict do nothing returning 1
    )
    select count(*)::int as n from queued;

-- recoveries
-- $1 id, $2 limit
with p as (
  select p.*, row_number() over () as n from (
    select * from (select r.*, r.id as k0 from (
    select id, kind, since, until, queued, null::timestamptz as ended_at from webhook_recovery where endpoint_id = $1::bigint
    union all
    select id, kind, since, until, queued, ended_at from webhook_recovery_ended where endpoint_id = $1::bigint
  ) r where true
      order by r.id desc limit 101) few limit $2::bigint + 1
  ) p
), page as (
  select p.n, json_build_array(p.k0)::text as key, /* WebhookRecovery */ concat('{"id":', r.id, ',"kind":"', r.kind, '","since":"', to_char(r.since at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","until":', r.until, ',"queued":', r.queued, ',"done":', case when r.ended_at is not null then 'true' else 'false' end, ',"ended_at":', coalesce('"' || (to_char(r.ended_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), '}') as row from p cross join lateral (select p.*) r
)
select (select count(*) from (
    select id, kind, since, until, queued, null::timestamptz as ended_at from webhook_recovery where endpoint_id = $1::bigint
    union all
    select id, kind, since, until, queued, ended_at from webhook_recovery_ended where endpoint_id = $1::bigint
  ) r)::int as count, count(*)::int as n,
  count(*) filter (where n <= $2::bigint)::int as shown,
  string_agg(row::text, ',' order by n) filter (where n <= $2::bigint) as rows,
  max(key) filter (where n = 1) as nearest, max(key) filter (where n = $2::bigint) as farthest,
  null::text as repeated, null::text as at,
  null::text as tables, (select true from webhook_endpoint where id = $1::bigint and not deleted) as "there", '' as held
from page;

-- remove a deleted endpoint
-- $1 id
delete from webhook_endpoint where id = $1::bigint and deleted;

-- reveal a secret
-- $1 id
select /* WebhookSecret */ concat('{"signing_secret":', to_json((w.secret)::text)::text, '}') as json
    from webhook_endpoint w where id = $1::bigint and not deleted;

-- show
-- $1 id
select /* WebhookEndpoint */ concat('{"id":', w.id, ',"created_at":"', to_char(w.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","updated_at":"', to_char(w.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","is_active":', case when w.is_active then 'true' else 'false' end, ',"target":', to_json((w.target)::text)::text, ',"description":', to_json((w.description)::text)::text, ',"events":', w.events::text, ',"ssl_cert_verification":', case when w.ssl_cert_verification then 'true' else 'false' end, '}') as json,
      array(select each ->> 'type' from json_array_elements(w.events) each) as types
    from webhook_endpoint w where id = $1::bigint and not deleted;

-- show a recovery
-- $1 endpoint, $2 id
select /* WebhookRecovery */ concat('{"id":', r.id, ',"kind":"', r.kind, '","since":"', to_char(r.since at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","until":', r.until, ',"queued":', r.queued, ',"done":', case when r.ended_at is not null then 'true' else 'false' end, ',"ended_at":', coalesce('"' || (to_char(r.ended_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), '}') as json from (
    select id, kind, since, until, queued, null::timestamptz as ended_at from webhook_recovery where endpoint_id = $1::bigint
    union all
    select id, kind, since, until, queued, ended_at from webhook_recovery_ended where endpoint_id = $1::bigint
  ) r
    where r.id = $2::bigint and exists (select true from webhook_endpoint where id = $1::bigint and not deleted);

-- show the settings
-- $1 id
select /* WebhookDelivery */ concat('{"rate_limit":', coalesce((w.rate_limit)::text, 'null'), ',"concurrency":', coalesce((w.concurrency)::text, 'null'), ',"standard_headers":', case when w.standard_headers then 'true' else 'false' end, ',"state":"', case when not w.is_active then 'inactive' when l.paused then 'paused'
  when l.failures > 0 then 'failing' else 'healthy' end, '","failures":', l.failures, ',"failing_since":', coalesce('"' || (to_char(l.failing_since at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), ',"succeeded_at":', coalesce('"' || (to_char(l.succeeded_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), ',"probe_at":', coalesce('"' || (to_char(l.probe_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), ',"pending_retries":', (select count(*) from (select from webhook_delivery d where d.endpoint_id = w.id limit 10000) d), ',"behind_at_most":', greatest(0, coalesce((select max(id) from event), 0) - l.position), ',"attempts":', l.attempts, '}') as json
    from webhook_endpoint w join webhook_lane l on l.endpoint_id = w.id where w.id = $1::bigint and not w.deleted;

-- whether a recovery is under way
-- $1 endpoint
select id from webhook_recovery where endpoint_id = $1::bigint limit 1;
