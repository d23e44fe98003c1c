-- What members have been given points for, and lost them by.
create table score (
  id bigint generated always as identity primary key,
  member_id bigint not null references users,
  points integer not null check (points <> 0),
  type smallint not null,
  comment text,
  context text,
  -- Who gave them by hand.
  created_by bigint references users,
  at timestamptz not null
);
create index score_member on score (member_id, at, id);
create index score_at on score (at, id) include (member_id, points, type);
create index score_by on score (created_by) where created_by is not null;

-- Of each member who has any: the sum, which is their reputation, and how many entries there are. Whoever has left is not
-- on the leaderboard.
create table score_total (
  member_id bigint primary key references users,
  points integer not null default 0,
  entries integer not null default 0 check (entries >= 0),
  listed boolean not null default true
) with (fillfactor = 80);
create index score_leaders on score_total (points desc, member_id) where listed;

-- How many members are listed, and entries there are, in parts so that nobody waits for one row.
create table score_count (
  part smallint primary key,
  members integer not null default 0 check (members >= 0),
  entries bigint not null default 0 check (entries >= 0)
);
insert into score_count (part) select generate_series(0, 15);

-- What is worth points and was not given them yet: written with the act by the triggers below, whichever act it is.
create table score_due (
  id bigint generated always as identity primary key,
  member_id bigint not null,
  type smallint not null,
  n integer not null check (n > 0)
);
create index score_due_member on score_due (member_id);

-- The types of the API: 12 a contribution, 15 a connection, 19 a follower; the same with a minus is its loss.
create function score_counters() returns trigger language plpgsql as $$
begin
  insert into score_due (member_id, type, n)
  select new.id, sign(n) * type, abs(n) from (values
    (12, new.posts + new.discussions + new.statuses - old.posts - old.discussions - old.statuses),
    (15, new.connections - old.connections),
    (19, new.followers - old.followers)
  ) each (type, n) where n <> 0;
  return null;
end $$;
create trigger score_counters after update of posts, discussions, statuses, connections, followers on users for each row
  when ((old.posts + old.discussions + old.statuses, old.connections, old.followers)
    is distinct from (new.posts + new.discussions + new.statuses, new.connections, new.followers))
  execute function score_counters();

-- 13 a comment, 14 a reply.
create function score_comments() returns trigger language plpgsql as $$
begin
  insert into score_due (member_id, type, n)
  select author_id, case when parent_id is null then 13 else 14 end, count(*) from fresh where not deleted group by 1, 2;
  return null;
end $$;
create trigger score_comments after insert on comment referencing new table as fresh
  for each statement execute function score_comments();
create function score_comment() returns trigger language plpgsql as $$
begin
  insert into score_due (member_id, type, n) values
    (new.author_id, (case when new.parent_id is null then 13 else 14 end) * case when new.deleted then -1 else 1 end, 1);
  return null;
end $$;
create trigger score_comment after update of deleted on comment for each row when (old.deleted <> new.deleted)
  execute function score_comment();

-- 1 a vote of somebody else.
create function score_vote() returns trigger language plpgsql as $$
declare
  m record := coalesce(new, old);
begin
  insert into score_due (member_id, type, n)
  select author, case when tg_op <> 'DELETE' and new.reaction is not null then 1 else -1 end, 1
  from author_of_mark(m.kind, m.target_id) author where author <> m.member_id;
  return null;
end $$;
create trigger score_voted after insert on mark for each row when (new.reaction is not null) execute function score_vote();
create trigger score_vote_changed after update of reaction on mark for each row
  when ((old.reaction is null) <> (new.reaction is null)) execute function score_vote();
create trigger score_vote_ended after delete on mark for each row when (old.reaction is not null) execute function score_vote();

-- What somebody said as they gave points is of whom they gave them to.
create or replace function without_members(body json, members bigint[]) returns json language sql stable parallel safe as $$
  select case when not names_members(body, members) then body
    when poll_is_of(body, members) then
      regexp_replace(blank_members(body, members)::text, '"(title|choice)":"([^"\\]|\\.)*"', '"\1":""', 'g')::json
    when left(body::text, 80) like '%,"type":"user.score\_updated"%' then
      regexp_replace(blank_members(body, members)::text, '"comment":"([^"\\]|\\.)*"', '"comment":""')::json
    else blank_members(body, members) end
$$;
