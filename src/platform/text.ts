/**
 * Normalising sorts every run of combining marks, in time that grows with the square of its length: a text of nothing
 * else takes minutes. No script puts more of them on one letter than this, so longer runs are cut.
 */
const longestRun = 16

// The last two are letters that become marks when decomposed.
const mark = '[\\p{M}\\uff9e\\uff9f]'
const longRuns = new RegExp(`(${mark}{${longestRun}})${mark}+`, 'gu')

/** The text with runs of combining marks cut to sixteen. */
export const capMarks = (text: string): string => text.replace(longRuns, '$1')

/** Whether a text has no character beyond ASCII. */
export const isAscii = (text: string): boolean => !/\P{ASCII}/u.test(text)

/** The decomposed text (NFKD), in time proportional to its length. Nothing else may normalise. */
export const takeApart = (text: string): string => (isAscii(text) ? text : capMarks(text).normalize('NFKD'))

/** The beginning of a text whose decomposition fits a number of bytes, with long runs of marks cut. */
export function cutApart(text: string, mostBytes: number): string {
  const capped = capMarks(text)
  // Decomposed, no letter becomes more than eleven times as long.
  let left = mostBytes
  if (Buffer.byteLength(capped) <= mostBytes / 11) return capped
  for (let start = 0; start < capped.length; ) {
    let end = start + 1_000
    if (/[\ud800-\udbff]/.test(capped.charAt(end - 1))) end++
    left -= Buffer.byteLength(capped.slice(start, end).normalize('NFKD'))
    if (left < 0) return capped.slice(0, start)
    start = end
  }
  return capped
}

/** Whether nothing of a text is visible: white space, joiners, fillers, the empty pattern of Braille. */
export const isBlank = (text: string): boolean =>
  !/[^\p{White_Space}\p{Default_Ignorable_Code_Point}\p{Cc}\u2800]/u.test(text)

// The tag letters of regional flags (England, Scotland, Wales) stay: without them those flags are the same.
const hidden = /[\p{Default_Ignorable_Code_Point}--[\u{e0020}-\u{e007f}]]/gv

/** The text without invisible characters: spaces of no width, joiners, variation selectors, directions. */
export const unhidden = (text: string): string => text.replace(hidden, '')

/**
 * The form in which names that must be unique are compared: without case, normal form and invisible characters. Names
 * keep those characters, as scripts need them; two names that differ in nothing else are the same. The database
 * function `name_key` does the same (docs/decisions/0123-names-that-look-alike.md).
 */
export const nameKey = (name: string): string => takeApart(unhidden(name)).toLowerCase()

// Loading its tables takes 0.1 s; a command that counts nothing should not wait for it.
let segmenter: Intl.Segmenter | undefined
/** The characters of a text, as a person counts them. */
export function graphemesOf(text: string): Intl.Segments {
  segmenter ??= new Intl.Segmenter('und', { granularity: 'grapheme' })
  return segmenter.segment(text)
}
/** Code points per character that a person counts, on average over a text, at most. */
const mostPerCharacter = 4
/** Above this limit, nobody counts by eye. */
const mostCounted = 10_000

/** Whether a text has more than `most` characters, as a person counts them, or is far longer than they would need. */
export function isLonger(text: string, most: number): boolean {
  if (text.length <= most) return false
  // A code point is one or two UTF-16 units.
  if (most > mostCounted || text.length > 2 * mostPerCharacter * most) return true
  let [codePoints, characters] = [0, 0]
  for (const { segment } of graphemesOf(text)) {
    characters++
    for (const _ of segment) codePoints++
    if (characters > most || codePoints > mostPerCharacter * most) return true
  }
  return false
}

// Selectors and joiners within emoji and words stay; at the end of a line they are only hidden there.
const around = /\u034f|[\p{White_Space}\u00ad\u115f\u1160\u180e\u200b-\u200f\u2060-\u2064\u2800\u3164\ufeff\uffa0]/u

/** A text of one line without white space and invisible characters around it. */
export function trimLine(text: string): string {
  let [start, end] = [0, text.length]
  while (start < end && around.test(text.charAt(start))) start++
  while (end > start && around.test(text.charAt(end - 1))) end--
  return text.slice(start, end)
}

// The flags of England, Scotland and Wales are a black flag followed by invisible letters.
const tags = /\u{1f3f4}[\u{e0020}-\u{e007e}]+\u{e007f}/gu

/** What is wrong with a text of one line, as a sentence: characters that break it, turn it around or hide in it. */
export function faultOfLine(text: string): string | null {
  if (/[\p{Cc}\u2028\u2029]/u.test(text)) return 'Leave out line breaks and other control characters.'
  if (/[\u202a-\u202e\u2066-\u2069]/u.test(text)) return 'Leave out the characters that turn the direction of writing.'
  if (
    /[\ufff9-\ufffb\u{e0000}-\u{e007f}]/u.test(text) &&
    /[\ufff9-\ufffb\u{e0000}-\u{e007f}]/u.test(text.replace(tags, ''))
  )
    return 'Leave out the characters that cannot be seen.'
  return null
}
