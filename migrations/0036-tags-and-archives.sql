-- What members, categories and contributions are marked with by administrators. Whatever has tags keeps their ids in its
-- row, so that it is listed without a join; a tag is never removed, only marked as deleted.
create table tag (
  id bigint generated always as identity primary key,
  type text not null check (type in ('user', 'category', 'contribution')),
  name text not null check (name <> ''),
  description text,
  color text not null,
  visible boolean not null default true,
  visibility_boost boolean not null default false,
  active boolean not null default true,
  deleted boolean not null default false,
  created_at timestamptz not null,
  folded_name text not null,
  sort_name text collate "C" not null,
  search_rules smallint not null
);
create unique index tag_name on tag (type, lower(name)) where not deleted;

alter table users add tag_ids bigint[] not null default '{}';
alter table category add tag_ids bigint[] not null default '{}';
alter table contribution add tag_ids bigint[] not null default '{}';
create index users_tags on users using gin (tag_ids) where tag_ids <> '{}';
create index contribution_tags on contribution using gin (tag_ids) where tag_ids <> '{}';

-- How far the creator of the community is with setting it up: a row for each step that was begun.
create table onboarding_step (
  id smallint primary key check (id between 1 and 6),
  status text not null check (status in ('in_progress', 'completed', 'failed')),
  wanted integer
);

-- All that is kept of a member, for them to take away. Whoever makes it has an attempt, and renews `worked_at`; one that
-- was left behind is made by another.
create table archive (
  member_id bigint primary key references users,
  requested_at timestamptz not null,
  attempt integer not null default 0,
  worked_at timestamptz,
  generated_at timestamptz,
  bytes bigint not null default 0,
  downloaded_at timestamptz
);
create index archive_due on archive (requested_at) where generated_at is null;

create table archive_part (
  member_id bigint not null references archive on delete cascade,
  attempt integer not null,
  n integer not null,
  content bytea not null,
  primary key (member_id, attempt, n)
);
alter table archive_part alter content set storage external;
