import { createHash } from 'node:crypto'
import type { Readable } from 'node:stream'
import type pg from 'pg'
import { to as copyTo } from 'pg-copy-streams'
import { describeServer, listPartitions, listSequences, listTables, quoted, type Table } from './catalogue.ts'
import { createFilesSum, type End, fileEntry, firstEntry, lastEntry, type Manifest, pieceName } from './format.ts'
import { tarEnd, tarHeader, tarPadding } from './tar.ts'

/** Rows are collected into pieces of this many bytes, the memory an export needs. */
const pieceBytes = 4 * 1024 * 1024

/** A file that is stored beside the database. */
export type ExportedFile = {
  key: string
  /** Null if the file is missing. */
  open(): Promise<Readable | null>
}

export type Exporting = {
  kith: string
  now: Date
  /** A connection of its own: it has one transaction for all tables. */
  client: pg.Client
  /** Where the files are, if they are left out; else the files, asked for after the tables are written. */
  files: string | (() => AsyncIterable<ExportedFile>)
  /** Reports progress, in bytes of tables: how much is written, of how much. */
  tell?(done: number, all: number): void
}

/**
 * Writes an export as it is read: one snapshot of all tables, of the moment this begins, while others go on writing.
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
    // Sequences do not follow the snapshot: they are as far as it, or farther.
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
  // Files take long, and nobody should wait for a transaction meanwhile.
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

/** Begins the transaction of the snapshot. Nobody can drop or change a table until it ends. */
async function beginSnapshot(client: pg.Client): Promise<Table[]> {
  const { rows } = await client.query(
    `select string_agg(format('%I', relname), ', ' order by relname) as all from pg_class
     where relnamespace = current_schema()::regnamespace and relkind in ('r', 'p') and relpersistence = 'p'`,
  )
  // The snapshot is taken at the first read of rows, so the locks come before it.
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

/** What is read of a table. Transaction ids mean nothing to another server and count as long past there. */
function sourceOf({ name, columns, ids, parted }: Table): string {
  if (!parted && !ids.length) return `${quoted(name)} (${columns.map(quoted).join(', ')})`
  const read = columns.map((column) =>
    ids.includes(column) ? `case when ${quoted(column)} is not null then '0' end` : quoted(column),
  )
  return `(select ${read.join(', ')} from ${quoted(name)})`
}

/** The same bytes in pieces of one size, except the last; one empty piece if there are no bytes. */
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
