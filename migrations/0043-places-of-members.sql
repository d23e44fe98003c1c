-- Where members are, to be searched by distance: the coordinates they have given of themselves, else those of the place they
-- have named. What is none of the two (an earlier Kith took 999,999) is nowhere. A point is longitude, latitude.
create function place_of(position_lat_lng text, location_lat_lng text) returns point
language sql immutable parallel safe as $$
  select case when t ~ '^[-+]?\d{1,3}(\.\d+)?,[-+]?\d{1,3}(\.\d+)?$'
      and split_part(t, ',', 1)::float8 between -90 and 90 and split_part(t, ',', 2)::float8 between -180 and 180
    then point(split_part(t, ',', 2)::float8, split_part(t, ',', 1)::float8) end
  from (select case when position_lat_lng <> '' then position_lat_lng else location_lat_lng end as t) one
$$;

-- In metres, on a globe.
create function metres_between(a point, b point) returns bigint language sql immutable parallel safe as $$
  select round(2 * 6371008.8 * asin(least(1, sqrt(
    sin(radians(b[1] - a[1]) / 2) ^ 2
    + cos(radians(a[1])) * cos(radians(b[1])) * sin(radians(b[0] - a[0]) / 2) ^ 2))))::bigint
$$;

-- Of those who are members now, and somewhere. A table of its own: a city full of them is read in a moment.
create table member_place (
  member_id bigint primary key references users on delete cascade,
  place point not null
);

create function keep_place() returns trigger language plpgsql as $$
declare
  place point := case when new.status in ('a', 'b') then place_of(new.position_lat_lng, new.location_lat_lng) end;
begin
  if place is null then
    delete from member_place where member_id = new.id;
  else
    insert into member_place values (new.id, place) on conflict (member_id) do update set place = excluded.place;
  end if;
  return null;
end $$;
create trigger users_placed after insert on users for each row
  when (new.position_lat_lng <> '' or new.location_lat_lng <> '') execute function keep_place();
create trigger users_moved after update of position_lat_lng, location_lat_lng, status on users for each row
  when ((old.position_lat_lng, old.location_lat_lng, old.status)
    is distinct from (new.position_lat_lng, new.location_lat_lng, new.status)) execute function keep_place();

insert into member_place select id, place from (
  select id, place_of(position_lat_lng, location_lat_lng) as place from users
  where status in ('a', 'b') and (position_lat_lng <> '' or location_lat_lng <> '')
) u where place is not null;
create index member_place_near on member_place using gist (place) include (member_id);
