import { readFile, stat, statfs } from 'node:fs/promises'
import { loadCommunity } from '../community/state.ts'
import { type Config, readConfig } from '../config.ts'
import { openFiles } from '../files/open.ts'
import { createLog } from '../log.ts'
import { type Opened, openStore } from '../open.ts'
import type { Database } from '../platform/db/database.ts'
import { pendingMigrations } from '../platform/db/migrate.ts'
import { type Drift, repairDrift } from '../platform/db/repair.ts'
import { createReplicas, isPrimary } from '../platform/db/replicas.ts'
import { type Finding, good, wrong } from '../platform/finding.ts'
import { CannotStart, explainFileError } from '../platform/process.ts'
import { statement } from '../platform/sql/statement.ts'
import { tryStorage } from '../platform/storage/storage.ts'
import { findFault, secretFile } from '../secret.ts'
import { slices } from '../slices.ts'
import { examineDatabase } from './examine-database.ts'
import { sayDue } from './indexing.ts'
import type { Said } from './say.ts'

const describing = statement({
  name: 'cli: the server of the database',
  takes: {},
  gives: { version: 'text', now: 'text', size: 'text' },
  sql: () => `select current_setting('server_version') as version, extract(epoch from clock_timestamp())::text as now,
    pg_size_pretty(pg_database_size(current_database())) as size`,
})

/**
 * Examines everything that can be wrong, and prints a line for each. Exit code 1 if something is wrong.
 * @param repair count wrong counters again
 */
export async function examine({ repair = false, json = false }: { repair?: boolean } & Said = {}): Promise<void> {
  const config = readConfig(process.env)
  const findings: Finding[] = []
  const report = (found: Finding) => {
    findings.push(found)
    if (!json) console.log(`${found.good ? 'ok   ' : 'WRONG'}  ${found.says}`)
    return found.good
  }
  const end = () => {
    const good = findings.every((each) => each.good)
    if (json) console.log(JSON.stringify({ good, findings }))
    if (!good) process.exitCode = 1
  }

  let store: Opened
  try {
    store = await openStore(config, 'doctor', await createLog('error', 2))
  } catch (error) {
    report(wrong(`database: ${explainFileError(error) ?? (error as Error).message}`))
    return end()
  }
  const { db } = store
  try {
    const server = await describing.row(db, {})
    report(good(`database: PostgreSQL ${server?.version}, ${server?.size}`))

    const current = report(await examineSchema(db))

    for (const each of await examineDatabase(db, current)) report(each)
    for (const each of await examineReplicas(config, store)) report(each)
    report(await examineSecret())
    report(await examineStorage(config))

    const apart = Math.abs(Date.now() / 1000 - Number(server?.now))
    report(
      apart > 2
        ? wrong(`clock: this machine and the database differ by ${apart.toFixed(1)} s. Set both by NTP.`)
        : good('clock: agrees with the database'),
    )

    const disk = await statfs(config.dataDir).catch(() => null)
    const free = disk ? (disk.bavail * disk.bsize) / 1024 ** 3 : 0
    if (disk && !config.databaseUrl)
      report(
        free < 1
          ? wrong(`disk: ${free.toFixed(2)} GiB free at ${config.dataDir}. Make room: a full disk stops every write.`)
          : good(`disk: ${free.toFixed(0)} GiB free`),
      )

    if (current) {
      const { mode, connectionsEnabled } = await loadCommunity(db)
      report(
        connectionsEnabled
          ? good(`community: ${mode} mode`)
          : wrong('community: neither follow_enabled nor connection_enabled is on, so members cannot be tied.'),
      )
      for (const { examine } of slices) for (const finding of (await examine?.(db, config)) ?? []) report(finding)
      const due = await sayDue(db)
      report(
        good(
          due ? `search: ${due} are not indexed yet, and not found; a running Kith does it` : 'search: all is indexed',
        ),
      )
      for (const finding of await examineCounters(db, repair)) report(finding)
    }
  } finally {
    await store.close()
  }
  end()

  async function examineSecret(): Promise<Finding> {
    if (config.jwtSecret) return good('secret: from KITH_JWT_SECRET')
    const file = secretFile(config)
    const there = await stat(file).catch(() => null)
    if (!there) return wrong(`secret: ${file} is missing. The next start makes a new one; tokens given out before end.`)
    if (there.mode & 0o077) return wrong(`secret: ${file} can be read by others. Run chmod 600 ${file}.`)
    const { uid } = await stat(config.dataDir)
    if (there.uid !== uid)
      return wrong(`secret: ${file} does not belong to the owner of its folder. Run chown ${uid} ${file}.`)
    try {
      const fault = findFault(file, (await readFile(file, 'utf8')).trim())
      return fault ? wrong(`secret: ${fault}`) : good(`secret: ${file}`)
    } catch (error) {
      return wrong(`secret: ${explainFileError(error) ?? (error as Error).message}`)
    }
  }
}

