-- Printed by `npm run sql`. The statements of a slice, as PostgreSQL is given them in their usual variant.

-- erase members from events
-- $1 after, $2 upTo, $3 batch, $4 members
with looked_at as materialized (
      select id, body from event where id > $1::bigint and id <= $2::bigint order by id limit $3::bigint
    ), changed as (
      update event e set body = without.body
      from (select id, without_members(body, $4::bigint[]) as body from looked_at where names_members(body, $4::bigint[])) without
      where e.id = without.id and e.body::text <> without.body::text returning e.id
    )
    select (select count(*)::int from looked_at) as n, (select max(id) from looked_at) as last,
      array(select id from changed) as changed;

-- events
-- $1 limit
with p as (
  select p.*, row_number() over () as n from (
    select * from (select e.body, e.id as k0 from event e where true
      order by e.id desc limit 501) few limit $1::bigint + 1
  ) p
), page as (
  select p.n, json_build_array(p.k0)::text as key, case when exists (select member_id from erasure where done is null) then without_members(p.body, array(select member_id from erasure where done is null)) else p.body end as row from p
)
select (select (select coalesce(sum(n), 0) from event_tally t where true)
    + (select count(*) from event e where e.txid >= (((select upto from event_tallied)) << 14)::text::xid8 and true))::int as count, count(*)::int as n,
  string_agg(row::text, ',' order by n) filter (where n <= $1::bigint) as rows,
  max(key) filter (where n = 1) as nearest, max(key) filter (where n = $1::bigint) as farthest
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
