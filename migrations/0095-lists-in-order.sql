-- A list follows its index in order, however many rows there are. Where the key (0013) has all that a list shows and its index
-- has not, PostgreSQL prefers to read the key and sort, if members have few rows on average: a page of the connections or
-- followers of somebody with 10^5 read all of them. So do lists of votes, flags and followers, whose indexes lacked
-- the kind.
create index relation_state_list on relation (member_id, state, place desc) include (other_id, following_place) where state > 0;
create index relation_following_list on relation (member_id, following_place desc) include (other_id, state)
  where following_place is not null;
create index relation_follower_list on relation (member_id, follower_place desc) include (other_id, state, following_place)
  where follower_place is not null;
create index relation_hidden_list on relation (member_id, hidden_place desc)
  include (other_id, state, following_place, hidden_by) where hidden_place is not null or hidden_by;
create index mark_voted_list on mark (target_id, kind, vote_place) where vote_place is not null;
create index mark_flagged_list on mark (target_id, kind, flag_place) where flag_place is not null;
create index mark_followers_list on mark (target_id, kind, follow_place) where follow_place is not null;

-- Readers wait from here on, for a moment.
drop index relation_state, relation_following, relation_follower, relation_hidden, mark_voted, mark_flagged,
  mark_followers;
alter index relation_state_list rename to relation_state;
alter index relation_following_list rename to relation_following;
alter index relation_follower_list rename to relation_follower;
alter index relation_hidden_list rename to relation_hidden;
alter index mark_voted_list rename to mark_voted;
alter index mark_flagged_list rename to mark_flagged;
alter index mark_followers_list rename to mark_followers;
