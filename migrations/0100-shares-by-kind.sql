-- Shares are listed by an index that has their kind too: without, PostgreSQL reads all shares of a post and sorts, if posts have few
-- on average and a kind is not shown.
create index share_newest on share (shared_id, added_at, contribution_id) include (kind);

-- Readers wait from here on, for a moment.
drop index share_recent;
alter index share_newest rename to share_recent;
