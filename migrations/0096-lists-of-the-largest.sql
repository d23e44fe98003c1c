-- PostgreSQL takes a condition that a partial index fulfils for settled, and forgets it: an index that begins with `place` where
-- place = 0 is read from its beginning. So whatever was addressed to a circle was read to find what one author wrote.
create index addressed_feed_silent on addressed_feed (reader, kind, added_at, contribution_id) where place = 0 and uncommented;
create index addressed_feed_by_recent on addressed_feed (reader, author_id, added_at, contribution_id) where place = 0;
create index addressed_feed_by_moved on addressed_feed (reader, author_id, last_activity_at, contribution_id) where place = 0;

-- Votes are listed by an index that has what is shown of them: without, PostgreSQL reads all votes of a poll and sorts, if polls
-- have few votes on average.
create index poll_vote_in_poll on poll_vote (poll_id, id) include (member_id, choice_id, voted_at);
create index poll_vote_for_choice on poll_vote (choice_id, id) include (poll_id, member_id);

-- Votes with one reaction are found among all by the index alone.
create index mark_voted_with on mark (target_id, kind, vote_place) include (member_id, reaction) where vote_place is not null;

-- So do followers of a category.
create index category_follower_in on category_follower (category_id, place desc) include (member_id, added_at);

-- And what a category has: the newest of a kind in one that has few of it were found by reading all of it.
create index category_feed_by_kind on category_feed (category_id, kind, added_at, contribution_id) include (author_id);
create index category_feed_by_added on category_feed (category_id, added_at, contribution_id) include (kind, author_id);
create index category_feed_by_active on category_feed (category_id, last_activity_at, contribution_id) include (kind, author_id);
create index category_feed_by_relevant on category_feed (category_id, relevant_at, contribution_id) include (kind, author_id);

-- Members by where they live: every page read all members.
create index users_location on users (left(folded_location, 60), id) where status in ('a', 'b');

-- Readers wait from here on, for a moment.
drop index mark_voted, addressed_feed_uncommented, addressed_feed_author_recent, addressed_feed_author_moved, poll_vote_poll, poll_vote_choice,
  category_follower_category, category_feed_kind, category_feed_added, category_feed_active, category_feed_relevant;
alter index addressed_feed_silent rename to addressed_feed_uncommented;
alter index addressed_feed_by_recent rename to addressed_feed_author_recent;
alter index addressed_feed_by_moved rename to addressed_feed_author_moved;
alter index category_follower_in rename to category_follower_category;
alter index mark_voted_with rename to mark_voted;
alter index poll_vote_in_poll rename to poll_vote_poll;
alter index poll_vote_for_choice rename to poll_vote_choice;
alter index category_feed_by_kind rename to category_feed_kind;
alter index category_feed_by_added rename to category_feed_added;
alter index category_feed_by_active rename to category_feed_active;
alter index category_feed_by_relevant rename to category_feed_relevant;
