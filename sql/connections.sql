-- Printed by `npm run sql`. The statements of a slice, as PostgreSQL is given them in their usual variant.

-- change a pair
-- $1 lo_add_connections, $2 lo_add_requests_sent, $3 lo_add_requests_received, $4 lo_add_requests_rejected, $5 lo_add_followings, $6 lo_add_followers, $7 lo_add_hidden, $8 spender, $9 today, $10 lo, $11 lo_status, $12 quota, $13 hi_add_connections, $14 hi_add_requests_sent, $15 hi_add_requests_received, $16 hi_add_requests_rejected, $17 hi_add_followings, $18 hi_add_followers, $19 hi_add_hidden, $20 hi, $21 hi_status, $22 version, $23 lo_state, $24 place, $25 request, $26 lo_asked, $27 created, $28 viewed, $29 rejected, $30 lo_following, $31 hi_following, $32 lo_hidden, $33 hi_hidden, $34 hi_state, $35 hi_asked, $36 community, $37 types, $38 now, $39 from
with lo as (
      update users set connections = connections + $1::int, requests_sent = requests_sent + $2::int, requests_received = requests_received + $3::int, requests_rejected = requests_rejected + $4::int, followings = followings + $5::int, followers = followers + $6::int, hidden = hidden + $7::int, quota_day = case when id = $8::bigint then $9::date else quota_day end,
      quota_used = case when id <> coalesce($8::bigint, 0) then quota_used when quota_day = $9::date then quota_used + 1 else 1 end
      where id = $10::bigint and status = $11::"char" and (id <> coalesce($8::bigint, 0) or $12::int = 0 or quota_day is distinct from $9::date or quota_used < $12::int) returning *
    ), hi as (
      update users set connections = connections + $13::int, requests_sent = requests_sent + $14::int, requests_received = requests_received + $15::int, requests_rejected = requests_rejected + $16::int, followings = followings + $17::int, followers = followers + $18::int, hidden = hidden + $19::int, quota_day = case when id = $8::bigint then $9::date else quota_day end,
      quota_used = case when id <> coalesce($8::bigint, 0) then quota_used when quota_day = $9::date then quota_used + 1 else 1 end
      where id = $20::bigint and status = $21::"char" and (id <> coalesce($8::bigint, 0) or $12::int = 0 or quota_day is distinct from $9::date or quota_used < $12::int) and exists (select from lo) returning *
    ), pair as (
      insert into relation (member_id, other_id, version, state, place, request_id, asked, created, viewed, rejected,
      following_place, follower_place, hidden_place, hidden_by)
      select * from (values
        ($10::bigint, $20::bigint, $22::int + 1, $23::smallint, $24::bigint, $25::bigint, $26::boolean,
        $27::timestamptz, $28::timestamptz, $29::timestamptz, $30::bigint, $31::bigint,
        $32::bigint, $33::bigint is not null),
        ($20::bigint, $10::bigint, $22::int + 1, $34::smallint, $24::bigint, $25::bigint, $35::boolean,
        $27::timestamptz, $28::timestamptz, $29::timestamptz, $31::bigint, $30::bigint,
        $33::bigint, $32::bigint is not null)) v
      where exists (select from hi) and (select version from community) = $36::int
      on conflict (member_id, other_id) do update set (version, state, place, request_id, asked, created, viewed,
          rejected, following_place, follower_place, hidden_place, hidden_by) = row(excluded.version, excluded.state,
          excluded.place, excluded.request_id, excluded.asked, excluded.created, excluded.viewed, excluded.rejected,
          excluded.following_place, excluded.follower_place, excluded.hidden_place, excluded.hidden_by)
        where relation.version = $22::int
      returning 1
    ), person as (
      select u.id, concat('{', u.profile_json, ',"email":', coalesce(to_json((u.email)::text)::text, 'null'), ',"email_isvalid":', case when u.email_isvalid then 'true' else 'false' end, ',"connection_requests_sent_counter":', u.requests_sent, ',"connection_requests_received_counter":', u.requests_received, ',"connections_counter":', u.connections, ',"posts_counter":', u.posts, ',"discussions_counter":', u.discussions, ',"statuses_counter":', u.statuses, ',"polls_counter":', u.polls, '}') as data from (select * from lo union all select * from hi) u
      where cardinality($37::text[]) > 0
    ), emitted as (
      insert into event (id, type, created, body, txid, audience)
  select event_id, type, $38::timestamptz, concat('{"event_id":', event_id, ',"type":"', type, '","created":',
      extract(epoch from $38::timestamptz::timestamptz), ',"data":', data, '}')::json, txid,
    (select version from webhook_listening where type = any(types))
  from (select pg_current_xact_id() as txid,
      case when (select check_event_source()) then nextval('event_id') end as event_id, type, data
    from (select e.type, concat('{"to_user":', (select data from person where id <> e.from_id), ',"from_user":', (select data from person where id = e.from_id), '}') as data
        from unnest($37::text[], $39::bigint[]) e(type, from_id) where (select count(*) from pair) = 2) emitted offset 0) numbered
    )
    select case when not exists (select from lo) then false
      when (select count(*) from hi) = 1 and (select count(*) from pair) = 2 then true
      else raise_conflict() end as done;

