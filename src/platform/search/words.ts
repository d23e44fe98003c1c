import { isAscii } from '../text.ts'
import { foldButJoiners } from './fold.ts'

/** Words are cut to this many characters, in texts and in queries. */
const longestWord = 64
/** Parts of a word with apostrophes that are combined: with more, the time would grow with the square. */
const longestChain = 4
/** PostgreSQL takes a megabyte of words per text; this leaves a margin for how it stores them. */
const mostBytes = 900_000
/** Words of a query that are looked up in the index; the texts found must have all the others, too. */
const mostLookedUp = 6

// Scripts without spaces need no dictionary here: they are cut into pieces of three characters, one from each
// character on.
const spaceless =
  '\\p{scx=Hani}\\p{scx=Hira}\\p{scx=Kana}\\p{sc=Bopo}\\p{sc=Yiii}\\p{sc=Thai}\\p{sc=Laoo}\\p{sc=Khmr}\\p{sc=Mymr}' +
  '\\p{sc=Tale}\\p{sc=Talu}\\p{sc=Lana}\\p{sc=Tavt}\\p{sc=Java}'
// Code points that are unassigned or private count as letters.
const letter = '\\p{L}\\p{M}\\p{N}\\p{Cn}\\p{Co}'
const apostrophe = '\'’‘ʼʻ`´′׳״"”\u200c'
const spaced = `[[${letter}]--[${spaceless}${apostrophe}]]`
const pieces = new RegExp(
  `(?<run>[[${letter}]&&[${spaceless}]]+)` +
    `|(?<word>${spaced}+(?:[${apostrophe}]${spaced}+)*)(?<sign>(?:\\+\\+|#)(?!${spaced}))?` +
    '|(?<picture>\\p{RI}\\p{RI}|[\\p{Extended_Pictographic}--[©®™#*0-9]])',
  'gv',
)
/** The same for texts of ASCII alone, in a third of the time: words, with the sign behind them. */
const asciiPieces = /[a-z0-9]+(?:['`"][a-z0-9]+)*(?:(?:\+\+|#)(?![a-z0-9]))?/g
const apostrophes = new RegExp(`[${apostrophe}]`, 'v')

const joined = (word: string) => word.split(apostrophes).join('')
const cut = (word: string) => (word.length <= longestWord ? word : [...word].slice(0, longestWord).join(''))

/** The parts of a word with apostrophes, a few at a time. */
function chainsOf(word: string): string[][] {
  const parts = word.split(apostrophes)
  const chains: string[][] = []
  for (let i = 0; i < parts.length; i += longestChain) chains.push(parts.slice(i, i + longestChain))
  return chains
}

/** A piece of a text: characters without spaces between words, a word with the sign behind it, or a picture. */
type Piece = { run?: string; word?: string; sign?: string; picture?: string }

/** Cuts a text, and gives its pieces to `take` until that returns false. */
function eachPiece(text: string, take: (piece: Piece) => boolean): void {
  const folded = foldButJoiners(text)
  if (!isAscii(folded)) {
    for (const { groups = {} } of folded.matchAll(pieces)) if (!take(groups)) return
    return
  }
  for (const word of folded.match(asciiPieces) ?? []) {
    const signs = word.endsWith('#') ? 1 : word.endsWith('+') ? 2 : 0
    const piece = signs ? { word: word.slice(0, -signs), sign: word.slice(-signs) } : { word }
    if (!take(piece)) return
  }
}

/** Gives the words that a piece of a text is found by to `add`, until that returns false. */
function eachWord({ run, word, sign, picture }: Piece, add: (word: string) => boolean): boolean {
  if (picture) return add(picture)
  if (run) {
    const characters = [...run]
    for (let i = 0; i < characters.length; i++) if (!add(characters.slice(i, i + 3).join(''))) return false
    return true
  }
  if (!word) return true
  if (!apostrophes.test(word)) return add(cut(word)) && (!sign || add(cut(word) + sign))
  for (const parts of chainsOf(word)) {
    for (const part of parts) if (!add(cut(part))) return false
    for (let i = 0; i < parts.length - 1; i++) if (!add(cut(parts.slice(i).join('')))) return false
  }
  // c++, c#
  return !sign || add(cut(joined(word)) + sign)
}

/** How many places of a word are kept. Places decide the order of results, and repetitions count up to this. */
const mostPlaces = 3
const lastPlace = 16_383
/** The first place of a text that follows a title. */
const behindTitle = 100

/** Every word that a text is found by, with the first places it stands at, counted from 1. */
export function wordsIn(text: string): Map<string, number[]> {
  const words = new Map<string, number[]>()
  let [bytes, place] = [0, 0]
  const add = (word: string) => {
    place++
    const places = words.get(word)
    if (places && places.length === mostPlaces) return true
    bytes += places ? 2 : Buffer.byteLength(word) + 6
    if (bytes > mostBytes) return false
    if (places) places.push(place)
    else words.set(word, [place])
    return true
  }
  eachPiece(text, (piece) => eachWord(piece, add))
  return words
}

/**
 * The words of a text in the syntax of a tsvector. Several of them, joined by a space, are a tsvector too.
 * @param weight `A` for what counts most, such as titles, `B` for the rest
 */
export function vectorOf(text: string, weight: 'A' | 'B'): string {
  const before = weight === 'A' ? 0 : behindTitle
  let vector = ''
  for (const [word, places] of wordsIn(text)) {
    vector += `${vector && ' '}'${word}'`
    for (let i = 0; i < places.length; i++)
      vector += (i ? ',' : ':') + Math.min(before + (places[i] as number), lastPlace) + weight
  }
  return vector
}

/** A query as tsqueries: one with all words, and one for each of the longest words, which tend to be rare. */
export type Searched = { all: string; first: string[] }

/**
 * Cuts a query as texts are cut. Each word matches as a prefix. In a script without spaces, it matches pieces of
 * three characters as they stand; one or two characters match as a prefix. Null if there is no word.
 */
export function searchedIn(text: string): Searched | null {
  const words = new Map<string, number>()
  const add = (word: string, goesOn: boolean) => words.set(`'${word}'${goesOn ? ':*' : ''}`, word.length)
  eachPiece(text, ({ run, word, sign, picture }) => {
    if (picture) add(picture, false)
    if (run) {
      const characters = [...run]
      for (let i = 0; i === 0 || i + 3 <= characters.length; i++)
        add(characters.slice(i, i + 3).join(''), characters.length < 3)
    }
    if (word && sign) add(cut(joined(word)) + sign, false)
    else if (word) for (const parts of chainsOf(word)) add(cut(parts.join('')), true)
    return true
  })
  if (!words.size) return null
  const longest = [...words].sort(([, a], [, b]) => b - a).map(([word]) => word)
  return { all: [...words.keys()].join(' & '), first: longest.slice(0, mostLookedUp) }
}
