-- What two members are to each other is looked up by their ids, fifty thousand times to tell what two with as many
-- connections have in common. The key carries what is asked for then, so that these look-ups read nothing else; all of it
-- is in other indices already, so no write becomes dearer but by the length of the entry.
alter table relation drop constraint relation_pkey,
  add primary key (member_id, other_id)
    include (state, place, following_place, follower_place, hidden_place, hidden_by);
