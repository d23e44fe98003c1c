import type { Db } from '../db/database.ts'
import { createCache } from './cache.ts'
import { fieldOf, type Page, signs } from './referred.ts'
import { type Compiled, compile, placeholders, register } from './statement.ts'

// What a view shows to everybody alike is cached in the process as bytes, by the version of the rows it is made of:
// the transactions that wrote them. A list asks only for ids, versions and what is the viewer's own, and for no
// cached bytes (docs/decisions/0112-fragments-by-row-version.md says why nothing of this can be stale).

/** The characters that begin a reference, separate its parts and end it in light text. JSON has none of them. */
export const marks = { begin: '\x02', part: '\x1f', end: '\x03' }
/** The same in SQL literals. */
export const written = { begin: '\\x02', part: '\\x1f', end: '\\x03' }
/** Another such character: the place of what is repeated (`List.repeated`). */
export const repeatedHere = '\x01'

/** The rows of a fragment, and what tells one rendering of them from another. */
export type Source = {
  /** SQL of the row and whatever else the common fields read, without the leading `from`. */
  from: string
  /** SQL of the id of the row. */
  id: string
  /**
   * SQL of the version: `xmin` of each row that the fields read, joined by `-`. For rows that may be missing, each
   * goes with its id, as `id:xmin`.
   */
  version: string
}

/** A kind of fragment: the rendering of a view with given flags. */
type Kind = { name: string; number: number; text: () => Compiled }

const kinds = new Map<string, Kind>()

const { ids } = placeholders({ ids: 'bigint[]' })

/**
 * Registers a kind by its name. `body` is SQL of the rendering, with separators where something is the viewer's own.
 */
export function nameKind(name: string, body: () => string, { from, id, version }: Source): void {
  if (kinds.has(name)) return
  let compiled: Compiled | undefined
  const text = () => {
    compiled ??= compile(
      `select ${id} as id,
${version} as version,
${body()} as body,
${atSql()} as at
from ${from} where ${id} = any(${ids})`,
      { ids: 'bigint[]' },
    )
    return compiled
  }
  if (kinds.size === mostKinds) throw new Error(`More than ${mostKinds} kinds of fragments`)
  kinds.set(name, { name, number: kinds.size, text })
}

/** Registers the statements of a view's fragments for the check of all statements. `names` lists all its kinds. */
export function registerKinds(view: string, names: () => Iterable<string>): void {
  register({
    name: `fragments: ${view}`,
    gives: { id: 'bigint', version: 'text', body: 'text', at: 'text' },
    *variants() {
      for (const name of names()) yield { key: name, compiled: (kinds.get(name) as Kind).text() }
    },
  })
}

/** SQL of the versions of rows that all fragments depend on. A statement reads them once, not per reference. */
const shared: string[] = []

/** Declares that fragments of every view depend on the single row of a table. */
export const shareVersion = (table: string): void => void shared.push(`(select xmin from ${table})`)

/**
 * SQL of where and when a statement has read: its snapshot of transactions, and the server, database and start time.
 * A standby that takes over, a restored database, a restarted server each count as another place. The versions of
 * shared rows come last.
 */
export const atSql = () =>
  `concat(pg_current_snapshot(), ' ', pg_postmaster_start_time(), ' ', pg_relation_filepath('pg_class'), ' ', ${shared.join(", '-', ") || "''"})`

/** The snapshot of a statement. Transactions from `from` on may have been open then; none from `to` on had begun. */
type Moment = { from: number; to: number }
type At = Moment & { place: string; shared: string }

/** While nobody writes, consecutive reads say the same. */
let [lastText, last]: [string, At | null] = ['', null]

export function readAt(text: string): At {
  if (last && text === lastText) return last
  const [, from, to, place, shared] = /^(\d+):(\d+):\S* (.+) ([\d-]*)$/.exec(text) ?? []
  if (place === undefined || shared === undefined)
    throw new Error(`This says nothing of when a statement looked: ${text}`)
  ;[lastText, last] = [text, { from: Number(from), to: Number(to), place, shared }]
  return last
}

const round = 2 ** 32
/** Smaller numbers belong to no transaction of ours: to rows as old as the server, or frozen by an old one. */
const first = 3

/** The transactions that a version names. Rows keep the last 32 bits of their ids; a missing row names none. */
const writersOf = (version: string) =>
  version.split('-').flatMap((each) => {
    const xmin = each.slice(each.indexOf(':') + 1)
    return xmin === '' ? [] : [Number(xmin)]
  })

