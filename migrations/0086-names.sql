-- Names that have to differ are compared without what nobody sees: joiners, spaces of no width, selectors of variants; and in
-- whatever case and normal form. The letters behind a flag of a part of a country stay: by these flags differ. The same as
-- `nameKey` of src/platform/text.ts, which says more.
create function name_key(name text) returns text language sql immutable parallel safe as $$
  select lower(normalize(regexp_replace(name,
    U&'[\00ad\034f\061c\115f\1160\17b4\17b5\180b-\180f\200b-\200f\202a-\202e\2060-\206f\3164\fe00-\fe0f\feff\ffa0\fff0-\fff8]|[\+01bca0-\+01bca3\+01d173-\+01d17a\+0e0000-\+0e001f\+0e0080-\+0e0fff]',
    '', 'g'), nfkd))
$$;
-- Of tags that were twins the older one keeps its name; it is searched and sorted anew with the next chore.
update tag t set name = left(name, 40) || ' (' || id || ')', search_rules = 0
where not deleted and exists (select from tag o
  where o.type = t.type and not o.deleted and o.id < t.id and name_key(o.name) = name_key(t.name));
drop index tag_name;
create unique index tag_name on tag (type, name_key(name)) where not deleted;
