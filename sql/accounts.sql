-- Printed by `npm run sql`. The statements of a slice, as PostgreSQL is given them in their usual variant.

-- announce a deletion
-- $1 now, $2 id
insert into event (id, type, created, body, txid, audience)
  select event_id, type, $1::timestamptz, concat('{"event_id":', event_id, ',"type":"', type, '","created":',
      extract(epoch from $1::timestamptz::timestamptz), ',"data":', data, '}')::json, txid,
    (select version from webhook_listening where type = any(types))
  from (select pg_current_xact_id() as txid,
      case when (select check_event_source()) then nextval('event_id') end as event_id, type, data
    from (select 'user.deleted' as type, concat('{', u.profile_json, ',"email":', coalesce(to_json((u.email)::text)::text, 'null'), ',"email_isvalid":', case when u.email_isvalid then 'true' else 'false' end, ',"connection_requests_sent_counter":', u.requests_sent, ',"connection_requests_received_counter":', u.requests_received, ',"connections_counter":', u.connections, ',"posts_counter":', u.posts, ',"discussions_counter":', u.discussions, ',"statuses_counter":', u.statuses, ',"polls_counter":', u.polls, '}') as data from (select * from users where id = $2::bigint) u) emitted offset 0) numbered;

-- begin to erase from the log
update erasure set position = 0, until = (select coalesce(max(id), 0) from event)
    where position is null and fence <= pg_snapshot_xmin(pg_current_snapshot());

-- count one less
update community set members = members - 1;

-- create
-- $1 username, $2 email, $3 real_name, $4 ext_id, $5 role, $6 avatar, $7 now, $8 hash
with follows as (
    select id from category where auto_follow <> 'none' and active and not deleted order by id for no key update
  ), followed as (
    update category set followers = followers + 1 from follows where category.id = follows.id returning category.*
  ), made as (
      insert into users (username, email, real_name, ext_id, role, avatar, date_joined, categories)
      values ($1::text, $2::text, $3::text, $4::text, $5::text, $6::text, $7::timestamptz, (select count(*)::int from followed))
      returning *
    ), joined as (
    insert into category_follower (category_id, member_id, added_at, place)
    select followed.id, made.id, $7::timestamptz, nextval('category_place') from made, followed
    order by followed.position, followed.id
  ), secret as (
      insert into credential (user_id, password_hash) select id, $8::text from made where $8::text is not null
    ), counted as (
      update community set members = members + 1
    ), emitted as (
      insert into event (id, type, created, body, txid, audience)
  select event_id, type, $7::timestamptz, concat('{"event_id":', event_id, ',"type":"', type, '","created":',
      extract(epoch from $7::timestamptz::timestamptz), ',"data":', data, '}')::json, txid,
    (select version from webhook_listening where type = any(types))
  from (select pg_current_xact_id() as txid,
      case when (select check_event_source()) then nextval('event_id') end as event_id, type, data
    from (select 'user.created' as type, concat('{', u.profile_json, ',"email":', coalesce(to_json((u.email)::text)::text, 'null'), ',"email_isvalid":', case when u.email_isvalid then 'true' else 'false' end, ',"connection_requests_sent_counter":', u.requests_sent, ',"connection_requests_received_counter":', u.requests_received, ',"connections_counter":', u.connections, ',"posts_counter":', u.posts, ',"discussions_counter":', u.discussions, ',"statuses_counter":', u.statuses, ',"polls_counter":', u.polls, '}') as data from made u union all select 'category.follow' as type, begun.data as data from (select concat('{"category":', concat('{"id":', category.id, ',"tags":', '[]', ',"followed":', case when f.member_id is not null then 'true' else 'false' end, ',"order":', category.position, ',"name":', to_json((category.name)::text)::text, ',"name_synonyms":', coalesce(to_json((category.name_synonyms)::text)::text, 'null'), ',"slug":', to_json((category.slug)::text)::text, ',"slogan":', coalesce(to_json((category.slogan)::text)::text, 'null'), ',"html_info":', coalesce(to_json((category.html_info)::text)::text, 'null'), ',"seo_title":', coalesce(to_json((category.seo_title)::text)::text, 'null'), ',"seo_description":', coalesce(to_json((category.seo_description)::text)::text, 'null'), ',"auto_follow":', '"' || (category.auto_follow) || '"', ',"content_only_staff":', case when category.content_only_staff then 'true' else 'false' end, ',"active":', case when category.active then 'true' else 'false' end, ',"image_original":', coalesce(to_json((category.image_original)::text)::text, 'null'), ',"image_bigger":', to_json(('')::text)::text, ',"image_big":', to_json(('')::text)::text, ',"image_medium":', to_json(('')::text)::text, ',"image_small":', to_json(('')::text)::text, ',"emotional_image_original":', to_json((coalesce(category.emotional_image_original, ''))::text)::text, ',"emotional_image_position":', category.emotional_image_position, ',"lastmod_datetime":', '"' || (to_char(category.lastmod_datetime at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', ',"stream_order_by":', '"' || (category.stream_order_by) || '"', ',"followers_counter":', category.followers, '}'), ',"user":', concat('{', u.profile_json, ',"email":', coalesce(to_json((u.email)::text)::text, 'null'), ',"email_isvalid":', case when u.email_isvalid then 'true' else 'false' end, ',"connection_requests_sent_counter":', u.requests_sent, ',"connection_requests_received_counter":', u.requests_received, ',"connections_counter":', u.connections, ',"posts_counter":', u.posts, ',"discussions_counter":', u.discussions, ',"statuses_counter":', u.statuses, ',"polls_counter":', u.polls, '}'), ',"added_at":', '"' || (to_char(t.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', '}') as data
      from followed category, made u, (select id as member_id from made) f, (select $7::timestamptz as added_at) t
      order by category.position, category.id) begun) emitted offset 0) numbered
    )
    select id from made;

-- delete
-- $1 now, $2 id
update users set status = 'd', deleted_at = coalesce(deleted_at, $1::timestamptz)
       where id = $2::bigint;

-- erasures that take too long
select count(*)::int as n, to_char(min(began) at time zone 'UTC', 'YYYY-MM-DD') as first
    from erasure where done is null and began < now() - interval '1 day';

-- forget erasures
-- $1 now
delete from erasure where done < $1::timestamptz - interval '1 hour';

-- go on in the log
-- $1 position, $2 done, $3 members
update erasure set position = $1::bigint, done = $2::timestamptz where member_id = any($3::bigint[]);

-- lock
-- $1 id
select status::text from users where id = $1::bigint for update;

-- lock an erasure
-- $1 id
select member_id as id from erasure where member_id = $1::bigint and fence is null for update skip locked;

-- members to be erased from the log together
select array_agg(member_id) as members, position, until from (
      select * from erasure where position is not null and done is null order by until for update skip locked
    ) free group by position, until order by until limit 1;

-- members whose things are to be erased
select member_id as id from erasure where fence is null order by began, member_id;

-- nothing but events is left to erase
-- $1 id
update erasure set fence = pg_snapshot_xmax(pg_current_snapshot()) where member_id = $1::bigint;
