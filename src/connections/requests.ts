import type { MemberCtx } from '../context.ts'
import { notFound } from '../platform/errors.ts'
import { fetchPage, keptLists, type List } from '../platform/http/list.ts'
import type { PageRequest, PageRows } from '../platform/http/page.ts'
import { type Field, integer, nested, nullableMoment, renderSql, view } from '../platform/http/view.ts'
import { renderUser } from '../users/queries.ts'
import { type Shown, shownBy, shownKey, User } from '../users/views.ts'

/** Requests somebody received, sent, or received and rejected. */
export type Box = 'received' | 'sent' | 'rejected'

const boxes: Record<Box, { state: number; counter: string }> = {
  received: { state: 2, counter: 'requests_received' },
  sent: { state: 1, counter: 'requests_sent' },
  rejected: { state: 3, counter: 'requests_rejected' },
}

const other = nested<Shown>(User.schema, renderUser)
/**
 * The owner of the list stands in every item, but is rendered once and travels from the database once: this character
 * holds the place. JSON escapes it everywhere else.
 */
const owner = nested<Shown>(User.schema, 'chr(1)')

const requestFields = (from_user: Field<Shown>, to_user: Field<Shown>) => ({
  id: integer<Shown>('p.request_id'),
  from_user,
  to_user,
  created: nullableMoment<Shown>('p.created'),
  rejected: nullableMoment<Shown>('p.rejected'),
  viewed: nullableMoment<Shown>('p.viewed'),
})

/** A request, as the one who received it sees it. */
export const ConnectionRequest = view(
  'ConnectionRequest',
  'A request of one member to be connected with another.',
  requestFields(other, owner),
)

/** As the one who sent it sees it: a refusal is not revealed. */
const SentRequest = view('ConnectionRequest', '', {
  ...requestFields(owner, other),
  rejected: { ...nullableMoment<Shown>('p.rejected'), sql: 'null::text' },
})

const lists = keptLists()

function listFor(box: Box, own: boolean, shown: Shown): List {
  const key = `${box} ${own} ${shownKey(shown)}`
  const kept = lists.get(key)
  if (kept) return kept
  const { state, counter } = boxes[box]
  const list: List = {
    columns: 'r.other_id, r.state, r.following_place, r.request_id, r.created, r.rejected, r.viewed',
    from: `from relation r where r.member_id = $1 and r.state = ${state}`,
    keys: [{ sql: 'r.place', descending: true, type: 'bigint' }],
    with: `owner as materialized (select ${renderUser(shown)} as owner, u.${counter} as total
      from users u left join relation v on v.member_id = $2::bigint and v.other_id = u.id
      where u.id = $1 and u.status in ('a', 'b'))`,
    joins: own
      ? 'join users u on u.id = p.other_id cross join lateral (select p.state, p.following_place) v'
      : 'join users u on u.id = p.other_id left join relation v on v.member_id = $2::bigint and v.other_id = u.id',
    render: renderSql(box === 'sent' ? SentRequest : ConnectionRequest, shown),
    count: 'select total from owner',
    extra: { owner: 'select owner from owner' },
  }
  lists.set(key, list)
  return list
}

/** A page of a member's requests, the newest first. */
export async function listRequests(ctx: MemberCtx, box: Box, ownerId: number, page: PageRequest): Promise<PageRows> {
  const list = listFor(box, ownerId === ctx.actor.id, shownBy(ctx.community, true))
  const { extra, ...rows } = await fetchPage<{ owner: string | null }>(ctx.db, list, [ownerId, ctx.actor.id], page)
  const { owner } = extra
  if (!owner) throw notFound('There is no member of this id.')
  return { ...rows, rows: rows.rows.replaceAll('\u0001', () => owner) }
}
