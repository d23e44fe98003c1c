-- Archives hold the pictures and documents of members too: their parts lie where files do, and no more in the database.
-- The archives there are have none of them, and are made anew.
truncate archive_part;
alter table archive_part
  drop column content,
  add column file_id bigint not null references file,
  add constraint archive_part_file_id_key unique (file_id);
alter table archive
  -- In which whoever asked for it is told that it is there.
  add column language text not null default 'en',
  add column email_sent_at timestamptz;
update archive set generated_at = null, worked_at = null where generated_at is not null;

-- Whatever removes a part, its bytes go.
create function archive_part_gone() returns trigger language plpgsql as $$
begin
  update file set state = 'gone' where id = old.file_id;
  return null;
end $$;
create trigger archive_part_gone after delete on archive_part for each row execute function archive_part_gone();
