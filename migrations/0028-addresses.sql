-- Who makes an account waits until they have shown that they read mail at the address they gave, and until they are let in
-- where the community asks for that. Until then they are no member: status w is in no list, no count, no event, and nobody
-- signs in with it; only the name is taken. What others see of a status stays a, b, d, u: a w is an account like any other.
alter table users drop constraint users_status_check,
  add constraint users_status_check check (status in ('a', 'b', 'd', 'u', 'w')) not valid;

create or replace function member_profile_json(id bigint, username text, real_name text, avatar text, cover text, ext_id text,
  date_joined timestamptz, bio text, location text, location_lat_lng text, position_lat_lng text, date_of_birth date,
  description text, gender text, status "char", website text, reputation integer)
returns text language sql immutable parallel safe as $$
  select substr(json, 2, length(json) - 2) from (select row_to_json(profile)::text as json from (
    select id, username, real_name, avatar, cover, ext_id,
      to_char(date_joined at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"') as date_joined, bio, location,
      location_lat_lng, position_lat_lng, date_of_birth, description, gender,
      case status when 'w' then 'a' else status::text end as status, website, '[]'::json as tags, reputation
  ) profile) rendered
$$;

-- What they wait for.
create table sign_up (
  member_id bigint primary key references users on delete cascade,
  -- As they gave it: it is theirs only once they have confirmed it.
  email text,
  language text not null,
  created_at timestamptz not null,
  unconfirmed boolean not null,
  unapproved boolean not null
);
create index sign_up_unapproved on sign_up (created_at, member_id) where unapproved;
create index sign_up_unconfirmed on sign_up (created_at) where unconfirmed;

-- What was sent to an address: s confirms that of a new account, c another address, r lets its member choose another
-- password. Each is good once. Only its SHA-256 is kept.
create table validation_code (
  hash text primary key,
  member_id bigint not null references users on delete cascade,
  purpose "char" not null check (purpose in ('s', 'c', 'r')),
  email text not null,
  created_at timestamptz not null,
  expires_at timestamptz not null
);
create index validation_code_member on validation_code (member_id, purpose, created_at);
create index validation_code_expires on validation_code (expires_at);

-- Somebody has forgotten the password of an account with this address, if there is one: it is looked for when they have
-- their answer, so that nothing tells them whether there is.
create table recovery (
  id bigint generated always as identity primary key,
  email text not null,
  language text not null,
  asked_at timestamptz not null
);
