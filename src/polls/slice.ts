import type { Slice } from '../slice.ts'
import { erasePolls } from './erase.ts'
import * as events from './events.ts'
import { ownPolls } from './own.ts'
import { findPollDrift, pollRepairs } from './recount.ts'

/** Each slice with polls makes the endpoints under its own addresses. */
export const polls: Slice = {
  name: 'polls',
  events,
  whatMemberHas: ownPolls,
  drift: { find: findPollDrift, repairs: pollRepairs },
  whenMemberIsErased: erasePolls,
}
