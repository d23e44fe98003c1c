-- Printed by `npm run sql`. The statements of a slice, as PostgreSQL is given them in their usual variant.

-- choose some to erase
-- $1 batch, $2 author
select id, more from (select *, waiting > taken or waiting = $1::bigint as more
    from (
      select *, count(*) over () as waiting, max(n) filter (where total <= 1000000 or n = 1) over () as taken
      from (
        select id, row_number() over ordered as n, sum(octet_length(html)) over ordered as total
        from comment
        where author_id = $2::bigint and parent_id is not null and not deleted and not erased window ordered as (order by added_at, id) order by added_at, id limit $1::bigint
      ) first
    ) few where n <= taken) oldest order by n;

-- collapse or not
-- $1 collapsed, $2 id, $3 now
with c as (
      update comment set collapsed = $1::boolean where id = $2::bigint returning *
    ), author as materialized (
      select * from users where id = (select author_id from c)
    )
    insert into event (id, type, created, body, txid, audience)
  select event_id, type, $3::timestamptz, concat('{"event_id":', event_id, ',"type":"', type, '","created":',
      extract(epoch from $3::timestamptz::timestamptz), ',"data":', data, '}')::json, txid,
    (select version from webhook_listening where type = any(types))
  from (select pg_current_xact_id() as txid,
      case when (select check_event_source()) then nextval('event_id') end as event_id, type, data
    from (select 'comment.updated' as type, case c.kind when 1 then /* WebhookCommentOnStatus */ concat('{"id":', c.id, ',"status":', c.contribution_id, ',"author":', (select /* WebhookCommentAuthor */ concat('{"id":', u.id, ',"username":', to_json((u.username)::text)::text, ',"real_name":', to_json((u.real_name)::text)::text, ',"avatar":', to_json((coalesce(case when u.avatar like '/%' then concat(public_base(), u.avatar) else u.avatar end, concat((select base from public_address), '/api/v2/avatar/', u.id)))::text)::text, ',"ext_id":', coalesce(to_json((u.ext_id)::text)::text, 'null'), ',"description":', to_json((u.description)::text)::text, ',"tags":', case when u.tag_ids = '{}' then '[]' else (
    select /* Tag[] */ concat('[', string_agg(/* Tag */ concat('{"id":', t.id, ',"type":"', t.type, '","name":', to_json((t.name)::text)::text, ',"description":', coalesce(to_json((t.description)::text)::text, 'null'), ',"color":', to_json((t.color)::text)::text, ',"visible":', case when t.visible then 'true' else 'false' end, ',"visibility_boost":', case when t.visibility_boost then 'true' else 'false' end, ',"created_at":"', to_char(t.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","active":', case when t.active then 'true' else 'false' end, ',"deleted":', case when t.deleted then 'true' else 'false' end, '}'), ',' order by t.id), ']') from tag t
    where t.id = any(u.tag_ids) and t.active and not t.deleted and t.visible) end, ',"reputation":', u.reputation, ',"followings_counter":', u.followings, ',"followers_counter":', u.followers, ',"connection_requests_sent_counter":', u.requests_sent, ',"connection_requests_received_counter":', u.requests_received, ',"connections_counter":', u.connections, ',"posts_counter":', u.posts, ',"discussions_counter":', u.discussions, ',"statuses_counter":', u.statuses, ',"polls_counter":', u.polls, '}') from author u), ',"added_at":"', to_char(c.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","html":', to_json((c.html)::text)::text, ',"summary":', to_json((c.summary)::text)::text, ',"deleted":', case when c.deleted then 'true' else 'false' end, ',"collapsed":', case when c.collapsed then 'true' else 'false' end, ',"parent":', coalesce((c.parent_id)::text, 'null'), ',"in_reply_to":', coalesce((c.in_reply_to_id)::text, 'null'), ',"comment_count":', c.comment_count, ',"vote_count":', c.vote_count, ',"flag_count":', c.flag_count, '}') when 2 then /* WebhookCommentOnPost */ concat('{"id":', c.id, ',"post":', c.contribution_id, ',"author":', (select /* WebhookCommentAuthor */ concat('{"id":', u.id, ',"username":', to_json((u.username)::text)::text, ',"real_name":', to_json((u.real_name)::text)::text, ',"avatar":', to_json((coalesce(case when u.avatar like '/%' then concat(public_base(), u.avatar) else u.avatar end, concat((select base from public_address), '/api/v2/avatar/', u.id)))::text)::text, ',"ext_id":', coalesce(to_json((u.ext_id)::text)::text, 'null'), ',"description":', to_json((u.description)::text)::text, ',"tags":', case when u.tag_ids = '{}' then '[]' else (
    select /* Tag[] */ concat('[', string_agg(/* Tag */ concat('{"id":', t.id, ',"type":"', t.type, '","name":', to_json((t.name)::text)::text, ',"description":', coalesce(to_json((t.description)::text)::text, 'null'), ',"color":', to_json((t.color)::text)::text, ',"visible":', case when t.visible then 'true' else 'false' end, ',"visibility_boost":', case when t.visibility_boost then 'true' else 'false' end, ',"created_at":"', to_char(t.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","active":', case when t.active then 'true' else 'false' end, ',"deleted":', case when t.deleted then 'true' else 'false' end, '}'), ',' order by t.id), ']') from tag t
    where t.id = any(u.tag_ids) and t.active and not t.deleted and t.visible) end, ',"reputation":', u.reputation, ',"followings_counter":', u.followings, ',"followers_counter":', u.followers, ',"connection_requests_sent_counter":', u.requests_sent, ',"connection_requests_received_counter":', u.requests_received, ',"connections_counter":', u.connections, ',"posts_counter":', u.posts, ',"discussions_counter":', u.discussions, ',"statuses_counter":', u.statuses, ',"polls_counter":', u.polls, '}') from author u), ',"added_at":"', to_char(c.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","html":', to_json((c.html)::text)::text, ',"summary":', to_json((c.summary)::text)::text, ',"deleted":', case when c.deleted then 'true' else 'false' end, ',"collapsed":', case when c.collapsed then 'true' else 'false' end, ',"parent":', coalesce((c.parent_id)::text, 'null'), ',"in_reply_to":', coalesce((c.in_reply_to_id)::text, 'null'), ',"comment_count":', c.comment_count, ',"vote_count":', c.vote_count, ',"flag_count":', c.flag_count, '}') when 3 then /* WebhookCommentOnDiscussion */ concat('{"id":', c.id, ',"discussion":', c.contribution_id, ',"author":', (select /* WebhookCommentAuthor */ concat('{"id":', u.id, ',"username":', to_json((u.username)::text)::text, ',"real_name":', to_json((u.real_name)::text)::text, ',"avatar":', to_json((coalesce(case when u.avatar like '/%' then concat(public_base(), u.avatar) else u.avatar end, concat((select base from public_address), '/api/v2/avatar/', u.id)))::text)::text, ',"ext_id":', coalesce(to_json((u.ext_id)::text)::text, 'null'), ',"description":', to_json((u.description)::text)::text, ',"tags":', case when u.tag_ids = '{}' then '[]' else (
    select /* Tag[] */ concat('[', string_agg(/* Tag */ concat('{"id":', t.id, ',"type":"', t.type, '","name":', to_json((t.name)::text)::text, ',"description":', coalesce(to_json((t.description)::text)::text, 'null'), ',"color":', to_json((t.color)::text)::text, ',"visible":', case when t.visible then 'true' else 'false' end, ',"visibility_boost":', case when t.visibility_boost then 'true' else 'false' end, ',"created_at":"', to_char(t.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","active":', case when t.active then 'true' else 'false' end, ',"deleted":', case when t.deleted then 'true' else 'false' end, '}'), ',' order by t.id), ']') from tag t
    where t.id = any(u.tag_ids) and t.active and not t.deleted and t.visible) end, ',"reputation":', u.reputation, ',"followings_counter":', u.followings, ',"followers_counter":', u.followers, ',"connection_requests_sent_counter":', u.requests_sent, ',"connection_requests_received_counter":', u.requests_received, ',"connections_counter":', u.connections, ',"posts_counter":', u.posts, ',"discussions_counter":', u.discussions, ',"statuses_counter":', u.statuses, ',"polls_counter":', u.polls, '}') from author u), ',"added_at":"', to_char(c.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","html":', to_json((c.html)::text)::text, ',"summary":', to_json((c.summary)::text)::text, ',"deleted":', case when c.deleted then 'true' else 'false' end, ',"collapsed":', case when c.collapsed then 'true' else 'false' end, ',"parent":', coalesce((c.parent_id)::text, 'null'), ',"in_reply_to":', coalesce((c.in_reply_to_id)::text, 'null'), ',"comment_count":', c.comment_count, ',"vote_count":', c.vote_count, ',"flag_count":', c.flag_count, '}') end as data from c) emitted offset 0) numbered;

-- contributors
-- $1 id, $2 viewer, $3 limit
with p as (
  select p.*, row_number() over () as n from (
    select * from (select k.author_id, k.place as k0 from contributor k where k.contribution_id = $1::bigint and k.comments > 0 and not coalesce((select true from relation h where h.member_id = $2::bigint and h.other_id = k.author_id and (h.hidden_place is not null or h.hidden_by) and (h.hidden_place is not null or not exists (select from users m
  where m.id = $2::bigint and m.status = 'a' and m.role in ('admin', 'moderator')))), false) and not coalesce((select true from hidden_author h where h.member_id = $2::bigint and h.author_id = k.author_id), false) and not coalesce((select true from erasure e where e.member_id = k.author_id), false)
      order by k.place desc limit 101) few limit $3::bigint + 1
  ) p
), page as (
  select p.n, json_build_array(p.k0)::text as key, /* User */ concat(e'\x02User 011111\x1f', u.id, e'\x1f', u.xmin, e'\x1f', coalesce(case v.state when 4 then '"connected"' when 1 then '"sent_connection_request"' when 2 then '"received_connection_request"' end, 'null'), e'\x03') as row from p join users u on u.id = p.author_id
        left join lateral (
    select * from relation tied where tied.member_id = $2::bigint and tied.other_id = p.author_id offset 0) v on true
)
select (select (select count(*) from contributor k where k.contribution_id = $1::bigint and k.comments > 0) - (select coalesce(sum((select count(*) from contributor k where k.contribution_id = $1::bigint and k.comments > 0 and k.author_id = a.id)), 0) from (select distinct * from (select other_id from relation where member_id = $2::bigint and (hidden_place is not null or hidden_by) and (hidden_place is not null or not exists (select from users m
  where m.id = $2::bigint and m.status = 'a' and m.role in ('admin', 'moderator')))
  union all select author_id from hidden_author where member_id = $2::bigint
  union all select member_id from erasure) all_of_them) a (id)))::int as count, count(*)::int as n,
  count(*) filter (where n <= $3::bigint)::int as shown,
  string_agg(row::text, ',' order by n) filter (where n <= $3::bigint) as rows,
  max(key) filter (where n = 1) as nearest, max(key) filter (where n = $3::bigint) as farthest,
  null::text as repeated, concat(pg_current_snapshot(), ' ', pg_postmaster_start_time(), ' ', pg_relation_filepath('pg_class'), ' ', (select xmin from public_address)) as at,
  null::text as tables, '' as held
from page;

-- contributors, usually
-- $1 id, $2 limit, $3 viewer
with p as (
  select p.*, row_number() over () as n from (
    select * from (select k.author_id, k.place as k0 from contributor k where k.contribution_id = $1::bigint and k.comments > 0 and true
      order by k.place desc limit 101) few limit $2::bigint + 1
  ) p
), page as (
  select p.n, json_build_array(p.k0)::text as key, /* User */ concat(e'\x02User 011111\x1f', u.id, e'\x1f', u.xmin, e'\x1f', coalesce(case v.state when 4 then '"connected"' when 1 then '"sent_connection_request"' when 2 then '"received_connection_request"' end, 'null'), e'\x03') as row from p join users u on u.id = p.author_id
        left join lateral (
    select * from relation tied where tied.member_id = $3::bigint and tied.other_id = p.author_id offset 0) v on true
)
select (select (select count(*) from contributor k where k.contribution_id = $1::bigint and k.comments > 0) - (select coalesce(sum((select count(*) from contributor k where k.contribution_id = $1::bigint and k.comments > 0 and k.author_id = a.id)), 0) from (select distinct * from (select other_id from relation where member_id = $3::bigint and (hidden_place is not null or hidden_by) and (hidden_place is not null or not exists (select from users m
  where m.id = $3::bigint and m.status = 'a' and m.role in ('admin', 'moderator')))
  union all select author_id from hidden_author where member_id = $3::bigint
  union all select member_id from erasure) all_of_them) a (id)))::int as count, count(*)::int as n,
  count(*) filter (where n <= $2::bigint)::int as shown,
  string_agg(row::text, ',' order by n) filter (where n <= $2::bigint) as rows,
  max(key) filter (where n = 1) as nearest, max(key) filter (where n = $2::bigint) as farthest,
  null::text as repeated, concat(pg_current_snapshot(), ' ', pg_postmaster_start_time(), ' ', pg_relation_filepath('pg_class'), ' ', (select xmin from public_address)) as at,
  null::text as tables, concat((not exists (select h.other_id from relation h
  where h.member_id = $3::bigint and (h.hidden_place is not null or h.hidden_by))), (not exists (select from hidden_author where member_id = $3::bigint)), (not exists (select from erasure))) as held
from page;

-- count those of a contributor again, lock
-- $1 contribution
select from contribution where id = $1::bigint for update;

-- count those of a contributor again, step 1
-- $1 contribution, $2 member
insert into contributor (contribution_id, author_id, comments)
     select $1::bigint, $2::bigint, count(*) from comment
     where contribution_id = $1::bigint and author_id = $2::bigint and not deleted and not erased
     on conflict (contribution_id, author_id) do update set comments = excluded.comments;

-- count those on a contribution again, lock
-- $1 id
select from contribution where id = $1::bigint for update;

-- count those on a contribution again, step 1
-- $1 id
update contribution x set (comment_count, thread_count) = (
       select count(*) filter (where not coalesce(q.deleted, false)), count(*) filter (where c.parent_id is null)
       from comment c left join comment q on q.id = c.parent_id where c.contribution_id = $1::bigint and not c.deleted and not c.erased
     ) where x.id = $1::bigint;

-- count those on a contribution again, step 2
-- $1 id
select from contribution_total t join contribution x on t.kind = x.kind and t.part = x.author_id % 16
     where x.id = $1::bigint for update of t;

-- count those on a contribution again, step 3
-- $1 id
update contribution_total t set uncommented = (
       select count(*) from contribution y
       where y.kind = t.kind and y.author_id % 16 = t.part and not y.deleted and y.comment_count = 0
     ) from contribution x where x.id = $1::bigint and t.kind = x.kind and t.part = x.author_id % 16;

-- count what there is of one again, lock
-- $1 id
select from comment where id = $1::bigint for update;

-- count what there is of one again, step 1
-- $1 id
update comment c set comment_count = (select count(*) from comment r where r.parent_id = $1::bigint and not r.deleted),
      vote_count = m.vote_count,flag_count = m.flag_count
     from (select count(reaction)::int as vote_count,count(flag_type)::int as flag_count
       from mark where target_id = $1::bigint and kind = 16) m
     where c.id = $1::bigint;

-- create
-- $1 parent, $2 now, $3 contribution, $4 in_reply_to, $5 author, $6 html, $7 summary
with x as (
      update contribution set comment_count = comment_count + 1, thread_count = thread_count + ($1::bigint is null)::int,
        last_activity_at = greatest(last_activity_at, $2::timestamptz)
      where id = $3::bigint returning *
    ), parent as (
      update comment set comment_count = comment_count + 1 where id = $1::bigint
    ), c as (
      insert into comment (contribution_id, kind, parent_id, in_reply_to_id, author_id, html, summary, added_at)
      select x.id, x.kind, $1::bigint, $4::bigint, $5::bigint, $6::text, $7::text, $2::timestamptz from x
      returning *
    ), counted as (
      update contribution_total t set uncommented = t.uncommented - 1
      from x where x.comment_count = 1 and t.kind = x.kind and t.part = x.author_id % 16
    ), contributed as (
      insert into contributor as k (contribution_id, author_id, comments)
      select contribution_id, author_id, 1 from c
      on conflict (contribution_id, author_id) do update set comments = k.comments + 1
    ), author as materialized (
      select * from users where id = $5::bigint
    ), emitted as (
      insert into event (id, type, created, body, txid, audience)
  select event_id, type, $2::timestamptz, concat('{"event_id":', event_id, ',"type":"', type, '","created":',
      extract(epoch from $2::timestamptz::timestamptz), ',"data":', data, '}')::json, txid,
    (select version from webhook_listening where type = any(types))
  from (select pg_current_xact_id() as txid,
      case when (select check_event_source()) then nextval('event_id') end as event_id, type, data
    from (select 'comment.created' as type, case c.kind when 1 then /* WebhookCommentOnStatus */ concat('{"id":', c.id, ',"status":', c.contribution_id, ',"author":', (select /* WebhookCommentAuthor */ concat('{"id":', u.id, ',"username":', to_json((u.username)::text)::text, ',"real_name":', to_json((u.real_name)::text)::text, ',"avatar":', to_json((coalesce(case when u.avatar like '/%' then concat(public_base(), u.avatar) else u.avatar end, concat((select base from public_address), '/api/v2/avatar/', u.id)))::text)::text, ',"ext_id":', coalesce(to_json((u.ext_id)::text)::text, 'null'), ',"description":', to_json((u.description)::text)::text, ',"tags":', case when u.tag_ids = '{}' then '[]' else (
    select /* Tag[] */ concat('[', string_agg(/* Tag */ concat('{"id":', t.id, ',"type":"', t.type, '","name":', to_json((t.name)::text)::text, ',"description":', coalesce(to_json((t.description)::text)::text, 'null'), ',"color":', to_json((t.color)::text)::text, ',"visible":', case when t.visible then 'true' else 'false' end, ',"visibility_boost":', case when t.visibility_boost then 'true' else 'false' end, ',"created_at":"', to_char(t.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","active":', case when t.active then 'true' else 'false' end, ',"deleted":', case when t.deleted then 'true' else 'false' end, '}'), ',' order by t.id), ']') from tag t
    where t.id = any(u.tag_ids) and t.active and not t.deleted and t.visible) end, ',"reputation":', u.reputation, ',"followings_counter":', u.followings, ',"followers_counter":', u.followers, ',"connection_requests_sent_counter":', u.requests_sent, ',"connection_requests_received_counter":', u.requests_received, ',"connections_counter":', u.connections, ',"posts_counter":', u.posts, ',"discussions_counter":', u.discussions, ',"statuses_counter":', u.statuses, ',"polls_counter":', u.polls, '}') from author u), ',"added_at":"', to_char(c.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","html":', to_json((c.html)::text)::text, ',"summary":', to_json((c.summary)::text)::text, ',"deleted":', case when c.deleted then 'true' else 'false' end, ',"collapsed":', case when c.collapsed then 'true' else 'false' end, ',"parent":', coalesce((c.parent_id)::text, 'null'), ',"in_reply_to":', coalesce((c.in_reply_to_id)::text, 'null'), ',"comment_count":', c.comment_count, ',"vote_count":', c.vote_count, ',"flag_count":', c.flag_count, '}') when 2 then /* WebhookCommentOnPost */ concat('{"id":', c.id, ',"post":', c.contribution_id, ',"author":', (select /* WebhookCommentAuthor */ concat('{"id":', u.id, ',"username":', to_json((u.username)::text)::text, ',"real_name":', to_json((u.real_name)::text)::text, ',"avatar":', to_json((coalesce(case when u.avatar like '/%' then concat(public_base(), u.avatar) else u.avatar end, concat((select base from public_address), '/api/v2/avatar/', u.id)))::text)::text, ',"ext_id":', coalesce(to_json((u.ext_id)::text)::text, 'null'), ',"description":', to_json((u.description)::text)::text, ',"tags":', case when u.tag_ids = '{}' then '[]' else (
    select /* Tag[] */ concat('[', string_agg(/* Tag */ concat('{"id":', t.id, ',"type":"', t.type, '","name":', to_json((t.name)::text)::text, ',"description":', coalesce(to_json((t.description)::text)::text, 'null'), ',"color":', to_json((t.color)::text)::text, ',"visible":', case when t.visible then 'true' else 'false' end, ',"visibility_boost":', case when t.visibility_boost then 'true' else 'false' end, ',"created_at":"', to_char(t.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","active":', case when t.active then 'true' else 'false' end, ',"deleted":', case when t.deleted then 'true' else 'false' end, '}'), ',' order by t.id), ']') from tag t
    where t.id = any(u.tag_ids) and t.active and not t.deleted and t.visible) end, ',"reputation":', u.reputation, ',"followings_counter":', u.followings, ',"followers_counter":', u.followers, ',"connection_requests_sent_counter":', u.requests_sent, ',"connection_requests_received_counter":', u.requests_received, ',"connections_counter":', u.connections, ',"posts_counter":', u.posts, ',"discussions_counter":', u.discussions, ',"statuses_counter":', u.statuses, ',"polls_counter":', u.polls, '}') from author u), ',"added_at":"', to_char(c.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","html":', to_json((c.html)::text)::text, ',"summary":', to_json((c.summary)::text)::text, ',"deleted":', case when c.deleted then 'true' else 'false' end, ',"collapsed":', case when c.collapsed then 'true' else 'false' end, ',"parent":', coalesce((c.parent_id)::text, 'null'), ',"in_reply_to":', coalesce((c.in_reply_to_id)::text, 'null'), ',"comment_count":', c.comment_count, ',"vote_count":', c.vote_count, ',"flag_count":', c.flag_count, '}') when 3 then /* WebhookCommentOnDiscussion */ concat('{"id":', c.id, ',"discussion":', c.contribution_id, ',"author":', (select /* WebhookCommentAuthor */ concat('{"id":', u.id, ',"username":', to_json((u.username)::text)::text, ',"real_name":', to_json((u.real_name)::text)::text, ',"avatar":', to_json((coalesce(case when u.avatar like '/%' then concat(public_base(), u.avatar) else u.avatar end, concat((select base from public_address), '/api/v2/avatar/', u.id)))::text)::text, ',"ext_id":', coalesce(to_json((u.ext_id)::text)::text, 'null'), ',"description":', to_json((u.description)::text)::text, ',"tags":', case when u.tag_ids = '{}' then '[]' else (
    select /* Tag[] */ concat('[', string_agg(/* Tag */ concat('{"id":', t.id, ',"type":"', t.type, '","name":', to_json((t.name)::text)::text, ',"description":', coalesce(to_json((t.description)::text)::text, 'null'), ',"color":', to_json((t.color)::text)::text, ',"visible":', case when t.visible then 'true' else 'false' end, ',"visibility_boost":', case when t.visibility_boost then 'true' else 'false' end, ',"created_at":"', to_char(t.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","active":', case when t.active then 'true' else 'false' end, ',"deleted":', case when t.deleted then 'true' else 'false' end, '}'), ',' order by t.id), ']') from tag t
    where t.id = any(u.tag_ids) and t.active and not t.deleted and t.visible) end, ',"reputation":', u.reputation, ',"followings_counter":', u.followings, ',"followers_counter":', u.followers, ',"connection_requests_sent_counter":', u.requests_sent, ',"connection_requests_received_counter":', u.requests_received, ',"connections_counter":', u.connections, ',"posts_counter":', u.posts, ',"discussions_counter":', u.discussions, ',"statuses_counter":', u.statuses, ',"polls_counter":', u.polls, '}') from author u), ',"added_at":"', to_char(c.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","html":', to_json((c.html)::text)::text, ',"summary":', to_json((c.summary)::text)::text, ',"deleted":', case when c.deleted then 'true' else 'false' end, ',"collapsed":', case when c.collapsed then 'true' else 'false' end, ',"parent":', coalesce((c.parent_id)::text, 'null'), ',"in_reply_to":', coalesce((c.in_reply_to_id)::text, 'null'), ',"comment_count":', c.comment_count, ',"vote_count":', c.vote_count, ',"flag_count":', c.flag_count, '}') end as data from c) emitted offset 0) numbered
    )
    select id from c;

-- delete or restore
-- $1 moderated, $2 id, $3 now
with c as (
      update comment set deleted = true, moderated = $1::boolean where id = $2::bigint returning *
    ), parent as (
      update comment p set comment_count = p.comment_count - 1 from c where p.id = c.parent_id
    ), x as (
      update contribution x set comment_count = x.comment_count - (1 + c.comment_count),
        thread_count = x.thread_count - (c.parent_id is null)::int
      from c where x.id = c.contribution_id returning x.*, 1 + c.comment_count as moved
    ), counted as (
      update contribution_total t set uncommented = t.uncommented + 1
      from x where x.comment_count = 0 and t.kind = x.kind and t.part = x.author_id % 16
    ), contributed as (
      update contributor k set comments = k.comments - 1
      from c where k.contribution_id = c.contribution_id and k.author_id = c.author_id
    ), author as materialized (
      select * from users where id = (select author_id from c)
    )
    insert into event (id, type, created, body, txid, audience)
  select event_id, type, $3::timestamptz, concat('{"event_id":', event_id, ',"type":"', type, '","created":',
      extract(epoch from $3::timestamptz::timestamptz), ',"data":', data, '}')::json, txid,
    (select version from webhook_listening where type = any(types))
  from (select pg_current_xact_id() as txid,
      case when (select check_event_source()) then nextval('event_id') end as event_id, type, data
    from (select 'comment.deleted' as type, case c.kind when 1 then /* WebhookCommentOnStatus */ concat('{"id":', c.id, ',"status":', c.contribution_id, ',"author":', (select /* WebhookCommentAuthor */ concat('{"id":', u.id, ',"username":', to_json((u.username)::text)::text, ',"real_name":', to_json((u.real_name)::text)::text, ',"avatar":', to_json((coalesce(case when u.avatar like '/%' then concat(public_base(), u.avatar) else u.avatar end, concat((select base from public_address), '/api/v2/avatar/', u.id)))::text)::text, ',"ext_id":', coalesce(to_json((u.ext_id)::text)::text, 'null'), ',"description":', to_json((u.description)::text)::text, ',"tags":', case when u.tag_ids = '{}' then '[]' else (
    select /* Tag[] */ concat('[', string_agg(/* Tag */ concat('{"id":', t.id, ',"type":"', t.type, '","name":', to_json((t.name)::text)::text, ',"description":', coalesce(to_json((t.description)::text)::text, 'null'), ',"color":', to_json((t.color)::text)::text, ',"visible":', case when t.visible then 'true' else 'false' end, ',"visibility_boost":', case when t.visibility_boost then 'true' else 'false' end, ',"created_at":"', to_char(t.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","active":', case when t.active then 'true' else 'false' end, ',"deleted":', case when t.deleted then 'true' else 'false' end, '}'), ',' order by t.id), ']') from tag t
    where t.id = any(u.tag_ids) and t.active and not t.deleted and t.visible) end, ',"reputation":', u.reputation, ',"followings_counter":', u.followings, ',"followers_counter":', u.followers, ',"connection_requests_sent_counter":', u.requests_sent, ',"connection_requests_received_counter":', u.requests_received, ',"connections_counter":', u.connections, ',"posts_counter":', u.posts, ',"discussions_counter":', u.discussions, ',"statuses_counter":', u.statuses, ',"polls_counter":', u.polls, '}') from author u), ',"added_at":"', to_char(c.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","html":', to_json((c.html)::text)::text, ',"summary":', to_json((c.summary)::text)::text, ',"deleted":', case when c.deleted then 'true' else 'false' end, ',"collapsed":', case when c.collapsed then 'true' else 'false' end, ',"parent":', coalesce((c.parent_id)::text, 'null'), ',"in_reply_to":', coalesce((c.in_reply_to_id)::text, 'null'), ',"comment_count":', c.comment_count, ',"vote_count":', c.vote_count, ',"flag_count":', c.flag_count, '}') when 2 then /* WebhookCommentOnPost */ concat('{"id":', c.id, ',"post":', c.contribution_id, ',"author":', (select /* WebhookCommentAuthor */ concat('{"id":', u.id, ',"username":', to_json((u.username)::text)::text, ',"real_name":', to_json((u.real_name)::text)::text, ',"avatar":', to_json((coalesce(case when u.avatar like '/%' then concat(public_base(), u.avatar) else u.avatar end, concat((select base from public_address), '/api/v2/avatar/', u.id)))::text)::text, ',"ext_id":', coalesce(to_json((u.ext_id)::text)::text, 'null'), ',"description":', to_json((u.description)::text)::text, ',"tags":', case when u.tag_ids = '{}' then '[]' else (
    select /* Tag[] */ concat('[', string_agg(/* Tag */ concat('{"id":', t.id, ',"type":"', t.type, '","name":', to_json((t.name)::text)::text, ',"description":', coalesce(to_json((t.description)::text)::text, 'null'), ',"color":', to_json((t.color)::text)::text, ',"visible":', case when t.visible then 'true' else 'false' end, ',"visibility_boost":', case when t.visibility_boost then 'true' else 'false' end, ',"created_at":"', to_char(t.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","active":', case when t.active then 'true' else 'false' end, ',"deleted":', case when t.deleted then 'true' else 'false' end, '}'), ',' order by t.id), ']') from tag t
    where t.id = any(u.tag_ids) and t.active and not t.deleted and t.visible) end, ',"reputation":', u.reputation, ',"followings_counter":', u.followings, ',"followers_counter":', u.followers, ',"connection_requests_sent_counter":', u.requests_sent, ',"connection_requests_received_counter":', u.requests_received, ',"connections_counter":', u.connections, ',"posts_counter":', u.posts, ',"discussions_counter":', u.discussions, ',"statuses_counter":', u.statuses, ',"polls_counter":', u.polls, '}') from author u), ',"added_at":"', to_char(c.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","html":', to_json((c.html)::text)::text, ',"summary":', to_json((c.summary)::text)::text, ',"deleted":', case when c.deleted then 'true' else 'false' end, ',"collapsed":', case when c.collapsed then 'true' else 'false' end, ',"parent":', coalesce((c.parent_id)::text, 'null'), ',"in_reply_to":', coalesce((c.in_reply_to_id)::text, 'null'), ',"comment_count":', c.comment_count, ',"vote_count":', c.vote_count, ',"flag_count":', c.flag_count, '}') when 3 then /* WebhookCommentOnDiscussion */ concat('{"id":', c.id, ',"discussion":', c.contribution_id, ',"author":', (select /* WebhookCommentAuthor */ concat('{"id":', u.id, ',"username":', to_json((u.username)::text)::text, ',"real_name":', to_json((u.real_name)::text)::text, ',"avatar":', to_json((coalesce(case when u.avatar like '/%' then concat(public_base(), u.avatar) else u.avatar end, concat((select base from public_address), '/api/v2/avatar/', u.id)))::text)::text, ',"ext_id":', coalesce(to_json((u.ext_id)::text)::text, 'null'), ',"description":', to_json((u.description)::text)::text, ',"tags":', case when u.tag_ids = '{}' then '[]' else (
    select /* Tag[] */ concat('[', string_agg(/* Tag */ concat('{"id":', t.id, ',"type":"', t.type, '","name":', to_json((t.name)::text)::text, ',"description":', coalesce(to_json((t.description)::text)::text, 'null'), ',"color":', to_json((t.color)::text)::text, ',"visible":', case when t.visible then 'true' else 'false' end, ',"visibility_boost":', case when t.visibility_boost then 'true' else 'false' end, ',"created_at":"', to_char(t.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","active":', case when t.active then 'true' else 'false' end, ',"deleted":', case when t.deleted then 'true' else 'false' end, '}'), ',' order by t.id), ']') from tag t
    where t.id = any(u.tag_ids) and t.active and not t.deleted and t.visible) end, ',"reputation":', u.reputation, ',"followings_counter":', u.followings, ',"followers_counter":', u.followers, ',"connection_requests_sent_counter":', u.requests_sent, ',"connection_requests_received_counter":', u.requests_received, ',"connections_counter":', u.connections, ',"posts_counter":', u.posts, ',"discussions_counter":', u.discussions, ',"statuses_counter":', u.statuses, ',"polls_counter":', u.polls, '}') from author u), ',"added_at":"', to_char(c.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","html":', to_json((c.html)::text)::text, ',"summary":', to_json((c.summary)::text)::text, ',"deleted":', case when c.deleted then 'true' else 'false' end, ',"collapsed":', case when c.collapsed then 'true' else 'false' end, ',"parent":', coalesce((c.parent_id)::text, 'null'), ',"in_reply_to":', coalesce((c.in_reply_to_id)::text, 'null'), ',"comment_count":', c.comment_count, ',"vote_count":', c.vote_count, ',"flag_count":', c.flag_count, '}') end as data from c) emitted offset 0) numbered;

-- erase
-- $1 ids, $2 author, $3 now
with c as (
      update comment set erased = true, deleted = true, html = '', summary = '', last_edited_at = null where id = any($1::bigint[]) and not deleted returning *
    ), parent as (
      update comment p set comment_count = p.comment_count - gone.n
      from (select parent_id, count(*)::int as n from c group by parent_id) gone where p.id = gone.parent_id
    ), moved as (
      select c.contribution_id, count(*) filter (where c.parent_id is null)::int as firsts, count(*)::int as own,
        sum(case when q.deleted then 0 else 1 + c.comment_count end)::int as n
      from c left join comment q on q.id = c.parent_id group by c.contribution_id
    ), x as (
      update contribution x set comment_count = x.comment_count - m.n, thread_count = x.thread_count - m.firsts
      from moved m where x.id = m.contribution_id returning x.*, m.n as moved
    ), counted as (
      update contribution_total t set uncommented = t.uncommented + silent.n
      from (
        select kind, author_id % 16 as part, count(*)::int as n from x
        where comment_count = 0 and moved > 0 and not deleted group by 1, 2
      ) silent where t.kind = silent.kind and t.part = silent.part
    ), contributed as (
      update contributor k set comments = k.comments - m.own
      from moved m where k.contribution_id = m.contribution_id and k.author_id = $2::bigint
    ), author as materialized (
      select * from users where id = $2::bigint
    )
    insert into event (id, type, created, body, txid, audience)
  select event_id, type, $3::timestamptz, concat('{"event_id":', event_id, ',"type":"', type, '","created":',
      extract(epoch from $3::timestamptz::timestamptz), ',"data":', data, '}')::json, txid,
    (select version from webhook_listening where type = any(types))
  from (select pg_current_xact_id() as txid,
      case when (select check_event_source()) then nextval('event_id') end as event_id, type, data
    from (select 'comment.deleted' as type, case c.kind when 1 then /* WebhookCommentOnStatus */ concat('{"id":', c.id, ',"status":', c.contribution_id, ',"author":', (select /* WebhookCommentAuthor */ concat('{"id":', u.id, ',"username":', to_json((u.username)::text)::text, ',"real_name":', to_json((u.real_name)::text)::text, ',"avatar":', to_json((coalesce(case when u.avatar like '/%' then concat(public_base(), u.avatar) else u.avatar end, concat((select base from public_address), '/api/v2/avatar/', u.id)))::text)::text, ',"ext_id":', coalesce(to_json((u.ext_id)::text)::text, 'null'), ',"description":', to_json((u.description)::text)::text, ',"tags":', case when u.tag_ids = '{}' then '[]' else (
    select /* Tag[] */ concat('[', string_agg(/* Tag */ concat('{"id":', t.id, ',"type":"', t.type, '","name":', to_json((t.name)::text)::text, ',"description":', coalesce(to_json((t.description)::text)::text, 'null'), ',"color":', to_json((t.color)::text)::text, ',"visible":', case when t.visible then 'true' else 'false' end, ',"visibility_boost":', case when t.visibility_boost then 'true' else 'false' end, ',"created_at":"', to_char(t.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","active":', case when t.active then 'true' else 'false' end, ',"deleted":', case when t.deleted then 'true' else 'false' end, '}'), ',' order by t.id), ']') from tag t
    where t.id = any(u.tag_ids) and t.active and not t.deleted and t.visible) end, ',"reputation":', u.reputation, ',"followings_counter":', u.followings, ',"followers_counter":', u.followers, ',"connection_requests_sent_counter":', u.requests_sent, ',"connection_requests_received_counter":', u.requests_received, ',"connections_counter":', u.connections, ',"posts_counter":', u.posts, ',"discussions_counter":', u.discussions, ',"statuses_counter":', u.statuses, ',"polls_counter":', u.polls, '}') from author u), ',"added_at":"', to_char(c.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","html":', to_json((c.html)::text)::text, ',"summary":', to_json((c.summary)::text)::text, ',"deleted":', case when c.deleted then 'true' else 'false' end, ',"collapsed":', case when c.collapsed then 'true' else 'false' end, ',"parent":', coalesce((c.parent_id)::text, 'null'), ',"in_reply_to":', coalesce((c.in_reply_to_id)::text, 'null'), ',"comment_count":', c.comment_count, ',"vote_count":', c.vote_count, ',"flag_count":', c.flag_count, '}') when 2 then /* WebhookCommentOnPost */ concat('{"id":', c.id, ',"post":', c.contribution_id, ',"author":', (select /* WebhookCommentAuthor */ concat('{"id":', u.id, ',"username":', to_json((u.username)::text)::text, ',"real_name":', to_json((u.real_name)::text)::text, ',"avatar":', to_json((coalesce(case when u.avatar like '/%' then concat(public_base(), u.avatar) else u.avatar end, concat((select base from public_address), '/api/v2/avatar/', u.id)))::text)::text, ',"ext_id":', coalesce(to_json((u.ext_id)::text)::text, 'null'), ',"description":', to_json((u.description)::text)::text, ',"tags":', case when u.tag_ids = '{}' then '[]' else (
    select /* Tag[] */ concat('[', string_agg(/* Tag */ concat('{"id":', t.id, ',"type":"', t.type, '","name":', to_json((t.name)::text)::text, ',"description":', coalesce(to_json((t.description)::text)::text, 'null'), ',"color":', to_json((t.color)::text)::text, ',"visible":', case when t.visible then 'true' else 'false' end, ',"visibility_boost":', case when t.visibility_boost then 'true' else 'false' end, ',"created_at":"', to_char(t.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","active":', case when t.active then 'true' else 'false' end, ',"deleted":', case when t.deleted then 'true' else 'false' end, '}'), ',' order by t.id), ']') from tag t
    where t.id = any(u.tag_ids) and t.active and not t.deleted and t.visible) end, ',"reputation":', u.reputation, ',"followings_counter":', u.followings, ',"followers_counter":', u.followers, ',"connection_requests_sent_counter":', u.requests_sent, ',"connection_requests_received_counter":', u.requests_received, ',"connections_counter":', u.connections, ',"posts_counter":', u.posts, ',"discussions_counter":', u.discussions, ',"statuses_counter":', u.statuses, ',"polls_counter":', u.polls, '}') from author u), ',"added_at":"', to_char(c.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","html":', to_json((c.html)::text)::text, ',"summary":', to_json((c.summary)::text)::text, ',"deleted":', case when c.deleted then 'true' else 'false' end, ',"collapsed":', case when c.collapsed then 'true' else 'false' end, ',"parent":', coalesce((c.parent_id)::text, 'null'), ',"in_reply_to":', coalesce((c.in_reply_to_id)::text, 'null'), ',"comment_count":', c.comment_count, ',"vote_count":', c.vote_count, ',"flag_count":', c.flag_count, '}') when 3 then /* WebhookCommentOnDiscussion */ concat('{"id":', c.id, ',"discussion":', c.contribution_id, ',"author":', (select /* WebhookCommentAuthor */ concat('{"id":', u.id, ',"username":', to_json((u.username)::text)::text, ',"real_name":', to_json((u.real_name)::text)::text, ',"avatar":', to_json((coalesce(case when u.avatar like '/%' then concat(public_base(), u.avatar) else u.avatar end, concat((select base from public_address), '/api/v2/avatar/', u.id)))::text)::text, ',"ext_id":', coalesce(to_json((u.ext_id)::text)::text, 'null'), ',"description":', to_json((u.description)::text)::text, ',"tags":', case when u.tag_ids = '{}' then '[]' else (
    select /* Tag[] */ concat('[', string_agg(/* Tag */ concat('{"id":', t.id, ',"type":"', t.type, '","name":', to_json((t.name)::text)::text, ',"description":', coalesce(to_json((t.description)::text)::text, 'null'), ',"color":', to_json((t.color)::text)::text, ',"visible":', case when t.visible then 'true' else 'false' end, ',"visibility_boost":', case when t.visibility_boost then 'true' else 'false' end, ',"created_at":"', to_char(t.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","active":', case when t.active then 'true' else 'false' end, ',"deleted":', case when t.deleted then 'true' else 'false' end, '}'), ',' order by t.id), ']') from tag t
    where t.id = any(u.tag_ids) and t.active and not t.deleted and t.visible) end, ',"reputation":', u.reputation, ',"followings_counter":', u.followings, ',"followers_counter":', u.followers, ',"connection_requests_sent_counter":', u.requests_sent, ',"connection_requests_received_counter":', u.requests_received, ',"connections_counter":', u.connections, ',"posts_counter":', u.posts, ',"discussions_counter":', u.discussions, ',"statuses_counter":', u.statuses, ',"polls_counter":', u.polls, '}') from author u), ',"added_at":"', to_char(c.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","html":', to_json((c.html)::text)::text, ',"summary":', to_json((c.summary)::text)::text, ',"deleted":', case when c.deleted then 'true' else 'false' end, ',"collapsed":', case when c.collapsed then 'true' else 'false' end, ',"parent":', coalesce((c.parent_id)::text, 'null'), ',"in_reply_to":', coalesce((c.in_reply_to_id)::text, 'null'), ',"comment_count":', c.comment_count, ',"vote_count":', c.vote_count, ',"flag_count":', c.flag_count, '}') end as data from c order by c.added_at, c.id) emitted offset 0) numbered;

-- erase deleted ones
-- $1 author, $2 batch
with gone as (
      update comment set erased = true, deleted = true, html = '', summary = '', last_edited_at = null where id = any(array(select id from comment where author_id = $1::bigint and deleted and not erased order by id limit $2::bigint
        for no key update)) returning 1
    )
    select count(*)::int as n from gone;

-- existence
-- $1 id, $2 viewer, $3 staff
select x.kind::int as kind, x.id as contribution
    from comment c join contribution x on x.id = c.contribution_id
    where c.id = $1::bigint and not c.erased and not exists (select from erasure e where e.member_id in (c.author_id, x.author_id))
    and (x.addressing = '{}' or not (x.author_id is distinct from $2::bigint and (not x.addressing && array(select t.id from tag t
  where t.id = any((select m.tag_ids from users m where m.id = $2::bigint)::bigint[]) and t.active and not t.deleted) and not exists (select from users m
  where m.id = $2::bigint and m.status = 'a' and m.role in ('admin', 'moderator')))))
    and not c.erased and (not c.deleted or c.author_id = $2::bigint or $3::boolean) and not coalesce((select true from relation h where h.member_id = $2::bigint and h.other_id = c.author_id and (h.hidden_place is not null or h.hidden_by) and (h.hidden_place is not null or not exists (select from users m
  where m.id = $2::bigint and m.status = 'a' and m.role in ('admin', 'moderator')))), false) and not coalesce((select true from hidden_author h where h.member_id = $2::bigint and h.author_id = c.author_id), false) and not coalesce((select true from erasure e where e.member_id = c.author_id), false) and (c.parent_id is null or exists (select from comment q
    where q.id = c.parent_id and not q.erased and (not q.deleted or q.author_id = $2::bigint or $3::boolean) and not coalesce((select true from relation h where h.member_id = $2::bigint and h.other_id = q.author_id and (h.hidden_place is not null or h.hidden_by) and (h.hidden_place is not null or not exists (select from users m
  where m.id = $2::bigint and m.status = 'a' and m.role in ('admin', 'moderator')))), false) and not coalesce((select true from hidden_author h where h.member_id = $2::bigint and h.author_id = q.author_id), false) and not coalesce((select true from erasure e where e.member_id = q.author_id), false)))
      and (not x.deleted or x.author_id = $2::bigint or $3::boolean and x.published) and not x.erased and (x.addressing = '{}' or not (x.author_id is distinct from $2::bigint and (not x.addressing && array(select t.id from tag t
  where t.id = any((select m.tag_ids from users m where m.id = $2::bigint)::bigint[]) and t.active and not t.deleted) and not exists (select from users m
  where m.id = $2::bigint and m.status = 'a' and m.role in ('admin', 'moderator'))))) and not coalesce((select true from relation h where h.member_id = $2::bigint and h.other_id = x.author_id and (h.hidden_place is not null or h.hidden_by) and (h.hidden_place is not null or not exists (select from users m
  where m.id = $2::bigint and m.status = 'a' and m.role in ('admin', 'moderator')))), false) and not coalesce((select true from hidden_author h where h.member_id = $2::bigint and h.author_id = x.author_id), false) and not coalesce((select true from erasure e where e.member_id = x.author_id), false);

-- forget a contributor
-- $1 author, $2 batch
with gone as (
      delete from contributor where author_id = $1::bigint and contribution_id = any(array(select contribution_id from contributor where author_id = $1::bigint limit $2::bigint))
      returning 1
    )
    select count(*)::int as n from gone;

-- hold what one is on
-- $1 id
select exists (select from contribution x where x.id = c.contribution_id for share)
        and (c.parent_id is null or exists (select from comment q where q.id = c.parent_id for share)) as held
      from comment c where c.id = $1::bigint;

-- ids of those a member has
-- $1 member
select coalesce(array_agg(id order by id), '{}') as ids from comment
    where author_id = $1::bigint and not erased;

-- lock
-- $1 member, $2 id
select c.author_id as author, c.deleted, c.kind::int as kind, c.contribution_id as contribution,
      x.author_id as owner, q.id as parent, q.author_id as parent_author,
      (coalesce(v.hidden_place is not null or v.hidden_by, false)
  or exists (select from hidden_author h where h.member_id = $1::bigint and h.author_id = c.author_id)) or (coalesce(w.hidden_place is not null or w.hidden_by, false)
  or exists (select from hidden_author h where h.member_id = $1::bigint and h.author_id = x.author_id)) as hidden,
      x.deleted or coalesce(q.deleted, false) as gone,
      c.deleted and c.author_id <> $1::bigint or x.deleted and x.author_id <> $1::bigint
        or coalesce(q.deleted and q.author_id <> $1::bigint, false) or not (x.addressing = '{}' or not (x.author_id is distinct from $1::bigint and (not x.addressing && array(select t.id from tag t
  where t.id = any((select m.tag_ids from users m where m.id = $1::bigint)::bigint[]) and t.active and not t.deleted) and not exists (select from users m
  where m.id = $1::bigint and m.status = 'a' and m.role in ('admin', 'moderator'))))) as unseen,
      c.collapsed, c.moderated, me.status::text as status, me.role, (select version from community) as version
    from comment c join contribution x on x.id = c.contribution_id join users me on me.id = $1::bigint
    left join comment q on q.id = c.parent_id
    left join lateral (
    select * from relation tied where tied.member_id = $1::bigint and tied.other_id = c.author_id offset 0) v on true
    left join lateral (
    select * from relation tied where tied.member_id = $1::bigint and tied.other_id = x.author_id offset 0) w on true
    where c.id = $2::bigint and not c.erased
    for no key update of c for key share of me;

-- lock those to erase
-- $1 ids
select from comment where id in (
      select unnest(array[id, parent_id]) from comment where id = any($1::bigint[])
    ) order by id for no key update;

-- lock what is made up on
-- $1 ids
select from contribution where id = any($1::bigint[]) order by id for no key update;

-- lock what is replied to
-- $1 member, $2 ids
select c.id, c.author_id as author, c.contribution_id as contribution, c.parent_id as parent, c.deleted,
      (coalesce(v.hidden_place is not null or v.hidden_by, false)
  or exists (select from hidden_author h where h.member_id = $1::bigint and h.author_id = c.author_id)) as hidden
    from comment c left join lateral (
    select * from relation tied where tied.member_id = $1::bigint and tied.other_id = c.author_id offset 0) v on true
    where c.id = any($2::bigint[]) order by c.id for no key update of c;

-- lock what one is a reply to
-- $1 id
select from comment where id = (select parent_id from comment where id = $1::bigint) for no key update;

-- lock what one is on
-- $1 id
select from contribution where id = (select contribution_id from comment where id = $1::bigint)
    for no key update;

-- lock what those to erase are on
-- $1 ids
select from contribution where id in (select contribution_id from comment where id = any($1::bigint[]))
    order by id for no key update;

-- made-up contributions
-- $1 after, $2 authors, $3 most
select id, author_id as author, extract(epoch from added_at)::float8 * 1000 as at from contribution
    where id > $1::bigint and coalesce(author_id, 0) = any($2::bigint[]) and not deleted and comment_count = 0
    order by id limit $3::int;

-- make up
-- $1 comments
with given as materialized (
      select g.*, nextval(pg_get_serial_sequence('comment', 'id')) as id, to_timestamp(g.at / 1000) as added_at
      from (select * from json_to_recordset($1::json)
        as g("n" int, "on" bigint, "parent" int, author_id bigint, "text" text, "at" float8, marks json) order by at, n) g
    ), made as (
      insert into comment (id, contribution_id, kind, parent_id, author_id, html, summary, added_at, comment_count,
        vote_count, flag_count, reactions)
      overriding system value
      select g.id, g."on", x.kind, p.id, g.author_id, '<p>' || g.text || '</p>', g.text, g.added_at,
        (select count(*) from given r where r.parent = g.n),
        k.votes, k.flags, coalesce(k.reactions, '{}')
      from given g join contribution x on x.id = g."on" left join given p on p.n = g.parent cross join lateral (
        select coalesce(sum(n) filter (where reaction is not null), 0) as votes,
          coalesce(sum(n) filter (where reaction is null), 0) as flags,
          jsonb_object_agg(reaction, n) filter (where reaction > 1) as reactions
        from (select reaction, count(*)::int as n from json_to_recordset(g.marks) as m(member_id bigint, reaction bigint, flag smallint, "at" float8) group by 1) r
      ) k
    ), marked as (
      insert into mark (target_id, member_id, kind, reaction, voted_at, vote_place, flag_type, flagged_at, flag_place)
      select g.id, m.member_id, 16, m.reaction, case when m.reaction is not null then m.moment end,
        case when m.reaction is not null then nextval('contribution_place') end, m.flag,
        case when m.flag is not null then m.moment end,
        case when m.flag is not null then nextval('contribution_place') end
      from given g cross join lateral (
        select *, to_timestamp("at" / 1000) as moment from json_to_recordset(g.marks) as m(member_id bigint, reaction bigint, flag smallint, "at" float8) order by "at"
      ) m order by m.member_id, g.id
    ), contributed as (
      insert into contributor as k (contribution_id, author_id, comments)
      select "on", author_id, count(*) from given group by 1, 2 order by min(at)
      on conflict (contribution_id, author_id) do update set comments = k.comments + excluded.comments
    ), x as (
      update contribution x set comment_count = x.comment_count + m.n, thread_count = x.thread_count + m.firsts,
        last_activity_at = greatest(x.last_activity_at, m.last)
      from (
        select "on", count(*)::int as n, count(*) filter (where parent is null)::int as firsts, max(added_at) as last
        from given group by 1
      ) m where x.id = m."on" returning x.*, m.n as moved
    )
    update contribution_total t set uncommented = t.uncommented - s.n
    from (
      select kind, author_id % 16 as part, count(*)::int as n from x where comment_count = moved group by 1, 2
    ) s where t.kind = s.kind and t.part = s.part;

-- of a member
-- $1 id, $2 viewer, $3 staff, $4 limit
with p as (
  select p.*, row_number() over () as n from (
    select * from (select x.added_at as k0, x.id as k1 from comment x join contribution y on y.id = x.contribution_id
      where x.author_id = $1::bigint and true and not x.erased and (not x.deleted or x.author_id = $2::bigint or $3::boolean)
        and not coalesce((select true from relation h where h.member_id = $2::bigint and h.other_id = x.author_id and (h.hidden_place is not null or h.hidden_by) and (h.hidden_place is not null or not exists (select from users m
  where m.id = $2::bigint and m.status = 'a' and m.role in ('admin', 'moderator')))), false) and not coalesce((select true from hidden_author h where h.member_id = $2::bigint and h.author_id = x.author_id), false) and not coalesce((select true from erasure e where e.member_id = x.author_id), false) and (not y.deleted or y.author_id = $2::bigint or $3::boolean and y.published) and not y.erased and (y.addressing = '{}' or not (y.author_id is distinct from $2::bigint and (not y.addressing && array(select t.id from tag t
  where t.id = any((select m.tag_ids from users m where m.id = $2::bigint)::bigint[]) and t.active and not t.deleted) and not exists (select from users m
  where m.id = $2::bigint and m.status = 'a' and m.role in ('admin', 'moderator'))))) and not coalesce((select true from relation h where h.member_id = $2::bigint and h.other_id = y.author_id and (h.hidden_place is not null or h.hidden_by) and (h.hidden_place is not null or not exists (select from users m
  where m.id = $2::bigint and m.status = 'a' and m.role in ('admin', 'moderator')))), false) and not coalesce((select true from hidden_author h where h.member_id = $2::bigint and h.author_id = y.author_id), false) and not coalesce((select true from erasure e where e.member_id = y.author_id), false) and (x.parent_id is null or exists (select from comment q
    where q.id = x.parent_id and not q.erased and (not q.deleted or q.author_id = $2::bigint or $3::boolean) and not coalesce((select true from relation h where h.member_id = $2::bigint and h.other_id = q.author_id and (h.hidden_place is not null or h.hidden_by) and (h.hidden_place is not null or not exists (select from users m
  where m.id = $2::bigint and m.status = 'a' and m.role in ('admin', 'moderator')))), false) and not coalesce((select true from hidden_author h where h.member_id = $2::bigint and h.author_id = q.author_id), false) and not coalesce((select true from erasure e where e.member_id = q.author_id), false)))
      order by x.added_at asc, x.id asc limit 101) few limit $4::bigint + 1
  ) p
), light as (
  select * from (select p.*, sum(coalesce((select octet_length(c.html) + case when c.comment_count = 0 then 0
    else coalesce((select sum(octet_length(r.html)) from (select r.*, r.xmin from comment r
    where r.parent_id = c.id and not r.erased and not r.deleted and not coalesce((select true from relation h where h.member_id = $2::bigint and h.other_id = r.author_id and (h.hidden_place is not null or h.hidden_by) and (h.hidden_place is not null or not exists (select from users m
  where m.id = $2::bigint and m.status = 'a' and m.role in ('admin', 'moderator')))), false) and not coalesce((select true from hidden_author h where h.member_id = $2::bigint and h.author_id = r.author_id), false) and not coalesce((select true from erasure e where e.member_id = r.author_id), false)
    order by r.added_at desc, r.id desc limit 2) r), 0) end from comment c where c.id = p.k1), 0)) over (order by p.n) as total from p) p where n = 1 or total <= 1000000
), page as (
  select p.n, json_build_array(p.k0, p.k1)::text as key, /* Comment */ concat(e'\x02', case when veil.withheld then 'Comment 011111 otherwise' else 'Comment 011111' end, e'\x1f', c.id, e'\x1f', c.xmin, /* User */ e'\x1f\x02User 011111\x1f', u.id, e'\x1f', u.xmin, e'\x1f', coalesce(case v.state when 4 then '"connected"' when 1 then '"sent_connection_request"' when 2 then '"received_connection_request"' end, 'null'), e'\x03\x1f\x06reactions\x1f', c.vote_count, ' ', c.reactions, e'\x03\x1f', case when m.reaction is not null then 'true' else 'false' end, e'\x1f', coalesce(concat(e'\x06reaction\x1f', m.reaction, e'\x03'), 'null'), e'\x1f', coalesce(case when c.kind = 1 then concat('{"id":', c.contribution_id, ',"slug":', to_json(case when x.collapsed then x.id::text else x.slug end)::text, '}') end, 'null'), e'\x1f', coalesce(case when c.kind = 2 then concat('{"id":', c.contribution_id, ',"slug":', to_json(case when x.collapsed then x.id::text else x.slug end)::text, '}') end, 'null'), e'\x1f', coalesce(case when c.kind = 3 then concat('{"id":', c.contribution_id, ',"slug":', to_json(case when x.collapsed then x.id::text else x.slug end)::text, '}') end, 'null'), e'\x1f', case when c.comment_count = 0 then '[]' else (
    select concat('[', string_agg(/* CommentSummary */ concat(e'\x02', case when veil.withheld then 'CommentSummary 011111 otherwise' else 'CommentSummary 011111' end, e'\x1f', c.id, e'\x1f', c.xmin, /* User */ e'\x1f\x02User 011111\x1f', u.id, e'\x1f', u.xmin, e'\x1f', coalesce(case v.state when 4 then '"connected"' when 1 then '"sent_connection_request"' when 2 then '"received_connection_request"' end, 'null'), e'\x03\x1f\x06reactions\x1f', c.vote_count, ' ', c.reactions, e'\x03\x1f', case when m.reaction is not null then 'true' else 'false' end, e'\x1f', coalesce(concat(e'\x06reaction\x1f', m.reaction, e'\x03'), 'null'), e'\x03'), ',' order by c.added_at, c.id), ']')
    from (select r.*, r.xmin from comment r
    where r.parent_id = c.id and not r.erased and not r.deleted and not coalesce((select true from relation h where h.member_id = $2::bigint and h.other_id = r.author_id and (h.hidden_place is not null or h.hidden_by) and (h.hidden_place is not null or not exists (select from users m
  where m.id = $2::bigint and m.status = 'a' and m.role in ('admin', 'moderator')))), false) and not coalesce((select true from hidden_author h where h.member_id = $2::bigint and h.author_id = r.author_id), false) and not coalesce((select true from erasure e where e.member_id = r.author_id), false)
    order by r.added_at desc, r.id desc limit 2) c join users u on u.id = c.author_id
  left join lateral (
    select * from relation tied where tied.member_id = $2::bigint and tied.other_id = c.author_id offset 0) v on true
  left join lateral (select * from mark own
    where own.target_id = c.id and own.kind = 16 and own.member_id = $2::bigint offset 0) m on true cross join lateral (select c.collapsed and c.author_id is distinct from $2::bigint
    and not exists (select from users m
  where m.id = $2::bigint and m.status = 'a' and m.role in ('admin', 'moderator')) as withheld) veil) end, e'\x03') as row from light p join comment c on c.id = p.k1 join contribution x on x.id = c.contribution_id join users u on u.id = c.author_id
  left join lateral (
    select * from relation tied where tied.member_id = $2::bigint and tied.other_id = c.author_id offset 0) v on true
  left join lateral (select * from mark own
    where own.target_id = c.id and own.kind = 16 and own.member_id = $2::bigint offset 0) m on true cross join lateral (select c.collapsed and c.author_id is distinct from $2::bigint
    and not exists (select from users m
  where m.id = $2::bigint and m.status = 'a' and m.role in ('admin', 'moderator')) as withheld) veil
)
select (select count(*) from comment x join contribution y on y.id = x.contribution_id
      where x.author_id = $1::bigint and true and not x.erased and (not x.deleted or x.author_id = $2::bigint or $3::boolean)
        and not coalesce((select true from relation h where h.member_id = $2::bigint and h.other_id = x.author_id and (h.hidden_place is not null or h.hidden_by) and (h.hidden_place is not null or not exists (select from users m
  where m.id = $2::bigint and m.status = 'a' and m.role in ('admin', 'moderator')))), false) and not coalesce((select true from hidden_author h where h.member_id = $2::bigint and h.author_id = x.author_id), false) and not coalesce((select true from erasure e where e.member_id = x.author_id), false) and (not y.deleted or y.author_id = $2::bigint or $3::boolean and y.published) and not y.erased and (y.addressing = '{}' or not (y.author_id is distinct from $2::bigint and (not y.addressing && array(select t.id from tag t
  where t.id = any((select m.tag_ids from users m where m.id = $2::bigint)::bigint[]) and t.active and not t.deleted) and not exists (select from users m
  where m.id = $2::bigint and m.status = 'a' and m.role in ('admin', 'moderator'))))) and not coalesce((select true from relation h where h.member_id = $2::bigint and h.other_id = y.author_id and (h.hidden_place is not null or h.hidden_by) and (h.hidden_place is not null or not exists (select from users m
  where m.id = $2::bigint and m.status = 'a' and m.role in ('admin', 'moderator')))), false) and not coalesce((select true from hidden_author h where h.member_id = $2::bigint and h.author_id = y.author_id), false) and not coalesce((select true from erasure e where e.member_id = y.author_id), false) and (x.parent_id is null or exists (select from comment q
    where q.id = x.parent_id and not q.erased and (not q.deleted or q.author_id = $2::bigint or $3::boolean) and not coalesce((select true from relation h where h.member_id = $2::bigint and h.other_id = q.author_id and (h.hidden_place is not null or h.hidden_by) and (h.hidden_place is not null or not exists (select from users m
  where m.id = $2::bigint and m.status = 'a' and m.role in ('admin', 'moderator')))), false) and not coalesce((select true from hidden_author h where h.member_id = $2::bigint and h.author_id = q.author_id), false) and not coalesce((select true from erasure e where e.member_id = q.author_id), false))))::int as count, (select count(*) from p)::int as n,
  count(*) filter (where n <= $4::bigint)::int as shown,
  string_agg(row::text, ',' order by n) filter (where n <= $4::bigint) as rows,
  max(key) filter (where n = 1) as nearest, (array_agg(key order by n desc) filter (where n <= $4::bigint))[1] as farthest,
  null::text as repeated, concat(pg_current_snapshot(), ' ', pg_postmaster_start_time(), ' ', pg_relation_filepath('pg_class'), ' ', (select xmin from public_address)) as at,
  concat('Reaction', (select string_agg(concat(e'\x1e', e.id, e'\x1f', e.text), '') from (select r.id, /* Reaction */ concat(e'\x02Reaction\x1f', r.id, e'\x1f', r.xmin, e'\x03') as text from reaction r) e)) as tables, '' as held
from page;

-- of a member, usually
-- $1 id, $2 viewer, $3 staff, $4 limit
with p as (
  select p.*, row_number() over () as n from (
    select * from (select x.added_at as k0, x.id as k1 from comment x join contribution y on y.id = x.contribution_id
      where x.author_id = $1::bigint and true and not x.erased and (not x.deleted or x.author_id = $2::bigint or $3::boolean)
        and true and (not y.deleted or y.author_id = $2::bigint or $3::boolean and y.published) and not y.erased and true and true and (x.parent_id is null or exists (select from comment q
    where q.id = x.parent_id and not q.erased and (not q.deleted or q.author_id = $2::bigint or $3::boolean) and true))
      order by x.added_at asc, x.id asc limit 101) few limit $4::bigint + 1
  ) p
), light as (
  select * from (select p.*, sum(coalesce((select octet_length(c.html) + case when c.comment_count = 0 then 0
    else coalesce((select sum(octet_length(r.html)) from (select r.*, r.xmin from comment r
    where r.parent_id = c.id and not r.erased and not r.deleted and true
    order by r.added_at desc, r.id desc limit 2) r), 0) end from comment c where c.id = p.k1), 0)) over (order by p.n) as total from p) p where n = 1 or total <= 1000000
), page as (
  select p.n, json_build_array(p.k0, p.k1)::text as key, /* Comment */ concat(e'\x02', case when veil.withheld then 'Comment 011111 otherwise' else 'Comment 011111' end, e'\x1f', c.id, e'\x1f', c.xmin, /* User */ e'\x1f\x02User 011111\x1f', u.id, e'\x1f', u.xmin, e'\x1f', coalesce(case v.state when 4 then '"connected"' when 1 then '"sent_connection_request"' when 2 then '"received_connection_request"' end, 'null'), e'\x03\x1f\x06reactions\x1f', c.vote_count, ' ', c.reactions, e'\x03\x1f', case when m.reaction is not null then 'true' else 'false' end, e'\x1f', coalesce(concat(e'\x06reaction\x1f', m.reaction, e'\x03'), 'null'), e'\x1f', coalesce(case when c.kind = 1 then concat('{"id":', c.contribution_id, ',"slug":', to_json(case when x.collapsed then x.id::text else x.slug end)::text, '}') end, 'null'), e'\x1f', coalesce(case when c.kind = 2 then concat('{"id":', c.contribution_id, ',"slug":', to_json(case when x.collapsed then x.id::text else x.slug end)::text, '}') end, 'null'), e'\x1f', coalesce(case when c.kind = 3 then concat('{"id":', c.contribution_id, ',"slug":', to_json(case when x.collapsed then x.id::text else x.slug end)::text, '}') end, 'null'), e'\x1f', case when c.comment_count = 0 then '[]' else (
    select concat('[', string_agg(/* CommentSummary */ concat(e'\x02', case when veil.withheld then 'CommentSummary 011111 otherwise' else 'CommentSummary 011111' end, e'\x1f', c.id, e'\x1f', c.xmin, /* User */ e'\x1f\x02User 011111\x1f', u.id, e'\x1f', u.xmin, e'\x1f', coalesce(case v.state when 4 then '"connected"' when 1 then '"sent_connection_request"' when 2 then '"received_connection_request"' end, 'null'), e'\x03\x1f\x06reactions\x1f', c.vote_count, ' ', c.reactions, e'\x03\x1f', case when m.reaction is not null then 'true' else 'false' end, e'\x1f', coalesce(concat(e'\x06reaction\x1f', m.reaction, e'\x03'), 'null'), e'\x03'), ',' order by c.added_at, c.id), ']')
    from (select r.*, r.xmin from comment r
    where r.parent_id = c.id and not r.erased and not r.deleted and true
    order by r.added_at desc, r.id desc limit 2) c join users u on u.id = c.author_id
  left join lateral (
    select * from relation tied where tied.member_id = $2::bigint and tied.other_id = c.author_id offset 0) v on true
  left join lateral (select * from mark own
    where own.target_id = c.id and own.kind = 16 and own.member_id = $2::bigint offset 0) m on true cross join lateral (select c.collapsed and c.author_id is distinct from $2::bigint
    and not exists (select from users m
  where m.id = $2::bigint and m.status = 'a' and m.role in ('admin', 'moderator')) as withheld) veil) end, e'\x03') as row from light p join comment c on c.id = p.k1 join contribution x on x.id = c.contribution_id join users u on u.id = c.author_id
  left join lateral (
    select * from relation tied where tied.member_id = $2::bigint and tied.other_id = c.author_id offset 0) v on true
  left join lateral (select * from mark own
    where own.target_id = c.id and own.kind = 16 and own.member_id = $2::bigint offset 0) m on true cross join lateral (select c.collapsed and c.author_id is distinct from $2::bigint
    and not exists (select from users m
  where m.id = $2::bigint and m.status = 'a' and m.role in ('admin', 'moderator')) as withheld) veil
)
select (select count(*) from comment x join contribution y on y.id = x.contribution_id
      where x.author_id = $1::bigint and true and not x.erased and (not x.deleted or x.author_id = $2::bigint or $3::boolean)
        and true and (not y.deleted or y.author_id = $2::bigint or $3::boolean and y.published) and not y.erased and true and true and (x.parent_id is null or exists (select from comment q
    where q.id = x.parent_id and not q.erased and (not q.deleted or q.author_id = $2::bigint or $3::boolean) and true)))::int as count, (select count(*) from p)::int as n,
  count(*) filter (where n <= $4::bigint)::int as shown,
  string_agg(row::text, ',' order by n) filter (where n <= $4::bigint) as rows,
  max(key) filter (where n = 1) as nearest, (array_agg(key order by n desc) filter (where n <= $4::bigint))[1] as farthest,
  null::text as repeated, concat(pg_current_snapshot(), ' ', pg_postmaster_start_time(), ' ', pg_relation_filepath('pg_class'), ' ', (select xmin from public_address)) as at,
  concat('Reaction', (select string_agg(concat(e'\x1e', e.id, e'\x1f', e.text), '') from (select r.id, /* Reaction */ concat(e'\x02Reaction\x1f', r.id, e'\x1f', r.xmin, e'\x03') as text from reaction r) e)) as tables, concat((not exists (select h.other_id from relation h
  where h.member_id = $2::bigint and (h.hidden_place is not null or h.hidden_by))), (not exists (select from hidden_author where member_id = $2::bigint)), (not exists (select from erasure)), (not exists (select from addressed))) as held
from page;

-- show
-- $1 viewer, $2 id, $3 staff
select x.*, concat(pg_current_snapshot(), ' ', pg_postmaster_start_time(), ' ', pg_relation_filepath('pg_class'), ' ', (select xmin from public_address)) as at, '' as held from (select c.kind::int as kind, /* Comment */ concat(e'\x02', case when veil.withheld then 'Comment 011111 otherwise' else 'Comment 011111' end, e'\x1f', c.id, e'\x1f', c.xmin, /* User */ e'\x1f\x02User 011111\x1f', u.id, e'\x1f', u.xmin, e'\x1f', coalesce(case v.state when 4 then '"connected"' when 1 then '"sent_connection_request"' when 2 then '"received_connection_request"' end, 'null'), e'\x03\x1f', case when c.vote_count = 0 then '[]'
    when c.reactions = '{}' then concat('[{"count":', c.vote_count, ',"reaction":', (select /* Reaction */ concat(e'\x02Reaction\x1f', r.id, e'\x1f', r.xmin, e'\x03') from reaction r where r.id = 1), '}]')
    else (select concat('[', string_agg(concat('{"count":', n, /* Reaction */ e',"reaction":\x02Reaction\x1f', r.id, e'\x1f', r.xmin, e'\x03}'), ','
        order by n desc, r.id), ']')
      from (select 1::bigint as id,
    c.vote_count - coalesce((select sum(value::int) from jsonb_each_text(c.reactions)), 0)::int as n
  union all select key::bigint, value::int from jsonb_each_text(c.reactions)) counted join reaction r on r.id = counted.id where n > 0) end, e'\x1f', case when m.reaction is not null then 'true' else 'false' end, e'\x1f', coalesce(case when m.reaction = 1 then (select /* Reaction */ concat(e'\x02Reaction\x1f', r.id, e'\x1f', r.xmin, e'\x03') from reaction r where r.id = 1)
    when m.reaction is not null then (select /* Reaction */ concat(e'\x02Reaction\x1f', r.id, e'\x1f', r.xmin, e'\x03') from reaction r where r.id = m.reaction) end, 'null'), e'\x1f', coalesce(case when c.kind = 1 then concat('{"id":', c.contribution_id, ',"slug":', to_json(case when x.collapsed then x.id::text else x.slug end)::text, '}') end, 'null'), e'\x1f', coalesce(case when c.kind = 2 then concat('{"id":', c.contribution_id, ',"slug":', to_json(case when x.collapsed then x.id::text else x.slug end)::text, '}') end, 'null'), e'\x1f', coalesce(case when c.kind = 3 then concat('{"id":', c.contribution_id, ',"slug":', to_json(case when x.collapsed then x.id::text else x.slug end)::text, '}') end, 'null'), e'\x1f', case when c.comment_count = 0 then '[]' else (
    select concat('[', string_agg(/* CommentSummary */ concat(e'\x02', case when veil.withheld then 'CommentSummary 011111 otherwise' else 'CommentSummary 011111' end, e'\x1f', c.id, e'\x1f', c.xmin, /* User */ e'\x1f\x02User 011111\x1f', u.id, e'\x1f', u.xmin, e'\x1f', coalesce(case v.state when 4 then '"connected"' when 1 then '"sent_connection_request"' when 2 then '"received_connection_request"' end, 'null'), e'\x03\x1f', case when c.vote_count = 0 then '[]'
    when c.reactions = '{}' then concat('[{"count":', c.vote_count, ',"reaction":', (select /* Reaction */ concat(e'\x02Reaction\x1f', r.id, e'\x1f', r.xmin, e'\x03') from reaction r where r.id = 1), '}]')
    else (select concat('[', string_agg(concat('{"count":', n, /* Reaction */ e',"reaction":\x02Reaction\x1f', r.id, e'\x1f', r.xmin, e'\x03}'), ','
        order by n desc, r.id), ']')
      from (select 1::bigint as id,
    c.vote_count - coalesce((select sum(value::int) from jsonb_each_text(c.reactions)), 0)::int as n
  union all select key::bigint, value::int from jsonb_each_text(c.reactions)) counted join reaction r on r.id = counted.id where n > 0) end, e'\x1f', case when m.reaction is not null then 'true' else 'false' end, e'\x1f', coalesce(case when m.reaction = 1 then (select /* Reaction */ concat(e'\x02Reaction\x1f', r.id, e'\x1f', r.xmin, e'\x03') from reaction r where r.id = 1)
    when m.reaction is not null then (select /* Reaction */ concat(e'\x02Reaction\x1f', r.id, e'\x1f', r.xmin, e'\x03') from reaction r where r.id = m.reaction) end, 'null'), e'\x03'), ',' order by c.added_at, c.id), ']')
    from (select r.*, r.xmin from comment r
    where r.parent_id = c.id and not r.erased and not r.deleted and not coalesce((select true from relation h where h.member_id = $1::bigint and h.other_id = r.author_id and (h.hidden_place is not null or h.hidden_by) and (h.hidden_place is not null or not exists (select from users m
  where m.id = $1::bigint and m.status = 'a' and m.role in ('admin', 'moderator')))), false) and not coalesce((select true from hidden_author h where h.member_id = $1::bigint and h.author_id = r.author_id), false) and not coalesce((select true from erasure e where e.member_id = r.author_id), false)
    order by r.added_at desc, r.id desc limit 2) c join users u on u.id = c.author_id
  left join lateral (
    select * from relation tied where tied.member_id = $1::bigint and tied.other_id = c.author_id offset 0) v on true
  left join lateral (select * from mark own
    where own.target_id = c.id and own.kind = 16 and own.member_id = $1::bigint offset 0) m on true cross join lateral (select c.collapsed and c.author_id is distinct from $1::bigint
    and not exists (select from users m
  where m.id = $1::bigint and m.status = 'a' and m.role in ('admin', 'moderator')) as withheld) veil) end, e'\x03')::text as json
    from comment c join contribution x on x.id = c.contribution_id join users u on u.id = c.author_id
  left join lateral (
    select * from relation tied where tied.member_id = $1::bigint and tied.other_id = c.author_id offset 0) v on true
  left join lateral (select * from mark own
    where own.target_id = c.id and own.kind = 16 and own.member_id = $1::bigint offset 0) m on true cross join lateral (select c.collapsed and c.author_id is distinct from $1::bigint
    and not exists (select from users m
  where m.id = $1::bigint and m.status = 'a' and m.role in ('admin', 'moderator')) as withheld) veil
    where c.id = $2::bigint and not c.erased and (not c.deleted or c.author_id = $1::bigint or $3::boolean) and not coalesce((select true from relation h where h.member_id = $1::bigint and h.other_id = c.author_id and (h.hidden_place is not null or h.hidden_by) and (h.hidden_place is not null or not exists (select from users m
  where m.id = $1::bigint and m.status = 'a' and m.role in ('admin', 'moderator')))), false) and not coalesce((select true from hidden_author h where h.member_id = $1::bigint and h.author_id = c.author_id), false) and not coalesce((select true from erasure e where e.member_id = c.author_id), false) and (c.parent_id is null or exists (select from comment q
    where q.id = c.parent_id and not q.erased and (not q.deleted or q.author_id = $1::bigint or $3::boolean) and not coalesce((select true from relation h where h.member_id = $1::bigint and h.other_id = q.author_id and (h.hidden_place is not null or h.hidden_by) and (h.hidden_place is not null or not exists (select from users m
  where m.id = $1::bigint and m.status = 'a' and m.role in ('admin', 'moderator')))), false) and not coalesce((select true from hidden_author h where h.member_id = $1::bigint and h.author_id = q.author_id), false) and not coalesce((select true from erasure e where e.member_id = q.author_id), false)))
      and (not x.deleted or x.author_id = $1::bigint or $3::boolean and x.published) and not x.erased and (x.addressing = '{}' or not (x.author_id is distinct from $1::bigint and (not x.addressing && array(select t.id from tag t
  where t.id = any((select m.tag_ids from users m where m.id = $1::bigint)::bigint[]) and t.active and not t.deleted) and not exists (select from users m
  where m.id = $1::bigint and m.status = 'a' and m.role in ('admin', 'moderator'))))) and not coalesce((select true from relation h where h.member_id = $1::bigint and h.other_id = x.author_id and (h.hidden_place is not null or h.hidden_by) and (h.hidden_place is not null or not exists (select from users m
  where m.id = $1::bigint and m.status = 'a' and m.role in ('admin', 'moderator')))), false) and not coalesce((select true from hidden_author h where h.member_id = $1::bigint and h.author_id = x.author_id), false) and not coalesce((select true from erasure e where e.member_id = x.author_id), false)) x;

-- show, usually
-- $1 viewer, $2 id, $3 staff
select x.*, concat(pg_current_snapshot(), ' ', pg_postmaster_start_time(), ' ', pg_relation_filepath('pg_class'), ' ', (select xmin from public_address)) as at, concat((not exists (select h.other_id from relation h
  where h.member_id = $1::bigint and (h.hidden_place is not null or h.hidden_by))), (not exists (select from hidden_author where member_id = $1::bigint)), (not exists (select from erasure)), (not exists (select from addressed))) as held from (select c.kind::int as kind, /* Comment */ concat(e'\x02', case when veil.withheld then 'Comment 011111 otherwise' else 'Comment 011111' end, e'\x1f', c.id, e'\x1f', c.xmin, /* User */ e'\x1f\x02User 011111\x1f', u.id, e'\x1f', u.xmin, e'\x1f', coalesce(case v.state when 4 then '"connected"' when 1 then '"sent_connection_request"' when 2 then '"received_connection_request"' end, 'null'), e'\x03\x1f', case when c.vote_count = 0 then '[]'
    when c.reactions = '{}' then concat('[{"count":', c.vote_count, ',"reaction":', (select /* Reaction */ concat(e'\x02Reaction\x1f', r.id, e'\x1f', r.xmin, e'\x03') from reaction r where r.id = 1), '}]')
    else (select concat('[', string_agg(concat('{"count":', n, /* Reaction */ e',"reaction":\x02Reaction\x1f', r.id, e'\x1f', r.xmin, e'\x03}'), ','
        order by n desc, r.id), ']')
      from (select 1::bigint as id,
    c.vote_count - coalesce((select sum(value::int) from jsonb_each_text(c.reactions)), 0)::int as n
  union all select key::bigint, value::int from jsonb_each_text(c.reactions)) counted join reaction r on r.id = counted.id where n > 0) end, e'\x1f', case when m.reaction is not null then 'true' else 'false' end, e'\x1f', coalesce(case when m.reaction = 1 then (select /* Reaction */ concat(e'\x02Reaction\x1f', r.id, e'\x1f', r.xmin, e'\x03') from reaction r where r.id = 1)
    when m.reaction is not null then (select /* Reaction */ concat(e'\x02Reaction\x1f', r.id, e'\x1f', r.xmin, e'\x03') from reaction r where r.id = m.reaction) end, 'null'), e'\x1f', coalesce(case when c.kind = 1 then concat('{"id":', c.contribution_id, ',"slug":', to_json(case when x.collapsed then x.id::text else x.slug end)::text, '}') end, 'null'), e'\x1f', coalesce(case when c.kind = 2 then concat('{"id":', c.contribution_id, ',"slug":', to_json(case when x.collapsed then x.id::text else x.slug end)::text, '}') end, 'null'), e'\x1f', coalesce(case when c.kind = 3 then concat('{"id":', c.contribution_id, ',"slug":', to_json(case when x.collapsed then x.id::text else x.slug end)::text, '}') end, 'null'), e'\x1f', case when c.comment_count = 0 then '[]' else (
    select concat('[', string_agg(/* CommentSummary */ concat(e'\x02', case when veil.withheld then 'CommentSummary 011111 otherwise' else 'CommentSummary 011111' end, e'\x1f', c.id, e'\x1f', c.xmin, /* User */ e'\x1f\x02User 011111\x1f', u.id, e'\x1f', u.xmin, e'\x1f', coalesce(case v.state when 4 then '"connected"' when 1 then '"sent_connection_request"' when 2 then '"received_connection_request"' end, 'null'), e'\x03\x1f', case when c.vote_count = 0 then '[]'
    when c.reactions = '{}' then concat('[{"count":', c.vote_count, ',"reaction":', (select /* Reaction */ concat(e'\x02Reaction\x1f', r.id, e'\x1f', r.xmin, e'\x03') from reaction r where r.id = 1), '}]')
    else (select concat('[', string_agg(concat('{"count":', n, /* Reaction */ e',"reaction":\x02Reaction\x1f', r.id, e'\x1f', r.xmin, e'\x03}'), ','
        order by n desc, r.id), ']')
      from (select 1::bigint as id,
    c.vote_count - coalesce((select sum(value::int) from jsonb_each_text(c.reactions)), 0)::int as n
  union all select key::bigint, value::int from jsonb_each_text(c.reactions)) counted join reaction r on r.id = counted.id where n > 0) end, e'\x1f', case when m.reaction is not null then 'true' else 'false' end, e'\x1f', coalesce(case when m.reaction = 1 then (select /* Reaction */ concat(e'\x02Reaction\x1f', r.id, e'\x1f', r.xmin, e'\x03') from reaction r where r.id = 1)
    when m.reaction is not null then (select /* Reaction */ concat(e'\x02Reaction\x1f', r.id, e'\x1f', r.xmin, e'\x03') from reaction r where r.id = m.reaction) end, 'null'), e'\x03'), ',' order by c.added_at, c.id), ']')
    from (select r.*, r.xmin from comment r
    where r.parent_id = c.id and not r.erased and not r.deleted and true
    order by r.added_at desc, r.id desc limit 2) c join users u on u.id = c.author_id
  left join lateral (
    select * from relation tied where tied.member_id = $1::bigint and tied.other_id = c.author_id offset 0) v on true
  left join lateral (select * from mark own
    where own.target_id = c.id and own.kind = 16 and own.member_id = $1::bigint offset 0) m on true cross join lateral (select c.collapsed and c.author_id is distinct from $1::bigint
    and not exists (select from users m
  where m.id = $1::bigint and m.status = 'a' and m.role in ('admin', 'moderator')) as withheld) veil) end, e'\x03')::text as json
    from comment c join contribution x on x.id = c.contribution_id join users u on u.id = c.author_id
  left join lateral (
    select * from relation tied where tied.member_id = $1::bigint and tied.other_id = c.author_id offset 0) v on true
  left join lateral (select * from mark own
    where own.target_id = c.id and own.kind = 16 and own.member_id = $1::bigint offset 0) m on true cross join lateral (select c.collapsed and c.author_id is distinct from $1::bigint
    and not exists (select from users m
  where m.id = $1::bigint and m.status = 'a' and m.role in ('admin', 'moderator')) as withheld) veil
    where c.id = $2::bigint and not c.erased and (not c.deleted or c.author_id = $1::bigint or $3::boolean) and true and (c.parent_id is null or exists (select from comment q
    where q.id = c.parent_id and not q.erased and (not q.deleted or q.author_id = $1::bigint or $3::boolean) and true))
      and (not x.deleted or x.author_id = $1::bigint or $3::boolean and x.published) and not x.erased and true and true) x;

-- some that a member has
-- $1 ids
select json_build_object('id', c.id, 'contribution', c.contribution_id, 'parent', c.parent_id,
      'in_reply_to', c.in_reply_to_id, 'html', c.html, 'added_at', c.added_at, 'last_edited_at', c.last_edited_at,
      'deleted', c.deleted, 'vote_count', c.vote_count)::text as json
    from comment c where c.id = any($1::bigint[]) order by c.id;

-- thread
-- $1 id, $2 viewer, $3 staff, $4 limit
with p as (
  select p.*, row_number() over () as n from (
    select * from (select x.added_at as k0, x.id as k1 from comment x where x.contribution_id = $1::bigint and x.parent_id is null and not x.erased and (not x.deleted or x.author_id = $2::bigint or $3::boolean) and x.author_id not in (select other_id from relation where member_id = $2::bigint and (hidden_place is not null or hidden_by) and (hidden_place is not null or not exists (select from users m
  where m.id = $2::bigint and m.status = 'a' and m.role in ('admin', 'moderator')))
  union all select author_id from hidden_author where member_id = $2::bigint
  union all select member_id from erasure)
      order by x.added_at asc, x.id asc limit 101) few limit $4::bigint + 1
  ) p
), light as (
  select * from (select p.*, sum(coalesce((select octet_length(c.html) + case when c.comment_count = 0 then 0
    else coalesce((select sum(octet_length(r.html)) from (select r.*, r.xmin from comment r
    where r.parent_id = c.id and not r.erased and not r.deleted and not coalesce((select true from relation h where h.member_id = $2::bigint and h.other_id = r.author_id and (h.hidden_place is not null or h.hidden_by) and (h.hidden_place is not null or not exists (select from users m
  where m.id = $2::bigint and m.status = 'a' and m.role in ('admin', 'moderator')))), false) and not coalesce((select true from hidden_author h where h.member_id = $2::bigint and h.author_id = r.author_id), false) and not coalesce((select true from erasure e where e.member_id = r.author_id), false)
    order by r.added_at desc, r.id desc limit 2) r), 0) end from comment c where c.id = p.k1), 0)) over (order by p.n) as total from p) p where n = 1 or total <= 1000000
), page as (
  select p.n, json_build_array(p.k0, p.k1)::text as key, /* Comment */ concat(e'\x02', case when veil.withheld then 'Comment 011111 otherwise' else 'Comment 011111' end, e'\x1f', c.id, e'\x1f', c.xmin, /* User */ e'\x1f\x02User 011111\x1f', u.id, e'\x1f', u.xmin, e'\x1f', coalesce(case v.state when 4 then '"connected"' when 1 then '"sent_connection_request"' when 2 then '"received_connection_request"' end, 'null'), e'\x03\x1f\x06reactions\x1f', c.vote_count, ' ', c.reactions, e'\x03\x1f', case when m.reaction is not null then 'true' else 'false' end, e'\x1f', coalesce(concat(e'\x06reaction\x1f', m.reaction, e'\x03'), 'null'), e'\x1f', coalesce(case when c.kind = 1 then concat('{"id":', c.contribution_id, ',"slug":', to_json(case when x.collapsed then x.id::text else x.slug end)::text, '}') end, 'null'), e'\x1f', coalesce(case when c.kind = 2 then concat('{"id":', c.contribution_id, ',"slug":', to_json(case when x.collapsed then x.id::text else x.slug end)::text, '}') end, 'null'), e'\x1f', coalesce(case when c.kind = 3 then concat('{"id":', c.contribution_id, ',"slug":', to_json(case when x.collapsed then x.id::text else x.slug end)::text, '}') end, 'null'), e'\x1f', case when c.comment_count = 0 then '[]' else (
    select concat('[', string_agg(/* CommentSummary */ concat(e'\x02', case when veil.withheld then 'CommentSummary 011111 otherwise' else 'CommentSummary 011111' end, e'\x1f', c.id, e'\x1f', c.xmin, /* User */ e'\x1f\x02User 011111\x1f', u.id, e'\x1f', u.xmin, e'\x1f', coalesce(case v.state when 4 then '"connected"' when 1 then '"sent_connection_request"' when 2 then '"received_connection_request"' end, 'null'), e'\x03\x1f\x06reactions\x1f', c.vote_count, ' ', c.reactions, e'\x03\x1f', case when m.reaction is not null then 'true' else 'false' end, e'\x1f', coalesce(concat(e'\x06reaction\x1f', m.reaction, e'\x03'), 'null'), e'\x03'), ',' order by c.added_at, c.id), ']')
    from (select r.*, r.xmin from comment r
    where r.parent_id = c.id and not r.erased and not r.deleted and not coalesce((select true from relation h where h.member_id = $2::bigint and h.other_id = r.author_id and (h.hidden_place is not null or h.hidden_by) and (h.hidden_place is not null or not exists (select from users m
  where m.id = $2::bigint and m.status = 'a' and m.role in ('admin', 'moderator')))), false) and not coalesce((select true from hidden_author h where h.member_id = $2::bigint and h.author_id = r.author_id), false) and not coalesce((select true from erasure e where e.member_id = r.author_id), false)
    order by r.added_at desc, r.id desc limit 2) c join users u on u.id = c.author_id
  left join lateral (
    select * from relation tied where tied.member_id = $2::bigint and tied.other_id = c.author_id offset 0) v on true
  left join lateral (select * from mark own
    where own.target_id = c.id and own.kind = 16 and own.member_id = $2::bigint offset 0) m on true cross join lateral (select c.collapsed and c.author_id is distinct from $2::bigint
    and not exists (select from users m
  where m.id = $2::bigint and m.status = 'a' and m.role in ('admin', 'moderator')) as withheld) veil) end, e'\x03') as row from light p join comment c on c.id = p.k1 join contribution x on x.id = c.contribution_id join users u on u.id = c.author_id
  left join lateral (
    select * from relation tied where tied.member_id = $2::bigint and tied.other_id = c.author_id offset 0) v on true
  left join lateral (select * from mark own
    where own.target_id = c.id and own.kind = 16 and own.member_id = $2::bigint offset 0) m on true cross join lateral (select c.collapsed and c.author_id is distinct from $2::bigint
    and not exists (select from users m
  where m.id = $2::bigint and m.status = 'a' and m.role in ('admin', 'moderator')) as withheld) veil
)
select (select (select thread_count from contribution where id = $1::bigint)
    - (case when (select count(*) from (select from (select other_id from relation where member_id = $2::bigint and (hidden_place is not null or hidden_by) and (hidden_place is not null or not exists (select from users m
  where m.id = $2::bigint and m.status = 'a' and m.role in ('admin', 'moderator')))
  union all select author_id from hidden_author where member_id = $2::bigint
  union all select member_id from erasure) a limit 100) few) < 100
      then (select count(*) from (select distinct other_id from (select other_id from relation where member_id = $2::bigint and (hidden_place is not null or hidden_by) and (hidden_place is not null or not exists (select from users m
  where m.id = $2::bigint and m.status = 'a' and m.role in ('admin', 'moderator')))
  union all select author_id from hidden_author where member_id = $2::bigint
  union all select member_id from erasure) a) a cross join lateral (
        select from comment x where x.contribution_id = $1::bigint and coalesce(x.parent_id, 0) = 0 and x.author_id = a.other_id and not x.erased and not x.deleted offset 0) theirs)
      else (select count(*) from comment x where x.contribution_id = $1::bigint and x.parent_id is null and not x.erased and not x.deleted and (x.author_id in (select other_id from relation where member_id = $2::bigint and (hidden_place is not null or hidden_by) and (hidden_place is not null or not exists (select from users m
  where m.id = $2::bigint and m.status = 'a' and m.role in ('admin', 'moderator')))
  union all select author_id from hidden_author where member_id = $2::bigint
  union all select member_id from erasure)) is true) end)
    + (select count(*) from comment x where x.contribution_id = $1::bigint and coalesce(x.parent_id, 0) = 0 and x.deleted and not x.erased
        and (x.author_id = $2::bigint or $3::boolean) and not coalesce((select true from relation h where h.member_id = $2::bigint and h.other_id = x.author_id and (h.hidden_place is not null or h.hidden_by) and (h.hidden_place is not null or not exists (select from users m
  where m.id = $2::bigint and m.status = 'a' and m.role in ('admin', 'moderator')))), false) and not coalesce((select true from hidden_author h where h.member_id = $2::bigint and h.author_id = x.author_id), false) and not coalesce((select true from erasure e where e.member_id = x.author_id), false)))::int as count, (select count(*) from p)::int as n,
  count(*) filter (where n <= $4::bigint)::int as shown,
  string_agg(row::text, ',' order by n) filter (where n <= $4::bigint) as rows,
  max(key) filter (where n = 1) as nearest, (array_agg(key order by n desc) filter (where n <= $4::bigint))[1] as farthest,
  null::text as repeated, concat(pg_current_snapshot(), ' ', pg_postmaster_start_time(), ' ', pg_relation_filepath('pg_class'), ' ', (select xmin from public_address)) as at,
  concat('Reaction', (select string_agg(concat(e'\x1e', e.id, e'\x1f', e.text), '') from (select r.id, /* Reaction */ concat(e'\x02Reaction\x1f', r.id, e'\x1f', r.xmin, e'\x03') as text from reaction r) e)) as tables, '' as held
from page;

-- thread, usually
-- $1 id, $2 viewer, $3 staff, $4 limit
with p as (
  select p.*, row_number() over () as n from (
    select * from (select x.added_at as k0, x.id as k1 from comment x where x.contribution_id = $1::bigint and x.parent_id is null and not x.erased and (not x.deleted or x.author_id = $2::bigint or $3::boolean) and true
      order by x.added_at asc, x.id asc limit 101) few limit $4::bigint + 1
  ) p
), light as (
  select * from (select p.*, sum(coalesce((select octet_length(c.html) + case when c.comment_count = 0 then 0
    else coalesce((select sum(octet_length(r.html)) from (select r.*, r.xmin from comment r
    where r.parent_id = c.id and not r.erased and not r.deleted and true
    order by r.added_at desc, r.id desc limit 2) r), 0) end from comment c where c.id = p.k1), 0)) over (order by p.n) as total from p) p where n = 1 or total <= 1000000
), page as (
  select p.n, json_build_array(p.k0, p.k1)::text as key, /* Comment */ concat(e'\x02', case when veil.withheld then 'Comment 011111 otherwise' else 'Comment 011111' end, e'\x1f', c.id, e'\x1f', c.xmin, /* User */ e'\x1f\x02User 011111\x1f', u.id, e'\x1f', u.xmin, e'\x1f', coalesce(case v.state when 4 then '"connected"' when 1 then '"sent_connection_request"' when 2 then '"received_connection_request"' end, 'null'), e'\x03\x1f\x06reactions\x1f', c.vote_count, ' ', c.reactions, e'\x03\x1f', case when m.reaction is not null then 'true' else 'false' end, e'\x1f', coalesce(concat(e'\x06reaction\x1f', m.reaction, e'\x03'), 'null'), e'\x1f', coalesce(case when c.kind = 1 then concat('{"id":', c.contribution_id, ',"slug":', to_json(case when x.collapsed then x.id::text else x.slug end)::text, '}') end, 'null'), e'\x1f', coalesce(case when c.kind = 2 then concat('{"id":', c.contribution_id, ',"slug":', to_json(case when x.collapsed then x.id::text else x.slug end)::text, '}') end, 'null'), e'\x1f', coalesce(case when c.kind = 3 then concat('{"id":', c.contribution_id, ',"slug":', to_json(case when x.collapsed then x.id::text else x.slug end)::text, '}') end, 'null'), e'\x1f', case when c.comment_count = 0 then '[]' else (
    select concat('[', string_agg(/* CommentSummary */ concat(e'\x02', case when veil.withheld then 'CommentSummary 011111 otherwise' else 'CommentSummary 011111' end, e'\x1f', c.id, e'\x1f', c.xmin, /* User */ e'\x1f\x02User 011111\x1f', u.id, e'\x1f', u.xmin, e'\x1f', coalesce(case v.state when 4 then '"connected"' when 1 then '"sent_connection_request"' when 2 then '"received_connection_request"' end, 'null'), e'\x03\x1f\x06reactions\x1f', c.vote_count, ' ', c.reactions, e'\x03\x1f', case when m.reaction is not null then 'true' else 'false' end, e'\x1f', coalesce(concat(e'\x06reaction\x1f', m.reaction, e'\x03'), 'null'), e'\x03'), ',' order by c.added_at, c.id), ']')
    from (select r.*, r.xmin from comment r
    where r.parent_id = c.id and not r.erased and not r.deleted and true
    order by r.added_at desc, r.id desc limit 2) c join users u on u.id = c.author_id
  left join lateral (
    select * from relation tied where tied.member_id = $2::bigint and tied.other_id = c.author_id offset 0) v on true
  left join lateral (select * from mark own
    where own.target_id = c.id and own.kind = 16 and own.member_id = $2::bigint offset 0) m on true cross join lateral (select c.collapsed and c.author_id is distinct from $2::bigint
    and not exists (select from users m
  where m.id = $2::bigint and m.status = 'a' and m.role in ('admin', 'moderator')) as withheld) veil) end, e'\x03') as row from light p join comment c on c.id = p.k1 join contribution x on x.id = c.contribution_id join users u on u.id = c.author_id
  left join lateral (
    select * from relation tied where tied.member_id = $2::bigint and tied.other_id = c.author_id offset 0) v on true
  left join lateral (select * from mark own
    where own.target_id = c.id and own.kind = 16 and own.member_id = $2::bigint offset 0) m on true cross join lateral (select c.collapsed and c.author_id is distinct from $2::bigint
    and not exists (select from users m
  where m.id = $2::bigint and m.status = 'a' and m.role in ('admin', 'moderator')) as withheld) veil
)
select (select (select thread_count from contribution where id = $1::bigint)
    - (case when (select count(*) from (select from (select other_id from relation where member_id = $2::bigint and (hidden_place is not null or hidden_by) and (hidden_place is not null or not exists (select from users m
  where m.id = $2::bigint and m.status = 'a' and m.role in ('admin', 'moderator')))
  union all select author_id from hidden_author where member_id = $2::bigint
  union all select member_id from erasure) a limit 100) few) < 100
      then (select count(*) from (select distinct other_id from (select other_id from relation where member_id = $2::bigint and (hidden_place is not null or hidden_by) and (hidden_place is not null or not exists (select from users m
  where m.id = $2::bigint and m.status = 'a' and m.role in ('admin', 'moderator')))
  union all select author_id from hidden_author where member_id = $2::bigint
  union all select member_id from erasure) a) a cross join lateral (
        select from comment x where x.contribution_id = $1::bigint and coalesce(x.parent_id, 0) = 0 and x.author_id = a.other_id and not x.erased and not x.deleted offset 0) theirs)
      else (select count(*) from comment x where x.contribution_id = $1::bigint and x.parent_id is null and not x.erased and not x.deleted and (x.author_id in (select other_id from relation where member_id = $2::bigint and (hidden_place is not null or hidden_by) and (hidden_place is not null or not exists (select from users m
  where m.id = $2::bigint and m.status = 'a' and m.role in ('admin', 'moderator')))
  union all select author_id from hidden_author where member_id = $2::bigint
  union all select member_id from erasure)) is true) end)
    + (select count(*) from comment x where x.contribution_id = $1::bigint and coalesce(x.parent_id, 0) = 0 and x.deleted and not x.erased
        and (x.author_id = $2::bigint or $3::boolean) and true))::int as count, (select count(*) from p)::int as n,
  count(*) filter (where n <= $4::bigint)::int as shown,
  string_agg(row::text, ',' order by n) filter (where n <= $4::bigint) as rows,
  max(key) filter (where n = 1) as nearest, (array_agg(key order by n desc) filter (where n <= $4::bigint))[1] as farthest,
  null::text as repeated, concat(pg_current_snapshot(), ' ', pg_postmaster_start_time(), ' ', pg_relation_filepath('pg_class'), ' ', (select xmin from public_address)) as at,
  concat('Reaction', (select string_agg(concat(e'\x1e', e.id, e'\x1f', e.text), '') from (select r.id, /* Reaction */ concat(e'\x02Reaction\x1f', r.id, e'\x1f', r.xmin, e'\x03') as text from reaction r) e)) as tables, concat((not exists (select h.other_id from relation h
  where h.member_id = $2::bigint and (h.hidden_place is not null or h.hidden_by))), (not exists (select from hidden_author where member_id = $2::bigint)), (not exists (select from erasure))) as held
from page;

-- update
-- $1 html, $2 summary, $3 now, $4 id
with c as (
      update comment set (html, summary, last_edited_at) = row($1::text, $2::text, $3::timestamptz)
      where id = $4::bigint and html <> $1::text returning *
    ), author as materialized (
      select * from users where id = (select author_id from c)
    )
    insert into event (id, type, created, body, txid, audience)
  select event_id, type, $3::timestamptz, concat('{"event_id":', event_id, ',"type":"', type, '","created":',
      extract(epoch from $3::timestamptz::timestamptz), ',"data":', data, '}')::json, txid,
    (select version from webhook_listening where type = any(types))
  from (select pg_current_xact_id() as txid,
      case when (select check_event_source()) then nextval('event_id') end as event_id, type, data
    from (select 'comment.updated' as type, case c.kind when 1 then /* WebhookCommentOnStatus */ concat('{"id":', c.id, ',"status":', c.contribution_id, ',"author":', (select /* WebhookCommentAuthor */ concat('{"id":', u.id, ',"username":', to_json((u.username)::text)::text, ',"real_name":', to_json((u.real_name)::text)::text, ',"avatar":', to_json((coalesce(case when u.avatar like '/%' then concat(public_base(), u.avatar) else u.avatar end, concat((select base from public_address), '/api/v2/avatar/', u.id)))::text)::text, ',"ext_id":', coalesce(to_json((u.ext_id)::text)::text, 'null'), ',"description":', to_json((u.description)::text)::text, ',"tags":', case when u.tag_ids = '{}' then '[]' else (
    select /* Tag[] */ concat('[', string_agg(/* Tag */ concat('{"id":', t.id, ',"type":"', t.type, '","name":', to_json((t.name)::text)::text, ',"description":', coalesce(to_json((t.description)::text)::text, 'null'), ',"color":', to_json((t.color)::text)::text, ',"visible":', case when t.visible then 'true' else 'false' end, ',"visibility_boost":', case when t.visibility_boost then 'true' else 'false' end, ',"created_at":"', to_char(t.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","active":', case when t.active then 'true' else 'false' end, ',"deleted":', case when t.deleted then 'true' else 'false' end, '}'), ',' order by t.id), ']') from tag t
    where t.id = any(u.tag_ids) and t.active and not t.deleted and t.visible) end, ',"reputation":', u.reputation, ',"followings_counter":', u.followings, ',"followers_counter":', u.followers, ',"connection_requests_sent_counter":', u.requests_sent, ',"connection_requests_received_counter":', u.requests_received, ',"connections_counter":', u.connections, ',"posts_counter":', u.posts, ',"discussions_counter":', u.discussions, ',"statuses_counter":', u.statuses, ',"polls_counter":', u.polls, '}') from author u), ',"added_at":"', to_char(c.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","html":', to_json((c.html)::text)::text, ',"summary":', to_json((c.summary)::text)::text, ',"deleted":', case when c.deleted then 'true' else 'false' end, ',"collapsed":', case when c.collapsed then 'true' else 'false' end, ',"parent":', coalesce((c.parent_id)::text, 'null'), ',"in_reply_to":', coalesce((c.in_reply_to_id)::text, 'null'), ',"comment_count":', c.comment_count, ',"vote_count":', c.vote_count, ',"flag_count":', c.flag_count, '}') when 2 then /* WebhookCommentOnPost */ concat('{"id":', c.id, ',"post":', c.contribution_id, ',"author":', (select /* WebhookCommentAuthor */ concat('{"id":', u.id, ',"username":', to_json((u.username)::text)::text, ',"real_name":', to_json((u.real_name)::text)::text, ',"avatar":', to_json((coalesce(case when u.avatar like '/%' then concat(public_base(), u.avatar) else u.avatar end, concat((select base from public_address), '/api/v2/avatar/', u.id)))::text)::text, ',"ext_id":', coalesce(to_json((u.ext_id)::text)::text, 'null'), ',"description":', to_json((u.description)::text)::text, ',"tags":', case when u.tag_ids = '{}' then '[]' else (
    select /* Tag[] */ concat('[', string_agg(/* Tag */ concat('{"id":', t.id, ',"type":"', t.type, '","name":', to_json((t.name)::text)::text, ',"description":', coalesce(to_json((t.description)::text)::text, 'null'), ',"color":', to_json((t.color)::text)::text, ',"visible":', case when t.visible then 'true' else 'false' end, ',"visibility_boost":', case when t.visibility_boost then 'true' else 'false' end, ',"created_at":"', to_char(t.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","active":', case when t.active then 'true' else 'false' end, ',"deleted":', case when t.deleted then 'true' else 'false' end, '}'), ',' order by t.id), ']') from tag t
    where t.id = any(u.tag_ids) and t.active and not t.deleted and t.visible) end, ',"reputation":', u.reputation, ',"followings_counter":', u.followings, ',"followers_counter":', u.followers, ',"connection_requests_sent_counter":', u.requests_sent, ',"connection_requests_received_counter":', u.requests_received, ',"connections_counter":', u.connections, ',"posts_counter":', u.posts, ',"discussions_counter":', u.discussions, ',"statuses_counter":', u.statuses, ',"polls_counter":', u.polls, '}') from author u), ',"added_at":"', to_char(c.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","html":', to_json((c.html)::text)::text, ',"summary":', to_json((c.summary)::text)::text, ',"deleted":', case when c.deleted then 'true' else 'false' end, ',"collapsed":', case when c.collapsed then 'true' else 'false' end, ',"parent":', coalesce((c.parent_id)::text, 'null'), ',"in_reply_to":', coalesce((c.in_reply_to_id)::text, 'null'), ',"comment_count":', c.comment_count, ',"vote_count":', c.vote_count, ',"flag_count":', c.flag_count, '}') when 3 then /* WebhookCommentOnDiscussion */ concat('{"id":', c.id, ',"discussion":', c.contribution_id, ',"author":', (select /* WebhookCommentAuthor */ concat('{"id":', u.id, ',"username":', to_json((u.username)::text)::text, ',"real_name":', to_json((u.real_name)::text)::text, ',"avatar":', to_json((coalesce(case when u.avatar like '/%' then concat(public_base(), u.avatar) else u.avatar end, concat((select base from public_address), '/api/v2/avatar/', u.id)))::text)::text, ',"ext_id":', coalesce(to_json((u.ext_id)::text)::text, 'null'), ',"description":', to_json((u.description)::text)::text, ',"tags":', case when u.tag_ids = '{}' then '[]' else (
    select /* Tag[] */ concat('[', string_agg(/* Tag */ concat('{"id":', t.id, ',"type":"', t.type, '","name":', to_json((t.name)::text)::text, ',"description":', coalesce(to_json((t.description)::text)::text, 'null'), ',"color":', to_json((t.color)::text)::text, ',"visible":', case when t.visible then 'true' else 'false' end, ',"visibility_boost":', case when t.visibility_boost then 'true' else 'false' end, ',"created_at":"', to_char(t.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","active":', case when t.active then 'true' else 'false' end, ',"deleted":', case when t.deleted then 'true' else 'false' end, '}'), ',' order by t.id), ']') from tag t
    where t.id = any(u.tag_ids) and t.active and not t.deleted and t.visible) end, ',"reputation":', u.reputation, ',"followings_counter":', u.followings, ',"followers_counter":', u.followers, ',"connection_requests_sent_counter":', u.requests_sent, ',"connection_requests_received_counter":', u.requests_received, ',"connections_counter":', u.connections, ',"posts_counter":', u.posts, ',"discussions_counter":', u.discussions, ',"statuses_counter":', u.statuses, ',"polls_counter":', u.polls, '}') from author u), ',"added_at":"', to_char(c.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","html":', to_json((c.html)::text)::text, ',"summary":', to_json((c.summary)::text)::text, ',"deleted":', case when c.deleted then 'true' else 'false' end, ',"collapsed":', case when c.collapsed then 'true' else 'false' end, ',"parent":', coalesce((c.parent_id)::text, 'null'), ',"in_reply_to":', coalesce((c.in_reply_to_id)::text, 'null'), ',"comment_count":', c.comment_count, ',"vote_count":', c.vote_count, ',"flag_count":', c.flag_count, '}') end as data from c) emitted offset 0) numbered;

-- what has drifted
-- $1 most
with marks as materialized (
      select target_id as id, count(reaction)::int as vote_count,count(flag_type)::int as flag_count
      from mark where kind = 16 group by target_id
    ), replies as materialized (
      select parent_id as id, count(*)::int as n from comment where parent_id is not null and not deleted group by parent_id
    ), threads as materialized (
      select c.contribution_id as id, count(*)::int as comment_count,
        count(*) filter (where c.parent_id is null)::int as thread_count
      from comment c left join comment q on q.id = c.parent_id where not c.deleted and not coalesce(q.deleted, false) group by c.contribution_id
    ), drift as (
      select one.what || ' of contribution ' || x.id as what, x.author_id as member, one.kept, one.counted, 'thread' as repair,
          array[x.id] as of
        from contribution x left join threads t on t.id = x.id cross join lateral (values
          ('comment_count', x.comment_count, coalesce(t.comment_count, 0)),
          ('thread_count', x.thread_count, coalesce(t.thread_count, 0))
        ) one (what, kept, counted) where one.kept <> one.counted
      union all
      select one.what || ' of comment ' || c.id, c.author_id, one.kept, one.counted, 'comment', array[c.id]
        from comment c left join marks m on m.id = c.id left join replies r on r.id = c.id cross join lateral (values
          ('comment_count', c.comment_count, coalesce(r.n, 0)),
          ('vote_count', c.vote_count, coalesce(m.vote_count, 0)),('flag_count', c.flag_count, coalesce(m.flag_count, 0))
        ) one (what, kept, counted) where one.kept <> one.counted
      union all
      select 'comments of a contributor to ' || contribution_id, author_id, coalesce(kept.comments, 0), coalesce(found.n, 0),
          'contributor', array[contribution_id, author_id]
        from contributor kept full join (
          select contribution_id, author_id, count(*)::int as n from comment where not deleted group by 1, 2
        ) found using (contribution_id, author_id)
        where coalesce(kept.comments, 0) <> coalesce(found.n, 0)
    )
    select * from drift order by what, member limit $1::bigint;
