import { takeApart } from '../platform/text.ts'

const maxSlug = 80

/** Latin letters that do not decompose into a letter and an accent. */
const spelled: Record<string, string> = {
  ...{ ß: 'ss', æ: 'ae', œ: 'oe', ø: 'o', ł: 'l', đ: 'd', ð: 'd', þ: 'th', ħ: 'h', ŧ: 't', ŋ: 'ng', ı: 'i', ə: 'e' },
}

/**
 * The name of a title or a text in addresses: lower-case letters without accents, digits and hyphens, cut between
 * words. Empty if nothing is left, and the caller has to choose something else: other scripts are left out, because
 * spelling them takes tables of a megabyte, and the address also holds the id.
 */
export function slugOf(text: string): string {
  // Text that is cut off later need not be decomposed.
  const words = takeApart(text.slice(0, 1_000))
    .replace(/[\p{M}'’ʼ`´]/gu, '')
    .toLowerCase()
    .replace(/[^\x20-\x7e]/g, (letter) => spelled[letter] ?? ' ')
    .match(/[a-z0-9]+/g)
  return cut((words ?? []).join('-'), maxSlug)
}

/** The beginning of a slug that leaves room for a hyphen and any number behind it. */
export const stemOf = (slug: string): string => cut(slug, maxSlug - '-9007199254740991'.length)

/** Cuts before the word that does not fit, or within it if there is no other. */
function cut(slug: string, length: number): string {
  if (slug.length <= length) return slug
  const end = slug.lastIndexOf('-', length)
  return slug.slice(0, end > 0 ? end : length)
}
