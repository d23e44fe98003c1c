import { randomBytes } from 'node:crypto'
import { createMember } from '../accounts/create.ts'
import { createApp } from '../app.ts'
import { type Config, readConfig } from '../config.ts'
import type { Kith } from '../context.ts'
import { createLog } from '../log.ts'
import { openKith, openStore } from '../open.ts'
import { CannotStart, onStop } from '../platform/process.ts'
import { secretFile } from '../secret.ts'
import { beginDelivery } from './begin-delivery.ts'
import { runChores } from './chores.ts'

/** The first administrator, member 1 and creator of the community. Made once, whoever of several nodes starts first. */
async function createAdmin(kith: Kith, config: Config): Promise<string | null> {
  const [there] = await kith.db.query('select 1 from users limit 1')
  if (there) return null
  const password = config.adminPassword || `${randomBytes(12).toString('base64url')}-K1`
  try {
    const admin = { username: 'admin', real_name: 'Administrator', role: 'admin' as const, password }
    await createMember({ db: kith.db, community: kith.community.current(), now: kith.clock.now() }, admin)
  } catch (error) {
    // Another node was faster: its name is taken by then.
    if ((await kith.db.query(`select 1 from users where username = 'admin'`)).length) return null
    throw error
  }
  return password
}

function printWelcome(config: Config, base: string, password: string | null, token: string): void {
  const lines = [
    '',
    '  Kith is running.',
    '',
    `  API        ${base}/api/v2/`,
    `  Reference  ${base}/docs`,
    `  Database   ${config.databaseUrl ? 'the one at DATABASE_URL' : `embedded, in ${config.dataDir}`}`,
    `  Secret     ${config.jwtSecret ? 'from KITH_JWT_SECRET' : secretFile(config)}`,
    ...(password ? [`  Admin      admin, password ${password}   (shown this once)`] : ['  Admin      admin']),
    '',
    '  Try it:',
    '',
    `  curl -H 'Authorization: Bearer ${token}' ${base}/api/v2/user/me/`,
    '',
    '',
  ]
  process.stdout.write(lines.join('\n'))
}

/** Serves until it is asked to stop; then finishes what is in flight and closes the database. */
export async function serve(): Promise<void> {
  const config = readConfig(process.env)
  const log = await createLog(config.logLevel)
  let stopRequested: (why: string) => void = () => {}
  const stopping = new Promise<string>((resolve) => {
    stopRequested = resolve
  })
  onStop(stopRequested)

  const store = await openStore(config, 'serve', log, false)
  try {
    const kith = await openKith(config, store)
    const password = await createAdmin(kith, config)
    const app = await createApp(kith, {
      ...config,
      log,
      heavyAtOnce: Math.max(1, Math.floor(config.databasePool / 2)),
    })
    await app.listen({ host: config.host, port: config.port }).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE')
        throw new CannotStart(`Port ${config.port} is in use on ${config.host}. Set PORT to another.`)
      if (error.code === 'EACCES')
        throw new CannotStart(`Port ${config.port} may not be opened by this user. Set PORT to one above 1023.`)
      throw new CannotStart(`Kith cannot listen on ${config.host}:${config.port}: ${error.message}`)
    })
    const stopWatching = kith.community.watch((error) => log.warn({ err: error }, 'the community could not be read'))
    const delivery = await beginDelivery(config, store, log)
    const stopChores = runChores(kith, config, log)

    const { port } = app.server.address() as { port: number }
    const host = config.host.includes(':') ? `[${config.host}]` : config.host === '0.0.0.0' ? '127.0.0.1' : config.host
    const base = config.publicUrl ?? `http://${host}:${port}`
    const [admin] = await kith.db.query<{ id: number }>(
      `select id from users where role = 'admin' and status = 'a' order by id limit 1`,
    )
    printWelcome(config, base, password, admin ? await kith.tokens.mint(admin.id, 3600) : '<token>')
    log.info({ base }, 'serving')

    const lost = store.embedded?.lost.then((why) => new CannotStart(why)) ?? new Promise<never>(() => {})
    const why = await Promise.race([stopping, lost])
    log.info({ why: String(why) }, 'stopping')
    stopWatching()
    await stopChores()
    // Whatever is in flight may finish; what has not by then never will.
    const patience = setTimeout(() => app.server.closeAllConnections(), 10_000)
    await app.close()
    clearTimeout(patience)
    // Last, so that what the last requests told still goes out.
    await delivery.stop()
    if (why instanceof CannotStart) throw why
  } finally {
    await store.close()
  }
  log.info('stopped')
}
