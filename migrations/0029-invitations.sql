-- What newcomers bring along: i invites somebody, p is of a promotion. Administrators make them.
create table signup_code (
  id bigint generated always as identity primary key,
  kind "char" not null check (kind in ('i', 'p')),
  code text not null check (code ~ '^[A-Za-z0-9_-]{3,40}$' and code !~ '^[0-9]+$'),
  name text not null default '' check (length(name) <= 255),
  -- Whom it invites, and as what.
  email text,
  role text check (role in ('admin', 'moderator', 'editor', 'publisher')),
  -- Null of a command.
  made_by bigint references users,
  -- Null is any number. Of two who come with the last use, one has it.
  max_uses integer check (max_uses > 0),
  uses integer not null default 0 check (uses >= 0 and (max_uses is null or uses <= max_uses)),
  valid_from timestamptz,
  valid_to timestamptz,
  created_at timestamptz not null,
  sent_at timestamptz
);
create unique index signup_code_code on signup_code (kind, lower(code));
create index signup_code_list on signup_code (kind, id);
create index signup_code_maker on signup_code (made_by) where made_by is not null;

create table signup_code_use (
  code_id bigint not null references signup_code on delete cascade,
  member_id bigint not null references users on delete cascade,
  used_at timestamptz not null,
  primary key (code_id, member_id)
);
create index signup_code_use_member on signup_code_use (member_id);
