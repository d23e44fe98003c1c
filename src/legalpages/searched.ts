import { indexNames } from '../platform/search/index-names.ts'

/** The columns that a title is searched and sorted by, and the chore that updates them. */
export const { searchedOf, index: indexLegalPages } = indexNames({
  ...{ slice: 'legalpages', table: 'legal_page', name: 'title' },
  ...{ folded: 'folded_title', sort: 'sort_title' },
})
