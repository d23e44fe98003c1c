import { activeMember, admin, member, selfOrAdmin, visitor } from '../auth/audience.ts'
import { mayGoOn } from '../auth/go-on.ts'
import { followMode, friendshipMode } from '../community/gates.ts'
import { endpoint, type MemberCtx } from '../context.ts'
import { data, ErrorBody, lines, nothing, one, page } from '../platform/http/endpoint.ts'
import { answerLines, maxLineBytes, Sum } from '../platform/http/lines.ts'
import { momentInput, readMoment } from '../platform/http/moment.ts'
import Type from '../platform/schema.ts'
import { memberId } from '../users/inputs.ts'
import { listMembers, lists, memberFilters } from '../users/search.ts'
import { ConnectionStatus, User } from '../users/views.ts'
import { acceptConnection } from './accept.ts'
import { Connection, connectionStates, listAll, maxPage } from './all.ts'
import { answerMany } from './answer-many.ts'
import { cancelReject } from './cancel-reject.ts'
import { cancelRequest } from './cancel-request.ts'
import { toggleFollow } from './follow.ts'
import { ConnectionGraph, drawConnections, graphOrders, mostMembers } from './graph.ts'
import { toggleHide } from './hide.ts'
import { ConnectionHistory, listHistory } from './history.ts'
import { connectionLine, importLines } from './import.ts'
import { isLong, listHidden, listRelated } from './lists.ts'
import { markSeen } from './mark-seen.ts'
import { rejectConnection } from './reject.ts'
import type { Relationship } from './relationship.ts'
import { removeConnection } from './remove.ts'
import { requestConnection } from './request.ts'
import { type Box, ConnectionRequest, listRequests } from './requests.ts'
import { answerStatus, findRelation, listHiddenIds, listStatuses } from './status.ts'
import { ConnectionTotals, countConnections } from './totals.ts'

const Status = Type.Object(
  { connection_status: ConnectionStatus },
  { $id: 'ConnectionStatusAnswer', description: 'The status after the act.', additionalProperties: false },
)

/** An act between the caller and the member in the path. These endpoints differ in name only. */
const relationshipAct = (
  verb: string,
  summary: string,
  description: string,
  act: (ctx: MemberCtx, id: number) => Promise<Relationship>,
  refuses: Record<number, string> = {},
) =>
  endpoint(`POST /api/v2/user/{id}/connection/${verb}/`, {
    summary,
    description,
    who: activeMember,
    onlyIf: friendshipMode,
    takes: { id: memberId },
    returns: data(Status),
    refuses: { 404: 'There is no such member.', ...refuses },
    act: async (ctx, { id }) => answerStatus(ctx, await act(ctx, id)),
  })

const hiding = { 403: 'One of the two hides the other, or is blocked.' }

export const requestEndpoint = relationshipAct(
  'request',
  'Request connection',
  'Asks a member to connect. Asking twice changes nothing; asking somebody who has asked you accepts.',
  requestConnection,
  { ...hiding, 400: 'It is yourself, or the member takes no requests.', 429: "Today's quota of requests is used up." },
)
export const acceptEndpoint = relationshipAct(
  'accept',
  'Accept a user connection',
  'Accepts the request of a member.',
  acceptConnection,
  { ...hiding, 400: 'There is no open request from this member.' },
)
export const rejectEndpoint = relationshipAct(
  'reject',
  'Reject a connection request',
  'Rejects the request of a member, who does not learn of it and still sees it as sent.',
  rejectConnection,
  { 400: 'There is no request from this member, or you are connected already.' },
)
export const cancelRequestEndpoint = relationshipAct(
  'cancel_request',
  'Cancel a request connection',
  "Withdraws one's own request.",
  cancelRequest,
  { 400: 'The request was accepted already.' },
)
export const cancelRejectEndpoint = relationshipAct(
  'cancel_reject',
  'Cancel a rejected connection',
  'Restores a request that one has rejected: it is open again.',
  cancelReject,
  { ...hiding, 400: 'There is no rejected request from this member.' },
)
export const removeEndpoint = relationshipAct('remove', 'Remove a connection', 'Ends a connection.', removeConnection, {
  400: 'There is a request between you, and no connection.',
})

