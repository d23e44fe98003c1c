-- Printed by `npm run sql`. The statements of a slice, as PostgreSQL is given them in their usual variant.

-- keep a step
-- $1 id, $2 status, $3 wanted
insert into onboarding_step (id, status, wanted) values ($1::int, $2::text, $3::int)
    on conflict (id) do update set status = excluded.status, wanted = excluded.wanted;

-- reset a step
-- $1 id
delete from onboarding_step where id = $1::int;

-- show a step
-- $1 id
select /* OnboardingStep */ concat('{"id":', s.id, ',"step":"', s.step, '","status":"', case when s.status is null then 'not_started' when s.percentage = 100 then 'completed' else s.status end, '","completion_percentage":', case when s.status is null then 0 else s.percentage end, ',"results":', case when s.step = 'categories' and s.status is not null then (
      select concat('[', string_agg(/* Category */ concat('{"id":', category.id, ',"tags":', case when category.tag_ids = '{}' then '[]' else (
    select /* Tag[] */ concat('[', string_agg(/* Tag */ concat('{"id":', t.id, ',"type":"', t.type, '","name":', to_json((t.name)::text)::text, ',"description":', coalesce(to_json((t.description)::text)::text, 'null'), ',"color":', to_json((t.color)::text)::text, ',"visible":', case when t.visible then 'true' else 'false' end, ',"visibility_boost":', case when t.visibility_boost then 'true' else 'false' end, ',"created_at":"', to_char(t.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","active":', case when t.active then 'true' else 'false' end, ',"deleted":', case when t.deleted then 'true' else 'false' end, '}'), ',' order by t.id), ']') from tag t
    where t.id = any(category.tag_ids) and t.active and not t.deleted and t.visible) end, ',"followed":', case when f.member_id is not null then 'true' else 'false' end, ',', replace(category.shown_json, e'\x04', public_base()), ',"followers_counter":', category.followers, ',"parents":', to_json(category.parents)::text, '}'), ',' order by category.position, category.id), ']')
      from (select k.*, k.xmin from category k where active and not deleted order by position, id limit 10) category
      cross join (select null::bigint as member_id) f) else '[]' end, '}')::text as json from (select s.id, s.step, k.status, k.wanted,
    case s.step
      when 'contents' then least(100, 100 * (select coalesce(sum(n), 0) from contribution_total)
        / greatest(coalesce(k.wanted, 10), 1))::int
      when 'categories' then least(100, 100 * (select count(*) from category where active and not deleted) / 3)::int
      else case k.status when 'completed' then 100 else 0 end end as percentage
  from unnest(array['contents', 'categories', 'appearance', 'profile', 'invite', 'app']) with ordinality s(step, id) left join onboarding_step k on k.id = s.id) s where s.id = $1::int;

-- steps
-- $1 part, $2 limit
with p as (
  select p.*, row_number() over () as n from (
    select * from (select s.id, s.step, s.status, s.percentage, s.id as k0 from (select s.id, s.step, k.status, k.wanted,
    case s.step
      when 'contents' then least(100, 100 * (select coalesce(sum(n), 0) from contribution_total)
        / greatest(coalesce(k.wanted, 10), 1))::int
      when 'categories' then least(100, 100 * (select count(*) from category where active and not deleted) / 3)::int
      else case k.status when 'completed' then 100 else 0 end end as percentage
  from unnest(array['contents', 'categories', 'appearance', 'profile', 'invite', 'app']) with ordinality s(step, id) left join onboarding_step k on k.id = s.id) s where strpos(s.step, $1::text) > 0
      order by s.id asc limit 101) few limit $2::bigint + 1
  ) p
), page as (
  select p.n, json_build_array(p.k0)::text as key, /* OnboardingStep */ concat('{"id":', s.id, ',"step":"', s.step, '","status":"', case when s.status is null then 'not_started' when s.percentage = 100 then 'completed' else s.status end, '","completion_percentage":', case when s.status is null then 0 else s.percentage end, ',"results":', case when s.step = 'categories' and s.status is not null then (
      select concat('[', string_agg(/* Category */ concat(e'\x02Category\x1f', category.id, e'\x1f', category.xmin, e'\x1f', case when f.member_id is not null then 'true' else 'false' end, e'\x03'), ',' order by category.position, category.id), ']')
      from (select k.*, k.xmin from category k where active and not deleted order by position, id limit 10) category
      cross join (select null::bigint as member_id) f) else '[]' end, '}') as row from p cross join lateral (select p.id, p.step, p.status, p.percentage) s
)
select (select count(*) from (select s.id, s.step, k.status, k.wanted,
    case s.step
      when 'contents' then least(100, 100 * (select coalesce(sum(n), 0) from contribution_total)
        / greatest(coalesce(k.wanted, 10), 1))::int
      when 'categories' then least(100, 100 * (select count(*) from category where active and not deleted) / 3)::int
      else case k.status when 'completed' then 100 else 0 end end as percentage
  from unnest(array['contents', 'categories', 'appearance', 'profile', 'invite', 'app']) with ordinality s(step, id) left join onboarding_step k on k.id = s.id) s where strpos(s.step, $1::text) > 0)::int as count, count(*)::int as n,
  count(*) filter (where n <= $2::bigint)::int as shown,
  string_agg(row::text, ',' order by n) filter (where n <= $2::bigint) as rows,
  max(key) filter (where n = 1) as nearest, max(key) filter (where n = $2::bigint) as farthest,
  null::text as repeated, concat(pg_current_snapshot(), ' ', pg_postmaster_start_time(), ' ', pg_relation_filepath('pg_class'), ' ', (select xmin from public_address)) as at,
  null::text as tables, '' as held
from page;
