-- Printed by `npm run sql`. The statements of a slice, as PostgreSQL is given them in their usual variant.

-- codes (InviteCode)
-- $1 limit, $2 now
with p as (
  select p.*, row_number() over () as n from (
    select * from (select k.id as k0 from signup_code k where k.kind = 'i'
      order by k.id desc limit 101) few limit $1::bigint + 1
  ) p
), page as (
  select p.n, json_build_array(p.k0)::text as key, /* InviteCode */ concat('{"id":', c.id, ',"invited_by_username":', coalesce(to_json((m.username)::text)::text, 'null'), ',"role":', coalesce(to_json((c.role)::text)::text, 'null'), ',"tags":[],"name":', to_json((c.name)::text)::text, ',"email":', coalesce(to_json((c.email)::text)::text, 'null'), ',"code":', to_json((c.code)::text)::text, ',"generated_at":"', to_char(c.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","sent_at":', coalesce('"' || (to_char(c.sent_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), ',"used_at":', coalesce('"' || (to_char(x.used_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), ',"invited_by":', coalesce((m.id)::text, 'null'), ',"user":', coalesce(case when u.id is not null then /* User */ concat(e'\x02User 011110\x1f', u.id, e'\x1f', u.xmin, e'\x03') end, 'null'), ',"is_valid_now":', case when ((c.max_uses is null or c.uses < c.max_uses) and (c.valid_from is null or c.valid_from <= t.now)
  and (c.valid_to is null or c.valid_to > t.now)) then 'true' else 'false' end, ',"valid_from":', coalesce('"' || (to_char(c.valid_from at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), ',"valid_to":', coalesce('"' || (to_char(c.valid_to at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), ',"uses":', c.uses, ',"max_uses":', coalesce((c.max_uses)::text, 'null'), '}') as row from p join signup_code c on c.id = p.k0 cross join (select $2::timestamptz as now) t left join users m on m.id = c.made_by and m.status in ('a', 'b')
      left join lateral (select used_at, member_id from signup_code_use where code_id = c.id order by used_at desc limit 1) x on true
      left join users u on u.id = x.member_id and u.status in ('a', 'b')
)
select (null)::int as count, count(*)::int as n,
  count(*) filter (where n <= $1::bigint)::int as shown,
  string_agg(row::text, ',' order by n) filter (where n <= $1::bigint) as rows,
  max(key) filter (where n = 1) as nearest, max(key) filter (where n = $1::bigint) as farthest,
  null::text as repeated, concat(pg_current_snapshot(), ' ', pg_postmaster_start_time(), ' ', pg_relation_filepath('pg_class'), ' ', (select xmin from public_address)) as at,
  null::text as tables, '' as held
from page;

-- codes (PromoCode)
-- $1 limit, $2 now
with p as (
  select p.*, row_number() over () as n from (
    select * from (select k.id as k0 from signup_code k where k.kind = 'p'
      order by k.id desc limit 101) few limit $1::bigint + 1
  ) p
), page as (
  select p.n, json_build_array(p.k0)::text as key, /* PromoCode */ concat('{"id":', c.id, ',"code":', to_json((c.code)::text)::text, ',"name":', to_json((c.name)::text)::text, ',"is_valid_now":', case when ((c.max_uses is null or c.uses < c.max_uses) and (c.valid_from is null or c.valid_from <= t.now)
  and (c.valid_to is null or c.valid_to > t.now)) then 'true' else 'false' end, ',"valid_from":', coalesce('"' || (to_char(c.valid_from at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), ',"valid_to":', coalesce('"' || (to_char(c.valid_to at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), ',"uses":', c.uses, ',"max_uses":', coalesce((c.max_uses)::text, 'null'), '}') as row from p join signup_code c on c.id = p.k0 cross join (select $2::timestamptz as now) t
)
select (null)::int as count, count(*)::int as n,
  count(*) filter (where n <= $1::bigint)::int as shown,
  string_agg(row::text, ',' order by n) filter (where n <= $1::bigint) as rows,
  max(key) filter (where n = 1) as nearest, max(key) filter (where n = $1::bigint) as farthest,
  null::text as repeated, null::text as at,
  null::text as tables, '' as held
from page;

-- codes a member made
-- $1 member, $2 after, $3 most
select c.id as key, (json_build_object('kind', case c.kind when 'i' then 'invitation' else 'promotion' end, 'code', c.code,
      'name', c.name, 'email', c.email, 'role', c.role, 'uses', c.uses, 'created_at', c.created_at, 'sent_at', c.sent_at))::text as json from signup_code c where c.made_by = $1::bigint and c.id > $2::bigint order by c.id limit $3::int;

-- codes a member made, keys
-- $1 member, $2 after, $3 most
select c.id as key from signup_code c where c.made_by = $1::bigint and c.id > $2::bigint order by c.id limit $3::int;

-- codes a member made, some
-- $1 member, $2 keys
select (json_build_object('kind', case c.kind when 'i' then 'invitation' else 'promotion' end, 'code', c.code,
      'name', c.name, 'email', c.email, 'role', c.role, 'uses', c.uses, 'created_at', c.created_at, 'sent_at', c.sent_at))::text as json from signup_code c where c.made_by = $1::bigint and c.id = any($2::bigint[]) order by c.id;

-- codes a member used
-- $1 member, $2 after, $3 most
select n.code_id as key, (json_build_object('kind', case c.kind when 'i' then 'invitation' else 'promotion' end, 'code', c.code,
      'name', c.name, 'used_at', n.used_at))::text as json from signup_code_use n join signup_code c on c.id = n.code_id where n.member_id = $1::bigint and n.code_id > $2::bigint order by n.code_id limit $3::int;

-- codes a member used, keys
-- $1 member, $2 after, $3 most
select n.code_id as key from signup_code_use n join signup_code c on c.id = n.code_id where n.member_id = $1::bigint and n.code_id > $2::bigint order by n.code_id limit $3::int;

-- codes a member used, some
-- $1 member, $2 keys
select (json_build_object('kind', case c.kind when 'i' then 'invitation' else 'promotion' end, 'code', c.code,
      'name', c.name, 'used_at', n.used_at))::text as json from signup_code_use n join signup_code c on c.id = n.code_id where n.member_id = $1::bigint and n.code_id = any($2::bigint[]) order by n.code_id;

-- delete a code
-- $1 kind, $2 code
delete from signup_code where kind = $1::"char" and lower(code) = lower($2::text) returning id;

-- erase a member
-- $1 member
with nameless as (
      update signup_code set name = '', email = null where kind = 'i'
        and id in (select code_id from signup_code_use where member_id = $1::bigint) and made_by is distinct from $1::bigint
    ), unused as (
      delete from signup_code_use where member_id = $1::bigint
    )
    delete from signup_code where made_by = $1::bigint;

-- give back what was used
-- $1 member
with gone as (
      delete from signup_code_use where member_id = $1::bigint returning code_id
    )
    update signup_code set uses = uses - 1 from gone where id = gone.code_id;

-- give the role of an invitation
-- $1 member
update users u set role = c.role from signup_code c join signup_code_use m on m.code_id = c.id
    where m.member_id = $1::bigint and u.id = m.member_id and c.kind = 'i' and c.role is not null and u.role is null;

-- make a code
-- $1 kind, $2 code, $3 name, $4 email, $5 role, $6 by, $7 max, $8 from, $9 to, $10 now, $11 sent
insert into signup_code (kind, code, name, email, role, made_by, max_uses, valid_from, valid_to, created_at, sent_at)
    values ($1::"char", $2::text, $3::text, $4::text, $5::text, $6::bigint, $7::int, $8::timestamptz, $9::timestamptz, $10::timestamptz, $11::timestamptz)
    returning code, (select username from users where id = made_by) as inviter;

-- show a code (InviteCode)
-- $1 now, $2 code, $3 id
select /* InviteCode */ concat('{"id":', c.id, ',"invited_by_username":', coalesce(to_json((m.username)::text)::text, 'null'), ',"role":', coalesce(to_json((c.role)::text)::text, 'null'), ',"tags":[],"name":', to_json((c.name)::text)::text, ',"email":', coalesce(to_json((c.email)::text)::text, 'null'), ',"code":', to_json((c.code)::text)::text, ',"generated_at":"', to_char(c.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","sent_at":', coalesce('"' || (to_char(c.sent_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), ',"used_at":', coalesce('"' || (to_char(x.used_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), ',"invited_by":', coalesce((m.id)::text, 'null'), ',"user":', coalesce(case when u.id is not null then /* User */ concat('{', replace(replace(replace(replace(u.profile_json,
    case when cardinality(u.tag_ids) > 0 then '"tags":[]' else '' end, concat('"tags":', case when u.tag_ids = '{}' then '[]' else (
    select /* Tag[] */ concat('[', string_agg(/* Tag */ concat('{"id":', t.id, ',"type":"', t.type, '","name":', to_json((t.name)::text)::text, ',"description":', coalesce(to_json((t.description)::text)::text, 'null'), ',"color":', to_json((t.color)::text)::text, ',"visible":', case when t.visible then 'true' else 'false' end, ',"visibility_boost":', case when t.visibility_boost then 'true' else 'false' end, ',"created_at":"', to_char(t.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","active":', case when t.active then 'true' else 'false' end, ',"deleted":', case when t.deleted then 'true' else 'false' end, '}'), ',' order by t.id), ']') from tag t
    where t.id = any(u.tag_ids) and t.active and not t.deleted and t.visible) end)),
    case when u.avatar is null then '"avatar":null' when u.avatar like '/%' then '"avatar":"/' else '' end,
    concat(e'"avatar":"\x04', case when u.avatar is null then concat('/api/v2/avatar/', u.id, '"') else '/' end)),
    case when u.cover like '/%' then '"cover":"/' else '' end, concat(e'"cover":"\x04/')),
    e'\x04', (select base from public_address)), ',', u.standing_json, ',"connection_requests_sent_counter":', u.requests_sent, ',"connection_requests_received_counter":', (u.requests_received + u.requests_rejected), ',"connections_counter":', u.connections, ',"posts_counter":', u.posts, ',"discussions_counter":', u.discussions, ',"statuses_counter":', u.statuses, ',"polls_counter":', u.polls, ',"categories_counter":', u.categories, '}') end, 'null'), ',"is_valid_now":', case when ((c.max_uses is null or c.uses < c.max_uses) and (c.valid_from is null or c.valid_from <= t.now)
  and (c.valid_to is null or c.valid_to > t.now)) then 'true' else 'false' end, ',"valid_from":', coalesce('"' || (to_char(c.valid_from at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), ',"valid_to":', coalesce('"' || (to_char(c.valid_to at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), ',"uses":', c.uses, ',"max_uses":', coalesce((c.max_uses)::text, 'null'), '}') as json
      from signup_code c cross join (select $1::timestamptz as now) t left join users m on m.id = c.made_by and m.status in ('a', 'b')
      left join lateral (select used_at, member_id from signup_code_use where code_id = c.id order by used_at desc limit 1) x on true
      left join users u on u.id = x.member_id and u.status in ('a', 'b')
      where c.kind = 'i' and (lower(c.code) = lower($2::text) or c.id = $3::bigint);

-- show a code (PromoCode)
-- $1 now, $2 code, $3 id
select /* PromoCode */ concat('{"id":', c.id, ',"code":', to_json((c.code)::text)::text, ',"name":', to_json((c.name)::text)::text, ',"is_valid_now":', case when ((c.max_uses is null or c.uses < c.max_uses) and (c.valid_from is null or c.valid_from <= t.now)
  and (c.valid_to is null or c.valid_to > t.now)) then 'true' else 'false' end, ',"valid_from":', coalesce('"' || (to_char(c.valid_from at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), ',"valid_to":', coalesce('"' || (to_char(c.valid_to at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), ',"uses":', c.uses, ',"max_uses":', coalesce((c.max_uses)::text, 'null'), '}') as json
      from signup_code c cross join (select $1::timestamptz as now) t
      where c.kind = 'p' and (lower(c.code) = lower($2::text) or c.id = $3::bigint);

-- use a code
-- $1 kind, $2 code, $3 now, $4 email, $5 member
with used as (
      update signup_code c set uses = uses + 1
      where kind = $1::"char" and lower(code) = lower($2::text) and (max_uses is null or uses < max_uses)
        and (valid_from is null or valid_from <= $3::timestamptz) and (valid_to is null or valid_to > $3::timestamptz)
        and (email is null or lower(email) = lower($4::text))
        and (role is null or made_by is null
          or exists (select from users a where a.id = c.made_by and a.role = 'admin' and a.status = 'a'))
      returning id, role
    ), written as (
      insert into signup_code_use (code_id, member_id, used_at) select id, $5::bigint, $3::timestamptz from used
    )
    select id from used;
