-- Printed by `npm run sql`. The statements of a slice, as PostgreSQL is given them in their usual variant.

-- add
-- $1 member, $2 provider, $3 ext_id, $4 profile_url, $5 show, $6 metadata
with p as (
      insert into user_provider (member_id, provider, ext_id, profile_url, show_in_profile, metadata)
      values ($1::bigint, $2::text, $3::text, $4::text, $5::boolean, $6::json::jsonb)
      on conflict (member_id, provider, ext_id) do update
        set profile_url = excluded.profile_url, show_in_profile = excluded.show_in_profile,
          metadata = excluded.metadata
      returning *
    ) select /* UserExternalProvider */ concat('{"user_id":', p.member_id, ',"provider":', to_json((p.provider)::text)::text, ',"ext_id":', to_json((p.ext_id)::text)::text, ',"profile_url":', coalesce(to_json((p.profile_url)::text)::text, 'null'), ',"metadata":', coalesce(coalesce(p.metadata::text, 'null'), 'null'), ',"show_in_profile":', case when p.show_in_profile then 'true' else 'false' end, '}')::text as json from p;

-- erase
-- $1 member
delete from user_provider where member_id = $1::bigint;

-- how many a member has
-- $1 member
select count(*)::int as n from user_provider where member_id = $1::bigint;

-- of a member
-- $1 member, $2 own
select exists (select from users where id = $1::bigint and status in ('a', 'b')) as there,
    (select /* UserExternalProvider[] */ concat('[', string_agg(/* UserExternalProvider */ concat('{"user_id":', p.member_id, ',"provider":', to_json((p.provider)::text)::text, ',"ext_id":', to_json((p.ext_id)::text)::text, ',"profile_url":', coalesce(to_json((p.profile_url)::text)::text, 'null'), ',"metadata":', coalesce(coalesce(p.metadata::text, 'null'), 'null'), ',"show_in_profile":', case when p.show_in_profile then 'true' else 'false' end, '}'), ',' order by p.provider, p.ext_id), ']') from (
      select member_id, provider, ext_id, profile_url, metadata, show_in_profile from user_provider
      where member_id = $1::bigint and (show_in_profile or $2::boolean)
      union all
      select id, 'external', ext_id, null, null, false from users where id = $1::bigint and ext_id is not null and $2::boolean
    ) p) as json;

-- remove
-- $1 member, $2 provider, $3 ext_id
delete from user_provider
    where member_id = $1::bigint and provider = $2::text and ext_id = $3::text returning provider;

-- what a member has
-- $1 member, $2 after, $3 most
select p.nth as key, (/* UserExternalProvider */ concat('{"user_id":', p.member_id, ',"provider":', to_json((p.provider)::text)::text, ',"ext_id":', to_json((p.ext_id)::text)::text, ',"profile_url":', coalesce(to_json((p.profile_url)::text)::text, 'null'), ',"metadata":', coalesce(coalesce(p.metadata::text, 'null'), 'null'), ',"show_in_profile":', case when p.show_in_profile then 'true' else 'false' end, '}'))::text as json from (select *, row_number() over (order by provider, ext_id) as nth from user_provider
      where member_id = $1::bigint) p where true and p.nth > $2::bigint order by p.nth limit $3::int;

-- what a member has, keys
-- $1 member, $2 after, $3 most
select p.nth as key from (select *, row_number() over (order by provider, ext_id) as nth from user_provider
      where member_id = $1::bigint) p where true and p.nth > $2::bigint order by p.nth limit $3::int;

-- what a member has, some
-- $1 member, $2 keys
select (/* UserExternalProvider */ concat('{"user_id":', p.member_id, ',"provider":', to_json((p.provider)::text)::text, ',"ext_id":', to_json((p.ext_id)::text)::text, ',"profile_url":', coalesce(to_json((p.profile_url)::text)::text, 'null'), ',"metadata":', coalesce(coalesce(p.metadata::text, 'null'), 'null'), ',"show_in_profile":', case when p.show_in_profile then 'true' else 'false' end, '}'))::text as json from (select *, row_number() over (order by provider, ext_id) as nth from user_provider
      where member_id = $1::bigint) p where true and p.nth = any($2::bigint[]) order by p.nth;
