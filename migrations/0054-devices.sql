-- What members are told on besides open pages: browsers that take web push, and devices of apps.
create table device (
  id bigint generated always as identity primary key,
  member_id bigint not null references users,
  -- wp: web push. Of the others nothing is sent.
  type text not null check (type in ('wp', 'gcm', 'fcm', 'apns')),
  registration_id text not null,
  name text not null default '',
  device_id text,
  cloud_message_type text,
  -- Where the browser's vendor takes what is pushed, and how it is encrypted for the browser alone.
  endpoint text,
  p256dh text,
  auth text,
  created_at timestamptz not null,
  unique (type, registration_id),
  check (type <> 'wp' or (endpoint is not null and p256dh is not null and auth is not null))
);
create index device_member on device (member_id, id);

-- How far the event log was read for what is to be pushed.
create table push_place (
  singleton boolean primary key default true check (singleton),
  txid xid8 not null default pg_current_xact_id(),
  id bigint not null default 0
);
insert into push_place default values;

-- What is to be pushed: the notification that an event tells of, to a device.
create table push (
  id bigint generated always as identity primary key,
  device_id bigint not null references device on delete cascade,
  event_id bigint not null,
  attempts integer not null default 0,
  due_at timestamptz not null,
  created_at timestamptz not null,
  unique (device_id, event_id)
);
create index push_due on push (due_at, id);
