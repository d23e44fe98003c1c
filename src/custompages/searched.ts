import { indexNames } from '../platform/search/index-names.ts'

/** What is kept of a title to be searched and sorted, and what makes it anew where it is due. */
export const { searchedOf, index: indexCustomPages } = indexNames({
  ...{ slice: 'custompages', table: 'custom_page', name: 'title' },
  ...{ folded: 'folded_title', sort: 'sort_title' },
})
