-- What is addressed to nobody, in the orders of lists: that much is addressed to others costs no list anything. These take the
-- place of indexes of 0006 and 0044, which are dropped below, when nobody has to wait for that any more.
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
-- What is addressed to some, in the orders of lists, once for each circle of readers: the members who have a tag (reader is its
-- id), the author (less their id), and those who moderate (0). A place is a category, or 0 for the whole community. A list
-- merges what is for all with the circles of whoever reads it.
create table addressed_feed (
  contribution_id bigint not null references contribution,
  place bigint not null,
  reader bigint not null,
  kind smallint not null,
  author_id bigint not null,
  categories bigint[] not null,
  uncommented boolean not null,
  added_at timestamptz not null,
  last_activity_at timestamptz not null,
  relevant_at timestamptz not null,
  primary key (contribution_id, place, reader)
) with (fillfactor = 80);
create index addressed_feed_added on addressed_feed (place, reader, kind, added_at, contribution_id);
create index addressed_feed_active on addressed_feed (place, reader, kind, last_activity_at, contribution_id);
create index addressed_feed_relevant on addressed_feed (place, reader, kind, relevant_at, contribution_id) where place > 0;
create index addressed_feed_uncommented on addressed_feed (place, reader, kind, added_at, contribution_id)
  where place = 0 and uncommented;
create index addressed_feed_author_recent on addressed_feed (place, reader, author_id, added_at, contribution_id) where place = 0;
create index addressed_feed_author_moved on addressed_feed (place, reader, author_id, last_activity_at, contribution_id)
  where place = 0;

-- The rows a contribution has there, while it is addressed to some and not deleted.
create function addressed_places(c contribution) returns setof addressed_feed language sql stable as $$
  select c.id, place, reader, c.kind, c.author_id, c.categories, c.comment_count = 0, c.added_at, c.last_activity_at,
    relevant_at(c.added_at, c.vote_count, c.follower_count, c.comment_count, c.share_count)
  from (select 0::bigint as place union select unnest(c.categories)) places
  cross join (select 0::bigint as reader union select -c.author_id union select unnest(c.addressing)) readers
  where not c.deleted and c.addressing <> '{}'
$$;

create function feed_addressed() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' and (old.addressing, old.deleted, old.categories) = (new.addressing, new.deleted, new.categories) then
    update addressed_feed f
    set (uncommented, last_activity_at, relevant_at) = (n.uncommented, n.last_activity_at, n.relevant_at)
    from addressed_places(new) n where f.contribution_id = new.id and f.place = n.place and f.reader = n.reader
      and (f.uncommented, f.last_activity_at, f.relevant_at)
        is distinct from (n.uncommented, n.last_activity_at, n.relevant_at);
    return null;
  end if;
  delete from addressed_feed where contribution_id = new.id;
  insert into addressed_feed select * from addressed_places(new);
  return null;
end $$;
create trigger contribution_addressed_feed after insert on contribution for each row
  when (new.addressing <> '{}' and not new.deleted) execute function feed_addressed();
create trigger contribution_readdressed_feed after update of addressing, deleted, categories, last_activity_at, vote_count,
  follower_count, comment_count, share_count on contribution for each row
  when (old.addressing || new.addressing <> '{}'
    and (old.addressing, old.deleted, old.categories, old.last_activity_at, old.vote_count, old.follower_count,
        old.comment_count, old.share_count)
      is distinct from
      (new.addressing, new.deleted, new.categories, new.last_activity_at, new.vote_count, new.follower_count,
        new.comment_count, new.share_count))
  execute function feed_addressed();

-- In the feeds of categories lies what is for all. Their totals go on counting everything: what is kept from whoever reads is
-- subtracted.
create or replace function place_contributions() returns trigger language plpgsql as $$
begin
  insert into category_feed
  select placed.id, c.id, c.kind, c.author_id, c.added_at, c.last_activity_at,
    relevant_at(c.added_at, c.vote_count, c.follower_count, c.comment_count, c.share_count)
  from fresh c cross join lateral (select distinct unnest(c.categories) as id) placed
  where not c.deleted and c.addressing = '{}';
  -- In order, so that members who publish at once do not wait for each other in a circle.
  insert into category_feed_total as t
  select placed.id, c.kind, c.author_id % 16, count(*)
  from fresh c cross join lateral (select distinct unnest(c.categories) as id) placed where not c.deleted
  group by 1, 2, 3 order by 1, 2, 3
  on conflict (category_id, kind, part) do update set n = t.n + excluded.n;
  return null;
end $$;

create or replace function move_contribution() returns trigger language plpgsql as $$
declare
  gone bigint[] := case when old.deleted then '{}' else old.categories end;
  there bigint[] := case when new.deleted then '{}' else new.categories end;
  relevant timestamptz := relevant_at(new.added_at, new.vote_count, new.follower_count, new.comment_count, new.share_count);
begin
  if gone = there and (old.addressing = '{}') = (new.addressing = '{}') then
    if new.addressing = '{}' then
      update category_feed set last_activity_at = new.last_activity_at, relevant_at = relevant
      where category_id = any(there) and author_id = new.author_id and contribution_id = new.id
        and (last_activity_at, relevant_at) is distinct from (new.last_activity_at, relevant);
    end if;
    return null;
  end if;
  delete from category_feed
  where category_id = any(gone) and author_id = old.author_id and contribution_id = old.id;
  insert into category_feed
  select distinct id, new.id, new.kind, new.author_id, new.added_at, new.last_activity_at, relevant from unnest(there) id
  where new.addressing = '{}';
  insert into category_feed_total as t
  select id, new.kind, new.author_id % 16, sum(n) from (
    select distinct id, 1 as n from unnest(there) id union all select distinct id, -1 from unnest(gone) id
  ) each group by id having sum(n) <> 0 order by id
  on conflict (category_id, kind, part) do update set n = t.n + excluded.n;
  return null;
end $$;
drop trigger contribution_moved on contribution;
create trigger contribution_moved after update of categories, deleted, addressing, last_activity_at, vote_count, follower_count,
  comment_count, share_count on contribution for each row
  when (old.categories || new.categories <> '{}'
    and (old.categories, old.deleted, old.addressing, old.last_activity_at, old.vote_count, old.follower_count,
        old.comment_count, old.share_count)
      is distinct from
      (new.categories, new.deleted, new.addressing, new.last_activity_at, new.vote_count, new.follower_count,
        new.comment_count, new.share_count))
  execute function move_contribution();

-- What was addressed before.
insert into addressed_feed select f.* from addressed a join contribution c on c.id = a.contribution_id
  cross join lateral addressed_places(c) f;
delete from category_feed f using addressed a
  where f.category_id = any(a.categories) and f.author_id = a.author_id and f.contribution_id = a.contribution_id;

-- Nothing reads by these any more. Last, because what reads contributions waits from here on.
drop index contribution_added, contribution_active, contribution_uncommented, contribution_recent, contribution_moved,
  contribution_author_recent, contribution_author_moved;
