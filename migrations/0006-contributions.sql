-- Text as it is searched: in lower case, without accents, and without letters that only look like accented ones.
-- src/contributions/search.ts folds what is searched for in the same way.
create function folded(text) returns text language sql immutable parallel safe as $$
  select translate(replace(replace(replace(lower(regexp_replace(normalize($1, nfkd), '[\u0300-\u036f]', '', 'g')),
    'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'), 'øłđı', 'oldi')
$$;

-- Statuses, posts and discussions: one thing in three kinds (1, 2, 3).
create sequence contribution_place;
create table contribution (
  id bigint generated always as identity primary key,
  kind smallint not null check (kind in (1, 2, 3)),
  author_id bigint not null references users,
  title text not null default '',
  slug text not null,
  html text not null,
  -- Its plain text: the beginning, as the API shows it, and all of it, to be searched.
  summary text not null,
  words text not null,
  -- Its categories and all above them, in the order they are shown.
  categories bigint[] not null default '{}',
  location text,
  lat double precision,
  lng double precision,
  added_at timestamptz not null,
  last_edited_at timestamptz,
  last_activity_at timestamptz not null,
  deleted boolean not null default false,
  collapsed boolean not null default false,
  comment_count integer not null default 0 check (comment_count >= 0),
  view_count integer not null default 0,
  vote_count integer not null default 0 check (vote_count >= 0),
  follower_count integer not null default 0 check (follower_count >= 0),
  flag_count integer not null default 0 check (flag_count >= 0),
  share_count integer not null default 0 check (share_count >= 0),
  search tsvector generated always as (
    setweight(to_tsvector('simple', folded(title)), 'A') || setweight(to_tsvector('simple', folded(words)), 'B')) stored,
  check ((location is null) = (lat is null) and (lat is null) = (lng is null)),
  unique (kind, slug)
) with (fillfactor = 90);
create index contribution_added on contribution (kind, added_at, id) where not deleted;
create index contribution_active on contribution (kind, last_activity_at, id) where not deleted;
create index contribution_uncommented on contribution (kind, added_at, id) where not deleted and comment_count = 0;
create index contribution_author on contribution (author_id, kind, added_at, id) where not deleted;
create index contribution_search on contribution using gin (search) where not deleted;
create index contribution_category on contribution using gin (categories) where not deleted;

-- What a member does with a contribution: all of it in one row, so that a page shows it by one look-up each.
create table contribution_mark (
  contribution_id bigint not null references contribution,
  member_id bigint not null references users,
  kind smallint not null,
  followed_at timestamptz,
  follow_place bigint,
  suspended_at timestamptz,
  suspend_place bigint,
  reaction bigint,
  voted_at timestamptz,
  vote_place bigint,
  flag_type smallint check (flag_type between 0 and 4),
  flagged_at timestamptz,
  flag_place bigint,
  hidden boolean not null default false,
  primary key (contribution_id, member_id)
) with (fillfactor = 90);
create index contribution_mark_followed on contribution_mark (member_id, kind, follow_place) where follow_place is not null;
create index contribution_mark_suspended on contribution_mark (member_id, kind, suspend_place) where suspend_place is not null;
create index contribution_mark_voted on contribution_mark (contribution_id, vote_place) where vote_place is not null;
create index contribution_mark_flagged on contribution_mark (contribution_id, flag_place) where flag_place is not null;
create index contribution_mark_hidden on contribution_mark (member_id, kind) where hidden;

-- How many there are of each kind that are not deleted, and that nobody has commented on. In sixteen parts by author,
-- so that members who publish at once do not wait for each other.
create table contribution_total (
  kind smallint not null,
  part smallint not null,
  n integer not null default 0 check (n >= 0),
  uncommented integer not null default 0 check (uncommented >= 0),
  primary key (kind, part)
) with (fillfactor = 20);
insert into contribution_total (kind, part) select kind, part from generate_series(1, 3) kind, generate_series(0, 15) part;
