-- What contributions are about, and who follows it. There are hundreds at most: what is listed of all of them may sort.
create sequence category_place;
create table category (
  id bigint generated always as identity primary key,
  name text not null check (length(name) between 1 and 100),
  name_synonyms text default '',
  slug text not null check (slug ~ '^[A-Za-z0-9_-]{1,255}$'),
  slogan text default '',
  html_info text,
  seo_title text default '',
  seo_description text default '',
  -- default: new members follow it. forced: everybody does, and it cannot be unfollowed.
  auto_follow text not null default 'none' check (auto_follow in ('none', 'default', 'forced')),
  content_only_staff boolean not null default false,
  -- Inactive, it is not offered any more; those who follow it still do.
  active boolean not null default true,
  -- Deleted for good, but for what refers to it. Nobody follows it.
  deleted boolean not null default false,
  -- The API calls it order.
  position integer not null default 0,
  image_original text,
  emotional_image_original text,
  emotional_image_position integer not null default 50,
  stream_order_by text not null default 'recent' check (stream_order_by in ('recent', 'last_activity', 'relevance')),
  lastmod_datetime timestamptz not null,
  created_at timestamptz not null,
  -- Those it lies in, as they were given; and all those above it, the nearest first, without itself.
  parents bigint[] not null default '{}',
  ancestors bigint[] not null default '{}',
  -- The number of rows of category_follower; changes in the statement that changes those rows.
  followers integer not null default 0 check (followers >= 0),
  check (not id = any(ancestors)),
  check (followers = 0 or not deleted)
) with (fillfactor = 50);

-- A slug is unique whatever its case; that of a deleted category is free again.
create unique index category_slug on category (lower(slug)) where not deleted;
create index category_listed on category (position, left(lower(name), 60), id) where not deleted;
create index category_parents on category using gin (parents);

create table category_follower (
  category_id bigint not null references category,
  member_id bigint not null references users,
  added_at timestamptz not null,
  -- Position in both lists, of the category and of the member; newer is larger.
  place bigint not null,
  primary key (category_id, member_id)
);
create index category_follower_member on category_follower (member_id, place desc);
create index category_follower_category on category_follower (category_id, place desc) include (added_at);
