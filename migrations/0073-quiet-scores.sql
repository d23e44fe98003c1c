-- What made-up and moved acts are worth is given as any other, and told to nobody: their transactions say so.
alter table score_due add column quiet boolean not null
  default coalesce(current_setting('kith.quiet', true) = 'on', false);
