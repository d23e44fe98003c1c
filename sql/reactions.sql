-- Printed by `npm run sql`. The statements of a slice, as PostgreSQL is given them in their usual variant.

-- all
select r.id, r.label, r.sentiment::int as sentiment, r.active, /* Reaction */ concat('{"id":', r.id, ',"label":', to_json((r.label)::text)::text, ',"sentiment":', r.sentiment, ',"image":', to_json((case when r.image like '/%' then concat(public_base(), r.image) else r.image end)::text)::text, ',"active":', case when r.active then 'true' else 'false' end, '}') as json from reaction r order by r.id;
