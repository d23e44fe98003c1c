-- Where the server is, for what may be shown of a row or not: a subquery is set up before each statement, whether it is
-- needed or not, and of categories, media and reactions in all their places there were a hundred and more in one.
create function public_base() returns text language plpgsql stable parallel safe cost 1 as
  $$ begin return (select base from public_address); end $$;
