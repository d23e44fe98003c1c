-- What a member does with a contribution becomes what they do with anything: a mark names its target by kind and id, so
-- that comments and whatever else can be voted for need no table of their own. Acts lock the target first, and nothing
-- that can be marked is ever removed, so no foreign key is needed to keep the two together.
alter table contribution_mark rename to mark;
alter table mark rename column contribution_id to target_id;
alter table mark drop constraint contribution_mark_contribution_id_fkey;
-- Kinds number their targets each for itself. Last, so that the look-ups of a target and of a member stay one range.
alter table mark drop constraint contribution_mark_pkey, add constraint mark_pkey primary key (target_id, member_id, kind);
alter table mark rename constraint contribution_mark_member_id_fkey to mark_member_id_fkey;
alter table mark rename constraint contribution_mark_flag_type_check to mark_flag_type_check;
alter index contribution_mark_followed rename to mark_followed;
alter index contribution_mark_suspended rename to mark_suspended;
alter index contribution_mark_voted rename to mark_voted;
alter index contribution_mark_flagged rename to mark_flagged;
alter index contribution_mark_hidden rename to mark_hidden;
