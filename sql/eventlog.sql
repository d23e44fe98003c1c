-- Printed by `npm run sql`. The statements of a slice, as PostgreSQL is given them in their usual variant.

-- events
-- $1 limit
with p as (
  select p.*, row_number() over () as n from (
    select * from (select e.body, e.id as k0 from event e where true
      order by e.id desc limit 501) few limit $1::bigint + 1
  ) p
), light as (
  select * from (select p.*, sum(p.weight) over (order by p.n) as total from (select p.*, coalesce(octet_length(p.body::text), 0) as weight from p) p) p
  where n = 1 or total <= 1000000
), page as (
  select p.n, json_build_array(p.k0)::text as key, p.body as row from light p
)
select (select (select coalesce(sum(n), 0) from event_tally t where true)
    + (select count(*) from event e where e.txid >= (((select upto from event_tallied)) << 14)::text::xid8 and true))::int as count, (select count(*) from p)::int as n,
  count(*) filter (where n <= $1::bigint)::int as shown,
  string_agg(row::text, ',' order by n) filter (where n <= $1::bigint) as rows,
  max(key) filter (where n = 1) as nearest, (array_agg(key order by n desc) filter (where n <= $1::bigint))[1] as farthest
from page;

-- lock the tally
select upto from event_tallied for update;

-- settle a restored log
with none as (delete from event_tally), anew as (update event_tallied set upto = 0)
    update event set txid = '0';

-- tally
with bounds as (
      select upto, ((pg_snapshot_xmin(pg_current_snapshot()))::text::bigint >> 14) as till from event_tallied
    ), counted as (
      insert into event_tally (block, type, n)
      select ((e.txid)::text::bigint >> 14), e.type, count(*) from event e, bounds
      where e.txid >= ((bounds.upto) << 14)::text::xid8 and e.txid < ((bounds.till) << 14)::text::xid8 group by 1, 2
    )
    update event_tallied set upto = till from bounds where till > bounds.upto;

-- whether the newest event lies ahead
select txid >= pg_snapshot_xmax(pg_current_snapshot()) as ahead
    from event order by txid desc, id desc limit 1;
