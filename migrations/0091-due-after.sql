-- Marks what is to be indexed again behind the change, not before it. A trigger before updates has PostgreSQL lock each row
-- first and make every generated column again, whatever is updated: a member's profile whenever one of their counters moved.
drop trigger search_is_due on users;
drop trigger search_is_due on category;
drop trigger search_is_due on contribution;
drop function search_is_due();

create function search_is_due() returns trigger language plpgsql as $$
begin
  execute format('update %I set search_rules = -search_rules where id = $1 and search_rules > 0', tg_table_name) using new.id;
  return null;
end $$;
create trigger search_is_due after update of real_name, location, description on users for each row
  when ((new.real_name <> old.real_name and new.folded_real_name = old.folded_real_name)
    or (new.location <> old.location and new.folded_location = old.folded_location)
    or (new.description <> old.description and new.folded_description = old.folded_description))
  execute function search_is_due();
create trigger search_is_due after update of name, name_synonyms on category for each row
  when ((new.name <> old.name and new.folded_name = old.folded_name)
    or (new.name_synonyms is distinct from old.name_synonyms and new.folded_synonyms = old.folded_synonyms))
  execute function search_is_due();
create trigger search_is_due after update of title, words on contribution for each row
  when ((new.title, new.words) is distinct from (old.title, old.words) and new.search is not distinct from old.search)
  execute function search_is_due();
