import type { Slice } from '../slice.ts'
import * as endpoints from './endpoints.ts'

export const embeds: Slice = {
  name: 'embeds',
  endpoints: { Embeds: Object.values(endpoints) },
}
