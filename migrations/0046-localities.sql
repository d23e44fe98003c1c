-- Places that members may name, from the file that whoever runs the community names: which that was, as it was last read.
create table locality (
  id bigint generated always as identity primary key,
  full_address text not null,
  postal_code text not null,
  town text not null,
  province text not null,
  province_short text not null,
  region text not null,
  country text not null,
  lat double precision not null check (lat between -90 and 90),
  lng double precision not null check (lng between -180 and 180),
  -- Town and address, as they are searched.
  folded text collate "C" not null
);
create index locality_searched on locality using gin (grams(folded));
create table locality_source (
  one boolean primary key default true check (one),
  -- Of the bytes of the file, and by which rules it was folded.
  digest text not null default '',
  localities integer not null default 0
);
insert into locality_source default values;
