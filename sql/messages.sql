-- Printed by `npm run sql`. The statements of a slice, as PostgreSQL is given them in their usual variant.

-- a file is whole
-- $1 file, $2 filename, $3 mimetype, $4 bytes, $5 duration, $6 url, $7 thumbnail, $8 now, $9 uuid, $10 owner
update message_file f set file_id = $1::bigint, filename = $2::text, mimetype = $3::text,
      bytes = $4::bigint, duration = $5::int, url = $6::text, thumbnail = $7::text, loose_since = $8::timestamptz
    where f.uuid = $9::text and f.owner_id = $10::bigint and f.file_id is null and f.loose_since is not null
    returning case when f.url like '/%' then concat(public_base(), f.url) else f.url end as url;

-- a file of a member
-- $1 uuid, $2 owner
select f.filename, f.parts, case when f.url like '/%' then concat(public_base(), f.url) else f.url end as url, coalesce(p.pieces, '{}') as pieces,
      coalesce(p.bytes, 0) as bytes
    from message_file f, lateral (
      select array_agg(part order by part) as pieces, sum(bytes)::bigint as bytes from message_piece where uuid = f.uuid
    ) p where f.uuid = $1::text and f.owner_id = $2::bigint and f.loose_since is not null;

-- a thread that both have cleared
select id, purge_to as "upTo" from message_thread where purge_to is not null
    order by id limit 1 for update skip locked;

-- a thumbnail of a file
-- $1 uuid, $2 owner, $3 file, $4 thumbnail
with old as (
      select uuid, thumbnail_id from message_file where uuid = $1::text and owner_id = $2::bigint
        and file_id is not null and loose_since is not null for update
    ), released as (
      update file set state = 'gone' where id in (select thumbnail_id from old)
    )
    update message_file f set thumbnail_id = $3::bigint, thumbnail = $4::text from old where f.uuid = old.uuid
    returning case when f.thumbnail like '/%' then concat(public_base(), f.thumbnail) else f.thumbnail end as url;

-- announce a piece
-- $1 uuid, $2 part, $3 bytes
insert into message_piece (uuid, part, bytes) values ($1::text, $2::int, $3::int)
    on conflict (uuid, part) do update set bytes = excluded.bytes;

-- begin a file
-- $1 uuid, $2 owner, $3 parts, $4 filename, $5 now
insert into message_file (uuid, owner_id, parts, filename, loose_since)
    select $1::text, $2::bigint, $3::int, $4::text, $5::timestamptz where (
      select count(*) from message_file where owner_id = $2::bigint and loose_since is not null) < 50
    on conflict (uuid) do update set uuid = excluded.uuid where message_file.owner_id = excluded.owner_id
    returning uuid;

-- both sides of threads
-- $1 threads
insert into message_side (member_id, other_id, thread_id)
    select one, other, t.id from message_thread t,
      lateral (values (t.low_id, t.high_id), (t.high_id, t.low_id)) s(one, other)
    where t.id = any($1::bigint[]) on conflict do nothing;

-- clear one side of a thread
-- $1 thread, $2 member
with mine as (
      update message_side set cleared_to = last_id, messages = 0, unread = 0, last_id = null
      where thread_id = $1::bigint and member_id = $2::bigint and last_id is not null returning *
    ), box as (
      update message_box b set threads = b.threads - 1 from mine where b.member_id = mine.member_id
    ), purged as (
      update message_thread t set purge_to = least(mine.cleared_to, o.cleared_to) from mine, message_side o
      where t.id = mine.thread_id and o.thread_id = t.id and o.member_id <> mine.member_id and o.cleared_to > 0
    )
    select cleared_to as cleared from mine;

-- count the threads of a member again, lock
-- $1 member
insert into message_box (member_id) values ($1::bigint) on conflict do nothing;

-- count the threads of a member again, step 1
-- $1 member
select from message_box where member_id = $1::bigint for update;

-- count the threads of a member again, step 2
-- $1 member
update message_box b set threads = (
       select count(*) from message_side s where s.member_id = b.member_id and s.last_id is not null
     ) where b.member_id = $1::bigint;

-- count those of a side again, lock
-- $1 thread
select from message_thread where id = $1::bigint for update;

-- count those of a side again, step 1
-- $1 thread, $2 member
select from message_side where thread_id = $1::bigint and member_id = $2::bigint for update;

-- count those of a side again, step 2
-- $1 thread, $2 member
update message_side m set (messages, unread, last_id) = (
       select count(x.id)::int as messages,
  (count(*) filter (where x.receiver_id = s.member_id and x.id > s.read_to))::int as unread, max(x.id) as last_id from message_side s left join message x on x.thread_id = s.thread_id and x.id > s.cleared_to
       where s.thread_id = m.thread_id and s.member_id = m.member_id
     ) where m.thread_id = $1::bigint and m.member_id = $2::bigint;

-- delete files that were not sent
-- $1 before
with gone as (
      delete from message_file where uuid = any(array(select uuid from message_file where loose_since < $1::timestamptz
        order by loose_since limit 200 for update skip locked)) returning *
    ), released as (
      update file set state = 'gone' where id in (select unnest(array[file_id, thumbnail_id]) from gone)
    )
    select count(*)::int as n from gone;

-- delete what neither has
-- $1 thread, $2 upTo
delete from message where id = any(array(select id from message where thread_id = $1::bigint and id <= $2::bigint order by id limit 500)) returning file_uuid as file;

-- erase
-- $1 threads
delete from message where id = any(array(select id from message where thread_id = any($1::bigint[]) order by thread_id, id limit 500)) returning file_uuid as file;

-- erase sides
-- $1 threads
with gone as (
      delete from message_side where thread_id = any($1::bigint[]) returning member_id, last_id
    )
    update message_box b set threads = b.threads - g.n
    from (select member_id, count(last_id)::int as n from gone group by 1) g where b.member_id = g.member_id;

-- erase the files that a member has not sent
-- $1 member
with files as (
      delete from message_file where owner_id = $1::bigint returning *
    ), box as (
      delete from message_box where member_id = $1::bigint
    )
    update file set state = 'gone' where id in (select unnest(array[file_id, thumbnail_id]) from files);

-- erase threads
-- $1 threads
delete from message_thread t where t.id = any($1::bigint[])
    and not exists (select from message x where x.thread_id = t.id);

-- files that a member has not sent
-- $1 member, $2 after, $3 most
select (extract(epoch from f.loose_since) * 1000000)::bigint as key, (json_build_object('filename', f.filename, 'mimetype', f.mimetype, 'filesize', f.bytes, 'address', f.url,
      'not_sent_since', f.loose_since))::text as json from message_file f where f.owner_id = $1::bigint and f.loose_since is not null and (extract(epoch from f.loose_since) * 1000000)::bigint > $2::bigint order by (extract(epoch from f.loose_since) * 1000000)::bigint limit $3::int;

