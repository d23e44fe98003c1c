-- Every committed change, told once: body is the envelope byte for byte as it will be sent.
create sequence event_id;
create table event (
  id bigint primary key,
  type text not null,
  created timestamptz not null,
  body json not null,
  -- The transaction that wrote it. Ids are given out before commit, so only (txid, id), up to the oldest transaction
  -- still open, is an order in which nothing appears later behind what was read already.
  txid xid8 not null
);
create index event_type on event (type text_pattern_ops, id);
create index event_order on event (txid, id);
-- Events come in the order of time, nearly: block ranges find a moment, and cost next to nothing to keep.
create index event_created on event using brin (created);

-- How many events of each type lie in each block of 16,384 transactions, for the blocks before `upto`: those in which
-- no transaction is open any more. Only what came after is counted when somebody asks.
create table event_tally (
  block bigint not null,
  type text not null,
  n integer not null,
  primary key (block, type)
);
create table event_tallied (
  singleton boolean primary key default true check (singleton),
  upto bigint not null default 0
);
insert into event_tallied default values;
