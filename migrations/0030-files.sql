-- Files of members and of the community. The bytes lie in the storage, under the token, which nobody can guess.
create table file (
  id bigint generated always as identity primary key,
  token text not null unique check (token ~ '^[A-Za-z0-9_-]{27}$'),
  -- Whose it is; null: the community's.
  owner_id bigint references users,
  -- pending: until what shows it is written. gone: nothing shows it any more, it is not served, its bytes are deleted.
  state text not null default 'pending' check (state in ('pending', 'kept', 'gone')),
  -- Each [{name, type, bytes, width, height, filename}], the sizes of a picture beside one another.
  parts json not null,
  -- Of what was sent, where the same may be sent again.
  sha256 text,
  created_at timestamptz not null
);
create index file_owner on file (owner_id) where owner_id is not null;
create index file_same on file (owner_id, sha256) where state = 'kept' and sha256 is not null;
create index file_unkept on file (created_at) where state <> 'kept';

-- Pictures that members have uploaded of themselves. The one in users.avatar is shown.
create table avatar (
  id bigint generated always as identity primary key,
  user_id bigint not null references users,
  file_id bigint not null unique references file,
  -- Address on this server, without the server.
  path text not null,
  uploaded_at timestamptz not null
);
create index avatar_user on avatar (user_id, id);

-- Pictures that are to be fetched from where another system has them, and shown then in the place of the address.
create table avatar_fetch (
  user_id bigint primary key references users,
  url text not null,
  due timestamptz not null,
  tries integer not null default 0
);
create index avatar_fetch_due on avatar_fetch (due);
