import type { Db } from '../db/database.ts'
import { type Placeholders, statement } from './statement.ts'

/** A member's own rows as lines of JSON, read in batches, so that there may be any number. */
export type OwnRows = (db: Db, member: number) => AsyncIterable<string>

/** Rows per batch. */
export const rowsAtOnce = 50

/**
 * Reads rows as lines, until there are no more.
 * @param read returns a batch in the order of its keys: `rowsAtOnce` of them as long as there are more
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
 * Reads the rows with given ids as lines.
 * @param read returns those of the ids that still exist, in order
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
 * Declares how a member's rows are read.
 * @param sql `key`: their order, in an index that begins with the member; `json`: SQL of a row as JSON; and `from ...
 * where ...`
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
