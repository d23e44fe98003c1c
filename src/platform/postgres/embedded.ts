import { chmodSync, chownSync, mkdirSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { makeFolder } from '../owner.ts'
import { CannotStart, explainFileError } from '../process.ts'
import { accountFor } from './account.ts'
import { findPackage, prepareBinaries } from './binaries.ts'
import { type Cluster, createCluster, type Running, startPostgres, stopOrphans, tellNoRoom } from './cluster.ts'
import { type Claim, claim, type Holder } from './ownership.ts'
import { keepFresh, shortPath } from './short-path.ts'

export type Embedded = {
  /** How to connect; `host` is the folder of a unix socket. */
  connection: { host: string; port: number; user: string; database: string }
  /** False if another Kith process runs the database and this one joined. */
  owned: boolean
  /** Resolves, with a sentence, if our database ends without being asked to. */
  lost: Promise<string>
  /** Stops the database in order and releases the data directory. Does nothing for a process that joined. */
  stop(): Promise<void>
}

export type EmbeddedOptions = {
  dataDir: string
  /** The command of this process, named when a second owner is refused. */
  role: string
  /** Joins a running owner's database instead of being refused. */
  join?: boolean
  /** More PostgreSQL settings, on top of our own. */
  settings?: Record<string, string>
  /** The folder of PostgreSQL's package, if not npm's usual place. */
  packageDir?: string
  log?: (line: string) => void
}

/**
 * Starts or joins the embedded PostgreSQL in `dataDir`/postgres, and creates its files the first time. One process
 * owns a data directory at a time.
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<Embedded> {
  const { role, join: mayJoin = false, settings = {}, log = () => {} } = options
  const packageDir = options.packageDir ?? findPackage()
  const home = openHome(options.dataDir)
  const socket = join(home, 'socket')
  const connection = { host: shortPath(socket, '.s.PGSQL.5432'), port: 5432, user: 'kith', database: 'kith' }

  const claimed = await claimOrJoin(home, options.dataDir, role, mayJoin)
  if (!claimed.owned) return { connection, owned: false, lost: new Promise(() => {}), stop: async () => {} }

  const endTouching = keepFresh(connection.host)
  let running: Running | null = null
  try {
    const cluster = prepare(home, packageDir)
    await createCluster(cluster, settings)
    await stopOrphans(cluster, log)
    running = await startPostgres(cluster, settings)
    await ensureDatabase(connection)
  } catch (error) {
    await running?.stop()
    endTouching()
    claimed.release()
    throw error
  }
  claimed.ready()

  const { ended, stop } = running
  let stopped: Promise<void> | null = null
  const lost = new Promise<string>((resolve) => {
    ended.then((how) => {
      if (stopped) return
      resolve(
        `PostgreSQL ended unexpectedly (${how}); its log is ${join(home, 'postgres.log')}.${tellNoRoom(home, '')}`,
      )
    })
  })
  const stopAndRelease = async () => {
    await stop()
    endTouching()
    claimed.release()
  }
  return {
    connection,
    owned: true,
    lost,
    stop: () => {
      stopped ??= stopAndRelease()
      return stopped
    },
  }
}

async function claimOrJoin(home: string, dataDir: string, role: string, mayJoin: boolean): Promise<Claim> {
  for (;;) {
    const claimed = await claim(home, role)
    if (claimed.owned) return claimed
    if (!mayJoin) {
      claimed.leave()
      throw new CannotStart(`${dataDir} is in use by ${describe(claimed.holder)}. Stop it first.`)
    }
    if (await claimed.ready()) return claimed
  }
}

const describe = ({ role, pid }: Holder) => (pid === null ? role : `"kith ${role}" (process ${pid})`)

/**
 * Makes the folder of everything PostgreSQL has. Kith's sockets and the log are there too, so it belongs to Kith's
 * account.
 */
function openHome(dataDir: string): string {
  try {
    makeFolder(join(dataDir, 'postgres'))
    const home = realpathSync(join(dataDir, 'postgres'))
    // Run as root: PostgreSQL's account passes through to its own two folders, which are closed to everyone else.
    chmodSync(home, process.getuid?.() === 0 ? 0o711 : 0o700)
    return home
  } catch (error) {
    throw new CannotStart(`The data directory: ${explainFileError(error) ?? (error as Error).message}`)
  }
}

function prepare(home: string, packageDir: string): Cluster {
  const data = join(home, 'cluster')
  const socket = join(home, 'socket')
  const account = accountFor(data)
  mkdirSync(socket, { recursive: true, mode: 0o700 })
  if (account) chownSync(socket, account.uid, account.gid)
  const binaries = prepareBinaries(packageDir, home, account)
  return { home, data, socket, log: join(home, 'postgres.log'), binaries, account }
}

/** Creates the database. That it connects also shows that PostgreSQL answers. */
async function ensureDatabase(connection: Embedded['connection']): Promise<void> {
  try {
    await withClient(connection, async () => {})
  } catch (error) {
    if (!(error instanceof pg.DatabaseError) || error.code !== '3D000') throw error
    await withClient({ ...connection, database: 'postgres' }, (client) => client.query('CREATE DATABASE kith'))
  }
}

async function withClient(connection: Embedded['connection'], work: (client: pg.Client) => Promise<unknown>) {
  const client = new pg.Client(connection)
  // If the connection is lost between two statements, the next one fails.
  client.on('error', () => {})
  await client.connect()
  await work(client).finally(() => client.end())
}
