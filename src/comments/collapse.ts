import { byFlags, flagsFor } from '../community/flags.ts'
import type { Community } from '../community/state.ts'
import type { Db } from '../platform/db/database.ts'
import { emit } from '../platform/events/emit.ts'
import { statement } from '../platform/sql/statement.ts'
import { commentUpdated } from './events.ts'
import { eventData } from './views.ts'

const setting = statement({
  name: 'comments: collapse or not',
  takes: { id: 'bigint', collapsed: 'boolean', now: 'timestamptz' },
  gives: {},
  variants: byFlags,
  sql: ($, { flags }) => `with c as (
      update comment set collapsed = ${$.collapsed} where id = ${$.id} returning *
    ), author as materialized (
      select * from users where id = (select author_id from c)
    )
    ${emit($.now, [commentUpdated, eventData(flags), 'from c'])}`,
})

/** Hides a locked comment from all but its author and moderators, or shows it again. */
export async function setCollapsed(
  tx: Db,
  id: number,
  collapsed: boolean,
  { now, community }: { now: Date; community: Community },
): Promise<void> {
  await setting.rows(tx, { id, collapsed, now }, { flags: flagsFor(community, true) })
}