-- end all of a member
-- $1 id, $2 now
with gone as (
      select * from relation where other_id = $1::bigint and member_id in (select other_id from relation where member_id = $1::bigint)
        and (state > 0 or rejected is not null or following_place is not null or follower_place is not null
          or hidden_place is not null or hidden_by)
    ), closed as (
      update relation r set version = r.version + 1, state = 0, rejected = null, following_place = null,
        follower_place = null, hidden_place = null, hidden_by = false
      from gone where (r.member_id, r.other_id) in ((gone.member_id, gone.other_id), (gone.other_id, gone.member_id))
    ), lowered as (
      update users u set connections = u.connections - d.connections, requests_sent = u.requests_sent - d.requests_sent, requests_received = u.requests_received - d.requests_received, requests_rejected = u.requests_rejected - d.requests_rejected, followings = u.followings - d.followings, followers = u.followers - d.followers, hidden = u.hidden - d.hidden
      from (
        select member_id as id, (state = 4)::int as connections, (state = 1)::int as requests_sent, (state = 2)::int as requests_received, (state = 3)::int as requests_rejected, (following_place is not null)::int as followings, (follower_place is not null)::int as followers, (hidden_place is not null)::int as hidden from gone
        union all
        select $1::bigint, (select count(*) from relation where member_id = $1::bigint and state = 4)::int, (select count(*) from relation where member_id = $1::bigint and state = 1)::int, (select count(*) from relation where member_id = $1::bigint and state = 2)::int, (select count(*) from relation where member_id = $1::bigint and state = 3)::int, (select count(*) from relation where member_id = $1::bigint and following_place is not null)::int, (select count(*) from relation where member_id = $1::bigint and follower_place is not null)::int, (select count(*) from relation where member_id = $1::bigint and hidden_place is not null)::int
      ) d where d.id = u.id
      returning u.*
    ), person as (
      select u.id, concat('{', u.profile_json, ',"email":', coalesce(to_json((u.email)::text)::text, 'null'), ',"email_isvalid":', case when u.email_isvalid then 'true' else 'false' end, ',"connection_requests_sent_counter":', u.requests_sent, ',"connection_requests_received_counter":', u.requests_received, ',"connections_counter":', u.connections, ',"posts_counter":', u.posts, ',"discussions_counter":', u.discussions, ',"statuses_counter":', u.statuses, ',"polls_counter":', u.polls, '}') as data from lowered u
    )
    insert into event (id, type, created, body, txid, audience)
  select event_id, type, $2::timestamptz, concat('{"event_id":', event_id, ',"type":"', type, '","created":',
      extract(epoch from $2::timestamptz::timestamptz), ',"data":', data, '}')::json, txid,
    (select version from webhook_listening where type = any(types))
  from (select pg_current_xact_id() as txid,
      case when (select check_event_source()) then nextval('event_id') end as event_id, type, data
    from (select e.type, concat('{"to_user":', (select data from person where id = case when e.outgoing then $1::bigint else e.other_id end), ',"from_user":', (select data from person where id = case when e.outgoing then e.other_id else $1::bigint end), '}') as data from (select o.member_id as other_id, case when o.state = 4 then 'connection.deleted' else 'connection_request.cancelled' end as type,
      o.asked as outgoing from gone o where o.state > 0) e) emitted offset 0) numbered;

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

