import { isAdmin } from '../auth/actor.ts'
import { activeSql } from '../auth/status.ts'
import { byFlags, everyFlags, type Flags, flagsSeenBy } from '../community/flags.ts'
import type { MemberCtx } from '../context.ts'
import { notFound } from '../platform/errors.ts'
import type { PageRequest, PageRows } from '../platform/http/page.ts'
import { list } from '../platform/sql/list.ts'
import {
  type Field,
  inFragments,
  integer,
  nested,
  nullableMoment,
  renderingOf,
  renderSql,
  viewsOf,
} from '../platform/sql/view.ts'
import { memberRow, PrivateProfile, User } from '../users/views.ts'
import { relationJoin } from '../users/visibility.ts'

/** Requests somebody received, sent, or received and rejected. */
export type Box = 'received' | 'sent' | 'rejected'

const boxes: Record<Box, { state: number; counter: string }> = {
  received: { state: 2, counter: 'requests_received' },
  sent: { state: 1, counter: 'requests_sent' },
  rejected: { state: 3, counter: 'requests_rejected' },
}

/** The flags, and whether the viewer may see the member's e-mail address. */
type WithEmail = { flags: Flags; email: boolean }

const requestView = viewsOf<WithEmail>()

const ofFlags = ({ sql, when, ...field }: Field<Flags>): Field<WithEmail> => ({
  ...field,
  sql: typeof sql === 'string' ? sql : ({ flags }, viewer) => sql(flags, viewer),
  when: when && (({ flags }) => when(flags)),
})
const { email, email_isvalid } = PrivateProfile.fields as Record<string, Field<Flags>>
const forSome = (field: Field<Flags>) => ({ ...ofFlags(field), when: ({ email }: WithEmail) => email })

/** The documentation says `birthday` here, and `date_of_birth` everywhere else. */
const RequestUser = inFragments(
  requestView(
    'ConnectionRequestUser',
    'One of the two members of a request. The e-mail address is shown to the member themselves and to administrators.',
    {
      ...Object.fromEntries(Object.entries(User.fields).map(([name, field]) => [name, ofFlags(field)])),
      birthday: ofFlags({ ...(User.fields.date_of_birth as Field<Flags>), kept: undefined }),
      email: forSome(email as Field<Flags>),
      email_isvalid: forSome(email_isvalid as Field<Flags>),
    },
  ),
  { ...memberRow, flags: () => everyFlags().flatMap((flags) => [true, false].map((email) => ({ flags, email }))) },
)

const renderRequestUser = (flags: Flags, email: boolean) => renderSql(RequestUser, { flags, email })

const other = nested<WithEmail>(RequestUser.schema, ({ flags, email }) => renderRequestUser(flags, email))
/** The owner of the list appears in every item, so its rendering is repeated there. */
const owner = nested<WithEmail>(RequestUser.schema, 'chr(1)')

const requestFields = (from_user: Field<WithEmail>, to_user: Field<WithEmail>) => ({
  id: integer<WithEmail>('p.request_id'),
  from_user,
  to_user,
  created: nullableMoment<WithEmail>('p.created'),
  rejected: nullableMoment<WithEmail>('p.rejected'),
  viewed: nullableMoment<WithEmail>('p.viewed'),
})

/** A request, as its receiver sees it. */
export const ConnectionRequest = requestView(
  'ConnectionRequest',
  'A request of one member to be connected with another.',
  requestFields(other, owner),
)

/** A request, as its sender sees it: a rejection does not show. */
const SentRequest = requestView('ConnectionRequest', '', {
  ...requestFields(owner, other),
  rejected: { ...nullableMoment<WithEmail>('p.rejected'), sql: 'null::text' },
})

const requests = list({
  name: 'connections: requests',
  takes: { owner: 'bigint', viewer: 'bigint' },
  extra: { there: 'boolean?' },
  variants: () =>
    byFlags().flatMap((each) =>
      (['received', 'sent', 'rejected'] as Box[]).flatMap((box) =>
        [true, false].flatMap((own) => [false, true].map((admin) => ({ ...each, box, own, admin }))),
      ),
    ),
  sql($, { flags, box, own, admin }) {
    const { state, counter } = boxes[box]
    return {
      columns: 'r.other_id, r.state, r.following_place, r.request_id, r.created, r.rejected, r.viewed',
      from: `from relation r where r.member_id = ${$.owner} and r.state = ${state}`,
      keys: [{ sql: 'r.place', descending: true, type: 'bigint' }],
      with: `owner as materialized (select u.${counter} as total from users u where u.id = ${$.owner} and ${activeSql('u.')})`,
      joins: own
        ? 'join users u on u.id = p.other_id cross join lateral (select p.state, p.following_place) v'
        : `join users u on u.id = p.other_id ${relationJoin($.viewer, 'u.id')}`,
      render: renderSql(box === 'sent' ? SentRequest : ConnectionRequest, { flags, email: admin }),
      repeated: renderingOf(
        RequestUser,
        `select ${renderRequestUser(flags, true)} from users u
        ${relationJoin($.viewer, 'u.id')} where u.id = ${$.owner}`,
      ),
      count: 'select total from owner',
      extra: { there: 'select true from owner' },
    }
  },
})

/** A page of a member's requests, newest first. */
export async function listRequests(
  ctx: MemberCtx,
  box: Box,
  ownerId: number,
  page: PageRequest,
): Promise<PageRows<'ConnectionRequest'>> {
  const { actor } = ctx
  const variant = { flags: flagsSeenBy(actor, ctx.community), box, own: ownerId === actor.id, admin: isAdmin(actor) }
  const { extra, ...rows } = await requests.page(ctx.db, { owner: ownerId, viewer: actor.id }, page, variant)
  if (!extra.there) throw notFound('No member has this id.')
  return rows
}
