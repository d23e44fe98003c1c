import type { TSchema } from 'typebox'
import { badField } from '../errors.ts'
import Type from '../schema.ts'
import { joinPieces } from '../sql/fragments.ts'
import type { Rendered, Rendering } from '../sql/view.ts'
import { borrow } from './slabs.ts'

/** The largest page, unless a list says otherwise. */
export const maxPage = 100

/** A page ends early once its texts weigh more than this; `next` goes on behind it. */
export const maxPageBytes = 1_000_000

/**
 * How long the pages of a list are, and whether they say how long the list is: `counted` is false if no length is
 * kept. `begins` names an input that says where a page begins, as the cursor does: links to other pages leave it out,
 * and clients may add it to them.
 */
export type PageRules = {
  limit: number
  max: number
  counted?: false
  begins?: string
  /** Other members of the answer beside the results, each with its schema. */
  beside?: Record<string, TSchema>
}

/** Where in a list a page begins: at an offset, or right after (before) the key that a cursor carries. */
export type PageRequest = { limit: number; offset: number; seek?: { direction: 'after' | 'before'; key: Key } }

/** Without a cursor, all rows before a page are read: a page that begins beyond so many is slow work. */
const farOff = 2_000
export const isFarOff = ({ offset, seek }: PageRequest): boolean => !seek && offset > farOff

/** The values of one row that a list is ordered by. */
export type Key = (string | number)[]

/**
 * One page of a list. `rows` is JSON text, or pieces of it: the rows joined by commas. `early` counts the rows that
 * had room on the page and were too heavy for it; only lists with weighed rows have it.
 */
export type PageRows<Name extends string = string> = {
  count: number | null
  rows: Rendering<Name> | Rendered<Name>
  first: Key | null
  last: Key | null
  more: boolean
  early?: number
  /** JSON text of other members of the answer, by name. */
  beside?: Record<string, string>
}

export const pageInputs = (rules: PageRules) => ({
  limit: Type.Optional(
    Type.Integer({ minimum: 1, description: `Results per page: ${rules.limit} by default, at most ${rules.max}.` }),
  ),
  offset: Type.Optional(Type.Integer({ minimum: 0, description: 'Index of the first result.' })),
  cursor: Type.Optional(Type.String({ maxLength: 4_000, description: 'Opaque position, taken from `next`.' })),
})

/** The documented envelope of a page. */
export const pageSchema = (item: TSchema, { counted, beside }: PageRules) =>
  Type.Object(
    {
      ...beside,
      ...(counted === false ? {} : { count: Type.Integer() }),
      next: Type.Union([Type.String({ format: 'uri' }), Type.Null()]),
      previous: Type.Union([Type.String({ format: 'uri' }), Type.Null()]),
      results: Type.Array(item),
    },
    { additionalProperties: false },
  )

/** PostgreSQL stores neither NUL nor half a surrogate pair. */
const isText = (text: string) => !text.includes('\0') && text.isWellFormed()

const encode = (direction: 'after' | 'before', key: Key) =>
  Buffer.from(JSON.stringify([direction === 'after' ? 1 : 0, ...key])).toString('base64url')

type Cursor = { offset?: number; tag?: string; direction: 'after' | 'before'; key: Key }

/** What a cursor is valid for besides its offset: a short hash of the rest of the query. */
function tagOf(query: Record<string, unknown>, { limit, begins }: { limit: number; begins?: string }): string {
  const kept = keptOf(query, begins)
  kept.sort()
  let hash = 0x811c9dc5
  for (const byte of Buffer.from(`${limit}?${kept}`)) hash = Math.imul(hash ^ byte, 0x01000193)
  return (hash >>> 0).toString(36)
}

/** The parts of a query that links to other pages repeat. */
function keptOf(query: Record<string, unknown>, begins?: string): URLSearchParams {
  const kept = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    if (name === 'limit' || name === 'offset' || name === 'cursor' || name === begins) continue
    for (const each of Array.isArray(value) ? value : [value]) kept.append(name, String(each))
  }
  return kept
}

