import { styleText } from 'node:util'
import { printable } from './users.ts'

/** The fields of an event that every line shows. */
export type Told = { event_id: number; type: string; created: number; data: Record<string, unknown> }

/** Colours text for people, and leaves it as it is for programs. */
export const paint = (
  style: Parameters<typeof styleText>[0],
  text: string,
  stream: NodeJS.WriteStream = process.stdout,
): string => (stream.isTTY && !process.env.NO_COLOR ? styleText(style, text, { validateStream: false }) : text)

/** The members an event is about, from the first level of its data: `from_user alice, to_user bob`. */
export function peopleOf(data: Record<string, unknown>): string {
  const named = Object.entries(data).flatMap(([key, each]) => {
    const { username, author } = (each ?? {}) as { username?: string; author?: { username?: string } }
    if (username) return [`${key} ${username}`]
    return author?.username ? [`${key} of ${author.username}`] : []
  })
  if (!named.length && typeof data.username === 'string') named.push(data.username)
  return printable(named.join(', '))
}

/** A time by this machine's clock: `14:03:59`. */
export const clock = (at: Date): string => at.toTimeString().slice(0, 8)

/** An event in a line: when, its id, its type, whom it names. */
export const eventLine = ({ event_id, type, created, data }: Told): string =>
  `${paint('dim', clock(new Date(created * 1_000)))}  ${String(event_id).padStart(7)}  ${paint('cyan', type)}  ${peopleOf(data)}`

/**
 * Cuts the answer of a list into its rows, byte for byte: parsing and writing again would change what was signed.
 * @param text `{"count":...,"results":[{...},{...}]}`
 */
export function rowsOf(text: string): string[] {
  const rows: string[] = []
  let depth = 0
  let begin = -1
  // From one quote, brace or bracket to the next.
  const marks = /"(?:[^"\\]|\\.)*"|[{}[\]]/g
  for (let mark = marks.exec(text); mark; mark = marks.exec(text)) {
    const [what] = mark
    if (what === '{' || what === '[') {
      if (depth++ === 2) begin = mark.index
    } else if (what === '}' || what === ']') {
      if (--depth === 2) rows.push(text.slice(begin, mark.index + 1))
    }
  }
  return rows
}
