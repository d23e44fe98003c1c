import { indexNames } from '../platform/search/index-names.ts'

/** The columns that the name of a tag is searched and sorted by, and the chore that updates them. */
export const { searchedOf, index: indexTags } = indexNames({
  ...{ slice: 'tags', table: 'tag', name: 'name' },
  ...{ folded: 'folded_name', sort: 'sort_name' },
})
