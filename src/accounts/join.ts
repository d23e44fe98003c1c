import { joining } from '../categories/follow.ts'
import type { Flags } from '../community/flags.ts'
import { emit } from '../platform/events/emit.ts'
import { renderSql } from '../platform/sql/view.ts'
import { userCreated } from '../users/events.ts'
import { WebhookUser } from '../users/views.ts'

type Joining = {
  /** SQL that writes the rows of the members and returns them, given SQL of how many categories each follows. */
  made(categories: string): string
  /** More CTEs, which may read `made`. */
  also?: string
  /** SQL condition under which anybody joins at all. */
  asIs?: string
  /** Whether to emit their events. */
  told?: boolean
}

/**
 * SQL, as CTEs, of members who join: their rows as `made`, the categories they follow, the community's count, the events.
 * @param now SQL of the moment
 */
export function joinSql(flags: Flags, now: string, { made, also, asIs, told = true }: Joining): string {
  const follows = joining(flags, now, asIs)
  const created = [userCreated, renderSql(WebhookUser, flags), 'from (select * from made order by id) u'] as const
  return `${follows.before}, made as (
      ${made(follows.count)}
    ), ${follows.after}, ${also ? `${also}, ` : ''}counted as (
      update community set members = members + many.n from (select count(*)::int as n from made) many where many.n > 0
    ), emitted as (
      ${told ? emit(now, [...created], follows.emitted) : 'select 1'}
    )`
}
