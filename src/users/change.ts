import { type Flags, flagsFor } from '../community/flags.ts'
import type { MemberCtx } from '../context.ts'
import { notFound } from '../platform/errors.ts'
import { emitSql } from '../platform/events/emit.ts'
import { renderSql, type View } from '../platform/http/view.ts'
import { textFor } from './queries.ts'

/** A part of a member's row that is changed as one: its columns, the event that tells it, and what the event shows. */
export type Part = { columns: string[]; event: string; told: View<Flags> }

/**
 * Sets what `changes` names among the columns of a part; the rest stays. A change that changes nothing tells nothing.
 */
export async function changeMember(ctx: MemberCtx, id: number, part: Part, changes: object): Promise<void> {
  const shown = flagsFor(ctx.community, true)
  const text = textFor(part.event, shown, () => {
    const fresh = part.columns.map((name) => `n.${name}`).join(', ')
    const old = part.columns.map((name) => `u.${name}`).join(', ')
    return `with changed as (
      update users u set (${part.columns.join(', ')}) = row(${fresh})
      from (select (jsonb_populate_record(before, $2::jsonb)).* from users before where id = $1 for update) n
      where u.id = $1 and u.status in ('a', 'b') and (${fresh}) is distinct from (${old})
      returning u.*
    ), told as (
      ${emitSql(`select '${part.event}' as type, ${renderSql(part.told, shown)} as data from changed u`, '$3::timestamptz')}
    )
    select 1 from users where id = $1 and status in ('a', 'b')`
  })
  const rows = await ctx.db.query(text, [id, JSON.stringify(changes), ctx.now.toISOString()])
  if (!rows.length) throw notFound('There is no member of this id.')
}
