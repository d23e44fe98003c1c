-- Printed by `npm run sql`. The statements of a slice, as PostgreSQL is given them in their usual variant.

-- access token
-- $1 hash
select g.user_id as member, array(select unnest(t.scopes) intersect select unnest(a.scopes)) as scopes,
      g.id as "grant", g.app_id as app, extract(epoch from t.expires_at)::float8 as expires
    from oauth_token t join oauth_grant g on g.id = t.grant_id join oauth_app a on a.id = g.app_id
    where t.hash = $1::text and t.kind = 'a';

-- actor
-- $1 id
select id, role, status,
      (select floor(extract(epoch from changed_at))::bigint from credential where user_id = users.id) as since,
      case status when 'b' then (select extract(epoch from expire_at) * 1000 from block where member_id = users.id) end::float8 as until
    from users where id = $1::bigint and status in ('a', 'b');

-- look at who calls again
-- $1 member
select me.status::text as status, me.role, (select version from community) as version from users me where me.id = $1::bigint;

-- session
-- $1 hash
select user_id as member, extract(epoch from expires_at)::float8 as expires
    from session where hash = $1::text;
