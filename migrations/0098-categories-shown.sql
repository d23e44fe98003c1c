-- A category as the API writes it, from its order to that of its stream, without braces. Every event about a contribution
-- shows all of its categories, which hardly ever change: so each row keeps that rendered. src/categories/views.ts declares the
-- same fields; a test compares the two. No row knows where the server is: \x04 stands for it, which no JSON has.
create function category_shown_json(id bigint, "position" integer, name text, name_synonyms text, slug text, slogan text,
  html_info text, seo_title text, seo_description text, auto_follow text, content_only_staff boolean, active boolean,
  image_original text, emotional_image_original text, emotional_image_position integer, lastmod_datetime timestamptz,
  stream_order_by text)
returns text language sql immutable parallel safe as $$
  select regexp_replace(substr(json, 2, length(json) - 2),
    '("(?:emotional_image_original|image_(?:original|bigger|big|medium|small))":")/', e'\\1\x04/', 'g')
  from (select row_to_json(shown)::text as json from (
    select "position" as "order", name, name_synonyms, slug, slogan, html_info, seo_title, seo_description, auto_follow,
      content_only_staff, active, image_original,
      coalesce(replace(image_original, '/original.', '/bigger.'), drawn) as image_bigger,
      coalesce(replace(image_original, '/original.', '/big.'), drawn) as image_big,
      coalesce(replace(image_original, '/original.', '/medium.'), drawn) as image_medium,
      coalesce(replace(image_original, '/original.', '/small.'), drawn) as image_small,
      coalesce(emotional_image_original, '') as emotional_image_original, emotional_image_position,
      to_char(lastmod_datetime at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"') as lastmod_datetime,
      stream_order_by
    from concat('/api/v2/picture/category/', id, '.svg') drawn
  ) shown) rendered
$$;
alter table category add shown_json text not null generated always as (category_shown_json(id, "position", name, name_synonyms,
  slug, slogan, html_info, seo_title, seo_description, auto_follow, content_only_staff, active, image_original,
  emotional_image_original, emotional_image_position, lastmod_datetime, stream_order_by)) stored;
