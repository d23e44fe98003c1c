import type { Db } from '../db/database.ts'
import { badField } from '../errors.ts'
import { type Key, maxPage, maxPageBytes, type PageRequest, type PageRows } from '../http/page.ts'
import { type Lru, lru } from '../lru.ts'
import { type Depth, fillIn } from './fill.ts'
import { isForked, take } from './fork.ts'
import { atSql } from './fragments.ts'
import { tablesOf, tablesSql, takeReferred } from './referred.ts'
import {
  type Compiled,
  compile,
  type Gives,
  keyOf,
  maxKept,
  type Placeholders,
  type Planning,
  placeholders,
  type Row,
  register,
  type Takes,
  type Values,
  type Variant,
  valuesOf,
} from './statement.ts'
import { type Condition, conditionOf, hasUsual, heldSql, takeUsual, usualName } from './usual.ts'
import type { Rendering } from './view.ts'

/** What a list is ordered by. All keys of a list together are unique. */
export type ListKey = {
  sql: string
  descending: boolean
  type: 'bigint' | 'xid8' | 'text' | 'boolean' | 'timestamptz'
}

/**
 * A list as SQL. `pick` finds the rows of one page from an index alone; only those are joined and rendered. So a page
 * costs what its rows cost, wherever it is and however long the list is.
 */
export type List<Name extends string = string> = {
  /** `from ... where ...` that yields the candidates, without order and limit. */
  from: string
  /** Columns of `from` that `render` needs, besides the keys. */
  columns: string
  /** Instead of `from` and `columns`, if one ordered scan is not enough: the whole pick, with keys named k0, k1, ... */
  pick?: (way: Way, at: Cut) => string
  keys: ListKey[]
  /** Joins that the page's rows, named `p`, need to be rendered. What they render may be cached as fragments, too. */
  joins: string
  /** SQL of the row as JSON. */
  render: Rendering<Name>
  /** SQL that replaces `chr(1)` wherever rows have it: it is rendered once and sent once. */
  repeated?: Rendering
  /**
   * SQL of the bytes that a row `p` weighs, if rows can be long: a page ends before it is too heavy. `joined` is the same
   * from what the joins have found.
   */
  weight?: string | { alone: string; joined: string }
  /** SQL of the total, from kept counters; it must have the conditions of `from`. Missing if no total is kept. */
  count?: string
  /** CTEs that the other parts may use. */
  with?: string
  /** Shows the rows of a page from last to first, as in a conversation, whose end is read first. */
  backwards?: true
}

/** How a page is reached: from the top (or by an offset), forward from a key, or backwards from one. */
export type Way = 'first' | 'after' | 'before'

/** What a pick needs to cut a page. */
export type Cut = {
  limit: string
  /** Only on a page that has one. */
  offset: string | null
  /** The values of the cursor, one per key. */
  key: string[]
  /** Cuts an ordered scan to the rows of the page and one more. */
  page(scan: string): string
  /**
   * Cuts an ordered scan that is a part of the whole to the rows that may be on the page: `most`, and those skipped
   * before.
   */
  part(scan: string, most?: string): string
}

type Declaration<
  T extends Takes,
  E extends Record<string, string>,
  G extends Gives,
  V extends Variant,
  Name extends string,
> = Planning<V> & {
  /** Slice and what is listed. */
  name: string
  takes: T
  /** Largest page, if it is larger than usual. */
  longest?: number
  /** Scalars to read with the page, with their types. */
  extra?: G
  variants?: () => Iterable<V>
  sql: ($: Placeholders<T>, variant: V) => List<Name> & { extra?: E }
}

type Rest<V> = V extends undefined ? [] : [variant: V]

export type PagedList<T extends Takes, G extends Gives, V extends Variant, Name extends string> = {
  /** Reads one page in one statement, together with whatever `extra` asks for. */
  page(db: Db, values: Values<T>, page: PageRequest, ...variant: Rest<V>): Promise<PageRows<Name> & { extra: Row<G> }>
}

const pageGives = {
  count: 'int?',
  n: 'int',
  shown: 'int',
  rows: 'text?',
  nearest: 'text?',
  farthest: 'text?',
  repeated: 'text?',
  at: 'text?',
  tables: 'text?',
} as const
const heldGives = { held: 'text' } as const
type PageRow = Row<typeof pageGives & typeof heldGives>

