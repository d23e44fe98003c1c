-- Since when a relation is what it is: whoever keeps a copy of all of them asks for what has changed since a moment. Of
-- relations from before, the moment of the request is the best that is known.
alter table relation add changed timestamptz;

-- All of one kind in the order of their changes, once for each pair: the row of the one who asked.
create index relation_changed on relation ((case when state = 4 then 0 when rejected is null then 1 else 2 end),
    (coalesce(changed, created, '1970-01-01 00:00+00')), place)
  where asked and state > 0;
