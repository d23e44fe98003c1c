-- What members are told: a notice for what has happened, a notification of it for each who is told, in a group for each
-- subject. Whatever changes a member's notifications locks their box first, so its numbers are exact.
create table notification_box (
  member_id bigint primary key references users,
  -- The position of their newest notification; positions are given out under the lock of this row.
  last bigint not null default 0,
  -- How many they have not seen.
  unseen integer not null default 0 check (unseen >= 0),
  -- Up to where a mail told of them, when the last one did, when the next is due, and in which language they read.
  mailed_to bigint not null default 0,
  mailed_at timestamptz,
  due_at timestamptz,
  language text not null default 'en',
  -- The member has left: they are told nothing more.
  closed boolean not null default false
) with (fillfactor = 50);
create index notification_box_due on notification_box (due_at) where due_at is not null;

create table notification_notice (
  id bigint generated always as identity primary key,
  type smallint not null,
  -- Who did it; null where that is not told.
  actor_id bigint references users,
  -- What it is about, by its kind; both 0 of what is about the member alone. Then what of it, and what that lies under.
  kind smallint not null default 0,
  subject_id bigint not null default 0,
  owner_id bigint references users,
  -- Whose that is what the part lies under.
  under_owner_id bigint,
  part_kind smallint not null default 0,
  part_id bigint not null default 0,
  under_id bigint not null default 0,
  -- Told once, however often it is done again.
  once boolean not null,
  data jsonb,
  at timestamptz not null
);
create unique index notification_notice_once
  on notification_notice (type, actor_id, kind, subject_id, part_kind, part_id) where once;
create index notification_notice_about on notification_notice (kind, subject_id) where kind <> 0;
create index notification_notice_part on notification_notice (part_kind, part_id) where part_kind <> 0;
create index notification_notice_under on notification_notice (part_kind, under_id) where under_id <> 0;
create index notification_notice_act on notification_notice (actor_id, type, kind, subject_id, part_kind, part_id);
create index notification_notice_owner on notification_notice (owner_id) where owner_id is not null;

create table notification_group (
  id bigint generated always as identity primary key,
  member_id bigint not null references notification_box,
  kind smallint not null,
  subject_id bigint not null,
  -- The notice, of one that stands alone.
  alone bigint not null,
  -- The newest of its notifications, how many there are, and how many of them are not seen: those beyond `seen` that were
  -- not read one by one.
  last bigint not null,
  n integer not null check (n >= 0),
  unseen integer not null check (unseen between 0 and n),
  seen bigint not null default 0,
  unique (member_id, kind, subject_id, alone)
) with (fillfactor = 80);
create index notification_group_last on notification_group (member_id, last desc);

create table notification (
  id bigint generated always as identity primary key,
  member_id bigint not null,
  group_id bigint not null references notification_group,
  notice_id bigint not null references notification_notice,
  position bigint not null,
  -- Read by itself, in a group that is not read.
  read boolean not null default false,
  -- As the notice has them.
  actor_id bigint,
  owner_id bigint,
  unique (notice_id, member_id)
);
create index notification_in_group on notification (group_id, position desc);
create index notification_of on notification (member_id, position);
create index notification_actor on notification (member_id, actor_id) where actor_id is not null;
create index notification_owner on notification (member_id, owner_id) where owner_id <> member_id;

-- The notice that an event of the log tells of.
create table notification_event (
  event_id bigint primary key,
  notice_id bigint not null references notification_notice on delete cascade
);
create index notification_event_notice on notification_event (notice_id);

-- What an act left to be done: to tell the rest of many, or to take away the rest. `task` says which, and `of` of what.
create table notification_task (
  id bigint generated always as identity primary key,
  task text not null,
  of bigint[] not null,
  -- The last member who was told.
  after bigint not null default 0
);
create index notification_task_of on notification_task (of);
