-- Printed by `npm run sql`. The statements of a slice, as PostgreSQL is given them in their usual variant.

-- ask for one
-- $1 member, $2 language, $3 now
insert into archive as a (member_id, language, requested_at) values ($1::bigint, $2::text, $3::timestamptz)
    on conflict (member_id) do update set requested_at = excluded.requested_at, language = excluded.language,
      attempt = a.attempt + 1, worked_at = null, generated_at = null, email_sent_at = null, downloaded_at = null, bytes = 0
    where a.generated_at is not null;

-- claim one that is due
-- $1 late, $2 now
with due as (
      select member_id from archive where generated_at is null and (worked_at is null or worked_at < $1::timestamptz)
      order by requested_at limit 1 for update skip locked
    ), cleared as (
      delete from archive_part p using due where p.member_id = due.member_id
    )
    update archive a set attempt = a.attempt + 1, worked_at = $2::timestamptz, bytes = 0 from due
    where a.member_id = due.member_id returning a.member_id as member, a.attempt;

-- figures
select count(*)::int as waiting from archive where generated_at is null;

-- finish one
-- $1 now, $2 member, $3 attempt
update archive a set generated_at = $1::timestamptz, worked_at = null,
      email_sent_at = case when u.email is not null then $1::timestamptz end
    from users u where a.member_id = $2::bigint and u.id = a.member_id and a.attempt = $3::int and a.generated_at is null
    returning a.language, u.username, u.email;

-- forget that of a member
-- $1 member
delete from archive where member_id = $1::bigint;

-- keep a part
-- $1 now, $2 bytes, $3 member, $4 attempt, $5 file, $6 n
with held as (
      update archive set worked_at = $1::timestamptz, bytes = bytes + $2::bigint
      where member_id = $3::bigint and attempt = $4::int and generated_at is null returning member_id
    ), kept as (
      update file set state = 'kept' from held where id = $5::bigint and state = 'pending' returning id
    )
    insert into archive_part (member_id, attempt, n, file_id)
    select held.member_id, $4::int, $6::int, kept.id from held, kept returning n;

-- read a part
-- $1 member, $2 attempt, $3 n
select f.token from archive_part p join file f on f.id = p.file_id
    where p.member_id = $1::bigint and p.attempt = $2::int and p.n = $3::int;

-- remove old ones
-- $1 before
delete from archive where generated_at < $1::timestamptz;

-- show how far one is
-- $1 member
select /* DataPortability */ concat('{"computing":', case when a.requested_at is not null and a.generated_at is null then 'true' else 'false' end, ',"send_email":', case when a.requested_at is not null and u.email is not null then 'true' else 'false' end, ',"requested_at":', coalesce('"' || (to_char(a.requested_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), ',"generated_at":', coalesce('"' || (to_char(a.generated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), ',"email_sent_at":', coalesce('"' || (to_char(a.email_sent_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), ',"downloaded_at":', coalesce('"' || (to_char(a.downloaded_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), '}')::text as json
    from (select 1) one left join archive a on a.member_id = $1::bigint left join users u on u.id = a.member_id;

-- take one
-- $1 now, $2 member
with a as (
      update archive set downloaded_at = $1::timestamptz where member_id = $2::bigint and generated_at is not null returning *
    )
    select a.attempt, a.bytes, u.username, to_char(a.generated_at at time zone 'UTC', 'YYYY-MM-DD') as day
    from a join users u on u.id = a.member_id;
