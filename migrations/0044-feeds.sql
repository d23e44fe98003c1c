-- Feeds are read, not written: the newest contributions are gone through, and where few of them are for the one who reads,
-- the newest of each member they are connected with. Both in the two orders that feeds have.
create index contribution_recent on contribution (added_at, id) where not deleted;
create index contribution_moved on contribution (last_activity_at, id) where not deleted;
create index contribution_author_recent on contribution (author_id, added_at, id) include (kind) where not deleted;
create index contribution_author_moved on contribution (author_id, last_activity_at, id) include (kind) where not deleted;
-- Whom a member is connected with, or follows: nothing else of a relation is read for it.
create index relation_connected on relation (member_id, other_id) where state = 4;
create index relation_followed on relation (member_id, other_id) where following_place is not null;

-- What a member has read of feeds, in one row that does not grow: the last few contributions by id, and a moment before which
-- all counts as read. Whoever has no row has read what was there when they joined.
create table feed_reader (
  member_id bigint primary key references users,
  read_before timestamptz,
  read bigint[] not null default '{}' check (cardinality(read) <= 250)
) with (fillfactor = 50);
-- Whoever is here already does not begin with years of unread contributions.
insert into feed_reader (member_id, read_before) select id, now() from users where status in ('a', 'b');
