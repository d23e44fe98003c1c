import type { Slice } from '../slice.ts'
import { endAllRelations } from './end-all.ts'
import * as endpoints from './endpoints.ts'
import { eraseRelations } from './erase.ts'
import * as events from './events.ts'
import { expireRequests } from './expire.ts'
import { findDrift, tieRepairs } from './recount.ts'

export const connections: Slice = {
  name: 'connections',
  endpoints: { Connections: Object.values(endpoints) },
  events,
  drift: { find: findDrift, repairs: tieRepairs },
  whenMemberLeaves: endAllRelations,
  whenMemberIsErased: eraseRelations,
  chores: {
    async 'expire requests'({ kith, log }) {
      const expired = await expireRequests(kith)
      if (expired) log.info({ expired }, 'requests expired')
    },
  },
}
