/**
 * Statements that teach a migrated database to become as it was: what it holds then is kept in a schema of its own. A
 * database that is used again has its connections open and its statements planned, which takes longer than most tests.
 */
export const renewing = [
  'create schema pristine',
  // What holds rows after the migrations, and where sequences stand.
  `do $do$
   declare t record; held boolean;
   begin
     create table pristine.sequence as
       select schemaname || '.' || quote_ident(sequencename) as name, coalesce(last_value, start_value) as value, last_value is not null as called
       from pg_sequences where schemaname = 'public';
     create table pristine.held (name text);
     for t in select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r' loop
       execute format('select exists (select from public.%I)', t.name) into held;
       if held then
         execute format('create table pristine.%I as table public.%I', 'of_' || t.name, t.name);
         insert into pristine.held values (t.name);
       end if;
     end loop;
   end $do$`,
  `create function pristine.shape() returns text language sql stable as $fn$
     select concat_ws(' ',
       (select sum(xmin::text::bigint) from pg_class where relnamespace = 'public'::regnamespace),
       (select sum(xmin::text::bigint) from pg_proc where pronamespace = 'public'::regnamespace),
       (select sum(xmin::text::bigint) from pg_constraint where connamespace = 'public'::regnamespace),
       (select sum(t.xmin::text::bigint) from pg_trigger t join pg_class c on c.oid = tgrelid where relnamespace = 'public'::regnamespace))
   $fn$`,
  'create table pristine.of_shape as select pristine.shape() as shape',
  `create function pristine.renew() returns boolean language plpgsql as $fn$
   declare t record; held boolean; columns text;
   begin
     if (select shape <> pristine.shape() from pristine.of_shape) then return false; end if;
     -- What was large stays so, with its dead rows: planned for, and gone through.
     if exists (select from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r' and pg_relation_size(oid) > 1e6) then
       return false;
     end if;
     set local session_replication_role = replica;
     for t in select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r' loop
       execute format('select exists (select from public.%I)', t.name) into held;
       if held then execute format('delete from public.%I', t.name); end if;
     end loop;
     for t in select name from pristine.held loop
       select string_agg(quote_ident(attname), ', ') into columns from pg_attribute
       where attrelid = format('public.%I', t.name)::regclass and attnum > 0 and not attisdropped and attgenerated = '';
       execute format('insert into public.%I (%s) overriding system value select %s from pristine.%I', t.name, columns, columns, 'of_' || t.name);
     end loop;
     for t in select * from pristine.sequence loop
       perform setval(t.name::regclass, t.value, t.called);
     end loop;
     return true;
   end $fn$`,
]
