import { isAscii, takeApart } from '../text.ts'

/**
 * The version of the rules for folding and cutting texts. Raise it whenever a change gives another result for an
 * existing text: rows of lower versions are then indexed again, in the background.
 */
export const rules = 1

/** Letters that are written differently and count as one for a search; letters that decompose (é, ﬁ) need no line. */
const alike: Record<string, string> = {
  ...{ ß: 'ss', æ: 'ae', œ: 'oe', ø: 'o', ł: 'l', đ: 'd', ð: 'd', þ: 'th', ħ: 'h', ŧ: 't', ı: 'i', ς: 'σ' },
  ...{ ى: 'ي', ی: 'ي', ک: 'ك', ة: 'ه', ٱ: 'ا', ۀ: 'ه', ە: 'ه' },
}
const alikeLetters = new RegExp(`[${Object.keys(alike).join('')}]`, 'g')

/**
 * Invisible characters: soft hyphens, joiners, variation selectors, directions; and the Arabic stroke that only
 * stretches a word.
 */
const invisible = /[\p{Default_Ignorable_Code_Point}\u0640]/gu

/**
 * Marks that many people leave out: accents, points of Hebrew, vowels of Arabic, dots below letters of India. Vowels
 * and tones of other scripts stay, and so does the voicing of Japanese: without them the word is another.
 */
const accents =
  /[[[\p{Mn}\p{Me}]&&[\p{sc=Zinh}\p{sc=Latn}\p{sc=Grek}\p{sc=Cyrl}\p{sc=Hebr}\p{sc=Arab}\p{sc=Syrc}]]--[\u3099\u309a]]|[\u093c\u09bc\u0a3c\u0abc\u0b3c\u0cbc\u{110ba}\u{11173}\u{111ca}\u{11236}\u{112e9}\u{1133b}\u{1133c}\u{114c3}\u{115c0}\u{116b7}]/gv

const zeros = new Map<number, number>()

/** The ASCII digit for a digit of any script. Each script has its ten digits in a row. */
function digitOf(digit: string): string {
  const code = digit.codePointAt(0) as number
  let zero = zeros.get(code)
  if (zero === undefined) {
    zero = code
    while (code - zero < 9 && /\p{Nd}/u.test(String.fromCodePoint(zero - 1))) zero--
    zeros.set(code, zero)
  }
  return String(code - zero)
}

const foldLetters = (apart: string) =>
  apart
    // Upper case first: some letters have two lower cases, and İ, ı, ß and ẞ meet only there.
    .toUpperCase()
    .toLowerCase()
    .normalize('NFKD')
    .replace(accents, '')
    .normalize('NFC')
    .replace(alikeLetters, (letter) => alike[letter] as string)
    .replace(/[^\P{Nd}0-9]/gu, digitOf)

/**
 * Folds a text for comparison: without case, accents, normal form, width and invisible characters. Both searched
 * texts and search queries go through here; the database compares the results and folds nothing itself. It takes time
 * in proportion to the length. Folding twice is folding once.
 */
export const fold = (text: string): string =>
  isAscii(text) ? text.toLowerCase() : foldLetters(takeApart(text).replace(invisible, ''))

/** The same, but keeps the joiners that split words without a space, as in Persian. */
export const foldButJoiners = (text: string): string =>
  isAscii(text)
    ? text.toLowerCase()
    : foldLetters(takeApart(text).replace(invisible, (one) => (one === '\u200c' ? one : '')))
