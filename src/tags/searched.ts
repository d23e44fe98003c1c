import { indexNames } from '../platform/search/index-names.ts'

/** What is kept of the name of a tag to be searched and sorted, and what makes it anew where it is due. */
export const { searchedOf, index: indexTags } = indexNames({
  ...{ slice: 'tags', table: 'tag', name: 'name' },
  ...{ folded: 'folded_name', sort: 'sort_name' },
})
