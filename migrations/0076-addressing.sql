-- Contributions may be addressed by tags of members: those see them who have one of these. In ascending order, each once.
alter table contribution add column addressing bigint[] not null default '{}';

-- What is addressed and not deleted: what lists probe for each of their rows. Most contributions are for all, and have none.
-- The database makes it of the contribution, in the statement that changes that, as it makes what lies in feeds.
create table addressed (
  contribution_id bigint primary key references contribution,
  kind smallint not null,
  author_id bigint not null references users,
  tags bigint[] not null check (tags <> '{}'),
  categories bigint[] not null,
  uncommented boolean not null
) with (fillfactor = 90);
create index addressed_author on addressed (author_id);

-- How many those are, by whom they are addressed to: as many rows as there are circles. A place is a category, or 0 for the
-- whole community. In sixteen parts by author, as contribution_total; rows appear with the first of a part.
create table addressed_total (
  place bigint not null,
  kind smallint not null,
  tags bigint[] not null,
  part smallint not null,
  n integer not null default 0 check (n >= 0),
  uncommented integer not null default 0 check (uncommented >= 0),
  primary key (place, kind, tags, part)
) with (fillfactor = 50);

create function keep_addressed() returns trigger language plpgsql as $$
begin
  -- What counted in a circle does so no longer; what is to count, does.
  if tg_op = 'UPDATE' and not old.deleted and old.addressing <> '{}' then
    update addressed_total t set n = t.n - 1, uncommented = t.uncommented - (old.comment_count = 0)::int
    where t.place in (select 0 union select unnest(old.categories)) and t.kind = old.kind and t.tags = old.addressing
      and t.part = old.author_id % 16;
    -- Of circles nobody is addressed as any more nothing is left: each list asks all there are.
    delete from addressed_total t
    where t.place in (select 0 union select unnest(old.categories)) and t.kind = old.kind and t.tags = old.addressing
      and t.part = old.author_id % 16 and t.n = 0;
  end if;
  if new.deleted or new.addressing = '{}' then
    delete from addressed where contribution_id = new.id;
    return null;
  end if;
  insert into addressed as a values (new.id, new.kind, new.author_id, new.addressing, new.categories, new.comment_count = 0)
  on conflict (contribution_id) do update
    set tags = excluded.tags, categories = excluded.categories, uncommented = excluded.uncommented;
  insert into addressed_total as t
  select place, new.kind, new.addressing, new.author_id % 16, 1, (new.comment_count = 0)::int
  from (select 0 as place union select unnest(new.categories)) places order by place
  on conflict (place, kind, tags, part) do update set n = t.n + excluded.n, uncommented = t.uncommented + excluded.uncommented;
  return null;
end $$;
create trigger contribution_addressed after insert on contribution for each row
  when (new.addressing <> '{}' and not new.deleted) execute function keep_addressed();
create trigger contribution_readdressed after update of addressing, deleted, categories, comment_count on contribution
  for each row
  when (old.addressing || new.addressing <> '{}'
    and (old.addressing, old.deleted, old.categories, old.comment_count = 0)
      is distinct from (new.addressing, new.deleted, new.categories, new.comment_count = 0))
  execute function keep_addressed();

-- What is addressed is among nobody's shares: their number, and who shared, are for all to see.
create or replace function carry_medias() returns trigger language plpgsql as $$
declare
  shown bigint[] := case when new.deleted then '{}' else new.medias end;
  sharing bigint[] := case when new.addressing = '{}' then shown else '{}' end;
  had bigint[] := array(select shared_id from share where contribution_id = new.id);
  has bigint[] := array(select distinct shared_id from media where id = any(sharing) and shared_id is not null);
  embeds bigint[] := array(select distinct embedded_id from media where id = any(shown) and embedded_id is not null);
  changed bigint;
begin
  -- Two who share the same thing do it one after the other; of several things the lower id goes first.
  for changed in select id from unnest(had || has) id group by id having count(*) = 1 order by id loop
    perform from contribution where id = changed for no key update;
    if changed = any(has) then
      insert into share values (changed, new.id, new.kind, new.author_id, new.added_at);
      update sharer set shares = shares + 1 where contribution_id = changed and author_id = new.author_id;
      update contribution set share_count = share_count + 1, sharer_count = sharer_count + (not found)::int where id = changed;
      insert into sharer (contribution_id, author_id, shares) values (changed, new.author_id, 1) on conflict do nothing;
    else
      delete from share where contribution_id = new.id and shared_id = changed;
      delete from sharer where contribution_id = changed and author_id = new.author_id and shares = 1;
      update contribution set share_count = share_count - 1, sharer_count = sharer_count - found::int where id = changed;
      update sharer set shares = shares - 1 where contribution_id = changed and author_id = new.author_id;
    end if;
  end loop;
  delete from embed_feed where contribution_id = new.id and embed_id <> all(embeds);
  insert into embed_feed as f select id, new.id, new.kind, new.author_id, new.added_at, new.last_activity_at from unnest(embeds) id
  on conflict (contribution_id, embed_id) do update set last_activity_at = excluded.last_activity_at
    where f.last_activity_at <> excluded.last_activity_at;
  return null;
end $$;
drop trigger contribution_carried on contribution;
create trigger contribution_carried after update of medias, deleted, last_activity_at, addressing on contribution for each row
  when (old.medias || new.medias <> '{}'
    and (old.medias, old.deleted, old.last_activity_at, old.addressing)
      is distinct from (new.medias, new.deleted, new.last_activity_at, new.addressing))
  execute function carry_medias();
