import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import {
  chownSync,
  closeSync,
  existsSync,
  fsyncSync,
  lchownSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
} from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { giveToOwner } from '../owner.ts'
import { CannotStart } from '../process.ts'
import type { Account } from './account.ts'
import type { Binaries } from './binaries.ts'
import { processesIn } from './processes.ts'
import { defaults } from './settings.ts'

/** One embedded PostgreSQL: its folders below `home`, its programs, and the account they run as. */
export type Cluster = {
  home: string
  data: string
  socket: string
  log: string
  binaries: Binaries
  account: Account | null
}

/**
 * Creates the cluster if there is none. It is built under another name, so an interrupted creation leaves nothing
 * that counts.
 */
export async function createCluster(cluster: Cluster, settings: Record<string, string>): Promise<void> {
  for (const name of readdirSync(cluster.home)) {
    if (name.startsWith('cluster.new-'))
      rmSync(join(cluster.home, name), { recursive: true, force: true, maxRetries: 5 })
  }
  if (existsSync(join(cluster.data, 'PG_VERSION'))) return checkCluster(cluster)

  const draft = join(cluster.home, `cluster.new-${randomUUID().slice(0, 8)}`)
  mkdirSync(draft, { mode: 0o700 })
  if (cluster.account) chownSync(draft, cluster.account.uid, cluster.account.gid)
  const options = [
    // Connections need no password: only this account and root can enter the folder of the socket.
    ...['--username=kith', '--auth=trust', '--no-instructions', '--encoding=UTF8'],
    // Sorts by code point, the same on every machine, and knows the capitals of every script.
    ...['--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'],
    ...(settings.fsync === 'off' ? ['--no-sync'] : []),
  ]
  const child = spawn(cluster.binaries.initdb, ['-D', seenFrom(cluster, draft), ...options], {
    ...surroundings(cluster, draft),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  const note = (text: string | Error) => {
    output += text
  }
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', note).on('error', note)
  const [code, signal] = await once(child, 'close').catch((error) => {
    throw cannotRun(cluster, error)
  })
  if (code !== 0) {
    rmSync(draft, { recursive: true, force: true, maxRetries: 5 })
    throw new CannotStart(
      `The database could not be created (initdb: ${signal ?? `code ${code}`}).${tellNoRoom(cluster.home, output)}\n${output.trim()}`,
    )
  }
  try {
    renameSync(draft, cluster.data)
  } catch (error) {
    rmSync(draft, { recursive: true, force: true })
    throw new CannotStart(
      `${cluster.data} is not a database, but is not empty either (${(error as Error).message}). ` +
        'Restore it from a backup, or move it away to start with an empty community.',
    )
  }
  const folder = openSync(cluster.home, 'r')
  fsyncSync(folder)
  closeSync(folder)
}

function checkCluster({ data, binaries, account }: Cluster): void {
  const major = readFileSync(join(data, 'PG_VERSION'), 'utf8').trim()
  if (major !== binaries.major) {
    throw new CannotStart(
      `${data} was written by PostgreSQL ${major}, and this Kith brings ${binaries.major}. Start the Kith that wrote it ` +
        'and export the community by `kith export FILE`; docs/moving.md says how to go on. ' +
        'Then import that into an empty data directory here, or into a PostgreSQL of your own.',
    )
  }
  const { uid } = statSync(data)
  if (account) {
    // After a restore from a backup, for example, all files belong to root.
    if (uid !== account.uid) giveTo(data, account)
  } else if (uid !== process.getuid?.()) {
    throw new CannotStart(`${data} belongs to another user (id ${uid}): start Kith as that user, or as root.`)
  }
}

function giveTo(path: string, account: Account): void {
  lchownSync(path, account.uid, account.gid)
  for (const entry of readdirSync(path, { withFileTypes: true, recursive: true })) {
    lchownSync(join(entry.parentPath, entry.name), account.uid, account.gid)
  }
}

/**
 * Stops processes that a killed owner left running on this cluster, and removes stale lock files. Only the present
 * owner may call it.
 */
export async function stopOrphans(cluster: Cluster, log: (line: string) => void): Promise<void> {
  const lock = join(cluster.data, 'postmaster.pid')
  const pid = Number(readIfThere(lock).split('\n')[0])
  if (pid > 0) {
    const started = performance.now()
    const sent = new Set<string>()
    const signal = (target: number, name: NodeJS.Signals) => {
      if (!sent.has(`${target} ${name}`)) kill(target, name)
      sent.add(`${target} ${name}`)
    }
    for (;;) {
      const found = processesIn(cluster.data)
      if (found.length === 0) break
      const waited = performance.now() - started
      if (found.includes(pid)) {
        if (sent.size === 0) log('Stopping the PostgreSQL that an earlier Kith left running.')
        signal(pid, waited < patience.fast ? 'SIGINT' : waited < patience.immediate ? 'SIGQUIT' : 'SIGKILL')
      } else {
        // Its main process is dead. The rest ends by itself, unless it is deep in a query.
        for (const other of found) signal(other, waited < 1_000 ? 'SIGQUIT' : 'SIGKILL')
      }
      await sleep(waited < 200 ? 5 : 25)
    }
    // The process id may belong to another program by now, or to an unreaped dead process. PostgreSQL would take
    // either for its own and refuse to start. We have just seen that no process works here.
    if (isThere(pid)) rmSync(lock, { force: true })
  }
  for (const name of readdirSync(cluster.socket)) rmSync(join(cluster.socket, name), { force: true })
}

const patience = { fast: 30_000, immediate: 35_000 }

export type Running = {
  /** Resolves when the process has ended for whatever reason, with a description. */
  ended: Promise<string>
  stop(): Promise<void>
}

/** Starts PostgreSQL and waits until it accepts connections. */
export async function startPostgres(cluster: Cluster, settings: Record<string, string>): Promise<Running> {
  const started = performance.now()
  for (;;) {
    const running = await tryStart(cluster, settings)
    if (running) return running
    const words = readIfThere(cluster.log).trim().split('\n').slice(-20).join('\n')
    // The remains of a dead PostgreSQL may hold its lock for a moment longer.
    const locked = /lock file|pre-existing shared memory/.test(words)
    if (!locked || performance.now() - started > 15_000) {
      throw new CannotStart(
        `PostgreSQL did not start.${tellNoRoom(cluster.home, words)} Its last words, from ${cluster.log}:\n${words}`,
      )
    }
    await sleep(100)
  }
}

/** The size of one WAL file, in bytes: with less room than this, PostgreSQL cannot begin another. */
const least = 16 * 1024 ** 2

/**
 * A sentence, with a blank in front, if the disk is or was too full for PostgreSQL; else ''. PostgreSQL's own message
 * may be missing then: it is written to the same disk.
 */
export function tellNoRoom(home: string, words: string): string {
  const { bavail, bsize } = statfsSync(home)
  if (bavail * bsize >= least && !words.includes('No space left on device')) return ''
  const free = (bavail * bsize) / 1024 ** 2
  return ` The disk that holds ${home} is full (${free.toFixed(1)} MiB are free): make room, then start again.`
}

async function tryStart(cluster: Cluster, settings: Record<string, string>): Promise<Running | null> {
  if (existsSync(cluster.log)) renameSync(cluster.log, `${cluster.log}.1`)
  const log = openSync(cluster.log, 'a', 0o600)
  giveToOwner(cluster.log)
  const options = Object.entries({ ...defaults, ...settings }).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const child = spawn(cluster.binaries.postgres, ['-D', seenFrom(cluster, cluster.data), ...options], {
    ...surroundings(cluster, cluster.data),
    // A session of its own: Ctrl-C in the terminal goes to the server, which then stops its database in order.
    detached: true,
    // No pipe: it would break if we are killed, and PostgreSQL lives on until somebody stops it in order.
    stdio: ['ignore', log, log],
  })
  closeSync(log)
  const ended = new Promise<string>((resolve, reject) => {
    child.once('exit', (code, signal) => resolve(signal ?? `code ${code}`))
    // Also later: a signal that could not be sent is an error of the child, too.
    child.on('error', (error) => reject(cannotRun(cluster, error)))
  })
  // A process that leaves by process.exit() must leave no PostgreSQL behind.
  const leave = () => kill(child.pid as number, 'SIGINT')
  process.once('exit', leave)
  let over = false
  const end = () => {
    over = true
    process.off('exit', leave)
  }
  ended.then(end, end)
  const lock = join(cluster.data, 'postmaster.pid')
  for (let polls = 0; !over; polls++) {
    // The eighth line is the state, kept up to date by PostgreSQL.
    const lines = readIfThere(lock).split('\n')
    if (Number(lines[0]) === child.pid && lines[7]?.trim() === 'ready') return { ended, stop: () => stop(child, ended) }
    await sleep(polls < 200 ? 3 : 50)
  }
  await ended
  return null
}

async function stop(child: ChildProcess, ended: Promise<string>): Promise<void> {
  const signals: [NodeJS.Signals, number][] = [
    // Fast: running transactions are rolled back, everything is written.
    ['SIGINT', patience.fast],
    // Immediate: as if the power failed. The next start recovers.
    ['SIGQUIT', patience.immediate - patience.fast],
    ['SIGKILL', 5_000],
  ]
  for (const [signal, time] of signals) {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill(signal)
    const timer = new AbortController()
    await Promise.race([ended, sleep(time, null, { signal: timer.signal }).catch(() => {})])
    timer.abort()
  }
}

/**
 * The name of a folder as seen from within it. PostgreSQL works in its folder, but its account may be unable to reach
 * it by path, below /root for example. Linux has a name for the working folder.
 */
const seenFrom = ({ account }: Cluster, folder: string) =>
  account && process.platform === 'linux' ? '/proc/self/cwd' : folder

const surroundings = ({ account }: Cluster, cwd: string) => ({
  cwd,
  env: { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' },
  ...(account ? { uid: account.uid, gid: account.gid } : {}),
})

function cannotRun({ binaries, account }: Cluster, error: Error): CannotStart {
  const as = account ? ` as the user ${account.name}` : ''
  return new CannotStart(
    `${binaries.postgres} could not be run${as} (${error.message}). Set DATABASE_URL to a PostgreSQL of your own.`,
  )
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return ''
    throw error
  }
}

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {
    // Already gone.
  }
}

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
