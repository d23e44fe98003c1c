-- What moderators look after: everything that somebody has flagged, and everything a moderator has dealt with. The flags
-- themselves are marks; a case follows them as the category feeds follow contributions, whichever act changes a mark.
create table moderation_case (
  kind smallint not null,
  target_id bigint not null,
  author_id bigint not null references users,
  -- The flags there are, and how many of each type.
  flags integer not null default 0 check (flags >= 0),
  by_type integer[] not null default '{0,0,0,0,0}',
  -- The last flag; 1970 where there was none.
  flagged_at timestamptz not null default '1970-01-01 00:00:00+00',
  -- open, ignored, hidden, deleted; of the last two a reason.
  status "char" not null default 'o' check (status in ('o', 'i', 'h', 'd')),
  reason smallint check (reason between 0 and 4),
  -- The last act of a moderator; 1970 where there was none.
  moderated_by bigint references users,
  moderated_at timestamptz not null default '1970-01-01 00:00:00+00',
  primary key (target_id, kind),
  check ((status in ('h', 'd')) = (reason is not null))
) with (fillfactor = 90);
create index moderation_case_flagged on moderation_case (flagged_at, target_id, kind);
create index moderation_case_flags on moderation_case (flags, target_id, kind);
create index moderation_case_moderated on moderation_case (moderated_at, target_id, kind);
create index moderation_case_author on moderation_case (author_id) include (flags);
create index moderation_case_by on moderation_case (moderated_by) where moderated_by is not null;

create function author_of_mark(kind smallint, target bigint) returns bigint language sql stable as $$
  select case when kind = 16 then (select author_id from comment where id = target)
    when kind between 1 and 3 then (select author_id from contribution where id = target) end
$$;

create function flag_moved() returns trigger language plpgsql as $$
declare
  m record := coalesce(new, old);
  before smallint := case when tg_op <> 'INSERT' then old.flag_type end;
  after smallint := case when tg_op <> 'DELETE' then new.flag_type end;
begin
  insert into moderation_case (kind, target_id, author_id)
  select m.kind, m.target_id, author from author_of_mark(m.kind, m.target_id) author where author is not null
  on conflict do nothing;
  update moderation_case set flags = flags + (after is not null)::int - (before is not null)::int,
    by_type = array(select by_type[i + 1] + (i is not distinct from after)::int - (i is not distinct from before)::int
      from generate_series(0, 4) i order by i),
    flagged_at = case when after is null then flagged_at else greatest(flagged_at, new.flagged_at) end
  where kind = m.kind and target_id = m.target_id;
  return null;
end $$;
create trigger flag_raised after insert on mark for each row when (new.flag_type is not null) execute function flag_moved();
create trigger flag_changed after update of flag_type on mark for each row
  when (old.flag_type is distinct from new.flag_type) execute function flag_moved();
create trigger flag_ended after delete on mark for each row when (old.flag_type is not null) execute function flag_moved();

-- What was flagged before, and who flagged how much.
create index mark_flags_given on mark (member_id) where flag_type is not null;
insert into moderation_case (kind, target_id, author_id, flags, by_type, flagged_at)
select kind, target_id, author_of_mark(kind, target_id), count(*),
  array[count(*) filter (where flag_type = 0), count(*) filter (where flag_type = 1), count(*) filter (where flag_type = 2),
    count(*) filter (where flag_type = 3), count(*) filter (where flag_type = 4)]::int[],
  max(flagged_at)
from mark where flag_type is not null and author_of_mark(kind, target_id) is not null group by 1, 2;

-- Deleted by a moderator: its author cannot restore it.
alter table contribution add column moderated boolean not null default false;
alter table comment add column moderated boolean not null default false;

-- Members who are blocked, since when, and until when: null is until somebody ends it. Those blocked before have no row.
create table block (
  member_id bigint primary key references users,
  blocked_at timestamptz not null,
  days integer check (days > 0),
  expire_at timestamptz,
  -- The points it has cost, as a negative number: they are given back when it ends.
  reputation_delta integer not null,
  blocked_by bigint references users,
  check ((days is null) = (expire_at is null))
);
create index block_expire on block (expire_at, member_id) where expire_at is not null;
create index block_began on block (blocked_at, member_id);
create index block_by on block (blocked_by) where blocked_by is not null;