/** A text, what has to hold if it is the shorter one, and whether there is a shorter one. */
type Text = Compiled & { conditions: Condition[]; shorter: boolean }

/** SQL of whether a row lies beyond the cursor, for mixed directions: (a < x) or (a = x and (b > y)). */
function beyond(keys: ListKey[], backwards: boolean, values: string[]): string {
  const test = (i: number): string => {
    const key = keys[i] as ListKey
    const sign = key.descending !== backwards ? '<' : '>'
    const strictly = `${key.sql} ${sign} ${values[i]}`
    return i === keys.length - 1 ? strictly : `(${strictly} or (${key.sql} = ${values[i]} and ${test(i + 1)}))`
  }
  // PostgreSQL seeks an index by a row comparison, which needs one direction throughout.
  if (keys.length > 1 && keys.every((key) => key.descending === keys[0]?.descending)) {
    const sign = keys[0]?.descending !== backwards ? '<' : '>'
    return `(${keys.map((key) => key.sql).join(', ')}) ${sign} (${values.join(', ')})`
  }
  return test(0)
}

function checkKey(keys: ListKey[], key: Key): Key {
  const fits =
    key.length === keys.length &&
    key.every((value, i) => {
      const { type } = keys[i] as ListKey
      if (type === 'text') return typeof value === 'string'
      if (type === 'boolean') return value === 'true' || value === 'false'
      if (type === 'xid8') return typeof value === 'string' && /^\d{1,19}$/.test(value)
      if (type === 'timestamptz') return typeof value === 'string' && isMoment(value)
      return Number.isSafeInteger(value)
    })
  if (!fits) throw badField('cursor', 'invalid', 'This is a cursor of another list. Follow `next` as it was given.')
  return key
}

/**
 * Whether a text is a moment as page keys spell it: neither what only JavaScript understands, nor the 30th of
 * February.
 */
function isMoment(text: string): boolean {
  const [, second] = /^(?!0000)(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d{1,6})?\+00:00$/.exec(text) ?? []
  const read = new Date(`${second}Z`)
  return !Number.isNaN(read.getTime()) && read.toISOString().startsWith(second as string)
}

/**
 * A generic plan must look as cheap as it is, or PostgreSQL plans every page anew, which takes longer than the page.
 * So the largest page size stands in the text as a number, and an offset only if there is one.
 */
function cutOf(longest: number, limit: string, offset: string | null): Pick<Cut, 'page' | 'part'> {
  return {
    page: (scan) =>
      `select * from (${scan} limit ${longest + 1}${offset ? ` offset ${offset}` : ''}) few limit ${limit} + 1`,
    part: (scan, most = `${limit} + 1`) =>
      offset
        ? `select * from (${scan} limit ${most} + ${offset}) few`
        : `select * from (${scan} limit ${longest + 1}) few limit ${most}`,
  }
}

/** The pick of most lists. */
function pickSql(list: List, way: Way, at: Cut): string {
  const backwards = way === 'before'
  const columns = [list.columns, ...list.keys.map((key, i) => `${key.sql} as k${i}`)].filter(Boolean).join(', ')
  const order = list.keys.map((key) => `${key.sql} ${key.descending !== backwards ? 'desc' : 'asc'}`).join(', ')
  const scan = `select ${columns} ${list.from}${way === 'first' ? '' : ` and ${beyond(list.keys, backwards, at.key)}`}
      order by ${order}`
  return at.page(scan)
}

/** A way to a page, and whether rows are skipped before the first. */
type Walk = `${Way}` | 'offset'
const walks: Walk[] = ['first', 'offset', 'after', 'before']

const cursorOf = (keys: ListKey[]) => Object.fromEntries(keys.map((key, i) => [`key${i}`, key.type]))
const parseKey = (text: string | null): Key | null => (text === null ? null : JSON.parse(text))

/**
 * Declares a list: four statements per variant, one for each way to a page, and four more if there are fragments.
 * Like every statement they are compiled once, when first needed, prepared by the database, and checked.
 */
