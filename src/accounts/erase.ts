import { loadCommunity } from '../community/state.ts'
import type { Kith } from '../context.ts'
import { eraseFromEvents } from '../eventlog/erase.ts'
import type { Db } from '../platform/db/database.ts'
import { failpoint } from '../platform/failpoint.ts'
import { type Finding, wrong } from '../platform/finding.ts'
import { statement } from '../platform/sql/statement.ts'
import type { Erasing, Slice } from '../slice.ts'

/** Events looked at in one transaction. */
const eventsAtOnce = 2_000

/**
 * Erases some of what slices keep of a member. Slices that build on others come first: what a member wrote is empty
 * before their votes for it are taken back, with an event that shows it.
 * @returns whether there may be more
 */
export async function eraseSome(tx: Db, slices: readonly Slice[], erasing: Erasing): Promise<boolean> {
  for (const { whenMemberIsErased } of slices.toReversed()) if (await whenMemberIsErased?.(tx, erasing)) return true
  return false
}

const pending = statement({
  name: 'accounts: members whose things are to be erased',
  takes: {},
  gives: { id: 'bigint' },
  sql: () => 'select member_id as id from erasure where fence is null order by began, member_id',
})

const locking = statement({
  name: 'accounts: lock an erasure',
  takes: { id: 'bigint' },
  gives: { id: 'bigint' },
  sql: ($) => `select member_id as id from erasure where member_id = ${$.id} and fence is null for update skip locked`,
})

const fencing = statement({
  name: 'accounts: nothing but events is left to erase',
  takes: { id: 'bigint' },
  gives: {},
  sql: ($) => `update erasure set fence = pg_snapshot_xmax(pg_current_snapshot()) where member_id = ${$.id}`,
})

/**
 * Erases what slices keep of a member, until nothing is left. If another node is doing this, it is left to that node.
 */
async function eraseThings({ db, clock, slices }: Kith, id: number): Promise<void> {
  for (let more = true; more; ) {
    more = await db.transaction(async (tx) => {
      if (!(await locking.row(tx, { id }))) return false
      const erasing = { id, now: clock.now(), community: await loadCommunity(tx) }
      if (await eraseSome(tx, await slices(), erasing)) return true
      await fencing.rows(tx, { id })
      return false
    })
    failpoint('some erased')
  }
}

// Transactions that wrote about the member before have ended by now, so no later event names them.
const beginning = statement({
  name: 'accounts: begin to erase from the log',
  takes: {},
  gives: {},
  sql: () => `update erasure set position = 0, until = (select coalesce(max(id), 0) from event)
    where position is null and fence <= pg_snapshot_xmin(pg_current_snapshot())`,
})

const group = statement({
  name: 'accounts: members to be erased from the log together',
  takes: {},
  gives: { members: 'bigint[]', position: 'bigint', until: 'bigint' },
  sql: () => `select array_agg(member_id) as members, position, until from (
      select * from erasure where position is not null and done is null order by until for update skip locked
    ) free group by position, until order by until limit 1`,
})

const advancing = statement({
  name: 'accounts: go on in the log',
  takes: { members: 'bigint[]', position: 'bigint', done: 'timestamptz?' },
  gives: {},
  sql: ($) => `update erasure set position = ${$.position}, done = ${$.done} where member_id = any(${$.members})`,
})

/** Removes all waiting members from the event log together: one pass, however many they are. */
async function eraseEvents({ db, clock, slices }: Kith): Promise<number> {
  let erased = 0
  await beginning.rows(db, {})
  for (let more = true; more; ) {
    more = await db.transaction(async (tx) => {
      const next = await group.row(tx, {})
      if (!next) return false
      const { members, position, until } = next
      const range = { after: position, upTo: until, batch: eventsAtOnce }
      const { n, last, changed } = await eraseFromEvents(tx, members, range)
      if (changed.length) for (const { whenEventsAreErased } of await slices()) await whenEventsAreErased?.(tx, changed)
      const done = n < eventsAtOnce ? clock.now() : null
      await advancing.rows(tx, { members, position: last ?? until, done })
      if (done) erased += members.length
      return true
    })
    failpoint('some events erased')
  }
  return erased
}

const forgetting = statement({
  name: 'accounts: forget erasures',
  takes: { now: 'timestamptz' },
  gives: {},
  sql: ($) => `delete from erasure where done < ${$.now} - interval '1 hour'`,
})

/**
 * Continues the erasure of members who were hard-deleted: first what slices keep, then what the event log says of
 * them. Each step is a transaction that notes how far it came, so it can go on after any interruption.
 * @returns how many members are erased now who were not before
 */
export async function continueErasures(kith: Kith): Promise<number> {
  for (const { id } of await pending.rows(kith.db, {})) await eraseThings(kith, id)
  const erased = await eraseEvents(kith)
  await forgetting.rows(kith.db, { now: kith.clock.now() })
  return erased
}

const late = statement({
  name: 'accounts: erasures that take too long',
  takes: {},
  gives: { n: 'int', first: 'text?' },
  sql: () => `select count(*)::int as n, to_char(min(began) at time zone 'UTC', 'YYYY-MM-DD') as first
    from erasure where done is null and began < now() - interval '1 day'`,
})

/** Whether an erasure takes longer than it should. Until it ends, the member is hidden. */
export async function examineErasures(db: Db): Promise<Finding[]> {
  const row = await late.row(db, {})
  if (!row?.n) return []
  return [
    wrong(
      `erasures: ${row.n} not done yet, the first of ${row.first}. Run kith serve or kith work, and end ` +
        'transactions that somebody left open (pg_stat_activity, pg_prepared_xacts).',
    ),
  ]
}