-- files that a member has not sent, keys
-- $1 member, $2 after, $3 most
select (extract(epoch from f.loose_since) * 1000000)::bigint as key from message_file f where f.owner_id = $1::bigint and f.loose_since is not null and (extract(epoch from f.loose_since) * 1000000)::bigint > $2::bigint order by (extract(epoch from f.loose_since) * 1000000)::bigint limit $3::int;

-- files that a member has not sent, some
-- $1 member, $2 keys
select (json_build_object('filename', f.filename, 'mimetype', f.mimetype, 'filesize', f.bytes, 'address', f.url,
      'not_sent_since', f.loose_since))::text as json from message_file f where f.owner_id = $1::bigint and f.loose_since is not null and (extract(epoch from f.loose_since) * 1000000)::bigint = any($2::bigint[]) order by (extract(epoch from f.loose_since) * 1000000)::bigint;

-- forget a piece
-- $1 uuid, $2 part
delete from message_piece where uuid = $1::text and part = $2::int;

-- hide from its sender
-- $1 id
update message set hidden = true where id = $1::bigint;

-- let go of files that no message has
-- $1 uuids
with unused as (
      delete from message_file f where f.uuid = any($1::text[]) and f.loose_since is null
        and not exists (select from message x where x.file_uuid = f.uuid) returning *
    )
    update file set state = 'gone' where id in (select unnest(array[file_id, thumbnail_id]) from unused);

-- lock boxes
-- $1 members
select from message_box where member_id = any($1::bigint[]) order by member_id for update;

-- lock files
-- $1 uuids
select from message_file where uuid = any($1::text[]) order by uuid for update;

-- lock one
-- $1 now, $2 member, $3 id
select x.sender_id as sender, x.receiver_id as receiver, x.hidden, x.file_uuid as file,
      x.created_at >= $1::timestamptz::timestamptz - interval '60 s' as fresh, me.status::text as status, me.role, (select version from community) as version
    from message x join users me on me.id = $2::bigint
    join message_side s on s.thread_id = x.thread_id and s.member_id = me.id
    where x.id = $3::bigint and x.id > s.cleared_to for update of x;

-- lock threads
-- $1 ids
select id from message_thread where id = any($1::bigint[]) order by id for update;

-- lock who is written to
-- $1 member, $2 reach, $3 ids
select u.id, coalesce(v.hidden_place is not null or v.hidden_by, false) as hidden,
      (u.id <> $1::bigint and u.status in ('a', 'b') and not coalesce(v.hidden_place is not null or v.hidden_by, false) and case $2::text when 'everybody' then true
    when 'followers' then coalesce(v.state = 4, false)
    else false end) as writable
    from users u left join lateral (
    select * from relation tied where tied.member_id = $1::bigint and tied.other_id = u.id offset 0) v on true
    where u.id = any($3::bigint[]) and u.status in ('a', 'b') order by u.id for key share of u;

-- lock who writes
-- $1 member
select me.status::text as status, me.role, (select version from community) as version from users me where me.id = $1::bigint for key share of me;

-- make boxes
-- $1 members
insert into message_box (member_id) select id from unnest($1::bigint[]) id order by id
    on conflict do nothing;

-- make up
-- $1 threads
with given as materialized (
      select g.*, nextval(pg_get_serial_sequence('message_thread', 'id')) as id
      from (select * from json_to_recordset($1::json) as g(n int, one bigint, other bigint, messages json, unread int)
        order by n) g
      where not exists (select from message_thread t where t.low_id = least(one, other) and t.high_id = greatest(one, other))
    ), said as materialized (
      select s.*, nextval(pg_get_serial_sequence('message', 'id')) as id from (
        select g.id as thread_id, case when m.by_one then one else other end as sender_id,
          case when m.by_one then other else one end as receiver_id, m.words, to_timestamp(m.at / 1000) as at, g.unread,
          bool_and(m.by_one = l.by_one) over later and row_number() over later <= g.unread as unseen
        from given g cross join lateral json_to_recordset(g.messages) m(by_one boolean, words text, at float8)
          cross join lateral (select (g.messages -> -1 ->> 'by_one')::boolean as by_one) l
        window later as (partition by g.id order by m.at desc) order by m.at
      ) s
    ), threads as (
      insert into message_thread (id, low_id, high_id, created_at) overriding system value
      select id, least(one, other), greatest(one, other), (select min(at) from said where thread_id = given.id) from given
    ), written as (
      insert into message (id, thread_id, sender_id, receiver_id, html, summary, created_at) overriding system value
      select id, thread_id, sender_id, receiver_id, '<p>' || words || '</p>', words, at from said
    ), sides as (
      insert into message_side (member_id, other_id, thread_id, read_to, messages, unread, last_id)
      select s.member_id, s.other_id, g.id, coalesce(max(m.id) filter (where m.receiver_id <> s.member_id or not unseen), 0),
        count(*), count(*) filter (where m.receiver_id = s.member_id and unseen), max(m.id)
      from given g cross join lateral (values (one, other), (other, one)) s(member_id, other_id)
        join said m on m.thread_id = g.id
      group by 1, 2, 3 returning member_id
    ), boxes as (
      insert into message_box (member_id, threads) select member_id, count(*) from sides group by 1 order by 1
      on conflict (member_id) do update set threads = message_box.threads + excluded.threads
    )
    select count(*)::int as n from given;

-- nothing is left to delete of a thread
-- $1 thread
update message_thread set purge_to = null where id = $1::bigint;

