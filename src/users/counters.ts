import { isAdmin } from '../auth/actor.ts'
import type { Ctx } from '../context.ts'
import { notFound } from '../platform/errors.ts'
import type { Json } from '../platform/http/endpoint.ts'
import { integer, renderSql, view } from '../platform/http/view.ts'
import { textFor } from './queries.ts'
import { receivedShownSql, type Shown, shownBy } from './views.ts'

// The documentation has `connections`, the client's types `connections_counter`: both are here.
const countersOf = (received: string) =>
  view<Shown>('UserCounters', 'How much a member has of everything.', {
    discussions: integer('u.discussions', (shown) => shown.discussions),
    posts: integer('u.posts', (shown) => shown.posts),
    statuses: integer('u.statuses', (shown) => shown.statuses),
    polls: integer('u.polls', (shown) => shown.polls),
    followings: integer('u.followings', (shown) => shown.follow),
    followers: integer('u.followers', (shown) => shown.follow),
    connection_requests_sent: integer('u.requests_sent', (shown) => shown.friendship),
    connection_requests_sent_counter: integer('u.requests_sent', (shown) => shown.friendship),
    connection_requests_received: integer(received, (shown) => shown.friendship),
    connection_requests_received_counter: integer(received, (shown) => shown.friendship),
    connections: integer('u.connections', (shown) => shown.friendship),
    connections_counter: integer('u.connections', (shown) => shown.friendship),
    categories: integer('u.categories'),
  })

/** As others see them: a refusal is not revealed. */
export const UserCounters = countersOf(receivedShownSql)
/** As the member and administrators see them. */
const OwnCounters = countersOf('u.requests_received')

/** A member's counters, as the one who calls may see them. */
export async function renderCounters(ctx: Ctx, id: number): Promise<Json> {
  const shown = shownBy(ctx.community, ctx.actor !== null)
  const own = ctx.actor?.id === id || isAdmin(ctx.actor)
  const text = textFor(`counters ${own}`, shown, () => {
    return `select ${renderSql(own ? OwnCounters : UserCounters, shown)}::text as json from users u where u.id = $1 and u.status <> 'u'`
  })
  const [row] = await ctx.db.query<Json>(text, [id])
  if (!row) throw notFound('There is no member of this id.')
  return row
}
