import { indexTexts } from '../platform/search/index-names.ts'
import { foldName, sortKey } from '../platform/search/names.ts'

type Written = { name?: string; name_synonyms?: string | null }

/** The columns that a category is searched and sorted by, for the fields that are written. */
export const searchedOf = ({ name, name_synonyms }: Written) => ({
  ...(name !== undefined && { folded_name: foldName(name), sort_name: sortKey(name) }),
  ...(name_synonyms !== undefined && { folded_synonyms: foldName(name_synonyms ?? '') }),
})

export const searchedColumns = Object.keys(searchedOf({ name: '', name_synonyms: '' }))

/** Folds the names of categories that are due. Resolves to how many there were. */
export const indexCategories = indexTexts({
  ...{ slice: 'categories', table: 'category', texts: { name: 'text', name_synonyms: 'text?' } },
  searchedOf: (names) => searchedOf(names) as Record<string, string>,
})