-- hidden members
-- $1 viewer, $2 limit
with p as (
  select p.*, row_number() over () as n from (
    select * from (select r.other_id, r.state, r.following_place, r.hidden_place as k0 from relation r where r.member_id = $1::bigint and r.hidden_place is not null
      order by r.hidden_place desc limit 101) few limit $2::bigint + 1
  ) p
), page as (
  select p.n, json_build_array(p.k0)::text as key, concat('{', u.profile_json, ',', u.standing_json, ',"connection_requests_sent_counter":', u.requests_sent, ',"connection_requests_received_counter":', (u.requests_received + u.requests_rejected), ',"connections_counter":', u.connections, ',"posts_counter":', u.posts, ',"discussions_counter":', u.discussions, ',"statuses_counter":', u.statuses, ',"polls_counter":', u.polls, ',"categories_counter":', u.categories, ',"connection_status":', coalesce('"' || (case v.state when 4 then 'connected' when 1 then 'sent_connection_request' when 2 then 'received_connection_request' end) || '"', 'null'), '}') as row from p join users u on u.id = p.other_id cross join lateral (select p.state, p.following_place) v
)
select (select hidden from users where id = $1::bigint)::int as count, count(*)::int as n,
  string_agg(row::text, ',' order by n) filter (where n <= $2::bigint) as rows,
  max(key) filter (where n = 1) as nearest, max(key) filter (where n = $2::bigint) as farthest
from page;

-- ids of hidden members
-- $1 member
select other_id from relation where member_id = $1::bigint and hidden_place is not null
    order by hidden_place desc;

-- import edges
-- $1 from, $2 to, $3 open, $4 now
with edge as materialized (
      select a, b, open, nextval('relation_place') as place
      from unnest($1::bigint[], $2::bigint[], $3::boolean[]) edge(a, b, open)
    ), made as (
      insert into relation (member_id, other_id, version, state, place, request_id, asked, created)
      select a, b, 1, case when open then 1 else 4 end, place, place, true, $4::timestamptz from edge
      union all
      select b, a, 1, case when open then 2 else 4 end, place, place, false, $4::timestamptz from edge
      on conflict do nothing
      returning member_id, other_id, state, place, asked
    ), counted as (
      update users u set connections = connections + d.connected, requests_sent = requests_sent + d.sent,
        requests_received = requests_received + d.received
      from (
        select member_id, (count(*) filter (where state = 4))::int as connected,
          (count(*) filter (where state = 1))::int as sent, (count(*) filter (where state = 2))::int as received
        from made group by member_id
      ) d where u.id = d.member_id
      returning u.*
    ), emitted as (select 1)
    select (count(*) filter (where asked and state = 4))::int as connections,
      (count(*) filter (where asked and state = 1))::int as requests from made;

-- import members
-- $1 now, $2 usernames
with made as (
      insert into users (username, real_name, date_joined) select name, name, $1::timestamptz from unnest($2::text[]) name
      on conflict do nothing returning *
    ), counted as (
      update community set members = members + (select count(*) from made)
    ), emitted as (select 1)
    select count(*)::int as made from made;

-- lock a member
-- $1 id
select from users where id = $1::bigint for no key update;

-- lock a member and all related
-- $1 id
select id from users where id = $1::bigint or id in (select other_id from relation where member_id = $1::bigint)
    order by id for no key update;

-- lock members by username
-- $1 names
select id, lower(username) as name from users
    where lower(username) = any($1::text[]) and status in ('a', 'b') order by id for no key update;

-- look at a pair
-- $1 other, $2 me
select (select version from community) as community, nextval('relation_place') as next,
    m.status::text as me_status, m.connection_requests as me_requests, m.quota_day as me_day, m.quota_used as me_used,
    o.status::text as other_status, o.connection_requests as other_requests, o.quota_day as other_day, o.quota_used as other_used,
    r.version, r.state, r.place, r.request_id, r.asked, to_char(r.created at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"') as created, to_char(r.viewed at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"') as viewed, to_char(r.rejected at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"') as rejected,
    r.following_place, r.follower_place, r.hidden_place, t.hidden_place as their_hidden_place
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
    or (u.connections_visibility = 'connections' and v.state = 4)) as visible,
    own.total <= u.connections as viewer_shorter, greatest(own.total, u.connections) <= 16 * least(own.total, u.connections) as alike
  from users u left join relation v on v.member_id = $2::bigint::bigint and v.other_id = u.id
  cross join (select coalesce((select connections from users where id = $2::bigint), 0) as total) own where u.id = $3::bigint
), p as (
  select p.*, row_number() over () as n from (
    select * from (select r.other_id, r.state, r.following_place, r.place as k0 from relation r where r.member_id = $3::bigint and r.state = 4
      order by r.place desc limit 101) few limit $4::bigint + 1
  ) p
), page as (
  select p.n, json_build_array(p.k0)::text as key, concat('{', u.profile_json, ',', u.standing_json, ',"connection_requests_sent_counter":', u.requests_sent, ',"connection_requests_received_counter":', (u.requests_received + u.requests_rejected), ',"connections_counter":', u.connections, ',"posts_counter":', u.posts, ',"discussions_counter":', u.discussions, ',"statuses_counter":', u.statuses, ',"polls_counter":', u.polls, ',"categories_counter":', u.categories, ',"connection_status":', coalesce('"' || (case v.state when 4 then 'connected' when 1 then 'sent_connection_request' when 2 then 'received_connection_request' end) || '"', 'null'), '}') as row from p join users u on u.id = p.other_id cross join lateral (select p.state, p.following_place) v
)
select ((select total from whose))::int as count, count(*)::int as n,
  string_agg(row::text, ',' order by n) filter (where n <= $4::bigint) as rows,
  max(key) filter (where n = 1) as nearest, max(key) filter (where n = $4::bigint) as farthest, (select status from whose) as "status", (select hidden from whose) as "hidden", (select visible from whose) as "visible"
