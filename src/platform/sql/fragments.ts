import { LRUCache } from 'lru-cache'
import type { Db } from '../db/database.ts'
import { type Compiled, compile, placeholders, register } from './statement.ts'

// What a view shows to everybody alike is kept in the process as bytes, by the version of the rows it is made of: the
// transactions that wrote them. A list asks for ids, versions and what is the viewer's own, and for nothing that it has
// (docs/decisions/0112-fragments-by-row-version.md says why nothing of this can be stale).

/** In what a list gives lightly: a reference begins, its parts part, it ends. JSON text has none of these. */
export const marks = { begin: '\x02', part: '\x1f', end: '\x03' }
/** The same, within a literal of SQL. */
export const written = { begin: '\\x02', part: '\\x1f', end: '\\x03' }

/** Where the rows of a fragment are, and what tells one rendering of them from another. */
export type Source = {
  /** SQL of the row and whatever else the fields read that are alike to everybody: `from` is put before it. */
  from: string
  /** SQL of the id of the row. */
  id: string
  /**
   * SQL of the version: `xmin` of each row that the fields read, parted by `-`. Where any of some rows may be there or not,
   * each goes with its id, as `id:xmin`.
   */
  version: string
}

/** What is kept of one kind: the rendering of a view, with given flags. */
type Kind = { name: string; text: () => Compiled }

const kinds = new Map<string, Kind>()

const { ids } = placeholders({ ids: 'bigint[]' })

/** Makes a kind known by its name. Its body is SQL of the rendering, parted where something is the viewer's own. */
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

/** Adds the statements of a view's fragments to those that are checked. `names` gives those of all its kinds. */
export function registerKinds(view: string, names: () => Iterable<string>): void {
  register({
    name: `fragments: ${view}`,
    gives: { id: 'bigint', version: 'text', body: 'text', at: 'text' },
    *variants() {
      for (const name of names()) yield { key: name, compiled: (kinds.get(name) as Kind).text() }
    },
  })
}

/** SQL of the versions of rows that all fragments are made of. A statement asks for them once, and not with each reference. */
const shared: string[] = []

/** Says that fragments of any view are made of the only row of a table, too. */
export const shareVersion = (table: string): void => void shared.push(`(select xmin from ${table})`)

/**
 * SQL of where and when a statement has looked: what it saw of the transactions, and of which database of which server,
 * since when that runs. A standby that takes over, a database that is restored, a server that starts again: each is another.
 * Last the versions of what all fragments share.
 */
export const atSql = () =>
  `concat(pg_current_snapshot(), ' ', pg_postmaster_start_time(), ' ', pg_relation_filepath('pg_class'), ' ', ${shared.join(", '-', ") || "''"})`

/** Where and when a statement has looked. Transactions from `from` on may have been open then; none from `to` on had begun. */
type Moment = { from: number; to: number }
type At = Moment & { place: string; shared: string }

export function readAt(text: string): At {
  const [, from, to, place, shared] = /^(\d+):(\d+):\S* (.+) ([\d-]*)$/.exec(text) ?? []
  if (place === undefined || shared === undefined)
    throw new Error(`This says nothing of when a statement looked: ${text}`)
  return { from: Number(from), to: Number(to), place, shared }
}

const round = 2 ** 32
/** Numbers below are those of no transaction of ours: of rows that are as old as the server, or frozen by an old one. */
const first = 3

/** The transactions that a version names. Rows keep the last 32 bits of their numbers; where there is no row, there is none. */
const writersOf = (version: string) =>
  version.split('-').flatMap((each) => {
    const xmin = each.slice(each.indexOf(':') + 1)
    return xmin === '' ? [] : [Number(xmin)]
  })

/**
 * Whether no transaction of a range can have given a row the version it had before: none has the same 32 bits. Then rows of
 * one version, seen at two moments between which only those were at work, are the same.
 */
export const isSettled = (writers: number[], from: number, to: number) =>
  writers.every((writer) => {
    const ahead = (writer - from) % round
    return writer >= first && (ahead < 0 ? ahead + round : ahead) >= to - from
  })

/** The transactions that may have written between two looks, whichever of them was the first. */
const between = (one: Moment, two: Moment) => [Math.min(one.from, two.from), Math.max(one.to, two.to)] as const

/** What is kept: the bytes, parted where something is the viewer's own, and of which rows, as they were when. */
type Fragment = Moment & { version: string; parts: Buffer[] }

/** A reference to a fragment, with what is the viewer's own in it. */
type Reference = { kind: string; id: number; version: string; own: Piece[][] }
type Piece = string | Reference

/** Text and bytes, in their order. */
export type Pieces = (string | Buffer)[]

/** Room that a fragment takes besides its bytes. */
const overhead = 300

export type Fragments = ReturnType<typeof createFragments>

/**
 * Keeps fragments of one database, within so many bytes.
 * @param compared for tests: each page is rendered by the database as well, and has to be the same
 */
export function createFragments(bytes: number, compared = false) {
  const kept = new LRUCache<string, Fragment>({
    maxSize: bytes,
    sizeCalculation: ({ parts }) => parts.reduce((sum, { length }) => sum + length, overhead),
  })
  /** Servers and databases that were read from, each with its number: what was kept of one is of no use for another. */
  const places = new Map<string, number>()
  const figures = { hits: 0, misses: 0, full: 0 }

  const nameOf = ({ kind, id }: { kind: string; id: number }) => `${kind} ${id}`

  /** By which name something is kept. */
  function keyOf(name: string, { place }: At): string {
    const number = places.get(place) ?? places.size
    places.set(place, number)
    return `${number} ${name}`
  }

  /** Fetches fragments of one kind. Only those that are of the version asked for are given. */
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

  /** The bytes of references, found or fetched; null where they cannot be had as they were. */
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
      // Others that began before its writer are still at work: what was fetched could not be told from what they write.
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
    /** Drops all that is kept. */
    forget: () => kept.clear(),
    /**
     * Puts what is kept in the place of references.
     * @param db never a transaction: what it has written, nobody else has seen
     * @returns null where the rows have changed meanwhile: they have to be asked for in full
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

/** Reads what a list gives lightly. References are added to `all` as they come. */
export function readPieces(text: string, all: Reference[]): Piece[] {
  let i = 0
  /** The end of what has none of the marks that would end it. */
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

/** Makes pieces one. */
export function joinPieces(pieces: Pieces): Buffer {
  let length = 0
  for (const piece of pieces) length += typeof piece === 'string' ? Buffer.byteLength(piece) : piece.length
  const bytes = Buffer.allocUnsafe(length)
  let at = 0
  for (const piece of pieces) at += typeof piece === 'string' ? bytes.write(piece, at) : piece.copy(bytes, at)
  return bytes
}
