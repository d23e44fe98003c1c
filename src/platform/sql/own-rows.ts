import type { Db } from '../db/database.ts'
import { type Placeholders, statement } from './statement.ts'

/** A member's own rows as lines of JSON, read in batches, so that there may be any number. */
export type OwnRows = (db: Db, member: number) => AsyncIterable<string>

/** Rows per batch. */
export const rowsAtOnce = 50

const asLines = (rows: { json: string }[]) => rows.map(({ json }) => `${json}\n`).join('')

/**
 * Reads rows as lines, until there are no more.
 * @param read returns a batch in the order of its keys: `rowsAtOnce` of them as long as there are more
 */
export async function* inLines(
  read: (after: number, most: number) => Promise<{ key: number; json: string }[]>,
): AsyncIterable<string> {
  for (let after = -1; ; ) {
    const rows = await read(after, rowsAtOnce)
    if (rows.length) yield asLines(rows)
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
    yield asLines(await read(ids.slice(from, from + rowsAtOnce)))
}

type Own = { key: string; json: string; from: string }

/** Keys that are read ahead. Where no index has them in order, all are sorted each time. */
const keysAtOnce = 10_000

/**
 * Declares how a member's rows are read: the first few at once, and of whoever has more the keys in large batches, then the rows
 * of those.
 * @param sql `key`: their order, which finds one of them by an index; `json`: SQL of a row as JSON; and `from ... where ...`
 */
export function ownRows(name: string, sql: ($: Placeholders<{ member: 'bigint' }>) => Own): OwnRows {
  const takes = { member: 'bigint', after: 'bigint', most: 'int' } as const
  const behind = ({ key, from }: Own, $: Placeholders<typeof takes>) =>
    `${from} and ${key} > ${$.after} order by ${key} limit ${$.most}`
  const first = statement({
    name,
    takes,
    gives: { key: 'bigint', json: 'text' },
    sql($) {
      const own = sql($)
      return `select ${own.key} as key, (${own.json})::text as json ${behind(own, $)}`
    },
  })
  const keys = statement({
    name: `${name}, keys`,
    takes,
    gives: { key: 'bigint' },
    sql($) {
      const own = sql($)
      return `select ${own.key} as key ${behind(own, $)}`
    },
  })
  const some = statement({
    name: `${name}, some`,
    takes: { member: 'bigint', keys: 'bigint[]' },
    gives: { json: 'text' },
    sql($) {
      const { key, json, from } = sql($)
      return `select (${json})::text as json ${from} and ${key} = any(${$.keys}) order by ${key}`
    },
  })
  return async function* (db, member) {
    const rows = await first.rows(db, { member, after: -1, most: rowsAtOnce })
    if (rows.length) yield asLines(rows)
    if (rows.length < rowsAtOnce) return
    for (let after = rows.at(-1)?.key; after !== undefined; ) {
      const found = await keys.rows(db, { member, after, most: keysAtOnce })
      const ids = found.map(({ key }) => key)
      yield* inLinesOf(ids, (keys) => some.rows(db, { member, keys }))
      after = ids.length < keysAtOnce ? undefined : ids.at(-1)
    }
  }
}