/** Whether each replica would be read from. */
async function examineReplicas({ replicaUrls: urls }: Config, { db, connection }: Opened): Promise<Finding[]> {
  if (!urls.length) return []
  const { prepare } = connection
  const replicas = createReplicas(db, { urls, size: 1, prepare, log: { info() {}, warn() {} } })
  try {
    await replicas.ready
    return replicas.state().map(({ name, why, behind }) => {
      if (why === isPrimary) return good(`replica ${name}: ${why}`)
      if (why === null) return good(`replica ${name}: ${Math.round((behind ?? 0) / 1024)} kB behind`)
      return wrong(`replica ${name}: left out, because ${why}. The primary does its work. See past-one-machine.md.`)
    })
  } finally {
    await replicas.close()
  }
}

/** Whether files can be stored. */
async function examineStorage(config: Config): Promise<Finding> {
  const { storage } = openFiles(config)
  const fault = await tryStorage(storage)
  if (!fault) return good(`files: ${storage.where}`)
  return wrong(`files: ${storage.where} cannot be written to. Set KITH_STORAGE to a place that can: ${fault}`)
}

/** Whether the schema fits this version of Kith. */
async function examineSchema({ pool }: Database): Promise<Finding> {
  try {
    const pending = await pendingMigrations(pool)
    if (!pending.length) return good('schema: up to date')
    return wrong(`schema: not up to date. Run kith migrate (${pending.join(', ')}).`)
  } catch (error) {
    if (error instanceof CannotStart) return wrong(`schema: ${error.message}`)
    throw error
  }
}

/** Whether kept counts equal their rows; with `repair`, counts wrong ones again. */
async function examineCounters(db: Database, repair: boolean): Promise<Finding[]> {
  let repaired = 0
  let found = 0
  const left: Drift[] = []
  for (const { drift: kept } of slices) {
    if (!kept) continue
    // Every one, however many there are.
    const look = (most: number) =>
      db.transaction(async (tx) => {
        await tx.query('set local statement_timeout = 0')
        return kept.find(tx, most)
      })
    let drift = await look(repair ? 100_000 : 100)
    found += drift.length
    if (repair && drift.length) {
      repaired += await repairDrift(db, kept.repairs, drift)
      drift = await look(100)
    }
    left.push(...drift)
  }
  const findings: Finding[] = []
  if (repaired) findings.push(good(`counters: ${found} did not equal their rows; ${repaired} were counted again`))
  if (!left.length) findings.push(good('counters: every one equals its rows'))
  for (const { what, member, kept, counted, repair: by } of left.slice(0, 20)) {
    const then = by ? 'Run kith doctor --repair' : 'It is no count, and cannot be counted again'
    findings.push(
      wrong(
        `counters: ${what} of member ${member} is ${kept}, the rows say ${counted}. This is a bug of Kith. ${then}.`,
      ),
    )
  }
  if (left.length > 20) findings.push(wrong(`counters: at least ${left.length - 20} more differ.`))
  return findings
}
