import { indexTexts } from '../platform/search/index-names.ts'
import { anywhere, foldName, gramsOf, sortKey } from '../platform/search/names.ts'

/** The columns that a proposal is searched and sorted by. */
export const searchedOf = ({ name, slogan }: { name: string; slogan: string | null }) => ({
  ...{ folded_name: foldName(name), sort_name: sortKey(name) },
  folded_slogan: foldName(slogan ?? ''),
})

export const searchedColumns = Object.keys(searchedOf({ name: '', slogan: null }))

const wordsSql = `incubator.folded_name || ' ' || incubator.folded_slogan`

/** SQL of whether a proposal is found by a part of its name or slogan; `n` is what `partOf` makes of that. */
export const foundSql = (n: string) => `grams(${wordsSql}) @@ (${n})[1]::tsquery and ${wordsSql} like (${n})[2]`

/** What `foundSql` takes; null if there is nothing visible to search for. */
export const partOf = (search: string | undefined) =>
  search && foldName(search) ? [gramsOf(search), anywhere(search)] : null

/** Folds the names and slogans of proposals that are due. Resolves to how many there were. */
export const indexIncubators = indexTexts({
  ...{ slice: 'incubators', table: 'incubator', texts: { name: 'text', slogan: 'text?' } },
  searchedOf,
})
