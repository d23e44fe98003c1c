-- What members have said in the fields that the community has added to profiles, by the names of the fields.
alter table users add metadata jsonb not null default '{}';
