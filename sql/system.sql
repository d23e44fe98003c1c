-- Printed by `npm run sql`. The statements of a slice, as PostgreSQL is given them in their usual variant.

-- nodes
select n.id, count(l.endpoint_id)::int as lanes from webhook_node n
    left join webhook_lane l on l.owner = n.id where n.until > now() group by n.id order by n.id;

-- the database
select current_setting('server_version') as version,
      pg_database_size(current_database()) as bytes,
      (select count(*)::int from pg_stat_activity where datname = current_database()) as connections,
      current_setting('max_connections')::int as max_connections,
      coalesce((select extract(epoch from max(now() - xact_start)) from pg_stat_activity
        where datname = current_database() and backend_xmin is not null), 0)::float8 as longest_seconds;

-- totals
select (select members from community) as members,
    (select coalesce(sum(n), 0)::bigint from contribution_total) as contributions;
