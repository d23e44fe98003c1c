-- Printed by `npm run sql`. The statements of a slice, as PostgreSQL is given them in their usual variant.

-- categories new members follow
select id from category where auto_follow <> 'none' and active and not deleted order by position, id;

-- categories there are
select id, lower(name) as name from category where active and not deleted order by id desc;

-- create a category
-- $1 created, $2 category
insert into category (name, slug, name_synonyms, slogan, html_info, seo_title, seo_description, auto_follow, content_only_staff, active, position, image_original, emotional_image_original, emotional_image_position, stream_order_by, parents, ancestors, folded_name, sort_name, folded_synonyms, lastmod_datetime, created_at, search_rules)
    select name, slug, name_synonyms, slogan, html_info, seo_title, seo_description, auto_follow, content_only_staff, active, position, image_original, emotional_image_original, emotional_image_position, stream_order_by, parents, ancestors, folded_name, sort_name, folded_synonyms, $1::timestamptz, $1::timestamptz, 1 from json_populate_record(null::category, $2::json)
    returning id;

-- ids of members
-- $1 n
select nextval(pg_get_serial_sequence('users', 'id')) as id from generate_series(1, $1::int);

-- lock categories
-- $1 ids
select from category where id = any($1::bigint[]) order by id for no key update;

-- members already there
select (select min(id) from users where role = 'admin' and status = 'a') as admin,
    (select count(*)::int from users where status in ('a', 'b', 'd')) - 1 as others;

-- usernames
select lower(username) as name from users where status <> 'u';

-- write members
-- $1 members, $2 followers, $3 categories, $4 at
with member as materialized (
    select * from json_to_recordset($1::json) as m(id bigint, username text, real_name text, role text, status "char",
      joined float8, bio text, location text, location_lat_lng text, connections_visibility text, follows int,
      folded_real_name text, sort_name text, folded_location text)
  ), follow as materialized (
    select * from unnest($2::bigint[], $3::bigint[], $4::float8[]) with ordinality follow(member_id, category_id, at, n)
  ), made as (
    insert into users (id, username, real_name, role, status, date_joined, bio, location, location_lat_lng,
      connections_visibility, categories, folded_real_name, sort_name, folded_location, search_rules)
    select id, username, real_name, role, status, to_timestamp(joined / 1000), bio, location, location_lat_lng,
      connections_visibility, follows, folded_real_name, sort_name, folded_location, 1
    from member
  ), followed as (
    insert into category_follower (category_id, member_id, added_at, place)
    select category_id, member_id, to_timestamp(at / 1000), nextval('category_place')
    from (select * from follow order by at, n) follow
  ), followers as (
    update category set followers = followers + f.n
    from (select category_id, count(*)::int as n from follow group by category_id) f where category.id = f.category_id
  )
  update community set members = members + (select count(*) from member);

-- write ties
-- $1 from, $2 to, $3 fate, $4 at, $5 seen
with tie as materialized (
    select a, b, fate, nextval('relation_place') as place,
      case when fate = 4 then nextval('relation_place') end as back,
      case when fate < 3 then to_timestamp(at / 1000) end as created,
      case when seen is not null then to_timestamp(seen / 1000) end as viewed,
      case when fate = 2 then to_timestamp(seen / 1000) end as rejected
    from (select * from unnest($1::bigint[], $2::bigint[], $3::smallint[], $4::float8[], $5::float8[])
      with ordinality tie(a, b, fate, at, seen, n) order by n) tie
  ), made as (
    insert into relation (member_id, other_id, version, state, place, request_id, asked, created, viewed, rejected,
      following_place, follower_place)
    select case when asks then a else b end, case when asks then b else a end, 1,
      case when fate >= 3 then 0 when fate = 0 then 4 when asks then 1 when fate = 1 then 2 else 3 end,
      case when fate >= 3 then 0 else place end, case when fate < 3 then place end,
      asks and fate < 3, created, viewed, rejected,
      case when fate >= 3 then case when asks then place else back end end,
      case when fate >= 3 then case when asks then back else place end end
    from tie, unnest(array[true, false]) asks
    returning member_id, state, following_place, follower_place
  )
  update users u set connections = u.connections + d.connections, requests_sent = requests_sent + d.sent,
    requests_received = requests_received + d.received, requests_rejected = requests_rejected + d.rejected,
    followings = u.followings + d.followings, followers = u.followers + d.followers
  from (
    select member_id, (count(*) filter (where state = 4))::int as connections,
      (count(*) filter (where state = 1))::int as sent, (count(*) filter (where state = 2))::int as received,
      (count(*) filter (where state = 3))::int as rejected, count(following_place)::int as followings,
      count(follower_place)::int as followers
    from made group by member_id
  ) d where u.id = d.member_id;
