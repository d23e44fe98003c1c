/**
 * Normalising sorts every run of combining marks, in a time that grows with the square of its length: a text of nothing
 * else takes minutes. No script stacks more of them than this on one letter, so of a longer run the beginning is kept.
 */
const longestRun = 16

// The last two are letters that become marks when they are taken apart.
const mark = '[\\p{M}\\uff9e\\uff9f]'
const longRuns = new RegExp(`(${mark}{${longestRun}})${mark}+`, 'gu')

/** The text without what is beyond the sixteenth of a run of combining marks. */
export const capMarks = (text: string): string => text.replace(longRuns, '$1')

/** The text with every letter taken apart (NFKD), in a time in proportion to its length. Nothing else may normalise. */
export const takeApart = (text: string): string => capMarks(text).normalize('NFKD')

/** The beginning of a text that is no longer than so many bytes once it is taken apart; its long runs of marks are cut. */
export function cutApart(text: string, mostBytes: number): string {
  const capped = capMarks(text)
  // No letter becomes more than eleven times as long.
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
