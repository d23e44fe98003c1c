-- Printed by `npm run sql`. The statements of a slice, as PostgreSQL is given them in their usual variant.

-- add some
-- $1 rows
insert into locality (full_address, postal_code, town, province, province_short, region, country, lat, lng, folded) select full_address, postal_code, town, province, province_short, region, country, lat, lng, folded
    from json_to_recordset($1::json) as x(full_address text, postal_code text, town text, province text, province_short text, region text, country text, lat float8, lng float8, folded text);

-- all
-- $1 limit
with p as (
  select p.*, row_number() over () as n from (
    select * from (select x.id as k0 from locality x where true
      order by x.id asc limit 101) few limit $1::bigint + 1
  ) p
), page as (
  select p.n, json_build_array(p.k0)::text as key, /* Locality */ concat('{"full_address":', to_json((l.full_address)::text)::text, ',"postal_code":', to_json((l.postal_code)::text)::text, ',"town":', to_json((l.town)::text)::text, ',"province":', to_json((l.province)::text)::text, ',"province_short":', to_json((l.province_short)::text)::text, ',"region":', to_json((l.region)::text)::text, ',"country":', to_json((l.country)::text)::text, ',"lat":', l.lat, ',"lng":', l.lng, '}') as row from p join locality l on l.id = p.k0
)
select (select localities from locality_source)::int as count, count(*)::int as n,
  count(*) filter (where n <= $1::bigint)::int as shown,
  string_agg(row::text, ',' order by n) filter (where n <= $1::bigint) as rows,
  max(key) filter (where n = 1) as nearest, max(key) filter (where n = $1::bigint) as farthest,
  null::text as repeated, null::text as at,
  null::text as tables, '' as held
from page;

-- clear
delete from locality;

-- lock the source
select digest from locality_source for update;

-- note the source
-- $1 digest, $2 localities
update locality_source set digest = $1::text, localities = $2::int;
