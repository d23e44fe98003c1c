-- What members say about a contribution, on two levels: comments, and replies to them (parent_id). A deleted comment takes
-- its replies out of sight with it; they come back when it does.
create table comment (
  id bigint generated always as identity primary key,
  contribution_id bigint not null references contribution,
  -- Of the contribution.
  kind smallint not null,
  parent_id bigint references comment,
  in_reply_to_id bigint references comment,
  author_id bigint not null references users,
  html text not null,
  summary text not null,
  added_at timestamptz not null,
  last_edited_at timestamptz,
  deleted boolean not null default false,
  collapsed boolean not null default false,
  -- Nothing but the id, the author and the numbers is left of it.
  erased boolean not null default false,
  -- Its replies that are not deleted.
  comment_count integer not null default 0 check (comment_count >= 0),
  vote_count integer not null default 0 check (vote_count >= 0),
  flag_count integer not null default 0 check (flag_count >= 0),
  check (in_reply_to_id is null or parent_id is not null)
) with (fillfactor = 90);
create index comment_first on comment (contribution_id, added_at, id) where parent_id is null and not erased;
create index comment_replies on comment (parent_id, added_at, id) where parent_id is not null and not erased;
create index comment_by on comment (contribution_id, author_id) where not erased;
create index comment_author on comment (author_id, added_at, id) where not erased;
create index comment_deleted on comment (contribution_id) where deleted and not erased;

-- Who has commented on what, with how many comments that are not deleted, in the order of their first.
create table contributor (
  contribution_id bigint not null references contribution,
  author_id bigint not null references users,
  comments integer not null check (comments >= 0),
  place bigint not null default nextval('contribution_place'),
  primary key (contribution_id, author_id)
) with (fillfactor = 90);
create index contributor_place on contributor (contribution_id, place) where comments > 0;
create index contributor_author on contributor (author_id);

-- comment_count has all there are on a contribution; this, those that are no replies.
alter table contribution add column thread_count integer not null default 0,
  add constraint contribution_thread_count_check check (thread_count >= 0) not valid;