const rejectedOnly = Type.Optional(
  Type.Enum([0, 1], { description: '1 for the requests you have rejected instead of the open ones (ours).' }),
)
const boxOf = (rejected: number | undefined): Box => (rejected === 1 ? 'rejected' : 'received')

export const listReceived = endpoint('GET /api/v2/user/connection/requests/', {
  summary: "Get user's connection requests",
  description: 'Open requests the caller has received, newest first.',
  who: member,
  onlyIf: friendshipMode,
  takes: { rejected: rejectedOnly },
  returns: page(ConnectionRequest),
  act: (ctx, { rejected, page }) => listRequests(ctx, boxOf(rejected), ctx.actor.id, page),
})

export const listReceivedOld = endpoint('GET /api/v2/user/connection_requests/', {
  summary: "Get user's connection requests (as the example has it)",
  description: 'The address in the example of the documentation.',
  who: member,
  onlyIf: friendshipMode,
  takes: { rejected: rejectedOnly },
  returns: page(ConnectionRequest),
  act: (ctx, { rejected, page }) => listRequests(ctx, boxOf(rejected), ctx.actor.id, page),
})

export const listSent = endpoint('GET /api/v2/user/connection/requests_sent/', {
  summary: "Get user's connection requests sent",
  description: 'Requests the caller has sent that were not accepted, newest first.',
  who: member,
  onlyIf: friendshipMode,
  returns: page(ConnectionRequest),
  act: (ctx, { page }) => listRequests(ctx, 'sent', ctx.actor.id, page),
})

/** The older form of the two lists, with the member in the path. */
const listOf = (path: string, summary: string, box: Box) =>
  endpoint(`GET /api/v2/user/{id}/${path}/`, {
    summary,
    description: 'The older form, with the member in the path: for the member themselves and administrators.',
    who: selfOrAdmin,
    onlyIf: friendshipMode,
    takes: { id: memberId },
    returns: page(ConnectionRequest),
    act: (ctx, { id, page }) => listRequests(ctx, box, id, page),
  })

export const listReceivedOf = listOf('connection/requests', "Get a user's connection requests", 'received')
export const listReceivedOfOld = listOf('connection_requests', "Get a user's connection requests (oldest)", 'received')
export const listSentOf = listOf('connection/requests_sent', "Get a user's connection requests sent", 'sent')

export const markSeenEndpoint = endpoint('POST /api/v2/user/{id}/connection_requests/mark_seen/', {
  summary: 'Mark seen a connection request',
  description: "Notes that the request of a member was seen; with the caller's own id, all open requests.",
  who: member,
  takes: { id: memberId },
  returns: nothing,
  act: (ctx, { id }) => markSeen(ctx, id),
})

const Answers = Type.Object(
  {
    results: Type.Array(
      Type.Object(
        {
          user: Type.Integer(),
          ok: Type.Boolean(),
          connection_status: Type.Optional(ConnectionStatus),
          errors: Type.Optional(Type.Array(Type.Unknown())),
        },
        { additionalProperties: false },
      ),
    ),
  },
  { $id: 'Answers', description: 'One answer for each member.', additionalProperties: false },
)

const memberIds = Type.Array(Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }), {
  minItems: 1,
  maxItems: 500,
  description: 'Ids of members.',
})

const answerAll = (verb: 'accept' | 'reject', act: (ctx: MemberCtx, id: number) => Promise<Relationship>) =>
  endpoint(`POST /api/v2/user/connection/requests/${verb}/`, {
    summary: `${verb === 'accept' ? 'Accept' : 'Reject'} many requests`,
    description: 'One act for each member named, and an answer for each: a refused one does not stop the others.',
    extension: true,
    who: activeMember,
    onlyIf: friendshipMode,
    takes: { users: memberIds },
    returns: data(Answers),
    act: (ctx, { users }) => answerMany(ctx, users, act),
  })

export const acceptMany = answerAll('accept', acceptConnection)
export const rejectMany = answerAll('reject', rejectConnection)

const mutual = Type.Optional(
  Type.Enum([0, 1], { description: '1: only those in common with the caller; 0: only the others.' }),
)

