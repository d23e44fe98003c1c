import type { Slice } from '../slice.ts'
import { categoryFeeds, contributions as endpoints } from './endpoints.ts'
import { eraseContributions } from './erase.ts'
import * as events from './events.ts'
import { keepHidden } from './hidden.ts'
import { contributionRepairs, findContributionDrift } from './recount.ts'
import { seeding } from './seed.ts'

export const contributions: Slice = {
  name: 'contributions',
  endpoints: { Categories: categoryFeeds, ...endpoints },
  events,
  drift: { find: findContributionDrift, repairs: contributionRepairs },
  whenMemberLeaves: keepHidden,
  whenMemberIsErased: eraseContributions,
  seeding,
}
