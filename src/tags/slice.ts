import type { Slice } from '../slice.ts'
import * as endpoints from './endpoints.ts'
import { indexTags } from './searched.ts'

export const tags: Slice = {
  name: 'tags',
  endpoints: { Tags: Object.values(endpoints) },
  indexing: { table: 'tag', rows: 'tags', batch: indexTags },
}
