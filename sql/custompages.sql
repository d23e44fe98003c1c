-- Printed by `npm run sql`. The statements of a slice, as PostgreSQL is given them in their usual variant.

-- all
-- $1 all, $2 now, $3 active, $4 pattern, $5 limit
with p as (
  select p.*, row_number() over () as n from (
    select * from (select c.id, c.sort_title as k0, c.id as k1 from custom_page c where ($1::boolean or (c.active and coalesce(c.valid_from, c.created_at) <= $2::timestamptz and (c.valid_to is null or c.valid_to > $2::timestamptz))) and ($3::boolean is null or c.active = $3::boolean)
      and ($4::text is null or c.folded_title || ' ' || c.slug like $4::text)
      order by c.sort_title asc, c.id asc limit 101) few limit $5::bigint + 1
  ) p
), light as (
  select * from (select p.*, sum(coalesce((select octet_length(coalesce(c.html_body, '')) from custom_page c where c.id = p.id), 0)) over (order by p.n) as total from p) p where n = 1 or total <= 1000000
), page as (
  select p.n, json_build_array(p.k0, p.k1)::text as key, /* CustomPage */ concat('{"id":', c.id, ',"type":"normal","slug":', to_json((c.slug)::text)::text, ',"title":', to_json((c.title)::text)::text, ',"html_summary":', coalesce(to_json((c.html_summary)::text)::text, 'null'), ',"html_body":', coalesce(to_json((c.html_body)::text)::text, 'null'), ',"valid_from":', coalesce('"' || (to_char(c.valid_from at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), ',"valid_to":', coalesce('"' || (to_char(c.valid_to at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), ',"created_at":"', to_char(c.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","updated_at":', coalesce('"' || (to_char(c.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), ',"active":', case when c.active then 'true' else 'false' end, ',"created_by":', c.created_by, ',"updated_by":', coalesce((c.updated_by)::text, 'null'), '}') as row from light p join custom_page c on c.id = p.id
)
select (select count(*) from custom_page c where ($1::boolean or (c.active and coalesce(c.valid_from, c.created_at) <= $2::timestamptz and (c.valid_to is null or c.valid_to > $2::timestamptz))) and ($3::boolean is null or c.active = $3::boolean)
      and ($4::text is null or c.folded_title || ' ' || c.slug like $4::text))::int as count, (select count(*) from p)::int as n,
  count(*) filter (where n <= $5::bigint)::int as shown,
  string_agg(row::text, ',' order by n) filter (where n <= $5::bigint) as rows,
  max(key) filter (where n = 1) as nearest, (array_agg(key order by n desc) filter (where n <= $5::bigint))[1] as farthest,
  null::text as repeated, null::text as at,
  null::text as tables, '' as held
from page;

-- change
-- $1 now, $2 actor, $3 changes, $4 id
with c as (
      update custom_page c set (slug, title, html_summary, html_body, valid_from, valid_to, active, folded_title, sort_title, search_rules) =
        row(n.slug, n.title, n.html_summary, n.html_body, n.valid_from, n.valid_to, n.active, n.folded_title, n.sort_title, 1), updated_at = $1::timestamptz, updated_by = $2::bigint
      from (select (json_populate_record(before, $3::json)).* from custom_page before where id = $4::bigint) n
      where c.id = $4::bigint and (n.slug, n.title, n.html_summary, n.html_body, n.valid_from, n.valid_to, n.active) is distinct from (c.slug, c.title, c.html_summary, c.html_body, c.valid_from, c.valid_to, c.active)
      returning c.*
    )
    insert into event (id, type, created, body, txid, audience)
  select event_id, type, $1::timestamptz, concat('{"event_id":', event_id, ',"type":"', type, '","created":',
      extract(epoch from $1::timestamptz::timestamptz), ',"data":', data, '}')::json, txid,
    (select version from webhook_listening where type = any(types))
  from (select pg_current_xact_id() as txid,
      case when (select check_event_source()) then nextval('event_id') end as event_id, type, data
    from (select 'custom_page.updated' as type, /* CustomPage */ concat('{"id":', c.id, ',"type":"normal","slug":', to_json((c.slug)::text)::text, ',"title":', to_json((c.title)::text)::text, ',"html_summary":', coalesce(to_json((c.html_summary)::text)::text, 'null'), ',"html_body":', coalesce(to_json((c.html_body)::text)::text, 'null'), ',"valid_from":', coalesce('"' || (to_char(c.valid_from at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), ',"valid_to":', coalesce('"' || (to_char(c.valid_to at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), ',"created_at":"', to_char(c.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","updated_at":', coalesce('"' || (to_char(c.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), ',"active":', case when c.active then 'true' else 'false' end, ',"created_by":', c.created_by, ',"updated_by":', coalesce((c.updated_by)::text, 'null'), '}') as data from c) emitted offset 0) numbered;

-- create
-- $1 now, $2 actor, $3 page
with c as (
      insert into custom_page (slug, title, html_summary, html_body, valid_from, valid_to, active, folded_title, sort_title, created_at, created_by, search_rules)
      select slug, title, html_summary, html_body, valid_from, valid_to, active, folded_title, sort_title, $1::timestamptz, $2::bigint, 1 from json_populate_record(null::custom_page, $3::json) returning *
    ), emitted as (
      insert into event (id, type, created, body, txid, audience)
  select event_id, type, $1::timestamptz, concat('{"event_id":', event_id, ',"type":"', type, '","created":',
      extract(epoch from $1::timestamptz::timestamptz), ',"data":', data, '}')::json, txid,
    (select version from webhook_listening where type = any(types))
  from (select pg_current_xact_id() as txid,
      case when (select check_event_source()) then nextval('event_id') end as event_id, type, data
    from (select 'custom_page.created' as type, /* CustomPage */ concat('{"id":', c.id, ',"type":"normal","slug":', to_json((c.slug)::text)::text, ',"title":', to_json((c.title)::text)::text, ',"html_summary":', coalesce(to_json((c.html_summary)::text)::text, 'null'), ',"html_body":', coalesce(to_json((c.html_body)::text)::text, 'null'), ',"valid_from":', coalesce('"' || (to_char(c.valid_from at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), ',"valid_to":', coalesce('"' || (to_char(c.valid_to at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), ',"created_at":"', to_char(c.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","updated_at":', coalesce('"' || (to_char(c.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), ',"active":', case when c.active then 'true' else 'false' end, ',"created_by":', c.created_by, ',"updated_by":', coalesce((c.updated_by)::text, 'null'), '}') as data from c) emitted offset 0) numbered
    )
    select id from c;

-- delete
-- $1 id, $2 now
with c as (delete from custom_page where id = $1::bigint returning *), emitted as (
      insert into event (id, type, created, body, txid, audience)
  select event_id, type, $2::timestamptz, concat('{"event_id":', event_id, ',"type":"', type, '","created":',
      extract(epoch from $2::timestamptz::timestamptz), ',"data":', data, '}')::json, txid,
    (select version from webhook_listening where type = any(types))
  from (select pg_current_xact_id() as txid,
      case when (select check_event_source()) then nextval('event_id') end as event_id, type, data
    from (select 'custom_page.deleted' as type, /* CustomPage */ concat('{"id":', c.id, ',"type":"normal","slug":', to_json((c.slug)::text)::text, ',"title":', to_json((c.title)::text)::text, ',"html_summary":', coalesce(to_json((c.html_summary)::text)::text, 'null'), ',"html_body":', coalesce(to_json((c.html_body)::text)::text, 'null'), ',"valid_from":', coalesce('"' || (to_char(c.valid_from at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), ',"valid_to":', coalesce('"' || (to_char(c.valid_to at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), ',"created_at":"', to_char(c.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","updated_at":', coalesce('"' || (to_char(c.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), ',"active":', case when c.active then 'true' else 'false' end, ',"created_by":', c.created_by, ',"updated_by":', coalesce((c.updated_by)::text, 'null'), '}') as data from c) emitted offset 0) numbered
    )
    select id from c;

-- due to be indexed
select id, title from custom_page where search_rules < 1
    order by id limit 500 for no key update skip locked;

-- index
-- $1 rows
update custom_page t set folded_title = d.folded_title, sort_title = d.sort_title, search_rules = 1
    from json_to_recordset($1::json) as d(id bigint, folded_title text, sort_title text) where t.id = d.id;

-- look at a change
-- $1 changes, $2 id
select coalesce(n.valid_to <= coalesce(n.valid_from, c.created_at), false) as ends_early
    from custom_page c cross join lateral json_populate_record(c, $1::json) n where c.id = $2::bigint;

-- show
-- $1 id, $2 slug, $3 all, $4 now
select /* CustomPage */ concat('{"id":', c.id, ',"type":"normal","slug":', to_json((c.slug)::text)::text, ',"title":', to_json((c.title)::text)::text, ',"html_summary":', coalesce(to_json((c.html_summary)::text)::text, 'null'), ',"html_body":', coalesce(to_json((c.html_body)::text)::text, 'null'), ',"valid_from":', coalesce('"' || (to_char(c.valid_from at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), ',"valid_to":', coalesce('"' || (to_char(c.valid_to at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), ',"created_at":"', to_char(c.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","updated_at":', coalesce('"' || (to_char(c.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), ',"active":', case when c.active then 'true' else 'false' end, ',"created_by":', c.created_by, ',"updated_by":', coalesce((c.updated_by)::text, 'null'), '}')::text as json from custom_page c
    where (c.id = $1::bigint or c.slug = $2::text) and ($3::boolean or (c.active and coalesce(c.valid_from, c.created_at) <= $4::timestamptz and (c.valid_to is null or c.valid_to > $4::timestamptz)));

-- slugs like this
-- $1 stem
select id, slug from custom_page where slug = $1::text or starts_with(slug, $1::text || '-');

-- what a member wrote
-- $1 member, $2 after, $3 most
select c.id as key, (json_build_object('slug', c.slug, 'title', c.title, 'summary', c.html_summary, 'body', c.html_body,
      'created_at', c.created_at, 'created', c.created_by = $1::bigint, 'updated_at', c.updated_at,
      'updated', c.updated_by is not distinct from $1::bigint))::text as json from custom_page c where (c.created_by = $1::bigint or c.updated_by = $1::bigint) and c.id > $2::bigint order by c.id limit $3::int;

-- what a member wrote, keys
-- $1 member, $2 after, $3 most
select c.id as key from custom_page c where (c.created_by = $1::bigint or c.updated_by = $1::bigint) and c.id > $2::bigint order by c.id limit $3::int;

-- what a member wrote, some
-- $1 member, $2 keys
select (json_build_object('slug', c.slug, 'title', c.title, 'summary', c.html_summary, 'body', c.html_body,
      'created_at', c.created_at, 'created', c.created_by = $1::bigint, 'updated_at', c.updated_at,
      'updated', c.updated_by is not distinct from $1::bigint))::text as json from custom_page c where (c.created_by = $1::bigint or c.updated_by = $1::bigint) and c.id = any($2::bigint[]) order by c.id;
