import { fold } from './fold.ts'

/** A name as it is kept to be searched: folded, with one space wherever there is white space, and none around it. */
export const foldName = (name: string): string =>
  fold(name)
    .replace(/[\s\u2800]+/gu, ' ')
    .trim()

/** How many characters of a name decide where it is sorted: a page's address has to carry them. */
const sorted = 60

/** Cyrillic letters that stand elsewhere in alphabets than in Unicode: each behind another. */
const behind: Record<string, string> = {
  ...{ ґ: 'г', ғ: 'г', ђ: 'д', є: 'е', ѕ: 'з', і: 'и', ј: 'и', қ: 'к', љ: 'л', њ: 'н', ң: 'н', ө: 'о', ћ: 'т', ү: 'у' },
  ...{ ұ: 'у', џ: 'ч', ә: 'а' },
}
const behindOthers = new RegExp(`[${Object.keys(behind).join('')}]`, 'g')

/**
 * What names are sorted by, as bytes: letters whatever their case and accents, as alphabets have them, Japanese by its
 * sounds, Thai and Lao by their consonants, numbers by what they count to, and signs before digits before letters.
 */
export const sortKey = (name: string): string =>
  [
    ...foldName(name)
      .replace(/[\p{P}\p{S}]/gu, '!')
      .replace(/\d+/g, (digits) => digits.replace(/^0+(?=\d)/, '').padStart(8, '0'))
      .replace(/[\u30a1-\u30f6]/g, (kana) => String.fromCharCode(kana.charCodeAt(0) - 0x60))
      .replace(behindOthers, (letter) => `${behind[letter]}\uffff${letter}`)
      .replace(/([เแโใไ])([ก-ฮ])|([ເແໂໃໄ])([ກ-ຮ])/g, '$2$1$4$3'),
  ]
    .slice(0, sorted)
    .join('')

/** A pattern for `like` that finds `part` anywhere in a folded name, with its own % and _ taken as they are. */
export const anywhere = (part: string): string => `%${foldName(part).replace(/[\\%_]/g, '\\$&')}%`

/**
 * The pieces of three characters of `part`, all of which a name has that contains it, as a tsquery on `grams(name)`; of a
 * shorter part, itself with whatever follows.
 */
export function gramsOf(part: string): string {
  const characters = [...foldName(part)]
  const quote = (from: number) =>
    `'${characters
      .slice(from, from + 3)
      .join('')
      .replace(/['\\]/g, '$&$&')}'`
  if (characters.length < 3) return `${quote(0)}:*`
  return [...new Set(Array.from({ length: characters.length - 2 }, (_, i) => quote(i)))].join(' & ')
}