/**
 * Whether no transaction of a range can have given a row the version it had before: none has the same 32 bits. If
 * only those transactions ran between two reads, rows of one version are the same in both.
 */
export function isSettled(writers: number[], from: number, to: number): boolean {
  for (const writer of writers) {
    const ahead = (writer - from) % round
    if (writer < first || (ahead < 0 ? ahead + round : ahead) < to - from) return false
  }
  return true
}

/** The same for the transactions that may have written between two reads, in either order. */
const isSettledBetween = (writers: number[], one: Moment, two: Moment) =>
  isSettled(writers, Math.min(one.from, two.from), Math.max(one.to, two.to))

/** What is cached with the bytes of a fragment: its version, and when it was read. */
type Version = Moment & { version: string; shared: string; writers: number[] }

/** A fragment: its bytes, split where something is the viewer's own. */
type Fragment = Version & { parts: Buffer[] }

/** A reference whose fragment is not in the cache. */
type Lacking = { kind: Kind; id: number; version: string }

/** Text and bytes, in order. */
export type Pieces = (string | Buffer)[]

/** Where more of a page than this is lacking of late, to render it in full costs less than to fetch that. */
const tooMuch = 0.25
/** One page of so many is asked for all the same, to notice when that has changed. */
const stillAsked = 16
/** How much one page counts. */
const weight = 1 / 64

/** The cache key is one number, made of the server's, the kind's and the id. Larger ids are not cached. */
const [mostPlaces, mostKinds, mostIds] = [2 ** 5, 2 ** 14, 2 ** 34]

/** Things by id: light text until somebody names them; empty text where there is none. */
type Table = Map<number, string | Pieces>

/** What rows refer to besides fragments: what stands at each `repeatedHere`, and what they name by id. */
type Also = {
  repeated: Buffer | null
  tables: Map<string, Table> | null
  /** Whether a row has named what its table should have had. */
  unknown: boolean
}

/** Tables as `tablesSql` selects them. */
function readTables(text: string): Map<string, Table> {
  const tables = new Map<string, Table>()
  for (const one of text.split(signs.table)) {
    const [name = '', ...entries] = one.split(signs.entry)
    const table: Table = new Map()
    for (const entry of entries) {
      const at = entry.indexOf(marks.part)
      table.set(Number(entry.slice(0, at)), entry.slice(at + 1))
    }
    tables.set(name, table)
  }
  return tables
}

export type Fragments = ReturnType<typeof createFragments>

/**
 * Caches fragments of one database, up to a size in bytes.
 * @param compared for tests: each page is also rendered by the database, and must be the same
 */