export function list<
  const T extends Takes,
  const E extends Record<string, string>,
  const G extends Gives = Record<never, never>,
  V extends Variant = undefined,
  Name extends string = string,
>(declaration: Declaration<T, E, G, V, Name>): PagedList<T, G, V, Name> {
  const { name, takes, longest = maxPage, eachTime, variants = () => [undefined as V] } = declaration
  const $ = placeholders(takes)
  type Parts = {
    keys: ListKey[]
    weighed: boolean
    counted: boolean
    forked: boolean
    text(depth: Depth, walk: Walk, usual: boolean): Text
  }
  let known: Lru<string, Parts> | undefined

  function partsFor(variant: V) {
    known ??= lru(maxKept)
    const key = keyOf(variant)
    const kept = known.get(key)
    if (kept) return kept
    const list = declaration.sql($, variant)
    const texts = new Map<string, Text>()
    const made: Parts = {
      keys: list.keys,
      weighed: list.weight !== undefined,
      counted: list.count !== undefined,
      forked: [list.render, list.repeated ?? '', list.joins].some(isForked),
      text(depth, walk, usual) {
        const name = `${walk} ${depth}${usual ? ' usual' : ''}`
        const text = texts.get(name) ?? textOf(list, walk, depth, usual, eachTime?.(variant))
        texts.set(name, text)
        return text
      },
    }
    known.set(key, made)
    return made
  }

  function textOf(list: List & { extra?: E }, walk: Walk, depth: Depth, usual: boolean, eachTime?: boolean): Text {
    const way = walk === 'offset' ? 'first' : walk
    const backwards = way === 'before'
    const cursor = cursorOf(list.keys)
    const own = placeholders({ limit: 'bigint', offset: 'bigint', ...cursor } as Takes) as Record<string, string>
    const limit = own.limit as string
    const offset = walk === 'offset' ? (own.offset as string) : null
    const at = {
      limit,
      offset,
      key: Object.keys(cursor).map((key) => own[key] as string),
      ...cutOf(longest, limit, offset),
    }
    const pick = list.pick ? list.pick(way, at) : pickSql(list, way, at)
    const key = list.keys.map((each, i) => (each.type === 'boolean' ? `p.k${i}::text` : `p.k${i}`)).join(', ')
    const extra = Object.entries(list.extra ?? {}).map(([name, sql]) => `, (${sql}) as "${name}"`)
    const farthest = list.weight
      ? `(array_agg(key order by n desc) filter (where n <= ${limit}))[1] as farthest`
      : `max(key) filter (where n = ${limit}) as farthest`
    const joined = take(depth, list.joins)
    const tables = depth === 'light' ? tablesOf(joined) : []
    const [render, joins] = [take(depth, list.render), joined].map((sql) =>
      takeReferred(
        sql,
        tables.map(({ table }) => table.name),
      ),
    )
    const named = tables.map(({ ids }, i) => (ids ? `, ${ids} as ids${i}` : '')).join('')
    const rows = `p.n, json_build_array(${key})::text as key, ${render} as row${named}`
    const weighed = (weight: string) => `sum(coalesce(${weight}, 0)) over (order by p.n) as total`
    // The first row is always shown, whatever it weighs.
    const lightEnough = `n = 1 or total <= ${maxPageBytes}`
    const weight = typeof list.weight === 'string' ? { alone: list.weight, joined: null } : list.weight
    let page = `page as (
  select ${rows} from p ${joins}
)`
    // References are short, whatever they stand for: that may be weighed where they are made.
    if (weight?.joined && depth === 'light')
      page = `page as (
  select * from (select ${rows}, ${weighed(weight.joined)} from p ${joins}) page where ${lightEnough}
)`
    // Otherwise it is weighed before anything is rendered.
    else if (weight)
      page = `light as (
  select * from (select p.*, ${weighed(weight.alone)} from p) p where ${lightEnough}
), page as (
  select ${rows} from light p ${joins}
)`
    const repeated = list.repeated && take(depth, list.repeated)
    const forked = `with ${list.with ? `${list.with}, ` : ''}p as (
  select p.*, row_number() over () as n from (
    ${pick}
  ) p
), ${page}
select (${list.count ?? 'null'})::int as count, ${weight ? '(select count(*) from p)' : 'count(*)'}::int as n,
  count(*) filter (where n <= ${limit})::int as shown,
  string_agg(row::text, ',' order by n${backwards !== (list.backwards ?? false) ? ' desc' : ''}) filter (where n <= ${limit}) as rows,
  max(key) filter (where n = 1) as nearest, ${farthest},
  ${repeated ? `(${repeated})` : 'null::text'} as repeated, ${depth === 'light' ? atSql() : 'null::text'} as at,
  ${tablesSql(tables, (i) => `select distinct unnest(ids${i}) as id from page where n <= ${limit}`)} as tables${extra.join('')}`
    const { sql: text, conditions } = takeUsual(usual, forked)
    const whole = `${text}, ${heldSql(conditions)} as held
from page`
    return {
      ...compile(whole, { ...takes, limit: 'bigint', offset: 'bigint', ...cursor } as Takes, eachTime),
      conditions: conditions.map(conditionOf),
      shorter: hasUsual(forked),
    }
  }

  const gives = { ...pageGives, ...declaration.extra, ...heldGives }
  const registered = (usual: boolean) =>
    function* () {
      let first: { forked: boolean; shorter: boolean } | undefined
      for (const variant of variants()) {
        // A variant is made when its text is asked for: there are thousands, of which a check may take every hundredth.
        if (!first) {
          const { forked, text } = partsFor(variant)
          first = { forked, shorter: usual && text('full', 'first', true).shorter }
        }
        const { forked, shorter } = first
        if (usual && !shorter && !partsFor(variant).text('full', 'first', true).shorter) continue
        for (const depth of forked ? (['light', 'full'] as const) : (['full'] as const))
          for (const walk of walks)
            yield {
              key: `${keyOf(variant)} ${walk} ${depth}`.trim(),
              get compiled() {
                const parts = partsFor(variant)
                if (parts.forked !== forked)
                  throw new Error(`Some variants of "${name}" have light texts, and some not`)
                return parts.text(depth, walk, usual)
              },
            }
      }
    }
  register({ name, gives, variants: registered(false) })
  register({ name: usualName(name), gives, variants: registered(true) })

  return {
    async page(db, values, page, ...[variant]) {
      if (page.limit > longest) throw new Error(`Pages of "${name}" are longer than ${longest}: say so in it`)
      const parts = partsFor(variant as V)
      const way = page.seek?.direction ?? 'first'
      const backwards = way === 'before'
      const walk = way === 'first' && page.offset > 0 ? 'offset' : way
      const key = page.seek ? checkKey(parts.keys, page.seek.key) : []
      const cursor = Object.fromEntries(key.map((value, i) => [`key${i}`, value]))
      const given = { ...values, limit: page.limit, offset: page.offset, ...cursor }
      const ask = (depth: Depth) => {
        const shortest = parts.text(depth, walk, true)
        const run = async (usual: boolean) => {
          const compiled = usual || !shortest.shorter ? shortest : parts.text(depth, walk, false)
          const [row] = await db.query<PageRow & Row<G>>(compiled.text, valuesOf(compiled, given), name)
          if (!row) throw new Error('A page is always one row')
          return { row, at: row.at, text: row.rows ?? '', repeated: row.repeated, tables: row.tables }
        }
        if (!shortest.shorter || !db.usual) return run(false)
        return db.usual.ask(shortest.conditions, values, run, ({ row, text }) => {
          return { held: row.held, text, whole: () => JSON.stringify({ ...row, held: '', at: '' }) }
        })
      }
      const { row, rows } = await fillIn(db, name, parts.forked, ask)
      const [nearest, farthest] = [parseKey(row.nearest), parseKey(row.farthest)]
      return {
        count: parts.counted ? (row.count ?? 0) : null,
        rows: rows as PageRows<Name>['rows'],
        first: backwards ? farthest : nearest,
        last: backwards ? nearest : farthest,
        ...(parts.weighed && { early: Math.min(row.n, page.limit) - row.shown }),
        // Walking backwards, the row of the cursor lies ahead.
        more: backwards || row.n > row.shown,
        extra: row,
      }
    },
  }
}
