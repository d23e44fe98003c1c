-- Printed by `npm run sql`. The statements of a slice, as PostgreSQL is given them in their usual variant.

-- all
-- $1 admin, $2 type, $3 pattern, $4 active, $5 deleted, $6 visible, $7 visibility_boost, $8 limit
with p as (
  select p.*, row_number() over () as n from (
    select * from (select t.id, t.id as k0 from tag t where ($1::boolean or (t.active and not t.deleted and t.visible))  and ($2::text is null or t.type = $2::text)
      and ($3::text is null or t.folded_name like $3::text) and ($4::boolean is null or t.active = $4::boolean) and ($5::boolean is null or t.deleted = $5::boolean) and ($6::boolean is null or t.visible = $6::boolean) and ($7::boolean is null or t.visibility_boost = $7::boolean)
      order by t.id asc limit 101) few limit $8::bigint + 1
  ) p
), page as (
  select p.n, json_build_array(p.k0)::text as key, /* Tag */ concat('{"id":', t.id, ',"type":"', t.type, '","name":', to_json((t.name)::text)::text, ',"description":', coalesce(to_json((t.description)::text)::text, 'null'), ',"color":', to_json((t.color)::text)::text, ',"visible":', case when t.visible then 'true' else 'false' end, ',"visibility_boost":', case when t.visibility_boost then 'true' else 'false' end, ',"created_at":"', to_char(t.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","active":', case when t.active then 'true' else 'false' end, ',"deleted":', case when t.deleted then 'true' else 'false' end, '}') as row from p join tag t on t.id = p.id
)
select (select count(*) from tag t where ($1::boolean or (t.active and not t.deleted and t.visible))  and ($2::text is null or t.type = $2::text)
      and ($3::text is null or t.folded_name like $3::text) and ($4::boolean is null or t.active = $4::boolean) and ($5::boolean is null or t.deleted = $5::boolean) and ($6::boolean is null or t.visible = $6::boolean) and ($7::boolean is null or t.visibility_boost = $7::boolean))::int as count, count(*)::int as n,
  count(*) filter (where n <= $8::bigint)::int as shown,
  string_agg(row::text, ',' order by n) filter (where n <= $8::bigint) as rows,
  max(key) filter (where n = 1) as nearest, max(key) filter (where n = $8::bigint) as farthest,
  null::text as repeated, null::text as at,
  null::text as tables, '' as held
from page;

-- change
-- $1 changes, $2 id, $3 type
with t as (
      update tag set (name, description, color, visible, visibility_boost, active, deleted, folded_name, sort_name, search_rules) = row(n.name, n.description, n.color, n.visible, n.visibility_boost, n.active, n.deleted, n.folded_name, n.sort_name, 1)
      from (select (json_populate_record(before, $1::json)).* from tag before where id = $2::bigint for update) n
      where tag.id = n.id returning tag.*
    ) select /* Tag */ concat('{"id":', t.id, ',"type":"', t.type, '","name":', to_json((t.name)::text)::text, ',"description":', coalesce(to_json((t.description)::text)::text, 'null'), ',"color":', to_json((t.color)::text)::text, ',"visible":', case when t.visible then 'true' else 'false' end, ',"visibility_boost":', case when t.visibility_boost then 'true' else 'false' end, ',"created_at":"', to_char(t.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","active":', case when t.active then 'true' else 'false' end, ',"deleted":', case when t.deleted then 'true' else 'false' end, '}')::text as json, $3::text is not null and t.type <> $3::text as other_type from t;

-- create
-- $1 now, $2 tag
with t as (
      insert into tag (type, name, description, color, visible, visibility_boost, active, deleted, folded_name, sort_name, created_at, search_rules)
      select type, name, description, color, visible, visibility_boost, active, deleted, folded_name, sort_name, $1::timestamptz, 1 from json_populate_record(null::tag, $2::json) returning *
    ) select /* Tag */ concat('{"id":', t.id, ',"type":"', t.type, '","name":', to_json((t.name)::text)::text, ',"description":', coalesce(to_json((t.description)::text)::text, 'null'), ',"color":', to_json((t.color)::text)::text, ',"visible":', case when t.visible then 'true' else 'false' end, ',"visibility_boost":', case when t.visibility_boost then 'true' else 'false' end, ',"created_at":"', to_char(t.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","active":', case when t.active then 'true' else 'false' end, ',"deleted":', case when t.deleted then 'true' else 'false' end, '}')::text as json from t;

-- due to be indexed
select id, name from tag where search_rules < 1
    order by id limit 500 for no key update skip locked;

-- in use
-- $1 ids, $2 type, $3 hidden
select t.id from tag t where t.id = any($1::bigint[]) and t.type = $2::text and t.active and not t.deleted
    and (t.visible or $3::boolean);

-- index
-- $1 rows
update tag t set folded_name = d.folded_name, sort_name = d.sort_name, search_rules = 1
    from json_to_recordset($1::json) as d(id bigint, folded_name text, sort_name text) where t.id = d.id;

-- show
-- $1 id, $2 admin
select /* Tag */ concat('{"id":', t.id, ',"type":"', t.type, '","name":', to_json((t.name)::text)::text, ',"description":', coalesce(to_json((t.description)::text)::text, 'null'), ',"color":', to_json((t.color)::text)::text, ',"visible":', case when t.visible then 'true' else 'false' end, ',"visibility_boost":', case when t.visibility_boost then 'true' else 'false' end, ',"created_at":"', to_char(t.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","active":', case when t.active then 'true' else 'false' end, ',"deleted":', case when t.deleted then 'true' else 'false' end, '}')::text as json from tag t where t.id = $1::bigint and ($2::boolean or (t.active and not t.deleted and t.visible));
