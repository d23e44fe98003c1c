-- Printed by `npm run sql`. The statements of a slice, as PostgreSQL is given them in their usual variant.

-- the database
select pg_database_size(current_database())::float8 as bytes,
      coalesce((select extract(epoch from max(now() - xact_start)) from pg_stat_activity
        where datname = current_database() and backend_xmin is not null), 0)::float8 as longest;
