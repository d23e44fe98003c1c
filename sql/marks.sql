-- Printed by `npm run sql`. The statements of a slice, as PostgreSQL is given them in their usual variant.

-- choose some to erase
-- $1 batch, $2 member
select id, more from (select *, waiting > taken or waiting = $1::bigint as more
    from (
      select *, count(*) over () as waiting, max(n) filter (where total <= 500000 or n = 1) over () as taken
      from (
        select t.id, row_number() over ordered as n, sum(octet_length(t.html)) over ordered as total
        from mark m join contribution t on t.id = m.target_id
        where m.member_id = $2::bigint and m.kind = 1 window ordered as (order by m.target_id) order by m.target_id limit $1::bigint
      ) first
    ) few where n <= taken) next order by n;

-- count the reactions of a target again
-- $1 id
update contribution set reactions = coalesce((
      select jsonb_object_agg(reaction, n) from (
        select reaction, count(*) as n from mark
        where target_id = $1::bigint and kind in (1,2,3) and reaction <> 1 group by reaction
      ) each), '{}') where id = $1::bigint;

-- erase
-- $1 member, $2 ids, $3 now
with gone as (
      delete from mark where member_id = $1::bigint and kind = 1 and target_id = any($2::bigint[]) returning *
    ), lowered as (
      update contribution t set vote_count = t.vote_count - (m.reaction is not null)::int,
        reactions = reactions_moved(t.reactions, m.reaction, null),
        follower_count = t.follower_count - (m.followed_at is not null)::int,
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
        with c as (select t.*), author as (select * from users where id = t.author_id) select concat('{"user":', (select /* WebhookUser */ concat('{', replace(replace(replace(replace(u.profile_json,
    case when cardinality(u.tag_ids) > 0 then '"tags":[]' else '' end, concat('"tags":', case when u.tag_ids = '{}' then '[]' else (
    select /* Tag[] */ concat('[', string_agg(/* Tag */ concat('{"id":', t.id, ',"type":"', t.type, '","name":', to_json((t.name)::text)::text, ',"description":', coalesce(to_json((t.description)::text)::text, 'null'), ',"color":', to_json((t.color)::text)::text, ',"visible":', case when t.visible then 'true' else 'false' end, ',"visibility_boost":', case when t.visibility_boost then 'true' else 'false' end, ',"created_at":"', to_char(t.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","active":', case when t.active then 'true' else 'false' end, ',"deleted":', case when t.deleted then 'true' else 'false' end, '}'), ',' order by t.id), ']') from tag t
    where t.id = any(u.tag_ids) and t.active and not t.deleted and t.visible) end)),
    case when u.avatar is null then '"avatar":null' when u.avatar like '/%' then '"avatar":"/' else '' end,
    concat(e'"avatar":"\x04', case when u.avatar is null then concat('/api/v2/avatar/', u.id, '"') else '/' end)),
    case when u.cover like '/%' then '"cover":"/' else '' end, concat(e'"cover":"\x04/')),
    e'\x04', (select base from public_address)), ',"email":', coalesce(to_json((u.email)::text)::text, 'null'), ',"email_isvalid":', case when u.email_isvalid then 'true' else 'false' end, ',"followings_counter":', u.followings, ',"followers_counter":', u.followers, ',"connection_requests_sent_counter":', u.requests_sent, ',"connection_requests_received_counter":', u.requests_received, ',"connections_counter":', u.connections, ',"posts_counter":', u.posts, ',"discussions_counter":', u.discussions, ',"statuses_counter":', u.statuses, ',"polls_counter":', u.polls, '}') from actor u), ',"voted_at":"', to_char(m.voted_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), /* WebhookStatusWithin */ '","object_type":"status","status":{"id":', c.id, ',"categories":', case when c.categories = '{}' then '[]' else (select concat('[', string_agg(/* WebhookCategory */ concat('{"id":', category.id, ',"tags":', case when category.tag_ids = '{}' then '[]' else (
    select /* Tag[] */ concat('[', string_agg(/* Tag */ concat('{"id":', t.id, ',"type":"', t.type, '","name":', to_json((t.name)::text)::text, ',"description":', coalesce(to_json((t.description)::text)::text, 'null'), ',"color":', to_json((t.color)::text)::text, ',"visible":', case when t.visible then 'true' else 'false' end, ',"visibility_boost":', case when t.visibility_boost then 'true' else 'false' end, ',"created_at":"', to_char(t.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","active":', case when t.active then 'true' else 'false' end, ',"deleted":', case when t.deleted then 'true' else 'false' end, '}'), ',' order by t.id), ']') from tag t
    where t.id = any(category.tag_ids) and t.active and not t.deleted and t.visible) end, ',"followed":', case when f.member_id is not null then 'true' else 'false' end, ',', replace(category.shown_json, e'\x04', public_base()), ',"followers_counter":', category.followers, '}'), ',' order by named.nth), ']')
    from unnest(c.categories) with ordinality named(id, nth)
    cross join lateral (select k.*, k.xmin from category k where k.id = named.id limit 1) category
    left join category_follower f on f.category_id = category.id and f.member_id = c.author_id) end, ',"medias":', case when c.medias = '{}' then '[]' else (select concat('[', string_agg(/* WebhookMedia */ concat('{"id":', media.id, ',"added_at":"', to_char(media.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","type":"', media.type, '","title":', to_json((media.title)::text)::text, ',"description":', to_json((media.description)::text)::text, ',"url":', to_json((coalesce(case when media.url like '/%' then concat(public_base(), media.url) else media.url end, ''))::text)::text, ',"image":', to_json((coalesce(case when media.image like '/%' then concat(public_base(), media.image) else media.image end, ''))::text)::text, ',"image_width":', coalesce(media.image_width, 0), ',"image_height":', coalesce(media.image_height, 0), ',"order":', n.nth - 1, ',"embed":', coalesce(case when media.embedded_id is not null then (select /* Embed */ concat('{"id":', e.id, ',"embed_type":', to_json((e.embed_type)::text)::text, ',"embed_id":', to_json((e.embed_id)::text)::text, ',"url":', coalesce(to_json((e.url)::text)::text, 'null'), ',"metadata":', e.metadata::text, '}') from embed e where e.id = media.embedded_id)
      when media.embed_type is null then 'null' else concat('{"id":null,"embed_type":"', media.embed_type,
      '","embed_id":', to_json(media.embed_id), ',"url":', coalesce(to_json(media.url)::text, 'null'),
      ',"metadata":', replace(media.metadata::text, '"url":"/files/', concat('"url":"', public_base(), '/files/')), '}') end, 'null'), '}'), ',' order by n.nth), ']')
    from unnest(c.medias) with ordinality n(id, nth) join media on media.id = n.id) end, ',"location":', coalesce(case when c.location is null then 'null' else json_build_object('location', c.location, 'lat', c.lat, 'lng', c.lng)::text end, 'null'), ',"poll":', coalesce(case when c.poll_id is not null then
      (select /* WebhookPoll */ concat('{"id":', p.id, ',"title":', to_json((p.title)::text)::text, ',"multiple_choices":', case when p.multiple_choices then 'true' else 'false' end, ',"added_at":"', to_char(p.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","modified_at":"', to_char(p.modified_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","closed":', case when p.closed or coalesce(p.expiration_at <= now(), false) then 'true' else 'false' end, ',"expiration_at":', coalesce('"' || (to_char(p.expiration_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), ',"hidden":', case when false then 'true' else 'false' end, ',"choices":', (select concat('[', string_agg(/* WebhookPollChoice */ concat('{"id":', ch.id, ',"choice":', to_json((ch.choice)::text)::text, ',"order":', ch.position, ',"added_at":"', to_char(ch.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","deleted":', case when false then 'true' else 'false' end, ',"vote_count":', ch.vote_count, '}'), ',' order by ch.position, ch.id), ']')
        from poll_choice ch where ch.poll_id = p.id), '}') from poll p where p.id = c.poll_id) end, 'null'), ',"last_activity_at":"', to_char(c.last_activity_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","last_edited_at":', coalesce('"' || (to_char(c.last_edited_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), ',"author":', (select /* WebhookAuthor */ concat('{', replace(replace(replace(replace(replace(u.profile_json,
    case when cardinality(u.tag_ids) > 0 then '"tags":[]' else '' end, concat('"tags":', case when u.tag_ids = '{}' then '[]' else (
    select /* Tag[] */ concat('[', string_agg(/* Tag */ concat('{"id":', t.id, ',"type":"', t.type, '","name":', to_json((t.name)::text)::text, ',"description":', coalesce(to_json((t.description)::text)::text, 'null'), ',"color":', to_json((t.color)::text)::text, ',"visible":', case when t.visible then 'true' else 'false' end, ',"visibility_boost":', case when t.visibility_boost then 'true' else 'false' end, ',"created_at":"', to_char(t.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","active":', case when t.active then 'true' else 'false' end, ',"deleted":', case when t.deleted then 'true' else 'false' end, '}'), ',' order by t.id), ']') from tag t
    where t.id = any(u.tag_ids) and t.active and not t.deleted and t.visible) end)),
    case when u.avatar is null then '"avatar":null' when u.avatar like '/%' then '"avatar":"/' else '' end,
    concat(e'"avatar":"\x04', case when u.avatar is null then concat('/api/v2/avatar/', u.id, '"') else '/' end)),
    case when u.cover like '/%' then '"cover":"/' else '' end, concat(e'"cover":"\x04/')),
    e'\x04', (select base from public_address)), concat('"status":"', case u.status when 'w' then 'a' else u.status::text end, '",'), ''), ',"followings_counter":', u.followings, ',"followers_counter":', u.followers, ',"connection_requests_sent_counter":', u.requests_sent, ',"connection_requests_received_counter":', u.requests_received, ',"connections_counter":', u.connections, ',"posts_counter":', u.posts, ',"discussions_counter":', u.discussions, ',"statuses_counter":', u.statuses, ',"polls_counter":', u.polls, '}') from author u), ',"added_at":"', to_char(c.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","html":', to_json((c.html)::text)::text, ',"summary":', to_json((c.summary)::text)::text, ',"deleted":', case when c.deleted then 'true' else 'false' end, ',"collapsed":', case when c.collapsed then 'true' else 'false' end, ',"comment_count":', c.comment_count, ',"vote_count":', c.vote_count, ',"flag_count":', c.flag_count, ',"share_count":', c.share_count, ',"addressing":', array_to_json(c.addressing)::text, ',"tags":', case when c.tag_ids = '{}' then '[]' else (
    select /* Tag[] */ concat('[', string_agg(/* Tag */ concat('{"id":', t.id, ',"type":"', t.type, '","name":', to_json((t.name)::text)::text, ',"description":', coalesce(to_json((t.description)::text)::text, 'null'), ',"color":', to_json((t.color)::text)::text, ',"visible":', case when t.visible then 'true' else 'false' end, ',"visibility_boost":', case when t.visibility_boost then 'true' else 'false' end, ',"created_at":"', to_char(t.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","active":', case when t.active then 'true' else 'false' end, ',"deleted":', case when t.deleted then 'true' else 'false' end, '}'), ',' order by t.id), ']') from tag t
    where t.id = any(c.tag_ids) and t.active and not t.deleted and t.visible) end, '}}') as data from c offset 0
      ) one where m.voted_at is not null union all select 'status.unfollow' as type, one.data as data from (select * from gone order by target_id) m join lowered t on t.id = m.target_id cross join lateral (
        with c as (select t.*), author as (select * from users where id = t.author_id) select concat('{"added_at":"', to_char(m.followed_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","user":', (select /* WebhookUser */ concat('{', replace(replace(replace(replace(u.profile_json,
    case when cardinality(u.tag_ids) > 0 then '"tags":[]' else '' end, concat('"tags":', case when u.tag_ids = '{}' then '[]' else (
    select /* Tag[] */ concat('[', string_agg(/* Tag */ concat('{"id":', t.id, ',"type":"', t.type, '","name":', to_json((t.name)::text)::text, ',"description":', coalesce(to_json((t.description)::text)::text, 'null'), ',"color":', to_json((t.color)::text)::text, ',"visible":', case when t.visible then 'true' else 'false' end, ',"visibility_boost":', case when t.visibility_boost then 'true' else 'false' end, ',"created_at":"', to_char(t.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","active":', case when t.active then 'true' else 'false' end, ',"deleted":', case when t.deleted then 'true' else 'false' end, '}'), ',' order by t.id), ']') from tag t
    where t.id = any(u.tag_ids) and t.active and not t.deleted and t.visible) end)),
    case when u.avatar is null then '"avatar":null' when u.avatar like '/%' then '"avatar":"/' else '' end,
    concat(e'"avatar":"\x04', case when u.avatar is null then concat('/api/v2/avatar/', u.id, '"') else '/' end)),
    case when u.cover like '/%' then '"cover":"/' else '' end, concat(e'"cover":"\x04/')),
    e'\x04', (select base from public_address)), ',"email":', coalesce(to_json((u.email)::text)::text, 'null'), ',"email_isvalid":', case when u.email_isvalid then 'true' else 'false' end, ',"followings_counter":', u.followings, ',"followers_counter":', u.followers, ',"connection_requests_sent_counter":', u.requests_sent, ',"connection_requests_received_counter":', u.requests_received, ',"connections_counter":', u.connections, ',"posts_counter":', u.posts, ',"discussions_counter":', u.discussions, ',"statuses_counter":', u.statuses, ',"polls_counter":', u.polls, '}') from actor u),
    /* WebhookStatusWithin */ ',"status":{"id":', c.id, ',"categories":', case when c.categories = '{}' then '[]' else (select concat('[', string_agg(/* WebhookCategory */ concat('{"id":', category.id, ',"tags":', case when category.tag_ids = '{}' then '[]' else (
    select /* Tag[] */ concat('[', string_agg(/* Tag */ concat('{"id":', t.id, ',"type":"', t.type, '","name":', to_json((t.name)::text)::text, ',"description":', coalesce(to_json((t.description)::text)::text, 'null'), ',"color":', to_json((t.color)::text)::text, ',"visible":', case when t.visible then 'true' else 'false' end, ',"visibility_boost":', case when t.visibility_boost then 'true' else 'false' end, ',"created_at":"', to_char(t.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","active":', case when t.active then 'true' else 'false' end, ',"deleted":', case when t.deleted then 'true' else 'false' end, '}'), ',' order by t.id), ']') from tag t
    where t.id = any(category.tag_ids) and t.active and not t.deleted and t.visible) end, ',"followed":', case when f.member_id is not null then 'true' else 'false' end, ',', replace(category.shown_json, e'\x04', public_base()), ',"followers_counter":', category.followers, '}'), ',' order by named.nth), ']')
    from unnest(c.categories) with ordinality named(id, nth)
    cross join lateral (select k.*, k.xmin from category k where k.id = named.id limit 1) category
    left join category_follower f on f.category_id = category.id and f.member_id = c.author_id) end, ',"medias":', case when c.medias = '{}' then '[]' else (select concat('[', string_agg(/* WebhookMedia */ concat('{"id":', media.id, ',"added_at":"', to_char(media.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","type":"', media.type, '","title":', to_json((media.title)::text)::text, ',"description":', to_json((media.description)::text)::text, ',"url":', to_json((coalesce(case when media.url like '/%' then concat(public_base(), media.url) else media.url end, ''))::text)::text, ',"image":', to_json((coalesce(case when media.image like '/%' then concat(public_base(), media.image) else media.image end, ''))::text)::text, ',"image_width":', coalesce(media.image_width, 0), ',"image_height":', coalesce(media.image_height, 0), ',"order":', n.nth - 1, ',"embed":', coalesce(case when media.embedded_id is not null then (select /* Embed */ concat('{"id":', e.id, ',"embed_type":', to_json((e.embed_type)::text)::text, ',"embed_id":', to_json((e.embed_id)::text)::text, ',"url":', coalesce(to_json((e.url)::text)::text, 'null'), ',"metadata":', e.metadata::text, '}') from embed e where e.id = media.embedded_id)
      when media.embed_type is null then 'null' else concat('{"id":null,"embed_type":"', media.embed_type,
      '","embed_id":', to_json(media.embed_id), ',"url":', coalesce(to_json(media.url)::text, 'null'),
      ',"metadata":', replace(media.metadata::text, '"url":"/files/', concat('"url":"', public_base(), '/files/')), '}') end, 'null'), '}'), ',' order by n.nth), ']')
    from unnest(c.medias) with ordinality n(id, nth) join media on media.id = n.id) end, ',"location":', coalesce(case when c.location is null then 'null' else json_build_object('location', c.location, 'lat', c.lat, 'lng', c.lng)::text end, 'null'), ',"poll":', coalesce(case when c.poll_id is not null then
      (select /* WebhookPoll */ concat('{"id":', p.id, ',"title":', to_json((p.title)::text)::text, ',"multiple_choices":', case when p.multiple_choices then 'true' else 'false' end, ',"added_at":"', to_char(p.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","modified_at":"', to_char(p.modified_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","closed":', case when p.closed or coalesce(p.expiration_at <= now(), false) then 'true' else 'false' end, ',"expiration_at":', coalesce('"' || (to_char(p.expiration_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), ',"hidden":', case when false then 'true' else 'false' end, ',"choices":', (select concat('[', string_agg(/* WebhookPollChoice */ concat('{"id":', ch.id, ',"choice":', to_json((ch.choice)::text)::text, ',"order":', ch.position, ',"added_at":"', to_char(ch.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","deleted":', case when false then 'true' else 'false' end, ',"vote_count":', ch.vote_count, '}'), ',' order by ch.position, ch.id), ']')
        from poll_choice ch where ch.poll_id = p.id), '}') from poll p where p.id = c.poll_id) end, 'null'), ',"last_activity_at":"', to_char(c.last_activity_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","last_edited_at":', coalesce('"' || (to_char(c.last_edited_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), ',"author":', (select /* WebhookAuthor */ concat('{', replace(replace(replace(replace(replace(u.profile_json,
    case when cardinality(u.tag_ids) > 0 then '"tags":[]' else '' end, concat('"tags":', case when u.tag_ids = '{}' then '[]' else (
    select /* Tag[] */ concat('[', string_agg(/* Tag */ concat('{"id":', t.id, ',"type":"', t.type, '","name":', to_json((t.name)::text)::text, ',"description":', coalesce(to_json((t.description)::text)::text, 'null'), ',"color":', to_json((t.color)::text)::text, ',"visible":', case when t.visible then 'true' else 'false' end, ',"visibility_boost":', case when t.visibility_boost then 'true' else 'false' end, ',"created_at":"', to_char(t.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","active":', case when t.active then 'true' else 'false' end, ',"deleted":', case when t.deleted then 'true' else 'false' end, '}'), ',' order by t.id), ']') from tag t
    where t.id = any(u.tag_ids) and t.active and not t.deleted and t.visible) end)),
    case when u.avatar is null then '"avatar":null' when u.avatar like '/%' then '"avatar":"/' else '' end,
    concat(e'"avatar":"\x04', case when u.avatar is null then concat('/api/v2/avatar/', u.id, '"') else '/' end)),
    case when u.cover like '/%' then '"cover":"/' else '' end, concat(e'"cover":"\x04/')),
    e'\x04', (select base from public_address)), concat('"status":"', case u.status when 'w' then 'a' else u.status::text end, '",'), ''), ',"followings_counter":', u.followings, ',"followers_counter":', u.followers, ',"connection_requests_sent_counter":', u.requests_sent, ',"connection_requests_received_counter":', u.requests_received, ',"connections_counter":', u.connections, ',"posts_counter":', u.posts, ',"discussions_counter":', u.discussions, ',"statuses_counter":', u.statuses, ',"polls_counter":', u.polls, '}') from author u), ',"added_at":"', to_char(c.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","html":', to_json((c.html)::text)::text, ',"summary":', to_json((c.summary)::text)::text, ',"deleted":', case when c.deleted then 'true' else 'false' end, ',"collapsed":', case when c.collapsed then 'true' else 'false' end, ',"comment_count":', c.comment_count, ',"vote_count":', c.vote_count, ',"flag_count":', c.flag_count, ',"share_count":', c.share_count, ',"addressing":', array_to_json(c.addressing)::text, ',"tags":', case when c.tag_ids = '{}' then '[]' else (
    select /* Tag[] */ concat('[', string_agg(/* Tag */ concat('{"id":', t.id, ',"type":"', t.type, '","name":', to_json((t.name)::text)::text, ',"description":', coalesce(to_json((t.description)::text)::text, 'null'), ',"color":', to_json((t.color)::text)::text, ',"visible":', case when t.visible then 'true' else 'false' end, ',"visibility_boost":', case when t.visibility_boost then 'true' else 'false' end, ',"created_at":"', to_char(t.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","active":', case when t.active then 'true' else 'false' end, ',"deleted":', case when t.deleted then 'true' else 'false' end, '}'), ',' order by t.id), ']') from tag t
    where t.id = any(c.tag_ids) and t.active and not t.deleted and t.visible) end, '}}') as data from c offset 0
      ) one where m.followed_at is not null union all select 'status.unsuspend' as type, one.data as data from (select * from gone order by target_id) m join lowered t on t.id = m.target_id cross join lateral (
        with c as (select t.*), author as (select * from users where id = t.author_id) select concat('{"added_at":"', to_char(m.suspended_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","user":', (select /* WebhookUser */ concat('{', replace(replace(replace(replace(u.profile_json,
    case when cardinality(u.tag_ids) > 0 then '"tags":[]' else '' end, concat('"tags":', case when u.tag_ids = '{}' then '[]' else (
    select /* Tag[] */ concat('[', string_agg(/* Tag */ concat('{"id":', t.id, ',"type":"', t.type, '","name":', to_json((t.name)::text)::text, ',"description":', coalesce(to_json((t.description)::text)::text, 'null'), ',"color":', to_json((t.color)::text)::text, ',"visible":', case when t.visible then 'true' else 'false' end, ',"visibility_boost":', case when t.visibility_boost then 'true' else 'false' end, ',"created_at":"', to_char(t.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","active":', case when t.active then 'true' else 'false' end, ',"deleted":', case when t.deleted then 'true' else 'false' end, '}'), ',' order by t.id), ']') from tag t
    where t.id = any(u.tag_ids) and t.active and not t.deleted and t.visible) end)),
    case when u.avatar is null then '"avatar":null' when u.avatar like '/%' then '"avatar":"/' else '' end,
    concat(e'"avatar":"\x04', case when u.avatar is null then concat('/api/v2/avatar/', u.id, '"') else '/' end)),
    case when u.cover like '/%' then '"cover":"/' else '' end, concat(e'"cover":"\x04/')),
    e'\x04', (select base from public_address)), ',"email":', coalesce(to_json((u.email)::text)::text, 'null'), ',"email_isvalid":', case when u.email_isvalid then 'true' else 'false' end, ',"followings_counter":', u.followings, ',"followers_counter":', u.followers, ',"connection_requests_sent_counter":', u.requests_sent, ',"connection_requests_received_counter":', u.requests_received, ',"connections_counter":', u.connections, ',"posts_counter":', u.posts, ',"discussions_counter":', u.discussions, ',"statuses_counter":', u.statuses, ',"polls_counter":', u.polls, '}') from actor u),
    /* WebhookStatusWithin */ ',"status":{"id":', c.id, ',"categories":', case when c.categories = '{}' then '[]' else (select concat('[', string_agg(/* WebhookCategory */ concat('{"id":', category.id, ',"tags":', case when category.tag_ids = '{}' then '[]' else (
    select /* Tag[] */ concat('[', string_agg(/* Tag */ concat('{"id":', t.id, ',"type":"', t.type, '","name":', to_json((t.name)::text)::text, ',"description":', coalesce(to_json((t.description)::text)::text, 'null'), ',"color":', to_json((t.color)::text)::text, ',"visible":', case when t.visible then 'true' else 'false' end, ',"visibility_boost":', case when t.visibility_boost then 'true' else 'false' end, ',"created_at":"', to_char(t.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","active":', case when t.active then 'true' else 'false' end, ',"deleted":', case when t.deleted then 'true' else 'false' end, '}'), ',' order by t.id), ']') from tag t
    where t.id = any(category.tag_ids) and t.active and not t.deleted and t.visible) end, ',"followed":', case when f.member_id is not null then 'true' else 'false' end, ',', replace(category.shown_json, e'\x04', public_base()), ',"followers_counter":', category.followers, '}'), ',' order by named.nth), ']')
    from unnest(c.categories) with ordinality named(id, nth)
    cross join lateral (select k.*, k.xmin from category k where k.id = named.id limit 1) category
    left join category_follower f on f.category_id = category.id and f.member_id = c.author_id) end, ',"medias":', case when c.medias = '{}' then '[]' else (select concat('[', string_agg(/* WebhookMedia */ concat('{"id":', media.id, ',"added_at":"', to_char(media.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","type":"', media.type, '","title":', to_json((media.title)::text)::text, ',"description":', to_json((media.description)::text)::text, ',"url":', to_json((coalesce(case when media.url like '/%' then concat(public_base(), media.url) else media.url end, ''))::text)::text, ',"image":', to_json((coalesce(case when media.image like '/%' then concat(public_base(), media.image) else media.image end, ''))::text)::text, ',"image_width":', coalesce(media.image_width, 0), ',"image_height":', coalesce(media.image_height, 0), ',"order":', n.nth - 1, ',"embed":', coalesce(case when media.embedded_id is not null then (select /* Embed */ concat('{"id":', e.id, ',"embed_type":', to_json((e.embed_type)::text)::text, ',"embed_id":', to_json((e.embed_id)::text)::text, ',"url":', coalesce(to_json((e.url)::text)::text, 'null'), ',"metadata":', e.metadata::text, '}') from embed e where e.id = media.embedded_id)
      when media.embed_type is null then 'null' else concat('{"id":null,"embed_type":"', media.embed_type,
      '","embed_id":', to_json(media.embed_id), ',"url":', coalesce(to_json(media.url)::text, 'null'),
      ',"metadata":', replace(media.metadata::text, '"url":"/files/', concat('"url":"', public_base(), '/files/')), '}') end, 'null'), '}'), ',' order by n.nth), ']')
    from unnest(c.medias) with ordinality n(id, nth) join media on media.id = n.id) end, ',"location":', coalesce(case when c.location is null then 'null' else json_build_object('location', c.location, 'lat', c.lat, 'lng', c.lng)::text end, 'null'), ',"poll":', coalesce(case when c.poll_id is not null then
      (select /* WebhookPoll */ concat('{"id":', p.id, ',"title":', to_json((p.title)::text)::text, ',"multiple_choices":', case when p.multiple_choices then 'true' else 'false' end, ',"added_at":"', to_char(p.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","modified_at":"', to_char(p.modified_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","closed":', case when p.closed or coalesce(p.expiration_at <= now(), false) then 'true' else 'false' end, ',"expiration_at":', coalesce('"' || (to_char(p.expiration_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), ',"hidden":', case when false then 'true' else 'false' end, ',"choices":', (select concat('[', string_agg(/* WebhookPollChoice */ concat('{"id":', ch.id, ',"choice":', to_json((ch.choice)::text)::text, ',"order":', ch.position, ',"added_at":"', to_char(ch.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","deleted":', case when false then 'true' else 'false' end, ',"vote_count":', ch.vote_count, '}'), ',' order by ch.position, ch.id), ']')
        from poll_choice ch where ch.poll_id = p.id), '}') from poll p where p.id = c.poll_id) end, 'null'), ',"last_activity_at":"', to_char(c.last_activity_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","last_edited_at":', coalesce('"' || (to_char(c.last_edited_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), ',"author":', (select /* WebhookAuthor */ concat('{', replace(replace(replace(replace(replace(u.profile_json,
    case when cardinality(u.tag_ids) > 0 then '"tags":[]' else '' end, concat('"tags":', case when u.tag_ids = '{}' then '[]' else (
    select /* Tag[] */ concat('[', string_agg(/* Tag */ concat('{"id":', t.id, ',"type":"', t.type, '","name":', to_json((t.name)::text)::text, ',"description":', coalesce(to_json((t.description)::text)::text, 'null'), ',"color":', to_json((t.color)::text)::text, ',"visible":', case when t.visible then 'true' else 'false' end, ',"visibility_boost":', case when t.visibility_boost then 'true' else 'false' end, ',"created_at":"', to_char(t.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","active":', case when t.active then 'true' else 'false' end, ',"deleted":', case when t.deleted then 'true' else 'false' end, '}'), ',' order by t.id), ']') from tag t
    where t.id = any(u.tag_ids) and t.active and not t.deleted and t.visible) end)),
    case when u.avatar is null then '"avatar":null' when u.avatar like '/%' then '"avatar":"/' else '' end,
    concat(e'"avatar":"\x04', case when u.avatar is null then concat('/api/v2/avatar/', u.id, '"') else '/' end)),
    case when u.cover like '/%' then '"cover":"/' else '' end, concat(e'"cover":"\x04/')),
    e'\x04', (select base from public_address)), concat('"status":"', case u.status when 'w' then 'a' else u.status::text end, '",'), ''), ',"followings_counter":', u.followings, ',"followers_counter":', u.followers, ',"connection_requests_sent_counter":', u.requests_sent, ',"connection_requests_received_counter":', u.requests_received, ',"connections_counter":', u.connections, ',"posts_counter":', u.posts, ',"discussions_counter":', u.discussions, ',"statuses_counter":', u.statuses, ',"polls_counter":', u.polls, '}') from author u), ',"added_at":"', to_char(c.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","html":', to_json((c.html)::text)::text, ',"summary":', to_json((c.summary)::text)::text, ',"deleted":', case when c.deleted then 'true' else 'false' end, ',"collapsed":', case when c.collapsed then 'true' else 'false' end, ',"comment_count":', c.comment_count, ',"vote_count":', c.vote_count, ',"flag_count":', c.flag_count, ',"share_count":', c.share_count, ',"addressing":', array_to_json(c.addressing)::text, ',"tags":', case when c.tag_ids = '{}' then '[]' else (
    select /* Tag[] */ concat('[', string_agg(/* Tag */ concat('{"id":', t.id, ',"type":"', t.type, '","name":', to_json((t.name)::text)::text, ',"description":', coalesce(to_json((t.description)::text)::text, 'null'), ',"color":', to_json((t.color)::text)::text, ',"visible":', case when t.visible then 'true' else 'false' end, ',"visibility_boost":', case when t.visibility_boost then 'true' else 'false' end, ',"created_at":"', to_char(t.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","active":', case when t.active then 'true' else 'false' end, ',"deleted":', case when t.deleted then 'true' else 'false' end, '}'), ',' order by t.id), ']') from tag t
    where t.id = any(c.tag_ids) and t.active and not t.deleted and t.visible) end, '}}') as data from c offset 0
      ) one where m.suspended_at is not null) emitted offset 0) numbered;

-- flag
-- $1 id, $2 member, $3 type, $4 now
with before as materialized (
      select from mark where target_id = $1::bigint and member_id = $2::bigint and kind = 1 and flag_type is not null
    ), marked as (
      insert into mark as k (target_id, member_id, kind, flag_type, flagged_at, flag_place)
      values ($1::bigint, $2::bigint, 1, $3::smallint, $4::timestamptz, nextval('contribution_place'))
      on conflict (target_id, member_id, kind) do update set flag_type = excluded.flag_type,
        flagged_at = coalesce(k.flagged_at, excluded.flagged_at), flag_place = coalesce(k.flag_place, excluded.flag_place)
    )
    update contribution set flag_count = flag_count + 1 where id = $1::bigint and not exists (select from before);

-- flag of a member
-- $1 member, $2 id, $3 kind
select /* Flag */ concat(/* User */ '{"user":{', replace(replace(replace(replace(u.profile_json,
    case when cardinality(u.tag_ids) > 0 then '"tags":[]' else '' end, concat('"tags":', case when u.tag_ids = '{}' then '[]' else (
    select /* Tag[] */ concat('[', string_agg(/* Tag */ concat('{"id":', t.id, ',"type":"', t.type, '","name":', to_json((t.name)::text)::text, ',"description":', coalesce(to_json((t.description)::text)::text, 'null'), ',"color":', to_json((t.color)::text)::text, ',"visible":', case when t.visible then 'true' else 'false' end, ',"visibility_boost":', case when t.visibility_boost then 'true' else 'false' end, ',"created_at":"', to_char(t.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","active":', case when t.active then 'true' else 'false' end, ',"deleted":', case when t.deleted then 'true' else 'false' end, '}'), ',' order by t.id), ']') from tag t
    where t.id = any(u.tag_ids) and t.active and not t.deleted and t.visible) end)),
    case when u.avatar is null then '"avatar":null' when u.avatar like '/%' then '"avatar":"/' else '' end,
    concat(e'"avatar":"\x04', case when u.avatar is null then concat('/api/v2/avatar/', u.id, '"') else '/' end)),
    case when u.cover like '/%' then '"cover":"/' else '' end, concat(e'"cover":"\x04/')),
    e'\x04', (select base from public_address)), ',', u.standing_json, ',"connection_requests_sent_counter":', u.requests_sent, ',"connection_requests_received_counter":', (u.requests_received + u.requests_rejected), ',"connections_counter":', u.connections, ',"posts_counter":', u.posts, ',"discussions_counter":', u.discussions, ',"statuses_counter":', u.statuses, ',"polls_counter":', u.polls, ',"categories_counter":', u.categories, ',"connection_status":', coalesce(case v.state when 4 then '"connected"' when 1 then '"sent_connection_request"' when 2 then '"received_connection_request"' end, 'null'), '},"added_at":"', to_char(m.flagged_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","flag_type":', m.flag_type, ',"flag_type_description":"', (array['spam', 'aggressive', 'vulgar', 'poor', 'offtopic'])[m.flag_type + 1], '"}')::text as json
    from mark m join users u on u.id = m.member_id
    left join lateral (
    select * from relation tied where tied.member_id = $1::bigint and tied.other_id = u.id offset 0) v on true
    where m.target_id = $2::bigint and m.member_id = $1::bigint and m.kind = $3::smallint and m.flag_type is not null;

-- flags
-- $1 id, $2 limit, $3 viewer
with p as (
  select p.*, row_number() over () as n from (
    select * from (select k.member_id, k.flag_place as k0 from mark k where k.target_id = $1::bigint and k.kind = 1 and k.flag_place is not null
       and k.member_id not in (select member_id from erasure)
      order by k.flag_place desc limit 101) few limit $2::bigint + 1
  ) p
), page as (
  select p.n, json_build_array(p.k0)::text as key, /* Flag */ concat(/* User */ e'{"user":\x02User 011111\x1f', u.id, e'\x1f', u.xmin, e'\x1f', coalesce(case v.state when 4 then '"connected"' when 1 then '"sent_connection_request"' when 2 then '"received_connection_request"' end, 'null'), e'\x03,"added_at":"', to_char(m.flagged_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","flag_type":', m.flag_type, ',"flag_type_description":"', (array['spam', 'aggressive', 'vulgar', 'poor', 'offtopic'])[m.flag_type + 1], '"}') as row from p join mark m on m.target_id = $1::bigint and m.kind = 1 and m.member_id = p.member_id
  join users u on u.id = p.member_id
  left join lateral (
    select * from relation tied where tied.member_id = $3::bigint and tied.other_id = u.id offset 0) v on true
)
select (select flag_count - (select count(*) from erasure e where coalesce((select true from mark m where m.target_id = $1::bigint and m.kind = 1 and m.member_id = e.member_id
    and m.flagged_at is not null ), false)) from contribution where id = $1::bigint)::int as count, count(*)::int as n,
  count(*) filter (where n <= $2::bigint)::int as shown,
  string_agg(row::text, ',' order by n) filter (where n <= $2::bigint) as rows,
  max(key) filter (where n = 1) as nearest, max(key) filter (where n = $2::bigint) as farthest,
  null::text as repeated, concat(pg_current_snapshot(), ' ', pg_postmaster_start_time(), ' ', pg_relation_filepath('pg_class'), ' ', (select xmin from public_address)) as at,
  null::text as tables, '' as held
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
    ), emitted as (
    insert into event (id, type, created, body, txid, audience)
  select event_id, type, $3::timestamptz, concat('{"event_id":', event_id, ',"type":"', type, '","created":',
      extract(epoch from $3::timestamptz::timestamptz), ',"data":', data, '}')::json, txid,
    (select version from webhook_listening where type = any(types))
  from (select pg_current_xact_id() as txid,
      case when (select check_event_source()) then nextval('event_id') end as event_id, type, data
    from (select 'status.follow' as type, concat('{"added_at":"', to_char(coalesce(marked.since, (select since from before)) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","user":', (select /* WebhookUser */ concat('{', replace(replace(replace(replace(u.profile_json,
    case when cardinality(u.tag_ids) > 0 then '"tags":[]' else '' end, concat('"tags":', case when u.tag_ids = '{}' then '[]' else (
    select /* Tag[] */ concat('[', string_agg(/* Tag */ concat('{"id":', t.id, ',"type":"', t.type, '","name":', to_json((t.name)::text)::text, ',"description":', coalesce(to_json((t.description)::text)::text, 'null'), ',"color":', to_json((t.color)::text)::text, ',"visible":', case when t.visible then 'true' else 'false' end, ',"visibility_boost":', case when t.visibility_boost then 'true' else 'false' end, ',"created_at":"', to_char(t.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","active":', case when t.active then 'true' else 'false' end, ',"deleted":', case when t.deleted then 'true' else 'false' end, '}'), ',' order by t.id), ']') from tag t
    where t.id = any(u.tag_ids) and t.active and not t.deleted and t.visible) end)),
    case when u.avatar is null then '"avatar":null' when u.avatar like '/%' then '"avatar":"/' else '' end,
    concat(e'"avatar":"\x04', case when u.avatar is null then concat('/api/v2/avatar/', u.id, '"') else '/' end)),
    case when u.cover like '/%' then '"cover":"/' else '' end, concat(e'"cover":"\x04/')),
    e'\x04', (select base from public_address)), ',"email":', coalesce(to_json((u.email)::text)::text, 'null'), ',"email_isvalid":', case when u.email_isvalid then 'true' else 'false' end, ',"followings_counter":', u.followings, ',"followers_counter":', u.followers, ',"connection_requests_sent_counter":', u.requests_sent, ',"connection_requests_received_counter":', u.requests_received, ',"connections_counter":', u.connections, ',"posts_counter":', u.posts, ',"discussions_counter":', u.discussions, ',"statuses_counter":', u.statuses, ',"polls_counter":', u.polls, '}') from actor u),
    /* WebhookStatusWithin */ ',"status":{"id":', c.id, ',"categories":', case when c.categories = '{}' then '[]' else (select concat('[', string_agg(/* WebhookCategory */ concat('{"id":', category.id, ',"tags":', case when category.tag_ids = '{}' then '[]' else (
    select /* Tag[] */ concat('[', string_agg(/* Tag */ concat('{"id":', t.id, ',"type":"', t.type, '","name":', to_json((t.name)::text)::text, ',"description":', coalesce(to_json((t.description)::text)::text, 'null'), ',"color":', to_json((t.color)::text)::text, ',"visible":', case when t.visible then 'true' else 'false' end, ',"visibility_boost":', case when t.visibility_boost then 'true' else 'false' end, ',"created_at":"', to_char(t.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","active":', case when t.active then 'true' else 'false' end, ',"deleted":', case when t.deleted then 'true' else 'false' end, '}'), ',' order by t.id), ']') from tag t
    where t.id = any(category.tag_ids) and t.active and not t.deleted and t.visible) end, ',"followed":', case when f.member_id is not null then 'true' else 'false' end, ',', replace(category.shown_json, e'\x04', public_base()), ',"followers_counter":', category.followers, '}'), ',' order by named.nth), ']')
    from unnest(c.categories) with ordinality named(id, nth)
    cross join lateral (select k.*, k.xmin from category k where k.id = named.id limit 1) category
    left join category_follower f on f.category_id = category.id and f.member_id = c.author_id) end, ',"medias":', case when c.medias = '{}' then '[]' else (select concat('[', string_agg(/* WebhookMedia */ concat('{"id":', media.id, ',"added_at":"', to_char(media.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","type":"', media.type, '","title":', to_json((media.title)::text)::text, ',"description":', to_json((media.description)::text)::text, ',"url":', to_json((coalesce(case when media.url like '/%' then concat(public_base(), media.url) else media.url end, ''))::text)::text, ',"image":', to_json((coalesce(case when media.image like '/%' then concat(public_base(), media.image) else media.image end, ''))::text)::text, ',"image_width":', coalesce(media.image_width, 0), ',"image_height":', coalesce(media.image_height, 0), ',"order":', n.nth - 1, ',"embed":', coalesce(case when media.embedded_id is not null then (select /* Embed */ concat('{"id":', e.id, ',"embed_type":', to_json((e.embed_type)::text)::text, ',"embed_id":', to_json((e.embed_id)::text)::text, ',"url":', coalesce(to_json((e.url)::text)::text, 'null'), ',"metadata":', e.metadata::text, '}') from embed e where e.id = media.embedded_id)
      when media.embed_type is null then 'null' else concat('{"id":null,"embed_type":"', media.embed_type,
      '","embed_id":', to_json(media.embed_id), ',"url":', coalesce(to_json(media.url)::text, 'null'),
      ',"metadata":', replace(media.metadata::text, '"url":"/files/', concat('"url":"', public_base(), '/files/')), '}') end, 'null'), '}'), ',' order by n.nth), ']')
    from unnest(c.medias) with ordinality n(id, nth) join media on media.id = n.id) end, ',"location":', coalesce(case when c.location is null then 'null' else json_build_object('location', c.location, 'lat', c.lat, 'lng', c.lng)::text end, 'null'), ',"poll":', coalesce(case when c.poll_id is not null then
      (select /* WebhookPoll */ concat('{"id":', p.id, ',"title":', to_json((p.title)::text)::text, ',"multiple_choices":', case when p.multiple_choices then 'true' else 'false' end, ',"added_at":"', to_char(p.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","modified_at":"', to_char(p.modified_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","closed":', case when p.closed or coalesce(p.expiration_at <= now(), false) then 'true' else 'false' end, ',"expiration_at":', coalesce('"' || (to_char(p.expiration_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), ',"hidden":', case when false then 'true' else 'false' end, ',"choices":', (select concat('[', string_agg(/* WebhookPollChoice */ concat('{"id":', ch.id, ',"choice":', to_json((ch.choice)::text)::text, ',"order":', ch.position, ',"added_at":"', to_char(ch.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","deleted":', case when false then 'true' else 'false' end, ',"vote_count":', ch.vote_count, '}'), ',' order by ch.position, ch.id), ']')
        from poll_choice ch where ch.poll_id = p.id), '}') from poll p where p.id = c.poll_id) end, 'null'), ',"last_activity_at":"', to_char(c.last_activity_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","last_edited_at":', coalesce('"' || (to_char(c.last_edited_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), ',"author":', (select /* WebhookAuthor */ concat('{', replace(replace(replace(replace(replace(u.profile_json,
    case when cardinality(u.tag_ids) > 0 then '"tags":[]' else '' end, concat('"tags":', case when u.tag_ids = '{}' then '[]' else (
    select /* Tag[] */ concat('[', string_agg(/* Tag */ concat('{"id":', t.id, ',"type":"', t.type, '","name":', to_json((t.name)::text)::text, ',"description":', coalesce(to_json((t.description)::text)::text, 'null'), ',"color":', to_json((t.color)::text)::text, ',"visible":', case when t.visible then 'true' else 'false' end, ',"visibility_boost":', case when t.visibility_boost then 'true' else 'false' end, ',"created_at":"', to_char(t.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","active":', case when t.active then 'true' else 'false' end, ',"deleted":', case when t.deleted then 'true' else 'false' end, '}'), ',' order by t.id), ']') from tag t
    where t.id = any(u.tag_ids) and t.active and not t.deleted and t.visible) end)),
    case when u.avatar is null then '"avatar":null' when u.avatar like '/%' then '"avatar":"/' else '' end,
    concat(e'"avatar":"\x04', case when u.avatar is null then concat('/api/v2/avatar/', u.id, '"') else '/' end)),
    case when u.cover like '/%' then '"cover":"/' else '' end, concat(e'"cover":"\x04/')),
    e'\x04', (select base from public_address)), concat('"status":"', case u.status when 'w' then 'a' else u.status::text end, '",'), ''), ',"followings_counter":', u.followings, ',"followers_counter":', u.followers, ',"connection_requests_sent_counter":', u.requests_sent, ',"connection_requests_received_counter":', u.requests_received, ',"connections_counter":', u.connections, ',"posts_counter":', u.posts, ',"discussions_counter":', u.discussions, ',"statuses_counter":', u.statuses, ',"polls_counter":', u.polls, '}') from author u), ',"added_at":"', to_char(c.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","html":', to_json((c.html)::text)::text, ',"summary":', to_json((c.summary)::text)::text, ',"deleted":', case when c.deleted then 'true' else 'false' end, ',"collapsed":', case when c.collapsed then 'true' else 'false' end, ',"comment_count":', c.comment_count, ',"vote_count":', c.vote_count, ',"flag_count":', c.flag_count, ',"share_count":', c.share_count, ',"addressing":', array_to_json(c.addressing)::text, ',"tags":', case when c.tag_ids = '{}' then '[]' else (
    select /* Tag[] */ concat('[', string_agg(/* Tag */ concat('{"id":', t.id, ',"type":"', t.type, '","name":', to_json((t.name)::text)::text, ',"description":', coalesce(to_json((t.description)::text)::text, 'null'), ',"color":', to_json((t.color)::text)::text, ',"visible":', case when t.visible then 'true' else 'false' end, ',"visibility_boost":', case when t.visibility_boost then 'true' else 'false' end, ',"created_at":"', to_char(t.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","active":', case when t.active then 'true' else 'false' end, ',"deleted":', case when t.deleted then 'true' else 'false' end, '}'), ',' order by t.id), ']') from tag t
    where t.id = any(c.tag_ids) and t.active and not t.deleted and t.visible) end, '}}') as data from c, marked where marked.since is not null union all select 'status.unfollow' as type, concat('{"added_at":"', to_char(coalesce(marked.since, (select since from before)) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","user":', (select /* WebhookUser */ concat('{', replace(replace(replace(replace(u.profile_json,
    case when cardinality(u.tag_ids) > 0 then '"tags":[]' else '' end, concat('"tags":', case when u.tag_ids = '{}' then '[]' else (
    select /* Tag[] */ concat('[', string_agg(/* Tag */ concat('{"id":', t.id, ',"type":"', t.type, '","name":', to_json((t.name)::text)::text, ',"description":', coalesce(to_json((t.description)::text)::text, 'null'), ',"color":', to_json((t.color)::text)::text, ',"visible":', case when t.visible then 'true' else 'false' end, ',"visibility_boost":', case when t.visibility_boost then 'true' else 'false' end, ',"created_at":"', to_char(t.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","active":', case when t.active then 'true' else 'false' end, ',"deleted":', case when t.deleted then 'true' else 'false' end, '}'), ',' order by t.id), ']') from tag t
    where t.id = any(u.tag_ids) and t.active and not t.deleted and t.visible) end)),
    case when u.avatar is null then '"avatar":null' when u.avatar like '/%' then '"avatar":"/' else '' end,
    concat(e'"avatar":"\x04', case when u.avatar is null then concat('/api/v2/avatar/', u.id, '"') else '/' end)),
    case when u.cover like '/%' then '"cover":"/' else '' end, concat(e'"cover":"\x04/')),
    e'\x04', (select base from public_address)), ',"email":', coalesce(to_json((u.email)::text)::text, 'null'), ',"email_isvalid":', case when u.email_isvalid then 'true' else 'false' end, ',"followings_counter":', u.followings, ',"followers_counter":', u.followers, ',"connection_requests_sent_counter":', u.requests_sent, ',"connection_requests_received_counter":', u.requests_received, ',"connections_counter":', u.connections, ',"posts_counter":', u.posts, ',"discussions_counter":', u.discussions, ',"statuses_counter":', u.statuses, ',"polls_counter":', u.polls, '}') from actor u),
    /* WebhookStatusWithin */ ',"status":{"id":', c.id, ',"categories":', case when c.categories = '{}' then '[]' else (select concat('[', string_agg(/* WebhookCategory */ concat('{"id":', category.id, ',"tags":', case when category.tag_ids = '{}' then '[]' else (
    select /* Tag[] */ concat('[', string_agg(/* Tag */ concat('{"id":', t.id, ',"type":"', t.type, '","name":', to_json((t.name)::text)::text, ',"description":', coalesce(to_json((t.description)::text)::text, 'null'), ',"color":', to_json((t.color)::text)::text, ',"visible":', case when t.visible then 'true' else 'false' end, ',"visibility_boost":', case when t.visibility_boost then 'true' else 'false' end, ',"created_at":"', to_char(t.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","active":', case when t.active then 'true' else 'false' end, ',"deleted":', case when t.deleted then 'true' else 'false' end, '}'), ',' order by t.id), ']') from tag t
    where t.id = any(category.tag_ids) and t.active and not t.deleted and t.visible) end, ',"followed":', case when f.member_id is not null then 'true' else 'false' end, ',', replace(category.shown_json, e'\x04', public_base()), ',"followers_counter":', category.followers, '}'), ',' order by named.nth), ']')
    from unnest(c.categories) with ordinality named(id, nth)
    cross join lateral (select k.*, k.xmin from category k where k.id = named.id limit 1) category
    left join category_follower f on f.category_id = category.id and f.member_id = c.author_id) end, ',"medias":', case when c.medias = '{}' then '[]' else (select concat('[', string_agg(/* WebhookMedia */ concat('{"id":', media.id, ',"added_at":"', to_char(media.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","type":"', media.type, '","title":', to_json((media.title)::text)::text, ',"description":', to_json((media.description)::text)::text, ',"url":', to_json((coalesce(case when media.url like '/%' then concat(public_base(), media.url) else media.url end, ''))::text)::text, ',"image":', to_json((coalesce(case when media.image like '/%' then concat(public_base(), media.image) else media.image end, ''))::text)::text, ',"image_width":', coalesce(media.image_width, 0), ',"image_height":', coalesce(media.image_height, 0), ',"order":', n.nth - 1, ',"embed":', coalesce(case when media.embedded_id is not null then (select /* Embed */ concat('{"id":', e.id, ',"embed_type":', to_json((e.embed_type)::text)::text, ',"embed_id":', to_json((e.embed_id)::text)::text, ',"url":', coalesce(to_json((e.url)::text)::text, 'null'), ',"metadata":', e.metadata::text, '}') from embed e where e.id = media.embedded_id)
      when media.embed_type is null then 'null' else concat('{"id":null,"embed_type":"', media.embed_type,
      '","embed_id":', to_json(media.embed_id), ',"url":', coalesce(to_json(media.url)::text, 'null'),
      ',"metadata":', replace(media.metadata::text, '"url":"/files/', concat('"url":"', public_base(), '/files/')), '}') end, 'null'), '}'), ',' order by n.nth), ']')
    from unnest(c.medias) with ordinality n(id, nth) join media on media.id = n.id) end, ',"location":', coalesce(case when c.location is null then 'null' else json_build_object('location', c.location, 'lat', c.lat, 'lng', c.lng)::text end, 'null'), ',"poll":', coalesce(case when c.poll_id is not null then
      (select /* WebhookPoll */ concat('{"id":', p.id, ',"title":', to_json((p.title)::text)::text, ',"multiple_choices":', case when p.multiple_choices then 'true' else 'false' end, ',"added_at":"', to_char(p.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","modified_at":"', to_char(p.modified_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","closed":', case when p.closed or coalesce(p.expiration_at <= now(), false) then 'true' else 'false' end, ',"expiration_at":', coalesce('"' || (to_char(p.expiration_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), ',"hidden":', case when false then 'true' else 'false' end, ',"choices":', (select concat('[', string_agg(/* WebhookPollChoice */ concat('{"id":', ch.id, ',"choice":', to_json((ch.choice)::text)::text, ',"order":', ch.position, ',"added_at":"', to_char(ch.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","deleted":', case when false then 'true' else 'false' end, ',"vote_count":', ch.vote_count, '}'), ',' order by ch.position, ch.id), ']')
        from poll_choice ch where ch.poll_id = p.id), '}') from poll p where p.id = c.poll_id) end, 'null'), ',"last_activity_at":"', to_char(c.last_activity_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","last_edited_at":', coalesce('"' || (to_char(c.last_edited_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), ',"author":', (select /* WebhookAuthor */ concat('{', replace(replace(replace(replace(replace(u.profile_json,
    case when cardinality(u.tag_ids) > 0 then '"tags":[]' else '' end, concat('"tags":', case when u.tag_ids = '{}' then '[]' else (
    select /* Tag[] */ concat('[', string_agg(/* Tag */ concat('{"id":', t.id, ',"type":"', t.type, '","name":', to_json((t.name)::text)::text, ',"description":', coalesce(to_json((t.description)::text)::text, 'null'), ',"color":', to_json((t.color)::text)::text, ',"visible":', case when t.visible then 'true' else 'false' end, ',"visibility_boost":', case when t.visibility_boost then 'true' else 'false' end, ',"created_at":"', to_char(t.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","active":', case when t.active then 'true' else 'false' end, ',"deleted":', case when t.deleted then 'true' else 'false' end, '}'), ',' order by t.id), ']') from tag t
    where t.id = any(u.tag_ids) and t.active and not t.deleted and t.visible) end)),
    case when u.avatar is null then '"avatar":null' when u.avatar like '/%' then '"avatar":"/' else '' end,
    concat(e'"avatar":"\x04', case when u.avatar is null then concat('/api/v2/avatar/', u.id, '"') else '/' end)),
    case when u.cover like '/%' then '"cover":"/' else '' end, concat(e'"cover":"\x04/')),
    e'\x04', (select base from public_address)), concat('"status":"', case u.status when 'w' then 'a' else u.status::text end, '",'), ''), ',"followings_counter":', u.followings, ',"followers_counter":', u.followers, ',"connection_requests_sent_counter":', u.requests_sent, ',"connection_requests_received_counter":', u.requests_received, ',"connections_counter":', u.connections, ',"posts_counter":', u.posts, ',"discussions_counter":', u.discussions, ',"statuses_counter":', u.statuses, ',"polls_counter":', u.polls, '}') from author u), ',"added_at":"', to_char(c.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","html":', to_json((c.html)::text)::text, ',"summary":', to_json((c.summary)::text)::text, ',"deleted":', case when c.deleted then 'true' else 'false' end, ',"collapsed":', case when c.collapsed then 'true' else 'false' end, ',"comment_count":', c.comment_count, ',"vote_count":', c.vote_count, ',"flag_count":', c.flag_count, ',"share_count":', c.share_count, ',"addressing":', array_to_json(c.addressing)::text, ',"tags":', case when c.tag_ids = '{}' then '[]' else (
    select /* Tag[] */ concat('[', string_agg(/* Tag */ concat('{"id":', t.id, ',"type":"', t.type, '","name":', to_json((t.name)::text)::text, ',"description":', coalesce(to_json((t.description)::text)::text, 'null'), ',"color":', to_json((t.color)::text)::text, ',"visible":', case when t.visible then 'true' else 'false' end, ',"visibility_boost":', case when t.visibility_boost then 'true' else 'false' end, ',"created_at":"', to_char(t.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","active":', case when t.active then 'true' else 'false' end, ',"deleted":', case when t.deleted then 'true' else 'false' end, '}'), ',' order by t.id), ']') from tag t
    where t.id = any(c.tag_ids) and t.active and not t.deleted and t.visible) end, '}}') as data from c, marked where marked.since is null) emitted offset 0) numbered)
    select since is not null as on from marked;

-- hide or show
-- $1 id, $2 member, $3 kind
insert into mark as k (target_id, member_id, kind, hidden)
    values ($1::bigint, $2::bigint, $3::smallint, true)
    on conflict (target_id, member_id, kind) do update set hidden = not k.hidden;

-- lock a target to count its reactions
-- $1 id
select from contribution where id = $1::bigint for update;

-- lock targets
-- $1 ids
select from contribution where id = any($1::bigint[]) order by id for no key update;

-- of a member
-- $1 id, $2 kind, $3 member
select m.followed_at is not null as followed, m.suspended_at is not null as suspended, m.hidden
    from mark m where m.target_id = $1::bigint and m.kind = $2::smallint and m.member_id = $3::bigint;

-- reaction to vote with
-- $1 author, $2 id, $3 member, $4 kind, $5 reaction
select r.active, m.reaction as before, m.voted_at as since,
      exists (select b.member_id from notification_box b where b.member_id = $1::bigint and true
      order by b.member_id for no key update of b skip locked) as boxed
    from reaction r left join mark m on m.target_id = $2::bigint and m.member_id = $3::bigint and m.kind = $4::smallint
    where r.id = $5::bigint;

-- reactions that have drifted
-- $1 most
with kept as (
      select t.id, t.author_id, key::bigint as reaction, value::int as n
      from contribution t cross join lateral jsonb_each_text(t.reactions) where t.reactions <> '{}'
    ), counted as (
      select target_id as id, reaction, count(*)::int as n from mark
      where kind in (1,2,3) and reaction <> 1 group by 1, 2
    )
    select 'reaction ' || reaction || ' of contribution ' || id as what, coalesce(author_id, 0) as member, coalesce(kept.n, 0) as kept,
      coalesce(counted.n, 0) as counted, 'reactions' as repair, array[1, id]::bigint[] as of
    from kept full join counted using (id, reaction) where coalesce(kept.n, 0) <> coalesce(counted.n, 0)
    order by what limit $1::bigint;

-- vote
-- $1 votes, $2 now
with sent as materialized (
      select * from json_to_recordset($1::json) as s(target_id bigint,voter bigint,author bigint,reaction bigint,before bigint,since timestamptz,begins boolean,type smallint,actor_id bigint,kind smallint,subject_id bigint,owner_id bigint,part_kind smallint,part_id bigint,under_id bigint,under_owner_id bigint,once boolean,data jsonb)
    ), marked as (
      insert into mark as k (target_id, member_id, kind, reaction, voted_at, vote_place)
      select target_id, voter, 1, reaction, $2::timestamptz, nextval('contribution_place') from sent
      on conflict (target_id, member_id, kind) do update set reaction = case when k.reaction = excluded.reaction then null else excluded.reaction end,
        voted_at = case when k.reaction = excluded.reaction then null else excluded.voted_at end,
        vote_place = case when k.reaction = excluded.reaction then null else excluded.vote_place end
    ), c as (
      update contribution t set vote_count = t.vote_count + s.begins::int - (s.before is not null)::int
      from sent s where t.id = s.target_id returning t.*
    ), rendered as materialized (
      select s.*, shown.* from sent s join c on c.id = s.target_id cross join lateral (
        with author as materialized (
      select * from users where id = c.author_id
    ), actor as materialized (
      select * from users where id = s.voter
    )
        select (select /* WebhookUser */ concat('{', replace(replace(replace(replace(u.profile_json,
    case when cardinality(u.tag_ids) > 0 then '"tags":[]' else '' end, concat('"tags":', case when u.tag_ids = '{}' then '[]' else (
    select /* Tag[] */ concat('[', string_agg(/* Tag */ concat('{"id":', t.id, ',"type":"', t.type, '","name":', to_json((t.name)::text)::text, ',"description":', coalesce(to_json((t.description)::text)::text, 'null'), ',"color":', to_json((t.color)::text)::text, ',"visible":', case when t.visible then 'true' else 'false' end, ',"visibility_boost":', case when t.visibility_boost then 'true' else 'false' end, ',"created_at":"', to_char(t.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","active":', case when t.active then 'true' else 'false' end, ',"deleted":', case when t.deleted then 'true' else 'false' end, '}'), ',' order by t.id), ']') from tag t
    where t.id = any(u.tag_ids) and t.active and not t.deleted and t.visible) end)),
    case when u.avatar is null then '"avatar":null' when u.avatar like '/%' then '"avatar":"/' else '' end,
    concat(e'"avatar":"\x04', case when u.avatar is null then concat('/api/v2/avatar/', u.id, '"') else '/' end)),
    case when u.cover like '/%' then '"cover":"/' else '' end, concat(e'"cover":"\x04/')),
    e'\x04', (select base from public_address)), ',"email":', coalesce(to_json((u.email)::text)::text, 'null'), ',"email_isvalid":', case when u.email_isvalid then 'true' else 'false' end, ',"followings_counter":', u.followings, ',"followers_counter":', u.followers, ',"connection_requests_sent_counter":', u.requests_sent, ',"connection_requests_received_counter":', u.requests_received, ',"connections_counter":', u.connections, ',"posts_counter":', u.posts, ',"discussions_counter":', u.discussions, ',"statuses_counter":', u.statuses, ',"polls_counter":', u.polls, '}') from actor u) as member, /* WebhookStatusWithin */ concat('{"id":', c.id, ',"categories":', case when c.categories = '{}' then '[]' else (select concat('[', string_agg(/* WebhookCategory */ concat('{"id":', category.id, ',"tags":', case when category.tag_ids = '{}' then '[]' else (
    select /* Tag[] */ concat('[', string_agg(/* Tag */ concat('{"id":', t.id, ',"type":"', t.type, '","name":', to_json((t.name)::text)::text, ',"description":', coalesce(to_json((t.description)::text)::text, 'null'), ',"color":', to_json((t.color)::text)::text, ',"visible":', case when t.visible then 'true' else 'false' end, ',"visibility_boost":', case when t.visibility_boost then 'true' else 'false' end, ',"created_at":"', to_char(t.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","active":', case when t.active then 'true' else 'false' end, ',"deleted":', case when t.deleted then 'true' else 'false' end, '}'), ',' order by t.id), ']') from tag t
    where t.id = any(category.tag_ids) and t.active and not t.deleted and t.visible) end, ',"followed":', case when f.member_id is not null then 'true' else 'false' end, ',', replace(category.shown_json, e'\x04', public_base()), ',"followers_counter":', category.followers, '}'), ',' order by named.nth), ']')
    from unnest(c.categories) with ordinality named(id, nth)
    cross join lateral (select k.*, k.xmin from category k where k.id = named.id limit 1) category
    left join category_follower f on f.category_id = category.id and f.member_id = c.author_id) end, ',"medias":', case when c.medias = '{}' then '[]' else (select concat('[', string_agg(/* WebhookMedia */ concat('{"id":', media.id, ',"added_at":"', to_char(media.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","type":"', media.type, '","title":', to_json((media.title)::text)::text, ',"description":', to_json((media.description)::text)::text, ',"url":', to_json((coalesce(case when media.url like '/%' then concat(public_base(), media.url) else media.url end, ''))::text)::text, ',"image":', to_json((coalesce(case when media.image like '/%' then concat(public_base(), media.image) else media.image end, ''))::text)::text, ',"image_width":', coalesce(media.image_width, 0), ',"image_height":', coalesce(media.image_height, 0), ',"order":', n.nth - 1, ',"embed":', coalesce(case when media.embedded_id is not null then (select /* Embed */ concat('{"id":', e.id, ',"embed_type":', to_json((e.embed_type)::text)::text, ',"embed_id":', to_json((e.embed_id)::text)::text, ',"url":', coalesce(to_json((e.url)::text)::text, 'null'), ',"metadata":', e.metadata::text, '}') from embed e where e.id = media.embedded_id)
      when media.embed_type is null then 'null' else concat('{"id":null,"embed_type":"', media.embed_type,
      '","embed_id":', to_json(media.embed_id), ',"url":', coalesce(to_json(media.url)::text, 'null'),
      ',"metadata":', replace(media.metadata::text, '"url":"/files/', concat('"url":"', public_base(), '/files/')), '}') end, 'null'), '}'), ',' order by n.nth), ']')
    from unnest(c.medias) with ordinality n(id, nth) join media on media.id = n.id) end, ',"location":', coalesce(case when c.location is null then 'null' else json_build_object('location', c.location, 'lat', c.lat, 'lng', c.lng)::text end, 'null'), ',"poll":', coalesce(case when c.poll_id is not null then
      (select /* WebhookPoll */ concat('{"id":', p.id, ',"title":', to_json((p.title)::text)::text, ',"multiple_choices":', case when p.multiple_choices then 'true' else 'false' end, ',"added_at":"', to_char(p.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","modified_at":"', to_char(p.modified_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","closed":', case when p.closed or coalesce(p.expiration_at <= now(), false) then 'true' else 'false' end, ',"expiration_at":', coalesce('"' || (to_char(p.expiration_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), ',"hidden":', case when false then 'true' else 'false' end, ',"choices":', (select concat('[', string_agg(/* WebhookPollChoice */ concat('{"id":', ch.id, ',"choice":', to_json((ch.choice)::text)::text, ',"order":', ch.position, ',"added_at":"', to_char(ch.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","deleted":', case when false then 'true' else 'false' end, ',"vote_count":', ch.vote_count, '}'), ',' order by ch.position, ch.id), ']')
        from poll_choice ch where ch.poll_id = p.id), '}') from poll p where p.id = c.poll_id) end, 'null'), ',"last_activity_at":"', to_char(c.last_activity_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","last_edited_at":', coalesce('"' || (to_char(c.last_edited_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), ',"author":', (select /* WebhookAuthor */ concat('{', replace(replace(replace(replace(replace(u.profile_json,
    case when cardinality(u.tag_ids) > 0 then '"tags":[]' else '' end, concat('"tags":', case when u.tag_ids = '{}' then '[]' else (
    select /* Tag[] */ concat('[', string_agg(/* Tag */ concat('{"id":', t.id, ',"type":"', t.type, '","name":', to_json((t.name)::text)::text, ',"description":', coalesce(to_json((t.description)::text)::text, 'null'), ',"color":', to_json((t.color)::text)::text, ',"visible":', case when t.visible then 'true' else 'false' end, ',"visibility_boost":', case when t.visibility_boost then 'true' else 'false' end, ',"created_at":"', to_char(t.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","active":', case when t.active then 'true' else 'false' end, ',"deleted":', case when t.deleted then 'true' else 'false' end, '}'), ',' order by t.id), ']') from tag t
    where t.id = any(u.tag_ids) and t.active and not t.deleted and t.visible) end)),
    case when u.avatar is null then '"avatar":null' when u.avatar like '/%' then '"avatar":"/' else '' end,
    concat(e'"avatar":"\x04', case when u.avatar is null then concat('/api/v2/avatar/', u.id, '"') else '/' end)),
    case when u.cover like '/%' then '"cover":"/' else '' end, concat(e'"cover":"\x04/')),
    e'\x04', (select base from public_address)), concat('"status":"', case u.status when 'w' then 'a' else u.status::text end, '",'), ''), ',"followings_counter":', u.followings, ',"followers_counter":', u.followers, ',"connection_requests_sent_counter":', u.requests_sent, ',"connection_requests_received_counter":', u.requests_received, ',"connections_counter":', u.connections, ',"posts_counter":', u.posts, ',"discussions_counter":', u.discussions, ',"statuses_counter":', u.statuses, ',"polls_counter":', u.polls, '}') from author u), ',"added_at":"', to_char(c.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","html":', to_json((c.html)::text)::text, ',"summary":', to_json((c.summary)::text)::text, ',"deleted":', case when c.deleted then 'true' else 'false' end, ',"collapsed":', case when c.collapsed then 'true' else 'false' end, ',"comment_count":', c.comment_count, ',"vote_count":', c.vote_count, ',"flag_count":', c.flag_count, ',"share_count":', c.share_count, ',"addressing":', array_to_json(c.addressing)::text, ',"tags":', case when c.tag_ids = '{}' then '[]' else (
    select /* Tag[] */ concat('[', string_agg(/* Tag */ concat('{"id":', t.id, ',"type":"', t.type, '","name":', to_json((t.name)::text)::text, ',"description":', coalesce(to_json((t.description)::text)::text, 'null'), ',"color":', to_json((t.color)::text)::text, ',"visible":', case when t.visible then 'true' else 'false' end, ',"visibility_boost":', case when t.visibility_boost then 'true' else 'false' end, ',"created_at":"', to_char(t.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","active":', case when t.active then 'true' else 'false' end, ',"deleted":', case when t.deleted then 'true' else 'false' end, '}'), ',' order by t.id), ']') from tag t
    where t.id = any(c.tag_ids) and t.active and not t.deleted and t.visible) end, '}') as target
      ) shown
    ), n as materialized (
      select nextval('notification_notice_id_seq') as id, n.*, $2::timestamptz as at
      from (select r.*, r.author as member_id from rendered r where r.begins) n join notification_box b on b.member_id = n.member_id where not b.closed and not (n.actor_id = n.member_id and not (n.type in (99)) or not exists (
      select from users u where u.id = n.member_id and u.status in ('a', 'b')
    ) or (exists (select from relation r where r.member_id = n.member_id
      and r.other_id in (n.actor_id, n.owner_id, n.under_owner_id) and (r.hidden_place is not null or r.hidden_by))
    or exists (select from hidden_author h where h.member_id = n.member_id and h.author_id in (n.actor_id, n.owner_id, n.under_owner_id))
    or exists (select from erasure e where e.member_id in (n.actor_id, n.owner_id, n.under_owner_id, n.member_id))
    or exists (select from addressed a where a.contribution_id = n.subject_id and a.kind = n.kind
      and (a.author_id is distinct from n.member_id and (not a.tags && array(select t.id from tag t
  where t.id = any((select m.tag_ids from users m where m.id = n.member_id)::bigint[]) and t.active and not t.deleted) and not exists (select from users m
  where m.id = n.member_id and m.status = 'a' and m.role in ('admin', 'moderator')))))
    or exists (select from mark m where m.target_id = n.subject_id and m.kind = n.kind and m.member_id = n.member_id
      and m.suspended_at is not null) and not (n.type in (50,51,52,54,65,66,67,68,69,70,71,73,74,75,76,77,78,79,83))) or n.once and exists (
      select from notification_notice w where w.type = n.type and w.actor_id = n.actor_id and w.kind = n.kind and w.subject_id = n.subject_id and w.part_kind = n.part_kind and w.part_id = n.part_id and w.once
    ))
    ), box as (
      update notification_box b set last = b.last + n.n, unseen = b.unseen + n.n, due_at = least(b.due_at, case
    when u.email is null or not u.email_isvalid then null
    when n.type = 37 and u.email_notification_not_qa = 1 or n.type <> 37 and u.qa_frequency = -1
      then greatest($2::timestamptz, b.mailed_at + interval '15 minutes')
    when n.type <> 37 and u.qa_frequency = 1 then $2::timestamptz::timestamptz + interval '1 day' end)
      from (select member_id, min(type) as type, count(*)::int as n from n group by 1) n, users u
      where b.member_id = n.member_id and not b.closed and u.id = b.member_id
      returning b.member_id, b.last - n.n as last
    ), placed as materialized (
      select n.id, n.member_id, n.kind, n.subject_id, case when (n.type in (1,2,4,9,16,19,37)) then 0 else n.id end as alone, n.actor_id, n.owner_id,
        box.last + row_number() over (partition by n.member_id order by n.id) as position
      from box join n on n.member_id = box.member_id
    ), grouped as (
      insert into notification_group as g (member_id, kind, subject_id, alone, last, n, unseen)
      select member_id, kind, subject_id, alone, max(position), count(*), count(*) from placed group by 1, 2, 3, 4
      on conflict (member_id, kind, subject_id, alone) do update
        set last = excluded.last, n = g.n + excluded.n, unseen = g.unseen + excluded.n
      returning id, member_id, kind, subject_id, alone
    ), told as (
      insert into notification (member_id, group_id, notice_id, position, actor_id, owner_id)
      select p.member_id, g.id, p.id, p.position, p.actor_id, p.owner_id from placed p
        join grouped g using (member_id, kind, subject_id, alone)
      returning notice_id
    ), noticed as (
      insert into notification_notice (id, type,actor_id,kind,subject_id,owner_id,part_kind,part_id,under_id,under_owner_id,once,data, at) overriding system value
      select n.id, n.type,n.actor_id,n.kind,n.subject_id,n.owner_id,n.part_kind,n.part_id,n.under_id,n.under_owner_id,n.once,n.data, n.at from n join told on told.notice_id = n.id
    ), emitted as (
      insert into event (id, type, created, body, txid, audience)
  select event_id, type, $2::timestamptz, concat('{"event_id":', event_id, ',"type":"', type, '","created":',
      extract(epoch from $2::timestamptz::timestamptz), ',"data":', data, '}')::json, txid,
    (select version from webhook_listening where type = any(types))
  from (select pg_current_xact_id() as txid,
      case when (select check_event_source()) then nextval('event_id') end as event_id, type, data
    from (select e.type, e.data from rendered r cross join lateral (
          select 'vote.deleted' as type, concat('{"user":', r.member, ',"voted_at":"', to_char(r.since at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","object_type":"status","status":', r.target, '}') as data where r.before is not null
          union all select 'vote.created', concat('{"user":', r.member, ',"voted_at":"', to_char($2::timestamptz at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","object_type":"status","status":', r.target, '}') where r.begins) e union all (select 'notification.vote_up' as type,
        concat('{"recipients":[', n.member_id, '],"type":"vote_up","active_at":"', to_char(n.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","status":', n.target, ',"user":', n.member, '}') as data
      from n join told on told.notice_id = n.id order by n.id)) emitted offset 0) numbered returning id, type
    ), announced as (insert into notification_event (event_id, notice_id)
      select e.id, n.id from (select id, row_number() over (order by id) as nth from emitted where type in ('notification.vote_up')) e
      join (select notice_id as id, row_number() over (order by notice_id) as nth from told) n on n.nth = e.nth)
    select where false;

-- votes
-- $1 id, $2 viewer, $3 limit
with p as (
  select p.*, row_number() over () as n from (
    select * from (select k.member_id, k.vote_place as k0 from mark k where k.target_id = $1::bigint and k.kind = 1 and k.vote_place is not null
         and k.member_id not in (select member_id from erasure) and k.member_id not in (select h.other_id from relation h
  where h.member_id = $2::bigint and (h.hidden_place is not null or h.hidden_by))
      order by k.vote_place desc limit 101) few limit $3::bigint + 1
  ) p
), page as (
  select p.n, json_build_array(p.k0)::text as key, /* Vote */ concat(/* User */ e'{"user":\x02User 011111\x1f', u.id, e'\x1f', u.xmin, e'\x1f', coalesce(case v.state when 4 then '"connected"' when 1 then '"sent_connection_request"' when 2 then '"received_connection_request"' end, 'null'), e'\x03,"reaction":', coalesce(case when m.reaction = 1 then (select /* Reaction */ concat(e'\x02Reaction\x1f', r.id, e'\x1f', r.xmin, e'\x03') from reaction r where r.id = 1)
    when m.reaction is not null then (select /* Reaction */ concat(e'\x02Reaction\x1f', r.id, e'\x1f', r.xmin, e'\x03') from reaction r where r.id = m.reaction) end, 'null'), ',"voted_at":"', to_char(m.voted_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '"}') as row from p join mark m on m.target_id = $1::bigint and m.kind = 1 and m.member_id = p.member_id
  join users u on u.id = p.member_id
  left join lateral (
    select * from relation tied where tied.member_id = $2::bigint and tied.other_id = u.id offset 0) v on true
)
select (select vote_count
          - (select count(*) from erasure e where coalesce((select true from mark m where m.target_id = $1::bigint and m.kind = 1 and m.member_id = e.member_id
    and m.voted_at is not null ), false)) - (select count(*) from relation h
  where h.member_id = $2::bigint and (h.hidden_place is not null or h.hidden_by) and coalesce((select true from mark m where m.target_id = $1::bigint and m.kind = 1 and m.member_id = h.other_id
    and m.voted_at is not null ), false)
    and not exists (select from erasure e where e.member_id = h.other_id))
          from contribution c where id = $1::bigint)::int as count, count(*)::int as n,
  count(*) filter (where n <= $3::bigint)::int as shown,
  string_agg(row::text, ',' order by n) filter (where n <= $3::bigint) as rows,
  max(key) filter (where n = 1) as nearest, max(key) filter (where n = $3::bigint) as farthest,
  null::text as repeated, concat(pg_current_snapshot(), ' ', pg_postmaster_start_time(), ' ', pg_relation_filepath('pg_class'), ' ', (select xmin from public_address)) as at,
  null::text as tables, '' as held
from page;

-- votes, usually
-- $1 id, $2 limit, $3 viewer
with p as (
  select p.*, row_number() over () as n from (
    select * from (select k.member_id, k.vote_place as k0 from mark k where k.target_id = $1::bigint and k.kind = 1 and k.vote_place is not null
         and k.member_id not in (select member_id from erasure) and true
      order by k.vote_place desc limit 101) few limit $2::bigint + 1
  ) p
), page as (
  select p.n, json_build_array(p.k0)::text as key, /* Vote */ concat(/* User */ e'{"user":\x02User 011111\x1f', u.id, e'\x1f', u.xmin, e'\x1f', coalesce(case v.state when 4 then '"connected"' when 1 then '"sent_connection_request"' when 2 then '"received_connection_request"' end, 'null'), e'\x03,"reaction":', coalesce(case when m.reaction = 1 then (select /* Reaction */ concat(e'\x02Reaction\x1f', r.id, e'\x1f', r.xmin, e'\x03') from reaction r where r.id = 1)
    when m.reaction is not null then (select /* Reaction */ concat(e'\x02Reaction\x1f', r.id, e'\x1f', r.xmin, e'\x03') from reaction r where r.id = m.reaction) end, 'null'), ',"voted_at":"', to_char(m.voted_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '"}') as row from p join mark m on m.target_id = $1::bigint and m.kind = 1 and m.member_id = p.member_id
  join users u on u.id = p.member_id
  left join lateral (
    select * from relation tied where tied.member_id = $3::bigint and tied.other_id = u.id offset 0) v on true
)
select (select vote_count
          - (select count(*) from erasure e where coalesce((select true from mark m where m.target_id = $1::bigint and m.kind = 1 and m.member_id = e.member_id
    and m.voted_at is not null ), false)) - (select count(*) from relation h
  where h.member_id = $3::bigint and (h.hidden_place is not null or h.hidden_by) and coalesce((select true from mark m where m.target_id = $1::bigint and m.kind = 1 and m.member_id = h.other_id
    and m.voted_at is not null ), false)
    and not exists (select from erasure e where e.member_id = h.other_id))
          from contribution c where id = $1::bigint)::int as count, count(*)::int as n,
  count(*) filter (where n <= $2::bigint)::int as shown,
  string_agg(row::text, ',' order by n) filter (where n <= $2::bigint) as rows,
  max(key) filter (where n = 1) as nearest, max(key) filter (where n = $2::bigint) as farthest,
  null::text as repeated, concat(pg_current_snapshot(), ' ', pg_postmaster_start_time(), ' ', pg_relation_filepath('pg_class'), ' ', (select xmin from public_address)) as at,
  null::text as tables, concat((not exists (select h.other_id from relation h
  where h.member_id = $3::bigint and (h.hidden_place is not null or h.hidden_by)))) as held
from page;

-- what a member has
-- $1 member, $2 after, $3 most
select m.target_id as key, json_build_object('status', m.target_id,
      'voted_at', m.voted_at, 'reaction', m.reaction, 'followed_at', m.followed_at, 'suspended_at', m.suspended_at,
      'hidden', m.hidden, 'flag_type', m.flag_type, 'flagged_at', m.flagged_at)::text as json
    from mark m where m.member_id = $1::bigint and m.kind = 1 and m.target_id > $2::bigint
    order by m.target_id limit $3::int;
