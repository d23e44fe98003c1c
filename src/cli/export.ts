import { createWriteStream, existsSync, rmSync } from 'node:fs'
import { open, rename, stat } from 'node:fs/promises'
import { PassThrough } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { recorded } from '../audit/record.ts'
import { readConfig } from '../config.ts'
import { keyOf, type Part } from '../files/keep.ts'
import { openFiles } from '../files/open.ts'
import { createLog } from '../log.ts'
import { openStore } from '../open.ts'
import { systemClock } from '../platform/clock.ts'
import type { Database } from '../platform/db/database.ts'
import { hadMigrations } from '../platform/db/migrate.ts'
import type { End } from '../platform/export/format.ts'
import { type ExportedFile, writeExport } from '../platform/export/write.ts'
import { giveToOwner } from '../platform/owner.ts'
import { CannotStart } from '../platform/process.ts'
import { statement } from '../platform/sql/statement.ts'
import type { Storage } from '../platform/storage/storage.ts'
import { version } from '../version.ts'
import { createBar, sized } from './bar.ts'
import { entryOf } from './with-kith.ts'

export type ExportOptions = {
  /** By default, files in a folder are exported, files in a bucket are not. */
  files?: boolean
  force?: boolean
  json?: boolean
}

/** Fast; the slowest level would make it two fifths smaller. */
const level = 3
const filesAtOnce = 500

const listingFiles = statement({
  name: 'cli: files to be exported',
  takes: { after: 'bigint' },
  gives: { id: 'bigint', token: 'text', parts: 'json' },
  sql: ($) => `select id, token, parts from file where id > ${$.after} order by id limit ${filesAtOnce}`,
})

/** Every file that a row names. One that was deleted meanwhile is missing, and its row soon is too. */
async function* filesOf(db: Database, storage: Storage): AsyncGenerator<ExportedFile> {
  for (let after = 0; ; ) {
    const rows = await listingFiles.rows(db, { after })
    for (const { token, parts } of rows)
      for (const { name } of parts as Part[]) {
        const key = keyOf(token, name)
        yield { key, open: () => storage.get(key) }
      }
    if (rows.length < filesAtOnce) return
    after = rows.at(-1)?.id as number
  }
}

/**
 * Exports the community into a file, or to standard output for `-`, while it is served. The file gets its name when
 * it is whole; if anything interrupts it, nothing is left.
 */
export async function exportTo(path: string, options: ExportOptions): Promise<void> {
  const toOutput = path === '-'
  if (toOutput && process.stdout.isTTY)
    throw new CannotStart('An export is not for a terminal. Name a file, or send it on: kith export - | ...')
  if (!toOutput && existsSync(path) && !options.force)
    throw new CannotStart(`${path} is there already. Name another file, or pass --force to have it replaced.`)
  const config = readConfig(process.env)
  const store = await openStore(config, 'export', await createLog('warn', 2))
  try {
    if (!(await hadMigrations(store.db.pool)).length)
      throw new CannotStart('There is no community in this database yet, so there is nothing to export.')
    const { storage } = openFiles(config)
    const withFiles = options.files ?? !(config.storage && 'bucket' in config.storage)
    const draft = `${path}.${process.pid}.part`
    const stopped = listenForStop()
    const bar = createBar(1, 'tables')
    try {
      const began = performance.now()
      const [end, bytes] = await write(toOutput ? null : draft, stopped.signal, async () => ({
        kith: version,
        now: new Date(),
        client: await store.db.connect(),
        files: withFiles
          ? () => {
              bar.tell(1, 1, 'files')
              return filesOf(store.db, storage)
            }
          : storage.where,
        tell: (done: number, all: number) => bar.tell(done, all),
      }))
      if (!toOutput) await rename(draft, path)
      await recorded(store.db, entryOf('export', options), systemClock).done()
      bar.stop()
      const seconds = (performance.now() - began) / 1000
      summarize(path, { end, bytes, seconds, left: withFiles ? null : storage.where }, options)
    } catch (error) {
      bar.stop()
      if (!toOutput) rmSync(draft, { force: true })
      if (!stopped.signal.aborted) throw error
      console.error('Stopped. No export was kept.')
      process.exitCode = 130
    } finally {
      stopped.forget()
    }
  } finally {
    await store.close()
  }
}

/** Writes an export to a file that only its owner may read. Returns what was exported and the size in bytes. */
async function write(
  file: string | null,
  signal: AbortSignal,
  begin: () => Promise<Parameters<typeof writeExport>[0]>,
): Promise<[End, number]> {
  const given = await begin()
  // Otherwise the database would go on reading for nobody.
  const cut = () =>
    void (given.client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy()
  signal.addEventListener('abort', cut)
  try {
    let end: End | undefined
    const gzip = createGzip({ level })
    let bytes = 0
    const counted = new PassThrough().on('data', (some: Buffer) => {
      bytes += some.length
    })
    const exported = async function* () {
      end = yield* writeExport(given)
    }
    if (file) {
      await pipeline(exported, gzip, counted, createWriteStream(file, { flags: 'wx', mode: 0o600 }), { signal })
      giveToOwner(file)
      const written = await open(file, 'r')
      await written.sync().finally(() => written.close())
      if ((await stat(file)).size !== bytes) throw new CannotStart(`${file} is not as long as what was written to it.`)
    } else await pipeline(exported, gzip, counted, process.stdout, { signal, end: false })
    return [end as End, bytes]
  } finally {
    signal.removeEventListener('abort', cut)
    await given.client.end().catch(() => {})
  }
}

/** Listens for a signal to stop, so that nothing is left behind. */
function listenForStop(): { signal: AbortSignal; forget(): void } {
  const controller = new AbortController()
  const stop = () => controller.abort()
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  for (const each of signals) process.on(each, stop)
  return {
    signal: controller.signal,
    forget() {
      for (const each of signals) process.off(each, stop)
    },
  }
}

type Done = { end: End; bytes: number; seconds: number; left: string | null }

function summarize(path: string, { end, bytes, seconds, left }: Done, { json }: ExportOptions): void {
  const say = path === '-' ? console.error : console.log
  const tables = Object.values(end.tables)
  const rows = tables.reduce((sum, each) => sum + each.rows, 0)
  if (json) {
    const { count, bytes: size, missing } = end.files
    say(
      JSON.stringify({
        ...{ file: path, bytes, seconds: Math.round(seconds * 10) / 10, tables: tables.length, rows },
        files: { count, bytes: size, missing, left_in: left },
      }),
    )
    return
  }
  say(
    `Exported ${rows.toLocaleString('en')} rows of ${tables.length} tables, ${sized(bytes)}, in ${seconds.toFixed(1)} s.`,
  )
  if (left) say(`The files are not in it: they lie in ${left}. Keep a copy of them, made after this export.`)
  else say(`${end.files.count} files of ${sized(end.files.bytes)} are in it.`)
  if (end.files.missing) say(`${end.files.missing} files were not there; they were deleted, or are lost.`)
  say(
    'It has all that members wrote, their addresses and messages, hashes of passwords, and secrets of webhooks and apps: ' +
      'keep it as you keep the database. The secret that tokens are signed with is not in it: keep KITH_JWT_SECRET, or ' +
      'jwt-secret of the data directory, beside it.',
  )
}
