import { flagsFor } from '../community/flags.ts'
import type { Community } from '../community/state.ts'
import type { Db } from '../platform/db/database.ts'
import { emit } from '../platform/events/emit.ts'
import { statement } from '../platform/sql/statement.ts'
import { contributionEvents } from './events.ts'
import { byKindAndFlags, type Kind } from './kinds.ts'
import { eventData } from './views.ts'

const setting = statement({
  name: 'contributions: collapse or not',
  takes: { id: 'bigint', collapsed: 'boolean', now: 'timestamptz' },
  gives: {},
  variants: byKindAndFlags,
  sql: ($, { kind, flags }) => `with c as (
      update contribution set collapsed = ${$.collapsed} where id = ${$.id} returning *
    ), author as materialized (
      select * from users where id = (select author_id from c)
    )
    ${emit($.now, [contributionEvents[kind.name].updated, eventData(kind, flags), 'from c'])}`,
})

/** Hides a locked contribution from all but its author and moderators, or shows it again. */
export async function setCollapsed(
  tx: Db,
  kind: Kind,
  id: number,
  collapsed: boolean,
  { now, community }: { now: Date; community: Community },
): Promise<void> {
  await setting.rows(tx, { id, collapsed, now }, { kind, flags: flagsFor(community, true) })
}
