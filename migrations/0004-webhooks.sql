-- Webhooks read the event log; nothing is written per event and receiver but the attempt that was made.

-- Who listens, as far as whoever tells an event must know: the types anybody wants, and the version of that knowledge.
-- The version goes up with every change of an endpoint, and every event keeps the one it was told under; so who was
-- subscribed when it was told can be said for good.
create table webhook_listening (
  singleton boolean primary key default true check (singleton),
  version integer not null default 1,
  types text[] not null default '{}'
);
insert into webhook_listening default values;

-- The version of webhook_listening an event was told under; null when nobody listened to its type.
alter table event add column audience integer;

create table webhook_endpoint (
  id bigint generated always as identity primary key,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  is_active boolean not null,
  target text not null,
  description text not null,
  -- The subscription as the API shows it: [{"type": ..., "added_at": ...}], in the order it was given.
  events json not null,
  ssl_cert_verification boolean not null,
  secret text not null,
  -- The secret before, which signs too until then.
  old_secret text,
  old_secret_until timestamptz,
  -- Deliveries a second at most, and requests at a time at most; null leaves both to the engine.
  rate_limit integer check (rate_limit > 0),
  concurrency integer check (concurrency between 1 and 256),
  standard_headers boolean not null default false,
  -- The version of webhook_listening that its last change made: nodes read again what is newer than they know.
  version integer not null,
  -- Endpoints are deleted for good only once their deliveries are; until then nobody sees them.
  deleted boolean not null default false
);
create index webhook_endpoint_created on webhook_endpoint (created_at, id) where not deleted;
create index webhook_endpoint_updated on webhook_endpoint (updated_at, id) where not deleted;
create index webhook_endpoint_version on webhook_endpoint (version);

-- From which version to which (not included) an active endpoint was subscribed to which types. The row without an end
-- is how it stands; an inactive endpoint has none.
create table webhook_span (
  endpoint_id bigint not null references webhook_endpoint on delete cascade,
  since integer not null,
  until integer,
  types text[] not null,
  primary key (endpoint_id, since)
);
create unique index webhook_span_open on webhook_span (endpoint_id) where until is null;

-- Nodes that deliver, and until when each may believe it holds its lanes. A node whose database session has ended is
-- gone at once; the session is null where a pooler hides it.
create table webhook_node (
  id text primary key,
  until timestamptz not null,
  backend integer,
  backend_start timestamptz
);

-- The lane of an endpoint: one node at a time drives it. Every event up to `position` has been attempted, except those
-- in `holes`. The epoch goes up with every change of hands; what an earlier holder writes is refused by it.
create table webhook_lane (
  endpoint_id bigint primary key references webhook_endpoint on delete cascade,
  owner text,
  epoch integer not null default 0,
  -- The last batch of its holder that was written: one whose answer got lost is not written twice.
  written bigint not null default 0,
  position bigint not null,
  holes int8multirange not null default '{}',
  attempts bigint not null default 0,
  -- Health: failures in a row, since when, the last success, and when a paused lane is tried again.
  failures integer not null default 0,
  failing_since timestamptz,
  succeeded_at timestamptz,
  paused boolean not null default false,
  probe_at timestamptz
) with (fillfactor = 50);

-- Deliveries out of the log's order: to be tried again after a failure (replay false), or asked for by somebody.
-- `run` tells a request to send again from the run of attempts that was under way when it was made.
create table webhook_delivery (
  endpoint_id bigint not null,
  event_id bigint not null,
  replay boolean not null,
  run integer not null,
  -- Attempts made in this run.
  attempts smallint not null,
  due_at timestamptz not null,
  primary key (endpoint_id, event_id)
) with (fillfactor = 70);
create index webhook_delivery_due on webhook_delivery (endpoint_id, replay, due_at);

-- Every attempt, once, with its outcome. Days are dropped whole.
create sequence webhook_attempt_id;
create table webhook_attempt (
  id bigint not null,
  endpoint_id bigint not null,
  event_id bigint not null,
  sent_at timestamptz not null,
  -- What it was signed with: 32 bytes for each secret. The time it carries is that of sent_at.
  digests bytea not null,
  -- Null when no answer came; the text then says why.
  code smallint,
  response text not null,
  ms integer not null,
  next_retry timestamptz
) partition by range (sent_at);
create index webhook_attempt_sent on webhook_attempt (endpoint_id, sent_at, id);
create index webhook_attempt_retry on webhook_attempt (endpoint_id, next_retry, id) where next_retry is not null;
-- Attempts come in the order of events, nearly, but for retries: several ranges for each block of pages find the
-- attempts at some events, and cost no delivery anything.
create index webhook_attempt_event on webhook_attempt using brin (event_id int8_minmax_multi_ops) with (autosummarize = on);

-- How far the log has been read: everything up to `position` is settled, except `gaps`, which may still come.
create table webhook_tail (
  singleton boolean primary key default true check (singleton),
  position bigint not null,
  gaps int8multirange not null default '{}'
);
insert into webhook_tail (position) select coalesce(max(id), 0) from event;

-- Recoveries under way: events after `position` and up to `until` are looked at and queued, a batch at a time.
create table webhook_recovery (
  id bigint generated always as identity primary key,
  endpoint_id bigint not null references webhook_endpoint on delete cascade,
  kind text not null check (kind in ('failed', 'missed', 'all')),
  created_at timestamptz not null,
  since timestamptz not null,
  position bigint not null,
  until bigint not null,
  queued bigint not null default 0
);
create unique index webhook_recovery_kind on webhook_recovery (endpoint_id, kind);
