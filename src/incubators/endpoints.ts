import { activeMember, admin, member, moderator, visitor } from '../auth/audience.ts'
import { searches } from '../auth/rates.ts'
import { endpoint } from '../context.ts'
import { created, data, nothing, one, page } from '../platform/http/endpoint.ts'
import Type from '../platform/schema.ts'
import { User } from '../users/views.ts'
import { approveIncubator } from './approve.ts'
import { proposalsOn as onlyIf } from './gate.ts'
import { toggleIgnored } from './ignore.ts'
import { filters, incubatorId as id, proposal } from './inputs.ts'
import { isSubscribed, listIncubators, listSubscribers, renderOne } from './lists.ts'
import { proposeCategory } from './propose.ts'
import { toggleSubscription } from './subscribe.ts'
import { Incubator } from './views.ts'

const at = '/api/v2/incubator'
const there = { 404: 'No incubator has this id, or the caller does not see it.' }

export const listAllIncubators = endpoint(`GET ${at}/`, {
  summary: 'Get All Incubators',
  description: 'Only the staff sees those that were turned down.',
  who: visitor,
  onlyIf,
  takes: filters,
  heavy: ({ search }) => search !== undefined,
  returns: page(Incubator),
  act: (ctx, { page, ...filters }) => listIncubators(ctx, filters, page),
})

export const searchIncubators = endpoint(`GET ${at}/search/`, {
  summary: 'Search Incubators',
  who: visitor,
  onlyIf,
  takes: filters,
  rate: searches,
  heavy: true,
  returns: page(Incubator),
  act: (ctx, { page, ...filters }) => listIncubators(ctx, filters, page),
})

export const getIncubator = endpoint(`GET ${at}/{id}/`, {
  summary: 'Get a Specific Incubator',
  who: visitor,
  onlyIf,
  takes: { id },
  returns: one(Incubator),
  refuses: there,
  act: (ctx, { id }) => renderOne(ctx.db, ctx, id),
})

export const createIncubator = endpoint(`POST ${at}/`, {
  summary: 'Create an Incubator',
  description:
    'Proposes a category, for others to support. It needs as many supporters as `incubator_subscribers` says now.',
  who: activeMember,
  onlyIf,
  takes: proposal,
  returns: created(Incubator),
  refuses: { 400: 'A category or another incubator has the name or the slug.' },
  act: proposeCategory,
})

export const subscribeToIncubator = endpoint(`POST ${at}/{id}/subscribe/`, {
  summary: 'Subscribe to an Incubator',
  description: 'Supports an incubator, or no longer.',
  who: activeMember,
  onlyIf,
  takes: { id },
  returns: nothing,
  refuses: { ...there, 400: 'It is a category by now, or was turned down: it can be left, but not supported.' },
  act: (ctx, { id }) => toggleSubscription(ctx, id),
})

export const isIncubatorSubscribed = endpoint(`GET ${at}/{id}/subscribed/`, {
  summary: 'Check Incubator Subscription',
  who: member,
  onlyIf,
  takes: { id },
  returns: data(Type.Object({ subscribed: Type.Boolean() }, { additionalProperties: false })),
  refuses: there,
  act: async (ctx, { id }) => ({ subscribed: await isSubscribed(ctx, id) }),
})

export const listIncubatorSubscribers = endpoint(`GET ${at}/{id}/subscribers/`, {
  summary: "Get Incubator's Subscribers",
  description: 'Last supporters first, without members whom the caller hides, or who hide the caller.',
  who: visitor,
  onlyIf,
  takes: { id },
  returns: page(User),
  refuses: there,
  act: (ctx, { id, page }) => listSubscribers(ctx, id, page),
})

export const approveAnIncubator = endpoint(`POST ${at}/{id}/approve/`, {
  summary: 'Approve an Incubator',
  description:
    'Makes a category of an incubator that has enough supporters, with its name, slug and slogan. Emits ' +
    '`category.created`, and tells who proposed it and who supports it (`incubator_approved`).',
  extension: true,
  who: admin,
  onlyIf,
  takes: { id },
  returns: one(Incubator),
  refuses: { ...there, 400: 'It has too few supporters, has been decided about, or a category has its name.' },
  act: (ctx, { id }) => approveIncubator(ctx, id),
})

export const ignoreIncubator = endpoint(`POST ${at}/{id}/ignore/`, {
  summary: 'Turn an Incubator Down',
  description: 'Only the staff and whoever proposed it see it from then on. Once more takes it up again.',
  extension: true,
  who: moderator,
  onlyIf,
  takes: { id },
  returns: one(Incubator),
  refuses: { ...there, 400: 'It is a category already.' },
  act: (ctx, { id }) => toggleIgnored(ctx, id),
})
