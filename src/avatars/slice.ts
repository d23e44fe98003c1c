import type { Slice } from '../slice.ts'
import * as endpoints from './endpoints.ts'

export const avatars: Slice = {
  name: 'avatars',
  endpoints: { Members: Object.values(endpoints) },
}
