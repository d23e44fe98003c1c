import { fold } from './fold.ts'

/** The searched form of a name: folded, with single spaces, and none around it. */
export const foldName = (name: string): string =>
  fold(name)
    .replace(/[\s\u2800]+/gu, ' ')
    .trim()

/** How many characters of a name decide its place in a sorted list: addresses of pages carry them. */
const sorted = 60

/** Cyrillic letters that the alphabet places elsewhere than Unicode: each after another letter. */
const behind: Record<string, string> = {
  ...{ ґ: 'г', ғ: 'г', ђ: 'д', є: 'е', ѕ: 'з', і: 'и', ј: 'и', қ: 'к', љ: 'л', њ: 'н', ң: 'н', ө: 'о', ћ: 'т', ү: 'у' },
  ...{ ұ: 'у', џ: 'ч', ә: 'а' },
}
const behindOthers = new RegExp(`[${Object.keys(behind).join('')}]`, 'g')

/**
 * The sort key of a name, as bytes. Letters sort as in alphabets, whatever their case and accents; Japanese by sound;
 * Thai and Lao by consonants; numbers by value; signs before digits before letters.
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

/** A pattern for `like` that finds `part` anywhere in a folded name, with its own % and _ escaped. */
export const anywhere = (part: string): string => `%${foldName(part).replace(/[\\%_]/g, '\\$&')}%`

/**
 * A tsquery on `grams(name)` for the names that contain `part`: all its pieces of three characters; for a shorter
 * part, a prefix.
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
