import { createHash } from 'node:crypto'
import type { Readable } from 'node:stream'
import type pg from 'pg'
import { to as copyTo } from 'pg-copy-streams'
import { describeServer, listPartitions, listSequences, listTables, quoted, type Table } from './catalogue.ts'
import { createFilesSum, type End, fileEntry, firstEntry, lastEntry, type Manifest, pieceName } from './format.ts'
import { tarEnd, tarHeader, tarPadding } from './tar.ts'

/** Rows are collected into pieces of so many bytes: what an export holds in memory. */
const pieceBytes = 4 * 1024 * 1024

/** A file beside the database. */
export type ExportedFile = {
  key: string
  /** Null if it is not there. */
  open(): Promise<Readable | null>
}

export type Exporting = {
  kith: string
  now: Date
  /** A connection of its own: it has one transaction for all tables. */
  client: pg.Client
  /** Where files are, if they are left out; else what they are, asked once the tables are written. */
  files: string | (() => AsyncIterable<ExportedFile>)
  /** How much of the database is written, of how much, in bytes of its tables. */
  tell?(done: number, all: number): void
}

/**
 * An export, as it comes: one state of all tables, as it was the moment this begins, while others write on.
 * @returns what was exported
 */
export async function* writeExport({
  client,
  kith,
  now,
  files,
  tell = () => {},
}: Exporting): AsyncGenerator<Buffer, End> {
  const end: End = { tables: {}, files: { count: 0, bytes: 0, missing: 0, sha256: '' } }
  const entry = (name: string, content: Buffer) => [
    tarHeader(name, content.length, now),
    content,
    tarPadding(content.length),
  ]

  const tables = await beginSnapshot(client)
  const manifest: Manifest = {
    format: 'kith export 1',
    kith,
    made: now.toISOString(),
    postgres: await describeServer(client),
    migrations: (await client.query('select name, checksum from migration order by name')).rows,
    tables: Object.fromEntries(tables.map(({ name, columns }) => [name, columns])),
    partitions: await listPartitions(client),
    // They do not wait for the snapshot: they are as far as it, or farther.
    sequences: await listSequences(client),
    files_left_in: typeof files === 'string' ? files : null,
  }
  yield* entry(firstEntry, Buffer.from(`${JSON.stringify(manifest, null, 1)}\n`))

  const all = tables.reduce((sum, { bytes }) => sum + bytes, 0)
  let before = 0
  for (const table of tables) {
    const hash = createHash('sha256')
    const rows = client.query(copyTo(`copy ${sourceOf(table)} to stdout`))
    let [bytes, n] = [0, 0]
    for await (const piece of inPieces(rows)) {
      hash.update(piece)
      bytes += piece.length
      yield* entry(pieceName(table.name, n++), piece)
      tell(before + Math.min(bytes, table.bytes), all)
    }
    end.tables[table.name] = { rows: rows.rowCount, bytes, sha256: hash.digest('hex') }
    before += table.bytes
    tell(before, all)
  }
  // Files take their time, and nobody should wait for a transaction that long.
  await client.query('commit')

  const sum = createFilesSum()
  if (typeof files !== 'string') {
    for await (const { key, open } of files()) {
      const content = await open()
      if (!content) {
        end.files.missing++
        continue
      }
      let n = 0
      let size = 0
      sum.begin(key)
      for await (const piece of inPieces(content)) {
        sum.add(piece)
        size += piece.length
        yield* entry(fileEntry(key, n++), piece)
      }
      sum.end(size)
      end.files.count++
      end.files.bytes += size
    }
  }
  end.files.sha256 = sum.digest()
  yield* entry(lastEntry, Buffer.from(`${JSON.stringify(end, null, 1)}\n`))
  yield tarEnd()
  return end
}

/** Begins the transaction that sees one state of everything; nobody can drop or change a table until it ends. */
async function beginSnapshot(client: pg.Client): Promise<Table[]> {
  const { rows } = await client.query(
    `select string_agg(format('%I', relname), ', ' order by relname) as all from pg_class
     where relnamespace = current_schema()::regnamespace and relkind in ('r', 'p') and relpersistence = 'p'`,
  )
  // The state is that of the first look at rows; the locks come before it.
  await client.query('begin isolation level repeatable read, read only')
  await client.query(`
    set local statement_timeout = 0; set local idle_in_transaction_session_timeout = 0; set local lock_timeout = '60s';
    lock table ${rows[0].all} in access share mode;
    set local timezone = 'UTC'; set local datestyle = 'ISO'; set local intervalstyle = 'postgres';
    set local extra_float_digits = 1; set local bytea_output = 'hex'; set local client_encoding = 'UTF8'`)
  await client.query(
    `select set_config('transaction_timeout', '0', true) where current_setting('server_version_num')::int >= 170000`,
  )
  return listTables(client)
}

/** What is read of a table: ids of transactions mean nothing to another server, and count as long ago there. */
function sourceOf({ name, columns, ids, parted }: Table): string {
  if (!parted && !ids.length) return `${quoted(name)} (${columns.map(quoted).join(', ')})`
  const read = columns.map((column) =>
    ids.includes(column) ? `case when ${quoted(column)} is not null then '0' end` : quoted(column),
  )
  return `(select ${read.join(', ')} from ${quoted(name)})`
}

/** The same bytes in pieces of one size, but for the last; one that is empty, if there are none. */
async function* inPieces(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let held: Buffer[] = []
  let holds = 0
  let any = false
  for await (const some of source) {
    held.push(some)
    holds += some.length
    if (holds < pieceBytes) continue
    yield Buffer.concat(held)
    any = true
    held = []
    holds = 0
  }
  if (holds || !any) yield Buffer.concat(held)
}
