-- Printed by `npm run sql`. The statements of a slice, as PostgreSQL is given them in their usual variant.

-- announce what is about to be put
-- $1 token, $2 owner, $3 parts, $4 sha256, $5 now
insert into file (token, owner_id, parts, sha256, created_at)
    values ($1::text, $2::bigint, $3::json, $4::text, $5::timestamptz) returning id;

-- at an address
-- $1 token
select f.parts from file f where f.token = $1::text and f.state = 'kept'
    and (select coalesce(bool_or(c.id is null or not c.deleted or not c.published and not c.erased), true)
      from media m left join contribution c on c.id = m.contribution_id where m.file_id = f.id);

-- erase those of a member
-- $1 member
with gone as (
      update file set state = 'gone', owner_id = null, sha256 = null, parts = (select json_agg(json_build_object('name', each ->> 'name')) from json_array_elements(parts) each)
      where id = any(array(select id from file where owner_id = $1::bigint limit 200)) returning 1
    ), unfetched as (
      delete from avatar_fetch where user_id = $1::bigint
    ), pictures as (
      delete from avatar where user_id = $1::bigint
    )
    select count(*)::int as n from gone;

-- forget what is deleted
-- $1 ids
delete from file where id = any($1::bigint[]) and state = 'gone';

-- give up what was never finished
-- $1 before
update file set state = 'gone' where state = 'pending' and created_at < $1::timestamptz;

-- how many there are
select count(*)::int as late from file where state = 'gone' and created_at < now() - interval '1 day';

-- keep
-- $1 id
update file set state = 'kept' where id = $1::bigint and state <> 'gone' returning id;

-- nothing shows this any more
-- $1 tokens
update file set state = 'gone' where token = any($1::text[]) and state <> 'gone';

-- they are ours to delete
update file set shared = false where shared;

-- those that others have as well
-- $1 own
update file set shared = true where token <> all($1::text[]);

-- what a member has
-- $1 member, $2 after, $3 most
select id, token, parts from file where owner_id = $1::bigint and state = 'kept' and id > $2::bigint
    order by id limit $3::int;

-- whose bytes are to be deleted
select id, token, parts, shared from file where state = 'gone' order by created_at limit 200;
