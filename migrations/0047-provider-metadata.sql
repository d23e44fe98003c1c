-- What clients keep beside an account elsewhere, as they sent it: an object.
alter table user_provider add metadata jsonb check (jsonb_typeof(metadata) = 'object');
