-- What contributions are illustrated with: pictures, documents, links.
create table media (
  id bigint generated always as identity primary key,
  owner_id bigint not null references users,
  -- eimage: a picture within the text.
  type text not null check (type in ('image', 'eimage', 'doc', 'url', 'share')),
  -- The same file may be sent twice by one member: it is kept once.
  file_id bigint references file,
  added_at timestamptz not null,
  title text not null default '',
  description text not null default '',
  url text,
  -- Addresses on this server, without the server.
  image text,
  image_width integer,
  image_height integer,
  thumbnail json,
  mimetype text,
  size bigint,
  embed_type text,
  embed_id text,
  metadata json,
  -- What shows it, from when on; until then it is its owner's alone.
  contribution_id bigint references contribution,
  -- Since when nothing shows it.
  loose_since timestamptz,
  clicks bigint not null default 0,
  check ((contribution_id is null) = (loose_since is not null))
);
create index media_owner on media (owner_id, id);
create index media_file on media (file_id) where file_id is not null;
create index media_of on media (contribution_id) where contribution_id is not null;
create index media_loose on media (loose_since) where loose_since is not null;

-- In the order they are shown.
alter table contribution add column medias bigint[] not null default '{}';

-- Files that come in pieces.
create table upload (
  id text primary key,
  owner_id bigint not null references users,
  filename text not null,
  total bigint not null check (total > 0),
  received bigint not null default 0,
  expires_at timestamptz not null,
  -- What became of it: who asks again is given the same.
  media_id bigint
);
create index upload_owner on upload (owner_id);
create index upload_expires on upload (expires_at);

create table upload_piece (
  upload_id text not null references upload on delete cascade,
  start bigint not null,
  bytes integer not null,
  primary key (upload_id, start)
);
