import { CannotStart } from '../platform/process.ts'
import { eventLine, rowsOf, type Told } from './event-lines.ts'
import { reach, type Where } from './remote.ts'

type Asked = Where & { type?: string[]; since?: string; limit: number; json?: boolean }

/** Prints the last events, or those since a moment, oldest first. */
export async function printEvents({ type = [], since, limit, json = false, ...where }: Asked): Promise<void> {
  if (limit < 1 || limit > 500) throw new CannotStart('From 1 to 500 events are printed: give --limit so.')
  const from = since === undefined ? null : Date.parse(since) / 1_000
  if (Number.isNaN(from)) throw new CannotStart(`"${since}" is no time. Give one as 2026-01-31T12:00:00Z.`)
  const kith = await reach(where)
  const types = type.map((each) => `&type=${encodeURIComponent(each)}`).join('')
  const { text } = await kith.ask('GET', `/events/?limit=${limit}${types}${from === null ? '' : `&since=${from}`}`)
  for (const row of rowsOf(text).reverse()) console.log(json ? row : eventLine(JSON.parse(row) as Told))
}
