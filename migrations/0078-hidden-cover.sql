-- Of whom a member sees nothing is asked with every list. The key has the answer, too, among all they are connected with: who
-- has a hundred thousand connections paid for them with each page. This index has nobody else, and is read alone.
create index relation_hidden_others on relation (member_id, other_id) include (hidden_place, hidden_by)
  where hidden_place is not null or hidden_by;
