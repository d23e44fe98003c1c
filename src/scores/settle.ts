import { activeSql } from '../auth/status.ts'
import type { Kith } from '../context.ts'
import type { Db } from '../platform/db/database.ts'
import { emit } from '../platform/events/emit.ts'
import { failpoint } from '../platform/failpoint.ts'
import { chosenSql } from '../platform/sql/chosen.ts'
import { statement } from '../platform/sql/statement.ts'
import { renderSql } from '../platform/sql/view.ts'
import { scoreUpdated } from './events.ts'
import { WebhookScore } from './views.ts'
import { worthSql } from './worth.ts'

/** Due points given at a time: each to another member, who waits; or most to the same few, whom nobody tells of them. */
const batches = { told: 1_000, quiet: 5_000 }

const ofEntries = 'from entry s join moved u on u.id = s.member_id order by s.id'

/**
 * SQL that adds the entries of a CTE named `entry` to what is kept: the reputation of the members (`moved`), their
 * totals and counts; and emits their events, if wanted. A CTE before it locks the members, in the order of their ids.
 */
export const givingSql = (now: string, told = true) => `sums as (
      select member_id, sum(points)::int as points, count(*)::int as n from entry group by member_id
    ), moved as (
      update users u set reputation = u.reputation + s.points from sums s where u.id = s.member_id returning u.*
    ), total as (
      insert into score_total as t (member_id, points, entries)
      select member_id, points, n from sums order by member_id
      on conflict (member_id) do update set points = t.points + excluded.points, entries = t.entries + excluded.entries
      returning member_id, entries
    ), parts as materialized (
      select member_id % 16 as part, sum(s.n)::int as entries, (count(*) filter (where t.entries = s.n))::int as members
      from sums s join total t using (member_id) group by 1
    ), locked_parts as materialized (
      select part from score_count where part in (select part from parts) order by part for no key update
    ), counted as (
      update score_count c set entries = c.entries + p.entries, members = c.members + p.members
      from parts p where c.part = p.part and c.part in (select part from locked_parts)
    )${told ? `, emitted as (${emit(now, [scoreUpdated, renderSql(WebhookScore, null), ofEntries])})` : ''}`

const settling = statement({
  name: 'scores: give what is due',
  takes: { now: 'timestamptz', batch: 'int' },
  gives: { n: 'int' },
  variants: () => [true, false].map((told) => ({ told })),
  // Rows locked by another node are left to it. Members who have left get nothing more. After an import there are millions that
  // nobody is told of: by members, since each entry has all that one member gets for one thing.
  sql: ($, { told }) => `with due as (
      delete from score_due where ${chosenSql(
        'id',
        `select id from score_due where ${told ? 'not ' : ''}quiet
        order by ${told ? 'id' : 'member_id'} limit ${$.batch} for update skip locked`,
      )}
      returning member_id, type, n
    ), worth as (
      select member_id, type, (sum(n) * min(w.points))::int as points
      from due join ${worthSql} w (type, points) using (type) group by member_id, type
    ), locked as materialized (
      select id from users where id in (select member_id from worth) and ${activeSql()} order by id for no key update
    ), entry as (
      insert into score (member_id, points, type, at)
      select member_id, points, type, ${$.now} from worth where member_id in (select id from locked) order by member_id, type
      returning *
    ), ${givingSql($.now, told)}
    select count(*)::int as n from due`,
})

const looking = statement({
  name: 'scores: whether anything is due',
  takes: {},
  gives: { due: 'boolean' },
  sql: () => 'select exists (select from score_due) as due',
})

/**
 * Gives members the points that acts were worth, and takes back those no longer due. Points of one type that came
 * together are one entry, with one event.
 * @param stopped whether what is left is to wait
 */
export async function settleScores(kith: Kith, stopped = () => false): Promise<void> {
  // If nothing has happened, this query is the whole cost.
  if (!(await looking.row(kith.db, {}))?.due) return
  for (const told of [true, false]) await settle(kith, told, stopped)
}

async function settle({ db, clock }: Kith, told: boolean, stopped: () => boolean): Promise<void> {
  const batch = told ? batches.told : batches.quiet
  while (!stopped()) {
    // Acts lock members in an order of their own: after a deadlock with one, this is tried again.
    const row = await db.transaction((tx) => settling.row(tx, { now: clock.now(), batch }, { told }))
    failpoint('scores settled')
    if (row?.n !== batch) return
  }
}

const quieting = statement({
  name: 'scores: tell nobody of points',
  takes: {},
  gives: {},
  sql: () => `select from set_config('kith.quiet', 'on', true)`,
})

/** Gives the points of this transaction's acts without events: the acts are made up, or happened elsewhere. */
export const giveQuietly = (tx: Db) => quieting.rows(tx, {})
