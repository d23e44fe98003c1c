-- Printed by `npm run sql`. The statements of a slice, as PostgreSQL is given them in their usual variant.

-- begin
-- $1 member, $2 hash, $3 now, $4 expires, $5 password
with spare as (
      delete from session where hash in (select hash from session
        where user_id = $1::bigint order by created_at desc offset 99)
    )
    insert into session (hash, user_id, created_at, expires_at)
    select $2::text, user_id, $3::timestamptz, $4::timestamptz
    from credential where user_id = $1::bigint and password_hash = $5::text for share
    returning user_id as member;

-- clear what has ended
-- $1 now, $2 batch
with sessions as (
      delete from session where hash = any(array(select hash from session where expires_at < $1::timestamptz order by expires_at limit $2::int)) returning 1
    ), grants as (
      delete from oauth_grant where id = any(array(select id from oauth_grant where expires_at < $1::timestamptz order by expires_at limit $2::int))
      returning 1
    )
    select greatest((select count(*) from sessions), (select count(*) from grants))::int as n;

-- end
-- $1 hash
delete from session where hash = $1::text;

-- end all of a member
-- $1 member, $2 session, $3 grant
with sessions as (
      delete from session where user_id = $1::bigint and hash is distinct from $2::text
    )
    delete from oauth_grant where user_id = $1::bigint and id is distinct from $3::bigint;

-- password of a member
-- $1 member
select password_hash as hash from credential where user_id = $1::bigint;

-- password of a name
-- $1 name
select u.id as member, c.password_hash as hash, u.status = 'w' as waits,
      coalesce(s.unconfirmed, false) as unconfirmed
    from users u join credential c on c.user_id = u.id left join sign_up s on s.member_id = u.id
    where lower(u.username) = lower($1::text) and u.username is not null and u.status in ('a', 'b', 'w');

-- set a password
-- $1 hash, $2 now, $3 member, $4 old
insert into credential (user_id, password_hash, changed_at)
    select id, $1::text, $2::timestamptz from users where id = $3::bigint and status in ('a', 'b')
    on conflict (user_id) do update set password_hash = excluded.password_hash, changed_at = excluded.changed_at
      where $4::text is null or credential.password_hash = $4::text
    returning user_id as member;

-- what a member has
-- $1 member, $2 after, $3 most
select (extract(epoch from s.created_at) * 1000000)::bigint as key, (json_build_object('signed_in_at', s.created_at, 'ends_at', s.expires_at))::text as json from session s where s.user_id = $1::bigint and (extract(epoch from s.created_at) * 1000000)::bigint > $2::bigint order by (extract(epoch from s.created_at) * 1000000)::bigint limit $3::int;

-- what a member has, keys
-- $1 member, $2 after, $3 most
select (extract(epoch from s.created_at) * 1000000)::bigint as key from session s where s.user_id = $1::bigint and (extract(epoch from s.created_at) * 1000000)::bigint > $2::bigint order by (extract(epoch from s.created_at) * 1000000)::bigint limit $3::int;

-- what a member has, some
-- $1 member, $2 keys
select (json_build_object('signed_in_at', s.created_at, 'ends_at', s.expires_at))::text as json from session s where s.user_id = $1::bigint and (extract(epoch from s.created_at) * 1000000)::bigint = any($2::bigint[]) order by (extract(epoch from s.created_at) * 1000000)::bigint;
