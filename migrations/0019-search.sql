-- What is searched is folded and cut by Kith (src/platform/search), in the same way as what is searched for; the database
-- compares bytes. `search_rules` is the number of the rules it was done by: 0 of rows that were not done yet, which nobody
-- finds; negative where a text was changed by somebody who knows nothing of this. Both are done in the background.

-- Names. grams(name): the pieces of three characters of a name, from each character on.
create function grams(text) returns tsvector language sql immutable strict parallel safe as $$
  select array_to_tsvector(array(select distinct substr($1, i, 3) from generate_series(1, length($1)) i))
$$;
alter table users
  add column folded_real_name text collate "C" not null default '',
  add column folded_location text collate "C" not null default '',
  add column folded_description text collate "C" not null default '',
  add column sort_name text collate "C" not null default '',
  add column search_rules smallint not null default 0,
  -- Characters are counted by Kith, as a person does.
  drop constraint users_real_name_check,
  add constraint users_real_name_check check (octet_length(real_name) <= 4080) not valid;
drop index users_search;
create index users_names on users using gin (grams(lower(username collate "C") || ' ' || folded_real_name))
  with (gin_pending_list_limit = 128) where search_rules <> 0;
create index users_sort_name on users (sort_name, id) where status in ('a', 'b');
create index users_search_due on users (id) where search_rules < 1;

alter table category
  add column folded_name text collate "C" not null default '',
  add column folded_synonyms text collate "C" not null default '',
  add column sort_name text collate "C" not null default '',
  add column search_rules smallint not null default 0,
  drop constraint category_name_check,
  add constraint category_name_check check (octet_length(name) between 1 and 1600) not valid;
drop index category_listed;
create index category_listed on category (position, sort_name, id) where not deleted;

-- Texts. Words are indexed by tier: 16,384 contributions of successive ids make one for each kind. Whoever wants the
-- newest with some word looks into the newest tiers first, and stops when there are enough.
create function tier_words(search tsvector, kind smallint, id bigint) returns tsvector
language sql immutable parallel safe as $$
  select array_to_tsvector(array(select (($3 >> 14) * 16 + $2) || ' ' || word from unnest(tsvector_to_array($1)) word))
$$;
drop index contribution_volume_words;
drop function volume_words;
alter table contribution alter column search drop expression;
alter table contribution add column search_rules smallint not null default 0;
-- What was written last waits in a list that every search reads: it is kept short.
create index contribution_words on contribution using gin (tier_words(search, kind, id))
  with (gin_pending_list_limit = 128) where not deleted and search_rules <> 0;
create index contribution_search_due on contribution (id) where search_rules < 1;
drop function folded;
drop function few_marks;

create function search_is_due() returns trigger language plpgsql as $$
begin
  new.search_rules := -abs(new.search_rules);
  return new;
end $$;
create trigger search_is_due before update of real_name, location, description on users for each row
  when ((new.real_name <> old.real_name and new.folded_real_name = old.folded_real_name)
    or (new.location <> old.location and new.folded_location = old.folded_location)
    or (new.description <> old.description and new.folded_description = old.folded_description))
  execute function search_is_due();
create trigger search_is_due before update of name, name_synonyms on category for each row
  when ((new.name <> old.name and new.folded_name = old.folded_name)
    or (new.name_synonyms is distinct from old.name_synonyms and new.folded_synonyms = old.folded_synonyms))
  execute function search_is_due();
create trigger search_is_due before update of title, words on contribution for each row
  when ((new.title, new.words) is distinct from (old.title, old.words) and new.search is not distinct from old.search)
  execute function search_is_due();
