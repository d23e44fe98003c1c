import { graphemesOf } from '../platform/text.ts'

/** What separates words; an apostrophe is part of a word. */
const between = /(?:(?!['’ʼ])[\s\p{P}\p{Z}\p{S}])+/u

/** Letters, digits and emoji as people see them; nothing invisible, and nothing that turns what follows. */
const drawable = /^(?!\p{Default_Ignorable_Code_Point})(?:\p{L}|\p{N}|\p{Extended_Pictographic}|\p{RI})/u
/**
 * Everything that may not be in such a character, besides letters: marks, joiners of emoji and syllables, and the
 * shape and tone of emoji may.
 */
const strange = /[^\p{L}\p{N}\p{M}\p{Extended_Pictographic}\p{RI}\p{Emoji_Modifier}\u200c\u200d]/gu
/** A family of four has eleven code points; of more marks on one letter the first are drawn. */
const longest = 12

const firstOf = (text: string) => graphemesOf(text).containing(0)?.segment ?? ''

/** The first drawable character of a word, as people count characters; empty if there is none. */
function initialOf(word: string): string {
  for (const { segment } of graphemesOf(word)) {
    if (!drawable.test(segment)) continue
    const whole = [...segment.replace(strange, '')].slice(0, longest).join('')
    return whole.replace(/[\u200c\u200d]+$/, '')
  }
  return ''
}

// Capitals of Georgian are for headlines, and few fonts have them.
const hasCase = (letter: string) =>
  letter.toLowerCase() !== letter.toUpperCase() && !/^\p{Script=Georgian}/u.test(letter)

/**
 * The initials of a name for a small picture. In scripts with capitals two letters, of the first and the last word;
 * in other scripts one character, because two of them together may read as a word or join.
 * @returns empty if nothing of the name can be drawn
 */
export function initialsOf(name: string): string {
  const initials = name.slice(0, 1_000).split(between).map(initialOf).filter(Boolean)
  const [first = ''] = initials.length ? initials : [initialOf(name.slice(0, 1_000))]
  if (!hasCase(first)) return first
  const last = initials.findLast(hasCase)
  const capital = (letter: string) => firstOf(letter.toUpperCase())
  return initials.length > 1 && last ? capital(first) + capital(last) : capital(first)
}