function decode(cursor: string): Cursor {
  try {
    // Links of earlier versions have neither offset nor query hash.
    const [, offset, tag, text = ''] = /^(?:(\d{1,16})_([\da-z]{1,7})_)?([\w-]+)$/.exec(cursor) ?? []
    const [way, ...key] = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'))
    const fits = key.every((each: unknown) => (typeof each === 'string' ? isText(each) : Number.isFinite(each)))
    if ((way === 0 || way === 1) && key.length > 0 && fits)
      return {
        ...(tag !== undefined && { offset: Math.min(Number(offset), Number.MAX_SAFE_INTEGER), tag }),
        direction: way === 1 ? 'after' : 'before',
        key,
      }
  } catch {
    // Not one of our cursors; refused below.
  }
  throw otherCursor()
}

const otherCursor = () =>
  badField('cursor', 'invalid', 'This is not a cursor of this list. Follow `next` as it was given.')

/**
 * Reads limit, offset and cursor. A limit above the maximum is lowered; nonsense was refused before. A cursor counts
 * if it belongs to the offset and the rest of the query beside it; otherwise the offset counts. Without an offset the
 * cursor must be valid.
 */
export function readPage(
  rules: PageRules,
  input: { limit?: number; offset?: number; cursor?: string },
  query: Record<string, unknown>,
): PageRequest {
  const limit = Math.min(input.limit ?? rules.limit, rules.max)
  const offset = Math.min(input.offset ?? 0, Number.MAX_SAFE_INTEGER)
  if (!input.cursor) return { limit, offset }
  const cursor = decode(input.cursor)
  const seek = { direction: cursor.direction, key: cursor.key }
  if (cursor.tag === undefined) return { limit, offset, seek }
  const agrees = cursor.tag === tagOf(query, { limit, begins: rules.begins })
  if (input.offset === undefined) {
    if (!agrees) throw otherCursor()
    return { limit, offset: cursor.offset ?? 0, seek }
  }
  return agrees && input.offset === cursor.offset ? { limit, offset, seek } : { limit, offset }
}

/**
 * Writes a page. Links are absolute, and `limit` comes before `offset`: the official client finds the offset by
 * reading the whole URL as a query string. The cursor beside it is what the server seeks by.
 * @param address the list's own URL without a query
 * @param query the rest of the query, to be repeated in links
 * @returns text, or bytes in memory that is to be given back
 */
export function writePage(
  address: string,
  query: Record<string, unknown>,
  page: PageRequest,
  rows: PageRows,
  begins?: string,
): string | Buffer {
  const kept = keptOf(query, begins)
  const rest = kept.size ? `&${kept}` : ''
  const link = (offset: number, cursor: string) =>
    JSON.stringify(
      `${address}?limit=${page.limit}&offset=${offset}${rest}${cursor && `&cursor=${offset}_${tagOf(query, { limit: page.limit, begins })}_${cursor}`}`,
    )
  // Walking backwards, a page that is too heavy lacks its first rows; otherwise its last.
  const { early = 0 } = rows
  const back = page.seek?.direction === 'before'
  const from = page.offset + (back ? early : 0)
  const ends = page.offset + page.limit - (back ? 0 : early)
  const before = Math.max(0, from - page.limit)
  const next = rows.more ? link(ends, rows.last ? encode('after', rows.last) : '') : 'null'
  // The first page begins at the top, unless it might end before it reaches this one.
  const seek = before > 0 || rows.early !== undefined
  const previous = from === 0 ? 'null' : link(before, seek && rows.first ? encode('before', rows.first) : '')
  const count = rows.count === null ? '' : `"count":${rows.count},`
  const beside = Object.entries(rows.beside ?? {}).map(([name, json]) => `"${name}":${json},`)
  const head = `{${beside.join('')}${count}"next":${next},"previous":${previous},"results":[`
  return typeof rows.rows === 'string' ? `${head}${rows.rows}]}` : joinPieces([head, ...rows.rows, ']}'], borrow)
}

/** The rows of a page as values, for callers that work on them. */
export const readRows = <Row>({ rows }: PageRows): Row[] =>
  JSON.parse(`[${typeof rows === 'string' ? rows : joinPieces([...rows])}]`)

/** A page of an empty list. */
export const noRows: PageRows<never> = { count: 0, rows: '' as Rendering<never>, first: null, last: null, more: false }

/** A page of a short list that is at hand. */
export function pageOf(items: unknown[], page: PageRequest): PageRows<never> {
  const shown = items.slice(page.offset, page.offset + page.limit)
  return {
    count: items.length,
    rows: shown.map((item) => JSON.stringify(item)).join(',') as Rendering<never>,
    first: null,
    last: null,
    more: page.offset + page.limit < items.length,
  }
}
