-- Printed by `npm run sql`. The statements of a slice, as PostgreSQL is given them in their usual variant.

-- add those of a member up again, lock
-- $1 member
select from users where id = $1::bigint for no key update;

-- add those of a member up again, step 1
-- $1 member
insert into score_total (member_id, points, entries, listed)
     select u.id, sum(s.points), count(*), u.status in ('a', 'b')
     from users u join score s on s.member_id = u.id where u.id = $1::bigint group by u.id
     on conflict (member_id) do update set points = excluded.points, entries = excluded.entries;

-- add those of a member up again, step 2
-- $1 member
delete from score_total where member_id = $1::bigint and not exists (select from score where member_id = $1::bigint);

-- add those of a member up again, step 3
-- $1 member
update users set reputation = coalesce((select points from score_total where member_id = $1::bigint), 0)
     where id = $1::bigint;

-- count a part again, lock
-- $1 part
select from score_count where part = $1::bigint for update;

-- count a part again, step 1
-- $1 part
update score_count set members = (select count(*) from score_total where listed and member_id % 16 = $1::bigint),
       entries = (select count(*) from score where member_id % 16 = $1::bigint) where part = $1::bigint;

-- entries
-- $1 member, $2 limit
with p as (
  select p.*, row_number() over () as n from (
    select * from (select s.at as k0, s.id as k1 from score s where s.member_id = $1::bigint
      and (s.type <> 10 or s.created_by = s.member_id)
      order by s.at desc, s.id desc limit 101) few limit $2::bigint + 1
  ) p
), page as (
  select p.n, json_build_array(p.k0, p.k1)::text as key, /* Score */ concat('{"id":', s.id, /* ScoreMember */ ',"user":{"id":', u.id, ',"username":', to_json((u.username)::text)::text, ',"real_name":', to_json((u.real_name)::text)::text, ',"avatar":', to_json((coalesce(case when u.avatar like '/%' then concat(public_base(), u.avatar) else u.avatar end, concat((select base from public_address), '/api/v2/avatar/', u.id)))::text)::text, ',"reputation":', u.reputation, '},"score":', s.points, ',"reputation_type":', s.type, ',"reputation_type_description":"', case s.type when 1 then 'gain_by_upvoted' when 10 then 'manual' when 11 then 'gain_by_cancelling_contribute_moderation' when 12 then 'gain_by_make_post' when 13 then 'gain_by_make_first_level_comment' when 14 then 'gain_by_make_second_level_comment' when 15 then 'gain_by_connection' when 17 then 'gain_by_app_used' when 18 then 'gain_by_daily_visit' when 19 then 'gain_by_follower' when 20 then 'gain_by_unblock_account' when -1 then 'lose_by_upvote_canceled' when -11 then 'lose_by_contribute_moderation' when -12 then 'lose_by_delete_post' when -13 then 'lose_by_delete_first_level_comment' when -14 then 'lose_by_delete_second_level_comment' when -15 then 'lose_by_connection' when -19 then 'lose_by_follower' when -20 then 'lose_by_block_account' else 'unknown' end, '","comment":', coalesce(to_json((s.comment)::text)::text, 'null'), ',"reputation_context":', coalesce(to_json((s.context)::text)::text, 'null'), ',"created_by":', coalesce(case when s.created_by is null then 'null' else (select /* ScoreGiver */ concat('{"id":', u.id, ',"username":', to_json((u.username)::text)::text, ',"avatar":', to_json((coalesce(case when u.avatar like '/%' then concat(public_base(), u.avatar) else u.avatar end, concat((select base from public_address), '/api/v2/avatar/', u.id)))::text)::text, '}') from users u where u.id = s.created_by) end, 'null'), ',"reputed_at":"', to_char(s.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '"}') as row from p join score s on s.id = p.k1 join users u on u.id = s.member_id
)
select (select count(*) from score s where s.member_id = $1::bigint
      and (s.type <> 10 or s.created_by = s.member_id) )::int as count, count(*)::int as n,
  count(*) filter (where n <= $2::bigint)::int as shown,
  string_agg(row::text, ',' order by n) filter (where n <= $2::bigint) as rows,
  max(key) filter (where n = 1) as nearest, max(key) filter (where n = $2::bigint) as farthest,
  null::text as repeated, null::text as at,
  null::text as tables, '' as held
from page;

-- erase entries
-- $1 member, $2 batch
with gone as (
      delete from score where id = any(array(select id from score where member_id = $1::bigint limit $2::int)) returning points
    ), lowered as (
      update score_total set points = points - (select coalesce(sum(points), 0) from gone),
        entries = entries - (select count(*) from gone) where member_id = $1::bigint
    ), counted as (
      update score_count set entries = entries - (select count(*) from gone) where part = $1::bigint % 16
    )
    select count(*)::int as n from gone;

-- erase the rest
-- $1 member
with due as (delete from score_due where member_id = $1::bigint)
    delete from score_total where member_id = $1::bigint and entries = 0;

-- figures
select count(*)::int as waiting from (select from score_due limit 10000) d;

-- forget who gave points
-- $1 member, $2 batch
with nameless as (
      update score set created_by = null
      where id = any(array(select id from score where created_by = $1::bigint limit $2::int)) returning 1
    )
    select count(*)::int as n from nameless;

-- give by hand
-- $1 id, $2 points, $3 comment, $4 context, $5 actor, $6 now
with entry as (
      insert into score (member_id, points, type, comment, context, created_by, at)
      values ($1::bigint, $2::int, 10, $3::text, $4::text, $5::bigint, $6::timestamptz) returning *
    ), sums as (
      select member_id, sum(points)::int as points, count(*)::int as n from entry group by member_id
    ), moved as (
      update users u set reputation = u.reputation + s.points from sums s where u.id = s.member_id returning u.*
    ), total as (
      insert into score_total as t (member_id, points, entries)
      select member_id, points, n from sums order by member_id
      on conflict (member_id) do update set points = t.points + excluded.points, entries = t.entries + excluded.entries
      returning member_id, entries
    ), parts as materialized (
      select member_id % 16 as part, sum(s.n)::int as entries, (count(*) filter (where t.entries = s.n))::int as members
      from sums s join total t using (member_id) group by 1
    ), locked_parts as materialized (
      select part from score_count where part in (select part from parts) order by part for no key update
    ), counted as (
      update score_count c set entries = c.entries + p.entries, members = c.members + p.members
      from parts p where c.part = p.part and c.part in (select part from locked_parts)
    ), emitted as (insert into event (id, type, created, body, txid, audience)
  select event_id, type, $6::timestamptz, concat('{"event_id":', event_id, ',"type":"', type, '","created":',
      extract(epoch from $6::timestamptz::timestamptz), ',"data":', data, '}')::json, txid,
    (select version from webhook_listening where type = any(types))
  from (select pg_current_xact_id() as txid,
      case when (select check_event_source()) then nextval('event_id') end as event_id, type, data
    from (select 'user.score_updated' as type, /* WebhookScore */ concat('{"id":', s.id, /* WebhookScoreMember */ ',"user":{"id":', u.id, ',"username":', to_json((u.username)::text)::text, ',"real_name":', to_json((u.real_name)::text)::text, ',"email":', coalesce(to_json((u.email)::text)::text, 'null'), ',"description":', to_json((u.description)::text)::text, ',"avatar":', to_json((coalesce(case when u.avatar like '/%' then concat(public_base(), u.avatar) else u.avatar end, concat((select base from public_address), '/api/v2/avatar/', u.id)))::text)::text, ',"reputation":', u.reputation, '},"score":', s.points, ',"reputation_type":', s.type, ',"reputation_type_description":"', case s.type when 1 then 'gain_by_upvoted' when 10 then 'manual' when 11 then 'gain_by_cancelling_contribute_moderation' when 12 then 'gain_by_make_post' when 13 then 'gain_by_make_first_level_comment' when 14 then 'gain_by_make_second_level_comment' when 15 then 'gain_by_connection' when 17 then 'gain_by_app_used' when 18 then 'gain_by_daily_visit' when 19 then 'gain_by_follower' when 20 then 'gain_by_unblock_account' when -1 then 'lose_by_upvote_canceled' when -11 then 'lose_by_contribute_moderation' when -12 then 'lose_by_delete_post' when -13 then 'lose_by_delete_first_level_comment' when -14 then 'lose_by_delete_second_level_comment' when -15 then 'lose_by_connection' when -19 then 'lose_by_follower' when -20 then 'lose_by_block_account' else 'unknown' end, '","comment":', coalesce(to_json((s.comment)::text)::text, 'null'), '}') as data from entry s join moved u on u.id = s.member_id order by s.id) emitted offset 0) numbered)
    select /* Score */ concat('{"id":', s.id, /* ScoreMember */ ',"user":{"id":', u.id, ',"username":', to_json((u.username)::text)::text, ',"real_name":', to_json((u.real_name)::text)::text, ',"avatar":', to_json((coalesce(case when u.avatar like '/%' then concat(public_base(), u.avatar) else u.avatar end, concat((select base from public_address), '/api/v2/avatar/', u.id)))::text)::text, ',"reputation":', u.reputation, '},"score":', s.points, ',"reputation_type":', s.type, ',"reputation_type_description":"', case s.type when 1 then 'gain_by_upvoted' when 10 then 'manual' when 11 then 'gain_by_cancelling_contribute_moderation' when 12 then 'gain_by_make_post' when 13 then 'gain_by_make_first_level_comment' when 14 then 'gain_by_make_second_level_comment' when 15 then 'gain_by_connection' when 17 then 'gain_by_app_used' when 18 then 'gain_by_daily_visit' when 19 then 'gain_by_follower' when 20 then 'gain_by_unblock_account' when -1 then 'lose_by_upvote_canceled' when -11 then 'lose_by_contribute_moderation' when -12 then 'lose_by_delete_post' when -13 then 'lose_by_delete_first_level_comment' when -14 then 'lose_by_delete_second_level_comment' when -15 then 'lose_by_connection' when -19 then 'lose_by_follower' when -20 then 'lose_by_block_account' else 'unknown' end, '","comment":', coalesce(to_json((s.comment)::text)::text, 'null'), ',"reputation_context":', coalesce(to_json((s.context)::text)::text, 'null'), ',"created_by":', coalesce(case when s.created_by is null then 'null' else (select /* ScoreGiver */ concat('{"id":', u.id, ',"username":', to_json((u.username)::text)::text, ',"avatar":', to_json((coalesce(case when u.avatar like '/%' then concat(public_base(), u.avatar) else u.avatar end, concat((select base from public_address), '/api/v2/avatar/', u.id)))::text)::text, '}') from users u where u.id = s.created_by) end, 'null'), ',"reputed_at":"', to_char(s.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '"}')::text as json from entry s join moved u on u.id = s.member_id;

-- give what is due
-- $1 batch, $2 now
with due as (
      delete from score_due where id = any(array(select id from score_due where not quiet
        order by id limit $1::int for update skip locked))
      returning member_id, type, n
    ), worth as (
      select member_id, type, (sum(n) * min(w.points))::int as points
      from due join (values (1, 1), (-1, -1), (11, 10), (-11, -10), (12, 5), (-12, -5), (13, 3), (-13, -3), (14, 2), (-14, -2), (15, 5), (-15, -5), (19, 2), (-19, -2), (20, 20), (-20, -20)) w (type, points) using (type) group by member_id, type
    ), locked as materialized (
      select id from users where id in (select member_id from worth) and status in ('a', 'b') order by id for no key update
    ), entry as (
      insert into score (member_id, points, type, at)
      select member_id, points, type, $2::timestamptz from worth where member_id in (select id from locked) order by member_id, type
      returning *
    ), sums as (
      select member_id, sum(points)::int as points, count(*)::int as n from entry group by member_id
    ), moved as (
      update users u set reputation = u.reputation + s.points from sums s where u.id = s.member_id returning u.*
    ), total as (
      insert into score_total as t (member_id, points, entries)
      select member_id, points, n from sums order by member_id
      on conflict (member_id) do update set points = t.points + excluded.points, entries = t.entries + excluded.entries
      returning member_id, entries
    ), parts as materialized (
      select member_id % 16 as part, sum(s.n)::int as entries, (count(*) filter (where t.entries = s.n))::int as members
      from sums s join total t using (member_id) group by 1
    ), locked_parts as materialized (
      select part from score_count where part in (select part from parts) order by part for no key update
    ), counted as (
      update score_count c set entries = c.entries + p.entries, members = c.members + p.members
      from parts p where c.part = p.part and c.part in (select part from locked_parts)
    ), emitted as (insert into event (id, type, created, body, txid, audience)
  select event_id, type, $2::timestamptz, concat('{"event_id":', event_id, ',"type":"', type, '","created":',
      extract(epoch from $2::timestamptz::timestamptz), ',"data":', data, '}')::json, txid,
    (select version from webhook_listening where type = any(types))
  from (select pg_current_xact_id() as txid,
      case when (select check_event_source()) then nextval('event_id') end as event_id, type, data
    from (select 'user.score_updated' as type, /* WebhookScore */ concat('{"id":', s.id, /* WebhookScoreMember */ ',"user":{"id":', u.id, ',"username":', to_json((u.username)::text)::text, ',"real_name":', to_json((u.real_name)::text)::text, ',"email":', coalesce(to_json((u.email)::text)::text, 'null'), ',"description":', to_json((u.description)::text)::text, ',"avatar":', to_json((coalesce(case when u.avatar like '/%' then concat(public_base(), u.avatar) else u.avatar end, concat((select base from public_address), '/api/v2/avatar/', u.id)))::text)::text, ',"reputation":', u.reputation, '},"score":', s.points, ',"reputation_type":', s.type, ',"reputation_type_description":"', case s.type when 1 then 'gain_by_upvoted' when 10 then 'manual' when 11 then 'gain_by_cancelling_contribute_moderation' when 12 then 'gain_by_make_post' when 13 then 'gain_by_make_first_level_comment' when 14 then 'gain_by_make_second_level_comment' when 15 then 'gain_by_connection' when 17 then 'gain_by_app_used' when 18 then 'gain_by_daily_visit' when 19 then 'gain_by_follower' when 20 then 'gain_by_unblock_account' when -1 then 'lose_by_upvote_canceled' when -11 then 'lose_by_contribute_moderation' when -12 then 'lose_by_delete_post' when -13 then 'lose_by_delete_first_level_comment' when -14 then 'lose_by_delete_second_level_comment' when -15 then 'lose_by_connection' when -19 then 'lose_by_follower' when -20 then 'lose_by_block_account' else 'unknown' end, '","comment":', coalesce(to_json((s.comment)::text)::text, 'null'), '}') as data from entry s join moved u on u.id = s.member_id order by s.id) emitted offset 0) numbered)
    select count(*)::int as n from due;

-- leaderboard
-- $1 viewer, $2 limit
with p as (
  select p.*, row_number() over () as n from (
    select * from (select t.points as k0, t.member_id as k1 from score_total t where t.listed and t.member_id not in (select h.other_id from relation h
  where h.member_id = $1::bigint and (h.hidden_place is not null or h.hidden_by))
      order by t.points desc, t.member_id asc limit 101) few limit $2::bigint + 1
  ) p
), page as (
  select p.n, json_build_array(p.k0, p.k1)::text as key, /* LeaderboardPlace */ concat('{"position":', l.position, ',"total_score":', l.points, /* Leader */ ',"user":{"id":', u.id, ',"username":', to_json((u.username)::text)::text, ',"real_name":', to_json((u.real_name)::text)::text, ',"avatar":', to_json((coalesce(case when u.avatar like '/%' then concat(public_base(), u.avatar) else u.avatar end, concat((select base from public_address), '/api/v2/avatar/', u.id)))::text)::text, ',"ext_id":', coalesce(to_json((u.ext_id)::text)::text, 'null'), ',"deleted":', case when u.status in ('d', 'u') then 'true' else 'false' end, '}}') as row from p join users u on u.id = p.k1
        cross join (
          select points, (select count(*)::int from score_total x where x.listed and x.points > points.points) as above
          from (select max(k0)::int as points from p) points
        ) top
        cross join lateral (select p.k0 as points, top.above + 1 + (select count(*)::int from score_total x where x.listed and x.points > p.k0 and x.points <= top.points) as position) l
)
select (select sum(members) - (select count(*) from relation h where h.member_id = $1::bigint and (h.hidden_place is not null or h.hidden_by) and exists (
            select from score_total t where t.member_id = h.other_id and t.listed)) from score_count)::int as count, count(*)::int as n,
  count(*) filter (where n <= $2::bigint)::int as shown,
  string_agg(row::text, ',' order by n) filter (where n <= $2::bigint) as rows,
  max(key) filter (where n = 1) as nearest, max(key) filter (where n = $2::bigint) as farthest,
  null::text as repeated, null::text as at,
  null::text as tables, (select /* LeaderboardPlace */ concat('{"position":', l.position, ',"total_score":', l.points, /* Leader */ ',"user":{"id":', u.id, ',"username":', to_json((u.username)::text)::text, ',"real_name":', to_json((u.real_name)::text)::text, ',"avatar":', to_json((coalesce(case when u.avatar like '/%' then concat(public_base(), u.avatar) else u.avatar end, concat((select base from public_address), '/api/v2/avatar/', u.id)))::text)::text, ',"ext_id":', coalesce(to_json((u.ext_id)::text)::text, 'null'), ',"deleted":', case when u.status in ('d', 'u') then 'true' else 'false' end, '}}') from score_total t join users u on u.id = t.member_id
          cross join lateral (select t.points, 1 + (select count(*)::int from score_total x where x.listed and x.points > t.points) as position) l
          where t.member_id = $1::bigint and t.listed) as "mine", '' as held
from page;

-- leaderboard, usually
-- $1 limit, $2 viewer
with p as (
  select p.*, row_number() over () as n from (
    select * from (select t.points as k0, t.member_id as k1 from score_total t where t.listed and true
      order by t.points desc, t.member_id asc limit 101) few limit $1::bigint + 1
  ) p
), page as (
  select p.n, json_build_array(p.k0, p.k1)::text as key, /* LeaderboardPlace */ concat('{"position":', l.position, ',"total_score":', l.points, /* Leader */ ',"user":{"id":', u.id, ',"username":', to_json((u.username)::text)::text, ',"real_name":', to_json((u.real_name)::text)::text, ',"avatar":', to_json((coalesce(case when u.avatar like '/%' then concat(public_base(), u.avatar) else u.avatar end, concat((select base from public_address), '/api/v2/avatar/', u.id)))::text)::text, ',"ext_id":', coalesce(to_json((u.ext_id)::text)::text, 'null'), ',"deleted":', case when u.status in ('d', 'u') then 'true' else 'false' end, '}}') as row from p join users u on u.id = p.k1
        cross join (
          select points, (select count(*)::int from score_total x where x.listed and x.points > points.points) as above
          from (select max(k0)::int as points from p) points
        ) top
        cross join lateral (select p.k0 as points, top.above + 1 + (select count(*)::int from score_total x where x.listed and x.points > p.k0 and x.points <= top.points) as position) l
)
select (select sum(members) - (select count(*) from relation h where h.member_id = $2::bigint and (h.hidden_place is not null or h.hidden_by) and exists (
            select from score_total t where t.member_id = h.other_id and t.listed)) from score_count)::int as count, count(*)::int as n,
  count(*) filter (where n <= $1::bigint)::int as shown,
  string_agg(row::text, ',' order by n) filter (where n <= $1::bigint) as rows,
  max(key) filter (where n = 1) as nearest, max(key) filter (where n = $1::bigint) as farthest,
  null::text as repeated, null::text as at,
  null::text as tables, (select /* LeaderboardPlace */ concat('{"position":', l.position, ',"total_score":', l.points, /* Leader */ ',"user":{"id":', u.id, ',"username":', to_json((u.username)::text)::text, ',"real_name":', to_json((u.real_name)::text)::text, ',"avatar":', to_json((coalesce(case when u.avatar like '/%' then concat(public_base(), u.avatar) else u.avatar end, concat((select base from public_address), '/api/v2/avatar/', u.id)))::text)::text, ',"ext_id":', coalesce(to_json((u.ext_id)::text)::text, 'null'), ',"deleted":', case when u.status in ('d', 'u') then 'true' else 'false' end, '}}') from score_total t join users u on u.id = t.member_id
          cross join lateral (select t.points, 1 + (select count(*)::int from score_total x where x.listed and x.points > t.points) as position) l
          where t.member_id = $2::bigint and t.listed) as "mine", concat((not exists (select h.other_id from relation h
  where h.member_id = $2::bigint and (h.hidden_place is not null or h.hidden_by)))) as held
from page;

-- lock whose points change
-- $1 actor, $2 id, $3 username
select u.id, u.reputation, me.status::text, me.role from users u join users me on me.id = $1::bigint
    where (u.id = $2::bigint or lower(u.username) = lower($3::text)) and u.status in ('a', 'b') for no key update of u;

-- take off the leaderboard
-- $1 member
with gone as (
      update score_total set listed = false where member_id = $1::bigint and listed returning member_id
    )
    update score_count set members = members - 1 from gone where part = gone.member_id % 16;

-- tell nobody of points
select from set_config('kith.quiet', 'on', true);

-- those of a member
-- $1 member, $2 after, $3 most
select s.id as key, (json_build_object('id', s.id, 'score', s.points, 'reputation_type', s.type,
      'reputation_type_description', case s.type when 1 then 'gain_by_upvoted' when 10 then 'manual' when 11 then 'gain_by_cancelling_contribute_moderation' when 12 then 'gain_by_make_post' when 13 then 'gain_by_make_first_level_comment' when 14 then 'gain_by_make_second_level_comment' when 15 then 'gain_by_connection' when 17 then 'gain_by_app_used' when 18 then 'gain_by_daily_visit' when 19 then 'gain_by_follower' when 20 then 'gain_by_unblock_account' when -1 then 'lose_by_upvote_canceled' when -11 then 'lose_by_contribute_moderation' when -12 then 'lose_by_delete_post' when -13 then 'lose_by_delete_first_level_comment' when -14 then 'lose_by_delete_second_level_comment' when -15 then 'lose_by_connection' when -19 then 'lose_by_follower' when -20 then 'lose_by_block_account' else 'unknown' end, 'reputed_at', s.at,
      'comment', case when s.type <> 10 or s.created_by = s.member_id then s.comment end,
      'reputation_context', case when s.type <> 10 or s.created_by = s.member_id then s.context end))::text as json from score s where s.member_id = $1::bigint and s.id > $2::bigint order by s.id limit $3::int;

-- those of a member, keys
-- $1 member, $2 after, $3 most
select s.id as key from score s where s.member_id = $1::bigint and s.id > $2::bigint order by s.id limit $3::int;

-- those of a member, some
-- $1 member, $2 keys
select (json_build_object('id', s.id, 'score', s.points, 'reputation_type', s.type,
      'reputation_type_description', case s.type when 1 then 'gain_by_upvoted' when 10 then 'manual' when 11 then 'gain_by_cancelling_contribute_moderation' when 12 then 'gain_by_make_post' when 13 then 'gain_by_make_first_level_comment' when 14 then 'gain_by_make_second_level_comment' when 15 then 'gain_by_connection' when 17 then 'gain_by_app_used' when 18 then 'gain_by_daily_visit' when 19 then 'gain_by_follower' when 20 then 'gain_by_unblock_account' when -1 then 'lose_by_upvote_canceled' when -11 then 'lose_by_contribute_moderation' when -12 then 'lose_by_delete_post' when -13 then 'lose_by_delete_first_level_comment' when -14 then 'lose_by_delete_second_level_comment' when -15 then 'lose_by_connection' when -19 then 'lose_by_follower' when -20 then 'lose_by_block_account' else 'unknown' end, 'reputed_at', s.at,
      'comment', case when s.type <> 10 or s.created_by = s.member_id then s.comment end,
      'reputation_context', case when s.type <> 10 or s.created_by = s.member_id then s.context end))::text as json from score s where s.member_id = $1::bigint and s.id = any($2::bigint[]) order by s.id;

-- what has drifted
-- $1 most
with sums as materialized (
      select member_id, sum(points)::int as points, count(*)::int as n from score group by member_id
    ), drift as (
      select one.what, u.id as member, one.kept, one.counted, 'score' as repair, array[u.id] as of
        from users u left join sums s on s.member_id = u.id left join score_total t on t.member_id = u.id
        cross join lateral (values
          ('reputation', u.reputation, coalesce(s.points, 0)),
          ('points', coalesce(t.points, 0), coalesce(s.points, 0)),
          ('entries of the score', coalesce(t.entries, 0), coalesce(s.n, 0))
        ) one (what, kept, counted) where one.kept <> one.counted
      union all
      select one.what || ' of part ' || c.part, 0, one.kept::int, one.counted::int, 'part', array[c.part::bigint]
        from score_count c
        left join (select member_id % 16 as part, count(*) as n from score_total where listed group by 1) m on m.part = c.part
        left join (select member_id % 16 as part, sum(n) as n from sums group by 1) e on e.part = c.part
        cross join lateral (values
          ('members with points', c.members::bigint, coalesce(m.n, 0)), ('entries', c.entries, coalesce(e.n, 0)::bigint)
        ) one (what, kept, counted) where one.kept <> one.counted
    )
    select * from drift order by what, member limit $1::bigint;

-- whether anything is due
select exists (select from score_due) as due;

-- write down what is due
-- $1 member, $2 type
insert into score_due (member_id, type, n) values ($1::bigint, $2::smallint, 1);
