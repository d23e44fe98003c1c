import { graphemesOf } from '../platform/text.ts'

/** What stands between words; an apostrophe is within one. */
const between = /(?:(?!['’ʼ])[\s\p{P}\p{Z}\p{S}])+/u

/** Letters and digits as people see them, and emoji; nothing that is invisible, nor anything that turns what follows. */
const drawable = /^(?!\p{Default_Ignorable_Code_Point})(?:\p{L}|\p{N}|\p{Extended_Pictographic}|\p{RI})/u
/** All that may be in one of these: marks, joiners between emoji and within syllables, the shape and tone of an emoji. */
const strange = /[^\p{L}\p{N}\p{M}\p{Extended_Pictographic}\p{RI}\p{Emoji_Modifier}\u200c\u200d]/gu
/** A family of four has eleven code points; of more marks on one letter the first are drawn. */
const longest = 12

const firstOf = (text: string) => graphemesOf(text).containing(0)?.segment ?? ''

/** The first character of a word that can be drawn, as one reads characters; empty if there is none. */
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
 * What stands for a name in a small picture. Two letters, of the first and the last word, where the script has capitals;
 * in other scripts one character, because two of them beside each other may be read as a word or join.
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
