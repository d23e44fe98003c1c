import { mustBeActive } from '../auth/audience.ts'
import { byFlags, type Flags, flagsFor } from '../community/flags.ts'
import type { MemberCtx } from '../context.ts'
import type { EventDeclaration } from '../platform/events/declare.ts'
import { emit } from '../platform/events/emit.ts'
import { renderSql, type View } from '../platform/http/view.ts'
import { statement } from '../platform/sql/statement.ts'
import { noMember } from './inputs.ts'

/** A part of a member's row that changes as one: its columns, the event of a change, and what the event shows. */
export type Part = {
  name: string
  columns: string[]
  /** Columns that follow from those: they are written along, and do not make a change. */
  derived?: string[]
  event: EventDeclaration
  view: View<Flags>
}

/**
 * Declares the change of a part: it sets the columns that `changes` names, and leaves the others as they are. A change
 * that changes nothing emits nothing.
 */
export function declareChange({ name, columns, derived = [], event, view }: Part) {
  const all = [...columns, ...derived]
  const of = (row: string, which = columns) => which.map((column) => `${row}.${column}`).join(', ')
  const changing = statement({
    name: `users: change ${name}`,
    takes: { id: 'bigint', changes: 'json', now: 'timestamptz' },
    gives: { status: 'text' },
    variants: byFlags,
    sql: ($, { flags }) => `with changed as (
      update users u set (${all.join(', ')}) = row(${of('n', all)})
      from (select (json_populate_record(before, ${$.changes})).* from users before where id = ${$.id} for update) n
      where u.id = ${$.id} and u.status = 'a' and (${of('n')}) is distinct from (${of('u')})
      returning u.*
    ), emitted as (
      ${emit($.now, [event, renderSql(view, flags), 'from changed u'])}
    )
    select status::text as status from users where id = ${$.id} and status in ('a', 'b')`,
  })

  return async function change({ db, community, now }: MemberCtx, id: number, changes: object): Promise<void> {
    const values = { id, changes: JSON.stringify(changes), now }
    const row = await changing.row(db, values, { flags: flagsFor(community, true) })
    if (!row) throw noMember()
    // They may have been blocked since they were let in.
    mustBeActive(row)
  }
}
