-- Printed by `npm run sql`. The statements of a slice, as PostgreSQL is given them in their usual variant.

-- add
-- $1 owner, $2 file, $3 now, $4 media
with me as (
      select status::text, (select count(*)::int from (select from media m where m.owner_id = $1::bigint
        and m.contribution_id is null limit 200) x) as loose
      from users where id = $1::bigint for key share
    ), made as (
      insert into media (owner_id, type, file_id, added_at, loose_since, title, description, url, image, image_width,
        image_height, thumbnail, mimetype, size, embed_type, embed_id, metadata, shared_id, embedded_id)
      select $1::bigint, n.type, $2::bigint, $3::timestamptz, $3::timestamptz, coalesce(n.title, ''), coalesce(n.description, ''), n.url,
        n.image, n.image_width, n.image_height, n.thumbnail, n.mimetype, n.size, n.embed_type, n.embed_id, n.metadata,
        n.shared_id, n.embedded_id
      from json_populate_record(null::media, $4::json) n, me where me.status = 'a' and me.loose < 200
      returning id
    )
    select (select id from made) as id, me.status, me.loose from me;

-- an upload
-- $1 id, $2 owner, $3 now
select id, filename, total, received, media_id as media from upload
    where id = $1::text and owner_id = $2::bigint and expires_at > $3::timestamptz;

-- announce a piece
-- $1 upload, $2 start, $3 bytes
insert into upload_piece (upload_id, start, bytes) values ($1::text, $2::bigint, $3::int)
    on conflict (upload_id, start) do update set bytes = excluded.bytes;

-- begin an upload
-- $1 id, $2 owner, $3 filename, $4 total, $5 expires, $6 now
insert into upload (id, owner_id, filename, total, expires_at)
    select $1::text, $2::bigint, $3::text, $4::bigint, $5::timestamptz where (
      select count(*) from upload where owner_id = $2::bigint and media_id is null and expires_at > $6::timestamptz) < 20
    returning id;

-- change its picture
-- $1 file, $2 images, $3 media, $4 id
update media set file_id = $1::bigint, image = n.image, image_width = n.image_width,
      image_height = n.image_height, thumbnail = n.thumbnail, mimetype = n.mimetype, size = n.size,
      url = case when media.type = 'url' then media.url else n.url end,
      metadata = case when media.metadata is not null then replace((media.metadata::jsonb || jsonb_build_object('images', $2::json::jsonb))::text,
        '"url": "', '"url":"')::json end
    from json_populate_record(null::media, $3::json) n, (select file_id from media where id = $4::bigint) old
    where media.id = $4::bigint returning old.file_id as before;

-- complete an upload
-- $1 media, $2 upload
update upload set media_id = $1::bigint, filename = '' where id = $2::text and media_id is null returning id;

-- count a click
-- $1 id, $2 viewer, $3 staff
update media set clicks = clicks + 1
    where media.id = $1::bigint and ((media.owner_id = $2::bigint) or (exists (select from contribution c where c.id = media.contribution_id and (not c.deleted or c.author_id = $2::bigint or $3::boolean and c.published) and not c.erased and (c.addressing = '{}' or not (c.author_id is distinct from $2::bigint and (not c.addressing && array(select t.id from tag t
  where t.id = any((select m.tag_ids from users m where m.id = $2::bigint)::bigint[]) and t.active and not t.deleted) and not exists (select from users m
  where m.id = $2::bigint and m.status = 'a' and m.role in ('admin', 'moderator'))))) and not coalesce((select true from relation h where h.member_id = $2::bigint and h.other_id = c.author_id and (h.hidden_place is not null or h.hidden_by) and (h.hidden_place is not null or not exists (select from users m
  where m.id = $2::bigint and m.status = 'a' and m.role in ('admin', 'moderator')))), false) and not coalesce((select true from hidden_author h where h.member_id = $2::bigint and h.author_id = c.author_id), false) and not coalesce((select true from erasure e where e.member_id = c.author_id), false)))) returning id;

-- delete
-- $1 ids
delete from media where id = any($1::bigint[]) returning file_id as file;

-- end an upload
-- $1 id, $2 now
delete from upload where id = $1::text and expires_at <= $2::timestamptz;

-- end the uploads of a member
-- $1 now, $2 owner
update upload set filename = '', expires_at = $1::timestamptz where owner_id = $2::bigint;

-- forget pieces
-- $1 upload
delete from upload_piece where upload_id = $1::text;

-- let go of files that nothing shows
-- $1 ids
update file set state = 'gone' where id = any($1::bigint[])
    and not exists (select from media m where m.file_id = file.id);

