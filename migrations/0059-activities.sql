-- What one's connections did with a contribution is shown with it: who followed it last, and when somebody voted in its poll.
create index mark_followers on mark (target_id, follow_place) where follow_place is not null;
alter table poll_vote add column voted_at timestamptz;
