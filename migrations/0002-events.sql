-- Every committed change, told once: body is the envelope byte for byte as it will be sent.
create sequence event_id;
create table event (
  id bigint primary key,
  type text not null,
  created timestamptz not null,
  body json not null,
  -- The transaction that wrote it: ids are given before commit, so a walk forward stops where one is still open.
  txid xid8 not null default pg_current_xact_id()
);
create index event_type on event (type text_pattern_ops, id);
create index event_created on event (created, id);
