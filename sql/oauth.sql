-- Printed by `npm run sql`. The statements of a slice, as PostgreSQL is given them in their usual variant.

-- app of a client id
-- $1 client_id
select id, client_id, name, description, secret_hash, grants, redirect_uris, scopes, trusted, member_id
    from oauth_app where client_id = $1::text;

-- apps
-- $1 limit
with p as (
  select p.*, row_number() over () as n from (
    select * from (select x.id as k0 from oauth_app x where true
      order by x.id desc limit 101) few limit $1::bigint + 1
  ) p
), page as (
  select p.n, json_build_array(p.k0)::text as key, /* OAuthApp */ concat('{"id":', a.id, ',"client_id":', to_json((a.client_id)::text)::text, ',"name":', to_json((a.name)::text)::text, ',"description":', to_json((a.description)::text)::text, ',"confidential":', case when a.secret_hash is not null then 'true' else 'false' end, ',"grants":', to_json(a.grants)::text, ',"redirect_uris":', to_json(a.redirect_uris)::text, ',"scopes":', to_json(a.scopes)::text, ',"trusted":', case when a.trusted then 'true' else 'false' end, ',"member_id":', coalesce((a.member_id)::text, 'null'), ',"created_at":"', to_char(a.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '"}') as row from p join oauth_app a on a.id = p.k0
)
select (select count(*) from oauth_app)::int as count, count(*)::int as n,
  count(*) filter (where n <= $1::bigint)::int as shown,
  string_agg(row::text, ',' order by n) filter (where n <= $1::bigint) as rows,
  max(key) filter (where n = 1) as nearest, max(key) filter (where n = $1::bigint) as farthest,
  null::text as repeated, null::text as at,
  null::text as tables, '' as held
from page;

-- apps a member has allowed
-- $1 member, $2 now
select a.id, a.name, a.description, array(select unnest(g.scopes) union select unnest(c.scopes)
        order by 1) as scopes,
      to_char(g.since at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"') as since
    from (
      select app_id, min(created_at) as since, array_agg(distinct scope) as scopes
      from oauth_grant, unnest(scopes) scope where user_id = $1::bigint and expires_at > $2::timestamptz group by app_id
    ) g full join (select app_id, scopes from oauth_consent where user_id = $1::bigint) c using (app_id)
    join oauth_app a on a.id = app_id
    order by a.name, a.id limit 1000;

-- apps that act as a member
-- $1 member, $2 after, $3 most
select a.id as key, (json_build_object('client_id', a.client_id, 'name', a.name, 'description', a.description, 'grants', a.grants,
      'scopes', a.scopes, 'created_at', a.created_at))::text as json from oauth_app a where a.member_id = $1::bigint and a.id > $2::bigint order by a.id limit $3::int;

-- apps that act as a member, keys
-- $1 member, $2 after, $3 most
select a.id as key from oauth_app a where a.member_id = $1::bigint and a.id > $2::bigint order by a.id limit $3::int;

-- apps that act as a member, some
-- $1 member, $2 keys
select (json_build_object('client_id', a.client_id, 'name', a.name, 'description', a.description, 'grants', a.grants,
      'scopes', a.scopes, 'created_at', a.created_at))::text as json from oauth_app a where a.member_id = $1::bigint and a.id = any($2::bigint[]) order by a.id;

-- begin a grant
-- $1 member, $2 app, $3 scopes, $4 now, $5 expires, $6 proof
with spare as (
        delete from oauth_grant where id in (select id from oauth_grant
          where user_id = $1::bigint and app_id = $2::bigint order by id desc offset 999)
      )
      insert into oauth_grant (app_id, user_id, scopes, created_at, expires_at)
      select $2::bigint, $1::bigint, $3::text[], $4::timestamptz, $5::timestamptz from credential where user_id = $1::bigint and password_hash = $6::text for share
      returning id;

-- change an app
-- $1 changes, $2 id
with a as (
      update oauth_app a set (name, description, grants, redirect_uris, scopes, trusted, member_id) =
        row(n.name, n.description, n.grants, n.redirect_uris, n.scopes, n.trusted, n.member_id)
      from (select (json_populate_record(before, $1::json)).* from oauth_app before where id = $2::bigint) n
      where a.id = $2::bigint returning a.*
    )
    select /* OAuthApp */ concat('{"id":', a.id, ',"client_id":', to_json((a.client_id)::text)::text, ',"name":', to_json((a.name)::text)::text, ',"description":', to_json((a.description)::text)::text, ',"confidential":', case when a.secret_hash is not null then 'true' else 'false' end, ',"grants":', to_json(a.grants)::text, ',"redirect_uris":', to_json(a.redirect_uris)::text, ',"scopes":', to_json(a.scopes)::text, ',"trusted":', case when a.trusted then 'true' else 'false' end, ',"member_id":', coalesce((a.member_id)::text, 'null'), ',"created_at":"', to_char(a.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '"}') as json from a;

-- code
-- $1 now, $2 hash
select g.id as "grant", g.app_id as app, g.scopes, c.redirect_uri, c.challenge,
      c.used_at is not null as used, c.expires_at <= $1::timestamptz as over, u.status not in ('a', 'b') as gone
    from oauth_code c join oauth_grant g on g.id = c.grant_id join users u on u.id = g.user_id
    where c.hash = $2::text for update of c, g;

-- create an app
-- $1 client_id, $2 secret_hash, $3 name, $4 description, $5 grants, $6 redirect_uris, $7 scopes, $8 trusted, $9 member_id, $10 now
with a as (
      insert into oauth_app (client_id, secret_hash, name, description, grants, redirect_uris, scopes, trusted,
        member_id, created_at)
      values ($1::text, $2::text, $3::text, $4::text, $5::text[], $6::text[],
        $7::text[], $8::boolean, $9::bigint, $10::timestamptz)
      returning *
    )
    select /* OAuthApp */ concat('{"id":', a.id, ',"client_id":', to_json((a.client_id)::text)::text, ',"name":', to_json((a.name)::text)::text, ',"description":', to_json((a.description)::text)::text, ',"confidential":', case when a.secret_hash is not null then 'true' else 'false' end, ',"grants":', to_json(a.grants)::text, ',"redirect_uris":', to_json(a.redirect_uris)::text, ',"scopes":', to_json(a.scopes)::text, ',"trusted":', case when a.trusted then 'true' else 'false' end, ',"member_id":', coalesce((a.member_id)::text, 'null'), ',"created_at":"', to_char(a.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '"}') as json from a;

-- delete an app
-- $1 id
delete from oauth_app where id = $1::bigint returning id;

-- end a grant
-- $1 id
delete from oauth_grant where id = $1::bigint;

-- introspect
-- $1 hash, $2 app, $3 now
select t.kind, array(select unnest(t.scopes) intersect select unnest(a.scopes)) as scopes, u.username,
      u.id as member, floor(extract(epoch from t.expires_at))::bigint as exp,
      floor(extract(epoch from t.created_at))::bigint as iat
    from oauth_token t join oauth_grant g on g.id = t.grant_id join oauth_app a on a.id = g.app_id
      join users u on u.id = g.user_id and u.status in ('a', 'b')
    where t.hash = $1::text and g.app_id = $2::bigint and t.expires_at > $3::timestamptz and t.used_at is null;

-- issue tokens
-- $1 grant, $2 now, $3 refresh, $4 access_ends, $5 refresh_ends, $6 access, $7 scopes
with cleared as (
      delete from oauth_token where grant_id = $1::bigint and expires_at <= $2::timestamptz
    ), kept as (
      update oauth_grant set expires_at = greatest(expires_at,
        case when $3::text is null then $4::timestamptz else $5::timestamptz end)
      where id = $1::bigint returning id, scopes
    )
    insert into oauth_token (hash, grant_id, kind, scopes, created_at, expires_at)
    select $6::text, id, 'a', $7::text[], $2::timestamptz, $4::timestamptz from kept
    union all
    select $3::text, id, 'r', scopes, $2::timestamptz, $5::timestamptz from kept where $3::text is not null;

-- let go of a member
-- $1 member
update oauth_app set member_id = null where member_id = $1::bigint;

-- lock an app
-- $1 id
select name, grants, redirect_uris, member_id, secret_hash is not null as confidential
    from oauth_app where id = $1::bigint for update;

-- make the app of Kith itself
-- $1 client_id, $2 redirect, $3 now
insert into oauth_app (client_id, name, description, grants, redirect_uris, scopes, trusted, created_at)
    select $1::text, 'Web', 'The pages of this community.', '{authorization_code}', array[$2::text],
      '{read,write}', true, $3::timestamptz
    where not exists (select from oauth_app where client_id = $1::text)
    on conflict (client_id) do nothing;

-- refresh token
-- $1 now, $2 hash
select g.id as "grant", g.app_id as app, t.scopes,
      (extract(epoch from $1::timestamptz - t.used_at) * 1000)::float8 as used, t.expires_at <= $1::timestamptz as over,
      u.status not in ('a', 'b') as gone
    from oauth_token t join oauth_grant g on g.id = t.grant_id join users u on u.id = g.user_id
    where t.hash = $2::text and t.kind = 'r' for update of t, g;

-- remember what is allowed
-- $1 member, $2 app, $3 scopes
insert into oauth_consent (user_id, app_id, scopes) values ($1::bigint, $2::bigint, $3::text[])
    on conflict (user_id, app_id) do update
    set scopes = array(select unnest(oauth_consent.scopes) union select unnest(excluded.scopes));

-- replace a secret
-- $1 secret_hash, $2 id
with a as (
      update oauth_app set secret_hash = $1::text where id = $2::bigint and secret_hash is not null returning *
    )
    select /* OAuthApp */ concat('{"id":', a.id, ',"client_id":', to_json((a.client_id)::text)::text, ',"name":', to_json((a.name)::text)::text, ',"description":', to_json((a.description)::text)::text, ',"confidential":', case when a.secret_hash is not null then 'true' else 'false' end, ',"grants":', to_json(a.grants)::text, ',"redirect_uris":', to_json(a.redirect_uris)::text, ',"scopes":', to_json(a.scopes)::text, ',"trusted":', case when a.trusted then 'true' else 'false' end, ',"member_id":', coalesce((a.member_id)::text, 'null'), ',"created_at":"', to_char(a.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '"}') as json from a;

-- revoke
-- $1 hash, $2 app
delete from oauth_grant g using oauth_token t
    where t.hash = $1::text and g.id = t.grant_id and g.app_id = $2::bigint returning g.id;

-- show an app
-- $1 id
select /* OAuthApp */ concat('{"id":', a.id, ',"client_id":', to_json((a.client_id)::text)::text, ',"name":', to_json((a.name)::text)::text, ',"description":', to_json((a.description)::text)::text, ',"confidential":', case when a.secret_hash is not null then 'true' else 'false' end, ',"grants":', to_json(a.grants)::text, ',"redirect_uris":', to_json(a.redirect_uris)::text, ',"scopes":', to_json(a.scopes)::text, ',"trusted":', case when a.trusted then 'true' else 'false' end, ',"member_id":', coalesce((a.member_id)::text, 'null'), ',"created_at":"', to_char(a.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '"}') as json from oauth_app a where id = $1::bigint;

-- use a code
-- $1 now, $2 hash
update oauth_code set used_at = $1::timestamptz where hash = $2::text;

-- use a refresh token
-- $1 now, $2 hash
update oauth_token set used_at = coalesce(used_at, $1::timestamptz) where hash = $2::text;

-- what a member has allowed
-- $1 member, $2 after, $3 most
select g.id as key, (json_build_object('app', a.name, 'scopes', g.scopes, 'allowed_at', g.created_at, 'ends_at', g.expires_at))::text as json from oauth_grant g join oauth_app a on a.id = g.app_id where g.user_id = $1::bigint and g.id > $2::bigint order by g.id limit $3::int;

-- what a member has allowed an app
-- $1 member, $2 app
select scopes from oauth_consent where user_id = $1::bigint and app_id = $2::bigint;

-- what a member has allowed, keys
-- $1 member, $2 after, $3 most
select g.id as key from oauth_grant g join oauth_app a on a.id = g.app_id where g.user_id = $1::bigint and g.id > $2::bigint order by g.id limit $3::int;

-- what a member has allowed, some
-- $1 member, $2 keys
select (json_build_object('app', a.name, 'scopes', g.scopes, 'allowed_at', g.created_at, 'ends_at', g.expires_at))::text as json from oauth_grant g join oauth_app a on a.id = g.app_id where g.user_id = $1::bigint and g.id = any($2::bigint[]) order by g.id;

-- what a member is not asked again
-- $1 member, $2 after, $3 most
select o.app_id as key, (json_build_object('app', a.name, 'scopes', o.scopes))::text as json from oauth_consent o join oauth_app a on a.id = o.app_id where o.user_id = $1::bigint and o.app_id > $2::bigint order by o.app_id limit $3::int;

-- what a member is not asked again, keys
-- $1 member, $2 after, $3 most
select o.app_id as key from oauth_consent o join oauth_app a on a.id = o.app_id where o.user_id = $1::bigint and o.app_id > $2::bigint order by o.app_id limit $3::int;

-- what a member is not asked again, some
-- $1 member, $2 keys
select (json_build_object('app', a.name, 'scopes', o.scopes))::text as json from oauth_consent o join oauth_app a on a.id = o.app_id where o.user_id = $1::bigint and o.app_id = any($2::bigint[]) order by o.app_id;

-- withdraw what an app was allowed
-- $1 member, $2 app
with grants as (
      delete from oauth_grant where user_id = $1::bigint and app_id = $2::bigint returning 1
    ), consents as (
      delete from oauth_consent where user_id = $1::bigint and app_id = $2::bigint returning 1
    )
    select ((select count(*) from grants) + (select count(*) from consents))::int as n;

-- write a code
-- $1 hash, $2 grant, $3 redirect, $4 challenge, $5 expires
insert into oauth_code (hash, grant_id, redirect_uri, challenge, expires_at)
    values ($1::text, $2::bigint, $3::text, $4::text, $5::timestamptz);
