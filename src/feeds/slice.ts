import type { Slice } from '../slice.ts'
import * as endpoints from './endpoints.ts'
import { ownReading } from './own.ts'
import { forgetReader } from './read.ts'

export const feeds: Slice = {
  name: 'feeds',
  endpoints: { Feeds: Object.values(endpoints) },
  whatMemberHas: ownReading,
  whenMemberLeaves: forgetReader,
}
