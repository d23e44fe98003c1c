import type { Db } from '../db/database.ts'
import { badField } from '../errors.ts'
import type { Key, PageRequest, PageRows } from './page.ts'

/**
 * A list as SQL. `pick` finds the rows of one page from an index alone; only those are joined and rendered, so a
 * page costs what its rows cost, wherever it lies and however long the list is.
 */
export type List = {
  /** `from ... where ...` that yields the candidates, without order and limit. */
  from: string
  /** Columns of `from` that `render` needs, besides the keys. */
  columns: string
  /** Instead of `from` and `columns`, where one ordered scan is not enough: the whole pick, keys named k0, k1, ... */
  pick?: (way: Way, at: { limit: string; offset: string; key: number }) => string
  /** What the list is ordered by: together unique. */
  keys: { sql: string; descending: boolean; type: 'bigint' | 'xid8' | 'text' | 'boolean' | 'timestamptz' }[]
  /** Joins that the page's rows, named `p`, need to be rendered. */
  joins: string
  /** SQL of the row as JSON. */
  render: string
  /** SQL of the total number, from kept counters; must obey what `from` obeys. */
  count: string
  /** More scalars wanted with the page: name to SQL. */
  extra?: Record<string, string>
  /** CTEs that the rest may use. */
  with?: string
}

type Row = { count: number | null; rows: string | null; n: number; nearest: string | null; farthest: string | null }

/** The condition that a row lies beyond the cursor, for mixed directions: (a < x) or (a = x and (b > y)). */
function beyond(keys: List['keys'], backwards: boolean, at: number): string {
  const test = (i: number): string => {
    const key = keys[i] as List['keys'][number]
    const value = `$${at + i}::${key.type}`
    const sign = key.descending !== backwards ? '<' : '>'
    const strictly = `${key.sql} ${sign} ${value}`
    return i === keys.length - 1 ? strictly : `(${strictly} or (${key.sql} = ${value} and ${test(i + 1)}))`
  }
  // Postgres seeks an index by a row comparison, which wants one direction throughout.
  if (keys.length > 1 && keys.every((key) => key.descending === keys[0]?.descending)) {
    const sign = keys[0]?.descending !== backwards ? '<' : '>'
    return `(${keys.map((key) => key.sql).join(', ')}) ${sign} (${keys.map((key, i) => `$${at + i}::${key.type}`).join(', ')})`
  }
  return test(0)
}

function checkKey(list: List, key: Key): Key {
  const fits =
    key.length === list.keys.length &&
    key.every((value, i) => {
      const { type } = list.keys[i] as List['keys'][number]
      if (type === 'text') return typeof value === 'string'
      if (type === 'boolean') return value === 'true' || value === 'false'
      if (type === 'xid8') return typeof value === 'string' && /^\d{1,19}$/.test(value)
      if (type === 'timestamptz') return typeof value === 'string' && isMoment(value)
      return Number.isSafeInteger(value)
    })
  if (!fits) throw badField('cursor', 'invalid', 'This is a cursor of another list. Follow `next` as it was given.')
  return key
}

/** A moment as the keys of pages spell it: neither what only JavaScript understands, nor the 30th of February. */
function isMoment(text: string): boolean {
  const [, second] = /^(?!0000)(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d{1,6})?\+00:00$/.exec(text) ?? []
  const read = new Date(`${second}Z`)
  return !Number.isNaN(read.getTime()) && read.toISOString().startsWith(second as string)
}

/** Which way a page is walked to: from the top (or a bare offset), or on from a key, or back from one. */
export type Way = 'first' | 'after' | 'before'

const texts = new WeakMap<List, Map<Way, string>>()

/** Statements are made once for each list and way of walking it, and prepared by the database from then on. */
function textOf(list: List, way: Way, values: number): string {
  const known = texts.get(list) ?? new Map<Way, string>()
  const kept = known.get(way)
  if (kept) return kept
  const backwards = way === 'before'
  const [limit, offset] = [`$${values + 1}::bigint`, `$${values + 2}::bigint`]
  const order = list.keys.map((key) => `${key.sql} ${key.descending !== backwards ? 'desc' : 'asc'}`).join(', ')
  const pick = list.pick
    ? list.pick(way, { limit, offset, key: values + 3 })
    : `select ${[list.columns, ...list.keys.map((key, i) => `${key.sql} as k${i}`)].filter(Boolean).join(', ')}
    ${list.from}${way === 'first' ? '' : ` and ${beyond(list.keys, backwards, values + 3)}`}
    order by ${order} limit ${limit} + 1 offset ${way === 'first' ? offset : `0 * ${offset}`}`
  const key = list.keys.map((each, i) => (each.type === 'boolean' ? `p.k${i}::text` : `p.k${i}`)).join(', ')
  const extra = Object.entries(list.extra ?? {}).map(([name, sql]) => `, (${sql}) as "${name}"`)
  const text = `with ${list.with ? `${list.with}, ` : ''}p as (
  select p.*, row_number() over () as n from (
    ${pick}
  ) p
), page as (
  select p.n, json_build_array(${key})::text as key, ${list.render} as row from p ${list.joins}
)
select (${list.count}) as count, count(*)::int as n,
  string_agg(row::text, ',' order by n${backwards ? ' desc' : ''}) filter (where n <= ${limit}) as rows,
  max(key) filter (where n = 1) as nearest, max(key) filter (where n = ${limit}) as farthest${extra.join('')}
from page`
  texts.set(list, known.set(way, text))
  return text
}

const parseKey = (text: string | null): Key | null => (text === null ? null : JSON.parse(text))

/**
 * Fetches one page in one statement.
 * @returns the page, and with it whatever `extra` asked for
 */
export async function fetchPage<Extra extends object = object>(
  db: Db,
  list: List,
  values: unknown[],
  page: PageRequest,
): Promise<PageRows & { extra: Extra }> {
  const way = page.seek?.direction ?? 'first'
  const text = textOf(list, way, values.length)
  const key = page.seek ? checkKey(list, page.seek.key) : []
  const [row] = await db.query<Row & Extra>(text, [...values, page.limit, page.offset, ...key])
  if (!row) throw new Error('A page is always one row')
  const [nearest, farthest] = [parseKey(row.nearest), parseKey(row.farthest)]
  const backwards = way === 'before'
  return {
    count: row.count ?? 0,
    rows: row.rows ?? '',
    first: backwards ? farthest : nearest,
    last: backwards ? nearest : farthest,
    // Walking back, the row the cursor stood on lies ahead.
    more: backwards || row.n > page.limit,
    extra: row,
  }
}
