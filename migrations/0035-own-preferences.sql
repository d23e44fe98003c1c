-- What clients keep for a member, by keys of their own.
create table user_preference (
  id bigint generated always as identity primary key,
  member_id bigint not null references users,
  key text not null check (key <> ''),
  value jsonb not null,
  created_at timestamptz not null,
  last_updated_at timestamptz not null,
  constraint user_preference_key unique (member_id, key)
);

-- Who a member says they are elsewhere. They say so themselves: it proves nothing, and two may say the same.
create table user_provider (
  member_id bigint not null references users,
  provider text not null,
  ext_id text not null,
  profile_url text,
  show_in_profile boolean not null,
  primary key (member_id, provider, ext_id)
);
