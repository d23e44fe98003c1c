-- What was moved in from another community: where it was there, and what it became here. Another run of the same move
-- brings what is new, and leaves what is here as it is, also what was deleted or erased here since.
create table moved (
  -- Where it comes from, as https://community.example.
  source text not null,
  -- What it was there, as post/12 or comment/7/vote/3.
  key text not null,
  -- The id it has here, where it has one.
  id bigint,
  primary key (source, key)
);
