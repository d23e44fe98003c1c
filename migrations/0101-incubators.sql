-- Categories that members propose, and who supports them.
create table incubator (
  id bigint generated always as identity primary key,
  author_id bigint not null references users,
  name text not null check (octet_length(name) between 1 and 1600),
  slug text not null check (slug ~ '^[A-Za-z0-9_-]{1,255}$'),
  slogan text,
  -- 0 collects supporters, 1 has as many as it needs, 2 is a category by now, 3 was turned down.
  status smallint not null check (status between 0 and 3),
  subscribers int not null default 0 check (subscribers >= 0),
  -- As many as the community asked for when it was proposed.
  threshold int not null check (threshold >= 0),
  category_id bigint references category,
  added_at timestamptz not null,
  folded_name text not null,
  folded_slogan text not null,
  sort_name text collate "C" not null,
  search_rules smallint not null,
  check (status > 1 or (status = 1) = (subscribers >= threshold)),
  check ((status = 2) = (category_id is not null))
);
-- What has become a category is guarded by the names of categories.
create unique index incubator_name on incubator (name_key(name)) where status <> 2;
create unique index incubator_slug on incubator (lower(slug)) where status <> 2;
create index incubator_author on incubator (author_id, id) include (status);
create index incubator_sorted on incubator (sort_name, id);
create index incubator_supported on incubator (subscribers, id);
create index incubator_status on incubator (status, id);
create index incubator_status_sorted on incubator (status, sort_name, id);
create index incubator_status_supported on incubator (status, subscribers, id);
-- What is suggested. The approved have most supporters, and are ever more.
create index incubator_open on incubator (subscribers, id) where status < 2;
create index incubator_searched on incubator using gin (grams(folded_name || ' ' || folded_slogan));

create table incubator_subscriber (
  incubator_id bigint not null references incubator on delete cascade,
  member_id bigint not null references users,
  added_at timestamptz not null,
  place bigint generated always as identity,
  primary key (incubator_id, member_id)
);
create index incubator_subscriber_in on incubator_subscriber (incubator_id, place desc) include (member_id);
create index incubator_subscriber_member on incubator_subscriber (member_id, place);

-- How many there are of each status.
create table incubator_total (
  singleton boolean primary key default true check (singleton),
  pending int not null default 0,
  proposals int not null default 0,
  approved int not null default 0,
  ignored int not null default 0
);
insert into incubator_total default values;
