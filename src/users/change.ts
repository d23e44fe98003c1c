import { checkAgain } from '../auth/again.ts'
import { activeSelf } from '../auth/audience.ts'
import { activeSql } from '../auth/status.ts'
import { byFlags, type Flags, flagsFor } from '../community/flags.ts'
import type { Ctx } from '../context.ts'
import type { Db } from '../platform/db/database.ts'
import { decide, outdated } from '../platform/db/decide.ts'
import type { EventDeclaration } from '../platform/events/declare.ts'
import { emit } from '../platform/events/emit.ts'
import { statement } from '../platform/sql/statement.ts'
import { renderSql, type View } from '../platform/sql/view.ts'
import { noMember } from './inputs.ts'

/** Who changes something, in which community, and when. */
export type Changing = Pick<Ctx, 'kith' | 'actor' | 'community' | 'now'>

/** A part of a member's row that changes as one. */
export type Part = {
  name: string
  columns: string[]
  /** Columns that follow from the others: SQL of each, from the row u as it was and n as it will be. */
  follows?: Record<string, string>
  /** Columns that follow from those: they are written too, but do not count as a change. */
  derived?: string[]
  /** A jsonb column whose fields change one by one; null removes one. */
  merged?: string
  /** The event of a change, and the view it shows. */
  event: EventDeclaration
  view: View<Flags>
}

/**
 * Declares the change of a part: it sets the columns that `changes` names, and leaves the others. A change without
 * effect has no event.
 */
export function declareChange({ name, columns, derived = [], follows = {}, merged, event, view }: Part) {
  const of = (row: string, which = columns) => which.map((column) => `${row}.${column}`).join(', ')
  const written = [...columns, ...derived]
  const all = [...written, ...Object.keys(follows)].join(', ')
  const next = [of('n', written), ...Object.values(follows)].join(', ')
  const asSent = (changes: string) =>
    merged
      ? `(${changes}::jsonb || jsonb_build_object('${merged}',
          jsonb_strip_nulls(before.${merged} || coalesce(${changes}::jsonb -> '${merged}', '{}'))))::json`
      : changes
  const changing = statement({
    name: `users: change ${name}`,
    takes: { id: 'bigint', changes: 'json', now: 'timestamptz', version: 'int', blocked: 'boolean' },
    gives: { status: 'text', version: 'int' },
    variants: byFlags,
    sql: ($, { flags }) => `with changed as (
      update users u set (${all}) = row(${next})
      from (select (json_populate_record(before, ${asSent($.changes)})).* from users before where id = ${$.id} for update) n
      where u.id = ${$.id} and (u.status = 'a' or u.status = 'b' and ${$.blocked})
        and (select version from community) = ${$.version} and (${of('n')}) is distinct from (${of('u')})
      returning u.*
    ), emitted as (
      ${emit($.now, [event, renderSql(view, flags), 'from changed u'])}
    )
    select status::text as status, (select version from community) as version
    from users where id = ${$.id} and ${activeSql()}`,
  })

  /**
   * Changes it.
   * @param ctx who changes it; nobody in a chore
   * @param db a transaction of which it is a part
   */
  return async function change(ctx: Changing, id: number, changes: object, db: Db = ctx.kith.db): Promise<void> {
    let { community } = ctx
    const { actor } = ctx
    await decide(async () => {
      const { version } = community
      const values = { id, changes: JSON.stringify(changes), now: ctx.now, version, blocked: actor?.id !== id }
      const row = await changing.row(db, values, { flags: flagsFor(community, true) })
      // Administrators change the profiles of blocked members, too.
      if (actor?.id === id) checkAgain({ actor }, activeSelf, row)
      else if (!row) throw noMember()
      if (row?.version === version) return
      community = await ctx.kith.community.refresh()
      return outdated
    })
  }
}
