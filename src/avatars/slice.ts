import type { Slice } from '../slice.ts'
import * as endpoints from './endpoints.ts'
import { fetchAvatars } from './fetch.ts'

export const avatars: Slice = {
  name: 'avatars',
  chores: { 'fetch pictures of new members': ({ kith }) => fetchAvatars(kith) },
  endpoints: { Members: Object.values(endpoints) },
}
