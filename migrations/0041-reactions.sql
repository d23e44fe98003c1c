-- What members vote with. The first is the one that votes have unless another is named.
create table reaction (
  id bigint primary key,
  label text not null check (label <> ''),
  -- 1 glad, 0 neither, -1 not glad.
  sentiment smallint not null check (sentiment between -1 and 1),
  -- An address; of this server where it begins with a slash.
  image text not null,
  active boolean not null default true
);
insert into reaction (id, label, sentiment, image) values
  (1, 'Like', 1, '/api/v2/picture/reaction/like.svg'),
  (2, 'Love', 1, '/api/v2/picture/reaction/love.svg'),
  (3, 'Laugh', 1, '/api/v2/picture/reaction/laugh.svg'),
  (4, 'Surprise', 0, '/api/v2/picture/reaction/surprise.svg'),
  (5, 'Sadness', -1, '/api/v2/picture/reaction/sadness.svg'),
  (6, 'Anger', -1, '/api/v2/picture/reaction/anger.svg');

-- Votes could name reactions that nobody knew.
update mark set reaction = 1 where reaction > 6;
alter table mark add constraint mark_reaction_fkey foreign key (reaction) references reaction not valid;

-- How often each reaction but the first, by its id: of that there are as many votes as are left. So the many votes that are
-- nothing but votes change nothing here, and what was voted for before needs no new row.
alter table contribution add column reactions jsonb not null default '{}';
alter table comment add column reactions jsonb not null default '{}';
update contribution c set reactions = m.counts from (
  select kind, target_id, jsonb_object_agg(reaction, n) as counts
  from (select kind, target_id, reaction, count(*) as n from mark where reaction > 1 group by 1, 2, 3) each group by 1, 2
) m where c.id = m.target_id and c.kind = m.kind;
update comment c set reactions = m.counts from (
  select target_id, jsonb_object_agg(reaction, n) as counts
  from (select target_id, reaction, count(*) as n from mark where kind = 16 and reaction > 1 group by 1, 2) each group by 1
) m where c.id = m.target_id;

-- These counts once a vote with one reaction has ended, and one with another has begun; null is none.
create function reactions_moved(counts jsonb, ended bigint, begun bigint) returns jsonb
language sql immutable parallel safe as $$
  select case when coalesce(ended, 1) = 1 and coalesce(begun, 1) = 1 then counts else (
    select coalesce(jsonb_object_agg(id, n) filter (where n <> 0), '{}') from (
      select id, sum(n)::int as n from (
        select key::bigint as id, value::int as n from jsonb_each_text(counts)
        union all select ended, -1 where ended > 1
        union all select begun, 1 where begun > 1
      ) each group by id
    ) sums
  ) end
$$;
