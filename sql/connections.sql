-- Printed by `npm run sql`. The statements of a slice, as PostgreSQL is given them in their usual variant.

-- all
-- $1 limit
with p as (
  select p.*, row_number() over () as n from (
    select * from (select * from ((select * from (select r.*, (case when r.state = 4 then 0 when r.rejected is null then 1 else 2 end) as kind, coalesce(r.changed, r.created, '1970-01-01 00:00+00') as k0, r.place as k1 from relation r
        where r.asked and r.state > 0 and (case when r.state = 4 then 0 when r.rejected is null then 1 else 2 end) = 0
        order by coalesce(r.changed, r.created, '1970-01-01 00:00+00') asc, r.place asc limit 501) few limit $1::bigint + 1)
      union all (select * from (select r.*, (case when r.state = 4 then 0 when r.rejected is null then 1 else 2 end) as kind, coalesce(r.changed, r.created, '1970-01-01 00:00+00') as k0, r.place as k1 from relation r
        where r.asked and r.state > 0 and (case when r.state = 4 then 0 when r.rejected is null then 1 else 2 end) = 1
        order by coalesce(r.changed, r.created, '1970-01-01 00:00+00') asc, r.place asc limit 501) few limit $1::bigint + 1)
      union all (select * from (select r.*, (case when r.state = 4 then 0 when r.rejected is null then 1 else 2 end) as kind, coalesce(r.changed, r.created, '1970-01-01 00:00+00') as k0, r.place as k1 from relation r
        where r.asked and r.state > 0 and (case when r.state = 4 then 0 when r.rejected is null then 1 else 2 end) = 2
        order by coalesce(r.changed, r.created, '1970-01-01 00:00+00') asc, r.place asc limit 501) few limit $1::bigint + 1)) r order by k0 asc, k1 asc limit 501) few limit $1::bigint + 1
  ) p
), page as (
  select p.n, json_build_array(p.k0, p.k1)::text as key, /* Connection */ concat('{"id":', p.request_id, ',"state":"', (array['connected', 'requested', 'rejected'])[p.kind + 1], '","from_user":', f.json, ',"to_user":', t.json, ',"created":', coalesce('"' || (to_char(p.created at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), ',"viewed":', coalesce('"' || (to_char(p.viewed at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), ',"rejected":', coalesce('"' || (to_char(p.rejected at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), ',"changed":"', to_char(p.k0 at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '"}') as row from p cross join lateral (select /* WebhookUser */ concat('{', replace(replace(replace(replace(u.profile_json,
    case when cardinality(u.tag_ids) > 0 then '"tags":[]' else '' end, concat('"tags":', case when u.tag_ids = '{}' then '[]' else (
    select /* Tag[] */ concat('[', string_agg(/* Tag */ concat('{"id":', t.id, ',"type":"', t.type, '","name":', to_json((t.name)::text)::text, ',"description":', coalesce(to_json((t.description)::text)::text, 'null'), ',"color":', to_json((t.color)::text)::text, ',"visible":', case when t.visible then 'true' else 'false' end, ',"visibility_boost":', case when t.visibility_boost then 'true' else 'false' end, ',"created_at":"', to_char(t.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","active":', case when t.active then 'true' else 'false' end, ',"deleted":', case when t.deleted then 'true' else 'false' end, '}'), ',' order by t.id), ']') from tag t
    where t.id = any(u.tag_ids) and t.active and not t.deleted and t.visible) end)),
    case when u.avatar is null then '"avatar":null' when u.avatar like '/%' then '"avatar":"/' else '' end,
    concat(e'"avatar":"\x04', case when u.avatar is null then concat('/api/v2/avatar/', u.id, '"') else '/' end)),
    case when u.cover like '/%' then '"cover":"/' else '' end, concat(e'"cover":"\x04/')),
    e'\x04', (select base from public_address)), ',"email":', coalesce(to_json((u.email)::text)::text, 'null'), ',"email_isvalid":', case when u.email_isvalid then 'true' else 'false' end, ',"followings_counter":', u.followings, ',"followers_counter":', u.followers, ',"connection_requests_sent_counter":', u.requests_sent, ',"connection_requests_received_counter":', u.requests_received, ',"connections_counter":', u.connections, ',"posts_counter":', u.posts, ',"discussions_counter":', u.discussions, ',"statuses_counter":', u.statuses, ',"polls_counter":', u.polls, '}') as json from users u where u.id = p.member_id offset 0) f cross join lateral (select /* WebhookUser */ concat('{', replace(replace(replace(replace(u.profile_json,
    case when cardinality(u.tag_ids) > 0 then '"tags":[]' else '' end, concat('"tags":', case when u.tag_ids = '{}' then '[]' else (
    select /* Tag[] */ concat('[', string_agg(/* Tag */ concat('{"id":', t.id, ',"type":"', t.type, '","name":', to_json((t.name)::text)::text, ',"description":', coalesce(to_json((t.description)::text)::text, 'null'), ',"color":', to_json((t.color)::text)::text, ',"visible":', case when t.visible then 'true' else 'false' end, ',"visibility_boost":', case when t.visibility_boost then 'true' else 'false' end, ',"created_at":"', to_char(t.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","active":', case when t.active then 'true' else 'false' end, ',"deleted":', case when t.deleted then 'true' else 'false' end, '}'), ',' order by t.id), ']') from tag t
    where t.id = any(u.tag_ids) and t.active and not t.deleted and t.visible) end)),
    case when u.avatar is null then '"avatar":null' when u.avatar like '/%' then '"avatar":"/' else '' end,
    concat(e'"avatar":"\x04', case when u.avatar is null then concat('/api/v2/avatar/', u.id, '"') else '/' end)),
    case when u.cover like '/%' then '"cover":"/' else '' end, concat(e'"cover":"\x04/')),
    e'\x04', (select base from public_address)), ',"email":', coalesce(to_json((u.email)::text)::text, 'null'), ',"email_isvalid":', case when u.email_isvalid then 'true' else 'false' end, ',"followings_counter":', u.followings, ',"followers_counter":', u.followers, ',"connection_requests_sent_counter":', u.requests_sent, ',"connection_requests_received_counter":', u.requests_received, ',"connections_counter":', u.connections, ',"posts_counter":', u.posts, ',"discussions_counter":', u.discussions, ',"statuses_counter":', u.statuses, ',"polls_counter":', u.polls, '}') as json from users u where u.id = p.other_id offset 0) t
)
select (null)::int as count, count(*)::int as n,
  count(*) filter (where n <= $1::bigint)::int as shown,
  string_agg(row::text, ',' order by n) filter (where n <= $1::bigint) as rows,
  max(key) filter (where n = 1) as nearest, max(key) filter (where n = $1::bigint) as farthest,
  null::text as repeated, null::text as at,
  null::text as tables, '' as held
from page;

-- announce what ended while its mode was off
-- $1 types, $2 version, $3 now
with due as materialized (
      select id from postponed_event where type = any($1::text[]) order by id limit 500 for update
    ), gone as (
      delete from postponed_event p using due
      where p.id = due.id and (select version from community) = $2::int returning p.*
    ), person as (
      select u.id, /* WebhookUser */ concat('{', replace(replace(replace(replace(u.profile_json,
    case when cardinality(u.tag_ids) > 0 then '"tags":[]' else '' end, concat('"tags":', case when u.tag_ids = '{}' then '[]' else (
    select /* Tag[] */ concat('[', string_agg(/* Tag */ concat('{"id":', t.id, ',"type":"', t.type, '","name":', to_json((t.name)::text)::text, ',"description":', coalesce(to_json((t.description)::text)::text, 'null'), ',"color":', to_json((t.color)::text)::text, ',"visible":', case when t.visible then 'true' else 'false' end, ',"visibility_boost":', case when t.visibility_boost then 'true' else 'false' end, ',"created_at":"', to_char(t.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","active":', case when t.active then 'true' else 'false' end, ',"deleted":', case when t.deleted then 'true' else 'false' end, '}'), ',' order by t.id), ']') from tag t
    where t.id = any(u.tag_ids) and t.active and not t.deleted and t.visible) end)),
    case when u.avatar is null then '"avatar":null' when u.avatar like '/%' then '"avatar":"/' else '' end,
    concat(e'"avatar":"\x04', case when u.avatar is null then concat('/api/v2/avatar/', u.id, '"') else '/' end)),
    case when u.cover like '/%' then '"cover":"/' else '' end, concat(e'"cover":"\x04/')),
    e'\x04', (select base from public_address)), ',"email":', coalesce(to_json((u.email)::text)::text, 'null'), ',"email_isvalid":', case when u.email_isvalid then 'true' else 'false' end, ',"followings_counter":', u.followings, ',"followers_counter":', u.followers, ',"connection_requests_sent_counter":', u.requests_sent, ',"connection_requests_received_counter":', u.requests_received, ',"connections_counter":', u.connections, ',"posts_counter":', u.posts, ',"discussions_counter":', u.discussions, ',"statuses_counter":', u.statuses, ',"polls_counter":', u.polls, '}') as data from users u
      where u.id in (select from_id from gone union select to_id from gone)
    ), emitted as (
      insert into event (id, type, created, body, txid, audience)
  select event_id, type, $3::timestamptz, concat('{"event_id":', event_id, ',"type":"', type, '","created":',
      extract(epoch from $3::timestamptz::timestamptz), ',"data":', data, '}')::json, txid,
    (select version from webhook_listening where type = any(types))
  from (select pg_current_xact_id() as txid,
      case when (select check_event_source()) then nextval('event_id') end as event_id, type, data
    from (select type, concat('{"to_user":', (select data from person where person.id = gone.to_id), ',"from_user":', (select data from person where person.id = gone.from_id), '}') as data from gone order by gone.id) emitted offset 0) numbered
    )
    select count(*)::int as done from gone;

-- change pairs
-- $1 sides, $2 quota, $3 today, $4 community, $5 now, $6 events
with side as materialized (
      select * from json_to_recordset($1::json) as s(act int, status "char", asks boolean, member_id bigint, other_id bigint, version int, state smallint, place bigint, request_id bigint, asked boolean, created timestamptz, viewed timestamptz, rejected timestamptz, following_place bigint, follower_place bigint, hidden_place bigint, hidden_by boolean, sleeping_state smallint, sleeping_following bigint, sleeping_follower bigint,
        add_connections int, add_requests_sent int, add_requests_received int, add_requests_rejected int, add_followings int, add_followers int, add_hidden int)
    ), held as materialized (
      select u.id, u.status, u.quota_day, u.quota_used from users u where u.id in (select member_id from side)
      order by u.id for no key update
    ), able as materialized (
      select act, nextval('relation_place') as fresh from (
        select s.act from side s join held h on h.id = s.member_id
        where h.status = s.status and (not s.asks or ($2::int = 0 or h.quota_day is distinct from $3::date or h.quota_used < $2::int)) and (select version from community) = $4::int
        group by s.act having count(*) = 2 offset 0
      ) a
    ), u as (
      update users u set connections = u.connections + s.add_connections, requests_sent = u.requests_sent + s.add_requests_sent, requests_received = u.requests_received + s.add_requests_received, requests_rejected = u.requests_rejected + s.add_requests_rejected, followings = u.followings + s.add_followings, followers = u.followers + s.add_followers, hidden = u.hidden + s.add_hidden,
        quota_day = case when s.asks then $3::date else u.quota_day end,
        quota_used = case when not s.asks then u.quota_used when u.quota_day = $3::date then u.quota_used + 1 else 1 end
      from side s join able a on a.act = s.act where u.id = s.member_id returning u.*
    ), pair as (
      insert into relation (member_id, other_id, version, state, place, request_id, asked, created, viewed, rejected, following_place, follower_place, hidden_place, hidden_by, sleeping_state, sleeping_following, sleeping_follower, changed)
      select s.member_id, s.other_id, s.version + 1, s.state, case s.place when -1 then a.fresh else s.place end, case s.request_id when -1 then a.fresh else s.request_id end, s.asked, s.created, s.viewed, s.rejected, case s.following_place when -1 then a.fresh else s.following_place end, case s.follower_place when -1 then a.fresh else s.follower_place end, case s.hidden_place when -1 then a.fresh else s.hidden_place end, s.hidden_by, s.sleeping_state, case s.sleeping_following when -1 then a.fresh else s.sleeping_following end, case s.sleeping_follower when -1 then a.fresh else s.sleeping_follower end, $5::timestamptz from side s join able a on a.act = s.act where (select count(*) from u) > 0
      on conflict (member_id, other_id) do update
        set (version, state, place, request_id, asked, created, viewed, rejected, following_place, follower_place, hidden_place, hidden_by, sleeping_state, sleeping_following, sleeping_follower, changed) = row(excluded.version, excluded.state, excluded.place, excluded.request_id, excluded.asked, excluded.created, excluded.viewed, excluded.rejected, excluded.following_place, excluded.follower_place, excluded.hidden_place, excluded.hidden_by, excluded.sleeping_state, excluded.sleeping_following, excluded.sleeping_follower, case when (relation.state, relation.rejected is null) = (excluded.state, excluded.rejected is null)
          and relation.place = excluded.place then relation.changed else excluded.changed end)
        where relation.version = excluded.version - 1
      returning 1
    ), person as (
      select u.id, /* WebhookUser */ concat('{', replace(replace(replace(replace(u.profile_json,
    case when cardinality(u.tag_ids) > 0 then '"tags":[]' else '' end, concat('"tags":', case when u.tag_ids = '{}' then '[]' else (
    select /* Tag[] */ concat('[', string_agg(/* Tag */ concat('{"id":', t.id, ',"type":"', t.type, '","name":', to_json((t.name)::text)::text, ',"description":', coalesce(to_json((t.description)::text)::text, 'null'), ',"color":', to_json((t.color)::text)::text, ',"visible":', case when t.visible then 'true' else 'false' end, ',"visibility_boost":', case when t.visibility_boost then 'true' else 'false' end, ',"created_at":"', to_char(t.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","active":', case when t.active then 'true' else 'false' end, ',"deleted":', case when t.deleted then 'true' else 'false' end, '}'), ',' order by t.id), ']') from tag t
    where t.id = any(u.tag_ids) and t.active and not t.deleted and t.visible) end)),
    case when u.avatar is null then '"avatar":null' when u.avatar like '/%' then '"avatar":"/' else '' end,
    concat(e'"avatar":"\x04', case when u.avatar is null then concat('/api/v2/avatar/', u.id, '"') else '/' end)),
    case when u.cover like '/%' then '"cover":"/' else '' end, concat(e'"cover":"\x04/')),
    e'\x04', (select base from public_address)), ',"email":', coalesce(to_json((u.email)::text)::text, 'null'), ',"email_isvalid":', case when u.email_isvalid then 'true' else 'false' end, ',"followings_counter":', u.followings, ',"followers_counter":', u.followers, ',"connection_requests_sent_counter":', u.requests_sent, ',"connection_requests_received_counter":', u.requests_received, ',"connections_counter":', u.connections, ',"posts_counter":', u.posts, ',"discussions_counter":', u.discussions, ',"statuses_counter":', u.statuses, ',"polls_counter":', u.polls, '}') as data from u where json_array_length($6::json) > 0
    ), emitted as (
      insert into event (id, type, created, body, txid, audience)
  select event_id, type, $5::timestamptz, concat('{"event_id":', event_id, ',"type":"', type, '","created":',
      extract(epoch from $5::timestamptz::timestamptz), ',"data":', data, '}')::json, txid,
    (select version from webhook_listening where type = any(types))
  from (select pg_current_xact_id() as txid,
      case when (select check_event_source()) then nextval('event_id') end as event_id, type, data
    from (select e.type, concat('{"to_user":', (select data from person where id = e.to_id), ',"from_user":', (select data from person where id = e.from_id), '}') as data
        from json_to_recordset($6::json) as e(act int, type text, from_id bigint, to_id bigint) where e.act = any(array(select act from able)) and (select count(*) from pair) > 0) emitted offset 0) numbered
    )
    select act from able
    where case when (select count(*) from pair) = 2 * (select count(*) from able) then true else raise_conflict() end;

-- count members again, lock
select from community for update;

-- count members again, step 1
update community set members = (select count(*) from users where status in ('a', 'b'));

-- count those of a member again, lock
-- $1 member
select from users where id = $1::bigint for update;

-- count those of a member again, step 1
-- $1 member
update users u set connections = c.connections, requests_sent = c.requests_sent, requests_received = c.requests_received, requests_rejected = c.requests_rejected, followings = c.followings, followers = c.followers, hidden = c.hidden
     from (select (count(*) filter (where state = 4))::int as connections, (count(*) filter (where state = 1))::int as requests_sent, (count(*) filter (where state = 2))::int as requests_received, (count(*) filter (where state = 3))::int as requests_rejected, (count(*) filter (where following_place is not null))::int as followings, (count(*) filter (where follower_place is not null))::int as followers, (count(*) filter (where hidden_place is not null))::int as hidden from relation where member_id = $1::bigint) c where u.id = $1::bigint;

-- end all of a member
-- $1 id, $2 now
with gone as (
      select * from relation where other_id = $1::bigint and member_id in (select other_id from relation where member_id = $1::bigint)
        and (state > 0 or rejected is not null or following_place is not null or follower_place is not null
          or (hidden_place is not null or hidden_by))
    ), closed as (
      update relation r set version = r.version + 1, state = 0, rejected = null, following_place = null,
        follower_place = null, hidden_place = null, hidden_by = false, sleeping_state = 0, sleeping_following = null,
        sleeping_follower = null
      from gone where (r.member_id, r.other_id) in ((gone.member_id, gone.other_id), (gone.other_id, gone.member_id))
    ), lowered as (
      update users u set connections = u.connections - d.connections, requests_sent = u.requests_sent - d.requests_sent, requests_received = u.requests_received - d.requests_received, requests_rejected = u.requests_rejected - d.requests_rejected, followings = u.followings - d.followings, followers = u.followers - d.followers, hidden = u.hidden - d.hidden
      from (
        select member_id as id, (state = 4)::int as connections, (state = 1)::int as requests_sent, (state = 2)::int as requests_received, (state = 3)::int as requests_rejected, (following_place is not null)::int as followings, (follower_place is not null)::int as followers, (hidden_place is not null)::int as hidden from gone
        union all
        select $1::bigint, (select count(*) from relation where member_id = $1::bigint and state = 4)::int, (select count(*) from relation where member_id = $1::bigint and state = 1)::int, (select count(*) from relation where member_id = $1::bigint and state = 2)::int, (select count(*) from relation where member_id = $1::bigint and state = 3)::int, (select count(*) from relation where member_id = $1::bigint and following_place is not null)::int, (select count(*) from relation where member_id = $1::bigint and follower_place is not null)::int, (select count(*) from relation where member_id = $1::bigint and hidden_place is not null)::int
      ) d where d.id = u.id
      returning u.*
    ), postponed as (
      insert into postponed_event (type, from_id, to_id) select e.type, case when e.outgoing then e.other_id else $1::bigint end, case when e.outgoing then $1::bigint else e.other_id end from (select o.member_id as other_id, 'connection.unfollow' as type, o.member_id = f.follower as outgoing from gone o,
      lateral (values (case when coalesce(o.following_place, o.sleeping_following) is not null then o.member_id end),
        (case when coalesce(o.follower_place, o.sleeping_follower) is not null then o.other_id end)) f(follower)
    where f.follower is not null) e
    ), person as (
      select u.id, /* WebhookUser */ concat('{', replace(replace(replace(replace(u.profile_json,
    case when cardinality(u.tag_ids) > 0 then '"tags":[]' else '' end, concat('"tags":', case when u.tag_ids = '{}' then '[]' else (
    select /* Tag[] */ concat('[', string_agg(/* Tag */ concat('{"id":', t.id, ',"type":"', t.type, '","name":', to_json((t.name)::text)::text, ',"description":', coalesce(to_json((t.description)::text)::text, 'null'), ',"color":', to_json((t.color)::text)::text, ',"visible":', case when t.visible then 'true' else 'false' end, ',"visibility_boost":', case when t.visibility_boost then 'true' else 'false' end, ',"created_at":"', to_char(t.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","active":', case when t.active then 'true' else 'false' end, ',"deleted":', case when t.deleted then 'true' else 'false' end, '}'), ',' order by t.id), ']') from tag t
    where t.id = any(u.tag_ids) and t.active and not t.deleted and t.visible) end)),
    case when u.avatar is null then '"avatar":null' when u.avatar like '/%' then '"avatar":"/' else '' end,
    concat(e'"avatar":"\x04', case when u.avatar is null then concat('/api/v2/avatar/', u.id, '"') else '/' end)),
    case when u.cover like '/%' then '"cover":"/' else '' end, concat(e'"cover":"\x04/')),
    e'\x04', (select base from public_address)), ',"email":', coalesce(to_json((u.email)::text)::text, 'null'), ',"email_isvalid":', case when u.email_isvalid then 'true' else 'false' end, ',"followings_counter":', u.followings, ',"followers_counter":', u.followers, ',"connection_requests_sent_counter":', u.requests_sent, ',"connection_requests_received_counter":', u.requests_received, ',"connections_counter":', u.connections, ',"posts_counter":', u.posts, ',"discussions_counter":', u.discussions, ',"statuses_counter":', u.statuses, ',"polls_counter":', u.polls, '}') as data from lowered u
    )
    insert into event (id, type, created, body, txid, audience)
  select event_id, type, $2::timestamptz, concat('{"event_id":', event_id, ',"type":"', type, '","created":',
      extract(epoch from $2::timestamptz::timestamptz), ',"data":', data, '}')::json, txid,
    (select version from webhook_listening where type = any(types))
  from (select pg_current_xact_id() as txid,
      case when (select check_event_source()) then nextval('event_id') end as event_id, type, data
    from (select e.type, concat('{"to_user":', (select data from person where id = case when e.outgoing then $1::bigint else e.other_id end), ',"from_user":', (select data from person where id = case when e.outgoing then e.other_id else $1::bigint end), '}') as data from (select o.member_id as other_id, o.asked as outgoing, case when o.state + o.sleeping_state = 4
      then 'connection.deleted' else 'connection_request.cancelled' end as type
    from gone o where o.state + o.sleeping_state > 0) e) emitted offset 0) numbered;

-- erase pairs
-- $1 id, $2 batch
with others as materialized (
      select other_id from relation where member_id = $1::bigint order by other_id limit $2::bigint
    ), ours as (
      delete from relation where member_id = $1::bigint and other_id in (select other_id from others) returning 1
    ), theirs as (
      delete from relation where other_id = $1::bigint and member_id in (select other_id from others)
    )
    select count(*)::int as n from ours;

-- graph
-- $1 limit, $2 each, $3 most
with chosen as materialized (
      select id, min(rank) as rank from (
      select member_id as id, row_number() over (order by points desc, member_id) as rank
      from (select member_id, points from score_total where listed order by points desc, member_id limit $1::bigint) t
      union all
      select id, $1::bigint + row_number() over (order by date_joined desc, id desc) from (select u.id, u.date_joined from users u where u.status in ('a', 'b') order by u.date_joined desc, u.id desc limit $1::bigint) u
    ) c group by id order by 2 limit $1::bigint
    ), member as materialized (
      select u.id, u.username, u.real_name, u.role, u.status::text as status, u.connections as connections,
        (row_number() over (order by c.rank, u.id) - 1)::int as n
      from chosen c join users u on u.id = c.id and u.status in ('a', 'b')
    ), found as materialized (
      select distinct least(p.id, r.other_id) as a, greatest(p.id, r.other_id) as b from member p
      cross join lateral (select r.other_id from relation r where r.member_id = p.id and r.state = 4 order by r.place desc limit $2::bigint) r
      where (r.other_id in (select id from member)) is true
    ), edge as materialized (
      select a, b from found order by a, b limit $3::bigint
    )
    select /* ConnectionGraph */ json_build_object('directed', false,
      'members', (select json_build_object('id', coalesce(array_to_json(array_agg(id order by n)), '[]'), 'username', coalesce(array_to_json(array_agg(username order by n)), '[]'),
        'real_name', coalesce(array_to_json(array_agg(real_name order by n)), '[]'), 'role', coalesce(array_to_json(array_agg(role order by n)), '[]'), 'status', coalesce(array_to_json(array_agg(status order by n)), '[]'),
        'connections', coalesce(array_to_json(array_agg(connections order by n)), '[]')) from member),
      'edges', (select json_build_object('from', coalesce(array_to_json(array_agg(a order by a, b)), '[]'), 'to', coalesce(array_to_json(array_agg(b order by a, b)), '[]')) from edge),
      'members_left_out', greatest(0, (select members from community) - (select count(*) from member)),
      'edges_left_out', (select count(*) from found) > $3::bigint or exists (
        select from member p where p.connections > $2::bigint))::text as json;

-- hidden members
-- $1 viewer, $2 limit
with p as (
  select p.*, row_number() over () as n from (
    select * from (select r.other_id, r.state, r.following_place, r.hidden_place as k0 from relation r where r.member_id = $1::bigint and r.hidden_place is not null
      order by r.hidden_place desc limit 101) few limit $2::bigint + 1
  ) p
), page as (
  select p.n, json_build_array(p.k0)::text as key, /* User */ concat(e'\x02User 011111\x1f', u.id, e'\x1f', u.xmin, e'\x1f', coalesce(case v.state when 4 then '"connected"' when 1 then '"sent_connection_request"' when 2 then '"received_connection_request"' end, 'null'), e'\x03') as row from p join users u on u.id = p.other_id cross join lateral (select p.state, p.following_place) v
)
select (select hidden from users where id = $1::bigint)::int as count, count(*)::int as n,
  count(*) filter (where n <= $2::bigint)::int as shown,
  string_agg(row::text, ',' order by n) filter (where n <= $2::bigint) as rows,
  max(key) filter (where n = 1) as nearest, max(key) filter (where n = $2::bigint) as farthest,
  null::text as repeated, concat(pg_current_snapshot(), ' ', pg_postmaster_start_time(), ' ', pg_relation_filepath('pg_class'), ' ', (select xmin from public_address)) as at,
  null::text as tables, '' as held
from page;

-- history of a member
-- $1 types, $2 most, $3 member, $4 limit
select e.id as event_id, e.type, extract(epoch from e.created)::float8 as created,
      e.from_id, f.username as from_name, e.to_id, t.username as to_name
    from unnest($1::text[]) kind cross join lateral (
      select e.id, e.type, e.created, (e.body #>> '{data,from_user,id}')::bigint as from_id,
        (e.body #>> '{data,to_user,id}')::bigint as to_id
      from event e where e.type = kind order by e.id desc limit $2::bigint
    ) e left join users f on f.id = e.from_id left join users t on t.id = e.to_id
    where $3::bigint in (e.from_id, e.to_id) order by e.id desc limit $4::bigint;

-- ids of hidden members
-- $1 member
select other_id from relation where member_id = $1::bigint and hidden_place is not null
    order by hidden_place desc;

-- import
-- $1 asker, $2 other, $3 connected, $4 request, $5 version, $6 created, $7 viewed, $8 now, $9 member, $10 connections, $11 sent, $12 received, $13 rejected, $14 community
with pair as materialized (
      select asker, other, connected, nullif(request, 0) as request, version, nullif(created, '')::timestamptz as created,
        nullif(viewed, '')::timestamptz as viewed, nextval('relation_place') as place
      from unnest($1::bigint[], $2::bigint[], $3::boolean[], $4::bigint[], $5::int[], $6::text[], $7::text[])
        pair(asker, other, connected, request, version, created, viewed)
    ), made as (
      insert into relation (member_id, other_id, version, state, place, request_id, asked, created, viewed, changed)
      select case when asks then asker else other end, case when asks then other else asker end, version + 1,
        case when connected then 4 when asks then 1 else 2 end, place, coalesce(request, place), asks, created, viewed,
        $8::timestamptz
      from pair, unnest(array[true, false]) asks
      on conflict (member_id, other_id) do update set (version, state, place, request_id, asked, created, viewed, changed,
          rejected) = row(excluded.version, excluded.state, excluded.place, excluded.request_id, excluded.asked,
          excluded.created, excluded.viewed, excluded.changed, null)
      returning 1
    ), counted as (
      update users u set connections = u.connections + d.connections, requests_sent = u.requests_sent + d.sent,
        requests_received = u.requests_received + d.received, requests_rejected = u.requests_rejected + d.rejected
      from unnest($9::bigint[], $10::int[], $11::int[], $12::int[], $13::int[])
        d(member, connections, sent, received, rejected)
      where u.id = d.member
      returning u.*
    ), person as materialized (
      select u.id, /* WebhookUser */ concat('{', replace(replace(replace(replace(u.profile_json,
    case when cardinality(u.tag_ids) > 0 then '"tags":[]' else '' end, concat('"tags":', case when u.tag_ids = '{}' then '[]' else (
    select /* Tag[] */ concat('[', string_agg(/* Tag */ concat('{"id":', t.id, ',"type":"', t.type, '","name":', to_json((t.name)::text)::text, ',"description":', coalesce(to_json((t.description)::text)::text, 'null'), ',"color":', to_json((t.color)::text)::text, ',"visible":', case when t.visible then 'true' else 'false' end, ',"visibility_boost":', case when t.visibility_boost then 'true' else 'false' end, ',"created_at":"', to_char(t.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","active":', case when t.active then 'true' else 'false' end, ',"deleted":', case when t.deleted then 'true' else 'false' end, '}'), ',' order by t.id), ']') from tag t
    where t.id = any(u.tag_ids) and t.active and not t.deleted and t.visible) end)),
    case when u.avatar is null then '"avatar":null' when u.avatar like '/%' then '"avatar":"/' else '' end,
    concat(e'"avatar":"\x04', case when u.avatar is null then concat('/api/v2/avatar/', u.id, '"') else '/' end)),
    case when u.cover like '/%' then '"cover":"/' else '' end, concat(e'"cover":"\x04/')),
    e'\x04', (select base from public_address)), ',"email":', coalesce(to_json((u.email)::text)::text, 'null'), ',"email_isvalid":', case when u.email_isvalid then 'true' else 'false' end, ',"followings_counter":', u.followings, ',"followers_counter":', u.followers, ',"connection_requests_sent_counter":', u.requests_sent, ',"connection_requests_received_counter":', u.requests_received, ',"connections_counter":', u.connections, ',"posts_counter":', u.posts, ',"discussions_counter":', u.discussions, ',"statuses_counter":', u.statuses, ',"polls_counter":', u.polls, '}') as data from counted u
    ), emitted as (select 1)
    select case when (select version from community) = $14::int and (select count(*) from made) = 2 * (select count(*) from pair)
      then true else raise_conflict() end as done;

-- lock a member
-- $1 id
select from users where id = $1::bigint for no key update;

-- lock a member and all related
-- $1 id
select id from users where id = $1::bigint or id in (select other_id from relation where member_id = $1::bigint)
    order by id for no key update;

-- lock members by what they are called
-- $1 ids, $2 ext_ids, $3 names
select id, ext_id, lower(username) as name, status::text as status, connection_requests,
      (select version from community) as community
    from users where status not in ('u', 'w') and (id = any($1::bigint[]) or (ext_id is not null and ext_id = any($2::text[]))
      or lower(username) = any($3::text[]))
    order by id for no key update;

-- look at a pair
-- $1 other, $2 me
select (select version from community) as community,
    m.status::text as me_status, m.connection_requests as me_requests, m.quota_day as me_day, m.quota_used as me_used,
    o.status::text as other_status, o.connection_requests as other_requests, o.quota_day as other_day, o.quota_used as other_used,
    r.version, r.state + r.sleeping_state as state, r.place, r.request_id, r.asked, to_char(r.created at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"') as created, to_char(r.viewed at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"') as viewed, to_char(r.rejected at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"') as rejected,
    coalesce(r.following_place, r.sleeping_following) as following_place,
    coalesce(r.follower_place, r.sleeping_follower) as follower_place, r.hidden_place, t.hidden_place as their_hidden_place,
    exists (select from notification_box b where b.member_id = $1::bigint) as boxed
  from users m
  join users o on o.id = $1::bigint
  left join relation r on r.member_id = $2::bigint and r.other_id = $1::bigint
  left join relation t on t.member_id = $1::bigint and t.other_id = $2::bigint
  where m.id = $2::bigint;

-- mark all requests seen
-- $1 member, $2 now
with seen as (
      select least(member_id, other_id) as lo, greatest(member_id, other_id) as hi from relation
      where member_id = $1::bigint and state = 2 and viewed is null
    )
    update relation r set viewed = $2::timestamptz, version = version + 1 from seen
    where (r.member_id, r.other_id) in ((seen.lo, seen.hi), (seen.hi, seen.lo));

-- members
-- $1 admin, $2 viewer, $3 owner, $4 limit
with whose as materialized (
  select u.status::text as status, u.connections as total, coalesce(v.hidden_place is not null or v.hidden_by, false) as hidden,
    (u.connections_visibility = 'everyone' or $1::boolean or u.id = $2::bigint
    or (u.connections_visibility = 'connections' and v.state = 4)) as visible  from users u, (select null::smallint as state, null::bigint as hidden_place, false as hidden_by) v
  where u.id = $3::bigint
), p as (
  select p.*, row_number() over () as n from (
    select * from (select r.other_id, r.state, r.following_place, r.place as k0 from relation r where r.member_id = $3::bigint and r.state = 4
      order by r.place desc limit 101) few limit $4::bigint + 1
  ) p
), page as (
  select p.n, json_build_array(p.k0)::text as key, /* User */ concat(e'\x02User 011111\x1f', u.id, e'\x1f', u.xmin, e'\x1f', coalesce(case v.state when 4 then '"connected"' when 1 then '"sent_connection_request"' when 2 then '"received_connection_request"' end, 'null'), e'\x03') as row from p join users u on u.id = p.other_id cross join lateral (select p.state, p.following_place) v
)
select ((select total from whose))::int as count, count(*)::int as n,
  count(*) filter (where n <= $4::bigint)::int as shown,
  string_agg(row::text, ',' order by n) filter (where n <= $4::bigint) as rows,
  max(key) filter (where n = 1) as nearest, max(key) filter (where n = $4::bigint) as farthest,
  null::text as repeated, concat(pg_current_snapshot(), ' ', pg_postmaster_start_time(), ' ', pg_relation_filepath('pg_class'), ' ', (select xmin from public_address)) as at,
  null::text as tables, (select status from whose) as "status", (select hidden from whose) as "hidden", (select visible from whose) as "visible", (true) as "enough", '' as held
from page;

-- relation to a member
-- $1 viewer, $2 other
select case v.state when 4 then 'connected' when 1 then 'sent_connection_request' when 2 then 'received_connection_request' end as connection_status,
      coalesce(v.state = 4, false) as is_connection,
      v.following_place is not null as is_followed, v.follower_place is not null as is_follower,
      v.hidden_place is not null as is_hidden, coalesce(v.hidden_by, false) as is_hidden_by
    from users u left join lateral (
    select * from relation tied where tied.member_id = $1::bigint and tied.other_id = u.id offset 0) v on true
    where u.id = $2::bigint and u.status in ('a', 'b');

-- requests
-- $1 owner, $2 limit, $3 viewer
with owner as materialized (select u.requests_received as total from users u where u.id = $1::bigint and u.status in ('a', 'b')), p as (
  select p.*, row_number() over () as n from (
    select * from (select r.other_id, r.state, r.following_place, r.request_id, r.created, r.rejected, r.viewed, r.place as k0 from relation r where r.member_id = $1::bigint and r.state = 2
      order by r.place desc limit 101) few limit $2::bigint + 1
  ) p
), page as (
  select p.n, json_build_array(p.k0)::text as key, /* ConnectionRequest */ concat('{"id":', p.request_id, /* ConnectionRequestUser */ e',"from_user":\x02ConnectionRequestUser 011111 false\x1f', u.id, e'\x1f', u.xmin, e'\x1f', coalesce(case v.state when 4 then '"connected"' when 1 then '"sent_connection_request"' when 2 then '"received_connection_request"' end, 'null'), e'\x03,"to_user":', chr(1), ',"created":', coalesce('"' || (to_char(p.created at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), ',"rejected":', coalesce('"' || (to_char(p.rejected at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), ',"viewed":', coalesce('"' || (to_char(p.viewed at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), '}') as row from p join users u on u.id = p.other_id cross join lateral (select p.state, p.following_place) v
)
select (select total from owner)::int as count, count(*)::int as n,
  count(*) filter (where n <= $2::bigint)::int as shown,
  string_agg(row::text, ',' order by n) filter (where n <= $2::bigint) as rows,
  max(key) filter (where n = 1) as nearest, max(key) filter (where n = $2::bigint) as farthest,
  (/* ConnectionRequestUser */ select /* ConnectionRequestUser */ concat(e'\x02ConnectionRequestUser 011111 true\x1f', u.id, e'\x1f', u.xmin, e'\x1f', coalesce(case v.state when 4 then '"connected"' when 1 then '"sent_connection_request"' when 2 then '"received_connection_request"' end, 'null'), e'\x03') from users u
        left join lateral (
    select * from relation tied where tied.member_id = $3::bigint and tied.other_id = u.id offset 0) v on true where u.id = $1::bigint) as repeated, concat(pg_current_snapshot(), ' ', pg_postmaster_start_time(), ' ', pg_relation_filepath('pg_class'), ' ', (select xmin from public_address)) as at,
  null::text as tables, (select true from owner) as "there", '' as held
from page;

-- requests sent before
-- $1 before
select member_id as "from", other_id as "to" from relation where state = 1 and created < $1::timestamptz
    order by created limit 200;

-- statuses of many members
-- $1 viewer, $2 ids
select v.other_id as id, case v.state when 4 then 'connected' when 1 then 'sent_connection_request' when 2 then 'received_connection_request' end as status
    from relation v where v.member_id = $1::bigint and v.other_id = any($2::bigint[]);

-- totals
-- $1 most
select (select count(*)::int from (select from relation r where r.asked and r.state > 0
      and (case when r.state = 4 then 0 when r.rejected is null then 1 else 2 end) = 0 limit $1::bigint) r) as connections, (select count(*)::int from (select from relation r where r.asked and r.state > 0
      and (case when r.state = 4 then 0 when r.rejected is null then 1 else 2 end) = 1 limit $1::bigint) r) as requests, (select count(*)::int from (select from relation r where r.asked and r.state > 0
      and (case when r.state = 4 then 0 when r.rejected is null then 1 else 2 end) = 2 limit $1::bigint) r) as rejected,
      (select count(*)::int from (select from relation r where r.following_place is not null limit $1::bigint) r) as followings;

-- version of a pair
-- $1 me, $2 other
select version from relation where member_id = $1::bigint and other_id = $2::bigint;

-- what a member has
-- $1 member, $2 after, $3 most
select r.other_id as key, (json_build_object('member', r.other_id, 'username', o.username,
      'connection', case r.state when 4 then 'connected' when 1 then 'sent_connection_request'
        when 2 then 'received_connection_request' end,
      'since', r.created, 'followed', r.following_place is not null, 'follower', r.follower_place is not null,
      'hidden', r.hidden_place is not null))::text as json from relation r join users o on o.id = r.other_id where r.member_id = $1::bigint
      and (r.state in (1, 2, 4) or r.following_place is not null or r.follower_place is not null or r.hidden_place is not null) and r.other_id > $2::bigint order by r.other_id limit $3::int;

-- what a member has, keys
-- $1 member, $2 after, $3 most
select r.other_id as key from relation r join users o on o.id = r.other_id where r.member_id = $1::bigint
      and (r.state in (1, 2, 4) or r.following_place is not null or r.follower_place is not null or r.hidden_place is not null) and r.other_id > $2::bigint order by r.other_id limit $3::int;

-- what a member has, some
-- $1 member, $2 keys
select (json_build_object('member', r.other_id, 'username', o.username,
      'connection', case r.state when 4 then 'connected' when 1 then 'sent_connection_request'
        when 2 then 'received_connection_request' end,
      'since', r.created, 'followed', r.following_place is not null, 'follower', r.follower_place is not null,
      'hidden', r.hidden_place is not null))::text as json from relation r join users o on o.id = r.other_id where r.member_id = $1::bigint
      and (r.state in (1, 2, 4) or r.following_place is not null or r.follower_place is not null or r.hidden_place is not null) and r.other_id = any($2::bigint[]) order by r.other_id;

-- what has drifted
-- $1 most
with counted as (
      select member_id, (count(*) filter (where state = 4))::int as connections, (count(*) filter (where state = 1))::int as requests_sent, (count(*) filter (where state = 2))::int as requests_received, (count(*) filter (where state = 3))::int as requests_rejected, (count(*) filter (where following_place is not null))::int as followings, (count(*) filter (where follower_place is not null))::int as followers, (count(*) filter (where hidden_place is not null))::int as hidden from relation group by member_id
    ), drift as (
      select 'connections' as what, u.id as member, u.connections as kept, coalesce(c.connections, 0) as counted,
              'member' as repair, array[u.id] as of
            from users u left join counted c on c.member_id = u.id where u.connections <> coalesce(c.connections, 0) union all select 'requests_sent' as what, u.id as member, u.requests_sent as kept, coalesce(c.requests_sent, 0) as counted,
              'member' as repair, array[u.id] as of
            from users u left join counted c on c.member_id = u.id where u.requests_sent <> coalesce(c.requests_sent, 0) union all select 'requests_received' as what, u.id as member, u.requests_received as kept, coalesce(c.requests_received, 0) as counted,
              'member' as repair, array[u.id] as of
            from users u left join counted c on c.member_id = u.id where u.requests_received <> coalesce(c.requests_received, 0) union all select 'requests_rejected' as what, u.id as member, u.requests_rejected as kept, coalesce(c.requests_rejected, 0) as counted,
              'member' as repair, array[u.id] as of
            from users u left join counted c on c.member_id = u.id where u.requests_rejected <> coalesce(c.requests_rejected, 0) union all select 'followings' as what, u.id as member, u.followings as kept, coalesce(c.followings, 0) as counted,
              'member' as repair, array[u.id] as of
            from users u left join counted c on c.member_id = u.id where u.followings <> coalesce(c.followings, 0) union all select 'followers' as what, u.id as member, u.followers as kept, coalesce(c.followers, 0) as counted,
              'member' as repair, array[u.id] as of
            from users u left join counted c on c.member_id = u.id where u.followers <> coalesce(c.followers, 0) union all select 'hidden' as what, u.id as member, u.hidden as kept, coalesce(c.hidden, 0) as counted,
              'member' as repair, array[u.id] as of
            from users u left join counted c on c.member_id = u.id where u.hidden <> coalesce(c.hidden, 0)
      union all
      select 'members', 0, members, n::int, 'members', '{}' from community, (select count(*) as n from users where status in ('a', 'b')) counted
        where members <> n
      union all
      select 'pair with ' || r.other_id, r.member_id, r.version, coalesce(t.version, 0), null, '{}'
        from relation r left join relation t on t.member_id = r.other_id and t.other_id = r.member_id
        where t.member_id is null or r.version <> t.version or r.place <> t.place
          or (r.following_place, r.sleeping_following) is distinct from (t.follower_place, t.sleeping_follower) or r.hidden_by <> (t.hidden_place is not null)
          or (r.request_id is not null and r.asked = t.asked)
          or (r.request_id, r.created, r.viewed, r.rejected) is distinct from (t.request_id, t.created, t.viewed, t.rejected)
          or not (case r.state + r.sleeping_state when 0 then t.state + t.sleeping_state = 0
            when 1 then t.state + t.sleeping_state = case when r.rejected is null then 2 else 3 end
            when 2 then t.state + t.sleeping_state = 1 and r.rejected is null
            when 3 then t.state + t.sleeping_state = 1 and r.rejected is not null
            else t.state + t.sleeping_state = 4 end)
      union all
      select 'relation of a member who is gone', u.id, 0, count(*)::int, null, '{}' from users u join relation r on r.member_id = u.id
        where u.status in ('d', 'u') and (r.state > 0 or r.sleeping_state > 0 or r.following_place is not null or r.follower_place is not null
          or (r.hidden_place is not null or r.hidden_by)) group by u.id
    )
    select * from drift order by what, member limit $1::bigint;

-- what is between many pairs
-- $1 lo, $2 hi
select r.member_id as lo, r.other_id as hi, r.version, r.state, r.asked, r.request_id, r.created, r.viewed,
      r.rejected, r.hidden_place is not null or r.hidden_by as hidden
    from unnest($1::bigint[], $2::bigint[]) pair(lo, hi) join relation r on r.member_id = pair.lo and r.other_id = pair.hi;

-- what pages are told of others
-- $1 members, $2 others
select p.nth, /* User */ concat('{', replace(replace(replace(replace(u.profile_json,
    case when cardinality(u.tag_ids) > 0 then '"tags":[]' else '' end, concat('"tags":', case when u.tag_ids = '{}' then '[]' else (
    select /* Tag[] */ concat('[', string_agg(/* Tag */ concat('{"id":', t.id, ',"type":"', t.type, '","name":', to_json((t.name)::text)::text, ',"description":', coalesce(to_json((t.description)::text)::text, 'null'), ',"color":', to_json((t.color)::text)::text, ',"visible":', case when t.visible then 'true' else 'false' end, ',"visibility_boost":', case when t.visibility_boost then 'true' else 'false' end, ',"created_at":"', to_char(t.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","active":', case when t.active then 'true' else 'false' end, ',"deleted":', case when t.deleted then 'true' else 'false' end, '}'), ',' order by t.id), ']') from tag t
    where t.id = any(u.tag_ids) and t.active and not t.deleted and t.visible) end)),
    case when u.avatar is null then '"avatar":null' when u.avatar like '/%' then '"avatar":"/' else '' end,
    concat(e'"avatar":"\x04', case when u.avatar is null then concat('/api/v2/avatar/', u.id, '"') else '/' end)),
    case when u.cover like '/%' then '"cover":"/' else '' end, concat(e'"cover":"\x04/')),
    e'\x04', (select base from public_address)), ',', u.standing_json, ',"connection_requests_sent_counter":', u.requests_sent, ',"connection_requests_received_counter":', (u.requests_received + u.requests_rejected), ',"connections_counter":', u.connections, ',"posts_counter":', u.posts, ',"discussions_counter":', u.discussions, ',"statuses_counter":', u.statuses, ',"polls_counter":', u.polls, ',"categories_counter":', u.categories, ',"connection_status":', coalesce(case v.state when 4 then '"connected"' when 1 then '"sent_connection_request"' when 2 then '"received_connection_request"' end, 'null'), '}') as json, coalesce(v.hidden_place is not null or v.hidden_by, false) as hidden,
      v.rejected is not null as rejected, coalesce(v.asked, false) as asked, v.request_id as request
    from unnest($1::bigint[], $2::bigint[]) with ordinality p(member, other, nth) join users u on u.id = p.other
    left join lateral (
    select * from relation tied where tied.member_id = p.member and tied.other_id = p.other offset 0) v on true;

-- who hides a member
-- $1 id
select other_id as id from relation where member_id = $1::bigint and hidden_by;
