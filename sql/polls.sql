-- Printed by `npm run sql`. The statements of a slice, as PostgreSQL is given them in their usual variant.

-- change
-- $1 title, $2 multiple, $3 closed, $4 expiration, $5 now, $6 id, $7 ids, $8 choices
with p as (
      update poll set (title, multiple_choices, closed, expiration_at, modified_at)
        = row($1::text, $2::boolean, $3::boolean, $4::timestamptz, $5::timestamptz) where id = $6::bigint
    ), given as materialized (
      select * from unnest($7::bigint[], $8::text[]) with ordinality t(id, choice, nth)
    ), gone as (
      delete from poll_choice where poll_id = $6::bigint and id <> all($7::bigint[])
    ), kept as (
      update poll_choice ch set choice = given.choice, position = given.nth - 1 from given
      where ch.id = given.id and ch.poll_id = $6::bigint
    )
    insert into poll_choice (poll_id, choice, position, added_at)
    select $6::bigint, choice, nth - 1, $5::timestamptz from given where id = 0;

-- choose votes to erase
-- $1 member, $2 batch
select id, poll_id as poll from poll_vote where member_id = $1::bigint order by id limit $2::bigint;

-- count the votes of one again, lock
-- $1 id
select from poll where id = $1::bigint for update;

-- count the votes of one again, step 1
-- $1 id
update poll_choice ch set vote_count = (select count(*) from poll_vote v where v.choice_id = ch.id)
     where ch.poll_id = $1::bigint;

-- create
-- $1 author, $2 title, $3 multiple, $4 closed, $5 expiration, $6 now, $7 choices
with p as (
      insert into poll (author_id, title, multiple_choices, closed, expiration_at, added_at, modified_at)
      values ($1::bigint, $2::text, $3::boolean, $4::boolean, $5::timestamptz, $6::timestamptz, $6::timestamptz) returning id
    ), made as (
      insert into poll_choice (poll_id, choice, position, added_at)
      select p.id, t.choice, t.nth - 1, $6::timestamptz from p, unnest($7::text[]) with ordinality t(choice, nth)
    )
    select id from p;

-- erase those of a member
-- $1 author, $2 most
with chosen as materialized (
      select id from poll where author_id = $1::bigint and title <> '' order by id limit $2::bigint for no key update
    ), choices as (
      update poll_choice set choice = '' where poll_id = any(array(select id from chosen))
    ), gone as (
      update poll set title = '' where id = any(array(select id from chosen)) returning 1
    )
    select count(*)::int as n from gone;

