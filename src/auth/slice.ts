import type { Slice } from '../slice.ts'
import * as endpoints from './endpoints.ts'

export const auth: Slice = {
  name: 'auth',
  endpoints: { Authentication: Object.values(endpoints) },
}
