-- Printed by `npm run sql`. The statements of a slice, as PostgreSQL is given them in their usual variant.

-- accept for a newcomer
-- $1 member, $2 now, $3 ids
insert into legal_page_ack (page_id, member_id, accepted_at)
    select id, $1::bigint, $2::timestamptz from unnest($3::bigint[]) id;

-- all
-- $1 admin, $2 policy, $3 pattern, $4 from, $5 to, $6 limit, $7 viewer
with p as (
  select p.*, row_number() over () as n from (
    select * from (select l.id, l.id as k0 from legal_page l where (l.active or $1::boolean) and ($2::text is null or l.policy = $2::text)
      and ($3::text is null or l.folded_title || ' ' || l.policy || '-' || l.revision like $3::text)
      and ($4::timestamptz is null or coalesce(l.valid_from, l.created_at) >= $4::timestamptz)
      and ($5::timestamptz is null or l.valid_to <= $5::timestamptz)
      order by l.id asc limit 101) few limit $6::bigint + 1
  ) p
), light as (
  select * from (select p.*, sum(coalesce((select octet_length(coalesce(l.html_body, '')) from legal_page l where l.id = p.id), 0)) over (order by p.n) as total from p) p where n = 1 or total <= 1000000
), page as (
  select p.n, json_build_array(p.k0)::text as key, /* LegalPage */ concat('{"id":', l.id, ',"type":"legal","slug":', to_json((l.policy || '-' || l.revision)::text)::text, ',"title":', to_json((l.title)::text)::text, ',"html_summary":', coalesce(to_json((l.html_summary)::text)::text, 'null'), ',"html_body":', coalesce(to_json((l.html_body)::text)::text, 'null'), ',"valid_from":', coalesce('"' || (to_char(l.valid_from at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), ',"valid_to":', coalesce('"' || (to_char(l.valid_to at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), ',"created_at":"', to_char(l.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","updated_at":', coalesce('"' || (to_char(l.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), ',"active":', case when l.active then 'true' else 'false' end, ',"created_by":', l.created_by, ',"updated_by":', coalesce((l.updated_by)::text, 'null'), ',"ack":', coalesce(case when a.id is null then 'null' else /* LegalPageAck */ concat('{"id":', a.id, ',"accepted_at":', coalesce('"' || (to_char(a.accepted_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), ',"not_accepted_at":', coalesce('"' || (to_char(a.not_accepted_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), ',"custom_page":', a.page_id, ',"user":', a.member_id, '}') end, 'null'), '}') as row from light p join legal_page l on l.id = p.id left join legal_page_ack a on a.page_id = l.id and a.member_id = $7::bigint
)
select (select count(*) from legal_page l where (l.active or $1::boolean) and ($2::text is null or l.policy = $2::text)
      and ($3::text is null or l.folded_title || ' ' || l.policy || '-' || l.revision like $3::text)
      and ($4::timestamptz is null or coalesce(l.valid_from, l.created_at) >= $4::timestamptz)
      and ($5::timestamptz is null or l.valid_to <= $5::timestamptz))::int as count, (select count(*) from p)::int as n,
  count(*) filter (where n <= $6::bigint)::int as shown,
  string_agg(row::text, ',' order by n) filter (where n <= $6::bigint) as rows,
  max(key) filter (where n = 1) as nearest, (array_agg(key order by n desc) filter (where n <= $6::bigint))[1] as farthest,
  null::text as repeated, null::text as at,
  null::text as tables, '' as held
from page;

-- answer
-- $1 id, $2 member, $3 accept, $4 now
with a as (
      insert into legal_page_ack as a (page_id, member_id, accepted_at, not_accepted_at)
      values ($1::bigint, $2::bigint, case when $3::boolean then $4::timestamptz end, case when not $3::boolean then $4::timestamptz end)
      on conflict (member_id, page_id) do update set
        accepted_at = case when $3::boolean then coalesce(a.accepted_at, excluded.accepted_at) end,
        not_accepted_at = case when not $3::boolean then coalesce(a.not_accepted_at, excluded.not_accepted_at) end
      returning *
    )
    select /* LegalPageAck */ concat('{"id":', a.id, ',"accepted_at":', coalesce('"' || (to_char(a.accepted_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), ',"not_accepted_at":', coalesce('"' || (to_char(a.not_accepted_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), ',"custom_page":', a.page_id, ',"user":', a.member_id, '}')::text as json from a;

-- answer of a member
-- $1 member, $2 id
select /* LegalPageAck */ concat('{"id":', a.id, ',"accepted_at":', coalesce('"' || (to_char(a.accepted_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), ',"not_accepted_at":', coalesce('"' || (to_char(a.not_accepted_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), ',"custom_page":', a.page_id, ',"user":', a.member_id, '}')::text as json from legal_page_ack a
    where a.member_id = $1::bigint and a.page_id = $2::bigint;

-- answers of a member
-- $1 member
select /* LegalPageAck[] */ concat('[', string_agg(/* LegalPageAck */ concat('{"id":', a.id, ',"accepted_at":', coalesce('"' || (to_char(a.accepted_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), ',"not_accepted_at":', coalesce('"' || (to_char(a.not_accepted_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), ',"custom_page":', a.page_id, ',"user":', a.member_id, '}'), ',' order by a.id desc), ']') as json from legal_page_ack a
    where a.member_id = $1::bigint;

-- change
-- $1 now, $2 actor, $3 changes, $4 id
with changed as (
      update legal_page l set (title, html_summary, html_body, valid_from, valid_to, active, folded_title, sort_title, search_rules) =
        row(n.title, n.html_summary, n.html_body, n.valid_from, n.valid_to, n.active, n.folded_title, n.sort_title, 1), updated_at = $1::timestamptz, updated_by = $2::bigint
      from (select (json_populate_record(before, $3::json)).* from legal_page before where id = $4::bigint) n
      where l.id = $4::bigint and (n.title, n.html_summary, n.html_body, n.valid_from, n.valid_to, n.active) is distinct from (l.title, l.html_summary, l.html_body, l.valid_from, l.valid_to, l.active)
      returning l.*
    )
    insert into event (id, type, created, body, txid, audience)
  select event_id, type, $1::timestamptz, concat('{"event_id":', event_id, ',"type":"', type, '","created":',
      extract(epoch from $1::timestamptz::timestamptz), ',"data":', data, '}')::json, txid,
    (select version from webhook_listening where type = any(types))
  from (select pg_current_xact_id() as txid,
      case when (select check_event_source()) then nextval('event_id') end as event_id, type, data
    from (select 'legal_page.updated' as type, /* LegalPage */ concat('{"id":', l.id, ',"type":"legal","slug":', to_json((l.policy || '-' || l.revision)::text)::text, ',"title":', to_json((l.title)::text)::text, ',"html_summary":', coalesce(to_json((l.html_summary)::text)::text, 'null'), ',"html_body":', coalesce(to_json((l.html_body)::text)::text, 'null'), ',"valid_from":', coalesce('"' || (to_char(l.valid_from at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), ',"valid_to":', coalesce('"' || (to_char(l.valid_to at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), ',"created_at":"', to_char(l.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","updated_at":', coalesce('"' || (to_char(l.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), ',"active":', case when l.active then 'true' else 'false' end, ',"created_by":', l.created_by, ',"updated_by":', coalesce((l.updated_by)::text, 'null'), '}') as data from changed l) emitted offset 0) numbered;

-- due to be indexed
select id, title from legal_page where search_rules < 1
    order by id limit 500 for no key update skip locked;

-- erase answers
-- $1 member
delete from legal_page_ack where member_id = $1::bigint;

-- forget answers
-- $1 member
delete from legal_page_ack where member_id = $1::bigint;

-- index
-- $1 rows
update legal_page t set folded_title = d.folded_title, sort_title = d.sort_title, search_rules = 1
    from json_to_recordset($1::json) as d(id bigint, folded_title text, sort_title text) where t.id = d.id;

-- lock
-- $1 member, $2 changes, $3 id
select exists (select from legal_page_ack a where a.page_id = l.id) as acknowledged,
      (n.title, n.html_summary, n.html_body) is distinct from (l.title, l.html_summary, l.html_body) as other_words,
      coalesce(n.valid_to <= coalesce(n.valid_from, l.created_at), false) as ends_early, me.status::text as status, me.role, (select version from community) as version
    from legal_page l join users me on me.id = $1::bigint
    cross join lateral json_populate_record(l, $2::json) n
    where l.id = $3::bigint for no key update of l;

-- lock for newcomers
-- $1 now
select id from legal_page where id in (select l.id from (
      select distinct on (policy) * from legal_page
      where active and coalesce(valid_from, created_at) <= $1::timestamptz and (valid_to is null or valid_to > $1::timestamptz) and true
      order by policy, revision desc
    ) l) order by id for share;

-- lock to answer
-- $1 member, $2 id
select me.status::text as status, me.role, (select version from community) as version from legal_page l join users me on me.id = $1::bigint
    where l.id = $2::bigint and l.active for share of l for key share of me;

-- publish
-- $1 policy, $2 now, $3 actor, $4 page
with l as (
      insert into legal_page (policy, revision, title, html_summary, html_body, valid_from, valid_to, active, folded_title, sort_title, created_at, created_by, search_rules)
      select $1::text, coalesce((select max(revision) from legal_page where policy = $1::text), 0) + 1,
        title, html_summary, html_body, valid_from, valid_to, active, folded_title, sort_title, $2::timestamptz, $3::bigint, 1
      from json_populate_record(null::legal_page, $4::json) returning *
    ), emitted as (
      insert into event (id, type, created, body, txid, audience)
  select event_id, type, $2::timestamptz, concat('{"event_id":', event_id, ',"type":"', type, '","created":',
      extract(epoch from $2::timestamptz::timestamptz), ',"data":', data, '}')::json, txid,
    (select version from webhook_listening where type = any(types))
  from (select pg_current_xact_id() as txid,
      case when (select check_event_source()) then nextval('event_id') end as event_id, type, data
    from (select 'legal_page.created' as type, /* LegalPage */ concat('{"id":', l.id, ',"type":"legal","slug":', to_json((l.policy || '-' || l.revision)::text)::text, ',"title":', to_json((l.title)::text)::text, ',"html_summary":', coalesce(to_json((l.html_summary)::text)::text, 'null'), ',"html_body":', coalesce(to_json((l.html_body)::text)::text, 'null'), ',"valid_from":', coalesce('"' || (to_char(l.valid_from at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), ',"valid_to":', coalesce('"' || (to_char(l.valid_to at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), ',"created_at":"', to_char(l.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","updated_at":', coalesce('"' || (to_char(l.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), ',"active":', case when l.active then 'true' else 'false' end, ',"created_by":', l.created_by, ',"updated_by":', coalesce((l.updated_by)::text, 'null'), '}') as data from l) emitted offset 0) numbered
    )
    select id from l;

-- show
-- $1 viewer, $2 id, $3 admin
select /* LegalPage */ concat('{"id":', l.id, ',"type":"legal","slug":', to_json((l.policy || '-' || l.revision)::text)::text, ',"title":', to_json((l.title)::text)::text, ',"html_summary":', coalesce(to_json((l.html_summary)::text)::text, 'null'), ',"html_body":', coalesce(to_json((l.html_body)::text)::text, 'null'), ',"valid_from":', coalesce('"' || (to_char(l.valid_from at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), ',"valid_to":', coalesce('"' || (to_char(l.valid_to at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), ',"created_at":"', to_char(l.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","updated_at":', coalesce('"' || (to_char(l.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), ',"active":', case when l.active then 'true' else 'false' end, ',"created_by":', l.created_by, ',"updated_by":', coalesce((l.updated_by)::text, 'null'), ',"ack":', coalesce(case when a.id is null then 'null' else /* LegalPageAck */ concat('{"id":', a.id, ',"accepted_at":', coalesce('"' || (to_char(a.accepted_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), ',"not_accepted_at":', coalesce('"' || (to_char(a.not_accepted_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), ',"custom_page":', a.page_id, ',"user":', a.member_id, '}') end, 'null'), '}')::text as json from legal_page l left join legal_page_ack a on a.page_id = l.id and a.member_id = $1::bigint
    where l.id = $2::bigint and (l.active or $3::boolean);

-- what a member has said
-- $1 member, $2 after, $3 most
select a.id as key, (json_build_object('id', a.id, 'page', l.policy || '-' || l.revision, 'title', l.title, 'accepted_at', a.accepted_at,
      'not_accepted_at', a.not_accepted_at))::text as json from legal_page_ack a join legal_page l on l.id = a.page_id where a.member_id = $1::bigint and a.id > $2::bigint order by a.id limit $3::int;

-- what a member has said, keys
-- $1 member, $2 after, $3 most
select a.id as key from legal_page_ack a join legal_page l on l.id = a.page_id where a.member_id = $1::bigint and a.id > $2::bigint order by a.id limit $3::int;

-- what a member has said, some
-- $1 member, $2 keys
select (json_build_object('id', a.id, 'page', l.policy || '-' || l.revision, 'title', l.title, 'accepted_at', a.accepted_at,
      'not_accepted_at', a.not_accepted_at))::text as json from legal_page_ack a join legal_page l on l.id = a.page_id where a.member_id = $1::bigint and a.id = any($2::bigint[]) order by a.id;

-- what a member wrote
-- $1 member, $2 after, $3 most
select l.id as key, (json_build_object('page', l.policy || '-' || l.revision, 'title', l.title, 'summary', l.html_summary, 'body', l.html_body,
      'created_at', l.created_at, 'created', l.created_by = $1::bigint, 'updated_at', l.updated_at,
      'updated', l.updated_by is not distinct from $1::bigint))::text as json from legal_page l where (l.created_by = $1::bigint or l.updated_by = $1::bigint) and l.id > $2::bigint order by l.id limit $3::int;

-- what a member wrote, keys
-- $1 member, $2 after, $3 most
select l.id as key from legal_page l where (l.created_by = $1::bigint or l.updated_by = $1::bigint) and l.id > $2::bigint order by l.id limit $3::int;

-- what a member wrote, some
-- $1 member, $2 keys
select (json_build_object('page', l.policy || '-' || l.revision, 'title', l.title, 'summary', l.html_summary, 'body', l.html_body,
      'created_at', l.created_at, 'created', l.created_by = $1::bigint, 'updated_at', l.updated_at,
      'updated', l.updated_by is not distinct from $1::bigint))::text as json from legal_page l where (l.created_by = $1::bigint or l.updated_by = $1::bigint) and l.id = any($2::bigint[]) order by l.id;

-- what holds
-- $1 now, $2 viewer
select /* LegalPage[] */ concat('[', string_agg(/* LegalPage */ concat('{"id":', l.id, ',"type":"legal","slug":', to_json((l.policy || '-' || l.revision)::text)::text, ',"title":', to_json((l.title)::text)::text, ',"html_summary":', coalesce(to_json((l.html_summary)::text)::text, 'null'), ',"html_body":', coalesce(to_json((l.html_body)::text)::text, 'null'), ',"valid_from":', coalesce('"' || (to_char(l.valid_from at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), ',"valid_to":', coalesce('"' || (to_char(l.valid_to at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), ',"created_at":"', to_char(l.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","updated_at":', coalesce('"' || (to_char(l.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), ',"active":', case when l.active then 'true' else 'false' end, ',"created_by":', l.created_by, ',"updated_by":', coalesce((l.updated_by)::text, 'null'), ',"ack":', coalesce(case when a.id is null then 'null' else /* LegalPageAck */ concat('{"id":', a.id, ',"accepted_at":', coalesce('"' || (to_char(a.accepted_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), ',"not_accepted_at":', coalesce('"' || (to_char(a.not_accepted_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), ',"custom_page":', a.page_id, ',"user":', a.member_id, '}') end, 'null'), '}'), ',' order by l.policy), ']') as json
    from (
      select distinct on (policy) * from legal_page
      where active and coalesce(valid_from, created_at) <= $1::timestamptz and (valid_to is null or valid_to > $1::timestamptz) and true
      order by policy, revision desc
    ) l left join legal_page_ack a on a.page_id = l.id and a.member_id = $2::bigint;

-- what holds of a policy
-- $1 now, $2 policy, $3 viewer
select /* LegalPage */ concat('{"id":', l.id, ',"type":"legal","slug":', to_json((l.policy || '-' || l.revision)::text)::text, ',"title":', to_json((l.title)::text)::text, ',"html_summary":', coalesce(to_json((l.html_summary)::text)::text, 'null'), ',"html_body":', coalesce(to_json((l.html_body)::text)::text, 'null'), ',"valid_from":', coalesce('"' || (to_char(l.valid_from at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), ',"valid_to":', coalesce('"' || (to_char(l.valid_to at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), ',"created_at":"', to_char(l.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","updated_at":', coalesce('"' || (to_char(l.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), ',"active":', case when l.active then 'true' else 'false' end, ',"created_by":', l.created_by, ',"updated_by":', coalesce((l.updated_by)::text, 'null'), ',"ack":', coalesce(case when a.id is null then 'null' else /* LegalPageAck */ concat('{"id":', a.id, ',"accepted_at":', coalesce('"' || (to_char(a.accepted_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), ',"not_accepted_at":', coalesce('"' || (to_char(a.not_accepted_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), ',"custom_page":', a.page_id, ',"user":', a.member_id, '}') end, 'null'), '}')::text as json
    from (
      select distinct on (policy) * from legal_page
      where active and coalesce(valid_from, created_at) <= $1::timestamptz and (valid_to is null or valid_to > $1::timestamptz) and policy = $2::text
      order by policy, revision desc
    ) l left join legal_page_ack a on a.page_id = l.id and a.member_id = $3::bigint;

-- what newcomers are asked
-- $1 now
select l.id, l.title, coalesce(l.html_summary, '') as summary,
    l.id || '.' || coalesce((extract(epoch from l.updated_at) * 1000)::bigint, 0) as words
    from (
      select distinct on (policy) * from legal_page
      where active and coalesce(valid_from, created_at) <= $1::timestamptz and (valid_to is null or valid_to > $1::timestamptz) and true
      order by policy, revision desc
    ) l order by l.policy;
