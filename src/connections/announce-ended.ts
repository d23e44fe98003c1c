import { byFlags, flagsFor } from '../community/flags.ts'
import { loadCommunity } from '../community/state.ts'
import type { Kith } from '../context.ts'
import { emitRows } from '../platform/events/emit.ts'
import { statement } from '../platform/sql/statement.ts'
import { renderSql } from '../platform/sql/view.ts'
import { WebhookUser } from '../users/views.ts'
import { eventTypes } from './relationship.ts'
import { bothSql } from './shown.ts'

/** Events per statement. */
const batch = 500

const announcing = statement({
  name: 'connections: announce what ended while its mode was off',
  takes: { types: 'text[]', version: 'int', now: 'timestamptz' },
  gives: { done: 'int' },
  variants: byFlags,
  // A second node waits for the first few rows and then finds them gone, so events are announced in the order they
  // were postponed.
  sql($, { flags }) {
    const person = (id: string) => `(select data from person where person.id = ${id})`
    return `with due as materialized (
      select id from postponed_event where type = any(${$.types}) order by id limit ${batch} for update
    ), gone as (
      delete from postponed_event p using due
      where p.id = due.id and (select version from community) = ${$.version} returning p.*
    ), person as (
      select u.id, ${renderSql(WebhookUser, flags)} as data from users u
      where u.id in (select from_id from gone union select to_id from gone)
    ), emitted as (
      ${emitRows($.now, `select type, ${bothSql(person('gone.to_id'), person('gone.from_id'))} as data from gone order by gone.id`)}
    )
    select count(*)::int as done from gone`
  },
})

/**
 * Announces relations that ended while their mode was off, now that the community is in that mode: replaying the log
 * then gives the state of the database. Works in batches of some hundreds, each in its own transaction, and stops
 * when the mode changes. Any node can take it up again.
 * @returns how many
 */
export async function announceEnded(kith: Kith): Promise<number> {
  let announced = 0
  for (;;) {
    const community = await loadCommunity(kith.db)
    const { version, mode } = community
    const values = { types: [...eventTypes[mode]], version, now: kith.clock.now() }
    const row = await announcing.row(kith.db, values, { flags: flagsFor(community, true) })
    const done = row?.done ?? 0
    announced += done
    if (done < batch) return announced
  }
}
