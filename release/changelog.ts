/** What a version's part of the changelog begins with, whatever there is to do. */
export const headings = ['### What you must do', '### What is new'] as const
const title = '## Unreleased'
/** What stands for a version that asks for nothing. */
const nothing = '- Nothing.'
const empty = `${title}\n\n${headings[0]}\n\n${nothing}\n\n${headings[1]}\n`

/** What has not been released: the whole part, and what stands under each of its headings; null where that is not its form. */
export function readUnreleased(changelog: string): { part: string; must: string; isNew: string } | null {
  const begin = changelog.indexOf(`\n${title}\n`)
  if (begin < 0) return null
  const end = changelog.indexOf('\n## ', begin + title.length + 1)
  const part = changelog.slice(begin + 1, end < 0 ? undefined : end + 1)
  const [first, second] = headings.map((each) => part.indexOf(`\n${each}\n`)) as [number, number]
  if (first < 0 || second < first || part.slice(title.length, first).trim()) return null
  return {
    part,
    must: part.slice(first + headings[0].length + 2, second).trim(),
    isNew: part.slice(second + headings[1].length + 2).trim(),
  }
}

/** Whether a version asks nothing of whoever runs it. */
export const asksNothing = ({ must }: { must: string }) => must === nothing

/** The changelog once a version is out: what was new has its number and its day, and nothing is there yet for the next. */
export function released(changelog: string, version: string, day: string): string {
  const unreleased = readUnreleased(changelog)
  if (!unreleased) throw new Error('The changelog has no part that could be released')
  return changelog.replace(
    unreleased.part,
    () => `${empty}\n${unreleased.part.replace(title, `## ${version} (${day})`)}`,
  )
}
