import { member, visitor } from '../auth/audience.ts'
import { type Ctx, endpoint } from '../context.ts'
import { FeedUnit } from '../contributions/feed.ts'
import { forbidden } from '../platform/errors.ts'
import { data, type Gate, nothing, page } from '../platform/http/endpoint.ts'
import Type from '../platform/schema.ts'
import { memberId } from '../users/inputs.ts'
import { listHome } from './home.ts'
import { listAlike, listExplore, listOfMember } from './lists.ts'
import { orderings } from './order.ts'
import { readUnits } from './read.ts'
import { countUnread, mostUnread, Unseen } from './unread.ts'

const ordering = (option: string) =>
  Type.Optional(Type.Enum(orderings, { description: `In the order of the option \`${option}\` unless given.` }))

const object = (description: string) =>
  Type.Array(Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }), { maxItems: 100, description })

const explored: Gate<Ctx> = {
  name: 'explore feed',
  says: 'Only if the option `explore_stream_enabled` is true.',
  check({ community }) {
    if (!community.options['configurations.explore_stream_enabled'])
      throw forbidden('This community has no feed of everything: the option explore_stream_enabled is off.', 'disabled')
  },
}

export const home = endpoint('GET /api/v2/feed/', {
  summary: 'Get Main Feed',
  description:
    'Your own contributions, those of your connections (in follow mode: of those you follow), and those in the ' +
    'categories you follow. There is no count: follow `next`.',
  who: member,
  takes: { ordering: ordering('home_stream_order_by') },
  returns: page(FeedUnit, { limit: 20, max: 100, counted: false }),
  act: (ctx, { ordering, page }) => listHome(ctx, ordering, page),
})

export const explore = endpoint('GET /api/v2/feed/explore/', {
  summary: 'Get Explore Feed',
  description: 'Everything that is published.',
  who: visitor,
  onlyIf: explored,
  takes: { ordering: ordering('explore_stream_order_by') },
  returns: page(FeedUnit),
  act: (ctx, { ordering, page }) => listExplore(ctx, ordering, page),
})

export const ofMember = endpoint('GET /api/v2/user/{id}/feed/', {
  summary: "Get User's Feed",
  description: 'What the member has published, newest first.',
  who: visitor,
  takes: { id: memberId },
  returns: page(FeedUnit),
  refuses: { 403: 'One of you hides the other.', 404: 'No member has this id.' },
  act: (ctx, { id, page }) => listOfMember(ctx, id, page),
})

export const alike = endpoint('POST /api/v2/feed/likethis/', {
  summary: 'Get Like This Feed',
  description:
    'What is in the categories of some contributions, most relevant first, at most a hundred. Send the same ' +
    'contributions with `next`.',
  who: member,
  takes: { object: object('Ids of contributions.') },
  returns: page(FeedUnit),
  act: (ctx, { object, page }) => listAlike(ctx, object, page),
})

export const unseen = endpoint('GET /api/v2/feed/unseen/count/', {
  summary: 'Get Unseen Count',
  description: `Of the newest ${mostUnread} in your home feed. What was there when you joined counts as seen.`,
  who: member,
  returns: data(Unseen),
  act: (ctx) => countUnread(ctx),
})

export const read = endpoint('POST /api/v2/feed/read/', {
  summary: 'Mark as Read',
  description:
    'Marks contributions as read. Only the last 125 to 250 are kept one by one; everything older then counts as ' +
    'read. Unknown ids are ignored.',
  who: member,
  takes: { object: Type.Optional(object('Ids of contributions.')) },
  returns: nothing,
  act: (ctx, { object = [] }) => readUnits(ctx, object),
})
