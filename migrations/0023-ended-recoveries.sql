-- Recoveries that have ended, with how many deliveries they queued. They are kept apart from those under way, of which each
-- endpoint has one of a kind, and which every node looks for once a second. The last hundred of an endpoint are kept.
create table webhook_recovery_ended (
  id bigint primary key,
  endpoint_id bigint not null references webhook_endpoint on delete cascade,
  kind text not null check (kind in ('failed', 'missed', 'all')),
  created_at timestamptz not null,
  since timestamptz not null,
  until bigint not null,
  queued bigint not null,
  ended_at timestamptz not null
);
create index webhook_recovery_ended_endpoint on webhook_recovery_ended (endpoint_id, id);
