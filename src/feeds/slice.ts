import type { Slice } from '../slice.ts'
import * as endpoints from './endpoints.ts'
import { forgetReader } from './read.ts'

export const feeds: Slice = {
  name: 'feeds',
  endpoints: { Feeds: Object.values(endpoints) },
  whenMemberLeaves: forgetReader,
}
