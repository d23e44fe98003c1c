import { activeSql, leftSql } from '../auth/status.ts'
import type { Db } from '../platform/db/database.ts'
import { type Drift, driftLooks, type Repair, recount } from '../platform/db/repair.ts'
import { statement } from '../platform/sql/statement.ts'
import { hiddenSql } from '../users/visibility.ts'
import { countedSql } from './relationship.ts'

const names = Object.keys(countedSql) as (keyof typeof countedSql)[]
/** SQL of each counter of members, over rows of `relation`. */
const counts = names.map((name) => `(count(*) filter (where ${countedSql[name]}))::int as ${name}`).join(', ')

/** How to repair what `findDrift` finds. */
export const relationshipRepairs: Record<string, Repair> = {
  member: recount(
    'connections: count those of a member again',
    ['member'],
    ($) => `select from users where id = ${$.member} for update`,
    ($) => `update users u set ${names.map((name) => `${name} = c.${name}`).join(', ')}
     from (select ${counts} from relation where member_id = ${$.member}) c where u.id = ${$.member}`,
  ),
  members: recount(
    'connections: count members again',
    [],
    () => 'select from community for update',
    () => `update community set members = (select count(*) from users where ${activeSql()})`,
  ),
}

const looking = statement({
  name: 'connections: what has drifted',
  ...driftLooks,
  sql: ($) => `with counted as (
      select member_id, ${counts} from relation group by member_id
    ), drift as (
      ${names
        .map(
          (name) => `select '${name}' as what, u.id as member, u.${name} as kept, coalesce(c.${name}, 0) as counted,
              'member' as repair, array[u.id] as of
            from users u left join counted c on c.member_id = u.id where u.${name} <> coalesce(c.${name}, 0)`,
        )
        .join(' union all ')}
      union all
      select 'members', 0, members, n::int, 'members', '{}' from community, (select count(*) as n from users where ${activeSql()}) counted
        where members <> n
      union all
      select 'pair with ' || r.other_id, r.member_id, r.version, coalesce(t.version, 0), null, '{}'
        from relation r left join relation t on t.member_id = r.other_id and t.other_id = r.member_id
        where t.member_id is null or r.version <> t.version or r.place <> t.place
          or (r.following_place, r.sleeping_following) is distinct from (t.follower_place, t.sleeping_follower) or r.hidden_by <> (t.hidden_place is not null)
          or (r.request_id is not null and r.asked = t.asked)
          or (r.request_id, r.created, r.viewed, r.rejected) is distinct from (t.request_id, t.created, t.viewed, t.rejected)
          or not (case r.state + r.sleeping_state when 0 then t.state + t.sleeping_state = 0
            when 1 then t.state + t.sleeping_state = case when r.rejected is null then 2 else 3 end
            when 2 then t.state + t.sleeping_state = 1 and r.rejected is null
            when 3 then t.state + t.sleeping_state = 1 and r.rejected is not null
            else t.state + t.sleeping_state = 4 end)
      union all
      select 'relation of a member who is gone', u.id, 0, count(*)::int, null, '{}' from users u join relation r on r.member_id = u.id
        where ${leftSql('u.')} and (r.state > 0 or r.sleeping_state > 0 or r.following_place is not null or r.follower_place is not null
          or ${hiddenSql('r.')}) group by u.id
    )
    select * from drift order by what, member limit ${$.most}`,
})

/**
 * Counts again, in one snapshot, everything that acts keep: each counter of each member, and whether the two rows of
 * every pair agree. Any drift is a bug of Kith.
 * @param most rows reported at most
 */
export const findDrift = (db: Db, most = 100): Promise<Drift[]> => looking.rows(db, { most })
