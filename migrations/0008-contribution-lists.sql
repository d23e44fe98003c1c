-- Words are indexed by volume: 4,096 contributions of successive ids make one for each kind. Whoever wants the newest with
-- some word looks into the newest volumes first and stops when there are enough, so that among a million contributions a
-- search costs about what it costs among thousands. An index of words alone finds all there are before it gives one.
-- src/contributions/search.ts looks words up.
create function volume_words(search tsvector, kind smallint, id bigint) returns tsvector
language sql immutable parallel safe as $$
  select array_to_tsvector(array(select (($3 >> 12) * 4 + $2) || ' ' || word from unnest(tsvector_to_array($1)) word))
$$;
-- What was written last waits in a list that every search reads: it is kept short.
create index contribution_volume_words on contribution using gin (volume_words(search, kind, id))
  with (gin_pending_list_limit = 128) where not deleted;
drop index contribution_search;

-- The newest of a kind in a category, which are related. An array of categories has no order.
create index category_feed_kind on category_feed (category_id, kind, added_at, contribution_id);
drop index contribution_category;
