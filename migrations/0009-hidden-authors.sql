-- Authors who were hidden when they left. The relation ends with the account; what they wrote stays hidden.
create table hidden_author (
  member_id bigint not null references users,
  author_id bigint not null references users,
  primary key (member_id, author_id)
);
