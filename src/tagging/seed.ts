import type { Kith } from '../context.ts'
import { rules } from '../platform/search/fold.ts'
import { statement } from '../platform/sql/statement.ts'
import type { MadeUp } from '../seed/people.ts'
import { searchedOf } from '../tags/searched.ts'

/** Members with a tag that contributions are addressed by: moderators, and the third of members who write most. */
const circles = [
  { name: 'Moderators', color: '#7a3b8f', every: 3 },
  { name: 'Regulars', color: '#1f5f5b', every: 5 },
] as const
const part = 3

const making = statement({
  name: 'tagging: make up a tag to address by',
  takes: { tag: 'json', now: 'timestamptz' },
  gives: { id: 'bigint' },
  sql: ($) => `with there as (
      select id from tag where type = 'user' and name_key(name) = name_key(${$.tag} ->> 'name') and not deleted
    ), made as (
      insert into tag (type, name, color, folded_name, sort_name, created_at, search_rules)
      select 'user', name, color, folded_name, sort_name, ${$.now}, ${rules} from json_populate_record(null::tag, ${$.tag})
      where not exists (select from there) returning id
    ) select id from there union all select id from made`,
})

const giving = statement({
  name: 'tagging: give made-up members a tag to address by',
  takes: { tag: 'bigint', ids: 'bigint[]', staff: 'bigint[]?', most: 'int' },
  gives: {},
  sql: ($) => `update users u set tag_ids = u.tag_ids || ${$.tag} from (
      select id from users where id = any(${$.ids}) and (${$.staff} is null or id = any(${$.staff}))
      order by statuses + posts + discussions desc, id limit ${$.most}
    ) one where u.id = one.id and not ${$.tag} = any(u.tag_ids)`,
})

const addressing = statement({
  name: 'tagging: address made-up ones',
  takes: { tag: 'bigint', ids: 'bigint[]', every: 'int' },
  gives: {},
  // Only contributions that nobody has reacted to yet, and nobody shares.
  sql: ($) => `update contribution c set addressing = array[${$.tag}] from (
      select x.id, row_number() over (order by x.added_at, x.id) as n
      from contribution x join users u on u.id = x.author_id
      where x.author_id = any(${$.ids}) and ${$.tag} = any(u.tag_ids) and not x.deleted and x.addressing = '{}'
        and x.share_count = 0 and x.comment_count = 0
        and not exists (select from mark k join users m on m.id = k.member_id
          where k.target_id = x.id and k.kind = x.kind and not ${$.tag} = any(m.tag_ids))
    ) one where c.id = one.id and one.n % ${$.every} = 1`,
})

/** Tags of some made-up members, and a few contributions addressed by them. */
export const seeding = {
  lacks: () => null,
  async *write({ db, clock }: Kith, _: number, { ids, people }: MadeUp) {
    const staff = people.staff.map((each) => ids[each] as number)
    await db.transaction(async (tx) => {
      await tx.query(`set local statement_timeout = '10min'`)
      for (const { name, color, every } of circles) {
        const tag = await making.row(tx, {
          tag: JSON.stringify({ name, color, ...searchedOf(name) }),
          now: clock.now(),
        })
        if (!tag) continue
        const ofStaff = name === 'Moderators'
        const most = ofStaff ? staff.length : Math.ceil(ids.length / part)
        await giving.rows(tx, { tag: tag.id, ids, staff: ofStaff ? staff : null, most })
        await addressing.rows(tx, { tag: tag.id, ids, every })
      }
    })
    yield 0
  },
}
