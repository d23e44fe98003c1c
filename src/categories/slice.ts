import type { Slice } from '../slice.ts'
import { endAllFollows } from './end-all.ts'
import * as endpoints from './endpoints.ts'
import * as events from './events.ts'
import { ownCategories } from './own.ts'
import { categoryRepairs, findCategoryDrift } from './recount.ts'
import { indexCategories } from './searched.ts'

export const categories: Slice = {
  name: 'categories',
  endpoints: { Categories: Object.values(endpoints) },
  events,
  drift: { find: findCategoryDrift, repairs: categoryRepairs },
  whatMemberHas: ownCategories,
  whenMemberLeaves: endAllFollows,
  indexing: { table: 'category', rows: 'categories', batch: indexCategories },
}