export const listConnections = endpoint('GET /api/v2/user/{id}/connections/', {
  summary: "Get user's connections",
  description: 'Those in common with the caller come first, then the others, each newest first.',
  who: visitor,
  onlyIf: friendshipMode,
  takes: { id: memberId, mutual },
  heavy: ({ id }, { db }) => isLong(db, 'connections', id),
  returns: page(User),
  refuses: { 403: 'The member does not show the caller whom they are connected with, or one hides the other.' },
  act: (ctx, { id, mutual, page }) => listRelated(ctx, 'connections', id, mutual as 0 | 1 | undefined, page),
})

const listFollowKind = (kind: 'followers' | 'followings', summary: string) =>
  endpoint(`GET /api/v2/user/{id}/${kind}/`, {
    summary,
    description:
      'Those in common with the caller come first, then the others, each newest first. Empty in friendship mode.',
    who: visitor,
    takes: { id: memberId, mutual },
    heavy: ({ id }, { db }) => isLong(db, kind, id),
    returns: page(User),
    act: (ctx, { id, mutual, page }) => listRelated(ctx, kind, id, mutual as 0 | 1 | undefined, page),
  })

export const listFollowers = listFollowKind('followers', "Get user's followers")
export const listFollowings = listFollowKind('followings', "Get user's following")

export const followEndpoint = endpoint('POST /api/v2/user/{id}/follow/', {
  summary: 'Follow user',
  description: 'Follows a member, or stops following.',
  who: member,
  onlyIf: followMode,
  takes: { id: memberId },
  returns: nothing,
  refuses: hiding,
  act: async (ctx, { id }) => void (await toggleFollow(ctx, id)),
})

export const hideEndpoint = endpoint('POST /api/v2/user/{id}/hide/', {
  summary: 'Show/hide user',
  description:
    'Hides a member, or shows them again. Meanwhile requests, connections and follows between the two sleep.',
  who: activeMember,
  takes: { id: memberId },
  returns: nothing,
  act: async (ctx, { id }) => void (await toggleHide(ctx, id)),
})

export const getConnectionStatus = endpoint('GET /api/v2/user/{id}/connection_status/', {
  summary: 'Get user connection status',
  who: member,
  takes: { id: memberId },
  returns: data(Status),
  async act(ctx, { id }) {
    const { connection_status } = await findRelation(ctx, id)
    return { connection_status }
  },
})

export const getConnectionStatuses = endpoint('POST /api/v2/user/connection/statuses/', {
  summary: "List user's connections statuses",
  description: 'Also with the bare array of ids as body.',
  who: member,
  takes: { users: { ...memberIds, minItems: 0 } },
  bare: 'users',
  returns: data(
    Type.Object({ connection_statuses: Type.Record(Type.String(), ConnectionStatus) }, { additionalProperties: false }),
  ),
  act: async (ctx, { users }) => ({ connection_statuses: await listStatuses(ctx, users) }),
})

/** A yes-or-no question about the caller and the member in the path. */
const check = <Name extends 'is_connection' | 'is_followed' | 'is_follower' | 'is_hidden' | 'is_hidden_by'>(
  name: Name,
  summary: string,
  onlyIf?: typeof friendshipMode,
) =>
  endpoint(`GET /api/v2/user/{id}/${name}/`, {
    summary,
    who: member,
    onlyIf,
    takes: { id: memberId },
    returns: data(Type.Object({ [name]: Type.Boolean() }, { additionalProperties: false })),
    async act(ctx, { id }) {
      return { [name]: (await findRelation(ctx, id))[name] }
    },
  })

export const isConnection = check('is_connection', 'Check user connection')
export const isFollowed = check('is_followed', 'Check user followed', followMode)
export const isFollower = check('is_follower', 'Check user follower', followMode)
export const isHidden = check('is_hidden', 'Check user hidden')
export const isHiddenBy = check('is_hidden_by', 'Check user hidden by')

export const listHiddenUsers = endpoint('GET /api/v2/user/hidden_users/', {
  summary: 'List hidden users',
  description: 'Last hidden first by default.',
  who: member,
  takes: memberFilters,
  returns: page(User),
  act: (ctx, { page, ...filters }) =>
    Object.keys(memberFilters).some((name) => name in filters)
      ? listMembers(ctx, lists.members, filters, page, 'hidden')
      : listHidden(ctx, page),
})

