-- What two members write to each other, and nobody else reads. The row of a thread is locked by whatever changes its
-- messages or the counts of its sides: ids of messages are in the order they were written in.
create table message_thread (
  id bigint generated always as identity primary key,
  low_id bigint not null references users,
  high_id bigint not null references users,
  created_at timestamptz not null,
  -- Neither side shows what was written up to here: to be deleted.
  purge_to bigint,
  unique (low_id, high_id),
  check (low_id < high_id)
);
create index message_thread_high on message_thread (high_id);
create index message_thread_purge on message_thread (id) where purge_to is not null;

-- A thread as one of the two has it.
create table message_side (
  member_id bigint not null references users,
  other_id bigint not null references users,
  thread_id bigint not null references message_thread,
  -- The member has deleted what was written up to here, and has read up to there.
  cleared_to bigint not null default 0,
  read_to bigint not null default 0,
  -- Of the messages behind cleared_to: how many, how many of them the other wrote behind read_to, and the last, null of none.
  messages integer not null default 0 check (messages >= 0),
  unread integer not null default 0 check (unread >= 0),
  last_id bigint,
  primary key (member_id, other_id),
  unique (thread_id, member_id),
  check ((last_id is null) = (messages = 0)),
  check (unread <= messages)
) with (fillfactor = 80);
create index message_side_last on message_side (member_id, last_id desc) where last_id is not null;

-- How many threads a member has that are not empty.
create table message_box (
  member_id bigint primary key references users,
  threads integer not null default 0 check (threads >= 0)
) with (fillfactor = 80);

-- What goes with messages. Until one does it is its owner's alone, and deleted a day later.
create table message_file (
  uuid text primary key,
  owner_id bigint not null references users,
  -- Null until all pieces are there.
  file_id bigint unique references file,
  thumbnail_id bigint unique references file,
  -- How many pieces it comes in.
  parts integer,
  filename text not null default '',
  mimetype text not null default '',
  bytes bigint not null default 0,
  duration integer,
  -- Addresses on this server, without the server.
  url text,
  thumbnail text,
  loose_since timestamptz,
  check ((file_id is null) = (url is null))
);
create index message_file_owner on message_file (owner_id);
create index message_file_loose on message_file (loose_since) where loose_since is not null;

-- Of files that are not whole. A chore deletes them once the file is whole, or there is none any more.
create table message_piece (
  uuid text not null,
  part integer not null,
  bytes integer not null,
  primary key (uuid, part)
);

create table message (
  id bigint generated always as identity primary key,
  thread_id bigint not null references message_thread,
  sender_id bigint not null references users,
  receiver_id bigint not null references users,
  html text not null,
  summary text not null,
  created_at timestamptz not null,
  -- Its sender does not see it any more; the other does.
  hidden boolean not null default false,
  file_uuid text references message_file
);
create index message_of on message (thread_id, id);
create index message_sender on message (sender_id, id);
create index message_receiver on message (receiver_id, id);
create index message_with on message (file_uuid) where file_uuid is not null;
