-- Printed by `npm run sql`. The statements of a slice, as PostgreSQL is given them in their usual variant.

-- what is due
select (select count(*)::int from tag where search_rules < 1) as "tags", (select count(*)::int from legal_page where search_rules < 1) as "policies", (select count(*)::int from users where search_rules < 1) as "members", (select count(*)::int from category where search_rules < 1) as "categories", (select count(*)::int from contribution where search_rules < 1) as "contributions", (select count(*)::int from incubator where search_rules < 1) as "incubators", (select count(*)::int from custom_page where search_rules < 1) as "custom pages";
