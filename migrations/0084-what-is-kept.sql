-- How far the log has been shortened: no event up to `upto` is there any more, every later one is. `before` is when the last
-- of them happened, `held` why the next old one is still there.
create table event_removed (
  singleton boolean primary key default true check (singleton),
  upto bigint not null default 0,
  before timestamptz,
  held text
);
insert into event_removed default values;

-- The bytes of these are somebody else's to delete: a community was imported that finds its files where the original has them.
-- An import of an export from before has made it already.
alter table file add column if not exists shared boolean not null default false;
