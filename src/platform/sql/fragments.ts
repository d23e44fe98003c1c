import { LRUCache } from 'lru-cache'
import type { Db } from '../db/database.ts'
import { type Compiled, compile, placeholders, register } from './statement.ts'

// What a view shows to everybody alike is cached in the process as bytes, by the version of the rows it is made of:
// the transactions that wrote them. A list asks only for ids, versions and what is the viewer's own, and for no
// cached bytes (docs/decisions/0112-fragments-by-row-version.md says why nothing of this can be stale).

/** The characters that begin a reference, separate its parts and end it in light text. JSON has none of them. */
export const marks = { begin: '\x02', part: '\x1f', end: '\x03' }
/** The same in SQL literals. */
export const written = { begin: '\\x02', part: '\\x1f', end: '\\x03' }

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
type Kind = { name: string; text: () => Compiled }

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
  kinds.set(name, { name, text })
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

export function readAt(text: string): At {
  const [, from, to, place, shared] = /^(\d+):(\d+):\S* (.+) ([\d-]*)$/.exec(text) ?? []
  if (place === undefined || shared === undefined)
    throw new Error(`This says nothing of when a statement looked: ${text}`)
  return { from: Number(from), to: Number(to), place, shared }
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
export const isSettled = (writers: number[], from: number, to: number) =>
  writers.every((writer) => {
    const ahead = (writer - from) % round
    return writer >= first && (ahead < 0 ? ahead + round : ahead) >= to - from
  })

/** The transactions that may have written between two reads, in either order. */
const between = (one: Moment, two: Moment) => [Math.min(one.from, two.from), Math.max(one.to, two.to)] as const

/** A cached fragment: its bytes, split where something is the viewer's own, its version, and when it was read. */
type Fragment = Moment & { version: string; parts: Buffer[] }

/** A reference to a fragment, with the viewer's own parts. */
type Reference = { kind: string; id: number; version: string; own: Piece[][] }
type Piece = string | Reference

/** Text and bytes, in order. */
export type Pieces = (string | Buffer)[]

/** Memory that a fragment takes besides its bytes. */
const overhead = 300

export type Fragments = ReturnType<typeof createFragments>

/**
 * Caches fragments of one database, up to a size in bytes.
 * @param compared for tests: each page is also rendered by the database, and must be the same
 */
export function createFragments(bytes: number, compared = false) {
  const kept = new LRUCache<string, Fragment>({
    maxSize: bytes,
    sizeCalculation: ({ parts }) => parts.reduce((sum, { length }) => sum + length, overhead),
  })
  /** Servers and databases that were read from, numbered: fragments of one are useless for another. */
  const places = new Map<string, number>()
  const figures = { hits: 0, misses: 0, full: 0 }

  const nameOf = ({ kind, id }: { kind: string; id: number }) => `${kind} ${id}`

  /** The cache key of a fragment. */
  function keyOf(name: string, { place }: At): string {
    const number = places.get(place) ?? places.size
    places.set(place, number)
    return `${number} ${name}`
  }

  /** Reads fragments of one kind. Returns only those of the requested version. */
  async function fetchKind(
    db: Db,
    kind: string,
    lacking: Map<string, Reference>,
    at: At,
    found: Map<string, Fragment>,
  ) {
    const known = kinds.get(kind)
    if (!known) throw new Error(`There are no fragments of the kind ${kind}`)
    const ids = [...lacking.values()].map(({ id }) => id)
    const rows = await db.query<{ id: number; version: string; body: string; at: string }>(
      known.text().text,
      [ids],
      `fragments: ${kind}`,
    )
    for (const { id, version: own, body, at: text } of rows) {
      const name = nameOf({ kind, id })
      const then = readAt(text)
      const version = `${own}-${then.shared}`
      const writers = writersOf(version)
      const parts = body.split(marks.part).map((part) => Buffer.from(part))
      const fragment = { version, parts, from: then.from, to: then.to }
      if (isSettled(writers, then.from, then.to)) kept.set(keyOf(name, then), fragment)
      const same = then.place === at.place && version === lacking.get(name)?.version
      if (same && isSettled(writers, ...between(at, then))) found.set(name, fragment)
    }
  }

  /** The bytes of references, from the cache or the database; null if a version is no longer available. */
  async function find(db: Db, references: Reference[], at: At): Promise<Map<string, Fragment> | null> {
    const found = new Map<string, Fragment>()
    const lacking = new Map<string, Map<string, Reference>>()
    const asked = new Map<string, string>()
    for (const reference of references) {
      const name = nameOf(reference)
      const before = asked.get(name)
      if (before !== undefined) {
        if (before !== reference.version) return null
        continue
      }
      asked.set(name, reference.version)
      const there = kept.get(keyOf(name, at))
      const writers = writersOf(reference.version)
      if (there?.version === reference.version && isSettled(writers, ...between(at, there))) {
        figures.hits++
        found.set(name, there)
        continue
      }
      figures.misses++
      // Transactions that began before the writer are still open: their writes could not be told apart.
      if (!isSettled(writers, at.from, at.to)) return null
      const alike = lacking.get(reference.kind) ?? new Map<string, Reference>()
      lacking.set(reference.kind, alike.set(name, reference))
    }
    for (const [kind, each] of lacking) await fetchKind(db, kind, each, at, found)
    return found.size === asked.size ? found : null
  }

  function put(pieces: Piece[], found: Map<string, Fragment>, into: Pieces): void {
    for (const piece of pieces) {
      if (typeof piece === 'string') {
        into.push(piece)
        continue
      }
      const { parts } = found.get(nameOf(piece)) as Fragment
      if (parts.length !== piece.own.length + 1)
        throw new Error(`${piece.kind} has ${parts.length} parts, and ${piece.own.length} of the viewer's between them`)
      for (const [i, part] of parts.entries()) {
        into.push(part)
        const own = piece.own[i]
        if (own) put(own, found, into)
      }
    }
  }

  return {
    figures,
    compared,
    get bytes() {
      return kept.calculatedSize
    },
    /** Empties the cache. */
    forget: () => kept.clear(),
    /**
     * Replaces references by fragments.
     * @param db never a transaction: nobody else has seen what it has written
     * @returns null if rows have changed meanwhile: then the page must be rendered in full
     */
    async fill(db: Db, text: string, at: string): Promise<Pieces | null> {
      const references: Reference[] = []
      const pieces = readPieces(text, references)
      const then = readAt(at)
      for (const reference of references) reference.version += `-${then.shared}`
      const found = await find(db, references, then)
      if (!found) {
        figures.full++
        return null
      }
      const filled: Pieces = []
      put(pieces, found, filled)
      return filled
    },
  }
}

/** Parses light text. References are added to `all` in order. */
export function readPieces(text: string, all: Reference[]): Piece[] {
  let i = 0
  /** The position of the next mark that ends text. */
  const until = (from: number) => {
    let at = from
    for (; at < text.length; at++) if (isMark(text.charCodeAt(at))) break
    return at
  }
  const word = () => {
    const from = i
    i = until(i)
    return text.slice(from, i++)
  }
  function readReference(): Reference {
    const [kind, id] = [word(), Number(word())]
    const from = i
    i = until(i)
    const reference: Reference = { kind, id, version: text.slice(from, i), own: [] }
    all.push(reference)
    while (text[i] === marks.part) {
      i++
      reference.own.push(readUntilMark())
    }
    if (text[i++] !== marks.end) throw new Error('A reference has no end')
    return reference
  }
  function readUntilMark(): Piece[] {
    const pieces: Piece[] = []
    while (i < text.length) {
      const from = i
      i = until(i)
      if (i > from) pieces.push(text.slice(from, i))
      if (text[i] !== marks.begin) break
      i++
      pieces.push(readReference())
    }
    return pieces
  }
  const pieces = readUntilMark()
  if (i < text.length) throw new Error('A reference ends that has not begun')
  return pieces
}

const isMark = (code: number) => code === 2 || code === 3 || code === 31

/** Joins pieces into one buffer. */
export function joinPieces(pieces: Pieces): Buffer {
  let length = 0
  for (const piece of pieces) length += typeof piece === 'string' ? Buffer.byteLength(piece) : piece.length
  const bytes = Buffer.allocUnsafe(length)
  let at = 0
  for (const piece of pieces) at += typeof piece === 'string' ? bytes.write(piece, at) : piece.copy(bytes, at)
  return bytes
}
