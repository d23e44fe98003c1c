-- Printed by `npm run sql`. The statements of a slice, as PostgreSQL is given them in their usual variant.

-- a category of that name
-- $1 name
select id from category where name_key(name) = name_key($1::text) and not deleted limit 1;

-- a reaction of that name
-- $1 label
select id from reaction where active and lower(label) = lower($1::text) order by id limit 1;

-- choices of a poll
-- $1 poll
select id from poll_choice where poll_id = $1::bigint order by position, id;

-- close a poll
-- $1 expiration, $2 poll
update poll set closed = true, expiration_at = coalesce(expiration_at, $1::timestamptz) where id = $2::bigint;

-- members that were moved
-- $1 source
select key, id from moved where source = $1::text and key >= 'user/' and key < 'user0';

-- no events of what happened elsewhere
delete from event where txid = pg_current_xact_id_if_assigned();

-- note what something became
-- $1 source, $2 key, $3 id
insert into moved (source, key, id) values ($1::text, $2::text, $3::bigint) on conflict do nothing;

-- one move at a time
select pg_try_advisory_lock(711907, 6) as ours;

-- the first administrator
select id from users where role = 'admin' and status = 'a' order by id limit 1;

-- what there is about a contribution
-- $1 id
select comment_count as comments, vote_count as votes, poll_id as poll from contribution where id = $1::bigint;

-- what was moved
-- $1 source, $2 keys
select key, id from moved where source = $1::text and key = any($2::text[]);

-- who follows a category
-- $1 category, $2 members
select member_id as member from category_follower
    where category_id = $1::bigint and member_id = any($2::bigint[]);
