-- Who has a role is found among a million who have none.
create index users_roles on users (date_joined, id) where role is not null;
