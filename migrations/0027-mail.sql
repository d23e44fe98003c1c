-- Mails that are to go out. Each is written in the transaction of the act it is about, and sent by whichever node takes
-- it. What it says may let somebody in, so it is wiped once it is sent or given up.
create table mail (
  id bigint generated always as identity primary key,
  -- Who it is for, or about: it goes with them.
  member_id bigint references users on delete cascade,
  -- What it is, for those who look after the server.
  kind text not null check (kind ~ '^[a-z_]{1,40}$'),
  sender_name text not null,
  recipient text not null check (length(recipient) <= 320),
  subject text not null,
  body text not null,
  html text not null,
  -- Where one click stops mails of this kind.
  unsubscribe text,
  created_at timestamptz not null,
  -- When it is tried next; a node that has taken it moves this on, so that no other does. Null once it is settled.
  due_at timestamptz,
  attempts integer not null default 0,
  -- What it says is of no use after this.
  good_until timestamptz,
  -- Sent, or given up: then there is a fault.
  settled_at timestamptz,
  fault text,
  check ((due_at is null) = (settled_at is not null)),
  check (settled_at is null or body = '' and html = '')
);
create index mail_due on mail (due_at, id) where due_at is not null;
create index mail_settled on mail (settled_at) where settled_at is not null;
create index mail_member on mail (member_id) where member_id is not null;
create index mail_recipient on mail (lower(recipient), created_at);
