import type { Slice } from '../slice.ts'
import { announceEnded } from './announce-ended.ts'
import { endAllRelations } from './end-all.ts'
import * as endpoints from './endpoints.ts'
import { eraseRelations } from './erase.ts'
import * as events from './events.ts'
import { expireRequests } from './expire.ts'
import { connectionTelling } from './live.ts'
import { ownConnections } from './own.ts'
import { findDrift, relationshipRepairs } from './recount.ts'

export const connections: Slice = {
  name: 'connections',
  tellsPages: [connectionTelling],
  endpoints: { Connections: Object.values(endpoints) },
  events,
  drift: { find: findDrift, repairs: relationshipRepairs },
  whatMemberHas: ownConnections,
  whenMemberLeaves: endAllRelations,
  whenMemberIsErased: eraseRelations,
  chores: {
    'announce what ended while its mode was off': ({ kith }) => announceEnded(kith),
    async 'expire requests'({ kith, log }) {
      const expired = await expireRequests(kith)
      if (expired) log.info({ expired }, 'requests expired')
    },
  },
}
