import type { Slice } from '../slice.ts'
import * as endpoints from './endpoints.ts'
import * as events from './events.ts'
import { scoreFigures } from './figures.ts'
import { eraseScores, leaveLeaderboard } from './leave.ts'
import { ownScores } from './own.ts'
import { findScoreDrift, scoreRepairs } from './recount.ts'
import { settleScores } from './settle.ts'

export const scores: Slice = {
  name: 'scores',
  endpoints: { Score: Object.values(endpoints) },
  events,
  figures: scoreFigures,
  drift: { find: findScoreDrift, repairs: scoreRepairs },
  whenMemberLeaves: leaveLeaderboard,
  whenMemberIsErased: eraseScores,
  whatMemberHas: ownScores,
  goesOn: settleScores,
}
