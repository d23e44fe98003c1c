-- What is addressed to nobody, in the orders of lists: that much is addressed to others costs no list anything. In a community
-- that addresses nothing these are the indexes of 0006 and 0044 again, which stay for servers of the version before.
create index contribution_open_added on contribution (kind, added_at, id) where not deleted and addressing = '{}';
create index contribution_open_active on contribution (kind, last_activity_at, id) where not deleted and addressing = '{}';
create index contribution_open_uncommented on contribution (kind, added_at, id)
  where not deleted and comment_count = 0 and addressing = '{}';
create index contribution_open_recent on contribution (added_at, id) where not deleted and addressing = '{}';
create index contribution_open_moved on contribution (last_activity_at, id) where not deleted and addressing = '{}';
create index contribution_open_author_recent on contribution (author_id, added_at, id) include (kind)
  where not deleted and addressing = '{}';
create index contribution_open_author_moved on contribution (author_id, last_activity_at, id) include (kind)
  where not deleted and addressing = '{}';
