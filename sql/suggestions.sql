-- Printed by `npm run sql`. The statements of a slice, as PostgreSQL is given them in their usual variant.

-- categories
-- $1 viewer, $2 limit
with near as materialized (
        select category.id, coalesce(friends.n, 0) as n, category.followers
        from category left join (select category_id, count(*) as n from (select other_id from relation where member_id = $1::bigint and state = 4 order by place desc limit 200) near
          join category_follower g on g.member_id = near.other_id group by 1) friends on friends.category_id = category.id
        where category.active and not category.deleted and not exists (
          select from category_follower g where g.category_id = category.id and g.member_id = $1::bigint)
        order by 2 desc, 3 desc, 1 desc limit 100
      ), p as (
  select p.*, row_number() over () as n from (
    select * from (select near.n as k0, near.followers as k1, near.id as k2 from near where true
      order by near.n desc, near.followers desc, near.id desc limit 101) few limit $2::bigint + 1
  ) p
), page as (
  select p.n, json_build_array(p.k0, p.k1, p.k2)::text as key, /* Category */ concat('{"id":', category.id, ',"tags":', '[]', ',"followed":', case when f.member_id is not null then 'true' else 'false' end, ',"order":', category.position, ',"name":', to_json((category.name)::text)::text, ',"name_synonyms":', coalesce(to_json((category.name_synonyms)::text)::text, 'null'), ',"slug":', to_json((category.slug)::text)::text, ',"slogan":', coalesce(to_json((category.slogan)::text)::text, 'null'), ',"html_info":', coalesce(to_json((category.html_info)::text)::text, 'null'), ',"seo_title":', coalesce(to_json((category.seo_title)::text)::text, 'null'), ',"seo_description":', coalesce(to_json((category.seo_description)::text)::text, 'null'), ',"auto_follow":', '"' || (category.auto_follow) || '"', ',"content_only_staff":', case when category.content_only_staff then 'true' else 'false' end, ',"active":', case when category.active then 'true' else 'false' end, ',"image_original":', coalesce(to_json((case when category.image_original like '/%' then concat((select base from public_address), category.image_original) else category.image_original end)::text)::text, 'null'), ',"image_bigger":', to_json((case when category.image_original is null then '' else
  replace(case when category.image_original like '/%' then concat((select base from public_address), category.image_original) else category.image_original end, '/original.', '/bigger.') end)::text)::text, ',"image_big":', to_json((case when category.image_original is null then '' else
  replace(case when category.image_original like '/%' then concat((select base from public_address), category.image_original) else category.image_original end, '/original.', '/big.') end)::text)::text, ',"image_medium":', to_json((case when category.image_original is null then '' else
  replace(case when category.image_original like '/%' then concat((select base from public_address), category.image_original) else category.image_original end, '/original.', '/medium.') end)::text)::text, ',"image_small":', to_json((case when category.image_original is null then '' else
  replace(case when category.image_original like '/%' then concat((select base from public_address), category.image_original) else category.image_original end, '/original.', '/small.') end)::text)::text, ',"emotional_image_original":', to_json((coalesce(case when category.emotional_image_original like '/%' then concat((select base from public_address), category.emotional_image_original) else category.emotional_image_original end, ''))::text)::text, ',"emotional_image_position":', category.emotional_image_position, ',"lastmod_datetime":', '"' || (to_char(category.lastmod_datetime at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', ',"stream_order_by":', '"' || (category.stream_order_by) || '"', ',"followers_counter":', category.followers, ',"parents":', to_json(category.parents)::text, '}') as row from p join category on category.id = p.k2 left join category_follower f on f.category_id = category.id and f.member_id = $1::bigint
)
select (select count(*) from near)::int as count, count(*)::int as n,
  count(*) filter (where n <= $2::bigint)::int as shown,
  string_agg(row::text, ',' order by n) filter (where n <= $2::bigint) as rows,
  max(key) filter (where n = 1) as nearest, max(key) filter (where n = $2::bigint) as farthest
from page;

-- members
-- $1 viewer, $2 limit
with near as materialized (
        select found.* from (
          select id, sum(shared) as shared, sum(alike) as alike
          from (select far.other_id as id, 1 as shared, 0 as alike
  from (select other_id from relation where member_id = $1::bigint and state = 4 order by place desc limit 200) near
  join users via on via.id = near.other_id and via.connections_visibility <> 'self'
  cross join lateral (
    select other_id from relation where member_id = near.other_id and state = 4 order by place desc limit 100
  ) far union all select f.member_id as id, 0 as shared, 1 as alike from (
        select category_id from category_follower where member_id = $1::bigint order by place desc limit 20
      ) mine cross join lateral (
        select member_id from category_follower where category_id = mine.category_id order by place desc limit 50
      ) f) each group by id
        ) found join users u on u.id = found.id
        left join relation v on v.member_id = $1::bigint and v.other_id = found.id
        where found.id <> $1::bigint and u.status = 'a' and not coalesce(v.hidden_place is not null or v.hidden_by, false)
          and not exists (select from erasure e where e.member_id = found.id)
          and coalesce(v.state, 0) = 0 and u.connection_requests <> 'refuse'
        order by found.shared desc, found.alike desc, found.id desc limit 100
      ), p as (
  select p.*, row_number() over () as n from (
    select * from (select near.shared as k0, near.alike as k1, near.id as k2 from near where true
      order by near.shared desc, near.alike desc, near.id desc limit 101) few limit $2::bigint + 1
  ) p
), page as (
  select p.n, json_build_array(p.k0, p.k1, p.k2)::text as key, /* User */ concat('{', case when u.avatar is null and u.cover is null then
    replace(u.profile_json, '"avatar":null', concat('"avatar":"', concat((select base from public_address), '/api/v2/avatar/', u.id), '"'))
  when u.avatar like '/%' or u.avatar is null or u.cover like '/%' then
    replace(replace(replace(u.profile_json, '"avatar":null', concat('"avatar":"', concat((select base from public_address), '/api/v2/avatar/', u.id), '"')),
      '"avatar":"/', concat('"avatar":"', (select base from public_address), '/')), '"cover":"/', concat('"cover":"', (select base from public_address), '/'))
  else u.profile_json end, ',', u.standing_json, ',"connection_requests_sent_counter":', u.requests_sent, ',"connection_requests_received_counter":', (u.requests_received + u.requests_rejected), ',"connections_counter":', u.connections, ',"posts_counter":', u.posts, ',"discussions_counter":', u.discussions, ',"statuses_counter":', u.statuses, ',"polls_counter":', u.polls, ',"categories_counter":', u.categories, ',"connection_status":', coalesce('"' || (case v.state when 4 then 'connected' when 1 then 'sent_connection_request' when 2 then 'received_connection_request' end) || '"', 'null'), '}') as row from p join users u on u.id = p.k2 left join relation v on v.member_id = $1::bigint and v.other_id = u.id
)
select (select count(*) from near)::int as count, count(*)::int as n,
  count(*) filter (where n <= $2::bigint)::int as shown,
  string_agg(row::text, ',' order by n) filter (where n <= $2::bigint) as rows,
  max(key) filter (where n = 1) as nearest, max(key) filter (where n = $2::bigint) as farthest
from page;

-- search
-- $1 exact, $2 pattern, $3 named, $4 viewer, $5 limit
with near as materialized (
      (select 1 as kind, category.id, case
  when category.folded_name = $1::text then 2
  when starts_with(category.folded_name, $1::text) then 1 else 0 end as score from category
        where not category.deleted and category.active and category.folded_name || ' ' || category.folded_synonyms like $2::text order by 3 desc, 2 limit 50)
      union all
      (select 0, u.id, case
  when lower(u.username) = $1::text or u.folded_real_name = $1::text then 2
  when starts_with(lower(u.username), $1::text) or starts_with(u.folded_real_name, $1::text) then 1 else 0 end from users u
        join (
          select u.id from users u where lower(u.username) = $1::text and u.status in ('a', 'b')
          union
          (select u.id from users u where u.search_rules <> 0 and grams(lower(u.username collate "C") || ' ' || u.folded_real_name) @@ ($3::text[])[1]::tsquery and lower(u.username collate "C") || ' ' || u.folded_real_name like ($3::text[])[2] and u.status in ('a', 'b') limit 1000)
        ) fits on fits.id = u.id
        where not exists (select from relation h where h.member_id = $4::bigint and h.other_id = u.id and (h.hidden_place is not null or h.hidden_by))
        order by 3 desc, 2 limit 50)
    ), p as (
  select p.*, row_number() over () as n from (
    select * from (select near.score as k0, near.kind as k1, near.id as k2 from near where true
      order by near.score desc, near.kind desc, near.id desc limit 101) few limit $5::bigint + 1
  ) p
), page as (
  select p.n, json_build_array(p.k0, p.k1, p.k2)::text as key, /* Suggestion */ case p.k1 when 1 then concat('{"type":"category","score":', p.k0, ',"category":', /* Category */ concat('{"id":', category.id, ',"tags":', '[]', ',"followed":', case when f.member_id is not null then 'true' else 'false' end, ',"order":', category.position, ',"name":', to_json((category.name)::text)::text, ',"name_synonyms":', coalesce(to_json((category.name_synonyms)::text)::text, 'null'), ',"slug":', to_json((category.slug)::text)::text, ',"slogan":', coalesce(to_json((category.slogan)::text)::text, 'null'), ',"html_info":', coalesce(to_json((category.html_info)::text)::text, 'null'), ',"seo_title":', coalesce(to_json((category.seo_title)::text)::text, 'null'), ',"seo_description":', coalesce(to_json((category.seo_description)::text)::text, 'null'), ',"auto_follow":', '"' || (category.auto_follow) || '"', ',"content_only_staff":', case when category.content_only_staff then 'true' else 'false' end, ',"active":', case when category.active then 'true' else 'false' end, ',"image_original":', coalesce(to_json((case when category.image_original like '/%' then concat((select base from public_address), category.image_original) else category.image_original end)::text)::text, 'null'), ',"image_bigger":', to_json((case when category.image_original is null then '' else
  replace(case when category.image_original like '/%' then concat((select base from public_address), category.image_original) else category.image_original end, '/original.', '/bigger.') end)::text)::text, ',"image_big":', to_json((case when category.image_original is null then '' else
  replace(case when category.image_original like '/%' then concat((select base from public_address), category.image_original) else category.image_original end, '/original.', '/big.') end)::text)::text, ',"image_medium":', to_json((case when category.image_original is null then '' else
  replace(case when category.image_original like '/%' then concat((select base from public_address), category.image_original) else category.image_original end, '/original.', '/medium.') end)::text)::text, ',"image_small":', to_json((case when category.image_original is null then '' else
  replace(case when category.image_original like '/%' then concat((select base from public_address), category.image_original) else category.image_original end, '/original.', '/small.') end)::text)::text, ',"emotional_image_original":', to_json((coalesce(case when category.emotional_image_original like '/%' then concat((select base from public_address), category.emotional_image_original) else category.emotional_image_original end, ''))::text)::text, ',"emotional_image_position":', category.emotional_image_position, ',"lastmod_datetime":', '"' || (to_char(category.lastmod_datetime at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', ',"stream_order_by":', '"' || (category.stream_order_by) || '"', ',"followers_counter":', category.followers, ',"parents":', to_json(category.parents)::text, '}'), '}')
        else concat('{"type":"user","score":', p.k0, ',"user":', /* User */ concat('{', case when u.avatar is null and u.cover is null then
    replace(u.profile_json, '"avatar":null', concat('"avatar":"', concat((select base from public_address), '/api/v2/avatar/', u.id), '"'))
  when u.avatar like '/%' or u.avatar is null or u.cover like '/%' then
    replace(replace(replace(u.profile_json, '"avatar":null', concat('"avatar":"', concat((select base from public_address), '/api/v2/avatar/', u.id), '"')),
      '"avatar":"/', concat('"avatar":"', (select base from public_address), '/')), '"cover":"/', concat('"cover":"', (select base from public_address), '/'))
  else u.profile_json end, ',', u.standing_json, ',"connection_requests_sent_counter":', u.requests_sent, ',"connection_requests_received_counter":', (u.requests_received + u.requests_rejected), ',"connections_counter":', u.connections, ',"posts_counter":', u.posts, ',"discussions_counter":', u.discussions, ',"statuses_counter":', u.statuses, ',"polls_counter":', u.polls, ',"categories_counter":', u.categories, ',"connection_status":', coalesce('"' || (case v.state when 4 then 'connected' when 1 then 'sent_connection_request' when 2 then 'received_connection_request' end) || '"', 'null'), '}'), '}') end as row from p left join users u on p.k1 = 0 and u.id = p.k2
      left join relation v on v.member_id = $4::bigint and v.other_id = u.id
      left join category on p.k1 = 1 and category.id = p.k2 left join category_follower f on f.category_id = category.id and f.member_id = $4::bigint
)
select (select count(*) from near)::int as count, count(*)::int as n,
  count(*) filter (where n <= $5::bigint)::int as shown,
  string_agg(row::text, ',' order by n) filter (where n <= $5::bigint) as rows,
  max(key) filter (where n = 1) as nearest, max(key) filter (where n = $5::bigint) as farthest
from page;
