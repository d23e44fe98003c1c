import { readFile } from 'node:fs/promises'
import { SingleBar } from 'cli-progress'
import { importMembers } from '../accounts/import.ts'
import { importConnections } from '../connections/import.ts'
import type { ErrorItem } from '../platform/errors.ts'
import { CannotStart } from '../platform/process.ts'
import { type Said, say } from './say.ts'
import { changeKith } from './with-kith.ts'

export type ImportOptions = Said & { requests: number; skipBad?: boolean; prefix: string; announce?: boolean }

/** A friendship to be made between two usernames; `open` leaves it as a request from the first to the second. */
type Edge = { line: number; from: string; to: string; open: boolean }
type Graph = { edges: Edge[]; bad: { line: number; why: string }[]; repeated: number }

const name = /^[A-Za-z0-9_-]{1,100}$/
const isNumber = (text: string) => /^\d+$/.test(text)
/** What headings of such files look like. */
const heading = /^(source|target|from|to|user|friend|member|node|src|dst|id)[_-]?(id|name|user|node)?[_-]?[ab12]?$/i

/**
 * Reads a list of edges: two numbers or names a line; `#` begins a comment. A repeated edge, in either direction and
 * any case, is one friendship. A heading is skipped.
 */
export function readGraph(text: string, prefix: string): Graph {
  const graph: Graph = { edges: [], bad: [], repeated: 0 }
  const seen = new Set<string>()
  const lines = text
    .replace(/^\ufeff/, '')
    .split('\n')
    .map((whole, i) => ({ line: i + 1, said: whole.replace(/#.*/, '').trim() }))
    .filter(({ said }) => said)
  const cells = (said: string) => said.split(/[\s,;]+/)
  const [first, ...rest] = lines
  const [second] = rest
  /** Whether the first line is only a heading: none of its names occurs again, and it looks like one. */
  function isHeading({ line, said }: (typeof lines)[0]): boolean {
    if (line !== first?.line || !second || cells(said).some(isNumber)) return false
    if (cells(second.said).every(isNumber)) return true
    const names = new Set(cells(said))
    return (
      cells(said).every((cell) => heading.test(cell)) &&
      !rest.some((each) => cells(each.said).some((cell) => names.has(cell)))
    )
  }
  for (const each of lines) {
    const { line, said } = each
    const bad = (why: string) => graph.bad.push({ line, why: `${why}: "${said.slice(0, 60)}"` })
    const parts = cells(said)
    const [a, b] = parts
    if (isHeading(each)) bad('a heading, not two members')
    else if (parts.length !== 2 || !a || !b) bad('not two members')
    else if (!name.test(a) || !name.test(b)) bad('not a number or name')
    else if (a.toLowerCase() === b.toLowerCase()) bad('a member with themselves')
    else {
      const key = [a, b]
        .map((part) => part.toLowerCase())
        .sort()
        .join(' ')
      if (seen.has(key)) graph.repeated++
      else {
        seen.add(key)
        graph.edges.push({ line, from: `${prefix}${a}`, to: `${prefix}${b}`, open: false })
      }
    }
  }
  return graph
}

const sayWhy = (errors: ErrorItem[]) =>
  errors
    .flatMap((each) => ('field' in each ? each.messages : [each]))
    .map(({ message }) => message)
    .join(' ')

/** Imports members and friendships. What exists already stays: an import that was stopped goes on where it was. */
export async function importGraph(file: string, options: ImportOptions): Promise<void> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new CannotStart(
      `${file} cannot be read: ${error.code === 'ENOENT' ? 'there is no such file' : error.message}.`,
    )
  })
  if (!/^[A-Za-z0-9_-]{0,100}$/.test(options.prefix))
    throw new CannotStart('A prefix may have letters, digits, - and _ only.')
  const { edges, bad, repeated } = readGraph(text, options.prefix)
  tell(bad.map(({ line, why }) => `${file}:${line}: ${why}`))
  if (bad.length && !options.skipBad)
    throw new CannotStart(`${bad.length} bad lines; nothing was imported. Mend them, or pass --skip-bad.`)
  // The last ones stay requests, so that the same file with the same number always gives the same community.
  for (const edge of edges.slice(Math.max(0, edges.length - options.requests))) edge.open = true

  await changeKith('import-graph', options, async (kith) => {
    // Names that differ only in case are one member.
    const usernames = [
      ...new Map(edges.flatMap(({ from, to }) => [from, to]).map((name) => [name.toLowerCase(), name])).values(),
    ]
    const bar = new SingleBar({
      format: '{bar} {percentage}% | {value}/{total} {what} | {duration_formatted}',
      noTTYOutput: true,
      notTTYSchedule: 5_000,
      hideCursor: true,
    })
    const announce = options.announce ?? false
    const done = { members: 0, known: 0, connected: 0, requested: 0, there: 0 }
    const refused: string[] = []
    bar.start(usernames.length + edges.length, 0, { what: 'members' })
    try {
      for (let i = 0; i < usernames.length; i += 1000) {
        const batch = usernames.slice(i, i + 1000)
        const members = batch.map((username) => ({ username, real_name: username }))
        // A name that cannot be a member is reported with each of its lines.
        for (const each of await importMembers(kith, members, announce))
          if ('id' in each) done[each.made ? 'members' : 'known']++
        bar.increment(batch.length)
      }
      for (let i = 0; i < edges.length; i += 1000) {
        const batch = edges.slice(i, i + 1000)
        const wanted = batch.map(({ from, to, open }) => ({
          from: { by: 'username', name: from } as const,
          to: { by: 'username', name: to } as const,
          state: open ? ('requested' as const) : ('connected' as const),
        }))
        for (const [n, each] of (await importConnections(kith, wanted, announce)).entries()) {
          const { line, from, to } = batch[n] as Edge
          if ('errors' in each) refused.push(`${file}:${line}: ${from} and ${to}: ${sayWhy(each.errors)}`)
          else if (!each.made) done.there++
          else if (each.state !== 'rejected') done[each.state]++
        }
        bar.increment(batch.length, { what: 'members and friendships' })
      }
    } finally {
      bar.stop()
    }
    tell(refused)
    say(
      options,
      { ...done, repeated, skipped: bad.length, refused: refused.length },
      `New: ${done.members} members, ${done.connected} friendships, ${done.requested} open requests. ` +
        `There already: ${done.known} members, ${done.there} relations.` +
        `${repeated ? ` Repeated in the file: ${repeated}.` : ''}${bad.length ? ` Bad lines skipped: ${bad.length}.` : ''}` +
        `${refused.length ? ` Refused: ${refused.length}.` : ''}`,
    )
    if (refused.length) process.exitCode = 1
  })
}

/** Reports what is wrong; if it is very much, how much more there is. */
function tell(faults: string[]): void {
  for (const each of faults.slice(0, 20)) console.error(each)
  if (faults.length > 20) console.error(`... and ${faults.length - 20} lines more.`)
}
