import { createHash } from 'node:crypto'
import type { Static, TSchema } from 'typebox'
import { conformingTo } from '../conform.ts'
import Type from '../schema.ts'
import { Damaged } from './faults.ts'

// An export is a tar archive compressed by gzip, which any system opens: export.json (what it contains), the rows of
// each table in pieces, as PostgreSQL's COPY writes them, the files, and end.json (counts and digests).

export const firstEntry = 'export.json'
export const lastEntry = 'end.json'
export const pieceName = (table: string, n: number) => `tables/${table}/${String(n).padStart(6, '0')}.copy`
export const pieceOf = (name: string) => {
  const [, table, n] = /^tables\/([a-z_][a-z0-9_]{0,62})\/(\d{6,})\.copy$/.exec(name) ?? []
  return table ? { table, n: Number(n) } : null
}
export const fileEntry = (key: string, n: number) => `files/${key}${n ? `@${n}` : ''}`
export const fileOf = (name: string) => {
  const [, key, n] = /^files\/([^@]+)(?:@(\d+))?$/.exec(name) ?? []
  return key ? { key, n: Number(n ?? 0) } : null
}
/** Whether a file may be stored under this key: three names as Kith makes them, none of which leads elsewhere. */
export const isKey = (key: string) =>
  /^[A-Za-z0-9_-]{2}\/[A-Za-z0-9_-]{27}\/[A-Za-z0-9_-][A-Za-z0-9._-]{0,60}$/.test(key)

const identifier = Type.String({ pattern: '^[a-z_][a-z0-9_]{0,62}$' })
/** An object by table name; any other name is refused. */
const named = <Of extends TSchema>(of: Of) => Type.Record(identifier, of, { additionalProperties: false })
const count = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })
const text = Type.String({ maxLength: 200 })
const moment = Type.String({ pattern: '^[0-9]{4,6}-[0-9]{2}-[0-9]{2}( [0-9:]{5,8}([+-][0-9:]{2,8})?)?$' })

const Manifest = Type.Object({
  format: Type.Literal('kith export 1'),
  kith: text,
  made: text,
  /** The server it was made on, and the collation of its database. */
  postgres: Type.Object({ version: text, encoding: text, collation: text, extensions: Type.Record(text, text) }),
  migrations: Type.Array(
    Type.Object({ name: Type.String({ pattern: '^[0-9]{4}-[a-z0-9-]{1,100}$' }), checksum: text }),
    { minItems: 1, maxItems: 10_000 },
  ),
  tables: named(Type.Array(Type.String({ maxLength: 63 }), { minItems: 1, maxItems: 1_600 })),
  /** Partitions by name: their table, and the times they begin and end. */
  partitions: named(Type.Object({ of: identifier, from: moment, to: moment })),
  sequences: named(Type.Object({ last: count, called: Type.Boolean() })),
  /** Where the files are, if they were left out. */
  files_left_in: Type.Union([text, Type.Null()]),
})
/** The first entry of an export: what it contains. */
export type Manifest = Static<typeof Manifest>

const sum = Type.String({ pattern: '^[0-9a-f]{64}$' })
const End = Type.Object({
  tables: named(Type.Object({ rows: count, bytes: count, sha256: sum })),
  files: Type.Object({ count, bytes: count, missing: count, sha256: sum }),
})
/** The last entry of an export. */
export type End = Static<typeof End>

const [manifests, ends] = [conformingTo(Manifest), conformingTo(End)]

function parse(content: Buffer): unknown {
  try {
    return JSON.parse(content.toString('utf8'))
  } catch {
    return null
  }
}

/** @throws Damaged */
export function readManifest(content: Buffer): Manifest {
  const read = parse(content)
  if (manifests.conforms(read)) return read
  const { format } = (read ?? {}) as { format?: unknown }
  throw new Damaged(
    typeof format === 'string' && /^kith export \d+$/.test(format) && format !== 'kith export 1'
      ? 'it is of a form that only a newer Kith knows'
      : `its ${firstEntry} is not what it should be`,
  )
}

/** @throws Damaged */
export function readEnd(content: Buffer): End {
  const read = parse(content)
  if (!ends.conforms(read)) throw new Damaged(`its ${lastEntry} is not what it should be`)
  return read
}

/** The digest of a sequence of files: of each one's key, bytes and size. */
export function createFilesSum() {
  const hash = createHash('sha256')
  return {
    begin: (key: string) => void hash.update(`${key}\n`),
    add: (bytes: Buffer) => void hash.update(bytes),
    end: (size: number) => void hash.update(`\n${size}\n`),
    digest: () => hash.digest('hex'),
  }
}
