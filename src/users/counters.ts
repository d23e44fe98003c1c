import { isAdmin } from '../auth/actor.ts'
import { byFlags, flagsSeenBy, view } from '../community/flags.ts'
import type { Ctx } from '../context.ts'
import type { Json } from '../platform/http/endpoint.ts'
import { statement } from '../platform/sql/statement.ts'
import { integer, renderSql, shown } from '../platform/sql/view.ts'
import { noMember } from './inputs.ts'
import { receivedShownSql } from './views.ts'

// The documentation says `connections`, the client's types `connections_counter`: both are here.
const countersOf = (received: string) =>
  view('UserCounters', 'How much a member has of everything.', {
    discussions: integer('u.discussions', (flags) => flags.discussions),
    posts: integer('u.posts', (flags) => flags.posts),
    statuses: integer('u.statuses', (flags) => flags.statuses),
    polls: integer('u.polls'),
    followings: integer('u.followings', (flags) => flags.follow),
    followers: integer('u.followers', (flags) => flags.follow),
    connection_requests_sent: integer('u.requests_sent', (flags) => flags.friendship),
    connection_requests_sent_counter: integer('u.requests_sent', (flags) => flags.friendship),
    connection_requests_received: integer(received, (flags) => flags.friendship),
    connection_requests_received_counter: integer(received, (flags) => flags.friendship),
    connections: integer('u.connections', (flags) => flags.friendship),
    connections_counter: integer('u.connections', (flags) => flags.friendship),
    categories: integer('u.categories'),
  })

/** As others see them: rejections are not revealed. */
export const UserCounters = countersOf(receivedShownSql)
/** As the member and administrators see them. */
const OwnCounters = countersOf('u.requests_received')

const counting = statement({
  name: 'users: counters',
  takes: { id: 'bigint' },
  gives: { json: shown(UserCounters) },
  variants: () => byFlags().flatMap((each) => [false, true].map((own) => ({ ...each, own }))),
  sql: ($, { flags, own }) => `select ${renderSql(own ? OwnCounters : UserCounters, flags)}::text as json
    from users u where u.id = ${$.id} and u.status not in ('u', 'w')`,
})

/** A member's counters, as the caller may see them. */
export async function renderCounters(ctx: Ctx, id: number): Promise<Json<'UserCounters'>> {
  const own = ctx.actor?.id === id || isAdmin(ctx.actor)
  const row = await counting.row(ctx.db, { id }, { flags: flagsSeenBy(ctx.actor, ctx.community), own })
  if (!row) throw noMember()
  return row
}
