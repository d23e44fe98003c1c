import { LRUCache } from 'lru-cache'
import type { Db } from '../db/database.ts'
import { badField } from '../errors.ts'
import { type Key, longestPage, type PageRequest, type PageRows } from './page.ts'

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
  pick?: (way: Way, at: Cut) => string
  /** Rows of a page at most, where pages may be longer than most lists' are. */
  longest?: number
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

/** What a pick is cut to; the parameters of a cursor begin at `key`. */
export type Cut = {
  limit: string
  /** Only on a page that has one. */
  offset: string | null
  key: number
  /** Of an ordered scan, the rows of the page and one more. */
  page(scan: string): string
  /** Of an ordered scan that is a part of the whole, those that may be of the page: `most`, and what is skipped before. */
  part(scan: string, most?: string): string
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

const longestOf = ({ longest = longestPage }: List) => longest

/**
 * Lists by what they depend on, so that their statements are made once. Filters come in thousands of combinations: those
 * that were asked for last are kept.
 */
export const keptLists = () => new LRUCache<string, List>({ max: 300 })

const texts = new WeakMap<List, Map<string, string>>()

/**
 * What is planned without knowing the numbers must look as cheap as it is, or PostgreSQL plans every page anew, which
 * takes longer than the page: so the most a page can have stands there as a number, and an offset only where there is
 * one.
 */
function cutOf(list: List, limit: string, offset: string | null): Pick<Cut, 'page' | 'part'> {
  const longest = longestOf(list) + 1
  return {
    page: (scan) =>
      `select * from (${scan} limit ${longest}${offset ? ` offset ${offset}` : ''}) few limit ${limit} + 1`,
    part: (scan, most = `${limit} + 1`) =>
      offset
        ? `select * from (${scan} limit ${most} + ${offset}) few`
        : `select * from (${scan} limit ${longest}) few limit ${most}`,
  }
}

/** The pick, as most lists have it. */
function pickSql(list: List, way: Way, at: Cut): string {
  const backwards = way === 'before'
  const columns = [list.columns, ...list.keys.map((key, i) => `${key.sql} as k${i}`)].filter(Boolean).join(', ')
  const order = list.keys.map((key) => `${key.sql} ${key.descending !== backwards ? 'desc' : 'asc'}`).join(', ')
  const scan = `select ${columns} ${list.from}${way === 'first' ? '' : ` and ${beyond(list.keys, backwards, at.key)}`}
      order by ${order}`
  return at.page(scan)
}

/** What a statement is given behind the list's own values: limit, offset where it has one, key. */
const hasOffset = (way: Way, offset: number) => way === 'first' && offset > 0

/** Statements are made once for each list and way of walking it; the database prepares those that are run often. */
function textOf(list: List, way: Way, offsets: boolean, values: number): string {
  const known = texts.get(list) ?? new Map<string, string>()
  const kept = known.get(`${way} ${offsets}`)
  if (kept) return kept
  const backwards = way === 'before'
  const limit = `$${values + 1}::bigint`
  const offset = offsets ? `$${values + 2}::bigint` : null
  const at = { limit, offset, key: values + (offset ? 3 : 2), ...cutOf(list, limit, offset) }
  const pick = list.pick ? list.pick(way, at) : pickSql(list, way, at)
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
  texts.set(list, known.set(`${way} ${offsets}`, text))
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
  if (page.limit > longestOf(list))
    throw new Error(`Pages of this list are longer than ${longestOf(list)}: say so in it`)
  const offsets = hasOffset(way, page.offset)
  const text = textOf(list, way, offsets, values.length)
  const key = page.seek ? checkKey(list, page.seek.key) : []
  const [row] = await db.query<Row & Extra>(text, [...values, page.limit, ...(offsets ? [page.offset] : []), ...key])
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
