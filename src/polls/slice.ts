import type { Slice } from '../slice.ts'
import { erasePolls } from './erase.ts'
import * as events from './events.ts'
import { ownPolls } from './own.ts'
import { findPollDrift, pollRepairs } from './recount.ts'

/** Its endpoints are made by what carries polls, for addresses of its own. */
export const polls: Slice = {
  name: 'polls',
  events,
  whatMemberHas: ownPolls,
  drift: { find: findPollDrift, repairs: pollRepairs },
  whenMemberIsErased: erasePolls,
}
