-- What one member is to another. Each pair has two rows, one seen from either side, always written together:
-- every list of a member, and every status a viewer sees, is one index probe.
--
-- state: 0 nothing, 1 I asked, 2 they asked, 3 they asked and I rejected, 4 connected.
-- A request that was rejected stays 1 for the one who asked (a refusal is not revealed) with `rejected` set.
-- When it is withdrawn afterwards, both rows are 0 but `rejected` remains: it stands in the way of asking again.
create table relation (
  member_id bigint not null references users,
  other_id bigint not null references users,
  version integer not null,
  state smallint not null check (state between 0 and 4),
  -- Position in the list that `state` puts this row in; newer is larger.
  place bigint not null,
  -- The last request between the two: whether it was member_id who asked, and when what happened to it.
  request_id bigint,
  asked boolean not null,
  created timestamptz,
  viewed timestamptz,
  rejected timestamptz,
  -- Positions in the lists of those I follow, those who follow me, those I hide; null when not in it.
  following_place bigint,
  follower_place bigint,
  hidden_place bigint,
  hidden_by boolean not null default false,
  primary key (member_id, other_id),
  check (member_id <> other_id)
) with (fillfactor = 90);

create index relation_state on relation (member_id, state, place desc) where state > 0;
create index relation_following on relation (member_id, following_place desc) where following_place is not null;
create index relation_follower on relation (member_id, follower_place desc) where follower_place is not null;
create index relation_hidden on relation (member_id, hidden_place desc)
  where hidden_place is not null or hidden_by;
create index relation_expiry on relation (created) where state = 1;

-- Ids of requests and positions in lists.
create sequence relation_place;

-- Raised when a row an act relied on changed under it; the act is decided again from what is there now.
create function raise_conflict() returns boolean language plpgsql as $$
begin
  raise exception 'changed meanwhile' using errcode = 'KT001';
end $$;
