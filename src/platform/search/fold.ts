import { takeApart } from '../text.ts'

/**
 * The number of the rules by which texts are folded and cut. Whoever changes what is kept for a text that is written
 * already raises it: rows of lower rules are done again, in the background.
 */
export const rules = 1

/** Letters that differ in writing and are one to a person who searches; those that come apart (é, ﬁ) need no line. */
const alike: Record<string, string> = {
  ...{ ß: 'ss', æ: 'ae', œ: 'oe', ø: 'o', ł: 'l', đ: 'd', ð: 'd', þ: 'th', ħ: 'h', ŧ: 't', ı: 'i', ς: 'σ' },
  ...{ ى: 'ي', ی: 'ي', ک: 'ك', ة: 'ه', ٱ: 'ا', ۀ: 'ه', ە: 'ه' },
}
const alikeLetters = new RegExp(`[${Object.keys(alike).join('')}]`, 'g')

/** What is not seen: soft hyphens, joiners, variation selectors, directions; and the Arabic stroke that only stretches. */
const invisible = /[\p{Default_Ignorable_Code_Point}\u0640]/gu

/**
 * Marks that many leave out: accents, points of Hebrew, vowels of Arabic, dots below letters of India. Vowels and tones of
 * other scripts stay, and the voicing of Japanese: without them words are others.
 */
const accents =
  /[[[\p{Mn}\p{Me}]&&[\p{sc=Zinh}\p{sc=Latn}\p{sc=Grek}\p{sc=Cyrl}\p{sc=Hebr}\p{sc=Arab}\p{sc=Syrc}]]--[\u3099\u309a]]|[\u093c\u09bc\u0a3c\u0abc\u0b3c\u0cbc\u{110ba}\u{11173}\u{111ca}\u{11236}\u{112e9}\u{1133b}\u{1133c}\u{114c3}\u{115c0}\u{116b7}]/gv

const zeros = new Map<number, number>()

/** A digit of any script as the one it stands for. Each script has its ten in a row. */
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

const isAscii = (text: string) => !/\P{ASCII}/u.test(text)

/**
 * A text as it is compared: without case, accents, normal form, width and what cannot be seen. Whatever is kept to be
 * searched, and whatever is searched for, goes through here; the database compares the outcome and folds nothing itself.
 * Takes a time in proportion to the length; folding twice is folding once.
 */
export const fold = (text: string): string =>
  isAscii(text) ? text.toLowerCase() : foldLetters(takeApart(text).replace(invisible, ''))

/** The same, with the joiners left where they stand that split words without a space, as Persian writes them. */
export const foldButJoiners = (text: string): string =>
  isAscii(text)
    ? text.toLowerCase()
    : foldLetters(takeApart(text).replace(invisible, (one) => (one === '\u200c' ? one : '')))