-- let go of what is not shown any more
-- $1 now, $2 contribution, $3 ids
update media set contribution_id = null, loose_since = $1::timestamptz
    where contribution_id = $2::bigint and type <> 'eimage' and not id = any($3::bigint[]);

-- lock
-- $1 member, $2 id
select media.owner_id as owner, media.type, media.contribution_id is not null as shown, me.status::text as status, me.role, (select version from community) as version
    from media join users me on me.id = $1::bigint where media.id = $2::bigint for update of media for key share of me;

-- lock files that may be of no use
-- $1 ids
select id from file where id = any($1::bigint[]) order by id for update;

-- pieces of an upload
-- $1 upload
select start, bytes from upload_piece where upload_id = $1::text order by start;

-- show
-- $1 id, $2 viewer, $3 staff
select /* Media */ concat('{"id":', media.id, ',"added_at":"', to_char(media.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","type":"', media.type, '","title":', to_json((media.title)::text)::text, ',"description":', to_json((media.description)::text)::text, ',"url":', to_json((coalesce(case when media.url like '/%' then concat(public_base(), media.url) else media.url end, ''))::text)::text, ',"image":', to_json((coalesce(case when media.image like '/%' then concat(public_base(), media.image) else media.image end, ''))::text)::text, ',"image_width":', coalesce(media.image_width, 0), ',"image_height":', coalesce(media.image_height, 0), ',"order":', n.nth - 1, ',"embed":', coalesce(case when media.embedded_id is not null then (select /* Embed */ concat('{"id":', e.id, ',"embed_type":', to_json((e.embed_type)::text)::text, ',"embed_id":', to_json((e.embed_id)::text)::text, ',"url":', coalesce(to_json((e.url)::text)::text, 'null'), ',"metadata":', e.metadata::text, '}') from embed e where e.id = media.embedded_id)
      when media.embed_type is null then 'null' else concat('{"id":null,"embed_type":"', media.embed_type,
      '","embed_id":', to_json(media.embed_id), ',"url":', coalesce(to_json(media.url)::text, 'null'),
      ',"metadata":', replace(media.metadata::text, '"url":"/files/', concat('"url":"', public_base(), '/files/')), '}') end, 'null'), ',"image_thumbnail":', coalesce(coalesce(replace(media.thumbnail::text, '"url":"/files/', concat('"url":"', public_base(), '/files/')), 'null'), 'null'), ',"mimetype":', to_json((coalesce(media.mimetype, ''))::text)::text, ',"size":', coalesce(media.size, 0), '}') as json from media, (select 1 as nth) n
    where media.id = $1::bigint and ((media.owner_id = $2::bigint) or (exists (select from contribution c where c.id = media.contribution_id and (not c.deleted or c.author_id = $2::bigint or $3::boolean and c.published) and not c.erased and (c.addressing = '{}' or not (c.author_id is distinct from $2::bigint and (not c.addressing && array(select t.id from tag t
  where t.id = any((select m.tag_ids from users m where m.id = $2::bigint)::bigint[]) and t.active and not t.deleted) and not exists (select from users m
  where m.id = $2::bigint and m.status = 'a' and m.role in ('admin', 'moderator'))))) and not coalesce((select true from relation h where h.member_id = $2::bigint and h.other_id = c.author_id and (h.hidden_place is not null or h.hidden_by) and (h.hidden_place is not null or not exists (select from users m
  where m.id = $2::bigint and m.status = 'a' and m.role in ('admin', 'moderator')))), false) and not coalesce((select true from hidden_author h where h.member_id = $2::bigint and h.author_id = c.author_id), false) and not coalesce((select true from erasure e where e.member_id = c.author_id), false))));

-- show one that was made
-- $1 id
select /* Media */ concat('{"id":', media.id, ',"added_at":"', to_char(media.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","type":"', media.type, '","title":', to_json((media.title)::text)::text, ',"description":', to_json((media.description)::text)::text, ',"url":', to_json((coalesce(case when media.url like '/%' then concat(public_base(), media.url) else media.url end, ''))::text)::text, ',"image":', to_json((coalesce(case when media.image like '/%' then concat(public_base(), media.image) else media.image end, ''))::text)::text, ',"image_width":', coalesce(media.image_width, 0), ',"image_height":', coalesce(media.image_height, 0), ',"order":', n.nth - 1, ',"embed":', coalesce(case when media.embedded_id is not null then (select /* Embed */ concat('{"id":', e.id, ',"embed_type":', to_json((e.embed_type)::text)::text, ',"embed_id":', to_json((e.embed_id)::text)::text, ',"url":', coalesce(to_json((e.url)::text)::text, 'null'), ',"metadata":', e.metadata::text, '}') from embed e where e.id = media.embedded_id)
      when media.embed_type is null then 'null' else concat('{"id":null,"embed_type":"', media.embed_type,
      '","embed_id":', to_json(media.embed_id), ',"url":', coalesce(to_json(media.url)::text, 'null'),
      ',"metadata":', replace(media.metadata::text, '"url":"/files/', concat('"url":"', public_base(), '/files/')), '}') end, 'null'), ',"image_thumbnail":', coalesce(coalesce(replace(media.thumbnail::text, '"url":"/files/', concat('"url":"', public_base(), '/files/')), 'null'), 'null'), ',"mimetype":', to_json((coalesce(media.mimetype, ''))::text)::text, ',"size":', coalesce(media.size, 0), '}') as json from media, (select 1 as nth) n where media.id = $1::bigint;

