-- What lies in a category, in the orders of its feed: a row for each category of each contribution that is not deleted.
-- The database makes it of the contribution, in the statement that changes that, so no act has to remember to.
create table category_feed (
  category_id bigint not null references category,
  contribution_id bigint not null references contribution,
  kind smallint not null,
  author_id bigint not null,
  added_at timestamptz not null,
  last_activity_at timestamptz not null,
  relevant_at timestamptz not null,
  primary key (category_id, author_id, contribution_id)
) with (fillfactor = 80);
create index category_feed_added on category_feed (category_id, added_at, contribution_id);
create index category_feed_active on category_feed (category_id, last_activity_at, contribution_id);
create index category_feed_relevant on category_feed (category_id, relevant_at, contribution_id);

-- How many those are. In sixteen parts by author, as contribution_total; rows appear with the first of a part.
create table category_feed_total (
  category_id bigint not null references category,
  kind smallint not null,
  part smallint not null,
  n integer not null default 0,
  primary key (category_id, kind, part)
) with (fillfactor = 50);

-- The moment a contribution is as relevant as a new one: that it was added, a day later with each doubling of what others
-- did with it, in steps of an hour: of what is popular already, few votes move it. It never changes by itself.
create function relevant_at(added_at timestamptz, votes integer, followers integer, comments integer, shares integer)
returns timestamptz language sql stable parallel safe as $$
  select added_at + make_interval(hours => round(24 * ln(1 + votes::float8 + followers + comments + shares) / ln(2::float8))::int)
$$;

create function place_contributions() returns trigger language plpgsql as $$
begin
  insert into category_feed
  select placed.id, c.id, c.kind, c.author_id, c.added_at, c.last_activity_at,
    relevant_at(c.added_at, c.vote_count, c.follower_count, c.comment_count, c.share_count)
  from fresh c cross join lateral (select distinct unnest(c.categories) as id) placed where not c.deleted;
  -- In order, so that members who publish at once do not wait for each other in a circle.
  insert into category_feed_total as t
  select placed.id, c.kind, c.author_id % 16, count(*)
  from fresh c cross join lateral (select distinct unnest(c.categories) as id) placed where not c.deleted
  group by 1, 2, 3 order by 1, 2, 3
  on conflict (category_id, kind, part) do update set n = t.n + excluded.n;
  return null;
end $$;
create trigger contribution_placed after insert on contribution referencing new table as fresh
  for each statement execute function place_contributions();

create function move_contribution() returns trigger language plpgsql as $$
declare
  gone bigint[] := case when old.deleted then '{}' else old.categories end;
  there bigint[] := case when new.deleted then '{}' else new.categories end;
  relevant timestamptz := relevant_at(new.added_at, new.vote_count, new.follower_count, new.comment_count, new.share_count);
begin
  if gone = there then
    update category_feed set last_activity_at = new.last_activity_at, relevant_at = relevant
    where category_id = any(there) and author_id = new.author_id and contribution_id = new.id
      and (last_activity_at, relevant_at) is distinct from (new.last_activity_at, relevant);
    return null;
  end if;
  delete from category_feed
  where category_id = any(gone) and author_id = old.author_id and contribution_id = old.id;
  insert into category_feed
  select distinct id, new.id, new.kind, new.author_id, new.added_at, new.last_activity_at, relevant from unnest(there) id;
  insert into category_feed_total as t
  select id, new.kind, new.author_id % 16, sum(n) from (
    select distinct id, 1 as n from unnest(there) id union all select distinct id, -1 from unnest(gone) id
  ) each group by id having sum(n) <> 0 order by id
  on conflict (category_id, kind, part) do update set n = t.n + excluded.n;
  return null;
end $$;
create trigger contribution_moved after update of categories, deleted, last_activity_at, vote_count, follower_count,
  comment_count, share_count on contribution for each row
  when (old.categories || new.categories <> '{}'
    and (old.categories, old.deleted, old.last_activity_at, old.vote_count, old.follower_count, old.comment_count, old.share_count)
      is distinct from
      (new.categories, new.deleted, new.last_activity_at, new.vote_count, new.follower_count, new.comment_count, new.share_count))
  execute function move_contribution();

-- What was published before.
insert into category_feed
select placed.id, c.id, c.kind, c.author_id, c.added_at, c.last_activity_at,
  relevant_at(c.added_at, c.vote_count, c.follower_count, c.comment_count, c.share_count)
from contribution c cross join lateral (select distinct unnest(c.categories) as id) placed where not c.deleted;
insert into category_feed_total select category_id, kind, author_id % 16, count(*) from category_feed group by 1, 2, 3;
