-- Terms, privacy and cookies, as the community publishes them, and who has accepted what. Of each policy there are
-- revisions: members accept one, so one that has been accepted keeps its words.
create table legal_page (
  id bigint generated always as identity primary key,
  policy text not null check (policy in ('tec', 'privacy', 'cookies')),
  revision integer not null check (revision > 0),
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
  search_rules smallint not null,
  unique (policy, revision)
);

create table legal_page_ack (
  id bigint generated always as identity primary key,
  page_id bigint not null references legal_page,
  member_id bigint not null references users,
  accepted_at timestamptz,
  not_accepted_at timestamptz,
  check ((accepted_at is null) <> (not_accepted_at is null)),
  unique (member_id, page_id)
);
create index legal_page_ack_page on legal_page_ack (page_id);
