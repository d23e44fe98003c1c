-- Printed by `npm run sql`. The statements of a slice, as PostgreSQL is given them in their usual variant.

-- erase signals
-- $1 member
delete from signal where member_id = $1::bigint;

-- forget signals of long ago
-- $1 now, $2 batch
delete from signal where id = any(array(select id from signal where created_at < $1::timestamptz::timestamptz - interval '1 hour' order by id limit $2::bigint)) returning id;

-- read on in the signals
-- $1 lows, $2 highs, $3 batch, $4 last, $5 forward
select id, kind, member_id as member, about_id as about, within_id as within,
      extract(epoch from created_at)::float8 as created, late
    from (
      (select s.*, true as late from unnest($1::bigint[], $2::bigint[]) gap(low, high) cross join lateral (
        select * from signal where id between gap.low and gap.high order by id limit $3::bigint) s
        order by id limit $3::bigint)
      union all
      (select *, false from signal where id > $4::bigint order by id limit $5::bigint)
    ) s order by id;

-- where the logs end
select coalesce((select max(id) from event), 0) as events, coalesce((select max(id) from signal), 0) as signals, array(select id from event where id > coalesce((select max(id) from event), 0) - 1000) as there,
      array(select id from signal where id > coalesce((select max(id) from signal), 0) - 1000) as signalled;

-- who may go on listening
-- $1 members, $2 sinces, $3 grants
select s.nth, u.status = 'b' as blocked,
      coalesce((select b.unseen from notification_box b where b.member_id = u.id), 0) as unseen, (select count(*)::int from banner b left join banner_reader r on r.member_id = u.id and r.banner_id = b.id
    where b.added_at >= (select me.date_joined from users me where me.id = u.id) and r.disposed_at is null
      and r.viewed_at is null) as banners
    from unnest($1::bigint[], $2::bigint[], $3::bigint[]) with ordinality s(member, since, grant_id, nth)
    join users u on u.id = s.member and u.status in ('a', 'b')
    left join credential c on c.user_id = s.member
    where case when s.grant_id = 0 then c.changed_at is null or floor(extract(epoch from c.changed_at)) <= s.since
      else exists (select from oauth_grant g join oauth_app a on a.id = g.app_id
        where g.id = s.grant_id and 'read' = any(a.scopes)) end;
