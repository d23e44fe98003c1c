-- A lane's row is written many times a second: room for that in its own page keeps its index as it is.
alter table webhook_lane set (fillfactor = 10);
