import { takeApart } from '../platform/text.ts'

const maxSlug = 80

/** Latin letters that do not come apart into a letter and its accent. */
const spelled: Record<string, string> = {
  ...{ ß: 'ss', æ: 'ae', œ: 'oe', ø: 'o', ł: 'l', đ: 'd', ð: 'd', þ: 'th', ħ: 'h', ŧ: 't', ŋ: 'ng', ı: 'i', ə: 'e' },
}

/**
 * What a title or a text is called in an address: lower-case letters without accents, digits and hyphens, cut between
 * words. Empty if there are none of these, and the caller has to think of something else: other scripts are left out,
 * because to spell them takes tables of a megabyte, and the address also holds the id.
 */
export function slugOf(text: string): string {
  // What is cut off again need not be taken apart.
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
