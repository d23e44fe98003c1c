-- How many events of each type each day had, for what is drawn over time: a chore counts them, each transaction once.
create table event_day (
  day date not null,
  type text not null,
  n bigint not null,
  primary key (day, type)
);
-- The first transaction that is not counted yet.
create table event_day_counted (
  singleton boolean primary key default true check (singleton),
  upto xid8 not null default '0'
);
insert into event_day_counted default values;