export function createFragments(bytes: number, compared = false) {
  const kept = createCache<Version>(bytes)
  /** Servers and databases that were read from, numbered: fragments of one are useless for another. */
  const places = new Map<string, number>()
  const figures = { hits: 0, misses: 0, full: 0 }
  /** By statement: how much of its pages is lacking of late, and how many were not asked for. */
  const lately = new Map<string, { lacking: number; passed: number }>()

  function lackingOf(name: string) {
    const known = lately.get(name) ?? { lacking: 0, passed: 0 }
    lately.set(name, known)
    return known
  }

  function numberOf(place: string): number {
    const known = places.get(place)
    if (known !== undefined) return known
    if (places.size === mostPlaces) {
      places.clear()
      kept.clear()
    }
    places.set(place, places.size)
    return places.size - 1
  }

  const keyOf = (place: number, kind: Kind, id: number) => (place * mostKinds + kind.number) * mostIds + id

  /** Reads fragments of one kind. Returns only those of the requested version. */
  async function fetchKind(
    db: Db,
    kind: Kind,
    lacking: Map<number, Lacking>,
    at: At,
    found: Map<number, Fragment>,
  ): Promise<void> {
    const ids = [...lacking.values()].map(({ id }) => id)
    const rows = await db.query<{ id: number; version: string; body: string; at: string }>(
      kind.text().text,
      [ids],
      `fragments: ${kind.name}`,
    )
    for (const { id, version, body, at: text } of rows) {
      const then = readAt(text)
      const { from, to, shared } = then
      const writers = writersOf(`${version}-${shared}`)
      const texts = body.split(marks.part)
      const known = { version, shared, writers, from, to }
      const fragment = isSettled(writers, from, to)
        ? kept.set(keyOf(numberOf(then.place), kind, id), texts, known)
        : { ...known, parts: texts.map((text) => Buffer.from(text)) }
      const key = keyOf(numberOf(at.place), kind, id)
      const same = then.place === at.place && version === lacking.get(key)?.version && shared === at.shared
      if (same && isSettledBetween(writers, at, then)) found.set(key, fragment)
    }
  }

  /** Reads the fragments that are not cached; null if one of them has changed since. */
  async function fetch(db: Db, all: Lacking[], at: At): Promise<Map<number, Fragment> | null> {
    const found = new Map<number, Fragment>()
    const byKind = new Map<Kind, Map<number, Lacking>>()
    let asked = 0
    for (const each of all) {
      // Others that began before its writer are still at work: what was fetched could not be told from what they write.
      if (!isSettled(writersOf(`${each.version}-${at.shared}`), at.from, at.to)) return null
      const alike = byKind.get(each.kind) ?? new Map<number, Lacking>()
      byKind.set(each.kind, alike)
      const key = keyOf(numberOf(at.place), each.kind, each.id)
      const before = alike.get(key)
      if (before && before.version !== each.version) return null
      if (!before) asked++
      alike.set(key, each)
    }
    for (const [kind, lacking] of byKind) await fetchKind(db, kind, lacking, at, found)
    return found.size === asked ? found : null
  }

  /**
   * Replaces references by their fragments.
   * @param found fragments that were read because the cache lacked them
   * @param lacking receives the references without a fragment; the result is useless then
   * @param also what rows refer to
   */
  function put(text: string, at: At, found: Map<number, Fragment> | null, lacking: Lacking[], also: Also): Pieces {
    const pieces: Pieces = []
    const place = numberOf(at.place)
    let i = 0
    let kind: Kind | undefined

    /** The index of the next mark. */
    function until(from: number): number {
      let end = from
      while (end < text.length && !isMark(text.charCodeAt(end))) end++
      return end
    }

    /** Most references have the kind of the one before. */
    function readKind(): Kind {
      if (kind && text.startsWith(kind.name, i) && text.charCodeAt(i + kind.name.length) === partMark) {
        i += kind.name.length + 1
        return kind
      }
      const end = until(i)
      const name = text.slice(i, end)
      const known = kinds.get(name)
      if (!known) throw new Error(`There are no fragments of the kind ${name}`)
      i = end + 1
      return known
    }

    function readId(): number {
      let id = 0
      for (; text.charCodeAt(i) !== partMark; i++) id = id * 10 + text.charCodeAt(i) - digitZero
      i++
      return id
    }

    /** The fragment of the version that the text names here; undefined if there is none. Moves behind the version. */
    function find(kind: Kind, id: number): Fragment | undefined {
      const key = keyOf(place, kind, id)
      // The number of a larger id is that of another fragment.
      const there = id < mostIds ? kept.get(key) : undefined
      if (there?.shared === at.shared && text.startsWith(there.version, i)) {
        const end = i + there.version.length
        if (isMark(text.charCodeAt(end)) && isSettledBetween(there.writers, at, there)) {
          i = end
          return there
        }
      }
      const from = i
      i = until(i)
      const version = text.slice(from, i)
      const fetched = found?.get(key)
      if (fetched?.version === version) return fetched
      lacking.push({ kind, id, version })
      return undefined
    }

    function putReference(): void {
      kind = readKind()
      const of = kind
      const fragment = find(kind, readId())
      if (!found) figures[fragment ? 'hits' : 'misses']++
      const parts = fragment?.parts
      if (parts) pieces.push(parts[0] as Buffer)
      let part = 1
      for (; text.charCodeAt(i) === partMark; part++) {
        i++
        putUntilMark()
        if (parts && part < parts.length) pieces.push(parts[part] as Buffer)
      }
      if (text.charCodeAt(i++) !== endMark) throw new Error('A reference has no end')
      if (parts && parts.length !== part)
        throw new Error(`${of.name} has ${parts.length} parts, and ${part - 1} of the viewer's between them`)
    }

    function putUntilMark(): void {
      while (i < text.length) {
        const from = i
        i = until(i)
        if (i > from) pieces.push(text.slice(from, i))
        const mark = text.charCodeAt(i)
        if (mark === repeatMark && also.repeated) pieces.push(also.repeated)
        else if (mark !== beginMark && mark !== namedMark) return
        i++
        if (mark === beginMark) putReference()
        else if (mark === namedMark) putNamed()
      }
    }

    /** The table of the field that is written, and whether that has all there are. */
    let table: Table = new Map()
    let all = false
    const page: Page = {
      has(id) {
        const there = table.get(id)
        if (there === undefined && !all) also.unknown = true
        return there !== undefined && there !== ''
      },
      json: (text) => void pieces.push(text),
      thing(id) {
        let there = table.get(id) as string | Pieces
        if (typeof there === 'string') {
          there = put(there, at, found, lacking, also)
          table.set(id, there)
        }
        for (const piece of there) pieces.push(piece)
      },
    }

    /** A field that names what the page has once: its name, and what it is written from. */
    function putNamed(): void {
      const end = until(i)
      const field = fieldOf(text.slice(i, end))
      const there = field && also.tables?.get(field.table)
      if (!there) throw new Error(`There is no table for ${text.slice(i, end)}`)
      ;[table, all] = [there, field.all]
      const from = end + 1
      i = until(from)
      field.write(text.slice(from, i), page)
      i++
    }

    putUntilMark()
    if (i < text.length) throw new Error('A reference ends that has not begun')
    return pieces
  }

  return {
    figures,
    compared,
    get bytes() {
      return kept.bytes
    },
    /**
     * Whether pages of a statement are to be asked for with references. They are not where the cache is full and too small:
     * what they lack would be fetched again and again, each time in the place of what the next one needs.
     */
    pays(name: string): boolean {
      const known = lackingOf(name)
      return !kept.isFull || known.lacking < tooMuch || ++known.passed % stillAsked === 0
    },
    /** Empties the cache. */
    forget: () => kept.clear(),
    /**
     * Replaces references by fragments.
     * @param name the statement, for `pays`
     * @param db never a transaction: nobody else has seen what it has written
     * @param repeated what stands at each `repeatedHere` of the text, itself with references
     * @param tables what rows name by id, as `tablesSql` selects it
     * @returns null if rows have changed meanwhile: then the page must be rendered in full
     */
    async fill(
      name: string,
      db: Db,
      text: string,
      at: string,
      { repeated = null, tables = null }: { repeated?: string | null; tables?: string | null } = {},
    ): Promise<Pieces | null> {
      const then = readAt(at)
      const asked = figures.hits + figures.misses
      function putAll(found: Map<number, Fragment> | null, lacking: Lacking[]): Pieces | null {
        const also: Also = { repeated: null, tables: tables === null ? null : readTables(tables), unknown: false }
        if (repeated !== null) also.repeated = joinPieces(put(repeated, then, found, lacking, also))
        const pieces = put(text, then, found, lacking, also)
        return also.unknown ? null : pieces
      }
      const lacking: Lacking[] = []
      const filled = putAll(null, lacking)
      const known = lackingOf(name)
      known.lacking += weight * (lacking.length / Math.max(1, figures.hits + figures.misses - asked) - known.lacking)
      if (filled && !lacking.length) return filled
      const found = !filled || lacking.some(({ id }) => id >= mostIds) ? null : await fetch(db, lacking, then)
      const still: Lacking[] = []
      const whole = found && putAll(found, still)
      if (whole && !still.length) return whole
      figures.full++
      return null
    },
  }
}

