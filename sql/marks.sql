-- Printed by `npm run sql`. The statements of a slice, as PostgreSQL is given them in their usual variant.

-- choose some to erase
-- $1 batch, $2 member
select id, more from (select *, waiting > taken or waiting = $1::bigint as more
    from (
      select *, count(*) over () as waiting, max(n) filter (where total <= 500000 or n = 1) over () as taken
      from (
        select t.id, row_number() over ordered as n, sum(octet_length(t.html)) over ordered as total
        from mark m join comment t on t.id = m.target_id
        where m.member_id = $2::bigint and m.kind = 16 window ordered as (order by m.target_id) order by m.target_id limit $1::bigint
      ) first
    ) few where n <= taken) next order by n;

-- count the reactions of a target again
-- $1 id
update comment set reactions = coalesce((
      select jsonb_object_agg(reaction, n) from (
        select reaction, count(*) as n from mark
        where target_id = $1::bigint and kind in (16) and reaction <> 1 group by reaction
      ) each), '{}') where id = $1::bigint;

-- erase
-- $1 member, $2 ids, $3 now
with gone as (
      delete from mark where member_id = $1::bigint and kind = 16 and target_id = any($2::bigint[]) returning *
    ), lowered as (
      update comment t set vote_count = t.vote_count - (m.reaction is not null)::int,
        reactions = reactions_moved(t.reactions, m.reaction, null),
        flag_count = t.flag_count - (m.flag_type is not null)::int
      from gone m where t.id = m.target_id returning t.*
    ), actor as materialized (
      select * from users where id = $1::bigint
    )
    insert into event (id, type, created, body, txid, audience)
  select event_id, type, $3::timestamptz, concat('{"event_id":', event_id, ',"type":"', type, '","created":',
      extract(epoch from $3::timestamptz::timestamptz), ',"data":', data, '}')::json, txid,
    (select version from webhook_listening where type = any(types))
  from (select pg_current_xact_id() as txid,
      case when (select check_event_source()) then nextval('event_id') end as event_id, type, data
    from (select 'vote.deleted' as type, one.data as data from (select * from gone order by target_id) m join lowered t on t.id = m.target_id cross join lateral (
        with c as (select t.*), author as (select * from users where id = t.author_id) select concat('{"user":', (select /* WebhookUser */ concat('{', case when u.avatar is null then
    replace(u.profile_json, '"avatar":null', concat('"avatar":"', concat((select base from public_address), '/api/v2/avatar/', u.id), '"')) else u.profile_json end, ',"email":', coalesce(to_json((u.email)::text)::text, 'null'), ',"email_isvalid":', case when u.email_isvalid then 'true' else 'false' end, ',"followings_counter":', u.followings, ',"followers_counter":', u.followers, ',"connection_requests_sent_counter":', u.requests_sent, ',"connection_requests_received_counter":', u.requests_received, ',"connections_counter":', u.connections, ',"posts_counter":', u.posts, ',"discussions_counter":', u.discussions, ',"statuses_counter":', u.statuses, ',"polls_counter":', u.polls, '}') from actor u), ',"voted_at":"', to_char(m.voted_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'),
    '","object_type":"comment","comment":', case c.kind when 1 then /* WebhookCommentOnStatus */ concat('{"id":', c.id, ',"status":', c.contribution_id, ',"author":', (select /* WebhookCommentAuthor */ concat('{"id":', u.id, ',"username":', to_json((u.username)::text)::text, ',"real_name":', to_json((u.real_name)::text)::text, ',"avatar":', to_json((coalesce(u.avatar, concat((select base from public_address), '/api/v2/avatar/', u.id)))::text)::text, ',"ext_id":', coalesce(to_json((u.ext_id)::text)::text, 'null'), ',"description":', to_json((u.description)::text)::text, ',"tags":', '[]', ',"reputation":', u.reputation, ',"followings_counter":', u.followings, ',"followers_counter":', u.followers, ',"connection_requests_sent_counter":', u.requests_sent, ',"connection_requests_received_counter":', u.requests_received, ',"connections_counter":', u.connections, ',"posts_counter":', u.posts, ',"discussions_counter":', u.discussions, ',"statuses_counter":', u.statuses, ',"polls_counter":', u.polls, '}') from author u), ',"added_at":', '"' || (to_char(c.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', ',"html":', to_json((c.html)::text)::text, ',"summary":', to_json((c.summary)::text)::text, ',"deleted":', case when c.deleted then 'true' else 'false' end, ',"collapsed":', case when c.collapsed then 'true' else 'false' end, ',"parent":', coalesce((c.parent_id)::text, 'null'), ',"in_reply_to":', coalesce((c.in_reply_to_id)::text, 'null'), ',"comment_count":', c.comment_count, ',"vote_count":', c.vote_count, ',"flag_count":', c.flag_count, '}') when 2 then /* WebhookCommentOnPost */ concat('{"id":', c.id, ',"post":', c.contribution_id, ',"author":', (select /* WebhookCommentAuthor */ concat('{"id":', u.id, ',"username":', to_json((u.username)::text)::text, ',"real_name":', to_json((u.real_name)::text)::text, ',"avatar":', to_json((coalesce(u.avatar, concat((select base from public_address), '/api/v2/avatar/', u.id)))::text)::text, ',"ext_id":', coalesce(to_json((u.ext_id)::text)::text, 'null'), ',"description":', to_json((u.description)::text)::text, ',"tags":', '[]', ',"reputation":', u.reputation, ',"followings_counter":', u.followings, ',"followers_counter":', u.followers, ',"connection_requests_sent_counter":', u.requests_sent, ',"connection_requests_received_counter":', u.requests_received, ',"connections_counter":', u.connections, ',"posts_counter":', u.posts, ',"discussions_counter":', u.discussions, ',"statuses_counter":', u.statuses, ',"polls_counter":', u.polls, '}') from author u), ',"added_at":', '"' || (to_char(c.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', ',"html":', to_json((c.html)::text)::text, ',"summary":', to_json((c.summary)::text)::text, ',"deleted":', case when c.deleted then 'true' else 'false' end, ',"collapsed":', case when c.collapsed then 'true' else 'false' end, ',"parent":', coalesce((c.parent_id)::text, 'null'), ',"in_reply_to":', coalesce((c.in_reply_to_id)::text, 'null'), ',"comment_count":', c.comment_count, ',"vote_count":', c.vote_count, ',"flag_count":', c.flag_count, '}') when 3 then /* WebhookCommentOnDiscussion */ concat('{"id":', c.id, ',"discussion":', c.contribution_id, ',"author":', (select /* WebhookCommentAuthor */ concat('{"id":', u.id, ',"username":', to_json((u.username)::text)::text, ',"real_name":', to_json((u.real_name)::text)::text, ',"avatar":', to_json((coalesce(u.avatar, concat((select base from public_address), '/api/v2/avatar/', u.id)))::text)::text, ',"ext_id":', coalesce(to_json((u.ext_id)::text)::text, 'null'), ',"description":', to_json((u.description)::text)::text, ',"tags":', '[]', ',"reputation":', u.reputation, ',"followings_counter":', u.followings, ',"followers_counter":', u.followers, ',"connection_requests_sent_counter":', u.requests_sent, ',"connection_requests_received_counter":', u.requests_received, ',"connections_counter":', u.connections, ',"posts_counter":', u.posts, ',"discussions_counter":', u.discussions, ',"statuses_counter":', u.statuses, ',"polls_counter":', u.polls, '}') from author u), ',"added_at":', '"' || (to_char(c.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', ',"html":', to_json((c.html)::text)::text, ',"summary":', to_json((c.summary)::text)::text, ',"deleted":', case when c.deleted then 'true' else 'false' end, ',"collapsed":', case when c.collapsed then 'true' else 'false' end, ',"parent":', coalesce((c.parent_id)::text, 'null'), ',"in_reply_to":', coalesce((c.in_reply_to_id)::text, 'null'), ',"comment_count":', c.comment_count, ',"vote_count":', c.vote_count, ',"flag_count":', c.flag_count, '}') end, '}') as data from c offset 0
      ) one where m.voted_at is not null) emitted offset 0) numbered;

-- flag
-- $1 id, $2 member, $3 type, $4 now
with before as materialized (
      select from mark where target_id = $1::bigint and member_id = $2::bigint and kind = 16 and flag_type is not null
    ), marked as (
      insert into mark as k (target_id, member_id, kind, flag_type, flagged_at, flag_place)
      values ($1::bigint, $2::bigint, 16, $3::smallint, $4::timestamptz, nextval('contribution_place'))
      on conflict (target_id, member_id, kind) do update set flag_type = excluded.flag_type,
        flagged_at = coalesce(k.flagged_at, excluded.flagged_at), flag_place = coalesce(k.flag_place, excluded.flag_place)
    )
    update comment set flag_count = flag_count + 1 where id = $1::bigint and not exists (select from before);

-- flag of a member
-- $1 member, $2 id, $3 kind
select /* Flag */ concat('{"user":', /* User */ concat('{', case when u.avatar is null then
    replace(u.profile_json, '"avatar":null', concat('"avatar":"', concat((select base from public_address), '/api/v2/avatar/', u.id), '"')) else u.profile_json end, ',', u.standing_json, ',"connection_requests_sent_counter":', u.requests_sent, ',"connection_requests_received_counter":', (u.requests_received + u.requests_rejected), ',"connections_counter":', u.connections, ',"posts_counter":', u.posts, ',"discussions_counter":', u.discussions, ',"statuses_counter":', u.statuses, ',"polls_counter":', u.polls, ',"categories_counter":', u.categories, ',"connection_status":', coalesce('"' || (case v.state when 4 then 'connected' when 1 then 'sent_connection_request' when 2 then 'received_connection_request' end) || '"', 'null'), '}'), ',"added_at":', '"' || (to_char(m.flagged_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', ',"flag_type":', m.flag_type, ',"flag_type_description":', '"' || ((array['spam', 'aggressive', 'vulgar', 'poor', 'offtopic'])[m.flag_type + 1]) || '"', '}')::text as json
    from mark m join users u on u.id = m.member_id
    left join relation v on v.member_id = $1::bigint and v.other_id = u.id
    where m.target_id = $2::bigint and m.member_id = $1::bigint and m.kind = $3::smallint and m.flag_type is not null;

-- flags
-- $1 id, $2 limit, $3 viewer
with p as (
  select p.*, row_number() over () as n from (
    select * from (select k.member_id, k.flag_place as k0 from mark k where k.target_id = $1::bigint and k.kind = 16 and k.flag_place is not null
      and not exists (select from erasure e where e.member_id = k.member_id)
      order by k.flag_place desc limit 101) few limit $2::bigint + 1
  ) p
), page as (
  select p.n, json_build_array(p.k0)::text as key, /* Flag */ concat('{"user":', /* User */ concat('{', case when u.avatar is null then
    replace(u.profile_json, '"avatar":null', concat('"avatar":"', concat((select base from public_address), '/api/v2/avatar/', u.id), '"')) else u.profile_json end, ',', u.standing_json, ',"connection_requests_sent_counter":', u.requests_sent, ',"connection_requests_received_counter":', (u.requests_received + u.requests_rejected), ',"connections_counter":', u.connections, ',"posts_counter":', u.posts, ',"discussions_counter":', u.discussions, ',"statuses_counter":', u.statuses, ',"polls_counter":', u.polls, ',"categories_counter":', u.categories, ',"connection_status":', coalesce('"' || (case v.state when 4 then 'connected' when 1 then 'sent_connection_request' when 2 then 'received_connection_request' end) || '"', 'null'), '}'), ',"added_at":', '"' || (to_char(m.flagged_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', ',"flag_type":', m.flag_type, ',"flag_type_description":', '"' || ((array['spam', 'aggressive', 'vulgar', 'poor', 'offtopic'])[m.flag_type + 1]) || '"', '}') as row from p join mark m on m.target_id = $1::bigint and m.kind = 16 and m.member_id = p.member_id
  join users u on u.id = p.member_id
  left join relation v on v.member_id = $3::bigint and v.other_id = u.id
)
select (select flag_count - (select count(*) from erasure e
  join mark m on m.member_id = e.member_id and m.target_id = $1::bigint and m.kind = 16 and m.flag_place is not null) from comment where id = $1::bigint)::int as count, count(*)::int as n,
  count(*) filter (where n <= $2::bigint)::int as shown,
  string_agg(row::text, ',' order by n) filter (where n <= $2::bigint) as rows,
  max(key) filter (where n = 1) as nearest, max(key) filter (where n = $2::bigint) as farthest
from page;

-- follow or suspend
-- $1 id, $2 member, $3 now
with before as materialized (
      select followed_at as since from mark where target_id = $1::bigint and member_id = $2::bigint and kind = 1
    ), marked as (
      insert into mark as k (target_id, member_id, kind, followed_at, follow_place)
      values ($1::bigint, $2::bigint, 1, $3::timestamptz, nextval('contribution_place'))
      on conflict (target_id, member_id, kind) do update set
        followed_at = case when k.followed_at is null then excluded.followed_at end,
        follow_place = case when k.followed_at is null then excluded.follow_place end
      returning followed_at as since
    ), c as (
      update contribution set follower_count = follower_count + case when (select since from marked) is null then -1 else 1 end
             where id = $1::bigint returning *
    ), author as materialized (
      select * from users where id = (select author_id from c)
    ), actor as materialized (
      select * from users where id = $2::bigint
    )
    insert into event (id, type, created, body, txid, audience)
  select event_id, type, $3::timestamptz, concat('{"event_id":', event_id, ',"type":"', type, '","created":',
      extract(epoch from $3::timestamptz::timestamptz), ',"data":', data, '}')::json, txid,
    (select version from webhook_listening where type = any(types))
  from (select pg_current_xact_id() as txid,
      case when (select check_event_source()) then nextval('event_id') end as event_id, type, data
    from (select 'status.follow' as type, concat('{"added_at":"', to_char(coalesce(marked.since, (select since from before)) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","user":', (select /* WebhookUser */ concat('{', case when u.avatar is null then
    replace(u.profile_json, '"avatar":null', concat('"avatar":"', concat((select base from public_address), '/api/v2/avatar/', u.id), '"')) else u.profile_json end, ',"email":', coalesce(to_json((u.email)::text)::text, 'null'), ',"email_isvalid":', case when u.email_isvalid then 'true' else 'false' end, ',"followings_counter":', u.followings, ',"followers_counter":', u.followers, ',"connection_requests_sent_counter":', u.requests_sent, ',"connection_requests_received_counter":', u.requests_received, ',"connections_counter":', u.connections, ',"posts_counter":', u.posts, ',"discussions_counter":', u.discussions, ',"statuses_counter":', u.statuses, ',"polls_counter":', u.polls, '}') from actor u),
    ',"status":', /* WebhookStatusWithin */ concat('{"id":', c.id, ',"categories":', case when c.categories = '{}' then '[]' else (select concat('[', string_agg(/* WebhookCategory */ concat('{"id":', category.id, ',"tags":', '[]', ',"followed":', case when f.member_id is not null then 'true' else 'false' end, ',"order":', category.position, ',"name":', to_json((category.name)::text)::text, ',"name_synonyms":', coalesce(to_json((category.name_synonyms)::text)::text, 'null'), ',"slug":', to_json((category.slug)::text)::text, ',"slogan":', coalesce(to_json((category.slogan)::text)::text, 'null'), ',"html_info":', coalesce(to_json((category.html_info)::text)::text, 'null'), ',"seo_title":', coalesce(to_json((category.seo_title)::text)::text, 'null'), ',"seo_description":', coalesce(to_json((category.seo_description)::text)::text, 'null'), ',"auto_follow":', '"' || (category.auto_follow) || '"', ',"content_only_staff":', case when category.content_only_staff then 'true' else 'false' end, ',"active":', case when category.active then 'true' else 'false' end, ',"image_original":', coalesce(to_json((category.image_original)::text)::text, 'null'), ',"image_bigger":', to_json(('')::text)::text, ',"image_big":', to_json(('')::text)::text, ',"image_medium":', to_json(('')::text)::text, ',"image_small":', to_json(('')::text)::text, ',"emotional_image_original":', to_json((coalesce(category.emotional_image_original, ''))::text)::text, ',"emotional_image_position":', category.emotional_image_position, ',"lastmod_datetime":', '"' || (to_char(category.lastmod_datetime at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', ',"stream_order_by":', '"' || (category.stream_order_by) || '"', ',"followers_counter":', category.followers, '}'), ',' order by named.nth), ']')
    from unnest(c.categories) with ordinality named(id, nth) join category on category.id = named.id
    left join category_follower f on f.category_id = category.id and f.member_id = c.author_id) end, ',"medias":', '[]', ',"location":', coalesce(case when c.location is null then 'null' else json_build_object('location', c.location, 'lat', c.lat, 'lng', c.lng)::text end, 'null'), ',"poll":', 'null', ',"last_activity_at":', '"' || (to_char(c.last_activity_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', ',"last_edited_at":', coalesce('"' || (to_char(c.last_edited_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), ',"author":', (select /* WebhookAuthor */ concat('{"id":', u.id, ',"username":', to_json((u.username)::text)::text, ',"real_name":', to_json((u.real_name)::text)::text, ',"avatar":', to_json((coalesce(u.avatar, concat((select base from public_address), '/api/v2/avatar/', u.id)))::text)::text, ',"cover":', coalesce(to_json((u.cover)::text)::text, 'null'), ',"ext_id":', coalesce(to_json((u.ext_id)::text)::text, 'null'), ',"date_joined":', '"' || (to_char(u.date_joined at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', ',"bio":', to_json((u.bio)::text)::text, ',"location":', to_json((u.location)::text)::text, ',"location_lat_lng":', to_json((u.location_lat_lng)::text)::text, ',"position_lat_lng":', to_json((u.position_lat_lng)::text)::text, ',"date_of_birth":', coalesce('"' || (u.date_of_birth) || '"', 'null'), ',"description":', to_json((u.description)::text)::text, ',"gender":', '"' || (u.gender) || '"', ',"website":', to_json((u.website)::text)::text, ',"tags":', '[]', ',"reputation":', u.reputation, ',"followings_counter":', u.followings, ',"followers_counter":', u.followers, ',"connection_requests_sent_counter":', u.requests_sent, ',"connection_requests_received_counter":', u.requests_received, ',"connections_counter":', u.connections, ',"posts_counter":', u.posts, ',"discussions_counter":', u.discussions, ',"statuses_counter":', u.statuses, ',"polls_counter":', u.polls, '}') from author u), ',"added_at":', '"' || (to_char(c.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', ',"html":', to_json((c.html)::text)::text, ',"summary":', to_json((c.summary)::text)::text, ',"deleted":', case when c.deleted then 'true' else 'false' end, ',"collapsed":', case when c.collapsed then 'true' else 'false' end, ',"comment_count":', c.comment_count, ',"vote_count":', c.vote_count, ',"flag_count":', c.flag_count, ',"share_count":', c.share_count, ',"addressing":', '[]', ',"tags":', '[]', '}'), '}') as data from c, marked where marked.since is not null union all select 'status.unfollow' as type, concat('{"added_at":"', to_char(coalesce(marked.since, (select since from before)) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","user":', (select /* WebhookUser */ concat('{', case when u.avatar is null then
    replace(u.profile_json, '"avatar":null', concat('"avatar":"', concat((select base from public_address), '/api/v2/avatar/', u.id), '"')) else u.profile_json end, ',"email":', coalesce(to_json((u.email)::text)::text, 'null'), ',"email_isvalid":', case when u.email_isvalid then 'true' else 'false' end, ',"followings_counter":', u.followings, ',"followers_counter":', u.followers, ',"connection_requests_sent_counter":', u.requests_sent, ',"connection_requests_received_counter":', u.requests_received, ',"connections_counter":', u.connections, ',"posts_counter":', u.posts, ',"discussions_counter":', u.discussions, ',"statuses_counter":', u.statuses, ',"polls_counter":', u.polls, '}') from actor u),
    ',"status":', /* WebhookStatusWithin */ concat('{"id":', c.id, ',"categories":', case when c.categories = '{}' then '[]' else (select concat('[', string_agg(/* WebhookCategory */ concat('{"id":', category.id, ',"tags":', '[]', ',"followed":', case when f.member_id is not null then 'true' else 'false' end, ',"order":', category.position, ',"name":', to_json((category.name)::text)::text, ',"name_synonyms":', coalesce(to_json((category.name_synonyms)::text)::text, 'null'), ',"slug":', to_json((category.slug)::text)::text, ',"slogan":', coalesce(to_json((category.slogan)::text)::text, 'null'), ',"html_info":', coalesce(to_json((category.html_info)::text)::text, 'null'), ',"seo_title":', coalesce(to_json((category.seo_title)::text)::text, 'null'), ',"seo_description":', coalesce(to_json((category.seo_description)::text)::text, 'null'), ',"auto_follow":', '"' || (category.auto_follow) || '"', ',"content_only_staff":', case when category.content_only_staff then 'true' else 'false' end, ',"active":', case when category.active then 'true' else 'false' end, ',"image_original":', coalesce(to_json((category.image_original)::text)::text, 'null'), ',"image_bigger":', to_json(('')::text)::text, ',"image_big":', to_json(('')::text)::text, ',"image_medium":', to_json(('')::text)::text, ',"image_small":', to_json(('')::text)::text, ',"emotional_image_original":', to_json((coalesce(category.emotional_image_original, ''))::text)::text, ',"emotional_image_position":', category.emotional_image_position, ',"lastmod_datetime":', '"' || (to_char(category.lastmod_datetime at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', ',"stream_order_by":', '"' || (category.stream_order_by) || '"', ',"followers_counter":', category.followers, '}'), ',' order by named.nth), ']')
    from unnest(c.categories) with ordinality named(id, nth) join category on category.id = named.id
    left join category_follower f on f.category_id = category.id and f.member_id = c.author_id) end, ',"medias":', '[]', ',"location":', coalesce(case when c.location is null then 'null' else json_build_object('location', c.location, 'lat', c.lat, 'lng', c.lng)::text end, 'null'), ',"poll":', 'null', ',"last_activity_at":', '"' || (to_char(c.last_activity_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', ',"last_edited_at":', coalesce('"' || (to_char(c.last_edited_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), ',"author":', (select /* WebhookAuthor */ concat('{"id":', u.id, ',"username":', to_json((u.username)::text)::text, ',"real_name":', to_json((u.real_name)::text)::text, ',"avatar":', to_json((coalesce(u.avatar, concat((select base from public_address), '/api/v2/avatar/', u.id)))::text)::text, ',"cover":', coalesce(to_json((u.cover)::text)::text, 'null'), ',"ext_id":', coalesce(to_json((u.ext_id)::text)::text, 'null'), ',"date_joined":', '"' || (to_char(u.date_joined at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', ',"bio":', to_json((u.bio)::text)::text, ',"location":', to_json((u.location)::text)::text, ',"location_lat_lng":', to_json((u.location_lat_lng)::text)::text, ',"position_lat_lng":', to_json((u.position_lat_lng)::text)::text, ',"date_of_birth":', coalesce('"' || (u.date_of_birth) || '"', 'null'), ',"description":', to_json((u.description)::text)::text, ',"gender":', '"' || (u.gender) || '"', ',"website":', to_json((u.website)::text)::text, ',"tags":', '[]', ',"reputation":', u.reputation, ',"followings_counter":', u.followings, ',"followers_counter":', u.followers, ',"connection_requests_sent_counter":', u.requests_sent, ',"connection_requests_received_counter":', u.requests_received, ',"connections_counter":', u.connections, ',"posts_counter":', u.posts, ',"discussions_counter":', u.discussions, ',"statuses_counter":', u.statuses, ',"polls_counter":', u.polls, '}') from author u), ',"added_at":', '"' || (to_char(c.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', ',"html":', to_json((c.html)::text)::text, ',"summary":', to_json((c.summary)::text)::text, ',"deleted":', case when c.deleted then 'true' else 'false' end, ',"collapsed":', case when c.collapsed then 'true' else 'false' end, ',"comment_count":', c.comment_count, ',"vote_count":', c.vote_count, ',"flag_count":', c.flag_count, ',"share_count":', c.share_count, ',"addressing":', '[]', ',"tags":', '[]', '}'), '}') as data from c, marked where marked.since is null) emitted offset 0) numbered;

-- hide or show
-- $1 id, $2 member, $3 kind
insert into mark as k (target_id, member_id, kind, hidden)
    values ($1::bigint, $2::bigint, $3::smallint, true)
    on conflict (target_id, member_id, kind) do update set hidden = not k.hidden;

-- lock a target to count its reactions
-- $1 id
select from comment where id = $1::bigint for update;

-- lock targets
-- $1 ids
select from comment where id = any($1::bigint[]) order by id for no key update;

-- of a member
-- $1 id, $2 kind, $3 member
select m.followed_at is not null as followed, m.suspended_at is not null as suspended, m.hidden
    from mark m where m.target_id = $1::bigint and m.kind = $2::smallint and m.member_id = $3::bigint;

-- reaction to vote with
-- $1 id, $2 member, $3 kind, $4 reaction
select r.active, exists (select from mark m
      where m.target_id = $1::bigint and m.member_id = $2::bigint and m.kind = $3::smallint and m.reaction = r.id) as own
    from reaction r where r.id = $4::bigint;

-- reactions that have drifted
-- $1 most
with kept as (
      select t.id, t.author_id, key::bigint as reaction, value::int as n
      from comment t cross join lateral jsonb_each_text(t.reactions) where t.reactions <> '{}'
    ), counted as (
      select target_id as id, reaction, count(*)::int as n from mark
      where kind in (16) and reaction <> 1 group by 1, 2
    )
    select 'reaction ' || reaction || ' of comment ' || id as what, coalesce(author_id, 0) as member, coalesce(kept.n, 0) as kept,
      coalesce(counted.n, 0) as counted, 'reactions' as repair, array[16, id]::bigint[] as of
    from kept full join counted using (id, reaction) where coalesce(kept.n, 0) <> coalesce(counted.n, 0)
    order by what limit $1::bigint;

-- vote
-- $1 id, $2 member, $3 reaction, $4 now
with before as materialized (
      select reaction, voted_at from mark
      where target_id = $1::bigint and member_id = $2::bigint and kind = 16 and reaction is not null
    ), marked as (
      insert into mark as k (target_id, member_id, kind, reaction, voted_at, vote_place)
      values ($1::bigint, $2::bigint, 16, $3::bigint, $4::timestamptz, nextval('contribution_place'))
      on conflict (target_id, member_id, kind) do update set (reaction, voted_at, vote_place) = row(
        case when k.reaction is distinct from $3::bigint then excluded.reaction end,
        case when k.reaction is distinct from $3::bigint then excluded.voted_at end,
        case when k.reaction is distinct from $3::bigint then excluded.vote_place end)
      returning reaction, voted_at
    ), c as (
      update comment set vote_count = vote_count
          + (select count(reaction) from marked)::int - (select count(*) from before)::int,
        reactions = reactions_moved(reactions, (select reaction from before), (select reaction from marked))
      where id = $1::bigint returning *
    ), author as materialized (
      select * from users where id = (select author_id from c)
    ), actor as materialized (
      select * from users where id = $2::bigint
    )
    insert into event (id, type, created, body, txid, audience)
  select event_id, type, $4::timestamptz, concat('{"event_id":', event_id, ',"type":"', type, '","created":',
      extract(epoch from $4::timestamptz::timestamptz), ',"data":', data, '}')::json, txid,
    (select version from webhook_listening where type = any(types))
  from (select pg_current_xact_id() as txid,
      case when (select check_event_source()) then nextval('event_id') end as event_id, type, data
    from (select 'vote.deleted' as type, concat('{"user":', (select /* WebhookUser */ concat('{', case when u.avatar is null then
    replace(u.profile_json, '"avatar":null', concat('"avatar":"', concat((select base from public_address), '/api/v2/avatar/', u.id), '"')) else u.profile_json end, ',"email":', coalesce(to_json((u.email)::text)::text, 'null'), ',"email_isvalid":', case when u.email_isvalid then 'true' else 'false' end, ',"followings_counter":', u.followings, ',"followers_counter":', u.followers, ',"connection_requests_sent_counter":', u.requests_sent, ',"connection_requests_received_counter":', u.requests_received, ',"connections_counter":', u.connections, ',"posts_counter":', u.posts, ',"discussions_counter":', u.discussions, ',"statuses_counter":', u.statuses, ',"polls_counter":', u.polls, '}') from actor u), ',"voted_at":"', to_char(before.voted_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'),
    '","object_type":"comment","comment":', case c.kind when 1 then /* WebhookCommentOnStatus */ concat('{"id":', c.id, ',"status":', c.contribution_id, ',"author":', (select /* WebhookCommentAuthor */ concat('{"id":', u.id, ',"username":', to_json((u.username)::text)::text, ',"real_name":', to_json((u.real_name)::text)::text, ',"avatar":', to_json((coalesce(u.avatar, concat((select base from public_address), '/api/v2/avatar/', u.id)))::text)::text, ',"ext_id":', coalesce(to_json((u.ext_id)::text)::text, 'null'), ',"description":', to_json((u.description)::text)::text, ',"tags":', '[]', ',"reputation":', u.reputation, ',"followings_counter":', u.followings, ',"followers_counter":', u.followers, ',"connection_requests_sent_counter":', u.requests_sent, ',"connection_requests_received_counter":', u.requests_received, ',"connections_counter":', u.connections, ',"posts_counter":', u.posts, ',"discussions_counter":', u.discussions, ',"statuses_counter":', u.statuses, ',"polls_counter":', u.polls, '}') from author u), ',"added_at":', '"' || (to_char(c.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', ',"html":', to_json((c.html)::text)::text, ',"summary":', to_json((c.summary)::text)::text, ',"deleted":', case when c.deleted then 'true' else 'false' end, ',"collapsed":', case when c.collapsed then 'true' else 'false' end, ',"parent":', coalesce((c.parent_id)::text, 'null'), ',"in_reply_to":', coalesce((c.in_reply_to_id)::text, 'null'), ',"comment_count":', c.comment_count, ',"vote_count":', c.vote_count, ',"flag_count":', c.flag_count, '}') when 2 then /* WebhookCommentOnPost */ concat('{"id":', c.id, ',"post":', c.contribution_id, ',"author":', (select /* WebhookCommentAuthor */ concat('{"id":', u.id, ',"username":', to_json((u.username)::text)::text, ',"real_name":', to_json((u.real_name)::text)::text, ',"avatar":', to_json((coalesce(u.avatar, concat((select base from public_address), '/api/v2/avatar/', u.id)))::text)::text, ',"ext_id":', coalesce(to_json((u.ext_id)::text)::text, 'null'), ',"description":', to_json((u.description)::text)::text, ',"tags":', '[]', ',"reputation":', u.reputation, ',"followings_counter":', u.followings, ',"followers_counter":', u.followers, ',"connection_requests_sent_counter":', u.requests_sent, ',"connection_requests_received_counter":', u.requests_received, ',"connections_counter":', u.connections, ',"posts_counter":', u.posts, ',"discussions_counter":', u.discussions, ',"statuses_counter":', u.statuses, ',"polls_counter":', u.polls, '}') from author u), ',"added_at":', '"' || (to_char(c.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', ',"html":', to_json((c.html)::text)::text, ',"summary":', to_json((c.summary)::text)::text, ',"deleted":', case when c.deleted then 'true' else 'false' end, ',"collapsed":', case when c.collapsed then 'true' else 'false' end, ',"parent":', coalesce((c.parent_id)::text, 'null'), ',"in_reply_to":', coalesce((c.in_reply_to_id)::text, 'null'), ',"comment_count":', c.comment_count, ',"vote_count":', c.vote_count, ',"flag_count":', c.flag_count, '}') when 3 then /* WebhookCommentOnDiscussion */ concat('{"id":', c.id, ',"discussion":', c.contribution_id, ',"author":', (select /* WebhookCommentAuthor */ concat('{"id":', u.id, ',"username":', to_json((u.username)::text)::text, ',"real_name":', to_json((u.real_name)::text)::text, ',"avatar":', to_json((coalesce(u.avatar, concat((select base from public_address), '/api/v2/avatar/', u.id)))::text)::text, ',"ext_id":', coalesce(to_json((u.ext_id)::text)::text, 'null'), ',"description":', to_json((u.description)::text)::text, ',"tags":', '[]', ',"reputation":', u.reputation, ',"followings_counter":', u.followings, ',"followers_counter":', u.followers, ',"connection_requests_sent_counter":', u.requests_sent, ',"connection_requests_received_counter":', u.requests_received, ',"connections_counter":', u.connections, ',"posts_counter":', u.posts, ',"discussions_counter":', u.discussions, ',"statuses_counter":', u.statuses, ',"polls_counter":', u.polls, '}') from author u), ',"added_at":', '"' || (to_char(c.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', ',"html":', to_json((c.html)::text)::text, ',"summary":', to_json((c.summary)::text)::text, ',"deleted":', case when c.deleted then 'true' else 'false' end, ',"collapsed":', case when c.collapsed then 'true' else 'false' end, ',"parent":', coalesce((c.parent_id)::text, 'null'), ',"in_reply_to":', coalesce((c.in_reply_to_id)::text, 'null'), ',"comment_count":', c.comment_count, ',"vote_count":', c.vote_count, ',"flag_count":', c.flag_count, '}') end, '}') as data from c, before union all select 'vote.created' as type, concat('{"user":', (select /* WebhookUser */ concat('{', case when u.avatar is null then
    replace(u.profile_json, '"avatar":null', concat('"avatar":"', concat((select base from public_address), '/api/v2/avatar/', u.id), '"')) else u.profile_json end, ',"email":', coalesce(to_json((u.email)::text)::text, 'null'), ',"email_isvalid":', case when u.email_isvalid then 'true' else 'false' end, ',"followings_counter":', u.followings, ',"followers_counter":', u.followers, ',"connection_requests_sent_counter":', u.requests_sent, ',"connection_requests_received_counter":', u.requests_received, ',"connections_counter":', u.connections, ',"posts_counter":', u.posts, ',"discussions_counter":', u.discussions, ',"statuses_counter":', u.statuses, ',"polls_counter":', u.polls, '}') from actor u), ',"voted_at":"', to_char(marked.voted_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'),
    '","object_type":"comment","comment":', case c.kind when 1 then /* WebhookCommentOnStatus */ concat('{"id":', c.id, ',"status":', c.contribution_id, ',"author":', (select /* WebhookCommentAuthor */ concat('{"id":', u.id, ',"username":', to_json((u.username)::text)::text, ',"real_name":', to_json((u.real_name)::text)::text, ',"avatar":', to_json((coalesce(u.avatar, concat((select base from public_address), '/api/v2/avatar/', u.id)))::text)::text, ',"ext_id":', coalesce(to_json((u.ext_id)::text)::text, 'null'), ',"description":', to_json((u.description)::text)::text, ',"tags":', '[]', ',"reputation":', u.reputation, ',"followings_counter":', u.followings, ',"followers_counter":', u.followers, ',"connection_requests_sent_counter":', u.requests_sent, ',"connection_requests_received_counter":', u.requests_received, ',"connections_counter":', u.connections, ',"posts_counter":', u.posts, ',"discussions_counter":', u.discussions, ',"statuses_counter":', u.statuses, ',"polls_counter":', u.polls, '}') from author u), ',"added_at":', '"' || (to_char(c.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', ',"html":', to_json((c.html)::text)::text, ',"summary":', to_json((c.summary)::text)::text, ',"deleted":', case when c.deleted then 'true' else 'false' end, ',"collapsed":', case when c.collapsed then 'true' else 'false' end, ',"parent":', coalesce((c.parent_id)::text, 'null'), ',"in_reply_to":', coalesce((c.in_reply_to_id)::text, 'null'), ',"comment_count":', c.comment_count, ',"vote_count":', c.vote_count, ',"flag_count":', c.flag_count, '}') when 2 then /* WebhookCommentOnPost */ concat('{"id":', c.id, ',"post":', c.contribution_id, ',"author":', (select /* WebhookCommentAuthor */ concat('{"id":', u.id, ',"username":', to_json((u.username)::text)::text, ',"real_name":', to_json((u.real_name)::text)::text, ',"avatar":', to_json((coalesce(u.avatar, concat((select base from public_address), '/api/v2/avatar/', u.id)))::text)::text, ',"ext_id":', coalesce(to_json((u.ext_id)::text)::text, 'null'), ',"description":', to_json((u.description)::text)::text, ',"tags":', '[]', ',"reputation":', u.reputation, ',"followings_counter":', u.followings, ',"followers_counter":', u.followers, ',"connection_requests_sent_counter":', u.requests_sent, ',"connection_requests_received_counter":', u.requests_received, ',"connections_counter":', u.connections, ',"posts_counter":', u.posts, ',"discussions_counter":', u.discussions, ',"statuses_counter":', u.statuses, ',"polls_counter":', u.polls, '}') from author u), ',"added_at":', '"' || (to_char(c.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', ',"html":', to_json((c.html)::text)::text, ',"summary":', to_json((c.summary)::text)::text, ',"deleted":', case when c.deleted then 'true' else 'false' end, ',"collapsed":', case when c.collapsed then 'true' else 'false' end, ',"parent":', coalesce((c.parent_id)::text, 'null'), ',"in_reply_to":', coalesce((c.in_reply_to_id)::text, 'null'), ',"comment_count":', c.comment_count, ',"vote_count":', c.vote_count, ',"flag_count":', c.flag_count, '}') when 3 then /* WebhookCommentOnDiscussion */ concat('{"id":', c.id, ',"discussion":', c.contribution_id, ',"author":', (select /* WebhookCommentAuthor */ concat('{"id":', u.id, ',"username":', to_json((u.username)::text)::text, ',"real_name":', to_json((u.real_name)::text)::text, ',"avatar":', to_json((coalesce(u.avatar, concat((select base from public_address), '/api/v2/avatar/', u.id)))::text)::text, ',"ext_id":', coalesce(to_json((u.ext_id)::text)::text, 'null'), ',"description":', to_json((u.description)::text)::text, ',"tags":', '[]', ',"reputation":', u.reputation, ',"followings_counter":', u.followings, ',"followers_counter":', u.followers, ',"connection_requests_sent_counter":', u.requests_sent, ',"connection_requests_received_counter":', u.requests_received, ',"connections_counter":', u.connections, ',"posts_counter":', u.posts, ',"discussions_counter":', u.discussions, ',"statuses_counter":', u.statuses, ',"polls_counter":', u.polls, '}') from author u), ',"added_at":', '"' || (to_char(c.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', ',"html":', to_json((c.html)::text)::text, ',"summary":', to_json((c.summary)::text)::text, ',"deleted":', case when c.deleted then 'true' else 'false' end, ',"collapsed":', case when c.collapsed then 'true' else 'false' end, ',"parent":', coalesce((c.parent_id)::text, 'null'), ',"in_reply_to":', coalesce((c.in_reply_to_id)::text, 'null'), ',"comment_count":', c.comment_count, ',"vote_count":', c.vote_count, ',"flag_count":', c.flag_count, '}') end, '}') as data from c, marked where marked.reaction is not null) emitted offset 0) numbered;

-- votes
-- $1 id, $2 limit, $3 viewer
with p as (
  select p.*, row_number() over () as n from (
    select * from (select k.member_id, k.vote_place as k0 from mark k where k.target_id = $1::bigint and k.kind = 16 and k.vote_place is not null
       and not exists (select from erasure e where e.member_id = k.member_id)
      order by k.vote_place desc limit 101) few limit $2::bigint + 1
  ) p
), page as (
  select p.n, json_build_array(p.k0)::text as key, /* Vote */ concat('{"user":', /* User */ concat('{', case when u.avatar is null then
    replace(u.profile_json, '"avatar":null', concat('"avatar":"', concat((select base from public_address), '/api/v2/avatar/', u.id), '"')) else u.profile_json end, ',', u.standing_json, ',"connection_requests_sent_counter":', u.requests_sent, ',"connection_requests_received_counter":', (u.requests_received + u.requests_rejected), ',"connections_counter":', u.connections, ',"posts_counter":', u.posts, ',"discussions_counter":', u.discussions, ',"statuses_counter":', u.statuses, ',"polls_counter":', u.polls, ',"categories_counter":', u.categories, ',"connection_status":', coalesce('"' || (case v.state when 4 then 'connected' when 1 then 'sent_connection_request' when 2 then 'received_connection_request' end) || '"', 'null'), '}'), ',"reaction":', coalesce(case when m.reaction = 1 then (select /* Reaction */ concat('{"id":', r.id, ',"label":', to_json((r.label)::text)::text, ',"sentiment":', r.sentiment, ',"image":', to_json((case when r.image like '/%' then concat((select base from public_address), r.image) else r.image end)::text)::text, ',"active":', case when r.active then 'true' else 'false' end, '}') from reaction r where r.id = 1)
    when m.reaction is not null then (select /* Reaction */ concat('{"id":', r.id, ',"label":', to_json((r.label)::text)::text, ',"sentiment":', r.sentiment, ',"image":', to_json((case when r.image like '/%' then concat((select base from public_address), r.image) else r.image end)::text)::text, ',"active":', case when r.active then 'true' else 'false' end, '}') from reaction r where r.id = m.reaction) end, 'null'), ',"voted_at":', '"' || (to_char(m.voted_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', '}') as row from p join mark m on m.target_id = $1::bigint and m.kind = 16 and m.member_id = p.member_id
  join users u on u.id = p.member_id
  left join relation v on v.member_id = $3::bigint and v.other_id = u.id
)
select (select vote_count - (select count(*) from erasure e
  join mark m on m.member_id = e.member_id and m.target_id = $1::bigint and m.kind = 16 and m.vote_place is not null) from comment where id = $1::bigint)::int as count, count(*)::int as n,
  count(*) filter (where n <= $2::bigint)::int as shown,
  string_agg(row::text, ',' order by n) filter (where n <= $2::bigint) as rows,
  max(key) filter (where n = 1) as nearest, max(key) filter (where n = $2::bigint) as farthest
from page;
