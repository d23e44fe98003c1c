import type { Slice } from '../slice.ts'
import * as endpoints from './endpoints.ts'
import { eraseIncubators } from './erase.ts'
import { endSupport } from './leave.ts'
import { ownIncubators } from './own.ts'
import { findIncubatorDrift, incubatorRepairs } from './recount.ts'
import { indexIncubators } from './searched.ts'

export const incubators: Slice = {
  name: 'incubators',
  endpoints: { Incubators: Object.values(endpoints) },
  drift: { find: findIncubatorDrift, repairs: incubatorRepairs },
  whatMemberHas: ownIncubators,
  whenMemberLeaves: endSupport,
  whenMemberIsErased: eraseIncubators,
  indexing: { table: 'incubator', rows: 'incubators', batch: indexIncubators },
}