export const listHiddenUserIds = endpoint('GET /api/v2/user/hidden_users_id/', {
  summary: 'List ids of hidden users',
  description: 'A bare array, not paginated.',
  who: member,
  returns: data(Type.Array(Type.Integer())),
  act: (ctx) => listHiddenIds(ctx),
})

export const listAllConnections = endpoint('GET /api/v2/connection/', {
  summary: 'List all connections',
  description:
    'Every friendship and every request of the community, for programs that keep a copy. The longest unchanged ' +
    'comes first, so what changes during a walk appears again at its end. What ended is not listed: its event ' +
    'says so. There is no `count`.',
  extension: true,
  who: admin,
  onlyIf: friendshipMode,
  takes: {
    state: Type.Optional(Type.Enum([...connectionStates], { description: 'Only these states; all by default.' })),
    since: Type.Optional(momentInput('Only what has changed from then on.')),
  },
  returns: page(Connection, { limit: 20, max: maxPage, counted: false }),
  act: (ctx, { state, since, page }) =>
    listAll(ctx, { state, since: since === undefined ? undefined : readMoment('since', since) }, page),
})

export const drawGraph = endpoint('GET /api/v2/connection/graph/', {
  summary: 'Get the graph of connections',
  description:
    `Members and their connections or follows, for drawing: at most ${mostMembers} members, and the newest ` +
    'connections of each. Around a member it is their circle. The answer says what was left out.',
  extension: true,
  who: admin,
  takes: {
    limit: Type.Optional(
      Type.Integer({ minimum: 1, maximum: mostMembers, description: 'How many members; 1000 by default.' }),
    ),
    order: Type.Optional(
      Type.Enum([...graphOrders], {
        description: 'Members with the most points, or the newest; points by default.',
      }),
    ),
    around: Type.Optional(memberId),
  },
  heavy: true,
  returns: one(ConnectionGraph),
  refuses: { 404: 'No member has the id in `around`.' },
  act: (ctx, { limit = 1_000, order = 'points', around }) => drawConnections(ctx, { limit, order, around }),
})

export const getTotals = endpoint('GET /api/v2/connection/totals/', {
  summary: 'Count connections',
  description: 'What there is in both modes: what a switch of the mode would put to sleep, and what it would wake.',
  extension: true,
  who: admin,
  heavy: true,
  returns: data(ConnectionTotals),
  act: (ctx) => countConnections(ctx),
})

export const getHistory = endpoint('GET /api/v2/user/{id}/connection/history/', {
  summary: "Get the history of a user's connections",
  description: 'Who asked, accepted, rejected, restored, removed or followed, last first, from the event log.',
  extension: true,
  who: admin,
  takes: {
    id: memberId,
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500, description: '100 unless given.' })),
  },
  heavy: true,
  returns: data(ConnectionHistory),
  act: (ctx, { id, limit = 100 }) => listHistory(ctx, id, limit),
})

const ImportedConnection = Type.Union([
  Type.Object(
    { line: Type.Integer(), made: Type.Boolean(), state: Type.Enum([...connectionStates]) },
    { additionalProperties: false },
  ),
  Type.Object({ line: Type.Optional(Type.Integer()), ...ErrorBody.properties }, { additionalProperties: false }),
  Sum,
])

export const importAllConnections = endpoint('POST /api/v2/connection/import/', {
  summary: 'Import connections',
  description:
    'Friendships and requests of another system, one per line, between members who are here already. A line is ' +
    'answered as soon as it is stored; a refused line does not stop the others. What exists already stays as it ' +
    'is, so the same lines can be sent again. The rules between members hold, except quotas. The last line of the ' +
    'answer is the sum.',
  extension: true,
  who: admin,
  onlyIf: friendshipMode,
  takes: {
    events: Type.Optional(
      Type.Boolean({
        description: 'Emit `connection.created` or `connection_request.created` for each; false by default.',
      }),
    ),
  },
  lines: { takes: connectionLine, bytes: maxLineBytes },
  returns: lines(ImportedConnection),
  act: (ctx, { events = false, lines }) =>
    answerLines(lines, async (given) => {
      await mayGoOn(ctx)
      return importLines(ctx.kith, given, events)
    }),
})
