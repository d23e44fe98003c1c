-- The request an event is of, where requests are traced: its transaction says so. Nobody else pays for more than a null.
alter table event add column trace text default nullif(current_setting('kith.trace', true), '');
