import { lookAgain } from '../auth/again.ts'
import { member } from '../auth/audience.ts'
import type { MemberCtx } from '../context.ts'
import type { Db } from '../platform/db/database.ts'
import { statement } from '../platform/sql/statement.ts'
import type { Leaving } from '../slice.ts'

/** How many read contributions are kept one by one per member; beyond it, how many of the newest stay. */
const [mostKept, keptThen] = [250, 125]

const beginning = statement({
  name: 'feeds: a member begins to read',
  takes: { id: 'bigint' },
  gives: {},
  sql: ($) => `insert into feed_reader (member_id) values (${$.id}) on conflict do nothing`,
})

const locking = statement({
  name: 'feeds: lock a reader',
  takes: { id: 'bigint' },
  gives: { id: 'bigint' },
  sql: ($) => `select member_id as id from feed_reader where member_id = ${$.id} for no key update`,
})

const reading = statement({
  name: 'feeds: read',
  takes: { id: 'bigint', ids: 'bigint[]' },
  gives: {},
  // Contributions that do not exist, or count as read anyway, are not kept.
  sql: ($) => `with read as materialized (
      select c.id, c.added_at, row_number() over (order by c.added_at desc, c.id desc) as nth, count(*) over () as n
      from feed_reader r join contribution c on c.id = any(r.read || ${$.ids}) and not c.deleted
        and c.added_at > coalesce(r.read_before, '-infinity')
      where r.member_id = ${$.id}
    ), kept as (
      select array_agg(id) as ids from read where n <= ${mostKept} or nth <= ${keptThen}
    )
    update feed_reader set read = coalesce(kept.ids, '{}'),
      read_before = greatest(read_before, (select max(added_at) from read where n > ${mostKept} and nth > ${keptThen}))
    from kept where member_id = ${$.id}`,
})

/** Notes that the caller has read some contributions. Unknown ids are ignored. */
export async function readUnits(ctx: MemberCtx, ids: number[]): Promise<void> {
  if (!ids.length) return
  const { id } = ctx.actor
  await ctx.kith.db.transaction(async (tx) => {
    await lookAgain(tx, ctx, member)
    await beginning.rows(tx, { id })
    await locking.rows(tx, { id })
    await reading.rows(tx, { id, ids })
  })
}

const forgetting = statement({
  name: 'feeds: forget a reader',
  takes: { id: 'bigint' },
  gives: {},
  sql: ($) => `delete from feed_reader where member_id = ${$.id}`,
})

/** Deletes what a member who leaves has read, in the given transaction. */
export async function forgetReader(tx: Db, { id }: Leaving): Promise<void> {
  await forgetting.rows(tx, { id })
}
