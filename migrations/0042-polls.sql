-- Polls, which contributions carry. A vote is a row; whoever votes locks the poll.
create table poll (
  id bigint generated always as identity primary key,
  author_id bigint not null references users,
  title text not null,
  multiple_choices boolean not null default false,
  closed boolean not null default false,
  expiration_at timestamptz,
  added_at timestamptz not null,
  modified_at timestamptz not null
);
create index poll_author on poll (author_id);

create table poll_choice (
  id bigint generated always as identity primary key,
  poll_id bigint not null references poll,
  choice text not null,
  position smallint not null,
  added_at timestamptz not null,
  vote_count integer not null default 0 check (vote_count >= 0),
  unique (poll_id, id)
) with (fillfactor = 80);

create table poll_vote (
  id bigint generated always as identity primary key,
  poll_id bigint not null,
  choice_id bigint not null,
  member_id bigint not null references users,
  -- Of a poll in which one choice is voted for.
  single boolean not null,
  foreign key (poll_id, choice_id) references poll_choice (poll_id, id),
  unique (choice_id, member_id)
);
create unique index poll_vote_single on poll_vote (poll_id, member_id) where single;
create index poll_vote_poll on poll_vote (poll_id, id);
create index poll_vote_choice on poll_vote (choice_id, id);
create index poll_vote_member on poll_vote (member_id, id);

alter table contribution add column poll_id bigint references poll;
create unique index contribution_poll on contribution (poll_id) where poll_id is not null;

-- Votes of others tell what a poll says: that is of whoever made it. An event about a vote names the poll by its id only.
create function poll_is_of(body json, members bigint[]) returns boolean language sql stable parallel safe as $$
  select left(body::text, 80) like '%,"type":"poll\_vote.%' and exists (
    select from poll where id = (body #>> '{data,choice,poll,id}')::bigint and author_id = any(members))
$$;
create or replace function names_members(body json, members bigint[]) returns boolean language sql stable as $$
  select case cardinality(members)
    -- As it nearly always is, and several times as fast.
    when 1 then strpos(body::text collate "C", concat('"id":', members[1], ',"username":')) > 0
    else exists (select from regexp_matches(body::text, '"id":(\d{1,18}),"username":', 'g') found
      where found[1]::bigint = any(members)) end
    or poll_is_of(body, members)
$$;
create or replace function without_members(body json, members bigint[]) returns json language sql stable parallel safe as $$
  select case when not names_members(body, members) then body
    when poll_is_of(body, members) then
      regexp_replace(blank_members(body, members)::text, '"(title|choice)":"([^"\\]|\\.)*"', '"\1":""', 'g')::json
    else blank_members(body, members) end
$$;
