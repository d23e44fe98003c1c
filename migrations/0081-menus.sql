-- The menus that somebody has written; the others follow from options.
create table custom_menu (
  id integer primary key,
  items jsonb not null,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
-- The links that every community begins with have ids below.
create sequence custom_menu_item_id start 1000;
