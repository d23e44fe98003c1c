import type { Slice } from '../slice.ts'
import { eraseMarks } from './erase.ts'
import * as events from './events.ts'
import { findReactionDrift, reactionRepairs } from './recount.ts'

/** Its endpoints are those of what can be marked: each slice that has such targets makes them for its own addresses. */
export const marks: Slice = {
  name: 'marks',
  events,
  drift: { find: findReactionDrift, repairs: reactionRepairs },
  whenMemberIsErased: eraseMarks,
}