const [beginMark, partMark, endMark] = Object.values(marks).map((mark) => mark.charCodeAt(0)) as [
  number,
  number,
  number,
]
const repeatMark = repeatedHere.charCodeAt(0)
const namedMark = signs.named.charCodeAt(0)
/** Marks are control characters, and so is nothing else in light text but the signs of tables. */
const isMark = (code: number) =>
  code < 32 &&
  (code === beginMark || code === partMark || code === endMark || code === repeatMark || code === namedMark)
const digitZero = 48

/** Strings up to this length are written character by character: a call of the runtime costs more. */
const short = 40

/**
 * Joins pieces into one buffer.
 * @param allocate where the memory comes from
 */
export function joinPieces(pieces: Pieces, allocate: (bytes: number) => Buffer = Buffer.allocUnsafe): Buffer {
  let length = 0
  for (const piece of pieces) length += typeof piece === 'string' ? bytesOf(piece) : piece.length
  const bytes = allocate(length)
  let at = 0
  for (const piece of pieces) {
    if (typeof piece !== 'string') {
      bytes.set(piece, at)
      at += piece.length
    } else if (piece.length <= short && isAscii(piece))
      for (let i = 0; i < piece.length; i++) bytes[at++] = piece.charCodeAt(i)
    else at += bytes.write(piece, at)
  }
  return bytes
}

const bytesOf = (text: string) => (text.length <= short && isAscii(text) ? text.length : Buffer.byteLength(text))

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 127) return false
  return true
}
