import { mustBeActive } from '../auth/audience.ts'
import type { MemberCtx } from '../context.ts'
import { notFound } from '../platform/errors.ts'
import { emitSql } from '../platform/events/emit.ts'
import { renderSql, type View } from '../platform/http/view.ts'
import { textFor } from './queries.ts'
import { type Shown, shownBy } from './views.ts'

/** A part of a member's row that is changed as one: its columns, the event that tells it, and what the event shows. */
export type Part = { columns: string[]; event: string; told: View<Shown> }

/**
 * Sets what `changes` names among the columns of a part; the rest stays. A change that changes nothing tells nothing.
 */
export async function changeMember(ctx: MemberCtx, id: number, part: Part, changes: object): Promise<void> {
  const shown = shownBy(ctx.community, true)
  const text = textFor(part.event, shown, () => {
    const fresh = part.columns.map((name) => `n.${name}`).join(', ')
    const old = part.columns.map((name) => `u.${name}`).join(', ')
    return `with changed as (
      update users u set (${part.columns.join(', ')}) = row(${fresh})
      from (select (jsonb_populate_record(before, $2::jsonb)).* from users before where id = $1 for update) n
      where u.id = $1 and u.status = 'a' and (${fresh}) is distinct from (${old})
      returning u.*
    ), told as (
      ${emitSql(`select '${part.event}' as type, ${renderSql(part.told, shown)} as data from changed u`, '$3::timestamptz')}
    )
    select status::text as status from users where id = $1 and status in ('a', 'b')`
  })
  const values = [id, JSON.stringify(changes), ctx.now.toISOString()]
  const [member] = await ctx.db.query<{ status: string }>(text, values)
  if (!member) throw notFound('There is no member of this id.')
  // They may have been blocked since they were let in.
  mustBeActive(member)
}
