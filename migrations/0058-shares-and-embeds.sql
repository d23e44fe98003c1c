-- What contributions carry besides pictures: contributions that they share, and things of elsewhere, which administrators or
-- authors name (embeds). Both are medias; what follows from them is kept here by a trigger, whoever writes.
create table embed (
  id bigint generated always as identity primary key,
  embed_type text not null,
  embed_id text not null,
  url text,
  metadata jsonb not null default '{}',
  unique (embed_type, embed_id)
);
create index embed_named on embed (embed_id);
create index embed_metadata on embed using gin (metadata jsonb_path_ops);

alter table media
  add column shared_id bigint references contribution,
  add column embedded_id bigint references embed,
  drop constraint media_type_check,
  add constraint media_type_check check (type in ('image', 'eimage', 'doc', 'url', 'share', 'embed')) not valid,
  add constraint media_shared check ((type = 'share') = (shared_id is not null)) not valid,
  add constraint media_embedded check ((type = 'embed') = (embedded_id is not null)) not valid;

-- What shares a contribution: those that are not deleted.
create table share (
  shared_id bigint not null references contribution,
  contribution_id bigint not null references contribution,
  kind smallint not null,
  author_id bigint not null references users,
  added_at timestamptz not null,
  primary key (contribution_id, shared_id)
);
create index share_recent on share (shared_id, added_at, contribution_id);
create index share_author on share (shared_id, author_id);

-- Who shared it, with how many of those, in the order of their first.
create table sharer (
  contribution_id bigint not null references contribution,
  author_id bigint not null references users,
  shares integer not null check (shares > 0),
  place bigint not null default nextval('contribution_place'),
  primary key (contribution_id, author_id)
) with (fillfactor = 90);
create index sharer_place on sharer (contribution_id, place);

alter table contribution add column sharer_count integer not null default 0,
  add constraint contribution_sharer_count_check check (sharer_count >= 0) not valid;

-- What embeds something: those that are not deleted.
create table embed_feed (
  embed_id bigint not null references embed,
  contribution_id bigint not null references contribution,
  kind smallint not null,
  author_id bigint not null references users,
  added_at timestamptz not null,
  last_activity_at timestamptz not null,
  primary key (contribution_id, embed_id)
);
create index embed_feed_recent on embed_feed (embed_id, added_at, contribution_id);
create index embed_feed_moved on embed_feed (embed_id, last_activity_at, contribution_id);

create function carry_medias() returns trigger language plpgsql as $$
declare
  shown bigint[] := case when new.deleted then '{}' else new.medias end;
  had bigint[] := array(select shared_id from share where contribution_id = new.id);
  has bigint[] := array(select distinct shared_id from media where id = any(shown) and shared_id is not null);
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
create trigger contribution_carries after insert on contribution for each row
  when (new.medias <> '{}' and not new.deleted) execute function carry_medias();
create trigger contribution_carried after update of medias, deleted, last_activity_at on contribution for each row
  when (old.medias || new.medias <> '{}'
    and (old.medias, old.deleted, old.last_activity_at) is distinct from (new.medias, new.deleted, new.last_activity_at))
  execute function carry_medias();
