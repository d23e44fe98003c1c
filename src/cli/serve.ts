import { randomBytes } from 'node:crypto'
import { rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import { createMember } from '../accounts/create.ts'
import { createApp } from '../app.ts'
import { setPublicAddress } from '../community/public-address.ts'
import { type Config, readConfig } from '../config.ts'
import type { Kith } from '../context.ts'
import { uploadFolder } from '../files/open.ts'
import { createLog, openAccessLog } from '../log.ts'
import { openKith, openStore, unlessAway } from '../open.ts'
import { openDatabase } from '../platform/db/database.ts'
import { createReplicas } from '../platform/db/replicas.ts'
import { openTracing } from '../platform/open-tracing.ts'
import { giveToOwner, makeFolder } from '../platform/owner.ts'
import { CannotStart, runUntilStopped } from '../platform/process.ts'
import { statement } from '../platform/sql/statement.ts'
import { secretFile } from '../secret.ts'
import { beginInBackground } from './background.ts'
import { beginConsole } from './begin-console.ts'
import { beginDelivery } from './begin-delivery.ts'
import { type Said, say } from './say.ts'

/** How long requests under way may take to end when Kith stops, in ms: after a requested stop, and after a failure. */
const finishing = { stop: 10_000, failure: 3_000 }

/** The first password: printed on a terminal, else kept in a file, because printed output may be stored by others. */
type FirstAdmin = { password: string; file: string | null }

const findingAnybody = statement({
  name: 'cli: whether there is a member',
  takes: {},
  gives: { id: 'bigint' },
  sql: () => 'select id from users limit 1',
})

const findingAdmin = statement({
  name: 'cli: the member named admin',
  takes: {},
  gives: { id: 'bigint' },
  sql: () => `select id from users where username = 'admin'`,
})

const findingFirstAdmin = statement({
  name: 'cli: the first administrator',
  takes: {},
  gives: { id: 'bigint' },
  sql: () => `select id from users where role = 'admin' and status = 'a' order by id limit 1`,
})

/** The first administrator, member 1 and creator of the community. Created once, by the node that starts first. */
async function createAdmin(kith: Kith, config: Config): Promise<FirstAdmin | null> {
  if (await findingAnybody.row(kith.db, {})) return null
  const password = config.adminPassword || `${randomBytes(12).toString('base64url')}-K1`
  // Before the member exists: otherwise nobody could read the password.
  const file = config.adminPassword || process.stdout.isTTY ? null : await writePassword(config, password)
  try {
    const admin = { username: 'admin', real_name: 'Administrator', role: 'admin' as const, password }
    await createMember({ db: kith.db, community: kith.community.current(), now: kith.clock.now() }, admin)
  } catch (error) {
    if (file) await rm(file, { force: true })
    // Another node was faster: the name is taken by now.
    if (await findingAdmin.row(kith.db, {})) return null
    throw error
  }
  return { password, file }
}

async function writePassword(config: Config, password: string): Promise<string> {
  const file = join(config.dataDir, 'admin-password')
  try {
    makeFolder(config.dataDir)
    await rm(file, { force: true })
    await writeFile(file, `${password}\n`, { mode: 0o600, flag: 'wx' })
    giveToOwner(file)
  } catch (error) {
    throw new CannotStart(
      `The first administrator's password cannot be written to ${file} (${(error as Error).message}). ` +
        'Set KITH_ADMIN_PASSWORD.',
    )
  }
  return file
}

/** How the first administrator signs in. Output that is not a terminal may end up in files that many can read. */
function adminLine(first: FirstAdmin | null): string {
  if (!first) return 'admin'
  if (first.file) return `admin, password in ${first.file}   (delete it once you know it)`
  if (!process.stdout.isTTY) return 'admin, password from KITH_ADMIN_PASSWORD'
  return `admin, password ${first.password}   (shown this once)`
}

/** The same for a program: the password only if a person reads it. */
const adminOf = (first: FirstAdmin | null) => ({
  username: 'admin',
  ...(first?.file && { password_file: first.file }),
  ...(first && !first.file && process.stdout.isTTY && { password: first.password }),
})

function printWelcome(config: Config, base: string, first: FirstAdmin | null, token: string | null): void {
  const lines = [
    '',
    '  Kith is running.',
    '',
    `  API        ${base}/api/v2/`,
    `  Documents  ${base}/docs`,
    `  Reference  ${base}/docs/reference`,
    `  Sign in    ${base}/signin`,
    `  Console    ${base}/console/`,
    `  Database   ${config.databaseUrl ? 'the one at DATABASE_URL' : `embedded, in ${config.dataDir}`}`,
    `  Secret     ${config.jwtSecret ? 'from KITH_JWT_SECRET' : secretFile(config)}`,
    `  Admin      ${adminLine(first)}`,
    '',
    '  Try it:',
    '',
    `  curl -H "Authorization: Bearer ${token ?? '$(npm run -s kith token admin)'}" ${base}/api/v2/user/me/`,
    '',
    '',
  ]
  process.stdout.write(lines.join('\n'))
}

/** Why a port cannot be listened on, in a sentence. */
function cannotListen({ host, port }: Config, error: NodeJS.ErrnoException): CannotStart {
  if (error.code === 'EADDRINUSE') return new CannotStart(`Port ${port} is in use on ${host}. Set PORT to another.`)
  if (error.code === 'EACCES')
    return new CannotStart(`Port ${port} may not be opened by this user. Set PORT to one above 1023.`)
  return new CannotStart(`Kith cannot listen on ${host}:${port}: ${error.message}`)
}

/** Checks that the port is free before anything is created that a failed start would leave behind. */
async function tryPort(config: Config): Promise<void> {
  const trial = createServer()
  await new Promise<void>((resolve, reject) => {
    trial.on('error', (error) => reject(cannotListen(config, error)))
    trial.listen({ host: config.host, port: config.port }, resolve)
  })
  await new Promise((resolve) => trial.close(resolve))
}

/** Serves until it is asked to stop; then finishes what is under way and closes the database. */
export async function serve({ json }: Said = {}): Promise<void> {
  const config = readConfig(process.env)
  const log = await createLog(config.logLevel, 1, json)
  const patience = { stop: (config.drain + 30) * 1_000 + finishing.stop + config.webhookTimeout, failure: 8_000 }

  const start = unlessAway(config, async (running) => {
    await tryPort(config)
    const file = typeof config.accessLog === 'string' ? openAccessLog(config.accessLog, log) : null
    await running.closeAtEnd(async () => file?.close())
    const store = await openStore(config, 'serve', log, false, running)
    store.embedded?.lost.then((why) => running.fail(new CannotStart(why)))
    const kith = await openKith(config, store, log, running)
    if (running.stopping) return
    const first = await createAdmin(kith, config)
    let welcomed = false
    running.closeAtEnd(async () => {
      // After a failed start nobody could find this out any more.
      if (first && !welcomed) say({ json }, { admin: adminOf(first) }, `  Admin      ${adminLine(first)}`)
    })

    const lost = (error: Error) => log.warn({ why: error.message }, 'lost a database connection')
    // Planning these statements takes ten times as long as running them, and the values make no difference to the
    // plan.
    const prepare = store.connection.prepare && 'at once'
    const telling = openDatabase({ ...store.connection, size: 4, prepare }, lost)
    await running.closeAtEnd(() => telling.close())
    const tracing = config.traces
      ? await openTracing(config.traces, 'serve', (why) => log.warn({ why }, 'traces could not be sent'))
      : undefined
    if (tracing) {
      await running.closeAtEnd(() => tracing.stop())
      kith.db.traceBy(tracing)
    }
    if (config.replicaUrls.length) {
      const { size, prepare } = store.connection
      const replicas = createReplicas(kith.db, { urls: config.replicaUrls, size, prepare, tracing, log })
      await running.closeAtEnd(() => replicas.close())
      kith.replicas = replicas
    }
    const app = await createApp(kith, {
      ...config,
      accessLog: file?.access ?? config.accessLog === true,
      telling,
      tracing,
      log,
      uploadFolder: uploadFolder(config),
      built: join(import.meta.dirname, '../../web/built'),
      console: beginConsole(log),
      heavyAtOnce: Math.max(1, Math.floor(config.databasePool / 2)),
    })
    await app.ready()
    const delivery = await beginDelivery(config, store, log)
    kith.delivering = () => delivery.state()
    // After the server, so that the events of the last requests are still sent.
    await running.closeAtEnd(() => delivery.stop())
    // Also after the server: requests are answered or refused, whatever this waits for in the database.
    await beginInBackground(kith, config, log, running)
    await running.closeAtEnd(async (why) => {
      await app.sockets.stop()
      await app.closeGently(why instanceof Error ? finishing.failure : finishing.stop)
      await app.close()
    })
    const stopWatching = kith.community.watch((error) => log.warn({ err: error }, 'the community could not be read'))
    await running.closeAtEnd(async () => stopWatching())
    if (running.stopping) return
    await listen(app, config)
    await running.closeAtEnd(async (why) => {
      kith.stopping = true
      // A load balancer has this long to learn that it should send requests elsewhere.
      if (!(why instanceof Error) && config.drain) await sleep(config.drain * 1_000)
    })

    const base = config.publicUrl ?? addressOf(app, config)
    await setPublicAddress(kith.db, base)
    await kith.community.refresh()
    if (json) console.log(JSON.stringify({ serving: base, admin: adminOf(first) }))
    else printWelcome(config, base, first, process.stdout.isTTY ? await tokenOfAdmin(kith) : null)
    welcomed = true
    log.info({ base }, 'serving')
  })
  await runUntilStopped(log, patience, start)
}

/** Last of all: a client that can connect gets an answer. */
async function listen(app: FastifyInstance, config: Config): Promise<void> {
  await app.listen({ host: config.host, port: config.port }).catch((error) => {
    throw cannotListen(config, error)
  })
}

function addressOf(app: FastifyInstance, config: Config): string {
  const { port } = app.server.address() as { port: number }
  // The zone of a link-local address means nothing to other machines.
  const named = config.host.replace(/%.*/, '')
  const host = named === '0.0.0.0' ? '127.0.0.1' : named === '::' ? '::1' : named
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`
}

async function tokenOfAdmin(kith: Kith): Promise<string> {
  const admin = await findingFirstAdmin.row(kith.db, {})
  return admin ? kith.tokens.mint(admin.id, 3600) : '<token>'
}
