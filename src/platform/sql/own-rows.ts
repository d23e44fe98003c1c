import type { Db } from '../db/database.ts'
import { type Placeholders, statement } from './statement.ts'

/** What is kept of a member, read as lines of JSON, some at a time: so there may be as many as there are. */
export type OwnRows = (db: Db, member: number) => AsyncIterable<string>

/** So many rows are read at a time. */
export const rowsAtOnce = 50

/**
 * Reads rows as lines, until there are no more.
 * @param read gives some in the order of their keys, `rowsAtOnce` of them as long as there are more
 */
export async function* inLines(
  read: (after: number, most: number) => Promise<{ key: number; json: string }[]>,
): AsyncIterable<string> {
  for (let after = -1; ; ) {
    const rows = await read(after, rowsAtOnce)
    if (rows.length) yield rows.map(({ json }) => `${json}\n`).join('')
    if (rows.length < rowsAtOnce) return
    after = rows.at(-1)?.key as number
  }
}

/**
 * Reads rows whose ids are known as lines.
 * @param read gives those of some ids that are still there, in their order
 */
export async function* inLinesOf(
  ids: number[],
  read: (some: number[]) => Promise<{ json: string }[]>,
): AsyncIterable<string> {
  for (let from = 0; from < ids.length; from += rowsAtOnce)
    yield (await read(ids.slice(from, from + rowsAtOnce))).map(({ json }) => `${json}\n`).join('')
}

type Own = Placeholders<{ member: 'bigint'; after: 'bigint'; most: 'int' }>

/**
 * Declares how rows of a member are read.
 * @param sql `key`: what they are ordered by, in an index behind the member; `json`: SQL of a row as JSON; and `from ... where
 *   ...`
 */
export function ownRows(name: string, sql: ($: Own) => { key: string; json: string; from: string }): OwnRows {
  const some = statement({
    name,
    takes: { member: 'bigint', after: 'bigint', most: 'int' },
    gives: { key: 'bigint', json: 'text' },
    sql($) {
      const { key, json, from } = sql($)
      return `select ${key} as key, (${json})::text as json ${from} and ${key} > ${$.after} order by ${key} limit ${$.most}`
    },
  })
  return (db, member) => inLines((after, most) => some.rows(db, { member, after, most }))
}