-- some of a member
-- $1 owner
select id from media where owner_id = $1::bigint order by id limit 200 for update;

-- take a piece
-- $1 start, $2 bytes, $3 expires, $4 upload
update upload set received = $1::bigint::bigint + $2::int, expires_at = $3::timestamptz
    where id = $4::text and received = $1::bigint;

-- take for a contribution that changes
-- $1 ids, $2 owner, $3 contribution
select id from media where id = any($1::bigint[]) and owner_id = $2::bigint
    and (contribution_id is null or contribution_id = $3::bigint) order by id for update;

-- that may be shown
-- $1 ids, $2 owner, $3 contribution
select id from media where id = any($1::bigint[]) and owner_id = $2::bigint and type <> 'eimage'
    and (shared_id is null or $3::bigint is null or shared_id <> $3::bigint)
    and (contribution_id is null or contribution_id = $3::bigint);

-- that nothing has shown for a day
-- $1 before
select id from media where loose_since < $1::timestamptz and type <> 'eimage'
    order by loose_since limit 200 for update skip locked;

-- the same file of the same member
-- $1 owner, $2 sha256
select id, token, parts from file where owner_id = $1::bigint and sha256 = $2::text and state = 'kept'
    order by id limit 1;

-- uploads of a member that are under way
-- $1 member, $2 after, $3 most
select (extract(epoch from u.expires_at) * 1000000)::bigint as key, (json_build_object('filename', u.filename, 'total', u.total, 'received', u.received, 'expires_at', u.expires_at))::text as json from upload u where u.owner_id = $1::bigint and (extract(epoch from u.expires_at) * 1000000)::bigint > $2::bigint order by (extract(epoch from u.expires_at) * 1000000)::bigint limit $3::int;

-- uploads of a member that are under way, keys
-- $1 member, $2 after, $3 most
select (extract(epoch from u.expires_at) * 1000000)::bigint as key from upload u where u.owner_id = $1::bigint and (extract(epoch from u.expires_at) * 1000000)::bigint > $2::bigint order by (extract(epoch from u.expires_at) * 1000000)::bigint limit $3::int;

-- uploads of a member that are under way, some
-- $1 member, $2 keys
select (json_build_object('filename', u.filename, 'total', u.total, 'received', u.received, 'expires_at', u.expires_at))::text as json from upload u where u.owner_id = $1::bigint and (extract(epoch from u.expires_at) * 1000000)::bigint = any($2::bigint[]) order by (extract(epoch from u.expires_at) * 1000000)::bigint;

-- uploads that are over
-- $1 now
select id from upload where expires_at <= $1::timestamptz order by expires_at limit 100;

-- what a member has
-- $1 member, $2 after, $3 most
select media.id as key, (json_build_object('id', media.id, 'type', media.type, 'title', media.title, 'description', media.description,
      'url', media.url, 'image', media.image, 'mimetype', media.mimetype, 'size', media.size, 'metadata', media.metadata,
      'added_at', media.added_at, 'contribution', media.contribution_id))::text as json from media where media.owner_id = $1::bigint and media.id > $2::bigint order by media.id limit $3::int;

-- what a member has, keys
-- $1 member, $2 after, $3 most
select media.id as key from media where media.owner_id = $1::bigint and media.id > $2::bigint order by media.id limit $3::int;

-- what a member has, some
-- $1 member, $2 keys
select (json_build_object('id', media.id, 'type', media.type, 'title', media.title, 'description', media.description,
      'url', media.url, 'image', media.image, 'mimetype', media.mimetype, 'size', media.size, 'metadata', media.metadata,
      'added_at', media.added_at, 'contribution', media.contribution_id))::text as json from media where media.owner_id = $1::bigint and media.id = any($2::bigint[]) order by media.id;
