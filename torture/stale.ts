import type { Db } from '../src/platform/db/database.ts'

const numbers = { comment: 2, nested: 4, vote: 9, follow: 16, request: 55, accept: 56, follower: 97 }

/**
 * Notifications of what is not so, or is no longer: of requests that are answered, of votes that are taken back, of
 * comments that are deleted, of members who are hidden, or have left.
 */
export const findStale = (db: Db): Promise<object[]> =>
  db.query(`select n.type, n.actor_id, n.subject_id, n.part_id, i.member_id
    from notification i join notification_notice n on n.id = i.notice_id
    left join relation r on r.member_id = i.member_id and r.other_id = n.actor_id
    left join comment c on n.part_kind = 16 and c.id = n.part_id left join comment q on q.id = c.parent_id
    left join contribution x on n.kind between 1 and 3 and x.id = n.subject_id
    left join mark m on m.member_id = n.actor_id
      and m.target_id = case when n.part_kind = 16 then n.part_id else n.subject_id end
      and m.kind = case when n.part_kind = 16 then 16 else n.kind end
    left join users u on u.id = n.actor_id
    where r.hidden_place is not null or coalesce(r.hidden_by, false) or u.status in ('d', 'u')
      or coalesce(x.deleted or c.deleted or q.deleted, false)
      or n.type = ${numbers.request} and r.state is distinct from 2
      or n.type = ${numbers.accept} and r.state is distinct from 4
      or n.type = ${numbers.follower} and r.follower_place is null
      or n.type = ${numbers.vote} and m.reaction is null
      or n.type = ${numbers.follow} and m.followed_at is null
      or n.type in (${numbers.comment}, ${numbers.nested}) and c.id is null`)
