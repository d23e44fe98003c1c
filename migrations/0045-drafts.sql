-- What is not out yet. It is kept as what is deleted is, so no list, count, index or feed has to know of it; only its author
-- reads it. Whatever there is already is published; the constraint need not look.
alter table contribution
  add column published boolean not null default true,
  add column scheduled_at timestamptz,
  add constraint contribution_published check (published or deleted) not valid;
create index contribution_unpublished on contribution (author_id, kind, id) where not published and not erased;
create index contribution_scheduled on contribution (scheduled_at, id) where not published and scheduled_at is not null;
