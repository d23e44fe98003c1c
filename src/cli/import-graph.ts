import { readFile } from 'node:fs/promises'
import { SingleBar } from 'cli-progress'
import { type Edge, importEdges, importMembers } from '../connections/import-graph.ts'
import { CannotStart } from '../platform/process.ts'
import { withKith } from './with-kith.ts'

export type ImportOptions = { requests: number; skipBad?: boolean; prefix: string; announce?: boolean }

type Graph = { edges: Edge[]; bad: { line: number; why: string }[]; repeated: number }

/**
 * Reads a list of edges: two numbers or names a line, `#` begins a comment. An edge that comes again, in either
 * direction, is one friendship.
 */
export function readGraph(text: string, prefix: string): Graph {
  const graph: Graph = { edges: [], bad: [], repeated: 0 }
  const seen = new Set<string>()
  for (const [i, whole] of text.split('\n').entries()) {
    const line = whole.replace(/#.*/, '').trim()
    if (!line) continue
    const bad = (why: string) => graph.bad.push({ line: i + 1, why: `${why}: "${line.slice(0, 60)}"` })
    const parts = line.split(/[\s,;]+/)
    const [a, b] = parts
    if (parts.length !== 2 || !a || !b) bad('not two members')
    else if (!/^[A-Za-z0-9_-]{1,100}$/.test(a) || !/^[A-Za-z0-9_-]{1,100}$/.test(b)) bad('not a number or name')
    else if (a === b) bad('a member with themselves')
    else {
      const key = a < b ? `${a} ${b}` : `${b} ${a}`
      if (seen.has(key)) graph.repeated++
      else {
        seen.add(key)
        graph.edges.push({ from: `${prefix}${a}`, to: `${prefix}${b}`, open: false })
      }
    }
  }
  return graph
}

/** Imports members and friendships. What is there already stays: a stopped import goes on where it was. */
export async function importGraph(file: string, options: ImportOptions): Promise<void> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new CannotStart(
      `${file} cannot be read: ${error.code === 'ENOENT' ? 'there is no such file' : error.message}.`,
    )
  })
  if (!/^[A-Za-z0-9_-]{0,100}$/.test(options.prefix))
    throw new CannotStart('A prefix may have letters, digits, - and _ only.')
  const { edges, bad, repeated } = readGraph(text, options.prefix)
  for (const { line, why } of bad.slice(0, 20)) console.error(`${file}:${line}: ${why}`)
  if (bad.length > 20) console.error(`... and ${bad.length - 20} bad lines more.`)
  if (bad.length && !options.skipBad)
    throw new CannotStart(`${bad.length} bad lines; nothing was imported. Mend them, or pass --skip-bad.`)
  // The last ones stay requests, so that the same file with the same number always gives the same community.
  for (const edge of edges.slice(Math.max(0, edges.length - options.requests))) edge.open = true

  await withKith('import-graph', async (kith) => {
    const usernames = [...new Set(edges.flatMap(({ from, to }) => [from, to]))]
    const bar = new SingleBar({
      format: '{bar} {percentage}% | {value}/{total} {what} | {duration_formatted}',
      noTTYOutput: true,
      notTTYSchedule: 5_000,
      hideCursor: true,
    })
    const announce = options.announce ?? false
    const done = { members: 0, connections: 0, requests: 0 }
    bar.start(usernames.length + edges.length, 0, { what: 'members' })
    try {
      for (let i = 0; i < usernames.length; i += 1000) {
        const batch = usernames.slice(i, i + 1000)
        done.members += await importMembers(kith, batch, announce)
        bar.increment(batch.length)
      }
      for (let i = 0; i < edges.length; i += 2000) {
        const batch = edges.slice(i, i + 2000)
        const made = await importEdges(kith, batch, announce)
        done.connections += made.connections
        done.requests += made.requests
        bar.increment(batch.length, { what: 'members and friendships' })
      }
    } finally {
      bar.stop()
    }
    const there = edges.length - done.connections - done.requests
    console.log(
      `New: ${done.members} members, ${done.connections} friendships, ${done.requests} open requests. ` +
        `There already: ${usernames.length - done.members} members, ${there} relations.` +
        `${repeated ? ` Repeated in the file: ${repeated}.` : ''}${bad.length ? ` Bad lines skipped: ${bad.length}.` : ''}`,
    )
  })
}