-- erase votes
-- $1 ids, $2 polls, $3 member, $4 now
with gone as (
      delete from poll_vote where id = any($1::bigint[]) returning *
    ), poll_choice as (
      update poll_choice ch set vote_count = ch.vote_count - (select count(*) from gone where choice_id = ch.id)::int
      where ch.poll_id = any($2::bigint[]) returning *
    ), actor as materialized (
      select * from users where id = $3::bigint
    )
    insert into event (id, type, created, body, txid, audience)
  select event_id, type, $4::timestamptz, concat('{"event_id":', event_id, ',"type":"', type, '","created":',
      extract(epoch from $4::timestamptz::timestamptz), ',"data":', data, '}')::json, txid,
    (select version from webhook_listening where type = any(types))
  from (select pg_current_xact_id() as txid,
      case when (select check_event_source()) then nextval('event_id') end as event_id, type, data
    from (select 'poll_vote.deleted' as type, /* WebhookPollVote */ concat('{"id":', v.id, ',"choice":', (select concat(rtrim(/* WebhookPollChoice */ concat('{"id":', ch.id, ',"choice":', to_json((ch.choice)::text)::text, ',"order":', ch.position, ',"added_at":"', to_char(ch.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","deleted":', case when false then 'true' else 'false' end, ',"vote_count":', ch.vote_count, '}'), '}'), ',"poll":',
      (select /* WebhookPoll */ concat('{"id":', p.id, ',"title":', to_json((p.title)::text)::text, ',"multiple_choices":', case when p.multiple_choices then 'true' else 'false' end, ',"added_at":"', to_char(p.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","modified_at":"', to_char(p.modified_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","closed":', case when p.closed or coalesce(p.expiration_at <= now(), false) then 'true' else 'false' end, ',"expiration_at":', coalesce('"' || (to_char(p.expiration_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), ',"hidden":', case when false then 'true' else 'false' end, ',"choices":', (select concat('[', string_agg(/* WebhookPollChoice */ concat('{"id":', ch.id, ',"choice":', to_json((ch.choice)::text)::text, ',"order":', ch.position, ',"added_at":"', to_char(ch.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","deleted":', case when false then 'true' else 'false' end, ',"vote_count":', ch.vote_count, '}'), ',' order by ch.position, ch.id), ']')
        from poll_choice ch where ch.poll_id = p.id), '}') from poll p where p.id = ch.poll_id), '}')
      from poll_choice ch where ch.id = v.choice_id), ',"user":', (select /* WebhookUser */ concat('{', replace(replace(replace(replace(u.profile_json,
    case when cardinality(u.tag_ids) > 0 then '"tags":[]' else '' end, concat('"tags":', case when u.tag_ids = '{}' then '[]' else (
    select /* Tag[] */ concat('[', string_agg(/* Tag */ concat('{"id":', t.id, ',"type":"', t.type, '","name":', to_json((t.name)::text)::text, ',"description":', coalesce(to_json((t.description)::text)::text, 'null'), ',"color":', to_json((t.color)::text)::text, ',"visible":', case when t.visible then 'true' else 'false' end, ',"visibility_boost":', case when t.visibility_boost then 'true' else 'false' end, ',"created_at":"', to_char(t.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","active":', case when t.active then 'true' else 'false' end, ',"deleted":', case when t.deleted then 'true' else 'false' end, '}'), ',' order by t.id), ']') from tag t
    where t.id = any(u.tag_ids) and t.active and not t.deleted and t.visible) end)),
    case when u.avatar is null then '"avatar":null' when u.avatar like '/%' then '"avatar":"/' else '' end,
    concat(e'"avatar":"\x04', case when u.avatar is null then concat('/api/v2/avatar/', u.id, '"') else '/' end)),
    case when u.cover like '/%' then '"cover":"/' else '' end, concat(e'"cover":"\x04/')),
    e'\x04', (select base from public_address)), ',"email":', coalesce(to_json((u.email)::text)::text, 'null'), ',"email_isvalid":', case when u.email_isvalid then 'true' else 'false' end, ',"followings_counter":', u.followings, ',"followers_counter":', u.followers, ',"connection_requests_sent_counter":', u.requests_sent, ',"connection_requests_received_counter":', u.requests_received, ',"connections_counter":', u.connections, ',"posts_counter":', u.posts, ',"discussions_counter":', u.discussions, ',"statuses_counter":', u.statuses, ',"polls_counter":', u.polls, '}') from actor u), '}') as data from gone v order by v.id) emitted offset 0) numbered;

-- lock those voted in
-- $1 ids
select from poll where id = any($1::bigint[]) order by id for no key update;

-- lock to change
-- $1 id
select p.title, p.multiple_choices as multiple, p.closed,
      extract(epoch from p.expiration_at)::float8 as expiration, ch.ids, ch.texts, ch.votes
    from (select * from poll where id = $1::bigint for no key update) p cross join lateral (
      select array_agg(id order by position, id) as ids, array_agg(choice order by position, id) as texts,
        array_agg(vote_count order by position, id) as votes
      from poll_choice where poll_id = p.id
    ) ch;

-- lock to vote
-- $1 now, $2 choice, $3 id
select p.closed or coalesce(p.expiration_at <= $1::timestamptz, false) as closed,
      exists (select from poll_choice ch where ch.id = $2::bigint and ch.poll_id = p.id) as has
    from poll p where p.id = $3::bigint for no key update;

-- make up
-- $1 polls
with given as materialized (
      select g.*, nextval(pg_get_serial_sequence('poll', 'id')) as id, to_timestamp(g.at / 1000) as added_at
      from (select * from json_to_recordset($1::json) as g(n int, author_id bigint, title text, multiple boolean,
        closed boolean, expiration float8, at float8, choices json) order by n) g
    ), choice as materialized (
      select given.id as poll_id, given.multiple, given.added_at, nth, each ->> 'choice' as choice,
        each -> 'voters' as voters, nextval(pg_get_serial_sequence('poll_choice', 'id')) as id
      from given cross join lateral json_array_elements(choices) with ordinality c(each, nth)
    ), made as (
      insert into poll (id, author_id, title, multiple_choices, closed, expiration_at, added_at, modified_at)
      overriding system value
      select id, author_id, title, multiple, closed, to_timestamp(expiration / 1000), added_at, added_at from given
    ), offered as (
      insert into poll_choice (id, poll_id, choice, position, added_at, vote_count) overriding system value
      select id, poll_id, choice, nth - 1, added_at, json_array_length(voters) from choice
    ), voted as (
      insert into poll_vote (poll_id, choice_id, member_id, single)
      select poll_id, choice.id, voter.member::bigint, not multiple
      from choice cross join lateral json_array_elements_text(voters) with ordinality voter(member, turn)
      order by poll_id, turn, nth
    )
    select id from given order by n;

-- remove
-- $1 id
delete from poll_choice where poll_id = $1::bigint;

-- those a member has made
-- $1 member, $2 after, $3 most
select p.id as key, (json_build_object('id', p.id, 'title', p.title, 'multiple_choices', p.multiple_choices, 'closed', p.closed,
      'expiration_at', p.expiration_at, 'added_at', p.added_at, 'modified_at', p.modified_at,
      'choices', (select json_agg(json_build_object('choice', ch.choice, 'vote_count', ch.vote_count) order by ch.position)
        from poll_choice ch where ch.poll_id = p.id)))::text as json from poll p where p.author_id = $1::bigint and p.id > $2::bigint order by p.id limit $3::int;

-- those a member has made, keys
-- $1 member, $2 after, $3 most
select p.id as key from poll p where p.author_id = $1::bigint and p.id > $2::bigint order by p.id limit $3::int;

-- those a member has made, some
-- $1 member, $2 keys
select (json_build_object('id', p.id, 'title', p.title, 'multiple_choices', p.multiple_choices, 'closed', p.closed,
      'expiration_at', p.expiration_at, 'added_at', p.added_at, 'modified_at', p.modified_at,
      'choices', (select json_agg(json_build_object('choice', ch.choice, 'vote_count', ch.vote_count) order by ch.position)
        from poll_choice ch where ch.poll_id = p.id)))::text as json from poll p where p.author_id = $1::bigint and p.id = any($2::bigint[]) order by p.id;

-- vote
-- $1 id, $2 choice, $3 member, $4 now
with poll as materialized (
      select * from poll where id = $1::bigint
    ), before as materialized (
      select from poll_vote where choice_id = $2::bigint and member_id = $3::bigint
    ), gone as (
      delete from poll_vote v using poll p
      where v.poll_id = p.id and v.member_id = $3::bigint and (v.choice_id = $2::bigint or not p.multiple_choices)
      returning v.*
    ), made as (
      insert into poll_vote (poll_id, choice_id, member_id, single, voted_at)
      select p.id, $2::bigint, $3::bigint, not p.multiple_choices, $4::timestamptz from poll p
      where not exists (select from before) and (select count(*) from gone) >= 0 returning *
    ), poll_choice as (
      update poll_choice ch set vote_count = ch.vote_count + (select count(*) from made where choice_id = ch.id)::int
        - (select count(*) from gone where choice_id = ch.id)::int
      where ch.poll_id = $1::bigint returning *
    ), actor as materialized (
      select * from users where id = $3::bigint
    )
    insert into event (id, type, created, body, txid, audience)
  select event_id, type, $4::timestamptz, concat('{"event_id":', event_id, ',"type":"', type, '","created":',
      extract(epoch from $4::timestamptz::timestamptz), ',"data":', data, '}')::json, txid,
    (select version from webhook_listening where type = any(types))
  from (select pg_current_xact_id() as txid,
      case when (select check_event_source()) then nextval('event_id') end as event_id, type, data
    from (select 'poll_vote.deleted' as type, /* WebhookPollVote */ concat('{"id":', v.id, ',"choice":', (select concat(rtrim(/* WebhookPollChoice */ concat('{"id":', ch.id, ',"choice":', to_json((ch.choice)::text)::text, ',"order":', ch.position, ',"added_at":"', to_char(ch.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","deleted":', case when false then 'true' else 'false' end, ',"vote_count":', ch.vote_count, '}'), '}'), ',"poll":',
      (select /* WebhookPoll */ concat('{"id":', p.id, ',"title":', to_json((p.title)::text)::text, ',"multiple_choices":', case when p.multiple_choices then 'true' else 'false' end, ',"added_at":"', to_char(p.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","modified_at":"', to_char(p.modified_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","closed":', case when p.closed or coalesce(p.expiration_at <= now(), false) then 'true' else 'false' end, ',"expiration_at":', coalesce('"' || (to_char(p.expiration_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), ',"hidden":', case when false then 'true' else 'false' end, ',"choices":', (select concat('[', string_agg(/* WebhookPollChoice */ concat('{"id":', ch.id, ',"choice":', to_json((ch.choice)::text)::text, ',"order":', ch.position, ',"added_at":"', to_char(ch.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","deleted":', case when false then 'true' else 'false' end, ',"vote_count":', ch.vote_count, '}'), ',' order by ch.position, ch.id), ']')
        from poll_choice ch where ch.poll_id = p.id), '}') from poll p where p.id = ch.poll_id), '}')
      from poll_choice ch where ch.id = v.choice_id), ',"user":', (select /* WebhookUser */ concat('{', replace(replace(replace(replace(u.profile_json,
    case when cardinality(u.tag_ids) > 0 then '"tags":[]' else '' end, concat('"tags":', case when u.tag_ids = '{}' then '[]' else (
    select /* Tag[] */ concat('[', string_agg(/* Tag */ concat('{"id":', t.id, ',"type":"', t.type, '","name":', to_json((t.name)::text)::text, ',"description":', coalesce(to_json((t.description)::text)::text, 'null'), ',"color":', to_json((t.color)::text)::text, ',"visible":', case when t.visible then 'true' else 'false' end, ',"visibility_boost":', case when t.visibility_boost then 'true' else 'false' end, ',"created_at":"', to_char(t.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","active":', case when t.active then 'true' else 'false' end, ',"deleted":', case when t.deleted then 'true' else 'false' end, '}'), ',' order by t.id), ']') from tag t
    where t.id = any(u.tag_ids) and t.active and not t.deleted and t.visible) end)),
    case when u.avatar is null then '"avatar":null' when u.avatar like '/%' then '"avatar":"/' else '' end,
    concat(e'"avatar":"\x04', case when u.avatar is null then concat('/api/v2/avatar/', u.id, '"') else '/' end)),
    case when u.cover like '/%' then '"cover":"/' else '' end, concat(e'"cover":"\x04/')),
    e'\x04', (select base from public_address)), ',"email":', coalesce(to_json((u.email)::text)::text, 'null'), ',"email_isvalid":', case when u.email_isvalid then 'true' else 'false' end, ',"followings_counter":', u.followings, ',"followers_counter":', u.followers, ',"connection_requests_sent_counter":', u.requests_sent, ',"connection_requests_received_counter":', u.requests_received, ',"connections_counter":', u.connections, ',"posts_counter":', u.posts, ',"discussions_counter":', u.discussions, ',"statuses_counter":', u.statuses, ',"polls_counter":', u.polls, '}') from actor u), '}') as data from gone v union all select 'poll_vote.created' as type, /* WebhookPollVote */ concat('{"id":', v.id, ',"choice":', (select concat(rtrim(/* WebhookPollChoice */ concat('{"id":', ch.id, ',"choice":', to_json((ch.choice)::text)::text, ',"order":', ch.position, ',"added_at":"', to_char(ch.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","deleted":', case when false then 'true' else 'false' end, ',"vote_count":', ch.vote_count, '}'), '}'), ',"poll":',
      (select /* WebhookPoll */ concat('{"id":', p.id, ',"title":', to_json((p.title)::text)::text, ',"multiple_choices":', case when p.multiple_choices then 'true' else 'false' end, ',"added_at":"', to_char(p.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","modified_at":"', to_char(p.modified_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","closed":', case when p.closed or coalesce(p.expiration_at <= now(), false) then 'true' else 'false' end, ',"expiration_at":', coalesce('"' || (to_char(p.expiration_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) || '"', 'null'), ',"hidden":', case when false then 'true' else 'false' end, ',"choices":', (select concat('[', string_agg(/* WebhookPollChoice */ concat('{"id":', ch.id, ',"choice":', to_json((ch.choice)::text)::text, ',"order":', ch.position, ',"added_at":"', to_char(ch.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","deleted":', case when false then 'true' else 'false' end, ',"vote_count":', ch.vote_count, '}'), ',' order by ch.position, ch.id), ']')
        from poll_choice ch where ch.poll_id = p.id), '}') from poll p where p.id = ch.poll_id), '}')
      from poll_choice ch where ch.id = v.choice_id), ',"user":', (select /* WebhookUser */ concat('{', replace(replace(replace(replace(u.profile_json,
    case when cardinality(u.tag_ids) > 0 then '"tags":[]' else '' end, concat('"tags":', case when u.tag_ids = '{}' then '[]' else (
    select /* Tag[] */ concat('[', string_agg(/* Tag */ concat('{"id":', t.id, ',"type":"', t.type, '","name":', to_json((t.name)::text)::text, ',"description":', coalesce(to_json((t.description)::text)::text, 'null'), ',"color":', to_json((t.color)::text)::text, ',"visible":', case when t.visible then 'true' else 'false' end, ',"visibility_boost":', case when t.visibility_boost then 'true' else 'false' end, ',"created_at":"', to_char(t.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '","active":', case when t.active then 'true' else 'false' end, ',"deleted":', case when t.deleted then 'true' else 'false' end, '}'), ',' order by t.id), ']') from tag t
    where t.id = any(u.tag_ids) and t.active and not t.deleted and t.visible) end)),
    case when u.avatar is null then '"avatar":null' when u.avatar like '/%' then '"avatar":"/' else '' end,
    concat(e'"avatar":"\x04', case when u.avatar is null then concat('/api/v2/avatar/', u.id, '"') else '/' end)),
    case when u.cover like '/%' then '"cover":"/' else '' end, concat(e'"cover":"\x04/')),
    e'\x04', (select base from public_address)), ',"email":', coalesce(to_json((u.email)::text)::text, 'null'), ',"email_isvalid":', case when u.email_isvalid then 'true' else 'false' end, ',"followings_counter":', u.followings, ',"followers_counter":', u.followers, ',"connection_requests_sent_counter":', u.requests_sent, ',"connection_requests_received_counter":', u.requests_received, ',"connections_counter":', u.connections, ',"posts_counter":', u.posts, ',"discussions_counter":', u.discussions, ',"statuses_counter":', u.statuses, ',"polls_counter":', u.polls, '}') from actor u), '}') as data from made v) emitted offset 0) numbered;

-- votes
-- $1 id, $2 viewer, $3 limit
with p as (
  select p.*, row_number() over () as n from (
    select * from (select k.choice_id, k.member_id, k.id as k0 from poll_vote k where k.poll_id = $1::bigint  and k.member_id not in (select member_id from erasure)
        and k.member_id not in (select h.other_id from relation h
  where h.member_id = $2::bigint and (h.hidden_place is not null or h.hidden_by))
      order by k.id desc limit 101) few limit $3::bigint + 1
  ) p
), page as (
  select p.n, json_build_array(p.k0)::text as key, /* PollVote */ concat('{"id":', v.id, ',"choice":', v.choice_id, /* User */ e',"user":\x02User 011111\x1f', u.id, e'\x1f', u.xmin, e'\x1f', coalesce(case v.state when 4 then '"connected"' when 1 then '"sent_connection_request"' when 2 then '"received_connection_request"' end, 'null'), e'\x03}') as row from p left join lateral (
    select * from relation tied where tied.member_id = $2::bigint and tied.other_id = p.member_id offset 0) r on true
        cross join lateral (select p.k0 as id, p.choice_id, r.state, r.following_place) v
        join users u on u.id = p.member_id
)
select (select (select coalesce(sum(vote_count), 0) from poll_choice
          where poll_id = $1::bigint )
        - (select coalesce(sum((select count(*) from poll_vote x where x.member_id = e.member_id
      and coalesce(x.poll_id, 0) = $1::bigint )), 0) from erasure e)
        - (select coalesce(sum((select count(*) from poll_vote x where x.member_id = h.other_id
      and coalesce(x.poll_id, 0) = $1::bigint )), 0) from relation h
          where h.member_id = $2::bigint and (h.hidden_place is not null or h.hidden_by)
            and not exists (select from erasure e where e.member_id = h.other_id)))::int as count, count(*)::int as n,
  count(*) filter (where n <= $3::bigint)::int as shown,
  string_agg(row::text, ',' order by n) filter (where n <= $3::bigint) as rows,
  max(key) filter (where n = 1) as nearest, max(key) filter (where n = $3::bigint) as farthest,
  null::text as repeated, concat(pg_current_snapshot(), ' ', pg_postmaster_start_time(), ' ', pg_relation_filepath('pg_class'), ' ', (select xmin from public_address)) as at,
  null::text as tables, '' as held
from page;

-- votes, usually
-- $1 id, $2 limit, $3 viewer
with p as (
  select p.*, row_number() over () as n from (
    select * from (select k.choice_id, k.member_id, k.id as k0 from poll_vote k where k.poll_id = $1::bigint  and k.member_id not in (select member_id from erasure)
        and true
      order by k.id desc limit 101) few limit $2::bigint + 1
  ) p
), page as (
  select p.n, json_build_array(p.k0)::text as key, /* PollVote */ concat('{"id":', v.id, ',"choice":', v.choice_id, /* User */ e',"user":\x02User 011111\x1f', u.id, e'\x1f', u.xmin, e'\x1f', coalesce(case v.state when 4 then '"connected"' when 1 then '"sent_connection_request"' when 2 then '"received_connection_request"' end, 'null'), e'\x03}') as row from p left join lateral (
    select * from relation tied where tied.member_id = $3::bigint and tied.other_id = p.member_id offset 0) r on true
        cross join lateral (select p.k0 as id, p.choice_id, r.state, r.following_place) v
        join users u on u.id = p.member_id
)
select (select (select coalesce(sum(vote_count), 0) from poll_choice
          where poll_id = $1::bigint )
        - (select coalesce(sum((select count(*) from poll_vote x where x.member_id = e.member_id
      and coalesce(x.poll_id, 0) = $1::bigint )), 0) from erasure e)
        - (select coalesce(sum((select count(*) from poll_vote x where x.member_id = h.other_id
      and coalesce(x.poll_id, 0) = $1::bigint )), 0) from relation h
          where h.member_id = $3::bigint and (h.hidden_place is not null or h.hidden_by)
            and not exists (select from erasure e where e.member_id = h.other_id)))::int as count, count(*)::int as n,
  count(*) filter (where n <= $2::bigint)::int as shown,
  string_agg(row::text, ',' order by n) filter (where n <= $2::bigint) as rows,
  max(key) filter (where n = 1) as nearest, max(key) filter (where n = $2::bigint) as farthest,
  null::text as repeated, concat(pg_current_snapshot(), ' ', pg_postmaster_start_time(), ' ', pg_relation_filepath('pg_class'), ' ', (select xmin from public_address)) as at,
  null::text as tables, concat((not exists (select h.other_id from relation h
  where h.member_id = $3::bigint and (h.hidden_place is not null or h.hidden_by)))) as held
from page;

-- what a member has voted for
-- $1 member, $2 after, $3 most
select v.id as key, (json_build_object('poll', v.poll_id, 'title', p.title, 'choice', ch.choice))::text as json from poll_vote v join poll p on p.id = v.poll_id join poll_choice ch on ch.id = v.choice_id
      where v.member_id = $1::bigint and v.id > $2::bigint order by v.id limit $3::int;

-- what a member has voted for, keys
-- $1 member, $2 after, $3 most
select v.id as key from poll_vote v join poll p on p.id = v.poll_id join poll_choice ch on ch.id = v.choice_id
      where v.member_id = $1::bigint and v.id > $2::bigint order by v.id limit $3::int;

-- what a member has voted for, some
-- $1 member, $2 keys
select (json_build_object('poll', v.poll_id, 'title', p.title, 'choice', ch.choice))::text as json from poll_vote v join poll p on p.id = v.poll_id join poll_choice ch on ch.id = v.choice_id
      where v.member_id = $1::bigint and v.id = any($2::bigint[]) order by v.id;

-- what has drifted
-- $1 most
select 'vote_count of choice ' || ch.id as what, p.author_id as member, ch.vote_count as kept,
      coalesce(found.n, 0) as counted, 'poll' as repair, array[p.id] as of
    from poll_choice ch join poll p on p.id = ch.poll_id left join (
      select choice_id, count(*)::int as n from poll_vote group by choice_id
    ) found on found.choice_id = ch.id
    where ch.vote_count <> coalesce(found.n, 0) order by what limit $1::bigint;
