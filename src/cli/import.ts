import { createWriteStream } from 'node:fs'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { recorded } from '../audit/record.ts'
import { readConfig } from '../config.ts'
import { holdSending } from '../eventlog/hold.ts'
import { shareFiles } from '../files/clean.ts'
import { openFiles } from '../files/open.ts'
import { createLog } from '../log.ts'
import { type Opened, openStore } from '../open.ts'
import { systemClock } from '../platform/clock.ts'
import { type Db, onClient } from '../platform/db/database.ts'
import { cannotMake, hadMigrations, migrate } from '../platform/db/migrate.ts'
import { writing } from '../platform/db/prepared.ts'
import { tellMigration } from '../platform/db/tell-migration.ts'
import { describeServer } from '../platform/export/catalogue.ts'
import type { End, Manifest } from '../platform/export/format.ts'
import { analyze, beginLoading, inOneTransaction, type Loading } from '../platform/export/load.ts'
import { lookAt, readExport } from '../platform/export/read.ts'
import { failpoint } from '../platform/failpoint.ts'
import { CannotStart } from '../platform/process.ts'
import { statement } from '../platform/sql/statement.ts'
import type { Storage } from '../platform/storage/storage.ts'
import { createBar, sized } from './bar.ts'
import { entryOf } from './with-kith.ts'

export type ImportOptions = {
  /** It replaces the original: what waits is sent. */
  live?: boolean
  /** It becomes another community: receivers, waiting mails and devices of the original are left behind. */
  copy?: boolean
  /** False leaves files out. */
  files: boolean
  json?: boolean
}

/** A file up to this size is held in memory while it is stored; a larger one is on the disk meanwhile. */
const heldBytes = 8 * 1024 * 1024

/**
 * Imports what `kith export` wrote into an empty Kith. The whole file is read before anything is written; then
 * everything is written in one transaction, so an interruption leaves an empty Kith.
 */
export async function importFrom(path: string, options: ImportOptions): Promise<void> {
  if (options.live && options.copy) throw new CannotStart('Pass --live or --copy: it is one or the other.')
  const size = await sizeOf(path)
  const config = readConfig(process.env)
  const bar = createBar(size, 'looking at the file')
  let bars = true
  const done = () => {
    if (bars) bar.stop()
    bars = false
  }
  try {
    const manifest = await examineFile(path, (read) => bar.tell(read))
    const store = await openStore(config, 'import', await createLog('warn', 2))
    try {
      await prepare(store, manifest)
      const began = performance.now()
      bar.tell(0, size, 'loading')
      const { storage } = openFiles(config)
      const loaded = await load(store, path, manifest, { ...options, storage, tell: (read) => bar.tell(read) })
      bar.tell(size, size, 'settling')
      failpoint('an import is committed')
      const client = await store.db.connect()
      await analyze(client).finally(() => client.end())
      done()
      await migrate(store.db.pool, { tell: tellMigration() })
      await recorded(store.db, entryOf('import', options), systemClock).done()
      const seconds = (performance.now() - began) / 1000
      summarize({ ...loaded, manifest, seconds }, options)
    } finally {
      await store.close()
    }
  } finally {
    done()
  }
}

async function sizeOf(path: string): Promise<number> {
  if (path === '-') throw new CannotStart('An import reads its file twice: save it, and name the file.')
  const file = await stat(path).catch(() => null)
  if (!file?.isFile()) throw new CannotStart(`There is no file ${path}.`)
  return file.size
}

/** Reads all of the file once, so that a damaged one changes nothing. */
async function examineFile(path: string, tell: (read: number) => void): Promise<Manifest> {
  let manifest: Manifest | undefined
  await readExport(
    path,
    {
      ...lookAt,
      async manifest(found) {
        manifest = found
        const why = await cannotMake(found.migrations)
        if (why) throw new CannotStart(`This is an export of Kith ${found.kith}. ${why} Nothing was imported.`)
      },
    },
    tell,
  )
  return manifest as Manifest
}

const findingAnything = statement({
  name: 'cli: whether a community is there',
  takes: {},
  gives: { members: 'int', events: 'int' },
  sql: () => `select (select count(*)::int from (select from users limit 1000) u) as members,
    (select count(*)::int from (select from event limit 1000) e) as events`,
})

const isThere = statement({
  name: 'cli: whether there are members and events at all',
  takes: {},
  gives: { there: 'boolean' },
  sql: () => `select to_regclass('users') is not null and to_regclass('event') is not null as there`,
})

async function refuseAnybody(db: Db): Promise<void> {
  if (!(await isThere.row(db, {}))?.there) return
  const { members = 0, events = 0 } = (await findingAnything.row(db, {})) ?? {}
  if (members || events)
    throw new CannotStart(
      `This Kith is not empty: it has ${members < 1000 ? members : '1,000 or more'} member${members === 1 ? '' : 's'}. ` +
        'Nothing was imported. Import into a new one, before its first start: name another KITH_DATA_DIR, or a ' +
        'database made by createdb in DATABASE_URL.',
    )
}

