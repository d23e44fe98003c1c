-- What was done by those who may do more than others, and by commands. Of names it keeps none, of values neither: only who,
-- when, from where, what, and which fields were sent.
create table audit (
  id bigint generated always as identity primary key,
  -- One request, or one run of a command; it is written once, by the first of its transactions that commits.
  asked uuid not null unique,
  at timestamptz not null,
  actor_id bigint references users,
  -- Of a command, the user of the machine who ran it.
  operator text,
  address text,
  act text not null,
  target bigint,
  fields text[] not null
);
create index audit_at on audit (at, id);
create index audit_actor on audit (actor_id, at, id);
create index audit_target on audit (target, at, id);

-- Lengths are of what a person counts: a character may be several code points.
alter table oauth_app drop constraint oauth_app_name_check, drop constraint oauth_app_description_check,
  add constraint oauth_app_name_check check (length(name) between 1 and 1020),
  add constraint oauth_app_description_check check (length(description) <= 1020);
