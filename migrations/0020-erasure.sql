-- Members who are being erased: hidden by this row from the moment they are deleted, until all is gone that they left. The
-- row stays for an hour after that, so that every node that delivers has read of it.
create table erasure (
  member_id bigint primary key references users,
  began timestamptz not null,
  -- Once what slices keep is gone: whoever began before this transaction may still write an event about the member.
  fence xid8,
  -- Then: how far the event log has been gone through, and up to where.
  position bigint,
  until bigint,
  done timestamptz
);
-- Those who were deleted for good before this was done, too.
insert into erasure (member_id, began) select id, now() from users where status = 'u';

-- Nothing but the id, the author and the numbers is left of it. Nobody sees it, the staff neither.
alter table contribution add column erased boolean not null default false;
create index contribution_to_erase on contribution (author_id, id) where deleted and not erased;
create index mark_member on mark (member_id, kind, target_id);

-- Whether an event names one of these members. A view renders the id before the name, and no text can look like this:
-- its quotes are escaped.
create function names_members(body json, members bigint[]) returns boolean language sql immutable parallel safe as $$
  select case cardinality(members)
    -- As it nearly always is, and several times as fast.
    when 1 then strpos(body::text collate "C", concat('"id":', members[1], ',"username":')) > 0
    else exists (select from regexp_matches(body::text, '"id":(\d{1,18}),"username":', 'g') found
      where found[1]::bigint = any(members)) end
$$;

-- JSON as views render it, without what these members wrote or said of themselves: its shape, ids, numbers and moments stay.
create function blank_members(given json, members bigint[]) returns json language plpgsql stable parallel safe as $$
declare
  member boolean;
  content boolean;
begin
  if json_typeof(given) = 'array' then
    return (select concat('[', string_agg(blank_members(value, members)::text, ',' order by nth), ']')::json
      from json_array_elements(given) with ordinality each(value, nth));
  elsif json_typeof(given) <> 'object' then
    return given;
  end if;
  member := given ->> 'id' = any(members::text[]) and given ->> 'username' is not null;
  content := case when json_typeof(given -> 'author') = 'object' then given -> 'author' ->> 'id' = any(members::text[]) end;
  return (
    select concat('{', string_agg(concat(to_json(key), ':', case
      when json_typeof(value) in ('number', 'null') then value::text
      when member then case key
        when 'username' then concat('"user-', given ->> 'id', '"')
        when 'status' then '"u"'
        when 'gender' then '"Unspecified"'
        when 'email_isvalid' then 'false'
        when 'date_joined' then value::text
        -- The one that Kith draws, which is the same for everybody who is gone.
        when 'avatar' then to_json(concat((select base from public_address), '/api/v2/avatar/', given ->> 'id'))::text
        else case when key in ('cover', 'ext_id', 'email', 'date_of_birth') then 'null'
          else case json_typeof(value) when 'boolean' then value::text when 'string' then '""' when 'array' then '[]'
            else 'null' end end end
      when json_typeof(value) = 'boolean' then value::text
      when content then case json_typeof(value)
        when 'string' then case
          when key in ('type', 'object_type') or value::text ~ '^"\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)"$' then value::text
          else '""' end
        when 'array' then '[]'
        else case when value -> 'author' is not null or value -> 'username' is not null
          then blank_members(value, members)::text else 'null' end end
      else blank_members(value, members)::text
    end), ',' order by nth), '}')::json
    from json_each(given) with ordinality each(key, value, nth)
  );
end
$$;

-- The same of the body of an event; most name none of them.
create function without_members(body json, members bigint[]) returns json language sql immutable parallel safe as $$
  select case when names_members(body, members) then blank_members(body, members) else body end
$$;
