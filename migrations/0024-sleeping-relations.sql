-- While one of two members hides the other, what is between them sleeps: it is in no list, no counter, no status, and comes
-- back when they are shown again. So that no query has to ask for that, it lies in columns of its own meanwhile.
alter table relation
  add sleeping_state smallint not null default 0,
  add sleeping_following bigint,
  add sleeping_follower bigint,
  add constraint relation_sleeps check (
    case when hidden_place is not null or hidden_by
      then state = 0 and following_place is null and follower_place is null
      else sleeping_state = 0 and sleeping_following is null and sleeping_follower is null end);

-- Events about two members that belong to the mode that is off: told when the community is in that mode again.
create table postponed_event (
  id bigint generated always as identity primary key,
  type text not null,
  from_id bigint not null references users,
  to_id bigint not null references users
);
