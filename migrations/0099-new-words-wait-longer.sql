-- Words of what is published wait in a list until many can be put into the index together: each costs a third then. Kith does
-- that once a second (src/contributions/searched.ts); it was done by whoever filled the list up, every forty posts.
alter index contribution_words set (gin_pending_list_limit = 1024);
