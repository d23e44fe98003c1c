-- Who is told of what happens: those who follow a contribution, those who follow a member. Both in the order of their ids,
-- for very many are told some at a time.
create index mark_following on mark (target_id, kind, member_id) where followed_at is not null;
create index relation_followers on relation (member_id, other_id) where follower_place is not null;
