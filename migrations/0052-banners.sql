-- What administrators tell everybody: one row, whoever reads it. Each member has of it, at most, when they saw it and when
-- they had enough of it.
create table banner (
  id bigint generated always as identity primary key,
  title text not null,
  body_text text not null,
  link_text text not null,
  link text,
  image text,
  open_in_new_tab boolean not null,
  added_at timestamptz not null,
  made_by bigint references users
);

create table banner_reader (
  member_id bigint not null references users,
  banner_id bigint not null references banner,
  viewed_at timestamptz,
  disposed_at timestamptz,
  primary key (member_id, banner_id)
);
create index banner_reader_of on banner_reader (banner_id);
