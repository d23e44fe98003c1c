-- How far the log has been shortened: no event up to `upto` is there any more, every later one is. `before` is when the last
-- of them happened, `held` why the next old one is still there.
create table event_removed (
  singleton boolean primary key default true check (singleton),
  upto bigint not null default 0,
  before timestamptz,
  held text
);
insert into event_removed default values;
