/**
 * PostgreSQL servers that follow one another: a primary and its standbys, made by copying while it runs. With the
 * programs that Kith brings, and nothing else.
 */
import { execFile } from 'node:child_process'
import { appendFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import pg from 'pg'
import { accountFor } from '../src/platform/postgres/account.ts'
import { findPackage, prepareBinaries } from '../src/platform/postgres/binaries.ts'
import { type Cluster, createCluster, startPostgres } from '../src/platform/postgres/cluster.ts'
import { processesIn } from '../src/platform/postgres/processes.ts'

const run = promisify(execFile)

export type PgServer = {
  name: string
  port: number
  data: string
  /** Runs a statement as its superuser, on a connection of its own. */
  query<Row extends object>(text: string, database?: string): Promise<Row[]>
  /** Another that follows this one from now on. */
  follow(name: string, settings?: Record<string, string>): Promise<PgServer>
  /** Makes a standby the primary, and waits until it is. */
  promote(): Promise<void>
  /** Stands still, and goes on: as a standby that cannot be reached. */
  freeze(still: boolean): void
  kill(): Promise<void>
  start(): Promise<void>
  /** Gives up what it has, and follows another from now on. */
  rejoin(primary: PgServer): Promise<void>
  stop(): Promise<void>
}

export type Servers = {
  /** A primary of its own. */
  primary(name: string, settings?: Record<string, string>): Promise<PgServer>
  /** The address of a database on these, in this order. */
  urlOf(servers: PgServer[], database: string, user?: string): string
  close(): Promise<void>
}

export async function openServers(): Promise<Servers> {
  const home = await mkdtemp(join(tmpdir(), 'kith-servers-'))
  // For PostgreSQL's account to pass through.
  await run('chmod', ['711', home])
  const all: PgServer[] = []

  async function make(name: string, settings: Record<string, string>, source: PgServer | null): Promise<PgServer> {
    const root = join(home, name)
    await mkdir(root, { mode: 0o711 })
    const data = join(root, 'cluster')
    const socket = join(root, 'socket')
    const account = accountFor(data)
    await mkdir(socket, { mode: 0o700 })
    if (account) await run('chown', [`${account.uid}:${account.gid}`, socket])
    const binaries = prepareBinaries(findPackage(), home, account)
    const cluster: Cluster = { home: root, data, socket, log: join(root, 'postgres.log'), binaries, account }
    const port = await freePort()
    const own: Record<string, string> = {
      listen_addresses: '127.0.0.1',
      port: String(port),
      wal_level: 'replica',
      max_wal_senders: '8',
      wal_keep_size: '256MB',
      hot_standby: 'on',
      shared_buffers: '16MB',
      // Whoever is gone is noticed soon.
      wal_receiver_timeout: '2000',
      wal_sender_timeout: '2000',
      wal_retrieve_retry_interval: '200',
      ...settings,
    }
    if (source) await copy(source, cluster)
    else await createCluster(cluster, own)
    let running: Awaited<ReturnType<typeof startPostgres>> | null = null
    const server: PgServer = {
      name,
      port,
      data,
      async query<Row extends object>(text: string, database = 'postgres') {
        const client = new pg.Client({ host: '127.0.0.1', port, user: 'kith', database })
        client.on('error', () => {})
        await client.connect()
        return (await client.query<Row>(text).finally(() => client.end())).rows
      },
      follow: (other, more = {}) => make(other, { ...settings, ...more }, server),
      async promote() {
        await server.query('select pg_promote(true, 30)')
      },
      freeze(still) {
        for (const pid of processesIn(data)) signal(pid, still ? 'SIGSTOP' : 'SIGCONT')
      },
      async kill() {
        for (let left = processesIn(data); left.length; left = processesIn(data)) {
          for (const pid of left) signal(pid, 'SIGKILL')
          await sleep(10)
        }
        running = null
      },
      async start() {
        running = await startPostgres(cluster, own)
      },
      async rejoin(primary) {
        await server.stop()
        await rm(data, { recursive: true, force: true, maxRetries: 5 })
        await copy(primary, cluster)
        await server.start()
      },
      async stop() {
        server.freeze(false)
        await running?.stop()
        await server.kill()
      },
    }
    all.push(server)
    await server.start()
    return server
  }

  return {
    primary: (name, settings = {}) => make(name, settings, null),
    urlOf: (servers, database, user = 'kith') =>
      `postgres://${user}@${servers.map(({ port }) => `127.0.0.1:${port}`).join(',')}/${database}?target_session_attrs=read-write`,
    async close() {
      await Promise.all(all.map((server) => server.stop()))
      await rm(home, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

/** What `pg_basebackup` does, by copying files. */
async function copy(source: PgServer, { data, account }: Cluster): Promise<void> {
  const client = new pg.Client({ host: '127.0.0.1', port: source.port, user: 'kith', database: 'postgres' })
  await client.connect()
  try {
    await client.query(`select pg_backup_start('copy', true)`)
    await run('cp', ['-a', source.data, data])
    const { rows: ended } = await client.query<{ label: string }>(
      'select labelfile as label from pg_backup_stop(wait_for_archive => false)',
    )
    await run('rm', ['-rf', join(data, 'postmaster.pid'), join(data, 'postmaster.opts')])
    await run('sh', ['-c', 'rm -rf "$0"/pg_wal/0* "$0"/pg_replslot/*', data])
    await writeFile(join(data, 'backup_label'), ended[0]?.label as string)
    await writeFile(join(data, 'standby.signal'), '')
    // Last of all settings: what the other one followed is copied, too.
    const follows = `primary_conninfo = 'host=127.0.0.1 port=${source.port} user=kith'`
    await appendFile(join(data, 'postgresql.auto.conf'), `\nsynchronous_standby_names = ''\n${follows}\n`)
    if (account) await run('chown', ['-R', `${account.uid}:${account.gid}`, data])
  } finally {
    await client.end()
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch {
    // Gone already.
  }
}

/** A port that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}
