-- Printed by `npm run sql`. The statements of a slice, as PostgreSQL is given them in their usual variant.

-- a task is done
-- $1 id
delete from notification_task where id = $1::bigint;

-- banners of a member
-- $1 viewer, $2 limit
with p as (
  select p.*, row_number() over () as n from (
    select * from (select b.id, r.viewed_at, r.disposed_at, b.id as k0 from banner b left join banner_reader r on r.member_id = $1::bigint and r.banner_id = b.id
    where b.added_at >= (select me.date_joined from users me where me.id = $1::bigint) and r.disposed_at is null
      order by b.id desc limit 101) few limit $2::bigint + 1
  ) p
), page as (
  select p.n, json_build_array(p.k0)::text as key, /* BroadcastMessage */ concat('{"id":', b.id, /* NotificationBanner */ ',"banner":{"title":', to_json((b.title)::text)::text, ',"body_text":', to_json((b.body_text)::text)::text, ',"description":', to_json((b.body_text)::text)::text, ',"link_text":', to_json((b.link_text)::text)::text, ',"link":', coalesce(to_json((b.link)::text)::text, 'null'), ',"open_in_new_tab":', case when b.open_in_new_tab then 'true' else 'false' end, ',"image":', coalesce(to_json((b.image)::text)::text, 'null'), ',"added_at":"', to_char(b.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","type_banner":"notification_banner"},"added_at":"', to_char(b.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","viewed_at":', coalesce('"' || (to_char(r.viewed_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), ',"disposed_at":', coalesce('"' || (to_char(r.disposed_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), '}') as row from p join banner b on b.id = p.k0 cross join lateral (select p.viewed_at, p.disposed_at) r
)
select (select count(*) from banner b left join banner_reader r on r.member_id = $1::bigint and r.banner_id = b.id
    where b.added_at >= (select me.date_joined from users me where me.id = $1::bigint) and r.disposed_at is null
      )::int as count, count(*)::int as n,
  count(*) filter (where n <= $2::bigint)::int as shown,
  string_agg(row::text, ',' order by n) filter (where n <= $2::bigint) as rows,
  max(key) filter (where n = 1) as nearest, max(key) filter (where n = $2::bigint) as farthest,
  null::text as repeated, null::text as at,
  null::text as tables, '' as held
from page;

-- banners that pages are told of
-- $1 members, $2 moments
select told.nth, /* BroadcastMessage */ concat('{"id":', b.id, /* NotificationBanner */ ',"banner":{"title":', to_json((b.title)::text)::text, ',"body_text":', to_json((b.body_text)::text)::text, ',"description":', to_json((b.body_text)::text)::text, ',"link_text":', to_json((b.link_text)::text)::text, ',"link":', coalesce(to_json((b.link)::text)::text, 'null'), ',"open_in_new_tab":', case when b.open_in_new_tab then 'true' else 'false' end, ',"image":', coalesce(to_json((b.image)::text)::text, 'null'), ',"added_at":"', to_char(b.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","type_banner":"notification_banner"},"added_at":"', to_char(b.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","viewed_at":', coalesce('"' || (to_char(r.viewed_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), ',"disposed_at":', coalesce('"' || (to_char(r.disposed_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), '}') as json
    from unnest($1::bigint[], $2::float8[]) with ordinality told(member, at, nth)
    join banner b on b.added_at = to_timestamp(told.at) join users u on u.id = told.member and b.added_at >= u.date_joined
    left join banner_reader r on r.member_id = told.member and r.banner_id = b.id where r.disposed_at is null;

-- choose those that end
-- $1 of, $2 most
select i.id from (
      select i.id, i.member_id from notification_notice n join notification i on i.notice_id = n.id where n.type = ($1::bigint[])[1] and n.actor_id = ($1::bigint[])[2] and n.kind = ($1::bigint[])[3]
    and n.subject_id = ($1::bigint[])[4] and n.part_kind = ($1::bigint[])[5] and n.part_id = ($1::bigint[])[6] limit $2::int
    ) i join notification_box b on b.member_id = i.member_id order by b.member_id for no key update of b;

-- close a box
-- $1 member
update notification_box set closed = true, due_at = null where member_id = $1::bigint;

-- count banners
-- $1 viewer
select count(*)::int as count from banner b left join banner_reader r on r.member_id = $1::bigint and r.banner_id = b.id
    where b.added_at >= (select me.date_joined from users me where me.id = $1::bigint) and r.disposed_at is null
      and r.viewed_at is null;

-- count those of a member again, lock
-- $1 member
select from notification_box where member_id = $1::bigint for update;

-- count those of a member again, step 1
-- $1 member
update notification_group t set (n, unseen, last) = (
       select count(i.id)::int as n, (count(*) filter (where i.position > g.seen and not i.read))::int as unseen,
  coalesce(max(i.position), 0) as last from notification_group g left join notification i on i.group_id = g.id
       where g.id = t.id group by g.id
     ) where t.member_id = $1::bigint;

-- count those of a member again, step 2
-- $1 member
delete from notification_group where member_id = $1::bigint and n = 0;

-- count those of a member again, step 3
-- $1 member
update notification_box b set unseen = coalesce(g.unseen, 0), last = greatest(b.last, g.last)
     from (select sum(unseen)::int as unseen, max(last) as last from notification_group where member_id = $1::bigint) g
     where b.member_id = $1::bigint;

-- erase notices
-- $1 member
delete from notification_notice n where n.id in (
      (select id from notification_notice where actor_id = $1::bigint limit 500)
      union (select id from notification_notice where owner_id = $1::bigint limit 500)
    ) and not exists (select from notification i where i.notice_id = n.id) returning id;

-- erase what a member has disposed of
-- $1 member
delete from banner_reader where member_id = $1::bigint;

-- forget a notice
-- $1 notice
delete from notification_notice n where n.id = $1::bigint
    and not exists (select from notification i where i.notice_id = n.id)
    and not exists (select from notification_task t where t.task = 'tell' and t.of = array[n.id]);

-- how far a task is
-- $1 after, $2 id
update notification_task set after = $1::bigint where id = $2::bigint;

-- language of a member
-- $1 language, $2 member
insert into notification_box (member_id, language)
    select id, $1::text from users where id = $2::bigint and status in ('a', 'b')
    on conflict (member_id) do update set language = excluded.language;

-- leave the rest to be taken away
-- $1 task, $2 of
insert into notification_task (task, of) values ($1::text, $2::bigint[]);

-- leave the rest to be told
-- $1 notice, $2 after
insert into notification_task (task, of, after) values ('tell', array[$1::bigint], $2::bigint);

-- lock a box
-- $1 member
select unseen from notification_box where member_id = $1::bigint for no key update;

-- lock boxes
-- $1 members
with named as materialized (select distinct member_id from unnest($1::bigint[]) member_id)
    select b.member_id from notification_box b where b.member_id in (select member_id from named) and (select count(*) from named) = (select count(*) from notification_box h join named m on m.member_id = h.member_id)
      order by b.member_id for no key update of b;

-- lock who says something
-- $1 id
select id from users where id = $1::bigint and status in ('a', 'b') for key share;

-- made-up ones
-- $1 members, $2 most, $3 first, $4 reply, $5 comments, $6 vote
with said as (
      select c.id, c.kind, c.contribution_id, c.parent_id, c.author_id, c.added_at, x.author_id as owner_id,
        q.author_id as under_owner_id
      from comment c join contribution x on x.id = c.contribution_id left join comment q on q.id = c.parent_id
      where c.author_id = any($1::bigint[]) and x.author_id = any($1::bigint[]) and c.author_id <> x.author_id
        and not c.deleted and not x.deleted and not coalesce(q.deleted, false)
        and not exists (select from notification_box b where b.member_id = x.author_id)
        and not exists (select from relation r
          where r.member_id = x.author_id and r.other_id = c.author_id and (r.hidden_place is not null or r.hidden_by))
      order by c.added_at desc, c.id desc limit $2::int
    ), liked as (
      select m.kind, m.target_id, m.member_id, m.voted_at, x.author_id as owner_id
      from mark m join contribution x on x.id = m.target_id and x.kind = m.kind
      where m.member_id = any($1::bigint[]) and x.author_id = any($1::bigint[]) and m.reaction is not null
        and m.member_id <> x.author_id and not x.deleted
        and not exists (select from notification_box b where b.member_id = x.author_id)
        and not exists (select from relation r
          where r.member_id = x.author_id and r.other_id = m.member_id and (r.hidden_place is not null or r.hidden_by))
      order by m.vote_place desc limit $2::int
    ), notice as (
      insert into notification_notice (type, actor_id, kind, subject_id, owner_id, part_kind, part_id, under_id,
        under_owner_id, once, at)
      select case when parent_id is null then $3::smallint else $4::smallint end, author_id as actor_id, kind, contribution_id, owner_id,
        $5::smallint, id, coalesce(parent_id, 0), under_owner_id, false, added_at as at
      from said
      union all
      select $6::smallint, member_id, kind, target_id, owner_id, 0, 0, 0, null, true, voted_at from liked
      order by at, actor_id returning *
    ), told as (
      select owner_id as member_id, id, kind, subject_id, actor_id, owner_id,
        row_number() over (partition by owner_id order by at, id) as position from notice
    ), box as (
      insert into notification_box (member_id, last, unseen)
      select member_id, count(*), count(*) filter (where not member_id % 3 = 0) from told group by 1
    ), grouped as (
      insert into notification_group (member_id, kind, subject_id, alone, last, n, unseen, seen)
      select member_id, kind, subject_id, 0, max(position), count(*), count(*) filter (where not member_id % 3 = 0),
        case when member_id % 3 = 0 then max(position) else 0 end
      from told group by 1, 2, 3 returning *
    ), written as (
      insert into notification (member_id, group_id, notice_id, position, actor_id, owner_id)
      select t.member_id, g.id, t.id, t.position, t.actor_id, t.owner_id
      from told t join grouped g using (member_id, kind, subject_id) returning 1
    )
    select count(*)::int as n from written;

-- make boxes
-- $1 members
insert into notification_box (member_id)
    select id from users where id = any($1::bigint[]) and status in ('a', 'b') order by id
    on conflict do nothing;

-- note what a member did with banners
-- $1 member, $2 now, $3 disposed, $4 ids
insert into banner_reader as r (member_id, banner_id, viewed_at, disposed_at)
    select $1::bigint, b.id, $2::timestamptz, case when $3::boolean then $2::timestamptz::timestamptz end
    from banner b where b.id = any($4::bigint[]) order by b.id
    on conflict (member_id, banner_id) do update set viewed_at = coalesce(r.viewed_at, excluded.viewed_at),
      disposed_at = coalesce(r.disposed_at, excluded.disposed_at);

-- note what has happened
-- $1 notices, $2 now, $3 members
with noted as materialized (
      select nth, nextval('notification_notice_id_seq') as id, type,actor_id,kind,subject_id,owner_id,part_kind,part_id,under_id,under_owner_id,once,data from (
        select * from json_to_recordset($1::json) as sent(nth int, type smallint,actor_id bigint,kind smallint,subject_id bigint,owner_id bigint,part_kind smallint,part_id bigint,under_id bigint,under_owner_id bigint,once boolean,data jsonb)
        order by nth offset 0) sent
    ), made as (
      insert into notification_notice (id, type,actor_id,kind,subject_id,owner_id,part_kind,part_id,under_id,under_owner_id,once,data, at) overriding system value
      select id, type,actor_id,kind,subject_id,owner_id,part_kind,part_id,under_id,under_owner_id,once,data, $2::timestamptz from noted order by nth on conflict do nothing returning *
    ), locked as materialized (
      select b.member_id from notification_box b where b.member_id = any($3::bigint[]) and (select count(*) from made) >= 0
        and (select count(*) from notification_box h where h.member_id = any($3::bigint[])) = cardinality($3::bigint[])
      order by b.member_id for no key update of b
    )
    select array(select coalesce((select id from made where made.id = w.id),
        (select n.id from notification_notice n where w.once and n.type = w.type and n.actor_id = w.actor_id and n.kind = w.kind and n.subject_id = w.subject_id and n.part_kind = w.part_kind and n.part_id = w.part_id and n.once), 0) from noted w order by w.nth) as notices,
      '{}'::bigint[] as audience, array(select member_id from locked order by 1) as there;

-- of a member
-- $1 viewer, $2 limit
with p as (
  select p.*, row_number() over () as n from (
    select * from (select g.id, g.last as k0 from notification_group g where g.member_id = $1::bigint
      order by g.last desc limit 101) few limit $2::bigint + 1
  ) p
), light as (
  select * from (select p.*, sum(coalesce((select (case when g.kind in (1,2,3) then (select octet_length(c.html) from contribution c where c.id = g.subject_id) else 0 end) * (1 + least(g.n, 10)) + coalesce((
      select sum(case when n.part_kind in (16) then (select octet_length(c.html) from comment c where c.id = n.part_id) when n.part_kind in (17) then (select octet_length(x.html) from message x where x.id = n.part_id) else 0 end) from (select i.* from (
    select position from notification where group_id = g.id order by position desc limit 10
  ) newest cross join lateral (
    select * from notification there where there.group_id = g.id and there.position = newest.position offset 0
  ) i) i join notification_notice n on n.id = i.notice_id
    ), 0) from notification_group g where g.id = p.id), 0)) over (order by p.n) as total from p) p where n = 1 or total <= 1000000
), page as (
  select p.n, json_build_array(p.k0)::text as key, /* Notification */ ('{"sid":"g' || g.id || '","is_new":' || case when g.unseen > 0 then 'true' else 'false' end
      || case when g.kind in (1,2,3) then ',' || about.json else '' end || ',"aggregated":[' || few.json || ']}') as row from light p join notification_group g on g.id = p.id left join lateral (select json from (select concat('"', case c.kind when 1 then 'status' when 2 then 'post' when 3 then 'discussion' end, /* Status */ /* Post */ /* Discussion */ e'":\x02', case c.kind when 1 then case when veil.withheld then 'Status 011111 otherwise' else 'Status 011111' end when 2 then case when veil.withheld then 'Post 011111 otherwise' else 'Post 011111' end when 3 then case when veil.withheld then 'Discussion 011111 otherwise' else 'Discussion 011111' end end, e'\x1f', c.id, e'\x1f', c.xmin, '-', case when cardinality(c.medias) > 0 then (
    select string_agg(concat(x.id, ':', x.xmin, '-', e.id, ':', e.xmin), '-' order by x.id)
    from media x left join embed e on e.id = x.embedded_id where x.id = any(c.medias)) end, /* User */ e'\x1f\x02User 011111\x1f', u.id, e'\x1f', u.xmin, e'\x1f', coalesce(case v.state when 4 then '"connected"' when 1 then '"sent_connection_request"' when 2 then '"received_connection_request"' end, 'null'), e'\x03\x1f', case when c.categories = '{}' then '[]' else (select concat('[', string_agg(/* Category */ concat(e'\x02Category\x1f', category.id, e'\x1f', category.xmin, e'\x1f', case when f.member_id is not null then 'true' else 'false' end, e'\x03'), ',' order by named.nth), ']')
    from unnest(c.categories) with ordinality named(id, nth)
    cross join lateral (select k.*, k.xmin from category k where k.id = named.id limit 1) category
    left join category_follower f on f.category_id = category.id and f.member_id = $1::bigint) end, e'\x1f', case when c.vote_count = 0 then '[]'
    when c.reactions = '{}' then concat('[{"count":', c.vote_count, ',"reaction":', (select /* Reaction */ concat(e'\x02Reaction\x1f', r.id, e'\x1f', r.xmin, e'\x03') from reaction r where r.id = 1), '}]')
    else (select concat('[', string_agg(concat('{"count":', n, /* Reaction */ e',"reaction":\x02Reaction\x1f', r.id, e'\x1f', r.xmin, e'\x03}'), ','
        order by n desc, r.id), ']')
      from (select 1::bigint as id,
    c.vote_count - coalesce((select sum(value::int) from jsonb_each_text(c.reactions)), 0)::int as n
  union all select key::bigint, value::int from jsonb_each_text(c.reactions)) counted join reaction r on r.id = counted.id where n > 0) end, e'\x1f', case when m.reaction is not null then 'true' else 'false' end, e'\x1f', coalesce(case when m.reaction = 1 then (select /* Reaction */ concat(e'\x02Reaction\x1f', r.id, e'\x1f', r.xmin, e'\x03') from reaction r where r.id = 1)
    when m.reaction is not null then (select /* Reaction */ concat(e'\x02Reaction\x1f', r.id, e'\x1f', r.xmin, e'\x03') from reaction r where r.id = m.reaction) end, 'null'), e'\x1f', case when m.followed_at is not null then 'true' else 'false' end, e'\x1f', case when m.suspended_at is not null then 'true' else 'false' end, case when c.kind in (2,3) then concat(e'\x1f', coalesce(case when veil.withheld then 'null' else case when c.poll_id is not null then
      (select /* Poll */ concat('{"id":', p.id, ',"title":', to_json((p.title)::text)::text, ',"multiple_choices":', case when p.multiple_choices then 'true' else 'false' end, ',"added_at":"', to_char(p.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","modified_at":"', to_char(p.modified_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","closed":', case when p.closed or coalesce(p.expiration_at <= now(), false) then 'true' else 'false' end, ',"expiration_at":', coalesce('"' || (to_char(p.expiration_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), ',"hidden":', case when false then 'true' else 'false' end, ',"choices":', (select concat('[', string_agg(/* PollChoice */ concat('{"id":', ch.id, ',"choice":', to_json((ch.choice)::text)::text, ',"order":', ch.position, ',"added_at":"', to_char(ch.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","deleted":', case when false then 'true' else 'false' end, ',"vote_count":', ch.vote_count, ',"voted":', case when exists (select from poll_vote pv where pv.choice_id = ch.id and pv.member_id = $1::bigint) then 'true' else 'false' end, '}'), ',' order by ch.position, ch.id), ']')
        from poll_choice ch where ch.poll_id = p.id), '}') from poll p where p.id = c.poll_id) end end, 'null')) else '' end, e'\x1f', case when c.addressing = '{}' then '[]' else (select /* Tag[] */ concat('[', string_agg(/* Tag */ concat('{"id":', t.id, ',"type":"', t.type, '","name":', to_json((t.name)::text)::text, ',"description":', coalesce(to_json((t.description)::text)::text, 'null'), ',"color":', to_json((t.color)::text)::text, ',"visible":', case when t.visible then 'true' else 'false' end, ',"visibility_boost":', case when t.visibility_boost then 'true' else 'false' end, ',"created_at":"', to_char(t.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","active":', case when t.active then 'true' else 'false' end, ',"deleted":', case when t.deleted then 'true' else 'false' end, '}'), ',' order by t.id), ']') from tag t where t.id = any(c.addressing)
      and (c.author_id is not distinct from $1::bigint or exists (select from users m
  where m.id = $1::bigint and m.status = 'a' and m.role in ('admin', 'moderator'))
        or t.active and not t.deleted and (t.visible or t.id = any(array(select t.id from tag t
  where t.id = any((select m.tag_ids from users m where m.id = $1::bigint)::bigint[]) and t.active and not t.deleted))))) end, e'\x03') as json
    from (select *, xmin from contribution where id = g.subject_id and kind = g.kind) c join users u on u.id = c.author_id
  left join lateral (
    select * from relation tied where tied.member_id = $1::bigint and tied.other_id = c.author_id offset 0) v on true
  left join lateral (select * from mark own
    where own.target_id = c.id and own.kind = c.kind and own.member_id = $1::bigint offset 0) m on true cross join lateral (select c.collapsed and c.author_id is distinct from $1::bigint
    and not exists (select from users m
  where m.id = $1::bigint and m.status = 'a' and m.role in ('admin', 'moderator')) as withheld) veil
    where (not c.deleted or c.author_id = $1::bigint or false and c.published) and not c.erased and (c.addressing = '{}' or not (c.author_id is distinct from $1::bigint and (not c.addressing && array(select t.id from tag t
  where t.id = any((select m.tag_ids from users m where m.id = $1::bigint)::bigint[]) and t.active and not t.deleted) and not exists (select from users m
  where m.id = $1::bigint and m.status = 'a' and m.role in ('admin', 'moderator'))))) and not coalesce((select true from relation h where h.member_id = $1::bigint and h.other_id = c.author_id and (h.hidden_place is not null or h.hidden_by) and (h.hidden_place is not null or not exists (select from users m
  where m.id = $1::bigint and m.status = 'a' and m.role in ('admin', 'moderator')))), false) and not coalesce((select true from hidden_author h where h.member_id = $1::bigint and h.author_id = c.author_id), false) and not coalesce((select true from erasure e where e.member_id = c.author_id), false)) x where g.kind in (1,2,3)) about on true left join lateral (
    select string_agg(item, ',' order by position desc) as json from (
      select /* NotificationItem */ ('{"type":"' || (case n.type when 1 then 'contribution' when 2 then 'comment' when 4 then 'nested_comment' when 9 then 'vote_up' when 16 then 'follow' when 19 then 'mention' when 37 then 'private_message' when 50 then 'deleted_for_advertising' when 51 then 'deleted_for_aggressive' when 52 then 'deleted_for_vulgar' when 54 then 'undeleted_for' when 55 then 'connection_request' when 56 then 'connection_accept' when 65 then 'deleted_for_poor' when 66 then 'deleted_for_offtopic' when 67 then 'kindly_notice_advertising' when 68 then 'kindly_notice_aggressive' when 69 then 'kindly_notice_vulgar' when 70 then 'kindly_notice_poor' when 71 then 'kindly_notice_offtopic' when 73 then 'kindly_notice_flag' when 74 then 'blocked_user' when 75 then 'collapsed_for_advertising' when 76 then 'collapsed_for_aggressive' when 77 then 'collapsed_for_vulgar' when 78 then 'collapsed_for_poor' when 79 then 'collapsed_for_offtopic' when 83 then 'unblocked_user' when 96 then 'incubator_approved' when 97 then 'user_follow' when 99 then 'custom_notification' else '' end) || '","sid":"' || i.id || '","is_new":' || case when i.position > g.seen and not i.read then 'true' else 'false' end
      || ',"active_at":"' || to_char(n.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"') || '"' || case when n.type in (1,2,4,9,16,19,37,50,51,52,54,65,66,67,68,69,70,71,73,75,76,77,78,79) then ',' || case when n.part_kind in (16) then (select '"comment":' || /* Comment */ concat(e'\x02', case when veil.withheld then 'Comment 011111 otherwise' else 'Comment 011111' end, e'\x1f', c.id, e'\x1f', c.xmin, /* User */ e'\x1f\x02User 011111\x1f', u.id, e'\x1f', u.xmin, e'\x1f', coalesce(case v.state when 4 then '"connected"' when 1 then '"sent_connection_request"' when 2 then '"received_connection_request"' end, 'null'), e'\x03\x1f', case when c.vote_count = 0 then '[]'
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
  where m.id = $1::bigint and m.status = 'a' and m.role in ('admin', 'moderator')) as withheld) veil) end, e'\x03')
    from (select *, xmin from comment where id = n.part_id) c join contribution x on x.id = c.contribution_id join users u on u.id = c.author_id
  left join lateral (
    select * from relation tied where tied.member_id = $1::bigint and tied.other_id = c.author_id offset 0) v on true
  left join lateral (select * from mark own
    where own.target_id = c.id and own.kind = 16 and own.member_id = $1::bigint offset 0) m on true cross join lateral (select c.collapsed and c.author_id is distinct from $1::bigint
    and not exists (select from users m
  where m.id = $1::bigint and m.status = 'a' and m.role in ('admin', 'moderator')) as withheld) veil
    where not c.erased and (not c.deleted or c.author_id = $1::bigint or false) and not coalesce((select true from relation h where h.member_id = $1::bigint and h.other_id = c.author_id and (h.hidden_place is not null or h.hidden_by) and (h.hidden_place is not null or not exists (select from users m
  where m.id = $1::bigint and m.status = 'a' and m.role in ('admin', 'moderator')))), false) and not coalesce((select true from hidden_author h where h.member_id = $1::bigint and h.author_id = c.author_id), false) and not coalesce((select true from erasure e where e.member_id = c.author_id), false) and (c.parent_id is null or exists (select from comment q
    where q.id = c.parent_id and not q.erased and (not q.deleted or q.author_id = $1::bigint or false) and not coalesce((select true from relation h where h.member_id = $1::bigint and h.other_id = q.author_id and (h.hidden_place is not null or h.hidden_by) and (h.hidden_place is not null or not exists (select from users m
  where m.id = $1::bigint and m.status = 'a' and m.role in ('admin', 'moderator')))), false) and not coalesce((select true from hidden_author h where h.member_id = $1::bigint and h.author_id = q.author_id), false) and not coalesce((select true from erasure e where e.member_id = q.author_id), false)))
      and (not x.deleted or x.author_id = $1::bigint or false and x.published) and not x.erased and (x.addressing = '{}' or not (x.author_id is distinct from $1::bigint and (not x.addressing && array(select t.id from tag t
  where t.id = any((select m.tag_ids from users m where m.id = $1::bigint)::bigint[]) and t.active and not t.deleted) and not exists (select from users m
  where m.id = $1::bigint and m.status = 'a' and m.role in ('admin', 'moderator'))))) and not coalesce((select true from relation h where h.member_id = $1::bigint and h.other_id = x.author_id and (h.hidden_place is not null or h.hidden_by) and (h.hidden_place is not null or not exists (select from users m
  where m.id = $1::bigint and m.status = 'a' and m.role in ('admin', 'moderator')))), false) and not coalesce((select true from hidden_author h where h.member_id = $1::bigint and h.author_id = x.author_id), false) and not coalesce((select true from erasure e where e.member_id = x.author_id), false)) when n.part_kind in (17) then (select '"message":' || /* PrivateMessage */ concat('{"id":', x.id, ',"thread_id":', x.thread_id, ',"sender":', (select /* User */ concat(e'\x02User 011111\x1f', u.id, e'\x1f', u.xmin, e'\x1f', coalesce(case v.state when 4 then '"connected"' when 1 then '"sent_connection_request"' when 2 then '"received_connection_request"' end, 'null'), e'\x03') from users u
    left join lateral (
    select * from relation tied where tied.member_id = $1::bigint and tied.other_id = u.id offset 0) v on true where u.id = x.sender_id), ',"receiver":', (select /* User */ concat(e'\x02User 011111\x1f', u.id, e'\x1f', u.xmin, e'\x1f', coalesce(case v.state when 4 then '"connected"' when 1 then '"sent_connection_request"' when 2 then '"received_connection_request"' end, 'null'), e'\x03') from users u
    left join lateral (
    select * from relation tied where tied.member_id = $1::bigint and tied.other_id = u.id offset 0) v on true where u.id = x.receiver_id), ',"message":', to_json((case when x.hidden and x.sender_id = $1::bigint then '' else x.html end)::text)::text, ',"created_at":"', to_char(x.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","status":"', case when x.hidden and x.sender_id = $1::bigint then 'hidden'
      when x.receiver_id = $1::bigint and x.id > r.read_to then 'new' else 'created' end, '","group":null,"file":', coalesce(case when not (x.hidden and x.sender_id = $1::bigint) then
      (select /* PrivateMessageFile */ concat('{"uuid":', to_json((f.uuid)::text)::text, ',"filename":', to_json((f.filename)::text)::text, ',"filesize":', f.bytes, ',"mimetype":', to_json((f.mimetype)::text)::text, ',"duration":', coalesce((f.duration)::text, 'null'), ',"url":', coalesce(to_json((case when f.url like '/%' then concat(public_base(), f.url) else f.url end)::text)::text, 'null'), ',"thumbnail":', coalesce(to_json((case when f.thumbnail like '/%' then concat(public_base(), f.thumbnail) else f.thumbnail end)::text)::text, 'null'), '}') from message_file f where f.uuid = x.file_uuid) end, 'null'), '}')
    from message x join message_side r on r.thread_id = x.thread_id and r.member_id = $1::bigint
    where x.id = n.part_id and x.id > r.cleared_to) else about.json end else '' end || case when n.type in (9,16) then ',' || '"user":' || actor.json else '' end || case when n.type in (55) then ',' || '"request_user":' || actor.json else '' end || case when n.type in (56) then ',' || '"accept_user":' || actor.json else '' end || case when n.type in (74) then ',' || '"block_settings":' || coalesce((n.data -> 'block_settings')::text, 'null') || ',' || '"blocked_settings":' || coalesce((n.data -> 'block_settings')::text, 'null') else '' end || case when n.type in (96) then ',' || '"incubator":' || (select /* IncubatorCategory */ concat('{"id":', incubator.id, ',"name":', to_json((incubator.name)::text)::text, ',"slug":', to_json((incubator.slug)::text)::text, ',"slogan":', coalesce(to_json((incubator.slogan)::text)::text, 'null'), ',"status":', incubator.status, ',"added_at":"', to_char(incubator.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), /* Category */ e'","approved_category":\x02Category\x1f', category.id, e'\x1f', category.xmin, e'\x1f', case when f.member_id is not null then 'true' else 'false' end, e'\x03}') from incubator
    join category on category.id = incubator.category_id left join category_follower f on f.category_id = category.id and f.member_id = $1::bigint where incubator.id = n.part_id) else '' end || case when n.type in (97) then ',' || '"follower":' || actor.json else '' end || case when n.type in (99) then ',' || '"custom_notification":' || ((n.data -> 'custom_notification') || jsonb_build_object('id', n.id, 'embed', (select (/* Embed */ concat('{"id":', e.id, ',"embed_type":', to_json((e.embed_type)::text)::text, ',"embed_id":', to_json((e.embed_id)::text)::text, ',"url":', coalesce(to_json((e.url)::text)::text, 'null'), ',"metadata":', e.metadata::text, '}'))::jsonb from embed e
  where e.id = (n.data -> 'custom_notification' ->> 'embed')::bigint)))::text else '' end || case when n.type in (99) then ',' || '"user":' || actor.json else '' end || '}') as item, i.position
      from (select i.* from (
    select position from notification where group_id = g.id order by position desc limit 10
  ) newest cross join lateral (
    select * from notification there where there.group_id = g.id and there.position = newest.position offset 0
  ) i) i
      join notification_notice n on n.id = i.notice_id left join lateral (
    select /* User */ concat(e'\x02User 011111\x1f', u.id, e'\x1f', u.xmin, e'\x1f', coalesce(case v.state when 4 then '"connected"' when 1 then '"sent_connection_request"' when 2 then '"received_connection_request"' end, 'null'), e'\x03') as json from users u
    left join lateral (
    select * from relation tied where tied.member_id = $1::bigint and tied.other_id = u.id offset 0) v on true where u.id = n.actor_id offset 0
  ) actor on true
    ) item
  ) few on true
)
select (null)::int as count, (select count(*) from p)::int as n,
  count(*) filter (where n <= $2::bigint)::int as shown,
  string_agg(row::text, ',' order by n) filter (where n <= $2::bigint) as rows,
  max(key) filter (where n = 1) as nearest, (array_agg(key order by n desc) filter (where n <= $2::bigint))[1] as farthest,
  null::text as repeated, concat(pg_current_snapshot(), ' ', pg_postmaster_start_time(), ' ', pg_relation_filepath('pg_class'), ' ', (select xmin from public_address)) as at,
  null::text as tables, '' as held
from page;

-- of a member, usually
-- $1 viewer, $2 limit
with p as (
  select p.*, row_number() over () as n from (
    select * from (select g.id, g.last as k0 from notification_group g where g.member_id = $1::bigint
      order by g.last desc limit 101) few limit $2::bigint + 1
  ) p
), light as (
  select * from (select p.*, sum(coalesce((select (case when g.kind in (1,2,3) then (select octet_length(c.html) from contribution c where c.id = g.subject_id) else 0 end) * (1 + least(g.n, 10)) + coalesce((
      select sum(case when n.part_kind in (16) then (select octet_length(c.html) from comment c where c.id = n.part_id) when n.part_kind in (17) then (select octet_length(x.html) from message x where x.id = n.part_id) else 0 end) from (select i.* from (
    select position from notification where group_id = g.id order by position desc limit 10
  ) newest cross join lateral (
    select * from notification there where there.group_id = g.id and there.position = newest.position offset 0
  ) i) i join notification_notice n on n.id = i.notice_id
    ), 0) from notification_group g where g.id = p.id), 0)) over (order by p.n) as total from p) p where n = 1 or total <= 1000000
), page as (
  select p.n, json_build_array(p.k0)::text as key, /* Notification */ ('{"sid":"g' || g.id || '","is_new":' || case when g.unseen > 0 then 'true' else 'false' end
      || case when g.kind in (1,2,3) then ',' || about.json else '' end || ',"aggregated":[' || few.json || ']}') as row from light p join notification_group g on g.id = p.id left join lateral (select json from (select concat('"', case c.kind when 1 then 'status' when 2 then 'post' when 3 then 'discussion' end, /* Status */ /* Post */ /* Discussion */ e'":\x02', case c.kind when 1 then case when veil.withheld then 'Status 011111 otherwise' else 'Status 011111' end when 2 then case when veil.withheld then 'Post 011111 otherwise' else 'Post 011111' end when 3 then case when veil.withheld then 'Discussion 011111 otherwise' else 'Discussion 011111' end end, e'\x1f', c.id, e'\x1f', c.xmin, '-', case when cardinality(c.medias) > 0 then (
    select string_agg(concat(x.id, ':', x.xmin, '-', e.id, ':', e.xmin), '-' order by x.id)
    from media x left join embed e on e.id = x.embedded_id where x.id = any(c.medias)) end, /* User */ e'\x1f\x02User 011111\x1f', u.id, e'\x1f', u.xmin, e'\x1f', coalesce(case v.state when 4 then '"connected"' when 1 then '"sent_connection_request"' when 2 then '"received_connection_request"' end, 'null'), e'\x03\x1f', case when c.categories = '{}' then '[]' else (select concat('[', string_agg(/* Category */ concat(e'\x02Category\x1f', category.id, e'\x1f', category.xmin, e'\x1f', case when f.member_id is not null then 'true' else 'false' end, e'\x03'), ',' order by named.nth), ']')
    from unnest(c.categories) with ordinality named(id, nth)
    cross join lateral (select k.*, k.xmin from category k where k.id = named.id limit 1) category
    left join category_follower f on f.category_id = category.id and f.member_id = $1::bigint) end, e'\x1f', case when c.vote_count = 0 then '[]'
    when c.reactions = '{}' then concat('[{"count":', c.vote_count, ',"reaction":', (select /* Reaction */ concat(e'\x02Reaction\x1f', r.id, e'\x1f', r.xmin, e'\x03') from reaction r where r.id = 1), '}]')
    else (select concat('[', string_agg(concat('{"count":', n, /* Reaction */ e',"reaction":\x02Reaction\x1f', r.id, e'\x1f', r.xmin, e'\x03}'), ','
        order by n desc, r.id), ']')
      from (select 1::bigint as id,
    c.vote_count - coalesce((select sum(value::int) from jsonb_each_text(c.reactions)), 0)::int as n
  union all select key::bigint, value::int from jsonb_each_text(c.reactions)) counted join reaction r on r.id = counted.id where n > 0) end, e'\x1f', case when m.reaction is not null then 'true' else 'false' end, e'\x1f', coalesce(case when m.reaction = 1 then (select /* Reaction */ concat(e'\x02Reaction\x1f', r.id, e'\x1f', r.xmin, e'\x03') from reaction r where r.id = 1)
    when m.reaction is not null then (select /* Reaction */ concat(e'\x02Reaction\x1f', r.id, e'\x1f', r.xmin, e'\x03') from reaction r where r.id = m.reaction) end, 'null'), e'\x1f', case when m.followed_at is not null then 'true' else 'false' end, e'\x1f', case when m.suspended_at is not null then 'true' else 'false' end, case when c.kind in (2,3) then concat(e'\x1f', coalesce(case when veil.withheld then 'null' else case when c.poll_id is not null then
      (select /* Poll */ concat('{"id":', p.id, ',"title":', to_json((p.title)::text)::text, ',"multiple_choices":', case when p.multiple_choices then 'true' else 'false' end, ',"added_at":"', to_char(p.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","modified_at":"', to_char(p.modified_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","closed":', case when p.closed or coalesce(p.expiration_at <= now(), false) then 'true' else 'false' end, ',"expiration_at":', coalesce('"' || (to_char(p.expiration_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), ',"hidden":', case when false then 'true' else 'false' end, ',"choices":', (select concat('[', string_agg(/* PollChoice */ concat('{"id":', ch.id, ',"choice":', to_json((ch.choice)::text)::text, ',"order":', ch.position, ',"added_at":"', to_char(ch.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","deleted":', case when false then 'true' else 'false' end, ',"vote_count":', ch.vote_count, ',"voted":', case when exists (select from poll_vote pv where pv.choice_id = ch.id and pv.member_id = $1::bigint) then 'true' else 'false' end, '}'), ',' order by ch.position, ch.id), ']')
        from poll_choice ch where ch.poll_id = p.id), '}') from poll p where p.id = c.poll_id) end end, 'null')) else '' end, e'\x1f', case when c.addressing = '{}' then '[]' else e'\x05' end, e'\x03') as json
    from (select *, xmin from contribution where id = g.subject_id and kind = g.kind) c join users u on u.id = c.author_id
  left join lateral (
    select * from relation tied where tied.member_id = $1::bigint and tied.other_id = c.author_id offset 0) v on true
  left join lateral (select * from mark own
    where own.target_id = c.id and own.kind = c.kind and own.member_id = $1::bigint offset 0) m on true cross join lateral (select c.collapsed and c.author_id is distinct from $1::bigint
    and not exists (select from users m
  where m.id = $1::bigint and m.status = 'a' and m.role in ('admin', 'moderator')) as withheld) veil
    where (not c.deleted or c.author_id = $1::bigint or false and c.published) and not c.erased and true and true) x where g.kind in (1,2,3)) about on true left join lateral (
    select string_agg(item, ',' order by position desc) as json from (
      select /* NotificationItem */ ('{"type":"' || (case n.type when 1 then 'contribution' when 2 then 'comment' when 4 then 'nested_comment' when 9 then 'vote_up' when 16 then 'follow' when 19 then 'mention' when 37 then 'private_message' when 50 then 'deleted_for_advertising' when 51 then 'deleted_for_aggressive' when 52 then 'deleted_for_vulgar' when 54 then 'undeleted_for' when 55 then 'connection_request' when 56 then 'connection_accept' when 65 then 'deleted_for_poor' when 66 then 'deleted_for_offtopic' when 67 then 'kindly_notice_advertising' when 68 then 'kindly_notice_aggressive' when 69 then 'kindly_notice_vulgar' when 70 then 'kindly_notice_poor' when 71 then 'kindly_notice_offtopic' when 73 then 'kindly_notice_flag' when 74 then 'blocked_user' when 75 then 'collapsed_for_advertising' when 76 then 'collapsed_for_aggressive' when 77 then 'collapsed_for_vulgar' when 78 then 'collapsed_for_poor' when 79 then 'collapsed_for_offtopic' when 83 then 'unblocked_user' when 96 then 'incubator_approved' when 97 then 'user_follow' when 99 then 'custom_notification' else '' end) || '","sid":"' || i.id || '","is_new":' || case when i.position > g.seen and not i.read then 'true' else 'false' end
      || ',"active_at":"' || to_char(n.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"') || '"' || case when n.type in (1,2,4,9,16,19,37,50,51,52,54,65,66,67,68,69,70,71,73,75,76,77,78,79) then ',' || case when n.part_kind in (16) then (select '"comment":' || /* Comment */ concat(e'\x02', case when veil.withheld then 'Comment 011111 otherwise' else 'Comment 011111' end, e'\x1f', c.id, e'\x1f', c.xmin, /* User */ e'\x1f\x02User 011111\x1f', u.id, e'\x1f', u.xmin, e'\x1f', coalesce(case v.state when 4 then '"connected"' when 1 then '"sent_connection_request"' when 2 then '"received_connection_request"' end, 'null'), e'\x03\x1f', case when c.vote_count = 0 then '[]'
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
  where m.id = $1::bigint and m.status = 'a' and m.role in ('admin', 'moderator')) as withheld) veil) end, e'\x03')
    from (select *, xmin from comment where id = n.part_id) c join contribution x on x.id = c.contribution_id join users u on u.id = c.author_id
  left join lateral (
    select * from relation tied where tied.member_id = $1::bigint and tied.other_id = c.author_id offset 0) v on true
  left join lateral (select * from mark own
    where own.target_id = c.id and own.kind = 16 and own.member_id = $1::bigint offset 0) m on true cross join lateral (select c.collapsed and c.author_id is distinct from $1::bigint
    and not exists (select from users m
  where m.id = $1::bigint and m.status = 'a' and m.role in ('admin', 'moderator')) as withheld) veil
    where not c.erased and (not c.deleted or c.author_id = $1::bigint or false) and true and (c.parent_id is null or exists (select from comment q
    where q.id = c.parent_id and not q.erased and (not q.deleted or q.author_id = $1::bigint or false) and true))
      and (not x.deleted or x.author_id = $1::bigint or false and x.published) and not x.erased and true and true) when n.part_kind in (17) then (select '"message":' || /* PrivateMessage */ concat('{"id":', x.id, ',"thread_id":', x.thread_id, ',"sender":', (select /* User */ concat(e'\x02User 011111\x1f', u.id, e'\x1f', u.xmin, e'\x1f', coalesce(case v.state when 4 then '"connected"' when 1 then '"sent_connection_request"' when 2 then '"received_connection_request"' end, 'null'), e'\x03') from users u
    left join lateral (
    select * from relation tied where tied.member_id = $1::bigint and tied.other_id = u.id offset 0) v on true where u.id = x.sender_id), ',"receiver":', (select /* User */ concat(e'\x02User 011111\x1f', u.id, e'\x1f', u.xmin, e'\x1f', coalesce(case v.state when 4 then '"connected"' when 1 then '"sent_connection_request"' when 2 then '"received_connection_request"' end, 'null'), e'\x03') from users u
    left join lateral (
    select * from relation tied where tied.member_id = $1::bigint and tied.other_id = u.id offset 0) v on true where u.id = x.receiver_id), ',"message":', to_json((case when x.hidden and x.sender_id = $1::bigint then '' else x.html end)::text)::text, ',"created_at":"', to_char(x.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","status":"', case when x.hidden and x.sender_id = $1::bigint then 'hidden'
      when x.receiver_id = $1::bigint and x.id > r.read_to then 'new' else 'created' end, '","group":null,"file":', coalesce(case when not (x.hidden and x.sender_id = $1::bigint) then
      (select /* PrivateMessageFile */ concat('{"uuid":', to_json((f.uuid)::text)::text, ',"filename":', to_json((f.filename)::text)::text, ',"filesize":', f.bytes, ',"mimetype":', to_json((f.mimetype)::text)::text, ',"duration":', coalesce((f.duration)::text, 'null'), ',"url":', coalesce(to_json((case when f.url like '/%' then concat(public_base(), f.url) else f.url end)::text)::text, 'null'), ',"thumbnail":', coalesce(to_json((case when f.thumbnail like '/%' then concat(public_base(), f.thumbnail) else f.thumbnail end)::text)::text, 'null'), '}') from message_file f where f.uuid = x.file_uuid) end, 'null'), '}')
    from message x join message_side r on r.thread_id = x.thread_id and r.member_id = $1::bigint
    where x.id = n.part_id and x.id > r.cleared_to) else about.json end else '' end || case when n.type in (9,16) then ',' || '"user":' || actor.json else '' end || case when n.type in (55) then ',' || '"request_user":' || actor.json else '' end || case when n.type in (56) then ',' || '"accept_user":' || actor.json else '' end || case when n.type in (74) then ',' || '"block_settings":' || coalesce((n.data -> 'block_settings')::text, 'null') || ',' || '"blocked_settings":' || coalesce((n.data -> 'block_settings')::text, 'null') else '' end || case when n.type in (96) then ',' || '"incubator":' || (select /* IncubatorCategory */ concat('{"id":', incubator.id, ',"name":', to_json((incubator.name)::text)::text, ',"slug":', to_json((incubator.slug)::text)::text, ',"slogan":', coalesce(to_json((incubator.slogan)::text)::text, 'null'), ',"status":', incubator.status, ',"added_at":"', to_char(incubator.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), /* Category */ e'","approved_category":\x02Category\x1f', category.id, e'\x1f', category.xmin, e'\x1f', case when f.member_id is not null then 'true' else 'false' end, e'\x03}') from incubator
    join category on category.id = incubator.category_id left join category_follower f on f.category_id = category.id and f.member_id = $1::bigint where incubator.id = n.part_id) else '' end || case when n.type in (97) then ',' || '"follower":' || actor.json else '' end || case when n.type in (99) then ',' || '"custom_notification":' || ((n.data -> 'custom_notification') || jsonb_build_object('id', n.id, 'embed', (select (/* Embed */ concat('{"id":', e.id, ',"embed_type":', to_json((e.embed_type)::text)::text, ',"embed_id":', to_json((e.embed_id)::text)::text, ',"url":', coalesce(to_json((e.url)::text)::text, 'null'), ',"metadata":', e.metadata::text, '}'))::jsonb from embed e
  where e.id = (n.data -> 'custom_notification' ->> 'embed')::bigint)))::text else '' end || case when n.type in (99) then ',' || '"user":' || actor.json else '' end || '}') as item, i.position
      from (select i.* from (
    select position from notification where group_id = g.id order by position desc limit 10
  ) newest cross join lateral (
    select * from notification there where there.group_id = g.id and there.position = newest.position offset 0
  ) i) i
      join notification_notice n on n.id = i.notice_id left join lateral (
    select /* User */ concat(e'\x02User 011111\x1f', u.id, e'\x1f', u.xmin, e'\x1f', coalesce(case v.state when 4 then '"connected"' when 1 then '"sent_connection_request"' when 2 then '"received_connection_request"' end, 'null'), e'\x03') as json from users u
    left join lateral (
    select * from relation tied where tied.member_id = $1::bigint and tied.other_id = u.id offset 0) v on true where u.id = n.actor_id offset 0
  ) actor on true
    ) item
  ) few on true
)
select (null)::int as count, (select count(*) from p)::int as n,
  count(*) filter (where n <= $2::bigint)::int as shown,
  string_agg(row::text, ',' order by n) filter (where n <= $2::bigint) as rows,
  max(key) filter (where n = 1) as nearest, (array_agg(key order by n desc) filter (where n <= $2::bigint))[1] as farthest,
  null::text as repeated, concat(pg_current_snapshot(), ' ', pg_postmaster_start_time(), ' ', pg_relation_filepath('pg_class'), ' ', (select xmin from public_address)) as at,
  null::text as tables, concat((not exists (select from addressed)), (not exists (select h.other_id from relation h
  where h.member_id = $1::bigint and (h.hidden_place is not null or h.hidden_by))), (not exists (select from hidden_author where member_id = $1::bigint)), (not exists (select from erasure))) as held
from page;

-- place of a group
-- $1 id, $2 member
select last from notification_group where id = $1::bigint and member_id = $2::bigint;

-- read
-- $1 member, $2 groups, $3 items
with whole as (
      select id, unseen from notification_group
      where member_id = $1::bigint and id = any($2::bigint[]) and unseen > 0
    ), single as (
      update notification i set read = true from notification_group g
      where i.id = any($3::bigint[]) and i.member_id = $1::bigint and g.id = i.group_id
        and i.position > g.seen and not i.read and not exists (select from whole where whole.id = g.id)
      returning g.id
    ), less as (
      select id, unseen, true as whole from whole union all select id, count(*)::int, false from single group by id
    ), changed as (
      update notification_group g set unseen = g.unseen - less.unseen,
        seen = case when less.whole then g.last else g.seen end
      from less where g.id = less.id
    )
    update notification_box set unseen = unseen - (select sum(unseen) from less)
    where member_id = $1::bigint and exists (select from less);

-- see a group
-- $1 member, $2 kind, $3 subject
with old as (
      select id, unseen from notification_group where member_id = $1::bigint and kind = $2::smallint
        and subject_id = $3::bigint and alone = 0 and unseen > 0
    ), seen as (
      update notification_group g set seen = g.last, unseen = 0 from old where g.id = old.id
    )
    update notification_box set unseen = unseen - (select sum(unseen) from old)
    where member_id = $1::bigint and exists (select from old);

-- see groups
-- $1 member, $2 low, $3 high
with old as (
      select id, unseen from notification_group
      where member_id = $1::bigint and last between $2::bigint and $3::bigint and unseen > 0
    ), seen as (
      update notification_group g set seen = g.last, unseen = 0 from old where g.id = old.id
    )
    update notification_box set unseen = unseen - (select sum(unseen) from old)
    where member_id = $1::bigint and exists (select from old);

-- send a banner
-- $1 title, $2 body, $3 link_text, $4 link, $5 image, $6 new_tab, $7 now, $8 by
with b as (
      insert into banner (title, body_text, link_text, link, image, open_in_new_tab, added_at, made_by)
      values ($1::text, $2::text, $3::text, $4::text, $5::text, $6::boolean, $7::timestamptz, $8::bigint) returning *
    ), emitted as (
      insert into event (id, type, created, body, txid, audience)
  select event_id, type, $7::timestamptz, concat('{"event_id":', event_id, ',"type":"', type, '","created":',
      extract(epoch from $7::timestamptz::timestamptz), ',"data":', data, '}')::json, txid,
    (select version from webhook_listening where type = any(types))
  from (select pg_current_xact_id() as txid,
      case when (select check_event_source()) then nextval('event_id') end as event_id, type, data
    from (select 'notification.banner.sent' as type, concat(/* NotificationBanner */ '{"banner":{"title":', to_json((b.title)::text)::text, ',"body_text":', to_json((b.body_text)::text)::text, ',"description":', to_json((b.body_text)::text)::text, ',"link_text":', to_json((b.link_text)::text)::text, ',"link":', coalesce(to_json((b.link)::text)::text, 'null'), ',"open_in_new_tab":', case when b.open_in_new_tab then 'true' else 'false' end, ',"image":', coalesce(to_json((b.image)::text)::text, 'null'), ',"added_at":"', to_char(b.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","type_banner":"notification_banner"},"recipients":[]}') as data from b) emitted offset 0) numbered
    )
    select /* BroadcastMessage */ concat('{"id":', b.id, /* NotificationBanner */ ',"banner":{"title":', to_json((b.title)::text)::text, ',"body_text":', to_json((b.body_text)::text)::text, ',"description":', to_json((b.body_text)::text)::text, ',"link_text":', to_json((b.link_text)::text)::text, ',"link":', coalesce(to_json((b.link)::text)::text, 'null'), ',"open_in_new_tab":', case when b.open_in_new_tab then 'true' else 'false' end, ',"image":', coalesce(to_json((b.image)::text)::text, 'null'), ',"added_at":"', to_char(b.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","type_banner":"notification_banner"},"added_at":"', to_char(b.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","viewed_at":', coalesce('"' || (to_char(r.viewed_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), ',"disposed_at":', coalesce('"' || (to_char(r.disposed_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), '}') as json
    from b, (select null::timestamptz as viewed_at, null::timestamptz as disposed_at) r;

-- some of an audience
-- $1 after, $2 most, $3 notice
select a.member_id as member from notification_notice n
    cross join lateral (select other_id as member_id from relation
    where member_id = n.actor_id and state = 4 and other_id > $1::bigint
    order by other_id limit $2::int) a where n.id = $3::bigint order by a.member_id;

-- take a box that a mail is due of
-- $1 now
with due as (
      select member_id, mailed_to from notification_box where due_at <= $1::timestamptz order by due_at, member_id limit 1
      for no key update skip locked
    )
    update notification_box b set due_at = null, mailed_at = $1::timestamptz, mailed_to = b.last
    from due join users u on u.id = due.member_id
    where b.member_id = due.member_id
    returning b.member_id as member, u.username, case when u.status in ('a', 'b') and u.email_isvalid then u.email end as email,
      b.language, due.mailed_to as mailed, u.qa_frequency <> 0 as all, u.email_notification_not_qa = 1 as messages;

-- take a task
-- $1 above
select t.id, t.task, t.of, t.after, n.type::int as type, n.kind::int as kind,
      n.part_kind::int as part from notification_task t
    left join notification_notice n on t.task = 'tell' and n.id = t.of[1]
    where t.id > $1::bigint order by t.id limit 1 for update of t skip locked;

-- take some away
-- $1 ids
with gone as (
      delete from notification where id = any($1::bigint[]) returning *
    ), less as (
      select g.id, g.member_id, g.n, count(*)::int as gone,
        (count(*) filter (where gone.position > g.seen and not gone.read))::int as unseen
      from gone join notification_group g on g.id = gone.group_id group by g.id
    ), fewer as (
      update notification_group g set n = g.n - less.gone, unseen = g.unseen - less.unseen, last = (
        select i.position from notification i where i.group_id = g.id and i.id <> all($1::bigint[]) order by i.position desc limit 1)
      from less where g.id = less.id and less.gone < less.n
    ), emptied as (
      delete from notification_group g using less where g.id = less.id and less.gone = less.n
    ), counted as (
      update notification_box b set unseen = b.unseen - d.unseen
      from (select member_id, sum(unseen)::int as unseen from less group by 1) d where b.member_id = d.member_id
    ), forgotten as (
      delete from notification_notice n where n.id in (select notice_id from gone)
        and not exists (select from notification i where i.notice_id = n.id and i.id <> all($1::bigint[]))
        and not exists (select from notification_task t where t.task = 'tell' and t.of = array[n.id])
    ) select where false;

-- tell
-- $1 notice, $2 members, $3 now
with n as materialized (
      select * from notification_notice where id = $1::bigint
    ), chosen as materialized (
      select u.id as member_id from n, users u
      where u.id = any($2::bigint[]) and u.status in ('a', 'b') and (u.id is distinct from n.actor_id or (n.type in (99)))
        and not (exists (select from relation r where r.member_id = u.id
      and r.other_id in (n.actor_id, n.owner_id, n.under_owner_id) and (r.hidden_place is not null or r.hidden_by))
    or exists (select from hidden_author h where h.member_id = u.id and h.author_id in (n.actor_id, n.owner_id, n.under_owner_id))
    or exists (select from erasure e where e.member_id in (n.actor_id, n.owner_id, n.under_owner_id, u.id))
    or exists (select from addressed a where a.contribution_id = n.subject_id and a.kind = n.kind
      and (a.author_id is distinct from u.id and (not a.tags && array(select t.id from tag t
  where t.id = any((select m.tag_ids from users m where m.id = u.id)::bigint[]) and t.active and not t.deleted) and not exists (select from users m
  where m.id = u.id and m.status = 'a' and m.role in ('admin', 'moderator')))))
    or exists (select from mark m where m.target_id = n.subject_id and m.kind = n.kind and m.member_id = u.id
      and m.suspended_at is not null) and not (n.type in (50,51,52,54,65,66,67,68,69,70,71,73,74,75,76,77,78,79,83)))
        and not exists (select from notification i where i.notice_id = n.id and i.member_id = u.id)
    ), box as (
      update notification_box b set last = b.last + 1, unseen = b.unseen + 1, due_at = least(b.due_at, case
    when u.email is null or not u.email_isvalid then null
    when n.type = 37 and u.email_notification_not_qa = 1 or n.type <> 37 and u.qa_frequency = -1
      then greatest($3::timestamptz, b.mailed_at + interval '15 minutes')
    when n.type <> 37 and u.qa_frequency = 1 then $3::timestamptz::timestamptz + interval '1 day' end)
      from chosen, n, users u where b.member_id = chosen.member_id and not b.closed and u.id = b.member_id
      returning b.member_id, b.last
    ), grouped as (
      insert into notification_group as g (member_id, kind, subject_id, alone, last, n, unseen)
      select box.member_id, n.kind, n.subject_id, case when (n.type in (1,2,4,9,16,19,37)) then 0 else n.id end, box.last, 1, 1 from box, n
      on conflict (member_id, kind, subject_id, alone) do update
        set last = excluded.last, n = g.n + 1, unseen = g.unseen + 1
      returning id, member_id, last
    ), told as (
      insert into notification (member_id, group_id, notice_id, position, actor_id, owner_id)
      select g.member_id, g.id, n.id, g.last, n.actor_id, n.owner_id from grouped g, n
      returning member_id
    )
    select member_id as member from told order by member_id;

-- tell several
-- $1 now, $2 notices
with n as materialized (
      select nextval('notification_notice_id_seq') as id, n.*, $1::timestamptz as at
      from (select * from json_to_recordset($2::json) as sent(type smallint,actor_id bigint,kind smallint,subject_id bigint,owner_id bigint,part_kind smallint,part_id bigint,under_id bigint,under_owner_id bigint,once boolean,data jsonb,member_id bigint,event_id bigint,key text)) n join notification_box b on b.member_id = n.member_id where not b.closed and not (n.actor_id = n.member_id and not (n.type in (99)) or not exists (
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
      then greatest($1::timestamptz, b.mailed_at + interval '15 minutes')
    when n.type <> 37 and u.qa_frequency = 1 then $1::timestamptz::timestamptz + interval '1 day' end)
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
  select event_id, type, $1::timestamptz, concat('{"event_id":', event_id, ',"type":"', type, '","created":',
      extract(epoch from $1::timestamptz::timestamptz), ',"data":', data, '}')::json, txid,
    (select version from webhook_listening where type = any(types))
  from (select pg_current_xact_id() as txid,
      case when (select check_event_source()) then nextval('event_id') end as event_id, type, data
    from ((select 'notification.contribution' as type,
        concat('{"recipients":[', n.member_id, '],"type":"contribution","active_at":"', to_char(n.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '",', (
      select concat('"', n.key, '":', convert_from(substr(body, at, length(body) - at), 'UTF8'))
      from (select convert_to(body::text, 'UTF8') as body from event where id = n.event_id offset 0) act
        cross join lateral (select position(',"data":'::bytea in body) + 8 as at offset 0) data), '}') as data
      from n join told on told.notice_id = n.id order by n.id)) emitted offset 0) numbered returning id, type
    ), announced as (insert into notification_event (event_id, notice_id)
      select e.id, n.id from (select id, row_number() over (order by id) as nth from emitted where type in ('notification.contribution')) e
      join (select notice_id as id, row_number() over (order by notice_id) as nth from told) n on n.nth = e.nth)
    select where false;

-- tell the rest of nobody
-- $1 of
delete from notification_task t where t.task = 'tell'
    and exists (select from notification_notice n where n.id = t.of[1] and n.type = ($1::bigint[])[1] and n.actor_id = ($1::bigint[])[2] and n.kind = ($1::bigint[])[3]
    and n.subject_id = ($1::bigint[])[4] and n.part_kind = ($1::bigint[])[5] and n.part_id = ($1::bigint[])[6]);

-- those of a member
-- $1 member, $2 after, $3 most
select i.position as key, (json_build_object('type', (case n.type when 1 then 'contribution' when 2 then 'comment' when 4 then 'nested_comment' when 9 then 'vote_up' when 16 then 'follow' when 19 then 'mention' when 37 then 'private_message' when 50 then 'deleted_for_advertising' when 51 then 'deleted_for_aggressive' when 52 then 'deleted_for_vulgar' when 54 then 'undeleted_for' when 55 then 'connection_request' when 56 then 'connection_accept' when 65 then 'deleted_for_poor' when 66 then 'deleted_for_offtopic' when 67 then 'kindly_notice_advertising' when 68 then 'kindly_notice_aggressive' when 69 then 'kindly_notice_vulgar' when 70 then 'kindly_notice_poor' when 71 then 'kindly_notice_offtopic' when 73 then 'kindly_notice_flag' when 74 then 'blocked_user' when 75 then 'collapsed_for_advertising' when 76 then 'collapsed_for_aggressive' when 77 then 'collapsed_for_vulgar' when 78 then 'collapsed_for_poor' when 79 then 'collapsed_for_offtopic' when 83 then 'unblocked_user' when 96 then 'incubator_approved' when 97 then 'user_follow' when 99 then 'custom_notification' else '' end), 'at', n.at, 'by', n.actor_id,
      'seen', i.read or i.position <= g.seen, 'about', nullif(n.subject_id, 0), 'part', nullif(n.part_id, 0), 'says', n.data))::text as json from notification i join notification_notice n on n.id = i.notice_id
      join notification_group g on g.id = i.group_id where i.member_id = $1::bigint and i.position > $2::bigint order by i.position limit $3::int;

-- those of a member, keys
-- $1 member, $2 after, $3 most
select i.position as key from notification i join notification_notice n on n.id = i.notice_id
      join notification_group g on g.id = i.group_id where i.member_id = $1::bigint and i.position > $2::bigint order by i.position limit $3::int;

-- those of a member, some
-- $1 member, $2 keys
select (json_build_object('type', (case n.type when 1 then 'contribution' when 2 then 'comment' when 4 then 'nested_comment' when 9 then 'vote_up' when 16 then 'follow' when 19 then 'mention' when 37 then 'private_message' when 50 then 'deleted_for_advertising' when 51 then 'deleted_for_aggressive' when 52 then 'deleted_for_vulgar' when 54 then 'undeleted_for' when 55 then 'connection_request' when 56 then 'connection_accept' when 65 then 'deleted_for_poor' when 66 then 'deleted_for_offtopic' when 67 then 'kindly_notice_advertising' when 68 then 'kindly_notice_aggressive' when 69 then 'kindly_notice_vulgar' when 70 then 'kindly_notice_poor' when 71 then 'kindly_notice_offtopic' when 73 then 'kindly_notice_flag' when 74 then 'blocked_user' when 75 then 'collapsed_for_advertising' when 76 then 'collapsed_for_aggressive' when 77 then 'collapsed_for_vulgar' when 78 then 'collapsed_for_poor' when 79 then 'collapsed_for_offtopic' when 83 then 'unblocked_user' when 96 then 'incubator_approved' when 97 then 'user_follow' when 99 then 'custom_notification' else '' end), 'at', n.at, 'by', n.actor_id,
      'seen', i.read or i.position <= g.seen, 'about', nullif(n.subject_id, 0), 'part', nullif(n.part_id, 0), 'says', n.data))::text as json from notification i join notification_notice n on n.id = i.notice_id
      join notification_group g on g.id = i.group_id where i.member_id = $1::bigint and i.position = any($2::bigint[]) order by i.position;

-- those that events tell of
-- $1 members, $2 events
select event, member, unseen, sid, activity, language, json from (
      select e.event_id as event, i.member_id as member, b.unseen, i.id::text as sid, n.type::int as activity, b.language,
        /* NotificationItem */ ('{"type":"' || (case n.type when 1 then 'contribution' when 2 then 'comment' when 4 then 'nested_comment' when 9 then 'vote_up' when 16 then 'follow' when 19 then 'mention' when 37 then 'private_message' when 50 then 'deleted_for_advertising' when 51 then 'deleted_for_aggressive' when 52 then 'deleted_for_vulgar' when 54 then 'undeleted_for' when 55 then 'connection_request' when 56 then 'connection_accept' when 65 then 'deleted_for_poor' when 66 then 'deleted_for_offtopic' when 67 then 'kindly_notice_advertising' when 68 then 'kindly_notice_aggressive' when 69 then 'kindly_notice_vulgar' when 70 then 'kindly_notice_poor' when 71 then 'kindly_notice_offtopic' when 73 then 'kindly_notice_flag' when 74 then 'blocked_user' when 75 then 'collapsed_for_advertising' when 76 then 'collapsed_for_aggressive' when 77 then 'collapsed_for_vulgar' when 78 then 'collapsed_for_poor' when 79 then 'collapsed_for_offtopic' when 83 then 'unblocked_user' when 96 then 'incubator_approved' when 97 then 'user_follow' when 99 then 'custom_notification' else '' end) || '","sid":"' || i.id || '","is_new":' || case when i.position > g.seen and not i.read then 'true' else 'false' end
      || ',"active_at":"' || to_char(n.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"') || '"' || case when n.type in (1,2,4,9,16,19,37,50,51,52,54,65,66,67,68,69,70,71,73,75,76,77,78,79) then ',' || case when n.part_kind in (16) then (select '"comment":' || /* Comment */ concat('{"id":', c.id, /* User */ ',"type":"comment","author":{', replace(replace(replace(replace(u.profile_json,
    case when cardinality(u.tag_ids) > 0 then '"tags":[]' else '' end, concat('"tags":', case when u.tag_ids = '{}' then '[]' else (
    select /* Tag[] */ concat('[', string_agg(/* Tag */ concat('{"id":', t.id, ',"type":"', t.type, '","name":', to_json((t.name)::text)::text, ',"description":', coalesce(to_json((t.description)::text)::text, 'null'), ',"color":', to_json((t.color)::text)::text, ',"visible":', case when t.visible then 'true' else 'false' end, ',"visibility_boost":', case when t.visibility_boost then 'true' else 'false' end, ',"created_at":"', to_char(t.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","active":', case when t.active then 'true' else 'false' end, ',"deleted":', case when t.deleted then 'true' else 'false' end, '}'), ',' order by t.id), ']') from tag t
    where t.id = any(u.tag_ids) and t.active and not t.deleted and t.visible) end)),
    case when u.avatar is null then '"avatar":null' when u.avatar like '/%' then '"avatar":"/' else '' end,
    concat(e'"avatar":"\x04', case when u.avatar is null then concat('/api/v2/avatar/', u.id, '"') else '/' end)),
    case when u.cover like '/%' then '"cover":"/' else '' end, concat(e'"cover":"\x04/')),
    e'\x04', (select base from public_address)), ',', u.standing_json, ',"connection_requests_sent_counter":', u.requests_sent, ',"connection_requests_received_counter":', (u.requests_received + u.requests_rejected), ',"connections_counter":', u.connections, ',"posts_counter":', u.posts, ',"discussions_counter":', u.discussions, ',"statuses_counter":', u.statuses, ',"polls_counter":', u.polls, ',"categories_counter":', u.categories, ',"connection_status":', coalesce(case v.state when 4 then '"connected"' when 1 then '"sent_connection_request"' when 2 then '"received_connection_request"' end, 'null'), '},"added_at":"', to_char(c.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","last_edited_at":', coalesce('"' || (to_char(c.last_edited_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), ',"html":', to_json((case when veil.withheld then '' else c.html end)::text)::text, ',"summary":', to_json((case when veil.withheld then '' else c.summary end)::text)::text, ',"summary_html":', to_json((case when veil.withheld then '' else case when c.summary like '% ...' then c.summary else c.html end end)::text)::text, ',"summary_truncated":', case when case when veil.withheld then false else c.summary like '% ...' end then 'true' else 'false' end, ',"deleted":', case when c.deleted then 'true' else 'false' end, ',"collapsed":', case when c.collapsed then 'true' else 'false' end, ',"parent":', coalesce((c.parent_id)::text, 'null'), ',"in_reply_to":', coalesce((c.in_reply_to_id)::text, 'null'), ',"comment_count":', c.comment_count, ',"vote_count":', c.vote_count, ',"flag_count":', c.flag_count, ',"reactions_count":', case when c.vote_count = 0 then '[]'
    when c.reactions = '{}' then concat('[{"count":', c.vote_count, ',"reaction":', (select /* Reaction */ concat('{"id":', r.id, ',"label":', to_json((r.label)::text)::text, ',"sentiment":', r.sentiment, ',"image":', to_json((case when r.image like '/%' then concat(public_base(), r.image) else r.image end)::text)::text, ',"active":', case when r.active then 'true' else 'false' end, '}') from reaction r where r.id = 1), '}]')
    else (select concat('[', string_agg(concat('{"count":', n, /* Reaction */ ',"reaction":{"id":', r.id, ',"label":', to_json((r.label)::text)::text, ',"sentiment":', r.sentiment, ',"image":', to_json((case when r.image like '/%' then concat(public_base(), r.image) else r.image end)::text)::text, ',"active":', case when r.active then 'true' else 'false' end, '}}'), ','
        order by n desc, r.id), ']')
      from (select 1::bigint as id,
    c.vote_count - coalesce((select sum(value::int) from jsonb_each_text(c.reactions)), 0)::int as n
  union all select key::bigint, value::int from jsonb_each_text(c.reactions)) counted join reaction r on r.id = counted.id where n > 0) end, ',"voted":', case when m.reaction is not null then 'true' else 'false' end, ',"reaction":', coalesce(case when m.reaction = 1 then (select /* Reaction */ concat('{"id":', r.id, ',"label":', to_json((r.label)::text)::text, ',"sentiment":', r.sentiment, ',"image":', to_json((case when r.image like '/%' then concat(public_base(), r.image) else r.image end)::text)::text, ',"active":', case when r.active then 'true' else 'false' end, '}') from reaction r where r.id = 1)
    when m.reaction is not null then (select /* Reaction */ concat('{"id":', r.id, ',"label":', to_json((r.label)::text)::text, ',"sentiment":', r.sentiment, ',"image":', to_json((case when r.image like '/%' then concat(public_base(), r.image) else r.image end)::text)::text, ',"active":', case when r.active then 'true' else 'false' end, '}') from reaction r where r.id = m.reaction) end, 'null'), ',"status":', coalesce(case when c.kind = 1 then concat('{"id":', c.contribution_id, ',"slug":', to_json(case when x.collapsed then x.id::text else x.slug end)::text, '}') end, 'null'), ',"post":', coalesce(case when c.kind = 2 then concat('{"id":', c.contribution_id, ',"slug":', to_json(case when x.collapsed then x.id::text else x.slug end)::text, '}') end, 'null'), ',"discussion":', coalesce(case when c.kind = 3 then concat('{"id":', c.contribution_id, ',"slug":', to_json(case when x.collapsed then x.id::text else x.slug end)::text, '}') end, 'null'), ',"latest_comments":', case when c.comment_count = 0 then '[]' else (
    select concat('[', string_agg(/* CommentSummary */ concat('{"id":', c.id, /* User */ ',"type":"comment","author":{', replace(replace(replace(replace(u.profile_json,
    case when cardinality(u.tag_ids) > 0 then '"tags":[]' else '' end, concat('"tags":', case when u.tag_ids = '{}' then '[]' else (
    select /* Tag[] */ concat('[', string_agg(/* Tag */ concat('{"id":', t.id, ',"type":"', t.type, '","name":', to_json((t.name)::text)::text, ',"description":', coalesce(to_json((t.description)::text)::text, 'null'), ',"color":', to_json((t.color)::text)::text, ',"visible":', case when t.visible then 'true' else 'false' end, ',"visibility_boost":', case when t.visibility_boost then 'true' else 'false' end, ',"created_at":"', to_char(t.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","active":', case when t.active then 'true' else 'false' end, ',"deleted":', case when t.deleted then 'true' else 'false' end, '}'), ',' order by t.id), ']') from tag t
    where t.id = any(u.tag_ids) and t.active and not t.deleted and t.visible) end)),
    case when u.avatar is null then '"avatar":null' when u.avatar like '/%' then '"avatar":"/' else '' end,
    concat(e'"avatar":"\x04', case when u.avatar is null then concat('/api/v2/avatar/', u.id, '"') else '/' end)),
    case when u.cover like '/%' then '"cover":"/' else '' end, concat(e'"cover":"\x04/')),
    e'\x04', (select base from public_address)), ',', u.standing_json, ',"connection_requests_sent_counter":', u.requests_sent, ',"connection_requests_received_counter":', (u.requests_received + u.requests_rejected), ',"connections_counter":', u.connections, ',"posts_counter":', u.posts, ',"discussions_counter":', u.discussions, ',"statuses_counter":', u.statuses, ',"polls_counter":', u.polls, ',"categories_counter":', u.categories, ',"connection_status":', coalesce(case v.state when 4 then '"connected"' when 1 then '"sent_connection_request"' when 2 then '"received_connection_request"' end, 'null'), '},"added_at":"', to_char(c.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","last_edited_at":', coalesce('"' || (to_char(c.last_edited_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), ',"html":', to_json((case when veil.withheld then '' else c.html end)::text)::text, ',"summary":', to_json((case when veil.withheld then '' else c.summary end)::text)::text, ',"summary_html":', to_json((case when veil.withheld then '' else case when c.summary like '% ...' then c.summary else c.html end end)::text)::text, ',"summary_truncated":', case when case when veil.withheld then false else c.summary like '% ...' end then 'true' else 'false' end, ',"deleted":', case when c.deleted then 'true' else 'false' end, ',"collapsed":', case when c.collapsed then 'true' else 'false' end, ',"parent":', coalesce((c.parent_id)::text, 'null'), ',"in_reply_to":', coalesce((c.in_reply_to_id)::text, 'null'), ',"comment_count":', c.comment_count, ',"vote_count":', c.vote_count, ',"flag_count":', c.flag_count, ',"reactions_count":', case when c.vote_count = 0 then '[]'
    when c.reactions = '{}' then concat('[{"count":', c.vote_count, ',"reaction":', (select /* Reaction */ concat('{"id":', r.id, ',"label":', to_json((r.label)::text)::text, ',"sentiment":', r.sentiment, ',"image":', to_json((case when r.image like '/%' then concat(public_base(), r.image) else r.image end)::text)::text, ',"active":', case when r.active then 'true' else 'false' end, '}') from reaction r where r.id = 1), '}]')
    else (select concat('[', string_agg(concat('{"count":', n, /* Reaction */ ',"reaction":{"id":', r.id, ',"label":', to_json((r.label)::text)::text, ',"sentiment":', r.sentiment, ',"image":', to_json((case when r.image like '/%' then concat(public_base(), r.image) else r.image end)::text)::text, ',"active":', case when r.active then 'true' else 'false' end, '}}'), ','
        order by n desc, r.id), ']')
      from (select 1::bigint as id,
    c.vote_count - coalesce((select sum(value::int) from jsonb_each_text(c.reactions)), 0)::int as n
  union all select key::bigint, value::int from jsonb_each_text(c.reactions)) counted join reaction r on r.id = counted.id where n > 0) end, ',"voted":', case when m.reaction is not null then 'true' else 'false' end, ',"reaction":', coalesce(case when m.reaction = 1 then (select /* Reaction */ concat('{"id":', r.id, ',"label":', to_json((r.label)::text)::text, ',"sentiment":', r.sentiment, ',"image":', to_json((case when r.image like '/%' then concat(public_base(), r.image) else r.image end)::text)::text, ',"active":', case when r.active then 'true' else 'false' end, '}') from reaction r where r.id = 1)
    when m.reaction is not null then (select /* Reaction */ concat('{"id":', r.id, ',"label":', to_json((r.label)::text)::text, ',"sentiment":', r.sentiment, ',"image":', to_json((case when r.image like '/%' then concat(public_base(), r.image) else r.image end)::text)::text, ',"active":', case when r.active then 'true' else 'false' end, '}') from reaction r where r.id = m.reaction) end, 'null'), ',"status":', coalesce((case when c.kind = 1 then c.contribution_id end)::text, 'null'), ',"post":', coalesce((case when c.kind = 2 then c.contribution_id end)::text, 'null'), ',"discussion":', coalesce((case when c.kind = 3 then c.contribution_id end)::text, 'null'), ',"latest_comments":[]}'), ',' order by c.added_at, c.id), ']')
    from (select r.*, r.xmin from comment r
    where r.parent_id = c.id and not r.erased and not r.deleted and not coalesce((select true from relation h where h.member_id = i.member_id and h.other_id = r.author_id and (h.hidden_place is not null or h.hidden_by) and (h.hidden_place is not null or not exists (select from users m
  where m.id = i.member_id and m.status = 'a' and m.role in ('admin', 'moderator')))), false) and not coalesce((select true from hidden_author h where h.member_id = i.member_id and h.author_id = r.author_id), false) and not coalesce((select true from erasure e where e.member_id = r.author_id), false)
    order by r.added_at desc, r.id desc limit 2) c join users u on u.id = c.author_id
  left join lateral (
    select * from relation tied where tied.member_id = i.member_id and tied.other_id = c.author_id offset 0) v on true
  left join lateral (select * from mark own
    where own.target_id = c.id and own.kind = 16 and own.member_id = i.member_id offset 0) m on true cross join lateral (select c.collapsed and c.author_id is distinct from i.member_id
    and not exists (select from users m
  where m.id = i.member_id and m.status = 'a' and m.role in ('admin', 'moderator')) as withheld) veil) end, '}')
    from (select *, xmin from comment where id = n.part_id) c join contribution x on x.id = c.contribution_id join users u on u.id = c.author_id
  left join lateral (
    select * from relation tied where tied.member_id = i.member_id and tied.other_id = c.author_id offset 0) v on true
  left join lateral (select * from mark own
    where own.target_id = c.id and own.kind = 16 and own.member_id = i.member_id offset 0) m on true cross join lateral (select c.collapsed and c.author_id is distinct from i.member_id
    and not exists (select from users m
  where m.id = i.member_id and m.status = 'a' and m.role in ('admin', 'moderator')) as withheld) veil
    where not c.erased and (not c.deleted or c.author_id = i.member_id or false) and not coalesce((select true from relation h where h.member_id = i.member_id and h.other_id = c.author_id and (h.hidden_place is not null or h.hidden_by) and (h.hidden_place is not null or not exists (select from users m
  where m.id = i.member_id and m.status = 'a' and m.role in ('admin', 'moderator')))), false) and not coalesce((select true from hidden_author h where h.member_id = i.member_id and h.author_id = c.author_id), false) and not coalesce((select true from erasure e where e.member_id = c.author_id), false) and (c.parent_id is null or exists (select from comment q
    where q.id = c.parent_id and not q.erased and (not q.deleted or q.author_id = i.member_id or false) and not coalesce((select true from relation h where h.member_id = i.member_id and h.other_id = q.author_id and (h.hidden_place is not null or h.hidden_by) and (h.hidden_place is not null or not exists (select from users m
  where m.id = i.member_id and m.status = 'a' and m.role in ('admin', 'moderator')))), false) and not coalesce((select true from hidden_author h where h.member_id = i.member_id and h.author_id = q.author_id), false) and not coalesce((select true from erasure e where e.member_id = q.author_id), false)))
      and (not x.deleted or x.author_id = i.member_id or false and x.published) and not x.erased and (x.addressing = '{}' or not (x.author_id is distinct from i.member_id and (not x.addressing && array(select t.id from tag t
  where t.id = any((select m.tag_ids from users m where m.id = i.member_id)::bigint[]) and t.active and not t.deleted) and not exists (select from users m
  where m.id = i.member_id and m.status = 'a' and m.role in ('admin', 'moderator'))))) and not coalesce((select true from relation h where h.member_id = i.member_id and h.other_id = x.author_id and (h.hidden_place is not null or h.hidden_by) and (h.hidden_place is not null or not exists (select from users m
  where m.id = i.member_id and m.status = 'a' and m.role in ('admin', 'moderator')))), false) and not coalesce((select true from hidden_author h where h.member_id = i.member_id and h.author_id = x.author_id), false) and not coalesce((select true from erasure e where e.member_id = x.author_id), false)) when n.part_kind in (17) then (select '"message":' || /* PrivateMessage */ concat('{"id":', x.id, ',"thread_id":', x.thread_id, ',"sender":', (select /* User */ concat('{', replace(replace(replace(replace(u.profile_json,
    case when cardinality(u.tag_ids) > 0 then '"tags":[]' else '' end, concat('"tags":', case when u.tag_ids = '{}' then '[]' else (
    select /* Tag[] */ concat('[', string_agg(/* Tag */ concat('{"id":', t.id, ',"type":"', t.type, '","name":', to_json((t.name)::text)::text, ',"description":', coalesce(to_json((t.description)::text)::text, 'null'), ',"color":', to_json((t.color)::text)::text, ',"visible":', case when t.visible then 'true' else 'false' end, ',"visibility_boost":', case when t.visibility_boost then 'true' else 'false' end, ',"created_at":"', to_char(t.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","active":', case when t.active then 'true' else 'false' end, ',"deleted":', case when t.deleted then 'true' else 'false' end, '}'), ',' order by t.id), ']') from tag t
    where t.id = any(u.tag_ids) and t.active and not t.deleted and t.visible) end)),
    case when u.avatar is null then '"avatar":null' when u.avatar like '/%' then '"avatar":"/' else '' end,
    concat(e'"avatar":"\x04', case when u.avatar is null then concat('/api/v2/avatar/', u.id, '"') else '/' end)),
    case when u.cover like '/%' then '"cover":"/' else '' end, concat(e'"cover":"\x04/')),
    e'\x04', (select base from public_address)), ',', u.standing_json, ',"connection_requests_sent_counter":', u.requests_sent, ',"connection_requests_received_counter":', (u.requests_received + u.requests_rejected), ',"connections_counter":', u.connections, ',"posts_counter":', u.posts, ',"discussions_counter":', u.discussions, ',"statuses_counter":', u.statuses, ',"polls_counter":', u.polls, ',"categories_counter":', u.categories, ',"connection_status":', coalesce(case v.state when 4 then '"connected"' when 1 then '"sent_connection_request"' when 2 then '"received_connection_request"' end, 'null'), '}') from users u
    left join lateral (
    select * from relation tied where tied.member_id = i.member_id and tied.other_id = u.id offset 0) v on true where u.id = x.sender_id), ',"receiver":', (select /* User */ concat('{', replace(replace(replace(replace(u.profile_json,
    case when cardinality(u.tag_ids) > 0 then '"tags":[]' else '' end, concat('"tags":', case when u.tag_ids = '{}' then '[]' else (
    select /* Tag[] */ concat('[', string_agg(/* Tag */ concat('{"id":', t.id, ',"type":"', t.type, '","name":', to_json((t.name)::text)::text, ',"description":', coalesce(to_json((t.description)::text)::text, 'null'), ',"color":', to_json((t.color)::text)::text, ',"visible":', case when t.visible then 'true' else 'false' end, ',"visibility_boost":', case when t.visibility_boost then 'true' else 'false' end, ',"created_at":"', to_char(t.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","active":', case when t.active then 'true' else 'false' end, ',"deleted":', case when t.deleted then 'true' else 'false' end, '}'), ',' order by t.id), ']') from tag t
    where t.id = any(u.tag_ids) and t.active and not t.deleted and t.visible) end)),
    case when u.avatar is null then '"avatar":null' when u.avatar like '/%' then '"avatar":"/' else '' end,
    concat(e'"avatar":"\x04', case when u.avatar is null then concat('/api/v2/avatar/', u.id, '"') else '/' end)),
    case when u.cover like '/%' then '"cover":"/' else '' end, concat(e'"cover":"\x04/')),
    e'\x04', (select base from public_address)), ',', u.standing_json, ',"connection_requests_sent_counter":', u.requests_sent, ',"connection_requests_received_counter":', (u.requests_received + u.requests_rejected), ',"connections_counter":', u.connections, ',"posts_counter":', u.posts, ',"discussions_counter":', u.discussions, ',"statuses_counter":', u.statuses, ',"polls_counter":', u.polls, ',"categories_counter":', u.categories, ',"connection_status":', coalesce(case v.state when 4 then '"connected"' when 1 then '"sent_connection_request"' when 2 then '"received_connection_request"' end, 'null'), '}') from users u
    left join lateral (
    select * from relation tied where tied.member_id = i.member_id and tied.other_id = u.id offset 0) v on true where u.id = x.receiver_id), ',"message":', to_json((case when x.hidden and x.sender_id = i.member_id then '' else x.html end)::text)::text, ',"created_at":"', to_char(x.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","status":"', case when x.hidden and x.sender_id = i.member_id then 'hidden'
      when x.receiver_id = i.member_id and x.id > r.read_to then 'new' else 'created' end, '","group":null,"file":', coalesce(case when not (x.hidden and x.sender_id = i.member_id) then
      (select /* PrivateMessageFile */ concat('{"uuid":', to_json((f.uuid)::text)::text, ',"filename":', to_json((f.filename)::text)::text, ',"filesize":', f.bytes, ',"mimetype":', to_json((f.mimetype)::text)::text, ',"duration":', coalesce((f.duration)::text, 'null'), ',"url":', coalesce(to_json((case when f.url like '/%' then concat(public_base(), f.url) else f.url end)::text)::text, 'null'), ',"thumbnail":', coalesce(to_json((case when f.thumbnail like '/%' then concat(public_base(), f.thumbnail) else f.thumbnail end)::text)::text, 'null'), '}') from message_file f where f.uuid = x.file_uuid) end, 'null'), '}')
    from message x join message_side r on r.thread_id = x.thread_id and r.member_id = i.member_id
    where x.id = n.part_id and x.id > r.cleared_to) else about.json end else '' end || case when n.type in (9,16) then ',' || '"user":' || actor.json else '' end || case when n.type in (55) then ',' || '"request_user":' || actor.json else '' end || case when n.type in (56) then ',' || '"accept_user":' || actor.json else '' end || case when n.type in (74) then ',' || '"block_settings":' || coalesce((n.data -> 'block_settings')::text, 'null') || ',' || '"blocked_settings":' || coalesce((n.data -> 'block_settings')::text, 'null') else '' end || case when n.type in (96) then ',' || '"incubator":' || (select /* IncubatorCategory */ concat('{"id":', incubator.id, ',"name":', to_json((incubator.name)::text)::text, ',"slug":', to_json((incubator.slug)::text)::text, ',"slogan":', coalesce(to_json((incubator.slogan)::text)::text, 'null'), ',"status":', incubator.status, ',"added_at":"', to_char(incubator.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), /* Category */ '","approved_category":{"id":', category.id, ',"tags":', case when category.tag_ids = '{}' then '[]' else (
    select /* Tag[] */ concat('[', string_agg(/* Tag */ concat('{"id":', t.id, ',"type":"', t.type, '","name":', to_json((t.name)::text)::text, ',"description":', coalesce(to_json((t.description)::text)::text, 'null'), ',"color":', to_json((t.color)::text)::text, ',"visible":', case when t.visible then 'true' else 'false' end, ',"visibility_boost":', case when t.visibility_boost then 'true' else 'false' end, ',"created_at":"', to_char(t.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","active":', case when t.active then 'true' else 'false' end, ',"deleted":', case when t.deleted then 'true' else 'false' end, '}'), ',' order by t.id), ']') from tag t
    where t.id = any(category.tag_ids) and t.active and not t.deleted and t.visible) end, ',"followed":', case when f.member_id is not null then 'true' else 'false' end, ',', replace(category.shown_json, e'\x04', public_base()), ',"followers_counter":', category.followers, ',"parents":', to_json(category.parents)::text, '}}') from incubator
    join category on category.id = incubator.category_id left join category_follower f on f.category_id = category.id and f.member_id = i.member_id where incubator.id = n.part_id) else '' end || case when n.type in (97) then ',' || '"follower":' || actor.json else '' end || case when n.type in (99) then ',' || '"custom_notification":' || ((n.data -> 'custom_notification') || jsonb_build_object('id', n.id, 'embed', (select (/* Embed */ concat('{"id":', e.id, ',"embed_type":', to_json((e.embed_type)::text)::text, ',"embed_id":', to_json((e.embed_id)::text)::text, ',"url":', coalesce(to_json((e.url)::text)::text, 'null'), ',"metadata":', e.metadata::text, '}'))::jsonb from embed e
  where e.id = (n.data -> 'custom_notification' ->> 'embed')::bigint)))::text else '' end || case when n.type in (99) then ',' || '"user":' || actor.json else '' end || '}') as json
      from notification_event e join notification_notice n on n.id = e.notice_id
      join notification i on i.notice_id = n.id and i.member_id = any($1::bigint[])
      join notification_group g on g.id = i.group_id join notification_box b on b.member_id = i.member_id
      left join lateral (
    select /* User */ concat('{', replace(replace(replace(replace(u.profile_json,
    case when cardinality(u.tag_ids) > 0 then '"tags":[]' else '' end, concat('"tags":', case when u.tag_ids = '{}' then '[]' else (
    select /* Tag[] */ concat('[', string_agg(/* Tag */ concat('{"id":', t.id, ',"type":"', t.type, '","name":', to_json((t.name)::text)::text, ',"description":', coalesce(to_json((t.description)::text)::text, 'null'), ',"color":', to_json((t.color)::text)::text, ',"visible":', case when t.visible then 'true' else 'false' end, ',"visibility_boost":', case when t.visibility_boost then 'true' else 'false' end, ',"created_at":"', to_char(t.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","active":', case when t.active then 'true' else 'false' end, ',"deleted":', case when t.deleted then 'true' else 'false' end, '}'), ',' order by t.id), ']') from tag t
    where t.id = any(u.tag_ids) and t.active and not t.deleted and t.visible) end)),
    case when u.avatar is null then '"avatar":null' when u.avatar like '/%' then '"avatar":"/' else '' end,
    concat(e'"avatar":"\x04', case when u.avatar is null then concat('/api/v2/avatar/', u.id, '"') else '/' end)),
    case when u.cover like '/%' then '"cover":"/' else '' end, concat(e'"cover":"\x04/')),
    e'\x04', (select base from public_address)), ',', u.standing_json, ',"connection_requests_sent_counter":', u.requests_sent, ',"connection_requests_received_counter":', (u.requests_received + u.requests_rejected), ',"connections_counter":', u.connections, ',"posts_counter":', u.posts, ',"discussions_counter":', u.discussions, ',"statuses_counter":', u.statuses, ',"polls_counter":', u.polls, ',"categories_counter":', u.categories, ',"connection_status":', coalesce(case v.state when 4 then '"connected"' when 1 then '"sent_connection_request"' when 2 then '"received_connection_request"' end, 'null'), '}') as json from users u
    left join lateral (
    select * from relation tied where tied.member_id = i.member_id and tied.other_id = u.id offset 0) v on true where u.id = n.actor_id offset 0
  ) actor on true left join lateral (select json from (select concat('"', case c.kind when 1 then 'status' when 2 then 'post' when 3 then 'discussion' end, /* Status */ /* Post */ /* Discussion */ '":{"id":', c.id, ',"type":', case c.kind when 1 then '"' || ('status') || '"' when 2 then '"' || ('post') || '"' when 3 then '"' || ('discussion') || '"' end, case when c.kind in (3) then concat(',"title":', to_json((case when veil.withheld then '' else c.title end)::text)::text) else '' end, ',"slug":', to_json((case when veil.withheld then c.id::text else c.slug end)::text)::text, ',"html":', to_json((case when veil.withheld then '' else c.html end)::text)::text, ',"summary":', to_json((case when veil.withheld then '' else c.summary end)::text)::text, ',"summary_html":', to_json((case when veil.withheld then '' else case when c.summary like '% ...' then c.summary else c.html end end)::text)::text, ',"summary_truncated":', case when case when veil.withheld then false else c.summary like '% ...' end then 'true' else 'false' end, /* User */ ',"author":{', replace(replace(replace(replace(u.profile_json,
    case when cardinality(u.tag_ids) > 0 then '"tags":[]' else '' end, concat('"tags":', case when u.tag_ids = '{}' then '[]' else (
    select /* Tag[] */ concat('[', string_agg(/* Tag */ concat('{"id":', t.id, ',"type":"', t.type, '","name":', to_json((t.name)::text)::text, ',"description":', coalesce(to_json((t.description)::text)::text, 'null'), ',"color":', to_json((t.color)::text)::text, ',"visible":', case when t.visible then 'true' else 'false' end, ',"visibility_boost":', case when t.visibility_boost then 'true' else 'false' end, ',"created_at":"', to_char(t.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","active":', case when t.active then 'true' else 'false' end, ',"deleted":', case when t.deleted then 'true' else 'false' end, '}'), ',' order by t.id), ']') from tag t
    where t.id = any(u.tag_ids) and t.active and not t.deleted and t.visible) end)),
    case when u.avatar is null then '"avatar":null' when u.avatar like '/%' then '"avatar":"/' else '' end,
    concat(e'"avatar":"\x04', case when u.avatar is null then concat('/api/v2/avatar/', u.id, '"') else '/' end)),
    case when u.cover like '/%' then '"cover":"/' else '' end, concat(e'"cover":"\x04/')),
    e'\x04', (select base from public_address)), ',', u.standing_json, ',"connection_requests_sent_counter":', u.requests_sent, ',"connection_requests_received_counter":', (u.requests_received + u.requests_rejected), ',"connections_counter":', u.connections, ',"posts_counter":', u.posts, ',"discussions_counter":', u.discussions, ',"statuses_counter":', u.statuses, ',"polls_counter":', u.polls, ',"categories_counter":', u.categories, ',"connection_status":', coalesce(case v.state when 4 then '"connected"' when 1 then '"sent_connection_request"' when 2 then '"received_connection_request"' end, 'null'), '},"categories":', case when c.categories = '{}' then '[]' else (select concat('[', string_agg(/* Category */ concat('{"id":', category.id, ',"tags":', case when category.tag_ids = '{}' then '[]' else (
    select /* Tag[] */ concat('[', string_agg(/* Tag */ concat('{"id":', t.id, ',"type":"', t.type, '","name":', to_json((t.name)::text)::text, ',"description":', coalesce(to_json((t.description)::text)::text, 'null'), ',"color":', to_json((t.color)::text)::text, ',"visible":', case when t.visible then 'true' else 'false' end, ',"visibility_boost":', case when t.visibility_boost then 'true' else 'false' end, ',"created_at":"', to_char(t.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","active":', case when t.active then 'true' else 'false' end, ',"deleted":', case when t.deleted then 'true' else 'false' end, '}'), ',' order by t.id), ']') from tag t
    where t.id = any(category.tag_ids) and t.active and not t.deleted and t.visible) end, ',"followed":', case when f.member_id is not null then 'true' else 'false' end, ',', replace(category.shown_json, e'\x04', public_base()), ',"followers_counter":', category.followers, ',"parents":', to_json(category.parents)::text, '}'), ',' order by named.nth), ']')
    from unnest(c.categories) with ordinality named(id, nth)
    cross join lateral (select k.*, k.xmin from category k where k.id = named.id limit 1) category
    left join category_follower f on f.category_id = category.id and f.member_id = i.member_id) end, ',"added_at":', '"' || (to_char(c.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', ',"last_edited_at":', coalesce('"' || (to_char(c.last_edited_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), ',"last_activity_at":', '"' || (to_char(c.last_activity_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', ',"deleted":', case when c.deleted and c.published then 'true' else 'false' end, ',"draft":', case when not c.published and c.scheduled_at is null then 'true' else 'false' end, ',"scheduled_at":', coalesce('"' || (to_char(c.scheduled_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), ',"collapsed":', case when c.collapsed then 'true' else 'false' end, ',"comment_count":', c.comment_count, ',"vote_count":', c.vote_count, ',"flag_count":', c.flag_count, ',"share_count":', c.share_count, ',"view_count":', c.view_count, ',"follower_count":', c.follower_count, ',"reactions_count":', case when c.vote_count = 0 then '[]'
    when c.reactions = '{}' then concat('[{"count":', c.vote_count, ',"reaction":', (select /* Reaction */ concat('{"id":', r.id, ',"label":', to_json((r.label)::text)::text, ',"sentiment":', r.sentiment, ',"image":', to_json((case when r.image like '/%' then concat(public_base(), r.image) else r.image end)::text)::text, ',"active":', case when r.active then 'true' else 'false' end, '}') from reaction r where r.id = 1), '}]')
    else (select concat('[', string_agg(concat('{"count":', n, /* Reaction */ ',"reaction":{"id":', r.id, ',"label":', to_json((r.label)::text)::text, ',"sentiment":', r.sentiment, ',"image":', to_json((case when r.image like '/%' then concat(public_base(), r.image) else r.image end)::text)::text, ',"active":', case when r.active then 'true' else 'false' end, '}}'), ','
        order by n desc, r.id), ']')
      from (select 1::bigint as id,
    c.vote_count - coalesce((select sum(value::int) from jsonb_each_text(c.reactions)), 0)::int as n
  union all select key::bigint, value::int from jsonb_each_text(c.reactions)) counted join reaction r on r.id = counted.id where n > 0) end, ',"voted":', case when m.reaction is not null then 'true' else 'false' end, ',"reaction":', coalesce(case when m.reaction = 1 then (select /* Reaction */ concat('{"id":', r.id, ',"label":', to_json((r.label)::text)::text, ',"sentiment":', r.sentiment, ',"image":', to_json((case when r.image like '/%' then concat(public_base(), r.image) else r.image end)::text)::text, ',"active":', case when r.active then 'true' else 'false' end, '}') from reaction r where r.id = 1)
    when m.reaction is not null then (select /* Reaction */ concat('{"id":', r.id, ',"label":', to_json((r.label)::text)::text, ',"sentiment":', r.sentiment, ',"image":', to_json((case when r.image like '/%' then concat(public_base(), r.image) else r.image end)::text)::text, ',"active":', case when r.active then 'true' else 'false' end, '}') from reaction r where r.id = m.reaction) end, 'null'), ',"followed":', case when m.followed_at is not null then 'true' else 'false' end, ',"suspended":', case when m.suspended_at is not null then 'true' else 'false' end, ',"medias":', case when veil.withheld then '[]' else case when c.medias = '{}' then '[]' else (select concat('[', string_agg(/* Media */ concat('{"id":', media.id, ',"added_at":"', to_char(media.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","type":"', media.type, '","title":', to_json((media.title)::text)::text, ',"description":', to_json((media.description)::text)::text, ',"url":', to_json((coalesce(case when media.url like '/%' then concat(public_base(), media.url) else media.url end, ''))::text)::text, ',"image":', to_json((coalesce(case when media.image like '/%' then concat(public_base(), media.image) else media.image end, ''))::text)::text, ',"image_width":', coalesce(media.image_width, 0), ',"image_height":', coalesce(media.image_height, 0), ',"order":', n.nth - 1, ',"embed":', coalesce(case when media.embedded_id is not null then (select /* Embed */ concat('{"id":', e.id, ',"embed_type":', to_json((e.embed_type)::text)::text, ',"embed_id":', to_json((e.embed_id)::text)::text, ',"url":', coalesce(to_json((e.url)::text)::text, 'null'), ',"metadata":', e.metadata::text, '}') from embed e where e.id = media.embedded_id)
      when media.embed_type is null then 'null' else concat('{"id":null,"embed_type":"', media.embed_type,
      '","embed_id":', to_json(media.embed_id), ',"url":', coalesce(to_json(media.url)::text, 'null'),
      ',"metadata":', replace(media.metadata::text, '"url":"/files/', concat('"url":"', public_base(), '/files/')), '}') end, 'null'), ',"image_thumbnail":', coalesce(coalesce(replace(media.thumbnail::text, '"url":"/files/', concat('"url":"', public_base(), '/files/')), 'null'), 'null'), ',"mimetype":', to_json((coalesce(media.mimetype, ''))::text)::text, ',"size":', coalesce(media.size, 0), '}'), ',' order by n.nth), ']')
    from unnest(c.medias) with ordinality n(id, nth) join media on media.id = n.id) end end, ',"location":', coalesce(case when veil.withheld then 'null' else case when c.location is null then 'null' else json_build_object('location', c.location, 'lat', c.lat, 'lng', c.lng)::text end end, 'null'), case when c.kind in (2,3) then concat(',"poll":', coalesce(case when veil.withheld then 'null' else case when c.poll_id is not null then
      (select /* Poll */ concat('{"id":', p.id, ',"title":', to_json((p.title)::text)::text, ',"multiple_choices":', case when p.multiple_choices then 'true' else 'false' end, ',"added_at":"', to_char(p.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","modified_at":"', to_char(p.modified_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","closed":', case when p.closed or coalesce(p.expiration_at <= now(), false) then 'true' else 'false' end, ',"expiration_at":', coalesce('"' || (to_char(p.expiration_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), ',"hidden":', case when false then 'true' else 'false' end, ',"choices":', (select concat('[', string_agg(/* PollChoice */ concat('{"id":', ch.id, ',"choice":', to_json((ch.choice)::text)::text, ',"order":', ch.position, ',"added_at":"', to_char(ch.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","deleted":', case when false then 'true' else 'false' end, ',"vote_count":', ch.vote_count, ',"voted":', case when exists (select from poll_vote pv where pv.choice_id = ch.id and pv.member_id = i.member_id) then 'true' else 'false' end, '}'), ',' order by ch.position, ch.id), ']')
        from poll_choice ch where ch.poll_id = p.id), '}') from poll p where p.id = c.poll_id) end end, 'null')) else '' end, case when c.kind in (2,3) then concat(',"group":null') else '' end, case when c.kind in (2,3) then concat(',"event":null') else '' end, ',"addressing":', case when c.addressing = '{}' then '[]' else (select /* Tag[] */ concat('[', string_agg(/* Tag */ concat('{"id":', t.id, ',"type":"', t.type, '","name":', to_json((t.name)::text)::text, ',"description":', coalesce(to_json((t.description)::text)::text, 'null'), ',"color":', to_json((t.color)::text)::text, ',"visible":', case when t.visible then 'true' else 'false' end, ',"visibility_boost":', case when t.visibility_boost then 'true' else 'false' end, ',"created_at":"', to_char(t.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","active":', case when t.active then 'true' else 'false' end, ',"deleted":', case when t.deleted then 'true' else 'false' end, '}'), ',' order by t.id), ']') from tag t where t.id = any(c.addressing)
      and (c.author_id is not distinct from i.member_id or exists (select from users m
  where m.id = i.member_id and m.status = 'a' and m.role in ('admin', 'moderator'))
        or t.active and not t.deleted and (t.visible or t.id = any(array(select t.id from tag t
  where t.id = any((select m.tag_ids from users m where m.id = i.member_id)::bigint[]) and t.active and not t.deleted))))) end, ',"recipients":[],"tags":', case when c.tag_ids = '{}' then '[]' else (
    select /* Tag[] */ concat('[', string_agg(/* Tag */ concat('{"id":', t.id, ',"type":"', t.type, '","name":', to_json((t.name)::text)::text, ',"description":', coalesce(to_json((t.description)::text)::text, 'null'), ',"color":', to_json((t.color)::text)::text, ',"visible":', case when t.visible then 'true' else 'false' end, ',"visibility_boost":', case when t.visibility_boost then 'true' else 'false' end, ',"created_at":"', to_char(t.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","active":', case when t.active then 'true' else 'false' end, ',"deleted":', case when t.deleted then 'true' else 'false' end, '}'), ',' order by t.id), ']') from tag t
    where t.id = any(c.tag_ids) and t.active and not t.deleted and t.visible) end, '}') as json
    from (select *, xmin from contribution where id = g.subject_id and kind = g.kind) c join users u on u.id = c.author_id
  left join lateral (
    select * from relation tied where tied.member_id = i.member_id and tied.other_id = c.author_id offset 0) v on true
  left join lateral (select * from mark own
    where own.target_id = c.id and own.kind = c.kind and own.member_id = i.member_id offset 0) m on true cross join lateral (select c.collapsed and c.author_id is distinct from i.member_id
    and not exists (select from users m
  where m.id = i.member_id and m.status = 'a' and m.role in ('admin', 'moderator')) as withheld) veil
    where (not c.deleted or c.author_id = i.member_id or false and c.published) and not c.erased and (c.addressing = '{}' or not (c.author_id is distinct from i.member_id and (not c.addressing && array(select t.id from tag t
  where t.id = any((select m.tag_ids from users m where m.id = i.member_id)::bigint[]) and t.active and not t.deleted) and not exists (select from users m
  where m.id = i.member_id and m.status = 'a' and m.role in ('admin', 'moderator'))))) and not coalesce((select true from relation h where h.member_id = i.member_id and h.other_id = c.author_id and (h.hidden_place is not null or h.hidden_by) and (h.hidden_place is not null or not exists (select from users m
  where m.id = i.member_id and m.status = 'a' and m.role in ('admin', 'moderator')))), false) and not coalesce((select true from hidden_author h where h.member_id = i.member_id and h.author_id = c.author_id), false) and not coalesce((select true from erasure e where e.member_id = c.author_id), false)) x where g.kind in (1,2,3)) about on true
      where e.event_id = any($2::bigint[])
    ) shown where json is not null order by event, member;

-- unseen of a member
-- $1 member
select unseen, language from notification_box where member_id = $1::bigint;

-- unseen of members
-- $1 members
select m.id as member, coalesce((select b.unseen from notification_box b where b.member_id = m.id), 0) as unseen, (select count(*)::int from banner b left join banner_reader r on r.member_id = m.id and r.banner_id = b.id
    where b.added_at >= (select me.date_joined from users me where me.id = m.id) and r.disposed_at is null
      and r.viewed_at is null) as banners
    from unnest($1::bigint[]) m(id);

-- what a mail tells of
-- $1 member, $2 mailed, $3 now, $4 messages, $5 all
select n.type::int as type, u.username as who, n.data -> 'custom_notification' ->> 'title' as says,
      count(*) over ()::int as n
    from notification i join notification_notice n on n.id = i.notice_id
    join notification_group g on g.id = i.group_id left join users u on u.id = n.actor_id
    where i.member_id = $1::bigint and i.position > $2::bigint and i.position > g.seen and not i.read
      and n.at > $3::timestamptz::timestamptz - interval '2 days'
      and case when n.type = 37 then $4::boolean else $5::boolean end
      and not exists (select from addressed a where a.contribution_id = n.subject_id and a.kind = n.kind
        and (a.author_id is distinct from i.member_id and (not a.tags && array(select t.id from tag t
  where t.id = any((select m.tag_ids from users m where m.id = i.member_id)::bigint[]) and t.active and not t.deleted) and not exists (select from users m
  where m.id = i.member_id and m.status = 'a' and m.role in ('admin', 'moderator')))))
      and not exists (select from relation r where r.member_id = i.member_id and r.other_id = n.actor_id and (r.hidden_place is not null or r.hidden_by))
    order by i.position desc limit 20;

-- what has drifted
-- $1 most
with found as materialized (
      select g.id, count(i.id)::int as n, (count(*) filter (where i.position > g.seen and not i.read))::int as unseen,
  coalesce(max(i.position), 0) as last from notification_group g left join notification i on i.group_id = g.id group by g.id
    ), drift as (
      select one.what || ' of notification group ' || g.id as what, g.member_id as member, one.kept::int, one.counted::int
        from notification_group g join found f using (id) cross join lateral (values
          ('notifications', g.n::bigint, f.n::bigint), ('unseen', g.unseen, f.unseen), ('last', g.last, f.last)
        ) one (what, kept, counted) where one.kept <> one.counted or g.n = 0
      union all
      select 'unseen notifications', b.member_id, b.unseen, coalesce(g.unseen, 0)::int
        from notification_box b left join (
          select member_id, sum(unseen) as unseen from notification_group group by 1
        ) g using (member_id) where b.unseen <> coalesce(g.unseen, 0)
      union all
      select 'position of notifications', b.member_id, b.last::int, g.last::int
        from notification_box b join (select member_id, max(last) as last from notification_group group by 1) g
        using (member_id) where b.last < g.last
    )
    select what, member, kept, counted, 'box' as repair, array[member] as of from drift order by what, member
    limit $1::bigint;

-- withdraw a banner
-- $1 id
with read as (delete from banner_reader where banner_id = $1::bigint)
    delete from banner where id = $1::bigint returning id;
