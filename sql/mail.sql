-- Printed by `npm run sql`. The statements of a slice, as PostgreSQL is given them in their usual variant.

-- clear
-- $1 before, $2 batch
delete from mail where id = any(array(select id from mail where settled_at < $1::timestamptz order by settled_at limit $2::int)) returning id;

-- drop what waits for a member
-- $1 member
delete from mail where member_id = $1::bigint and due_at is not null;

-- erase those of a member
-- $1 member, $2 batch
delete from mail where id = any(array(select id from mail where member_id = $1::bigint limit $2::int)) returning id;

-- figures
select count(*)::int as waiting, coalesce(extract(epoch from now() - min(created_at)), 0)::float8 as oldest
    from mail where due_at is not null;

-- queue
-- $1 member, $2 kind, $3 sender, $4 recipient, $5 subject, $6 body, $7 html, $8 unsubscribe, $9 now, $10 until, $11 most
insert into mail (member_id, kind, sender_name, recipient, subject, body, html, unsubscribe, created_at, due_at, good_until)
    select $1::bigint, $2::text, $3::text, $4::text, $5::text, $6::text, $7::text, $8::text,
      $9::timestamptz, $9::timestamptz, $10::timestamptz
    where $11::int is null or $11::int > (select count(*) from mail
      where lower(recipient) = lower($4::text) and created_at > $9::timestamptz - interval '1 hour')
    returning id;

-- settle
-- $1 now, $2 fault, $3 id, $4 attempts
update mail set due_at = null, settled_at = $1::timestamptz, fault = $2::text, body = '', html = ''
    where id = $3::bigint and attempts = $4::int and due_at is not null;

-- take one that is due
-- $1 until, $2 now
update mail set due_at = $1::timestamptz, attempts = attempts + 1
    where id = (select id from mail where due_at <= $2::timestamptz order by due_at, id limit 1 for update skip locked)
    returning id, kind, sender_name as sender, recipient, subject, body, html, unsubscribe, attempts,
      coalesce(good_until <= $2::timestamptz, false) as over, extract(epoch from created_at)::float8 as created;

-- those to a member
-- $1 member, $2 after, $3 most
select m.id as key, (json_build_object('kind', m.kind, 'to', m.recipient, 'subject', m.subject, 'written_at', m.created_at,
      'settled_at', m.settled_at, 'fault', m.fault))::text as json from mail m where m.member_id = $1::bigint and m.id > $2::bigint order by m.id limit $3::int;

-- those to a member, keys
-- $1 member, $2 after, $3 most
select m.id as key from mail m where m.member_id = $1::bigint and m.id > $2::bigint order by m.id limit $3::int;

-- those to a member, some
-- $1 member, $2 keys
select (json_build_object('kind', m.kind, 'to', m.recipient, 'subject', m.subject, 'written_at', m.created_at,
      'settled_at', m.settled_at, 'fault', m.fault))::text as json from mail m where m.member_id = $1::bigint and m.id = any($2::bigint[]) order by m.id;

-- try again later
-- $1 due, $2 fault, $3 id, $4 attempts
update mail set due_at = $1::timestamptz, fault = $2::text
    where id = $3::bigint and attempts = $4::int and due_at is not null;

-- what waits, and what was given up
select count(*) filter (where due_at is not null)::int as waiting,
      count(*) filter (where due_at is not null and created_at < now() - interval '15 minutes')::int as late,
      max(fault) filter (where due_at is not null) as fault,
      count(*) filter (where fault is not null and settled_at > now() - interval '1 week')::int as given_up,
      max(fault) filter (where settled_at > now() - interval '1 week') as why
    from mail where due_at is not null or settled_at > now() - interval '1 week';
