-- Where clients reach this community, as the server that started last knows it; what the database renders has absolute
-- addresses of it. Empty before the first start: then addresses are paths. A row of its own, because that of the
-- community changes with every member who joins.
create table public_address (
  singleton boolean primary key default true check (singleton),
  -- It stands between quotes in JSON as it is.
  base text not null default '' check (base ~ '^(https?://[A-Za-z0-9._:\[\]-]+)?$')
);
insert into public_address default values;
