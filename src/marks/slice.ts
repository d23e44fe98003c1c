import type { Slice } from '../slice.ts'
import { eraseMarks } from './erase.ts'
import * as events from './events.ts'
import { ownMarks } from './own.ts'
import { findReactionDrift, reactionRepairs } from './recount.ts'

/** Each slice with targets makes the endpoints of marks under its own addresses. */
export const marks: Slice = {
  name: 'marks',
  events,
  drift: { find: findReactionDrift, repairs: reactionRepairs },
  whatMemberHas: ownMarks,
  whenMemberIsErased: eraseMarks,
}
