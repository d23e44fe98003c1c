-- What is shown of members, categories and contributions has their tags in it. So what is cached of them says of which tags it
-- is: of the row that all of it depends on, which is written anew whenever a tag changes. That is seldom, and versions of
-- their own tags cost every list a tenth of its time.
create function tags_changed() returns trigger language plpgsql as $$
begin
  update public_address set base = base;
  return null;
end $$;
create trigger tags_changed after insert or update or delete or truncate on tag
  for each statement execute function tags_changed();
-- Also where rows come from another server.
alter table tag enable always trigger tags_changed;
