import type { Kith } from '../context.ts'
import { statement } from '../platform/sql/statement.ts'
import type { MadeUp } from '../seed/people.ts'

/** How many of the newest comments, and of the newest votes, are told of. */
const mostTold = 2_000

/** SQL of whether this member has looked at everything. */
const looked = 'member_id % 3 = 0'

// Writes the same rows as acts do, for made-up comments and votes, except for members who were told already.
const writing = statement({
  name: 'notifications: made-up ones',
  takes: {
    members: 'bigint[]',
    comments: 'smallint',
    first: 'smallint',
    reply: 'smallint',
    vote: 'smallint',
    most: 'int',
  },
  gives: { n: 'int' },
  sql: ($) => `with said as (
      select c.id, c.kind, c.contribution_id, c.parent_id, c.author_id, c.added_at, x.author_id as owner_id,
        q.author_id as under_owner_id
      from comment c join contribution x on x.id = c.contribution_id left join comment q on q.id = c.parent_id
      where c.author_id = any(${$.members}) and x.author_id = any(${$.members}) and c.author_id <> x.author_id
        and not c.deleted and not x.deleted and not coalesce(q.deleted, false)
        and not exists (select from notification_box b where b.member_id = x.author_id)
        and not exists (select from relation r
          where r.member_id = x.author_id and r.other_id = c.author_id and (r.hidden_place is not null or r.hidden_by))
      order by c.added_at desc, c.id desc limit ${$.most}
    ), liked as (
      select m.kind, m.target_id, m.member_id, m.voted_at, x.author_id as owner_id
      from mark m join contribution x on x.id = m.target_id and x.kind = m.kind
      where m.member_id = any(${$.members}) and x.author_id = any(${$.members}) and m.reaction is not null
        and m.member_id <> x.author_id and not x.deleted
        and not exists (select from notification_box b where b.member_id = x.author_id)
        and not exists (select from relation r
          where r.member_id = x.author_id and r.other_id = m.member_id and (r.hidden_place is not null or r.hidden_by))
      order by m.vote_place desc limit ${$.most}
    ), notice as (
      insert into notification_notice (type, actor_id, kind, subject_id, owner_id, part_kind, part_id, under_id,
        under_owner_id, once, at)
      select case when parent_id is null then ${$.first} else ${$.reply} end, author_id as actor_id, kind, contribution_id, owner_id,
        ${$.comments}, id, coalesce(parent_id, 0), under_owner_id, false, added_at as at
      from said
      union all
      select ${$.vote}, member_id, kind, target_id, owner_id, 0, 0, 0, null, true, voted_at from liked
      order by at, actor_id returning *
    ), told as (
      select owner_id as member_id, id, kind, subject_id, actor_id, owner_id,
        row_number() over (partition by owner_id order by at, id) as position from notice
    ), box as (
      insert into notification_box (member_id, last, unseen)
      select member_id, count(*), count(*) filter (where not ${looked}) from told group by 1
    ), grouped as (
      insert into notification_group (member_id, kind, subject_id, alone, last, n, unseen, seen)
      select member_id, kind, subject_id, 0, max(position), count(*), count(*) filter (where not ${looked}),
        case when ${looked} then max(position) else 0 end
      from told group by 1, 2, 3 returning *
    ), written as (
      insert into notification (member_id, group_id, notice_id, position, actor_id, owner_id)
      select t.member_id, g.id, t.id, t.position, t.actor_id, t.owner_id
      from told t join grouped g using (member_id, kind, subject_id) returning 1
    )
    select count(*)::int as n from written`,
})

/** Tells made-up members of the newest comments and votes on what they wrote. */
export const seeding = {
  lacks: () => null,
  async *write({ db }: Kith, _amount: number, { ids }: MadeUp) {
    await db.transaction(async (tx) => {
      await tx.query(`set local statement_timeout = '10min'`)
      await writing.rows(tx, { members: ids, comments: 16, first: 2, reply: 4, vote: 9, most: mostTold })
    })
    yield 0
  },
}
