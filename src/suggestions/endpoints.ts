import { member } from '../auth/audience.ts'
import { searches } from '../auth/rates.ts'
import { Category } from '../categories/views.ts'
import { endpoint } from '../context.ts'
import { contributionViews } from '../contributions/views.ts'
import { Incubator } from '../incubators/views.ts'
import { dataPage, page } from '../platform/http/endpoint.ts'
import { pageOf } from '../platform/http/page.ts'
import Type from '../platform/schema.ts'
import { User } from '../users/views.ts'
import { suggestCategories } from './categories.ts'
import { suggestProposals } from './incubators.ts'
import { mostSuggested, suggestMembers } from './members.ts'
import { mostPolls, suggestOpenPolls } from './polls.ts'
import { Found, searchAll } from './search.ts'

export const suggestUsers = endpoint('GET /api/v2/suggestion/user/', {
  summary: 'Get User Suggestion',
  description:
    'Members whom most of your own connections have (in follow mode: whom you follow), then those who follow the ' +
    `same categories; at most ${mostSuggested}.`,
  who: member,
  returns: page(User),
  act: (ctx, { page }) => suggestMembers(ctx, page),
})

export const suggestedCategories = endpoint('GET /api/v2/suggestion/category/', {
  summary: 'Get Category Suggestion',
  description: `Categories that most of your connections follow, then popular ones; at most ${mostSuggested}.`,
  who: member,
  returns: page(Category),
  act: (ctx, { page }) => suggestCategories(ctx, page),
})

export const suggestPolls = endpoint('GET /api/v2/suggestion/poll/', {
  summary: 'Get Poll Suggestion',
  description: `Contributions of others with an open poll in which you have not voted; at most ${mostPolls}.`,
  who: member,
  returns: page(Object.values(contributionViews)),
  act: (ctx, { page }) => suggestOpenPolls(ctx, page),
})

/** Suggestions of what Kith does not have: always empty. */
const none = (what: string, summary: string) =>
  endpoint(`GET /api/v2/suggestion/${what}/`, {
    summary,
    description: 'There are none yet.',
    who: member,
    returns: dataPage(Type.Object({})),
    act: (_, { page }) => pageOf([], page),
  })

export const suggestCourses = none('course', 'Get Course Suggestion')
export const suggestEvents = none('event', 'Get Event Suggestion')

export const suggestIncubators = endpoint('GET /api/v2/suggestion/incubator/', {
  summary: 'Get Incubator Suggestion',
  description:
    'Incubators of others that you do not support yet, those with the most supporters first; at most as many as ' +
    '`incubator_suggestions` says. None while `incubator_enabled` is off.',
  who: member,
  returns: page(Incubator),
  act: (ctx, { page }) => suggestProposals(ctx, page),
})

export const searchSuggestions = endpoint('GET /api/v2/suggestion/', {
  summary: 'Search Suggestion',
  description: 'Members and categories whose name contains the text, best matches first: at most fifty of each.',
  who: member,
  takes: { search: Type.Optional(Type.String({ maxLength: 255, description: 'Without it nothing is found.' })) },
  rate: searches,
  heavy: true,
  returns: page(Found),
  act: (ctx, { search = '', page }) => searchAll(ctx, search, page),
})