/** Checks that the database is empty, and creates the schema of the export. */
async function prepare({ db }: Opened, { migrations, postgres }: Manifest): Promise<void> {
  const wanted = new Set(migrations.map(({ name }) => name))
  await refuseAnybody(db)
  const more = (await hadMigrations(db.pool)).filter((name) => !wanted.has(name))
  if (more.length)
    throw new CannotStart(
      `This database has nobody yet, but its schema is newer than the export's (${more.join(', ')}). Nothing was ` +
        'imported. Make an empty database by createdb, or name another KITH_DATA_DIR.',
    )
  const client = await db.connect()
  const here = await describeServer(client).finally(() => client.end())
  if (here.encoding !== 'UTF8')
    throw new CannotStart(
      `This database keeps texts as ${here.encoding}. Make one by: createdb -E UTF8 -T template0 kith`,
    )
  if (here.collation !== postgres.collation)
    console.error(
      `Texts were ordered by "${postgres.collation}" and are by "${here.collation}" here. Kith orders by bytes where it matters.`,
    )
  const lacking = Object.keys(postgres.extensions).filter((name) => !(name in here.extensions))
  const foreign = lacking.filter((name) => name !== 'pg_trgm')
  if (foreign.length) console.error(`Extensions that were there and are not here: ${foreign.join(', ')}.`)
  await migrate(db.pool, { only: wanted, tell: tellMigration() })
}

const locking = statement({
  name: 'cli: lock an import',
  takes: {},
  gives: { ours: 'boolean' },
  sql: () => 'select pg_try_advisory_xact_lock(711907, 5) as ours',
})

const settling = statement({
  name: 'cli: what an imported event log counts anew',
  takes: {},
  gives: {},
  // Transactions of another server have long ended here.
  // Days counted there stay counted; nothing told here may seem to be.
  sql: () => `with none as (delete from event_tally), anew as (update event_tallied set upto = 0),
      days as (
        update event_day_counted set upto = least(upto, coalesce((
          select ((txid::text::bigint + 1)::text)::xid8 from event order by txid desc, id desc limit 1), '0'))
      ), nodes as (delete from webhook_node), pushed as (
        update push_place set txid = '0', id = (select coalesce(max(id), 0) from event)
      )
    update event_source set system = 'an export', timeline = null`,
})

const asking = statement({
  name: 'cli: whether the server says which it is',
  takes: {},
  gives: { says: 'boolean' },
  sql: () => `select has_function_privilege('pg_control_system()', 'execute') as says`,
})

const continuing = statement({
  name: 'cli: continue an imported event log',
  takes: {},
  gives: {},
  sql: () => `select ${writing} from continue_event_log('server', null)`,
})

// The same as continue_event_log, for servers that do not say which one they are.
const skipping = statement({
  name: 'cli: skip the ids that the original may give out',
  takes: {},
  gives: {},
  sql: () => `with known as (
      select setval('event_id', last_value + 16777216) from event_id
    ), signals as (
      select setval('signal_id', last_value + 16777216) from signal_id
    ), lanes as (
      update webhook_lane set owner = null, epoch = epoch + 1
    ), source as (
      update event_source set system = null
    )
    select from known, signals`,
})

const leaving = statement({
  name: 'cli: leave behind whom the original sends to',
  takes: {},
  gives: {},
  sql: () => `with endpoints as (delete from webhook_endpoint), due as (delete from webhook_delivery),
      attempts as (delete from webhook_attempt), outcomes as (delete from webhook_outcome), heard as (update webhook_listening set version = version + 1, types = '{}'),
      mails as (delete from mail where settled_at is null), devices as (delete from device)
    delete from sending_hold`,
})

const releasing = statement({
  name: 'cli: an imported community sends at once',
  takes: {},
  gives: {},
  sql: () => 'delete from sending_hold',
})

const waiting = statement({
  name: 'cli: what an imported community is to send',
  takes: {},
  gives: { endpoints: 'int', mails: 'int' },
  sql: () => `select (select count(*)::int from webhook_endpoint where not deleted) as endpoints,
    (select count(*)::int from mail where settled_at is null) as mails`,
})

type Loaded = { end: End; unknown: string[]; kept: number; endpoints: number; mails: number }
type Given = ImportOptions & { storage: Storage; tell: (read: number) => void }

