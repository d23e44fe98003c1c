-- Printed by `npm run sql`. The statements of a slice, as PostgreSQL is given them in their usual variant.

-- all
-- $1 staff, $2 viewer, $3 limit
with p as (
  select p.*, row_number() over () as n from (
    select * from (select incubator.id, incubator.id as k0 from incubator where (incubator.status <> 3 or $1::boolean)
      and incubator.author_id not in (select other_id from relation where member_id = $2::bigint and (hidden_place is not null or hidden_by) and (hidden_place is not null or not exists (select from users m
  where m.id = $2::bigint and m.status = 'a' and m.role in ('admin', 'moderator')))
  union all select author_id from hidden_author where member_id = $2::bigint
  union all select member_id from erasure)
      order by incubator.id asc limit 101) few limit $3::bigint + 1
  ) p
), page as (
  select p.n, json_build_array(p.k0)::text as key, /* Incubator */ concat('{"id":', incubator.id, ',"name":', to_json((incubator.name)::text)::text, ',"slug":', to_json((incubator.slug)::text)::text, ',"slogan":', coalesce(to_json((incubator.slogan)::text)::text, 'null'), ',"status":', incubator.status, ',"added_at":"', to_char(incubator.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","approved_category":', coalesce(case when incubator.category_id is null then 'null' else /* Category */ concat(e'\x02Category\x1f', category.id, e'\x1f', category.xmin, e'\x1f', case when f.member_id is not null then 'true' else 'false' end, e'\x03') end, 'null'), /* User */ e',"user":\x02User 011111\x1f', u.id, e'\x1f', u.xmin, e'\x1f', coalesce(case v.state when 4 then '"connected"' when 1 then '"sent_connection_request"' when 2 then '"received_connection_request"' end, 'null'), e'\x03,"subscribers_count":', incubator.subscribers, ',"subscribers_threshold":', incubator.threshold, ',"subscribed":', case when s.member_id is not null then 'true' else 'false' end, '}') as row from p join incubator on incubator.id = p.id join users u on u.id = incubator.author_id left join lateral (
    select * from relation tied where tied.member_id = $2::bigint and tied.other_id = u.id offset 0) v on true
  left join category on category.id = incubator.category_id left join category_follower f on f.category_id = category.id and f.member_id = $2::bigint
  left join incubator_subscriber s on s.incubator_id = incubator.id and s.member_id = $2::bigint
)
select (select pending + proposals + approved + case when $1::boolean then ignored else 0 end - (select coalesce(sum((select count(*) from incubator x where x.author_id = a.id and (x.status <> 3 or $1::boolean) )), 0) from (select distinct * from (select other_id from relation where member_id = $2::bigint and (hidden_place is not null or hidden_by) and (hidden_place is not null or not exists (select from users m
  where m.id = $2::bigint and m.status = 'a' and m.role in ('admin', 'moderator')))
  union all select author_id from hidden_author where member_id = $2::bigint
  union all select member_id from erasure) all_of_them) a (id)) from incubator_total)::int as count, count(*)::int as n,
  count(*) filter (where n <= $3::bigint)::int as shown,
  string_agg(row::text, ',' order by n) filter (where n <= $3::bigint) as rows,
  max(key) filter (where n = 1) as nearest, max(key) filter (where n = $3::bigint) as farthest,
  null::text as repeated, concat(pg_current_snapshot(), ' ', pg_postmaster_start_time(), ' ', pg_relation_filepath('pg_class'), ' ', (select xmin from public_address)) as at,
  null::text as tables, '' as held
from page;

-- all, usually
-- $1 staff, $2 limit, $3 viewer
with p as (
  select p.*, row_number() over () as n from (
    select * from (select incubator.id, incubator.id as k0 from incubator where (incubator.status <> 3 or $1::boolean)
      and true
      order by incubator.id asc limit 101) few limit $2::bigint + 1
  ) p
), page as (
  select p.n, json_build_array(p.k0)::text as key, /* Incubator */ concat('{"id":', incubator.id, ',"name":', to_json((incubator.name)::text)::text, ',"slug":', to_json((incubator.slug)::text)::text, ',"slogan":', coalesce(to_json((incubator.slogan)::text)::text, 'null'), ',"status":', incubator.status, ',"added_at":"', to_char(incubator.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","approved_category":', coalesce(case when incubator.category_id is null then 'null' else /* Category */ concat(e'\x02Category\x1f', category.id, e'\x1f', category.xmin, e'\x1f', case when f.member_id is not null then 'true' else 'false' end, e'\x03') end, 'null'), /* User */ e',"user":\x02User 011111\x1f', u.id, e'\x1f', u.xmin, e'\x1f', coalesce(case v.state when 4 then '"connected"' when 1 then '"sent_connection_request"' when 2 then '"received_connection_request"' end, 'null'), e'\x03,"subscribers_count":', incubator.subscribers, ',"subscribers_threshold":', incubator.threshold, ',"subscribed":', case when s.member_id is not null then 'true' else 'false' end, '}') as row from p join incubator on incubator.id = p.id join users u on u.id = incubator.author_id left join lateral (
    select * from relation tied where tied.member_id = $3::bigint and tied.other_id = u.id offset 0) v on true
  left join category on category.id = incubator.category_id left join category_follower f on f.category_id = category.id and f.member_id = $3::bigint
  left join incubator_subscriber s on s.incubator_id = incubator.id and s.member_id = $3::bigint
)
select (select pending + proposals + approved + case when $1::boolean then ignored else 0 end - (select coalesce(sum((select count(*) from incubator x where x.author_id = a.id and (x.status <> 3 or $1::boolean) )), 0) from (select distinct * from (select other_id from relation where member_id = $3::bigint and (hidden_place is not null or hidden_by) and (hidden_place is not null or not exists (select from users m
  where m.id = $3::bigint and m.status = 'a' and m.role in ('admin', 'moderator')))
  union all select author_id from hidden_author where member_id = $3::bigint
  union all select member_id from erasure) all_of_them) a (id)) from incubator_total)::int as count, count(*)::int as n,
  count(*) filter (where n <= $2::bigint)::int as shown,
  string_agg(row::text, ',' order by n) filter (where n <= $2::bigint) as rows,
  max(key) filter (where n = 1) as nearest, max(key) filter (where n = $2::bigint) as farthest,
  null::text as repeated, concat(pg_current_snapshot(), ' ', pg_postmaster_start_time(), ' ', pg_relation_filepath('pg_class'), ' ', (select xmin from public_address)) as at,
  null::text as tables, concat((not exists (select h.other_id from relation h
  where h.member_id = $3::bigint and (h.hidden_place is not null or h.hidden_by))), (not exists (select from hidden_author where member_id = $3::bigint)), (not exists (select from erasure))) as held
from page;

-- approve
-- $1 id, $2 category
with old as materialized (
      select status as was from incubator where id = $1::bigint
    ), changed as (
      update incubator set status = 2, category_id = $2::bigint where id = $1::bigint returning status
    )
    update incubator_total t set pending = t.pending + d.pending, proposals = t.proposals + d.proposals, approved = t.approved + d.approved, ignored = t.ignored + d.ignored
    from (select (count(*) filter (where status = 0) - count(*) filter (where was = 0))::int as pending, (count(*) filter (where status = 1) - count(*) filter (where was = 1))::int as proposals, (count(*) filter (where status = 2) - count(*) filter (where was = 2))::int as approved, (count(*) filter (where status = 3) - count(*) filter (where was = 3))::int as ignored from (select status, was from changed, old) c having count(*) filter (where was is distinct from status) > 0) d;

-- choose those to erase
-- $1 author, $2 most
select id, status = 2 as approved from incubator where author_id = $1::bigint
    order by id limit $2::int for update;

-- count all again
update incubator_total set pending = (select count(*) from incubator where status = 0), proposals = (select count(*) from incubator where status = 1), approved = (select count(*) from incubator where status = 2), ignored = (select count(*) from incubator where status = 3);

-- count supporters again, lock
-- $1 id
select from incubator where id = $1::bigint for update;

-- count supporters again, step 1
-- $1 id
with old as materialized (select status as was from incubator where id = $1::bigint), n as materialized (
        select count(*)::int as n from incubator_subscriber where incubator_id = $1::bigint
      ), changed as (
        update incubator set subscribers = n.n, status = case when status > 1 then status else (n.n >= threshold)::int end from n where id = $1::bigint returning status
      )
      update incubator_total t set pending = t.pending + d.pending, proposals = t.proposals + d.proposals, approved = t.approved + d.approved, ignored = t.ignored + d.ignored
    from (select (count(*) filter (where status = 0) - count(*) filter (where was = 0))::int as pending, (count(*) filter (where status = 1) - count(*) filter (where was = 1))::int as proposals, (count(*) filter (where status = 2) - count(*) filter (where was = 2))::int as approved, (count(*) filter (where status = 3) - count(*) filter (where was = 3))::int as ignored from (select status, was from changed, old) c having count(*) filter (where was is distinct from status) > 0) d;

-- due to be indexed
select id, name, slogan from incubator where search_rules < 1
    order by id limit 500 for no key update skip locked;

-- end all support of a member
-- $1 member
with gone as (
      delete from incubator_subscriber where member_id = $1::bigint returning incubator_id
    ), left_behind as materialized (
      select id from incubator where id in (select incubator_id from gone) order by id for no key update
    ), lowered as (
      update incubator set subscribers = subscribers - n.n, status = case when status > 1 then status else (subscribers - n.n >= threshold)::int end
      from left_behind, (select incubator_id, count(*)::int as n from gone group by 1) n
      where incubator.id = left_behind.id and n.incubator_id = left_behind.id
      returning status, case when status > 1 then status else (subscribers + n.n >= threshold)::int end as was
    )
    update incubator_total t set pending = t.pending + d.pending, proposals = t.proposals + d.proposals, approved = t.approved + d.approved, ignored = t.ignored + d.ignored
    from (select (count(*) filter (where status = 0) - count(*) filter (where was = 0))::int as pending, (count(*) filter (where status = 1) - count(*) filter (where was = 1))::int as proposals, (count(*) filter (where status = 2) - count(*) filter (where was = 2))::int as approved, (count(*) filter (where status = 3) - count(*) filter (where was = 3))::int as ignored from (select status, was from lowered) c having count(*) filter (where was is distinct from status) > 0) d;

-- erase
-- $1 ids
with gone as (
      delete from incubator where id = any($1::bigint[]) returning status
    )
    update incubator_total t set pending = t.pending + d.pending, proposals = t.proposals + d.proposals, approved = t.approved + d.approved, ignored = t.ignored + d.ignored
    from (select (count(*) filter (where status = 0) - count(*) filter (where was = 0))::int as pending, (count(*) filter (where status = 1) - count(*) filter (where was = 1))::int as proposals, (count(*) filter (where status = 2) - count(*) filter (where was = 2))::int as approved, (count(*) filter (where status = 3) - count(*) filter (where was = 3))::int as ignored from (select null::smallint as status, status as was from gone) c having count(*) filter (where was is distinct from status) > 0) d;

-- erase supporters of what a member proposed
-- $1 author, $2 most
with chosen as materialized (
      select s.incubator_id, s.member_id from incubator join incubator_subscriber s on s.incubator_id = incubator.id
      where incubator.author_id = $1::bigint limit $2::int
    ), gone as (
      delete from incubator_subscriber s using chosen c
      where s.incubator_id = c.incubator_id and s.member_id = c.member_id returning s.incubator_id
    ), left_behind as materialized (
      select id from incubator where id in (select incubator_id from gone) order by id for no key update
    ), lowered as (
      update incubator set subscribers = subscribers - n.n, status = case when status > 1 then status else (subscribers - n.n >= threshold)::int end
      from left_behind, (select incubator_id, count(*)::int as n from gone group by 1) n
      where incubator.id = left_behind.id and n.incubator_id = left_behind.id
      returning status, case when status > 1 then status else (subscribers + n.n >= threshold)::int end as was
    ), counted as (
      update incubator_total t set pending = t.pending + d.pending, proposals = t.proposals + d.proposals, approved = t.approved + d.approved, ignored = t.ignored + d.ignored
    from (select (count(*) filter (where status = 0) - count(*) filter (where was = 0))::int as pending, (count(*) filter (where status = 1) - count(*) filter (where was = 1))::int as proposals, (count(*) filter (where status = 2) - count(*) filter (where was = 2))::int as approved, (count(*) filter (where status = 3) - count(*) filter (where was = 3))::int as ignored from (select status, was from lowered) c having count(*) filter (where was is distinct from status) > 0) d
    )
    select count(*)::int as n from gone;

-- found
-- $1 staff, $2 part, $3 viewer, $4 limit
with p as (
  select p.*, row_number() over () as n from (
    select * from (select incubator.id, incubator.id as k0 from incubator where (incubator.status <> 3 or $1::boolean)  and grams(incubator.folded_name || ' ' || incubator.folded_slogan) @@ ($2::text[])[1]::tsquery and incubator.folded_name || ' ' || incubator.folded_slogan like ($2::text[])[2]
      and incubator.author_id not in (select other_id from relation where member_id = $3::bigint and (hidden_place is not null or hidden_by) and (hidden_place is not null or not exists (select from users m
  where m.id = $3::bigint and m.status = 'a' and m.role in ('admin', 'moderator')))
  union all select author_id from hidden_author where member_id = $3::bigint
  union all select member_id from erasure)
      order by incubator.id asc limit 101) few limit $4::bigint + 1
  ) p
), page as (
  select p.n, json_build_array(p.k0)::text as key, /* Incubator */ concat('{"id":', incubator.id, ',"name":', to_json((incubator.name)::text)::text, ',"slug":', to_json((incubator.slug)::text)::text, ',"slogan":', coalesce(to_json((incubator.slogan)::text)::text, 'null'), ',"status":', incubator.status, ',"added_at":"', to_char(incubator.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","approved_category":', coalesce(case when incubator.category_id is null then 'null' else /* Category */ concat(e'\x02Category\x1f', category.id, e'\x1f', category.xmin, e'\x1f', case when f.member_id is not null then 'true' else 'false' end, e'\x03') end, 'null'), /* User */ e',"user":\x02User 011111\x1f', u.id, e'\x1f', u.xmin, e'\x1f', coalesce(case v.state when 4 then '"connected"' when 1 then '"sent_connection_request"' when 2 then '"received_connection_request"' end, 'null'), e'\x03,"subscribers_count":', incubator.subscribers, ',"subscribers_threshold":', incubator.threshold, ',"subscribed":', case when s.member_id is not null then 'true' else 'false' end, '}') as row from p join incubator on incubator.id = p.id join users u on u.id = incubator.author_id left join lateral (
    select * from relation tied where tied.member_id = $3::bigint and tied.other_id = u.id offset 0) v on true
  left join category on category.id = incubator.category_id left join category_follower f on f.category_id = category.id and f.member_id = $3::bigint
  left join incubator_subscriber s on s.incubator_id = incubator.id and s.member_id = $3::bigint
)
select (select count(*) from incubator where (incubator.status <> 3 or $1::boolean)  and grams(incubator.folded_name || ' ' || incubator.folded_slogan) @@ ($2::text[])[1]::tsquery and incubator.folded_name || ' ' || incubator.folded_slogan like ($2::text[])[2]
      and incubator.author_id not in (select other_id from relation where member_id = $3::bigint and (hidden_place is not null or hidden_by) and (hidden_place is not null or not exists (select from users m
  where m.id = $3::bigint and m.status = 'a' and m.role in ('admin', 'moderator')))
  union all select author_id from hidden_author where member_id = $3::bigint
  union all select member_id from erasure))::int as count, count(*)::int as n,
  count(*) filter (where n <= $4::bigint)::int as shown,
  string_agg(row::text, ',' order by n) filter (where n <= $4::bigint) as rows,
  max(key) filter (where n = 1) as nearest, max(key) filter (where n = $4::bigint) as farthest,
  null::text as repeated, concat(pg_current_snapshot(), ' ', pg_postmaster_start_time(), ' ', pg_relation_filepath('pg_class'), ' ', (select xmin from public_address)) as at,
  null::text as tables, '' as held
from page;

-- found, usually
-- $1 staff, $2 part, $3 limit, $4 viewer
with p as (
  select p.*, row_number() over () as n from (
    select * from (select incubator.id, incubator.id as k0 from incubator where (incubator.status <> 3 or $1::boolean)  and grams(incubator.folded_name || ' ' || incubator.folded_slogan) @@ ($2::text[])[1]::tsquery and incubator.folded_name || ' ' || incubator.folded_slogan like ($2::text[])[2]
      and true
      order by incubator.id asc limit 101) few limit $3::bigint + 1
  ) p
), page as (
  select p.n, json_build_array(p.k0)::text as key, /* Incubator */ concat('{"id":', incubator.id, ',"name":', to_json((incubator.name)::text)::text, ',"slug":', to_json((incubator.slug)::text)::text, ',"slogan":', coalesce(to_json((incubator.slogan)::text)::text, 'null'), ',"status":', incubator.status, ',"added_at":"', to_char(incubator.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","approved_category":', coalesce(case when incubator.category_id is null then 'null' else /* Category */ concat(e'\x02Category\x1f', category.id, e'\x1f', category.xmin, e'\x1f', case when f.member_id is not null then 'true' else 'false' end, e'\x03') end, 'null'), /* User */ e',"user":\x02User 011111\x1f', u.id, e'\x1f', u.xmin, e'\x1f', coalesce(case v.state when 4 then '"connected"' when 1 then '"sent_connection_request"' when 2 then '"received_connection_request"' end, 'null'), e'\x03,"subscribers_count":', incubator.subscribers, ',"subscribers_threshold":', incubator.threshold, ',"subscribed":', case when s.member_id is not null then 'true' else 'false' end, '}') as row from p join incubator on incubator.id = p.id join users u on u.id = incubator.author_id left join lateral (
    select * from relation tied where tied.member_id = $4::bigint and tied.other_id = u.id offset 0) v on true
  left join category on category.id = incubator.category_id left join category_follower f on f.category_id = category.id and f.member_id = $4::bigint
  left join incubator_subscriber s on s.incubator_id = incubator.id and s.member_id = $4::bigint
)
select (select count(*) from incubator where (incubator.status <> 3 or $1::boolean)  and grams(incubator.folded_name || ' ' || incubator.folded_slogan) @@ ($2::text[])[1]::tsquery and incubator.folded_name || ' ' || incubator.folded_slogan like ($2::text[])[2]
      and true)::int as count, count(*)::int as n,
  count(*) filter (where n <= $3::bigint)::int as shown,
  string_agg(row::text, ',' order by n) filter (where n <= $3::bigint) as rows,
  max(key) filter (where n = 1) as nearest, max(key) filter (where n = $3::bigint) as farthest,
  null::text as repeated, concat(pg_current_snapshot(), ' ', pg_postmaster_start_time(), ' ', pg_relation_filepath('pg_class'), ' ', (select xmin from public_address)) as at,
  null::text as tables, concat((not exists (select h.other_id from relation h
  where h.member_id = $4::bigint and (h.hidden_place is not null or h.hidden_by))), (not exists (select from hidden_author where member_id = $4::bigint)), (not exists (select from erasure))) as held
from page;

-- ignore or take up again
-- $1 id
with old as materialized (
      select status as was from incubator where id = $1::bigint
    ), changed as (
      update incubator set status = case status when 3 then (subscribers >= threshold)::int else 3 end
      where id = $1::bigint returning status
    )
    update incubator_total t set pending = t.pending + d.pending, proposals = t.proposals + d.proposals, approved = t.approved + d.approved, ignored = t.ignored + d.ignored
    from (select (count(*) filter (where status = 0) - count(*) filter (where was = 0))::int as pending, (count(*) filter (where status = 1) - count(*) filter (where was = 1))::int as proposals, (count(*) filter (where status = 2) - count(*) filter (where was = 2))::int as approved, (count(*) filter (where status = 3) - count(*) filter (where was = 3))::int as ignored from (select status, was from changed, old) c having count(*) filter (where was is distinct from status) > 0) d;

-- index
-- $1 rows
update incubator t set folded_name = d.folded_name, sort_name = d.sort_name, folded_slogan = d.folded_slogan, search_rules = 1
    from json_to_recordset($1::json) as d(id bigint, folded_name text, sort_name text, folded_slogan text) where t.id = d.id;

-- lock to decide
-- $1 id
select incubator.author_id as author, incubator.name, incubator.slug, incubator.slogan, incubator.status::int as status, incubator.subscribers, incubator.threshold
    from incubator where incubator.id = $1::bigint and not exists (select from erasure e where e.member_id = incubator.author_id)
    for no key update of incubator;

-- lock who proposes
-- $1 member
select me.status::text as status, me.role, (select version from community) as version from users me where me.id = $1::bigint for no key update of me;

-- look at a supporter
-- $1 member, $2 id, $3 staff
select incubator.status < 2 as open, s.member_id is not null as subscribed, me.status::text as status, me.role, (select version from community) as version
    from incubator left join users me on me.id = $1::bigint
    left join incubator_subscriber s on s.incubator_id = incubator.id and s.member_id = me.id
    where incubator.id = $2::bigint and (incubator.status <> 3 or $3::boolean or incubator.author_id = $1::bigint) and not coalesce((select true from relation h where h.member_id = $1::bigint and h.other_id = incubator.author_id and (h.hidden_place is not null or h.hidden_by) and (h.hidden_place is not null or not exists (select from users m
  where m.id = $1::bigint and m.status = 'a' and m.role in ('admin', 'moderator')))), false) and not coalesce((select true from hidden_author h where h.member_id = $1::bigint and h.author_id = incubator.author_id), false) and not coalesce((select true from erasure e where e.member_id = incubator.author_id), false);

-- propose
-- $1 author, $2 threshold, $3 now, $4 incubator
with made as (
      insert into incubator (name, slug, slogan, folded_name, sort_name, folded_slogan, author_id, threshold, status, added_at, search_rules)
      select name, slug, slogan, folded_name, sort_name, folded_slogan, $1::bigint, $2::int,
        (0 >= $2::int)::int, $3::timestamptz, 1
      from json_populate_record(null::incubator, $4::json)
      on conflict do nothing returning *
    ), counted as (
      update incubator_total t set pending = t.pending + d.pending, proposals = t.proposals + d.proposals, approved = t.approved + d.approved, ignored = t.ignored + d.ignored
    from (select (count(*) filter (where status = 0) - count(*) filter (where was = 0))::int as pending, (count(*) filter (where status = 1) - count(*) filter (where was = 1))::int as proposals, (count(*) filter (where status = 2) - count(*) filter (where was = 2))::int as approved, (count(*) filter (where status = 3) - count(*) filter (where was = 3))::int as ignored from (select status, null::smallint as was from made) c having count(*) filter (where was is distinct from status) > 0) d
    )
    select id from made;

-- show
-- $1 viewer, $2 id, $3 staff
select x.*, concat(pg_current_snapshot(), ' ', pg_postmaster_start_time(), ' ', pg_relation_filepath('pg_class'), ' ', (select xmin from public_address)) as at, '' as held from (select /* Incubator */ concat('{"id":', incubator.id, ',"name":', to_json((incubator.name)::text)::text, ',"slug":', to_json((incubator.slug)::text)::text, ',"slogan":', coalesce(to_json((incubator.slogan)::text)::text, 'null'), ',"status":', incubator.status, ',"added_at":"', to_char(incubator.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","approved_category":', coalesce(case when incubator.category_id is null then 'null' else /* Category */ concat(e'\x02Category\x1f', category.id, e'\x1f', category.xmin, e'\x1f', case when f.member_id is not null then 'true' else 'false' end, e'\x03') end, 'null'), /* User */ e',"user":\x02User 011111\x1f', u.id, e'\x1f', u.xmin, e'\x1f', coalesce(case v.state when 4 then '"connected"' when 1 then '"sent_connection_request"' when 2 then '"received_connection_request"' end, 'null'), e'\x03,"subscribers_count":', incubator.subscribers, ',"subscribers_threshold":', incubator.threshold, ',"subscribed":', case when s.member_id is not null then 'true' else 'false' end, '}') as json from incubator join users u on u.id = incubator.author_id left join lateral (
    select * from relation tied where tied.member_id = $1::bigint and tied.other_id = u.id offset 0) v on true
  left join category on category.id = incubator.category_id left join category_follower f on f.category_id = category.id and f.member_id = $1::bigint
  left join incubator_subscriber s on s.incubator_id = incubator.id and s.member_id = $1::bigint
    where incubator.id = $2::bigint and (incubator.status <> 3 or $3::boolean or incubator.author_id = $1::bigint) and not coalesce((select true from relation h where h.member_id = $1::bigint and h.other_id = incubator.author_id and (h.hidden_place is not null or h.hidden_by) and (h.hidden_place is not null or not exists (select from users m
  where m.id = $1::bigint and m.status = 'a' and m.role in ('admin', 'moderator')))), false) and not coalesce((select true from hidden_author h where h.member_id = $1::bigint and h.author_id = incubator.author_id), false) and not coalesce((select true from erasure e where e.member_id = incubator.author_id), false)) x;

-- show, usually
-- $1 viewer, $2 id, $3 staff
select x.*, concat(pg_current_snapshot(), ' ', pg_postmaster_start_time(), ' ', pg_relation_filepath('pg_class'), ' ', (select xmin from public_address)) as at, concat((not exists (select h.other_id from relation h
  where h.member_id = $1::bigint and (h.hidden_place is not null or h.hidden_by))), (not exists (select from hidden_author where member_id = $1::bigint)), (not exists (select from erasure))) as held from (select /* Incubator */ concat('{"id":', incubator.id, ',"name":', to_json((incubator.name)::text)::text, ',"slug":', to_json((incubator.slug)::text)::text, ',"slogan":', coalesce(to_json((incubator.slogan)::text)::text, 'null'), ',"status":', incubator.status, ',"added_at":"', to_char(incubator.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","approved_category":', coalesce(case when incubator.category_id is null then 'null' else /* Category */ concat(e'\x02Category\x1f', category.id, e'\x1f', category.xmin, e'\x1f', case when f.member_id is not null then 'true' else 'false' end, e'\x03') end, 'null'), /* User */ e',"user":\x02User 011111\x1f', u.id, e'\x1f', u.xmin, e'\x1f', coalesce(case v.state when 4 then '"connected"' when 1 then '"sent_connection_request"' when 2 then '"received_connection_request"' end, 'null'), e'\x03,"subscribers_count":', incubator.subscribers, ',"subscribers_threshold":', incubator.threshold, ',"subscribed":', case when s.member_id is not null then 'true' else 'false' end, '}') as json from incubator join users u on u.id = incubator.author_id left join lateral (
    select * from relation tied where tied.member_id = $1::bigint and tied.other_id = u.id offset 0) v on true
  left join category on category.id = incubator.category_id left join category_follower f on f.category_id = category.id and f.member_id = $1::bigint
  left join incubator_subscriber s on s.incubator_id = incubator.id and s.member_id = $1::bigint
    where incubator.id = $2::bigint and (incubator.status <> 3 or $3::boolean or incubator.author_id = $1::bigint) and true) x;

-- subscribers
-- $1 viewer, $2 id, $3 limit, $4 staff
with p as (
  select p.*, row_number() over () as n from (
    select * from (select g.member_id, v.state, v.following_place, g.place as k0 from incubator_subscriber g left join lateral (
    select * from relation tied where tied.member_id = $1::bigint and tied.other_id = g.member_id offset 0) v on true
        where g.incubator_id = $2::bigint and not coalesce(v.hidden_place is not null or v.hidden_by, false)
      order by g.place desc limit 101) few limit $3::bigint + 1
  ) p
), page as (
  select p.n, json_build_array(p.k0)::text as key, /* User */ concat(e'\x02User 011111\x1f', u.id, e'\x1f', u.xmin, e'\x1f', coalesce(case v.state when 4 then '"connected"' when 1 then '"sent_connection_request"' when 2 then '"received_connection_request"' end, 'null'), e'\x03') as row from p join users u on u.id = p.member_id cross join lateral (select p.state, p.following_place) v
)
select (select (select subscribers from incubator where id = $2::bigint) - (select count(*)::int from relation h where h.member_id = $1::bigint and (h.hidden_place is not null or h.hidden_by)
      and coalesce((select true from incubator_subscriber g where g.incubator_id = $2::bigint and g.member_id = h.other_id), false)))::int as count, count(*)::int as n,
  count(*) filter (where n <= $3::bigint)::int as shown,
  string_agg(row::text, ',' order by n) filter (where n <= $3::bigint) as rows,
  max(key) filter (where n = 1) as nearest, max(key) filter (where n = $3::bigint) as farthest,
  null::text as repeated, concat(pg_current_snapshot(), ' ', pg_postmaster_start_time(), ' ', pg_relation_filepath('pg_class'), ' ', (select xmin from public_address)) as at,
  null::text as tables, (exists (select from incubator where incubator.id = $2::bigint and (incubator.status <> 3 or $4::boolean or incubator.author_id = $1::bigint) and not coalesce((select true from relation h where h.member_id = $1::bigint and h.other_id = incubator.author_id and (h.hidden_place is not null or h.hidden_by) and (h.hidden_place is not null or not exists (select from users m
  where m.id = $1::bigint and m.status = 'a' and m.role in ('admin', 'moderator')))), false) and not coalesce((select true from hidden_author h where h.member_id = $1::bigint and h.author_id = incubator.author_id), false) and not coalesce((select true from erasure e where e.member_id = incubator.author_id), false))) as "there", '' as held
from page;

-- subscribers, usually
-- $1 viewer, $2 id, $3 limit, $4 staff
with p as (
  select p.*, row_number() over () as n from (
    select * from (select g.member_id, v.state, v.following_place, g.place as k0 from incubator_subscriber g left join lateral (
    select * from relation tied where tied.member_id = $1::bigint and tied.other_id = g.member_id offset 0) v on true
        where g.incubator_id = $2::bigint and not coalesce(v.hidden_place is not null or v.hidden_by, false)
      order by g.place desc limit 101) few limit $3::bigint + 1
  ) p
), page as (
  select p.n, json_build_array(p.k0)::text as key, /* User */ concat(e'\x02User 011111\x1f', u.id, e'\x1f', u.xmin, e'\x1f', coalesce(case v.state when 4 then '"connected"' when 1 then '"sent_connection_request"' when 2 then '"received_connection_request"' end, 'null'), e'\x03') as row from p join users u on u.id = p.member_id cross join lateral (select p.state, p.following_place) v
)
select (select (select subscribers from incubator where id = $2::bigint) - (select count(*)::int from relation h where h.member_id = $1::bigint and (h.hidden_place is not null or h.hidden_by)
      and coalesce((select true from incubator_subscriber g where g.incubator_id = $2::bigint and g.member_id = h.other_id), false)))::int as count, count(*)::int as n,
  count(*) filter (where n <= $3::bigint)::int as shown,
  string_agg(row::text, ',' order by n) filter (where n <= $3::bigint) as rows,
  max(key) filter (where n = 1) as nearest, max(key) filter (where n = $3::bigint) as farthest,
  null::text as repeated, concat(pg_current_snapshot(), ' ', pg_postmaster_start_time(), ' ', pg_relation_filepath('pg_class'), ' ', (select xmin from public_address)) as at,
  null::text as tables, (exists (select from incubator where incubator.id = $2::bigint and (incubator.status <> 3 or $4::boolean or incubator.author_id = $1::bigint) and true)) as "there", concat((not exists (select h.other_id from relation h
  where h.member_id = $1::bigint and (h.hidden_place is not null or h.hidden_by))), (not exists (select from hidden_author where member_id = $1::bigint)), (not exists (select from erasure))) as held
from page;

-- support or no longer
-- $1 member, $2 now, $3 id, $4 version
with s as (
      insert into incubator_subscriber (incubator_id, member_id, added_at)
             select id, $1::bigint, $2::timestamptz from incubator where id = $3::bigint for key share
             on conflict do nothing returning member_id
    ), member as (
      select users.id from users join s on s.member_id = users.id
      where users.status = 'a' and (select version from community) = $4::int for no key update of users
    ), changed as (
      update incubator set subscribers = subscribers + 1, status = case when status > 1 then status else (subscribers + 1 >= threshold)::int end
      from member where incubator.id = $3::bigint and status < 2
      returning status, case when status > 1 then status else (subscribers - 1 >= threshold)::int end as was
    ), counted as (
      update incubator_total t set pending = t.pending + d.pending, proposals = t.proposals + d.proposals, approved = t.approved + d.approved, ignored = t.ignored + d.ignored
    from (select (count(*) filter (where status = 0) - count(*) filter (where was = 0))::int as pending, (count(*) filter (where status = 1) - count(*) filter (where was = 1))::int as proposals, (count(*) filter (where status = 2) - count(*) filter (where was = 2))::int as approved, (count(*) filter (where status = 3) - count(*) filter (where was = 3))::int as ignored from (select status, was from changed) c having count(*) filter (where was is distinct from status) > 0) d
    )
    select case when not exists (select from s) then false when exists (select from changed) then true
      else raise_conflict() end as done;

-- those a member proposed
-- $1 member, $2 after, $3 most
select incubator.id as key, (json_build_object('id', incubator.id, 'name', incubator.name, 'slug', incubator.slug, 'slogan', incubator.slogan, 'status', incubator.status,
      'category', incubator.category_id, 'added_at', incubator.added_at))::text as json from incubator where incubator.author_id = $1::bigint and incubator.id > $2::bigint order by incubator.id limit $3::int;

-- those a member proposed, keys
-- $1 member, $2 after, $3 most
select incubator.id as key from incubator where incubator.author_id = $1::bigint and incubator.id > $2::bigint order by incubator.id limit $3::int;

-- those a member proposed, some
-- $1 member, $2 keys
select (json_build_object('id', incubator.id, 'name', incubator.name, 'slug', incubator.slug, 'slogan', incubator.slogan, 'status', incubator.status,
      'category', incubator.category_id, 'added_at', incubator.added_at))::text as json from incubator where incubator.author_id = $1::bigint and incubator.id = any($2::bigint[]) order by incubator.id;

-- those a member supports
-- $1 member, $2 after, $3 most
select s.place as key, (json_build_object('id', incubator.id, 'name', incubator.name, 'supported_at', s.added_at))::text as json from incubator_subscriber s join incubator on incubator.id = s.incubator_id where s.member_id = $1::bigint and s.place > $2::bigint order by s.place limit $3::int;

-- those a member supports, keys
-- $1 member, $2 after, $3 most
select s.place as key from incubator_subscriber s join incubator on incubator.id = s.incubator_id where s.member_id = $1::bigint and s.place > $2::bigint order by s.place limit $3::int;

-- those a member supports, some
-- $1 member, $2 keys
select (json_build_object('id', incubator.id, 'name', incubator.name, 'supported_at', s.added_at))::text as json from incubator_subscriber s join incubator on incubator.id = s.incubator_id where s.member_id = $1::bigint and s.place = any($2::bigint[]) order by s.place;

-- what has drifted
-- $1 most
with drift as (
      select 'supporters of incubator ' || incubator.id as what, 0::bigint as member, incubator.subscribers as kept, coalesce(s.n, 0)::int as counted,
          'subscribers' as repair, array[incubator.id] as of
        from incubator left join (select incubator_id, count(*) as n from incubator_subscriber group by 1) s on s.incubator_id = incubator.id
        where incubator.subscribers <> coalesce(s.n, 0)
      union all
      select 'incubators that are ' || k.name, 0, k.kept, coalesce(s.n, 0)::int, 'totals', '{}'
        from incubator_total t cross join lateral (values (0, 'pending', t.pending), (1, 'proposals', t.proposals), (2, 'approved', t.approved), (3, 'ignored', t.ignored)) k (status, name, kept)
        left join (select status, count(*) as n from incubator group by 1) s on s.status = k.status
        where k.kept <> coalesce(s.n, 0)
      union all
      select 'supported incubator of a member who is gone', u.id, 0, count(*)::int, null, '{}'
        from users u join incubator_subscriber s on s.member_id = u.id where u.status in ('d', 'u') group by u.id
    )
    select * from drift order by what, member limit $1::bigint;

-- what is taken
-- $1 name, $2 slugs
select
      exists (select from incubator where name_key(incubator.name) = name_key($1::text) and incubator.status <> 2) as named,
      (select w.slug from unnest($2::text[]) with ordinality w (slug, n)
        where not exists (select from incubator where lower(incubator.slug) = lower(w.slug) and incubator.status <> 2)
        order by w.n limit 1) as free;

-- whether a member supports
-- $1 viewer, $2 id, $3 staff
select s.member_id is not null as subscribed from incubator
    left join incubator_subscriber s on s.incubator_id = incubator.id and s.member_id = $1::bigint
    where incubator.id = $2::bigint and (incubator.status <> 3 or $3::boolean or incubator.author_id = $1::bigint) and not coalesce((select true from relation h where h.member_id = $1::bigint and h.other_id = incubator.author_id and (h.hidden_place is not null or h.hidden_by) and (h.hidden_place is not null or not exists (select from users m
  where m.id = $1::bigint and m.status = 'a' and m.role in ('admin', 'moderator')))), false) and not coalesce((select true from hidden_author h where h.member_id = $1::bigint and h.author_id = incubator.author_id), false) and not coalesce((select true from erasure e where e.member_id = incubator.author_id), false);
