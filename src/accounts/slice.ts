import type { Slice } from '../slice.ts'
import * as endpoints from './endpoints.ts'

export const accounts: Slice = {
  name: 'accounts',
  endpoints: { Accounts: Object.values(endpoints) },
}