from page;

-- relation to a member
-- $1 viewer, $2 other
select case v.state when 4 then 'connected' when 1 then 'sent_connection_request' when 2 then 'received_connection_request' end as connection_status,
      coalesce(v.state = 4, false) as is_connection,
      v.following_place is not null as is_followed, v.follower_place is not null as is_follower,
      v.hidden_place is not null as is_hidden, coalesce(v.hidden_by, false) as is_hidden_by
    from users u left join relation v on v.member_id = $1::bigint and v.other_id = u.id
    where u.id = $2::bigint and u.status in ('a', 'b');

-- requests
-- $1 viewer, $2 owner, $3 limit
with owner as materialized (select concat('{', u.profile_json, ',', u.standing_json, ',"connection_requests_sent_counter":', u.requests_sent, ',"connection_requests_received_counter":', (u.requests_received + u.requests_rejected), ',"connections_counter":', u.connections, ',"posts_counter":', u.posts, ',"discussions_counter":', u.discussions, ',"statuses_counter":', u.statuses, ',"polls_counter":', u.polls, ',"categories_counter":', u.categories, ',"connection_status":', coalesce('"' || (case v.state when 4 then 'connected' when 1 then 'sent_connection_request' when 2 then 'received_connection_request' end) || '"', 'null'), '}') as owner, u.requests_received as total
        from users u left join relation v on v.member_id = $1::bigint and v.other_id = u.id
        where u.id = $2::bigint and u.status in ('a', 'b')), p as (
  select p.*, row_number() over () as n from (
    select * from (select r.other_id, r.state, r.following_place, r.request_id, r.created, r.rejected, r.viewed, r.place as k0 from relation r where r.member_id = $2::bigint and r.state = 2
      order by r.place desc limit 101) few limit $3::bigint + 1
  ) p
), page as (
  select p.n, json_build_array(p.k0)::text as key, concat('{"id":', p.request_id, ',"from_user":', concat('{', u.profile_json, ',', u.standing_json, ',"connection_requests_sent_counter":', u.requests_sent, ',"connection_requests_received_counter":', (u.requests_received + u.requests_rejected), ',"connections_counter":', u.connections, ',"posts_counter":', u.posts, ',"discussions_counter":', u.discussions, ',"statuses_counter":', u.statuses, ',"polls_counter":', u.polls, ',"categories_counter":', u.categories, ',"connection_status":', coalesce('"' || (case v.state when 4 then 'connected' when 1 then 'sent_connection_request' when 2 then 'received_connection_request' end) || '"', 'null'), '}'), ',"to_user":', chr(1), ',"created":', coalesce('"' || (to_char(p.created at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), ',"rejected":', coalesce('"' || (to_char(p.rejected at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), ',"viewed":', coalesce('"' || (to_char(p.viewed at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), '}') as row from p join users u on u.id = p.other_id cross join lateral (select p.state, p.following_place) v
)
select (select total from owner)::int as count, count(*)::int as n,
  string_agg(row::text, ',' order by n) filter (where n <= $3::bigint) as rows,
  max(key) filter (where n = 1) as nearest, max(key) filter (where n = $3::bigint) as farthest, (select owner from owner) as "owner"
from page;

-- requests sent before
-- $1 before
select member_id as "from", other_id as "to" from relation where state = 1 and created < $1::timestamptz
    order by created limit 200;

-- statuses of many members
-- $1 viewer, $2 ids
select v.other_id as id, case v.state when 4 then 'connected' when 1 then 'sent_connection_request' when 2 then 'received_connection_request' end as status
    from relation v where v.member_id = $1::bigint and v.other_id = any($2::bigint[]);

-- version of a pair
-- $1 me, $2 other
select version from relation where member_id = $1::bigint and other_id = $2::bigint;

-- who hides a member
-- $1 id
select other_id as id from relation where member_id = $1::bigint and hidden_by;
