-- A community that was imported beside the one it is a copy of must not write to the same receivers and members. While
-- there is a row, nothing is sent: webhooks, mails, and what browsers are told wait.
create table sending_hold (
  singleton boolean primary key default true check (singleton),
  since timestamptz not null
);
