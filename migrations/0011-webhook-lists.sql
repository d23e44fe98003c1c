-- The attempts at one event, in every day there is. Ids of events grow as attempts are made, so this is written at its
-- end; summaries of blocks cost less to write, and were passed over for reading whole days.
drop index webhook_attempt_event;
create index webhook_attempt_event on webhook_attempt (event_id, endpoint_id);

create index webhook_endpoint_active on webhook_endpoint (is_active, id) where not deleted;
