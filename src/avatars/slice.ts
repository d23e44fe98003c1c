import type { Slice } from '../slice.ts'
import * as endpoints from './endpoints.ts'
import { fetchAvatars } from './fetch.ts'
import { ownAvatars } from './own.ts'

export const avatars: Slice = {
  name: 'avatars',
  whatMemberHas: ownAvatars,
  chores: { 'fetch pictures of new members': ({ kith }) => fetchAvatars(kith) },
  endpoints: { Members: Object.values(endpoints) },
}