-- of a thread
-- $1 thread, $2 cleared, $3 from, $4 before, $5 limit, $6 viewer, $7 read
with p as (
  select p.*, row_number() over () as n from (
    select * from (select x.id as k0 from message x where x.thread_id = $1::bigint and x.id > $2::bigint and x.id >= $3::bigint
      and x.id < $4::bigint
      order by x.id desc limit 101) few limit $5::bigint + 1
  ) p
), light as (
  select * from (select p.*, sum(coalesce((select octet_length(m.html) from message m where m.id = p.k0), 0)) over (order by p.n) as total from p) p where n = 1 or total <= 1000000
), page as (
  select p.n, json_build_array(p.k0)::text as key, /* PrivateMessage */ concat('{"id":', x.id, ',"thread_id":', x.thread_id, ',"sender":', (select /* User */ concat(e'\x02User 011111\x1f', u.id, e'\x1f', u.xmin, e'\x1f', coalesce(case v.state when 4 then '"connected"' when 1 then '"sent_connection_request"' when 2 then '"received_connection_request"' end, 'null'), e'\x03') from users u
    left join lateral (
    select * from relation tied where tied.member_id = $6::bigint and tied.other_id = u.id offset 0) v on true where u.id = x.sender_id), ',"receiver":', (select /* User */ concat(e'\x02User 011111\x1f', u.id, e'\x1f', u.xmin, e'\x1f', coalesce(case v.state when 4 then '"connected"' when 1 then '"sent_connection_request"' when 2 then '"received_connection_request"' end, 'null'), e'\x03') from users u
    left join lateral (
    select * from relation tied where tied.member_id = $6::bigint and tied.other_id = u.id offset 0) v on true where u.id = x.receiver_id), ',"message":', to_json((case when x.hidden and x.sender_id = $6::bigint then '' else x.html end)::text)::text, ',"created_at":"', to_char(x.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","status":"', case when x.hidden and x.sender_id = $6::bigint then 'hidden'
      when x.receiver_id = $6::bigint and x.id > r.read_to then 'new' else 'created' end, '","group":null,"file":', coalesce(case when not (x.hidden and x.sender_id = $6::bigint) then
      (select /* PrivateMessageFile */ concat('{"uuid":', to_json((f.uuid)::text)::text, ',"filename":', to_json((f.filename)::text)::text, ',"filesize":', f.bytes, ',"mimetype":', to_json((f.mimetype)::text)::text, ',"duration":', coalesce((f.duration)::text, 'null'), ',"url":', coalesce(to_json((case when f.url like '/%' then concat(public_base(), f.url) else f.url end)::text)::text, 'null'), ',"thumbnail":', coalesce(to_json((case when f.thumbnail like '/%' then concat(public_base(), f.thumbnail) else f.thumbnail end)::text)::text, 'null'), '}') from message_file f where f.uuid = x.file_uuid) end, 'null'), '}') as row from light p join message x on x.id = p.k0 cross join (select $7::bigint as read_to) r
)
select (select messages from message_side where member_id = $6::bigint and thread_id = $1::bigint)::int as count, (select count(*) from p)::int as n,
  count(*) filter (where n <= $5::bigint)::int as shown,
  string_agg(row::text, ',' order by n desc) filter (where n <= $5::bigint) as rows,
  max(key) filter (where n = 1) as nearest, (array_agg(key order by n desc) filter (where n <= $5::bigint))[1] as farthest,
  null::text as repeated, concat(pg_current_snapshot(), ' ', pg_postmaster_start_time(), ' ', pg_relation_filepath('pg_class'), ' ', (select xmin from public_address)) as at,
  null::text as tables, '' as held
from page;

-- open threads
-- $1 member, $2 now, $3 ids
insert into message_thread (low_id, high_id, created_at)
    select least(id, $1::bigint), greatest(id, $1::bigint), $2::timestamptz from unnest($3::bigint[]) id order by 1, 2
    on conflict do nothing;

-- pieces of no file
select p.uuid, p.part from message_piece p left join message_file f on f.uuid = p.uuid
    where f.uuid is null or f.file_id is not null limit 200;

-- read a thread
-- $1 thread, $2 member
with old as (
      select thread_id from message_side
      where thread_id = $1::bigint and member_id = $2::bigint and unread > 0 for update
    )
    update message_side s set unread = 0, read_to = s.last_id from old
    where s.thread_id = old.thread_id and s.member_id = $2::bigint and s.unread > 0;

-- send
-- $1 sender, $2 html, $3 summary, $4 now, $5 file, $6 threads
with m as (
      insert into message (thread_id, sender_id, receiver_id, html, summary, created_at, file_uuid)
      select t.id, $1::bigint, case when t.low_id = $1::bigint then t.high_id else t.low_id end, $2::text,
        $3::text, $4::timestamptz, $5::text
      from message_thread t where t.id = any($6::bigint[]) order by t.id
      returning id, thread_id, receiver_id
    ), filled as (
      select s.member_id, count(*)::int as n from message_side s join m using (thread_id)
      where s.last_id is null group by s.member_id
    ), sides as (
      update message_side s set messages = s.messages + 1, unread = s.unread + (s.member_id <> $1::bigint)::int,
        last_id = m.id
      from m where s.thread_id = m.thread_id
    ), boxes as (
      update message_box b set threads = b.threads + f.n from filled f where b.member_id = f.member_id
    ), shown as (
      update message_file set loose_since = null where uuid = $5::text
    ), told as (
      insert into signal (id, kind, member_id, about_id, within_id, created_at)
  select case when (select check_event_source()) then nextval('signal_id') end, 'message_sent', member_id, about_id, within_id, $4::timestamptz
  from (select receiver_id as member_id, id as about_id, thread_id as within_id from m) signalled
    )
    select id, receiver_id as receiver from m order by id;

-- show
-- $1 viewer, $2 id
select /* PrivateMessage */ concat('{"id":', x.id, ',"thread_id":', x.thread_id, ',"sender":', (select /* User */ concat('{', replace(replace(replace(replace(u.profile_json,
    case when cardinality(u.tag_ids) > 0 then '"tags":[]' else '' end, concat('"tags":', case when u.tag_ids = '{}' then '[]' else (
    select /* Tag[] */ concat('[', string_agg(/* Tag */ concat('{"id":', t.id, ',"type":"', t.type, '","name":', to_json((t.name)::text)::text, ',"description":', coalesce(to_json((t.description)::text)::text, 'null'), ',"color":', to_json((t.color)::text)::text, ',"visible":', case when t.visible then 'true' else 'false' end, ',"visibility_boost":', case when t.visibility_boost then 'true' else 'false' end, ',"created_at":"', to_char(t.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","active":', case when t.active then 'true' else 'false' end, ',"deleted":', case when t.deleted then 'true' else 'false' end, '}'), ',' order by t.id), ']') from tag t
    where t.id = any(u.tag_ids) and t.active and not t.deleted and t.visible) end)),
    case when u.avatar is null then '"avatar":null' when u.avatar like '/%' then '"avatar":"/' else '' end,
    concat(e'"avatar":"\x04', case when u.avatar is null then concat('/api/v2/avatar/', u.id, '"') else '/' end)),
    case when u.cover like '/%' then '"cover":"/' else '' end, concat(e'"cover":"\x04/')),
    e'\x04', (select base from public_address)), ',', u.standing_json, ',"connection_requests_sent_counter":', u.requests_sent, ',"connection_requests_received_counter":', (u.requests_received + u.requests_rejected), ',"connections_counter":', u.connections, ',"posts_counter":', u.posts, ',"discussions_counter":', u.discussions, ',"statuses_counter":', u.statuses, ',"polls_counter":', u.polls, ',"categories_counter":', u.categories, ',"connection_status":', coalesce(case v.state when 4 then '"connected"' when 1 then '"sent_connection_request"' when 2 then '"received_connection_request"' end, 'null'), '}') from users u
    left join lateral (
    select * from relation tied where tied.member_id = $1::bigint and tied.other_id = u.id offset 0) v on true where u.id = x.sender_id), ',"receiver":', (select /* User */ concat('{', replace(replace(replace(replace(u.profile_json,
    case when cardinality(u.tag_ids) > 0 then '"tags":[]' else '' end, concat('"tags":', case when u.tag_ids = '{}' then '[]' else (
    select /* Tag[] */ concat('[', string_agg(/* Tag */ concat('{"id":', t.id, ',"type":"', t.type, '","name":', to_json((t.name)::text)::text, ',"description":', coalesce(to_json((t.description)::text)::text, 'null'), ',"color":', to_json((t.color)::text)::text, ',"visible":', case when t.visible then 'true' else 'false' end, ',"visibility_boost":', case when t.visibility_boost then 'true' else 'false' end, ',"created_at":"', to_char(t.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","active":', case when t.active then 'true' else 'false' end, ',"deleted":', case when t.deleted then 'true' else 'false' end, '}'), ',' order by t.id), ']') from tag t
    where t.id = any(u.tag_ids) and t.active and not t.deleted and t.visible) end)),
    case when u.avatar is null then '"avatar":null' when u.avatar like '/%' then '"avatar":"/' else '' end,
    concat(e'"avatar":"\x04', case when u.avatar is null then concat('/api/v2/avatar/', u.id, '"') else '/' end)),
    case when u.cover like '/%' then '"cover":"/' else '' end, concat(e'"cover":"\x04/')),
    e'\x04', (select base from public_address)), ',', u.standing_json, ',"connection_requests_sent_counter":', u.requests_sent, ',"connection_requests_received_counter":', (u.requests_received + u.requests_rejected), ',"connections_counter":', u.connections, ',"posts_counter":', u.posts, ',"discussions_counter":', u.discussions, ',"statuses_counter":', u.statuses, ',"polls_counter":', u.polls, ',"categories_counter":', u.categories, ',"connection_status":', coalesce(case v.state when 4 then '"connected"' when 1 then '"sent_connection_request"' when 2 then '"received_connection_request"' end, 'null'), '}') from users u
    left join lateral (
    select * from relation tied where tied.member_id = $1::bigint and tied.other_id = u.id offset 0) v on true where u.id = x.receiver_id), ',"message":', to_json((case when x.hidden and x.sender_id = $1::bigint then '' else x.html end)::text)::text, ',"created_at":"', to_char(x.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","status":"', case when x.hidden and x.sender_id = $1::bigint then 'hidden'
      when x.receiver_id = $1::bigint and x.id > r.read_to then 'new' else 'created' end, '","group":null,"file":', coalesce(case when not (x.hidden and x.sender_id = $1::bigint) then
      (select /* PrivateMessageFile */ concat('{"uuid":', to_json((f.uuid)::text)::text, ',"filename":', to_json((f.filename)::text)::text, ',"filesize":', f.bytes, ',"mimetype":', to_json((f.mimetype)::text)::text, ',"duration":', coalesce((f.duration)::text, 'null'), ',"url":', coalesce(to_json((case when f.url like '/%' then concat(public_base(), f.url) else f.url end)::text)::text, 'null'), ',"thumbnail":', coalesce(to_json((case when f.thumbnail like '/%' then concat(public_base(), f.thumbnail) else f.thumbnail end)::text)::text, 'null'), '}') from message_file f where f.uuid = x.file_uuid) end, 'null'), '}') as json
    from message x join message_side r on r.thread_id = x.thread_id and r.member_id = $1::bigint
    where x.id = $2::bigint and x.id > r.cleared_to and r.other_id <> all(array(select other_id from relation where member_id = $1::bigint and (hidden_place is not null or hidden_by)
  union all select author_id from hidden_author where member_id = $1::bigint
  union all select member_id from erasure));

-- show those that were sent
-- $1 viewer, $2 ids
select /* PrivateMessage[] */ concat('[', string_agg(/* PrivateMessage */ concat('{"id":', x.id, ',"thread_id":', x.thread_id, ',"sender":', (select /* User */ concat('{', replace(replace(replace(replace(u.profile_json,
    case when cardinality(u.tag_ids) > 0 then '"tags":[]' else '' end, concat('"tags":', case when u.tag_ids = '{}' then '[]' else (
    select /* Tag[] */ concat('[', string_agg(/* Tag */ concat('{"id":', t.id, ',"type":"', t.type, '","name":', to_json((t.name)::text)::text, ',"description":', coalesce(to_json((t.description)::text)::text, 'null'), ',"color":', to_json((t.color)::text)::text, ',"visible":', case when t.visible then 'true' else 'false' end, ',"visibility_boost":', case when t.visibility_boost then 'true' else 'false' end, ',"created_at":"', to_char(t.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","active":', case when t.active then 'true' else 'false' end, ',"deleted":', case when t.deleted then 'true' else 'false' end, '}'), ',' order by t.id), ']') from tag t
    where t.id = any(u.tag_ids) and t.active and not t.deleted and t.visible) end)),
    case when u.avatar is null then '"avatar":null' when u.avatar like '/%' then '"avatar":"/' else '' end,
    concat(e'"avatar":"\x04', case when u.avatar is null then concat('/api/v2/avatar/', u.id, '"') else '/' end)),
    case when u.cover like '/%' then '"cover":"/' else '' end, concat(e'"cover":"\x04/')),
    e'\x04', (select base from public_address)), ',', u.standing_json, ',"connection_requests_sent_counter":', u.requests_sent, ',"connection_requests_received_counter":', (u.requests_received + u.requests_rejected), ',"connections_counter":', u.connections, ',"posts_counter":', u.posts, ',"discussions_counter":', u.discussions, ',"statuses_counter":', u.statuses, ',"polls_counter":', u.polls, ',"categories_counter":', u.categories, ',"connection_status":', coalesce(case v.state when 4 then '"connected"' when 1 then '"sent_connection_request"' when 2 then '"received_connection_request"' end, 'null'), '}') from users u
    left join lateral (
    select * from relation tied where tied.member_id = $1::bigint and tied.other_id = u.id offset 0) v on true where u.id = x.sender_id), ',"receiver":', (select /* User */ concat('{', replace(replace(replace(replace(u.profile_json,
    case when cardinality(u.tag_ids) > 0 then '"tags":[]' else '' end, concat('"tags":', case when u.tag_ids = '{}' then '[]' else (
    select /* Tag[] */ concat('[', string_agg(/* Tag */ concat('{"id":', t.id, ',"type":"', t.type, '","name":', to_json((t.name)::text)::text, ',"description":', coalesce(to_json((t.description)::text)::text, 'null'), ',"color":', to_json((t.color)::text)::text, ',"visible":', case when t.visible then 'true' else 'false' end, ',"visibility_boost":', case when t.visibility_boost then 'true' else 'false' end, ',"created_at":"', to_char(t.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","active":', case when t.active then 'true' else 'false' end, ',"deleted":', case when t.deleted then 'true' else 'false' end, '}'), ',' order by t.id), ']') from tag t
    where t.id = any(u.tag_ids) and t.active and not t.deleted and t.visible) end)),
    case when u.avatar is null then '"avatar":null' when u.avatar like '/%' then '"avatar":"/' else '' end,
    concat(e'"avatar":"\x04', case when u.avatar is null then concat('/api/v2/avatar/', u.id, '"') else '/' end)),
    case when u.cover like '/%' then '"cover":"/' else '' end, concat(e'"cover":"\x04/')),
    e'\x04', (select base from public_address)), ',', u.standing_json, ',"connection_requests_sent_counter":', u.requests_sent, ',"connection_requests_received_counter":', (u.requests_received + u.requests_rejected), ',"connections_counter":', u.connections, ',"posts_counter":', u.posts, ',"discussions_counter":', u.discussions, ',"statuses_counter":', u.statuses, ',"polls_counter":', u.polls, ',"categories_counter":', u.categories, ',"connection_status":', coalesce(case v.state when 4 then '"connected"' when 1 then '"sent_connection_request"' when 2 then '"received_connection_request"' end, 'null'), '}') from users u
    left join lateral (
    select * from relation tied where tied.member_id = $1::bigint and tied.other_id = u.id offset 0) v on true where u.id = x.receiver_id), ',"message":', to_json((case when x.hidden and x.sender_id = $1::bigint then '' else x.html end)::text)::text, ',"created_at":"', to_char(x.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","status":"', case when x.hidden and x.sender_id = $1::bigint then 'hidden'
      when x.receiver_id = $1::bigint and x.id > r.read_to then 'new' else 'created' end, '","group":null,"file":', coalesce(case when not (x.hidden and x.sender_id = $1::bigint) then
      (select /* PrivateMessageFile */ concat('{"uuid":', to_json((f.uuid)::text)::text, ',"filename":', to_json((f.filename)::text)::text, ',"filesize":', f.bytes, ',"mimetype":', to_json((f.mimetype)::text)::text, ',"duration":', coalesce((f.duration)::text, 'null'), ',"url":', coalesce(to_json((case when f.url like '/%' then concat(public_base(), f.url) else f.url end)::text)::text, 'null'), ',"thumbnail":', coalesce(to_json((case when f.thumbnail like '/%' then concat(public_base(), f.thumbnail) else f.thumbnail end)::text)::text, 'null'), '}') from message_file f where f.uuid = x.file_uuid) end, 'null'), '}'), ',' order by x.id), ']') as json
    from message x, (select 0::bigint as read_to) r where x.id = any($2::bigint[]);

-- side of a member
-- $1 member, $2 other, $3 thread
select u.id as other, s.thread_id as thread, coalesce(s.cleared_to, 0) as cleared, coalesce(s.read_to, 0) as read,
      coalesce(v.hidden_place is not null or v.hidden_by, false) or exists (select from hidden_author h
        where h.member_id = $1::bigint and h.author_id = u.id) as hidden
    from users u left join message_side s on s.member_id = $1::bigint and s.other_id = u.id
    left join lateral (
    select * from relation tied where tied.member_id = $1::bigint and tied.other_id = u.id offset 0) v on true
    where u.id = coalesce($2::bigint,
        (select other_id from message_side where member_id = $1::bigint and thread_id = $3::bigint))
      and u.status not in ('u', 'w')
      and not exists (select from erasure e where e.member_id = u.id);

-- some threads to erase
-- $1 member
select id from (
      (select id from message_thread where low_id = $1::bigint limit 50)
      union all (select id from message_thread where high_id = $1::bigint limit 50)
    ) t order by id limit 50;

-- take a file
-- $1 uuid, $2 owner
select uuid from message_file where uuid = $1::text and owner_id = $2::bigint and file_id is not null
    and loose_since is not null for update;

-- take back
-- $1 id, $2 now
with gone as (
      delete from message where id = $1::bigint returning *
    ), kept as (
      select s.member_id, (select max(x.id) from message x
        where x.thread_id = s.thread_id and x.id > s.cleared_to and x.id <> gone.id) as last_id
      from message_side s join gone on s.thread_id = gone.thread_id where gone.id > s.cleared_to
    ), sides as (
      update message_side s set messages = s.messages - 1, last_id = kept.last_id,
        unread = s.unread - (s.member_id = gone.receiver_id and gone.id > s.read_to)::int
      from gone, kept where s.thread_id = gone.thread_id and s.member_id = kept.member_id
    ), told as (
      insert into signal (id, kind, member_id, about_id, within_id, created_at)
  select case when (select check_event_source()) then nextval('signal_id') end, 'message_taken_back', member_id, about_id, within_id, $2::timestamptz
  from (select member_id, id as about_id, thread_id as within_id
        from gone, unnest(array[sender_id, receiver_id]) member_id) signalled
    )
    update message_box b set threads = b.threads - 1 from kept
    where b.member_id = kept.member_id and kept.last_id is null;

-- those a member has received
-- $1 member, $2 after, $3 most
select x.id as key, (json_build_object('id', x.id, 'from', x.sender_id, 'html', x.html, 'created_at', x.created_at,
      'file', (select json_build_object('filename', f.filename, 'mimetype', f.mimetype, 'filesize', f.bytes, 'address', f.url)
  from message_file f where f.uuid = x.file_uuid)))::text as json from message x join message_side s on s.thread_id = x.thread_id and s.member_id = x.receiver_id
      where x.receiver_id = $1::bigint and x.id > s.cleared_to and x.id > $2::bigint order by x.id limit $3::int;

-- those a member has received, keys
-- $1 member, $2 after, $3 most
select x.id as key from message x join message_side s on s.thread_id = x.thread_id and s.member_id = x.receiver_id
      where x.receiver_id = $1::bigint and x.id > s.cleared_to and x.id > $2::bigint order by x.id limit $3::int;

-- those a member has received, some
-- $1 member, $2 keys
select (json_build_object('id', x.id, 'from', x.sender_id, 'html', x.html, 'created_at', x.created_at,
      'file', (select json_build_object('filename', f.filename, 'mimetype', f.mimetype, 'filesize', f.bytes, 'address', f.url)
  from message_file f where f.uuid = x.file_uuid)))::text as json from message x join message_side s on s.thread_id = x.thread_id and s.member_id = x.receiver_id
      where x.receiver_id = $1::bigint and x.id > s.cleared_to and x.id = any($2::bigint[]) order by x.id;

-- those a member has sent
-- $1 member, $2 after, $3 most
select x.id as key, (json_build_object('id', x.id, 'to', x.receiver_id, 'html', x.html, 'created_at', x.created_at,
      'hidden', x.hidden, 'file', (select json_build_object('filename', f.filename, 'mimetype', f.mimetype, 'filesize', f.bytes, 'address', f.url)
  from message_file f where f.uuid = x.file_uuid)))::text as json from message x where x.sender_id = $1::bigint and x.id > $2::bigint order by x.id limit $3::int;

-- those a member has sent, keys
-- $1 member, $2 after, $3 most
select x.id as key from message x where x.sender_id = $1::bigint and x.id > $2::bigint order by x.id limit $3::int;

-- those a member has sent, some
-- $1 member, $2 keys
select (json_build_object('id', x.id, 'to', x.receiver_id, 'html', x.html, 'created_at', x.created_at,
      'hidden', x.hidden, 'file', (select json_build_object('filename', f.filename, 'mimetype', f.mimetype, 'filesize', f.bytes, 'address', f.url)
  from message_file f where f.uuid = x.file_uuid)))::text as json from message x where x.sender_id = $1::bigint and x.id = any($2::bigint[]) order by x.id;

-- thread of one
-- $1 id, $2 member
select thread_id as thread from message
    where id = $1::bigint and $2::bigint in (sender_id, receiver_id);

-- threads of a member
-- $1 viewer, $2 limit
with p as (
  select p.*, row_number() over () as n from (
    select * from (select s.thread_id, s.unread, s.last_id as k0 from message_side s where s.member_id = $1::bigint and s.last_id is not null and s.other_id <> all(array(select other_id from relation where member_id = $1::bigint and (hidden_place is not null or hidden_by)
  union all select author_id from hidden_author where member_id = $1::bigint
  union all select member_id from erasure))
      order by s.last_id desc limit 101) few limit $2::bigint + 1
  ) p
), page as (
  select p.n, json_build_array(p.k0)::text as key, /* PrivateMessageSnippet */ concat('{"id":', p.thread_id, ',"headline":', to_json((case when x.hidden and x.sender_id = $1::bigint then '' else coalesce(nullif(x.summary, ''),
      (select f.filename from message_file f where f.uuid = x.file_uuid), '') end)::text)::text, ',"sender":', (select /* User */ concat(e'\x02User 011111\x1f', u.id, e'\x1f', u.xmin, e'\x1f', coalesce(case v.state when 4 then '"connected"' when 1 then '"sent_connection_request"' when 2 then '"received_connection_request"' end, 'null'), e'\x03') from users u
    left join lateral (
    select * from relation tied where tied.member_id = $1::bigint and tied.other_id = u.id offset 0) v on true where u.id = x.sender_id), ',"receiver":', (select /* User */ concat(e'\x02User 011111\x1f', u.id, e'\x1f', u.xmin, e'\x1f', coalesce(case v.state when 4 then '"connected"' when 1 then '"sent_connection_request"' when 2 then '"received_connection_request"' end, 'null'), e'\x03') from users u
    left join lateral (
    select * from relation tied where tied.member_id = $1::bigint and tied.other_id = u.id offset 0) v on true where u.id = x.receiver_id), ',"created_at":"', to_char((select t.created_at from message_thread t where t.id = x.thread_id) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","last_message_at":"', to_char(x.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","thread_status":"', case when p.unread > 0 then 'new' when x.hidden and x.sender_id = $1::bigint then 'hidden' else 'created' end, '","group":null}') as row from p join message x on x.id = p.k0
)
select (select coalesce((select threads from message_box where member_id = $1::bigint), 0)
      - (select count(*) from message_side s where s.member_id = $1::bigint and s.last_id is not null and s.other_id = any(array(select other_id from relation where member_id = $1::bigint and (hidden_place is not null or hidden_by)
  union all select author_id from hidden_author where member_id = $1::bigint
  union all select member_id from erasure))))::int as count, count(*)::int as n,
  count(*) filter (where n <= $2::bigint)::int as shown,
  string_agg(row::text, ',' order by n) filter (where n <= $2::bigint) as rows,
  max(key) filter (where n = 1) as nearest, max(key) filter (where n = $2::bigint) as farthest,
  null::text as repeated, concat(pg_current_snapshot(), ' ', pg_postmaster_start_time(), ' ', pg_relation_filepath('pg_class'), ' ', (select xmin from public_address)) as at,
  null::text as tables, '' as held
from page;

-- threads with members
-- $1 ids, $2 member
select t.id from unnest($1::bigint[]) other
    join message_thread t on t.low_id = least(other, $2::bigint) and t.high_id = greatest(other, $2::bigint)
    order by t.id;

-- what has drifted
-- $1 most
with found as materialized (
      select s.thread_id, s.member_id, count(x.id)::int as messages,
  (count(*) filter (where x.receiver_id = s.member_id and x.id > s.read_to))::int as unread, max(x.id) as last_id
      from message_side s left join message x on x.thread_id = s.thread_id and x.id > s.cleared_to group by s.thread_id, s.member_id
    ), drift as (
      select one.what || ' of thread ' || s.thread_id as what, s.member_id as member, one.kept::int, one.counted::int,
          'side' as repair, array[s.thread_id, s.member_id] as of
        from message_side s join found f using (thread_id, member_id) cross join lateral (values
          ('messages', s.messages::bigint, f.messages::bigint), ('unread', s.unread, f.unread),
          ('last message', coalesce(s.last_id, 0), coalesce(f.last_id, 0))
        ) one (what, kept, counted) where one.kept <> one.counted
      union all
      select 'threads', member_id, coalesce(b.threads, 0), coalesce(s.n, 0), 'box', array[member_id]
        from message_box b full join (
          select member_id, count(*)::int as n from message_side where last_id is not null group by 1
        ) s using (member_id) where coalesce(b.threads, 0) <> coalesce(s.n, 0)
    )
    select * from drift order by what, member limit $1::bigint;

-- what pages are told of those that were sent
-- $1 members, $2 ids
select told.nth, (select i.id::text from notification_notice n
        join notification i on i.notice_id = n.id and i.member_id = told.member
        where n.part_kind = 17 and n.part_id = x.id) as sid, /* PrivateMessage */ concat('{"id":', x.id, ',"thread_id":', x.thread_id, ',"sender":', (select /* User */ concat('{', replace(replace(replace(replace(u.profile_json,
    case when cardinality(u.tag_ids) > 0 then '"tags":[]' else '' end, concat('"tags":', case when u.tag_ids = '{}' then '[]' else (
    select /* Tag[] */ concat('[', string_agg(/* Tag */ concat('{"id":', t.id, ',"type":"', t.type, '","name":', to_json((t.name)::text)::text, ',"description":', coalesce(to_json((t.description)::text)::text, 'null'), ',"color":', to_json((t.color)::text)::text, ',"visible":', case when t.visible then 'true' else 'false' end, ',"visibility_boost":', case when t.visibility_boost then 'true' else 'false' end, ',"created_at":"', to_char(t.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","active":', case when t.active then 'true' else 'false' end, ',"deleted":', case when t.deleted then 'true' else 'false' end, '}'), ',' order by t.id), ']') from tag t
    where t.id = any(u.tag_ids) and t.active and not t.deleted and t.visible) end)),
    case when u.avatar is null then '"avatar":null' when u.avatar like '/%' then '"avatar":"/' else '' end,
    concat(e'"avatar":"\x04', case when u.avatar is null then concat('/api/v2/avatar/', u.id, '"') else '/' end)),
    case when u.cover like '/%' then '"cover":"/' else '' end, concat(e'"cover":"\x04/')),
    e'\x04', (select base from public_address)), ',', u.standing_json, ',"connection_requests_sent_counter":', u.requests_sent, ',"connection_requests_received_counter":', (u.requests_received + u.requests_rejected), ',"connections_counter":', u.connections, ',"posts_counter":', u.posts, ',"discussions_counter":', u.discussions, ',"statuses_counter":', u.statuses, ',"polls_counter":', u.polls, ',"categories_counter":', u.categories, ',"connection_status":', coalesce(case v.state when 4 then '"connected"' when 1 then '"sent_connection_request"' when 2 then '"received_connection_request"' end, 'null'), '}') from users u
    left join lateral (
    select * from relation tied where tied.member_id = told.member and tied.other_id = u.id offset 0) v on true where u.id = x.sender_id), ',"receiver":', (select /* User */ concat('{', replace(replace(replace(replace(u.profile_json,
    case when cardinality(u.tag_ids) > 0 then '"tags":[]' else '' end, concat('"tags":', case when u.tag_ids = '{}' then '[]' else (
    select /* Tag[] */ concat('[', string_agg(/* Tag */ concat('{"id":', t.id, ',"type":"', t.type, '","name":', to_json((t.name)::text)::text, ',"description":', coalesce(to_json((t.description)::text)::text, 'null'), ',"color":', to_json((t.color)::text)::text, ',"visible":', case when t.visible then 'true' else 'false' end, ',"visibility_boost":', case when t.visibility_boost then 'true' else 'false' end, ',"created_at":"', to_char(t.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","active":', case when t.active then 'true' else 'false' end, ',"deleted":', case when t.deleted then 'true' else 'false' end, '}'), ',' order by t.id), ']') from tag t
    where t.id = any(u.tag_ids) and t.active and not t.deleted and t.visible) end)),
    case when u.avatar is null then '"avatar":null' when u.avatar like '/%' then '"avatar":"/' else '' end,
    concat(e'"avatar":"\x04', case when u.avatar is null then concat('/api/v2/avatar/', u.id, '"') else '/' end)),
    case when u.cover like '/%' then '"cover":"/' else '' end, concat(e'"cover":"\x04/')),
    e'\x04', (select base from public_address)), ',', u.standing_json, ',"connection_requests_sent_counter":', u.requests_sent, ',"connection_requests_received_counter":', (u.requests_received + u.requests_rejected), ',"connections_counter":', u.connections, ',"posts_counter":', u.posts, ',"discussions_counter":', u.discussions, ',"statuses_counter":', u.statuses, ',"polls_counter":', u.polls, ',"categories_counter":', u.categories, ',"connection_status":', coalesce(case v.state when 4 then '"connected"' when 1 then '"sent_connection_request"' when 2 then '"received_connection_request"' end, 'null'), '}') from users u
    left join lateral (
    select * from relation tied where tied.member_id = told.member and tied.other_id = u.id offset 0) v on true where u.id = x.receiver_id), ',"message":', to_json((case when x.hidden and x.sender_id = told.member then '' else x.html end)::text)::text, ',"created_at":"', to_char(x.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","status":"', case when x.hidden and x.sender_id = told.member then 'hidden'
      when x.receiver_id = told.member and x.id > r.read_to then 'new' else 'created' end, '","group":null,"file":', coalesce(case when not (x.hidden and x.sender_id = told.member) then
      (select /* PrivateMessageFile */ concat('{"uuid":', to_json((f.uuid)::text)::text, ',"filename":', to_json((f.filename)::text)::text, ',"filesize":', f.bytes, ',"mimetype":', to_json((f.mimetype)::text)::text, ',"duration":', coalesce((f.duration)::text, 'null'), ',"url":', coalesce(to_json((case when f.url like '/%' then concat(public_base(), f.url) else f.url end)::text)::text, 'null'), ',"thumbnail":', coalesce(to_json((case when f.thumbnail like '/%' then concat(public_base(), f.thumbnail) else f.thumbnail end)::text)::text, 'null'), '}') from message_file f where f.uuid = x.file_uuid) end, 'null'), '}') as message,
      /* PrivateMessageSnippet */ concat('{"id":', p.thread_id, ',"headline":', to_json((case when x.hidden and x.sender_id = told.member then '' else coalesce(nullif(x.summary, ''),
      (select f.filename from message_file f where f.uuid = x.file_uuid), '') end)::text)::text, ',"sender":', (select /* User */ concat('{', replace(replace(replace(replace(u.profile_json,
    case when cardinality(u.tag_ids) > 0 then '"tags":[]' else '' end, concat('"tags":', case when u.tag_ids = '{}' then '[]' else (
    select /* Tag[] */ concat('[', string_agg(/* Tag */ concat('{"id":', t.id, ',"type":"', t.type, '","name":', to_json((t.name)::text)::text, ',"description":', coalesce(to_json((t.description)::text)::text, 'null'), ',"color":', to_json((t.color)::text)::text, ',"visible":', case when t.visible then 'true' else 'false' end, ',"visibility_boost":', case when t.visibility_boost then 'true' else 'false' end, ',"created_at":"', to_char(t.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","active":', case when t.active then 'true' else 'false' end, ',"deleted":', case when t.deleted then 'true' else 'false' end, '}'), ',' order by t.id), ']') from tag t
    where t.id = any(u.tag_ids) and t.active and not t.deleted and t.visible) end)),
    case when u.avatar is null then '"avatar":null' when u.avatar like '/%' then '"avatar":"/' else '' end,
    concat(e'"avatar":"\x04', case when u.avatar is null then concat('/api/v2/avatar/', u.id, '"') else '/' end)),
    case when u.cover like '/%' then '"cover":"/' else '' end, concat(e'"cover":"\x04/')),
    e'\x04', (select base from public_address)), ',', u.standing_json, ',"connection_requests_sent_counter":', u.requests_sent, ',"connection_requests_received_counter":', (u.requests_received + u.requests_rejected), ',"connections_counter":', u.connections, ',"posts_counter":', u.posts, ',"discussions_counter":', u.discussions, ',"statuses_counter":', u.statuses, ',"polls_counter":', u.polls, ',"categories_counter":', u.categories, ',"connection_status":', coalesce(case v.state when 4 then '"connected"' when 1 then '"sent_connection_request"' when 2 then '"received_connection_request"' end, 'null'), '}') from users u
    left join lateral (
    select * from relation tied where tied.member_id = told.member and tied.other_id = u.id offset 0) v on true where u.id = x.sender_id), ',"receiver":', (select /* User */ concat('{', replace(replace(replace(replace(u.profile_json,
    case when cardinality(u.tag_ids) > 0 then '"tags":[]' else '' end, concat('"tags":', case when u.tag_ids = '{}' then '[]' else (
    select /* Tag[] */ concat('[', string_agg(/* Tag */ concat('{"id":', t.id, ',"type":"', t.type, '","name":', to_json((t.name)::text)::text, ',"description":', coalesce(to_json((t.description)::text)::text, 'null'), ',"color":', to_json((t.color)::text)::text, ',"visible":', case when t.visible then 'true' else 'false' end, ',"visibility_boost":', case when t.visibility_boost then 'true' else 'false' end, ',"created_at":"', to_char(t.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","active":', case when t.active then 'true' else 'false' end, ',"deleted":', case when t.deleted then 'true' else 'false' end, '}'), ',' order by t.id), ']') from tag t
    where t.id = any(u.tag_ids) and t.active and not t.deleted and t.visible) end)),
    case when u.avatar is null then '"avatar":null' when u.avatar like '/%' then '"avatar":"/' else '' end,
    concat(e'"avatar":"\x04', case when u.avatar is null then concat('/api/v2/avatar/', u.id, '"') else '/' end)),
    case when u.cover like '/%' then '"cover":"/' else '' end, concat(e'"cover":"\x04/')),
    e'\x04', (select base from public_address)), ',', u.standing_json, ',"connection_requests_sent_counter":', u.requests_sent, ',"connection_requests_received_counter":', (u.requests_received + u.requests_rejected), ',"connections_counter":', u.connections, ',"posts_counter":', u.posts, ',"discussions_counter":', u.discussions, ',"statuses_counter":', u.statuses, ',"polls_counter":', u.polls, ',"categories_counter":', u.categories, ',"connection_status":', coalesce(case v.state when 4 then '"connected"' when 1 then '"sent_connection_request"' when 2 then '"received_connection_request"' end, 'null'), '}') from users u
    left join lateral (
    select * from relation tied where tied.member_id = told.member and tied.other_id = u.id offset 0) v on true where u.id = x.receiver_id), ',"created_at":"', to_char((select t.created_at from message_thread t where t.id = x.thread_id) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","last_message_at":"', to_char(x.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","thread_status":"', case when p.unread > 0 then 'new' when x.hidden and x.sender_id = told.member then 'hidden' else 'created' end, '","group":null}') as snippet
    from unnest($1::bigint[], $2::bigint[]) with ordinality told(member, id, nth)
    join message x on x.id = told.id
    join message_side r on r.thread_id = x.thread_id and r.member_id = told.member and x.id > r.cleared_to
    cross join lateral (select r.thread_id, r.unread) p
    left join relation t on t.member_id = told.member and t.other_id = x.sender_id
    where not coalesce(t.hidden_place is not null or t.hidden_by, false) and not exists (select from erasure e where e.member_id = x.sender_id);

-- who has threads that are to be erased
-- $1 threads
select distinct member_id as member from message_side
    where thread_id = any($1::bigint[]) and last_id is not null;

-- whom a member may write to
-- $1 viewer, $2 reach, $3 name, $4 limit
with p as (
  select p.*, row_number() over () as n from (
    select * from (select u.id as k0 from relation v join users u on u.id = v.other_id where v.member_id = $1::bigint and (u.id <> $1::bigint and u.status in ('a', 'b') and not coalesce(v.hidden_place is not null or v.hidden_by, false) and case $2::text when 'everybody' then true
    when 'followers' then coalesce(v.state = 4, false)
    else false end) and u.search_rules <> 0 and grams(lower(u.username collate "C") || ' ' || u.folded_real_name) @@ ($3::text[])[1]::tsquery and lower(u.username collate "C") || ' ' || u.folded_real_name like ($3::text[])[2]
      order by u.id asc limit 101) few limit $4::bigint + 1
  ) p
), page as (
  select p.n, json_build_array(p.k0)::text as key, /* User */ concat(e'\x02User 011111\x1f', u.id, e'\x1f', u.xmin, e'\x1f', coalesce(case v.state when 4 then '"connected"' when 1 then '"sent_connection_request"' when 2 then '"received_connection_request"' end, 'null'), e'\x03') as row from p join users u on u.id = p.k0 left join lateral (
    select * from relation tied where tied.member_id = $1::bigint and tied.other_id = u.id offset 0) v on true
)
select (select count(*) from relation v join users u on u.id = v.other_id where v.member_id = $1::bigint and (u.id <> $1::bigint and u.status in ('a', 'b') and not coalesce(v.hidden_place is not null or v.hidden_by, false) and case $2::text when 'everybody' then true
    when 'followers' then coalesce(v.state = 4, false)
    else false end) and u.search_rules <> 0 and grams(lower(u.username collate "C") || ' ' || u.folded_real_name) @@ ($3::text[])[1]::tsquery and lower(u.username collate "C") || ' ' || u.folded_real_name like ($3::text[])[2])::int as count, count(*)::int as n,
  count(*) filter (where n <= $4::bigint)::int as shown,
  string_agg(row::text, ',' order by n) filter (where n <= $4::bigint) as rows,
  max(key) filter (where n = 1) as nearest, max(key) filter (where n = $4::bigint) as farthest,
  null::text as repeated, concat(pg_current_snapshot(), ' ', pg_postmaster_start_time(), ' ', pg_relation_filepath('pg_class'), ' ', (select xmin from public_address)) as at,
  null::text as tables, '' as held
from page;

-- whose threads are empty
-- $1 threads
select distinct member_id as member from message_side
    where thread_id = any($1::bigint[]) and last_id is null;
