-- Programs that may act for members, and how members are recognised: by a token of such a program, or by a session of a
-- browser. Of every secret only its SHA-256 is kept, as base64url: whoever reads the database can use none of them.

-- What OAuth 2.0 calls a client. One without a secret is public: it runs where others can look into it.
create table oauth_app (
  id bigint generated always as identity primary key,
  client_id text not null unique,
  secret_hash text,
  name text not null check (length(name) between 1 and 255),
  description text not null default '' check (length(description) <= 255),
  grants text[] not null check (cardinality(grants) > 0
    and grants <@ array['authorization_code', 'implicit', 'password', 'client_credentials']),
  redirect_uris text[] not null default '{}',
  scopes text[] not null check (cardinality(scopes) > 0 and scopes <@ array['read', 'write']),
  trusted boolean not null default false,
  -- Whom it acts as where it acts for nobody else.
  member_id bigint references users on delete set null,
  created_at timestamptz not null,
  check (secret_hash is not null or not 'client_credentials' = any(grants))
);
create index oauth_app_member on oauth_app (member_id) where member_id is not null;

-- What one member has allowed one app in one sitting. Everything that came of it ends with this row.
create table oauth_grant (
  id bigint generated always as identity primary key,
  app_id bigint not null references oauth_app on delete cascade,
  user_id bigint not null references users on delete cascade,
  scopes text[] not null,
  created_at timestamptz not null,
  -- The last moment at which anything of it is good.
  expires_at timestamptz not null
);
create index oauth_grant_user on oauth_grant (user_id);
create index oauth_grant_app on oauth_grant (app_id);
create index oauth_grant_expires on oauth_grant (expires_at);

create table oauth_code (
  hash text primary key,
  grant_id bigint not null references oauth_grant on delete cascade,
  -- As it was asked with; null when the request named none.
  redirect_uri text,
  challenge text,
  expires_at timestamptz not null,
  used_at timestamptz
);
create index oauth_code_grant on oauth_code (grant_id);

-- a access, r refresh. A refresh token is used once; it stays, so that its second use is noticed.
create table oauth_token (
  hash text primary key,
  grant_id bigint not null references oauth_grant on delete cascade,
  kind "char" not null check (kind in ('a', 'r')),
  scopes text[] not null,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  used_at timestamptz
);
create index oauth_token_grant on oauth_token (grant_id);

-- What members need not be asked again.
create table oauth_consent (
  user_id bigint not null references users on delete cascade,
  app_id bigint not null references oauth_app on delete cascade,
  scopes text[] not null,
  primary key (user_id, app_id)
);
create index oauth_consent_app on oauth_consent (app_id);

-- A browser in which somebody is signed in.
create table session (
  hash text primary key,
  user_id bigint not null references users on delete cascade,
  created_at timestamptz not null,
  expires_at timestamptz not null
);
create index session_member on session (user_id);
create index session_expires on session (expires_at);

-- Tokens that were signed before the password was changed are no longer good.
alter table credential add column changed_at timestamptz;
