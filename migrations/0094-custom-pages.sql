-- Pages that a community writes of itself, as "About" or its rules, found by their id or their slug.
create table custom_page (
  id bigint generated always as identity primary key,
  -- What is all digits is an id.
  slug text not null unique check (slug ~ '^[a-z0-9_-]{1,100}$' and slug !~ '^[0-9]+$'),
  title text not null check (title <> ''),
  html_summary text,
  html_body text,
  valid_from timestamptz,
  valid_to timestamptz check (valid_to > valid_from),
  active boolean not null default true,
  created_at timestamptz not null,
  updated_at timestamptz,
  created_by bigint not null references users,
  updated_by bigint references users,
  folded_title text not null,
  sort_title text collate "C" not null,
  search_rules smallint not null
);
create index custom_page_sorted on custom_page (sort_title, id);