/** Everything, in one transaction. If it fails, files that were stored for it are deleted again. */
async function load({ db }: Opened, path: string, looked: Manifest, given: Given): Promise<Loaded> {
  const client = await db.connect()
  const tx = onClient(client)
  const put: string[] = []
  const folder = await mkdtemp(join(tmpdir(), 'kith-import-'))
  try {
    return await inOneTransaction(client, async () => {
      if (!(await locking.row(tx, {}))?.ours) throw new CannotStart('Another import into this Kith is under way.')
      await client.query('lock table users, event in access exclusive mode')
      // Somebody may have started it meanwhile.
      await refuseAnybody(tx)
      let loading: Loading | undefined
      let kept = 0
      const end = await readExport(
        path,
        {
          async manifest(manifest) {
            if (JSON.stringify(manifest) !== JSON.stringify(looked))
              throw new CannotStart('The file has changed while it was read. Nothing was imported.')
            loading = await beginLoading(client, manifest)
          },
          async table(name, rows) {
            if (loading?.unknown.includes(name)) return lookAt.table(name, rows)
            const n = await (loading as Loading).load(name, rows)
            failpoint('a table is loaded')
            return n
          },
          async file(key, bytes) {
            if (!given.files || (await isKept(given.storage, key))) return lookAt.file(key, bytes)
            put.push(key)
            kept++
            await putFile(given.storage, key, bytes, join(folder, 'file'))
          },
        },
        given.tell,
      )
      await (loading as Loading).finish()
      await settle(tx, given)
      // If the original goes on, its files must not be deleted from here.
      if (!given.live) {
        // An older export may lack this column.
        await client.query('alter table file add column if not exists shared boolean not null default false')
        await shareFiles(tx, [...new Set(put.map((key) => key.split('/')[1] as string))])
      }
      const sends = (await waiting.row(tx, {})) ?? { endpoints: 0, mails: 0 }
      return { end, unknown: (loading as Loading).unknown, kept, ...sends }
    })
  } catch (error) {
    for (const key of put) await given.storage.delete(key).catch(() => {})
    throw error
  } finally {
    await client.end().catch(() => {})
    await rm(folder, { recursive: true, force: true })
  }
}

/**
 * Makes sure that no id is given out that the original may give out, and nothing is sent that the original may send.
 */
async function settle(tx: Db, { live, copy }: ImportOptions): Promise<void> {
  await settling.rows(tx, {})
  // Managed servers do not say which one they are.
  const says = (await asking.row(tx, {}))?.says
  await (says ? continuing : skipping).rows(tx, {})
  if (copy) await leaving.rows(tx, {})
  else if (live) await releasing.rows(tx, {})
  else await holdSending(tx, new Date())
}

/** Whether a file is stored already, as in a bucket shared with the original. */
async function isKept(storage: Storage, key: string): Promise<boolean> {
  const there = await storage.get(key, { first: 0, last: 0 })
  there?.destroy()
  return there !== null
}

async function putFile(storage: Storage, key: string, bytes: AsyncIterable<Buffer>, draft: string): Promise<void> {
  let held: Buffer[] | null = []
  let holds = 0
  const pieces = bytes[Symbol.asyncIterator]()
  for (let next = await pieces.next(); !next.done; next = await pieces.next()) {
    held.push(next.value)
    holds += next.value.length
    if (holds <= heldBytes) continue
    const begun = held
    held = null
    await pipeline(
      async function* () {
        yield* begun
        for (let more = await pieces.next(); !more.done; more = await pieces.next()) yield more.value
      },
      createWriteStream(draft, { mode: 0o600 }),
    )
    break
  }
  await storage.put(key, held ? Buffer.concat(held) : draft, 'application/octet-stream')
}

function summarize(
  { end, unknown, kept, endpoints, mails, manifest, seconds }: Loaded & { manifest: Manifest; seconds: number },
  { live, copy, files, json }: ImportOptions,
): void {
  const tables = Object.entries(end.tables).filter(([name]) => !unknown.includes(name))
  const rows = tables.reduce((sum, [, each]) => sum + each.rows, 0)
  const sending = live ? 'live' : copy ? 'copy' : 'held'
  if (json) {
    console.log(
      JSON.stringify({
        ...{
          exported: manifest.made,
          kith: manifest.kith,
          tables: tables.length,
          rows,
          seconds: Math.round(seconds * 10) / 10,
        },
        ...{ files: { count: end.files.count, put: kept, left_in: manifest.files_left_in }, sending, endpoints, mails },
      }),
    )
    return
  }
  console.log(
    `Imported what was exported at ${manifest.made}: ${rows.toLocaleString('en')} rows of ${tables.length} tables, in ` +
      `${seconds.toFixed(1)} s. Every table has as many rows as it had, and the same bytes.`,
  )
  if (unknown.length) console.log(`Left out, as they are none of Kith's: ${unknown.join(', ')}.`)
  if (manifest.files_left_in)
    console.log(
      `Files are not in it: they lay in ${manifest.files_left_in}. Let KITH_STORAGE name them, or a copy of them.`,
    )
  else if (!files) console.log(`${end.files.count} files were left out, as you asked.`)
  else console.log(`${kept} files of ${sized(end.files.bytes)} were put; ${end.files.count - kept} were there already.`)
  if (sending === 'held')
    console.log(
      `Nothing is sent from here yet: ${endpoints} webhook endpoint${endpoints === 1 ? '' : 's'} and ${mails} ` +
        `mail${mails === 1 ? '' : 's'} wait. If this takes the place of the original, stop that one, start this one, ` +
        'then: kith go-live',
    )
  if (sending === 'copy')
    console.log(
      'Webhook endpoints, waiting mails and devices of the original were left behind. Set no SMTP_URL that reaches its members.',
    )
  console.log(
    'Members stay signed in if KITH_JWT_SECRET, or jwt-secret of the data directory, is that of the original.',
  )
}
