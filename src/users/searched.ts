import { indexTexts } from '../platform/search/index-names.ts'
import { foldName, sortKey } from '../platform/search/names.ts'

type Written = { real_name?: string; location?: string; description?: string }

/** The columns that a profile is searched and sorted by, for the fields that are written. */
export const searchedOf = ({ real_name, location, description }: Written) => ({
  ...(real_name !== undefined && { folded_real_name: foldName(real_name), sort_name: sortKey(real_name) }),
  ...(location !== undefined && { folded_location: foldName(location) }),
  ...(description !== undefined && { folded_description: foldName(description) }),
})

export const searchedColumns = Object.keys(searchedOf({ real_name: '', location: '', description: '' }))

/** Folds the newest members that are due. Resolves to how many there were. */
export const indexMembers = indexTexts({
  ...{ slice: 'users', table: 'users', texts: { real_name: 'text', location: 'text', description: 'text' } },
  newestFirst: true,
  searchedOf: (profile) => searchedOf(profile) as Record<string, string>,
})
