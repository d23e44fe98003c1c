-- Printed by `npm run sql`. The statements of a slice, as PostgreSQL is given them in their usual variant.

-- block
-- $1 id, $2 now, $3 days, $4 expire_at, $5 by
with was as materialized (
      select id, status from users where id = $1::bigint and status in ('a', 'b') for no key update
    ), changed as (
      update users u set status = 'b' where id = (select id from was where status = 'a') returning u.*
    ), kept as (
      insert into block as b (member_id, blocked_at, days, expire_at, reputation_delta, blocked_by)
      select id, $2::timestamptz, $3::int, $4::timestamptz, case when status = 'a' then -20 else 0 end, $5::bigint from was
      on conflict (member_id) do update set blocked_at = excluded.blocked_at, days = excluded.days,
        expire_at = excluded.expire_at, blocked_by = excluded.blocked_by
      returning *
    ), due as (
      insert into score_due (member_id, type, n) select id, -20, 1 from changed
    ), emitted as (
      insert into event (id, type, created, body, txid, audience)
  select event_id, type, $2::timestamptz, concat('{"event_id":', event_id, ',"type":"', type, '","created":',
      extract(epoch from $2::timestamptz::timestamptz), ',"data":', data, '}')::json, txid,
    (select version from webhook_listening where type = any(types))
  from (select pg_current_xact_id() as txid,
      case when (select check_event_source()) then nextval('event_id') end as event_id, type, data
    from (select 'user.updated' as type, /* WebhookUser */ concat('{', replace(replace(replace(replace(u.profile_json,
    case when cardinality(u.tag_ids) > 0 then '"tags":[]' else '' end, concat('"tags":', case when u.tag_ids = '{}' then '[]' else (
    select /* Tag[] */ concat('[', string_agg(/* Tag */ concat('{"id":', t.id, ',"type":"', t.type, '","name":', to_json((t.name)::text)::text, ',"description":', coalesce(to_json((t.description)::text)::text, 'null'), ',"color":', to_json((t.color)::text)::text, ',"visible":', case when t.visible then 'true' else 'false' end, ',"visibility_boost":', case when t.visibility_boost then 'true' else 'false' end, ',"created_at":"', to_char(t.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","active":', case when t.active then 'true' else 'false' end, ',"deleted":', case when t.deleted then 'true' else 'false' end, '}'), ',' order by t.id), ']') from tag t
    where t.id = any(u.tag_ids) and t.active and not t.deleted and t.visible) end)),
    case when u.avatar is null then '"avatar":null' when u.avatar like '/%' then '"avatar":"/' else '' end,
    concat(e'"avatar":"\x04', case when u.avatar is null then concat('/api/v2/avatar/', u.id, '"') else '/' end)),
    case when u.cover like '/%' then '"cover":"/' else '' end, concat(e'"cover":"\x04/')),
    e'\x04', (select base from public_address)), ',"email":', coalesce(to_json((u.email)::text)::text, 'null'), ',"email_isvalid":', case when u.email_isvalid then 'true' else 'false' end, ',"followings_counter":', u.followings, ',"followers_counter":', u.followers, ',"connection_requests_sent_counter":', u.requests_sent, ',"connection_requests_received_counter":', u.requests_received, ',"connections_counter":', u.connections, ',"posts_counter":', u.posts, ',"discussions_counter":', u.discussions, ',"statuses_counter":', u.statuses, ',"polls_counter":', u.polls, '}') as data from changed u) emitted offset 0) numbered
    )
    select exists (select from changed) as changed, reputation_delta, to_char(blocked_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"') as blocked_at,
      to_char(expire_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"') as expire_at from kept;

-- blocks that are over
-- $1 now, $2 batch
select member_id as id from block where expire_at <= $1::timestamptz order by expire_at, member_id limit $2::int;

-- cases
-- $1 min_flags, $2 kind, $3 id, $4 status, $5 author, $6 flagged_by, $7 content, $8 limit, $9 viewer
/* planned each time */ with p as (
  select p.*, row_number() over () as n from (
    select * from (select k.flagged_at as k0, k.target_id as k1, k.kind as k2 from moderation_case k where (k.flags > 0 or k.status <> 'o') and k.flags >= $1::int
      and ($2::smallint is null or k.kind = $2::smallint) and ($3::bigint is null or k.target_id = $3::bigint)
      and ($4::text is null or k.status::text = $4::text) and not exists (select from erasure e where e.member_id = k.author_id)
      and ($5::text is null or exists (select from users a where a.id = k.author_id and lower(a.username) like $5::text))
      and ($6::text is null or exists (select from mark f join users a on a.id = f.member_id
        where f.target_id = k.target_id and f.kind = k.kind and f.flag_type is not null and lower(a.username) like $6::text))
      and case when k.kind = 16
        then exists (select from comment t where t.id = k.target_id and not t.erased
          and ($7::text is null or lower(t.html) like $7::text))
        else exists (select from contribution t where t.id = k.target_id and not t.erased
          and ($7::text is null or lower(t.title || ' ' || t.html) like $7::text)) end
      order by k.flagged_at asc, k.target_id asc, k.kind asc limit 101) few limit $8::bigint + 1
  ) p
), light as (
  select * from (select p.*, sum(coalesce((select octet_length(c.html) from moderation_case k cross join lateral (
  select x.id, x.author_id, x.added_at, x.categories, x.title, x.html, x.summary, x.deleted, x.collapsed,
    null::bigint as parent_id, null::bigint as in_reply_to_id, x.comment_count, x.vote_count, x.reactions, x.flag_count,
    x.medias, x.share_count, x.poll_id is not null as polled, x.id as thread_id, x.kind as thread_kind, x.slug as thread_slug
  from contribution x where k.kind < 16 and x.id = k.target_id
  union all
  select m.id, m.author_id, m.added_at, '{}', '', m.html, m.summary, m.deleted, m.collapsed,
    m.parent_id, m.in_reply_to_id, m.comment_count, m.vote_count, m.reactions, m.flag_count,
    '{}', 0, false, x.id, x.kind, x.slug
  from comment m join contribution x on x.id = m.contribution_id where k.kind = 16 and m.id = k.target_id
) c
        where k.target_id = p.k1 and k.kind = p.k2), 0)) over (order by p.n) as total from p) p where n = 1 or total <= 1000000
), page as (
  select p.n, json_build_array(p.k0, p.k1, p.k2)::text as key, /* FlaggedContribution */ concat(concat('{"contribution_type":"', case k.kind when 1 then 'status' when 2 then 'post' when 3 then 'discussion' else 'comment' end, /* ModeratedThing */ '","contribution":{"id":', c.id, /* ModerationUser */ ',"author":{', replace(replace(replace(replace(u.profile_json,
    case when cardinality(u.tag_ids) > 0 then '"tags":[]' else '' end, concat('"tags":', case when u.tag_ids = '{}' then '[]' else (
    select /* Tag[] */ concat('[', string_agg(/* Tag */ concat('{"id":', t.id, ',"type":"', t.type, '","name":', to_json((t.name)::text)::text, ',"description":', coalesce(to_json((t.description)::text)::text, 'null'), ',"color":', to_json((t.color)::text)::text, ',"visible":', case when t.visible then 'true' else 'false' end, ',"visibility_boost":', case when t.visibility_boost then 'true' else 'false' end, ',"created_at":"', to_char(t.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","active":', case when t.active then 'true' else 'false' end, ',"deleted":', case when t.deleted then 'true' else 'false' end, '}'), ',' order by t.id), ']') from tag t
    where t.id = any(u.tag_ids) and t.active and not t.deleted and t.visible) end)),
    case when u.avatar is null then '"avatar":null' when u.avatar like '/%' then '"avatar":"/' else '' end,
    concat(e'"avatar":"\x04', case when u.avatar is null then concat('/api/v2/avatar/', u.id, '"') else '/' end)),
    case when u.cover like '/%' then '"cover":"/' else '' end, concat(e'"cover":"\x04/')),
    e'\x04', (select base from public_address)), ',', u.standing_json, ',"connection_requests_sent_counter":', u.requests_sent, ',"connection_requests_received_counter":', (u.requests_received + u.requests_rejected), ',"connections_counter":', u.connections, ',"posts_counter":', u.posts, ',"discussions_counter":', u.discussions, ',"statuses_counter":', u.statuses, ',"polls_counter":', u.polls, ',"categories_counter":', u.categories, ',"connection_status":', coalesce(case v.state when 4 then '"connected"' when 1 then '"sent_connection_request"' when 2 then '"received_connection_request"' end, 'null'), ',"blocked_at":', coalesce('"' || (to_char(b.blocked_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), ',"days_blocked":', coalesce((b.days)::text, 'null'), ',"expire_at":', coalesce('"' || (to_char(b.expire_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), ',"last_seen":', coalesce('"' || (to_char(null::timestamptz at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), ',"flags_given":', (select count(*) from mark f where f.member_id = u.id and f.flag_type is not null), ',"flags_received":', (select coalesce(sum(flags), 0) from moderation_case where author_id = u.id), ',"last_score_variation":', coalesce(coalesce((select concat('{"score":', s.points, ',"comment":', coalesce(to_json(s.comment)::text, 'null'),
        ',"reputed_at":"', to_char(s.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","created_by":',
        case when s.created_by is null then 'null' else (select /* User */ concat(e'\x02User 011111\x1f', u.id, e'\x1f', u.xmin, e'\x1f', coalesce(case v.state when 4 then '"connected"' when 1 then '"sent_connection_request"' when 2 then '"received_connection_request"' end, 'null'), e'\x03') from users u
  left join lateral (
    select * from relation tied where tied.member_id = $9::bigint and tied.other_id = u.id offset 0) v on true where u.id = s.created_by) end, '}')
      from score s where s.member_id = u.id and s.type = 10 order by s.at desc, s.id desc limit 1), 'null'), 'null'), '},"added_at":"', to_char(c.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","categories":', (select concat('[', string_agg(/* CategoryName */ concat('{"id":', g.id, ',"name":', to_json((g.name)::text)::text, ',"slug":', to_json((g.slug)::text)::text, '}'), ',' order by nth), ']')
      from unnest(c.categories) with ordinality named (id, nth) join category g on g.id = named.id), ',"title":', to_json((c.title)::text)::text, ',"html":', to_json((c.html)::text)::text, ',"summary":', to_json((c.summary)::text)::text, ',"deleted":', case when c.deleted then 'true' else 'false' end, ',"collapsed":', case when c.collapsed then 'true' else 'false' end, ',"parent":', coalesce((c.parent_id)::text, 'null'), ',"in_reply_to":', coalesce((c.in_reply_to_id)::text, 'null'), ',"comment_count":', c.comment_count, ',"vote_count":', c.vote_count, ',"reactions_count":', case when c.vote_count = 0 then '[]'
    when c.reactions = '{}' then concat('[{"count":', c.vote_count, ',"reaction":', (select /* Reaction */ concat(e'\x02Reaction\x1f', r.id, e'\x1f', r.xmin, e'\x03') from reaction r where r.id = 1), '}]')
    else (select concat('[', string_agg(concat('{"count":', n, /* Reaction */ e',"reaction":\x02Reaction\x1f', r.id, e'\x1f', r.xmin, e'\x03}'), ','
        order by n desc, r.id), ']')
      from (select 1::bigint as id,
    c.vote_count - coalesce((select sum(value::int) from jsonb_each_text(c.reactions)), 0)::int as n
  union all select key::bigint, value::int from jsonb_each_text(c.reactions)) counted join reaction r on r.id = counted.id where n > 0) end, ',"flag_count":', k.flags, ',"flag_count_detail":{"0":', k.by_type[1], ',"1":', k.by_type[2], ',"2":', k.by_type[3], ',"3":', k.by_type[4], ',"4":', k.by_type[5], '},"media_count_detail":{"url":', (select count(*) from media d where d.id = any(c.medias) and d.type = 'url'), ',"embed":', (select count(*) from media d where d.id = any(c.medias) and d.type = 'embed'), ',"image":', (select count(*) from media d where d.id = any(c.medias) and d.type = 'image'), ',"eimage":', (select count(*) from media d where d.id = any(c.medias) and d.type = 'eimage'), ',"doc":', (select count(*) from media d where d.id = any(c.medias) and d.type = 'doc'), ',"share":', (select count(*) from media d where d.id = any(c.medias) and d.type = 'share'), '},"share_count":', c.share_count, ',"has_poll":', case when c.polled then 'true' else 'false' end, ',"thread_id":', c.thread_id, ',"thread_type":"', case c.thread_kind when 1 then 'status' when 2 then 'post' when 3 then 'discussion' else 'comment' end, '","thread_slug":', to_json((c.thread_slug)::text)::text, '},"last_flagged_at":', coalesce('"' || (to_char(nullif(k.flagged_at, '1970-01-01 00:00:00+00'::timestamptz) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null')), concat(',"moderation_status":"', case coalesce(k.status, 'o') when 'o' then 'open' when 'i' then 'ignored' when 'h' then 'hidden' when 'd' then 'deleted' end, '","moderation_type":', coalesce((k.reason)::text, 'null'), ',"moderation_by":', coalesce(case when k.moderated_by is null then 'null' else (select /* User */ concat(e'\x02User 011111\x1f', u.id, e'\x1f', u.xmin, e'\x1f', coalesce(case v.state when 4 then '"connected"' when 1 then '"sent_connection_request"' when 2 then '"received_connection_request"' end, 'null'), e'\x03') from users u
  left join lateral (
    select * from relation tied where tied.member_id = $9::bigint and tied.other_id = u.id offset 0) v on true where u.id = k.moderated_by) end, 'null'), ',"moderation_at":', coalesce('"' || (to_char(nullif(k.moderated_at, '1970-01-01 00:00:00+00'::timestamptz) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), '}')) as row from light p join moderation_case k on k.target_id = p.k1 and k.kind = p.k2 cross join lateral (
  select x.id, x.author_id, x.added_at, x.categories, x.title, x.html, x.summary, x.deleted, x.collapsed,
    null::bigint as parent_id, null::bigint as in_reply_to_id, x.comment_count, x.vote_count, x.reactions, x.flag_count,
    x.medias, x.share_count, x.poll_id is not null as polled, x.id as thread_id, x.kind as thread_kind, x.slug as thread_slug
  from contribution x where k.kind < 16 and x.id = k.target_id
  union all
  select m.id, m.author_id, m.added_at, '{}', '', m.html, m.summary, m.deleted, m.collapsed,
    m.parent_id, m.in_reply_to_id, m.comment_count, m.vote_count, m.reactions, m.flag_count,
    '{}', 0, false, x.id, x.kind, x.slug
  from comment m join contribution x on x.id = m.contribution_id where k.kind = 16 and m.id = k.target_id
) c
        join users u on u.id = c.author_id left join lateral (
    select * from relation tied where tied.member_id = $9::bigint and tied.other_id = u.id offset 0) v on true left join block b on b.member_id = u.id
)
select (select count(*) from moderation_case k where (k.flags > 0 or k.status <> 'o') and k.flags >= $1::int
      and ($2::smallint is null or k.kind = $2::smallint) and ($3::bigint is null or k.target_id = $3::bigint)
      and ($4::text is null or k.status::text = $4::text) and not exists (select from erasure e where e.member_id = k.author_id)
      and ($5::text is null or exists (select from users a where a.id = k.author_id and lower(a.username) like $5::text))
      and ($6::text is null or exists (select from mark f join users a on a.id = f.member_id
        where f.target_id = k.target_id and f.kind = k.kind and f.flag_type is not null and lower(a.username) like $6::text))
      and case when k.kind = 16
        then exists (select from comment t where t.id = k.target_id and not t.erased
          and ($7::text is null or lower(t.html) like $7::text))
        else exists (select from contribution t where t.id = k.target_id and not t.erased
          and ($7::text is null or lower(t.title || ' ' || t.html) like $7::text)) end)::int as count, (select count(*) from p)::int as n,
  count(*) filter (where n <= $8::bigint)::int as shown,
  string_agg(row::text, ',' order by n) filter (where n <= $8::bigint) as rows,
  max(key) filter (where n = 1) as nearest, (array_agg(key order by n desc) filter (where n <= $8::bigint))[1] as farthest,
  null::text as repeated, concat(pg_current_snapshot(), ' ', pg_postmaster_start_time(), ' ', pg_relation_filepath('pg_class'), ' ', (select xmin from public_address)) as at,
  null::text as tables, '' as held
from page;

-- count the flags of a case again, lock
-- $1 kind, $2 id
select from contribution where $1::bigint < 16 and id = $2::bigint for update;

-- count the flags of a case again, step 1
-- $1 kind, $2 id
select from comment where $1::bigint = 16 and id = $2::bigint for update;

-- count the flags of a case again, step 2
-- $1 kind, $2 id
insert into moderation_case (kind, target_id, author_id)
     select $1::bigint, $2::bigint, author from author_of_mark($1::bigint::smallint, $2::bigint) author where author is not null
     on conflict do nothing;

-- count the flags of a case again, step 3
-- $1 id, $2 kind
update moderation_case k set (flags, by_type, flagged_at) = (
       select count(*), array[count(*) filter (where flag_type = 0), count(*) filter (where flag_type = 1), count(*) filter (where flag_type = 2), count(*) filter (where flag_type = 3), count(*) filter (where flag_type = 4)]::int[], greatest(k.flagged_at, max(m.flagged_at)) from mark m
       where m.target_id = $1::bigint and m.kind = $2::bigint and m.flag_type is not null
     ) where k.kind = $2::bigint and k.target_id = $1::bigint;

-- decide a case
-- $1 kind, $2 id, $3 author, $4 status, $5 reason, $6 moderator, $7 now
insert into moderation_case (kind, target_id, author_id, status, reason, moderated_by, moderated_at)
    values ($1::smallint, $2::bigint, $3::bigint, $4::"char", $5::smallint, $6::bigint, $7::timestamptz)
    on conflict (target_id, kind) do update set status = excluded.status, reason = excluded.reason,
      moderated_by = excluded.moderated_by, moderated_at = excluded.moderated_at;

-- end a block
-- $1 id, $2 now
with was as materialized (
      select u.id, u.status from users u where u.id = $1::bigint and u.status in ('a', 'b') for no key update
    ), held as materialized (
      select * from block where member_id = (select id from was) for update
    ), changed as (
      update users u set status = 'a' where id = (select id from was where status = 'b')
         returning u.*
    ), ended as (
      delete from block where member_id = (select id from changed) returning reputation_delta
    ), due as (
      insert into score_due (member_id, type, n) select $1::bigint, 20, 1 from ended where reputation_delta <> 0
    ), emitted as (
      insert into event (id, type, created, body, txid, audience)
  select event_id, type, $2::timestamptz, concat('{"event_id":', event_id, ',"type":"', type, '","created":',
      extract(epoch from $2::timestamptz::timestamptz), ',"data":', data, '}')::json, txid,
    (select version from webhook_listening where type = any(types))
  from (select pg_current_xact_id() as txid,
      case when (select check_event_source()) then nextval('event_id') end as event_id, type, data
    from (select 'user.updated' as type, /* WebhookUser */ concat('{', replace(replace(replace(replace(u.profile_json,
    case when cardinality(u.tag_ids) > 0 then '"tags":[]' else '' end, concat('"tags":', case when u.tag_ids = '{}' then '[]' else (
    select /* Tag[] */ concat('[', string_agg(/* Tag */ concat('{"id":', t.id, ',"type":"', t.type, '","name":', to_json((t.name)::text)::text, ',"description":', coalesce(to_json((t.description)::text)::text, 'null'), ',"color":', to_json((t.color)::text)::text, ',"visible":', case when t.visible then 'true' else 'false' end, ',"visibility_boost":', case when t.visibility_boost then 'true' else 'false' end, ',"created_at":"', to_char(t.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","active":', case when t.active then 'true' else 'false' end, ',"deleted":', case when t.deleted then 'true' else 'false' end, '}'), ',' order by t.id), ']') from tag t
    where t.id = any(u.tag_ids) and t.active and not t.deleted and t.visible) end)),
    case when u.avatar is null then '"avatar":null' when u.avatar like '/%' then '"avatar":"/' else '' end,
    concat(e'"avatar":"\x04', case when u.avatar is null then concat('/api/v2/avatar/', u.id, '"') else '/' end)),
    case when u.cover like '/%' then '"cover":"/' else '' end, concat(e'"cover":"\x04/')),
    e'\x04', (select base from public_address)), ',"email":', coalesce(to_json((u.email)::text)::text, 'null'), ',"email_isvalid":', case when u.email_isvalid then 'true' else 'false' end, ',"followings_counter":', u.followings, ',"followers_counter":', u.followers, ',"connection_requests_sent_counter":', u.requests_sent, ',"connection_requests_received_counter":', u.requests_received, ',"connections_counter":', u.connections, ',"posts_counter":', u.posts, ',"discussions_counter":', u.discussions, ',"statuses_counter":', u.statuses, ',"polls_counter":', u.polls, '}') as data from changed u) emitted offset 0) numbered
    )
    select exists (select from was) as there, exists (select from changed) as changed;

-- forget a block
-- $1 id
delete from block where member_id = $1::bigint;

-- forget who blocked
-- $1 id, $2 batch
with nameless as (
      update block set blocked_by = null
      where member_id = any(array(select member_id from block where blocked_by = $1::bigint limit $2::int)) returning 1
    )
    select count(*)::int as n from nameless;

-- forget who decided
-- $1 member, $2 batch
with nameless as (
      update moderation_case set moderated_by = null where moderated_by = $1::bigint and target_id = any(array(select target_id from moderation_case where moderated_by = $1::bigint limit $2::int)) returning 1
    )
    select count(*)::int as n from nameless;

-- lock a member
-- $1 actor, $2 id
select u.status::text as theirs, u.role as their_role, me.status::text as status, me.role, (select version from community) as version
    from users u join users me on me.id = $1::bigint where u.id = $2::bigint and u.status <> 'w' for no key update of u;

-- look at a case
-- $1 id, $2 kind, $3 flagger, $4 author
select coalesce(k.status, 'o')::text as status, k.reason::int as reason, u.role,
      exists (select from mark m where m.target_id = $1::bigint and m.kind = $2::smallint and m.member_id = $3::bigint
        and m.flag_type is not null) as flagged
    from users u left join moderation_case k on k.kind = $2::smallint and k.target_id = $1::bigint where u.id = $4::bigint;

-- members
-- $1 since, $2 status, $3 forever, $4 limit, $5 viewer
/* planned each time */ with p as (
  select p.*, row_number() over () as n from (
    select * from (select u.date_joined as k0, u.id as k1 from users u
      where u.status <> 'w'
      and u.date_joined >= to_timestamp($1::float8)
      and ($2::text is null or u.status::text = $2::text)
      and ($3::boolean is null or u.status = 'b' and $3::boolean <> exists (
        select from block f where f.member_id = u.id and f.expire_at is not null))
      order by u.date_joined asc, u.id asc limit 101) few limit $4::bigint + 1
  ) p
), page as (
  select p.n, json_build_array(p.k0, p.k1)::text as key, /* ModerationUser */ concat('{', replace(replace(replace(replace(u.profile_json,
    case when cardinality(u.tag_ids) > 0 then '"tags":[]' else '' end, concat('"tags":', case when u.tag_ids = '{}' then '[]' else (
    select /* Tag[] */ concat('[', string_agg(/* Tag */ concat('{"id":', t.id, ',"type":"', t.type, '","name":', to_json((t.name)::text)::text, ',"description":', coalesce(to_json((t.description)::text)::text, 'null'), ',"color":', to_json((t.color)::text)::text, ',"visible":', case when t.visible then 'true' else 'false' end, ',"visibility_boost":', case when t.visibility_boost then 'true' else 'false' end, ',"created_at":"', to_char(t.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","active":', case when t.active then 'true' else 'false' end, ',"deleted":', case when t.deleted then 'true' else 'false' end, '}'), ',' order by t.id), ']') from tag t
    where t.id = any(u.tag_ids) and t.active and not t.deleted and t.visible) end)),
    case when u.avatar is null then '"avatar":null' when u.avatar like '/%' then '"avatar":"/' else '' end,
    concat(e'"avatar":"\x04', case when u.avatar is null then concat('/api/v2/avatar/', u.id, '"') else '/' end)),
    case when u.cover like '/%' then '"cover":"/' else '' end, concat(e'"cover":"\x04/')),
    e'\x04', (select base from public_address)), ',', u.standing_json, ',"connection_requests_sent_counter":', u.requests_sent, ',"connection_requests_received_counter":', (u.requests_received + u.requests_rejected), ',"connections_counter":', u.connections, ',"posts_counter":', u.posts, ',"discussions_counter":', u.discussions, ',"statuses_counter":', u.statuses, ',"polls_counter":', u.polls, ',"categories_counter":', u.categories, ',"connection_status":', coalesce(case v.state when 4 then '"connected"' when 1 then '"sent_connection_request"' when 2 then '"received_connection_request"' end, 'null'), ',"blocked_at":', coalesce('"' || (to_char(b.blocked_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), ',"days_blocked":', coalesce((b.days)::text, 'null'), ',"expire_at":', coalesce('"' || (to_char(b.expire_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), ',"last_seen":', coalesce('"' || (to_char(null::timestamptz at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), ',"flags_given":', (select count(*) from mark f where f.member_id = u.id and f.flag_type is not null), ',"flags_received":', (select coalesce(sum(flags), 0) from moderation_case where author_id = u.id), ',"last_score_variation":', coalesce(coalesce((select concat('{"score":', s.points, ',"comment":', coalesce(to_json(s.comment)::text, 'null'),
        ',"reputed_at":"', to_char(s.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","created_by":',
        case when s.created_by is null then 'null' else (select /* User */ concat(e'\x02User 011111\x1f', u.id, e'\x1f', u.xmin, e'\x1f', coalesce(case v.state when 4 then '"connected"' when 1 then '"sent_connection_request"' when 2 then '"received_connection_request"' end, 'null'), e'\x03') from users u
  left join lateral (
    select * from relation tied where tied.member_id = $5::bigint and tied.other_id = u.id offset 0) v on true where u.id = s.created_by) end, '}')
      from score s where s.member_id = u.id and s.type = 10 order by s.at desc, s.id desc limit 1), 'null'), 'null'), '}') as row from p join users u on u.id = p.k1 left join lateral (
    select * from relation tied where tied.member_id = $5::bigint and tied.other_id = u.id offset 0) v on true left join block b on b.member_id = u.id
)
select (select count(*) from users u
      where u.status <> 'w'
      and u.date_joined >= to_timestamp($1::float8)
      and ($2::text is null or u.status::text = $2::text)
      and ($3::boolean is null or u.status = 'b' and $3::boolean <> exists (
        select from block f where f.member_id = u.id and f.expire_at is not null)))::int as count, count(*)::int as n,
  count(*) filter (where n <= $4::bigint)::int as shown,
  string_agg(row::text, ',' order by n) filter (where n <= $4::bigint) as rows,
  max(key) filter (where n = 1) as nearest, max(key) filter (where n = $4::bigint) as farthest,
  null::text as repeated, concat(pg_current_snapshot(), ' ', pg_postmaster_start_time(), ' ', pg_relation_filepath('pg_class'), ' ', (select xmin from public_address)) as at,
  null::text as tables, '' as held
from page;

-- settle some made-up cases
-- $1 moderator, $2 authors
update moderation_case set status = 'i', moderated_by = $1::bigint,
      moderated_at = least(now(), flagged_at + interval '5 hours')
    where author_id = any($2::bigint[]) and author_id <> $1::bigint and status = 'o' and target_id % 3 = 0;

-- status of something
-- $1 kind, $2 id
select /* ModerationStatus */ concat('{"status":"', case coalesce(k.status, 'o') when 'o' then 'open' when 'i' then 'ignored' when 'h' then 'hidden' when 'd' then 'deleted' end, '","flag_type":', coalesce((k.reason)::text, 'null'), ',"flag_type_description":', coalesce(to_json(((array['spam', 'aggressive', 'vulgar', 'poor', 'offtopic'])[k.reason + 1])::text)::text, 'null'), '}')::text as json
    from (values (1)) one left join moderation_case k on k.kind = $1::smallint and k.target_id = $2::bigint;

-- what has drifted
-- $1 most
with counted as materialized (
      select kind, target_id, count(*)::int as flags, array[count(*) filter (where flag_type = 0), count(*) filter (where flag_type = 1), count(*) filter (where flag_type = 2), count(*) filter (where flag_type = 3), count(*) filter (where flag_type = 4)]::int[] as by_type
      from mark where flag_type is not null and author_of_mark(kind, target_id) is not null group by 1, 2
    ), drift as (
      select kind, target_id, k.author_id, coalesce(k.flags, 0) as kept, coalesce(c.flags, 0) as counted
      from moderation_case k full join counted c using (kind, target_id)
      where coalesce(k.flags, 0) <> coalesce(c.flags, 0)
        or coalesce(k.by_type, '{0,0,0,0,0}') <> coalesce(c.by_type, '{0,0,0,0,0}')
    )
    select 'flags of the case ' || kind || '/' || target_id as what, coalesce(author_id, 0) as member, kept, counted,
      'case' as repair, array[kind::bigint, target_id] as of
    from drift order by what limit $1::bigint;
