import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { readConfig } from '../../src/config.ts'
import { findPackage } from '../../src/platform/postgres/binaries.ts'
import { tellNoRoom } from '../../src/platform/postgres/cluster.ts'
import { type EmbeddedOptions, startEmbedded } from '../../src/platform/postgres/embedded.ts'
import { processesIn } from '../../src/platform/postgres/processes.ts'
import { shortPath } from '../../src/platform/postgres/short-path.ts'
import { readSecret } from '../../src/secret.ts'

vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 })

const ownerScript = join(import.meta.dirname, 'fixtures/owner.ts')
const isRoot = process.getuid?.() === 0
const cleanups: (() => unknown)[] = []

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

/** A folder that nobody else may enter, as mkdtemp makes it: for root this is what a clone in /root is like. */
function privateFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'kith-test-'))
  cleanups.push(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }))
  return folder
}

function openFolder(): string {
  const folder = privateFolder()
  chmodSync(folder, 0o755)
  return folder
}

/** A data directory with an empty database in it, stopped in order. */
let made: string
beforeAll(async () => {
  made = mkdtempSync(join(tmpdir(), 'kith-test-'))
  await (await startEmbedded({ dataDir: made, role: 'test', settings: { fsync: 'off' } })).stop()
})
afterAll(() => rmSync(made, { recursive: true, force: true, maxRetries: 5 }))

/** Puts a copy of that database into a data directory, and returns it: creating one takes a second. */
function withDatabase(dataDir: string): string {
  mkdirSync(join(dataDir, 'postgres'), { recursive: true })
  execFileSync('cp', ['-a', clusterOf(made), clusterOf(dataDir)])
  return dataDir
}

async function start(dataDir: string, more: Partial<EmbeddedOptions> = {}) {
  const database = await startEmbedded({ dataDir, role: 'test', settings: { fsync: 'off' }, ...more })
  cleanups.push(() => database.stop())
  return database
}

async function query(connection: { host: string; port: number; user: string; database: string }, text: string) {
  const client = new pg.Client(connection)
  // A server that is killed under the connection is not this client's failure.
  client.on('error', () => {})
  await client.connect()
  try {
    return (await client.query(text)).rows
  } finally {
    await client.end()
  }
}

type Said = { started: boolean; owned: boolean; message: string } & Awaited<ReturnType<typeof start>>['connection']

const owner = (...args: string[]) => ownerIn({}, ...args)

function ownerIn(env: Record<string, string>, ...args: string[]): { process: ChildProcess; said: Promise<Said> } {
  const child = spawn(process.execPath, [ownerScript, ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  cleanups.push(() => kill(child))
  const said = once(createInterface(child.stdout), 'line').then(([line]) => JSON.parse(line) as Said)
  return { process: child, said }
}

async function kill(child: ChildProcess) {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGKILL')
  await once(child, 'exit')
}

const clusterOf = (dataDir: string) => join(dataDir, 'postgres/cluster')
const postmasterOf = (dataDir: string) =>
  Number(readFileSync(join(clusterOf(dataDir), 'postmaster.pid'), 'utf8').split('\n')[0])

test('the first start creates a database that knows the capitals of every script', async () => {
  const { connection, owned } = await start(privateFolder())
  expect(owned).toBe(true)
  const [row] = await query(
    connection,
    `SELECT lower('ÀØЖ') AS lower, upper('éñж') AS upper, 'ÉCOLE' ILIKE 'école' AS ilike`,
  )
  expect(row).toEqual({ lower: 'àøж', upper: 'ÉÑЖ', ilike: true })
})

test('what was committed is there after a restart', async () => {
  const dataDir = withDatabase(privateFolder())
  const first = await start(dataDir)
  await query(first.connection, 'CREATE TABLE kept AS SELECT 42 AS answer')
  await Promise.all([first.stop(), first.stop()])
  expect(processesIn(clusterOf(dataDir))).toEqual([])
  const second = await start(dataDir)
  expect(await query(second.connection, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }])
})

test('the default settings are the safe ones', async () => {
  const { connection } = await start(privateFolder(), { settings: {} })
  const [row] = await query(
    connection,
    `SELECT current_setting('fsync') AS fsync, current_setting('synchronous_commit') AS commit,
       current_setting('full_page_writes') AS pages, current_setting('listen_addresses') AS addresses`,
  )
  expect(row).toEqual({ fsync: 'on', commit: 'on', pages: 'on', addresses: '' })
})

test('a killed owner leaves a PostgreSQL behind, and the next start takes over with everything committed', async () => {
  const dataDir = withDatabase(privateFolder())
  const first = owner(dataDir, 'serve')
  const said = await first.said
  await query(said, 'CREATE TABLE kept (n int)')
  const writer = new pg.Client(said)
  writer.on('error', () => {})
  await writer.connect()
  await writer.query('INSERT INTO kept VALUES (1)')
  await writer.query('BEGIN')
  await writer.query('INSERT INTO kept VALUES (2)')
  await kill(first.process)
  const orphan = postmasterOf(dataDir)
  expect(processesIn(clusterOf(dataDir))).toContain(orphan)

  const lines: string[] = []
  const second = await start(dataDir, { log: (line) => lines.push(line) })
  expect(lines).toEqual(['Stopping the PostgreSQL that an earlier Kith left running.'])
  expect(postmasterOf(dataDir)).not.toBe(orphan)
  expect(await query(second.connection, 'SELECT n FROM kept')).toEqual([{ n: 1 }])
})

test('a killed PostgreSQL is noticed, and the next start recovers', async () => {
  const dataDir = withDatabase(privateFolder())
  const first = await start(dataDir)
  await query(first.connection, 'CREATE TABLE kept AS SELECT 42 AS answer')
  process.kill(postmasterOf(dataDir), 'SIGKILL')
  expect(await first.lost).toMatch(/PostgreSQL ended unexpectedly \(SIGKILL\); its log is .*postgres\.log/)
  await first.stop()
  const second = await start(dataDir)
  expect(await query(second.connection, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }])
})

test('owner and PostgreSQL killed together lose nothing, even with a backend deep in a query', async () => {
  const dataDir = withDatabase(privateFolder())
  const first = owner(dataDir, 'serve')
  const said = await first.said
  await query(said, 'CREATE TABLE kept AS SELECT 42 AS answer')
  const busy = query(said, 'SELECT count(*) FROM generate_series(1, 1000000000)').catch(() => 'broken off')
  await sleep(100)
  process.kill(postmasterOf(dataDir), 'SIGKILL')
  await kill(first.process)
  const second = await start(dataDir)
  expect(await query(second.connection, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }])
  expect(await busy).toBe('broken off')
})

test('a lock left behind whose process id now belongs to another program is no obstacle', async () => {
  const dataDir = withDatabase(privateFolder())
  await (await start(dataDir)).stop()
  const stranger = spawn('sleep', ['60'])
  cleanups.push(() => kill(stranger))
  writeFileSync(join(clusterOf(dataDir), 'postmaster.pid'), `${stranger.pid}\n${clusterOf(dataDir)}\n`)
  writeFileSync(join(dataDir, 'postgres/socket/.s.PGSQL.5432.lock'), `${stranger.pid}\n`)
  const { connection } = await start(dataDir)
  expect(await query(connection, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
  expect(stranger.exitCode ?? stranger.signalCode).toBeNull()
})

test('a second owner is refused with the name and number of the first', async () => {
  const dataDir = withDatabase(privateFolder())
  const first = owner(dataDir, 'serve')
  await first.said
  await expect(start(dataDir)).rejects.toThrow(`in use by "kith serve" (process ${first.process.pid}). Stop it first.`)
  first.process.kill('SIGTERM')
  expect(await once(first.process, 'exit')).toEqual([0, null])
  await start(dataDir)
})

test('an owner that is merely suspended keeps its claim', async () => {
  const dataDir = withDatabase(privateFolder())
  const first = owner(dataDir, 'serve')
  await first.said
  first.process.kill('SIGSTOP')
  await expect(start(dataDir)).rejects.toThrow('in use by a process that does not answer')
  first.process.kill('SIGCONT')
})

test('of several that start at the same instant exactly one wins', async () => {
  const dataDir = privateFolder()
  for (const round of [1, 2]) {
    const all = ['a', 'b', 'c', 'd', 'e'].map((name) => owner(dataDir, `${name}${round}`))
    const said = await Promise.all(all.map((one) => one.said))
    const winner = all[said.findIndex((one) => one.started)] as (typeof all)[number]
    expect(said.filter((one) => one.started)).toHaveLength(1)
    for (const { started, message } of said) {
      if (!started)
        expect(message).toMatch(new RegExp(`in use by "kith .${round}" \\(process ${winner.process.pid}\\)`))
    }
    // The second round meets what a killed owner leaves.
    await Promise.all(all.map((one) => kill(one.process)))
  }
})

test('a command joins the database of a running server, and leaves it running', async () => {
  const dataDir = privateFolder()
  // The claim is there long before the database is up: who joins now has to wait for it.
  const server = owner(dataDir, 'serve')
  while (!existsSync(join(dataDir, 'postgres/owner.1.sock'))) await sleep(5)
  const joined = await start(dataDir, { join: true })
  expect(joined.owned).toBe(false)
  await query(joined.connection, 'CREATE TABLE kept AS SELECT 42 AS answer')
  await joined.stop()
  expect(await query(await server.said, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }])
})

test('a command waits for a database that comes up slowly, however the news of it arrives', async () => {
  const folder = privateFolder()
  // Each piece in a packet of its own, with time for the other side to think that there is nothing to wait for.
  const holder = createServer(async (socket) => {
    for (const piece of ['{"role":"serve","pid":1}\n', 'rea', 'dy\n']) {
      socket.write(piece)
      await sleep(150)
    }
    socket.end()
  })
  holder.listen(join(folder, 'owner.1.sock'))
  await once(holder, 'listening')
  cleanups.push(() => holder.close())
  const joiner = spawn(process.execPath, [join(import.meta.dirname, 'fixtures/joiner.ts'), folder])
  let out = ''
  for (const stream of [joiner.stdout, joiner.stderr]) stream.on('data', (text) => (out += text))
  expect([await once(joiner, 'close'), out]).toEqual([[0, null], 'ready\n'])
})

test('a command that finds no server runs the database itself', async () => {
  const dataDir = withDatabase(privateFolder())
  const alone = owner(dataDir, 'doctor', 'join')
  expect(await alone.said).toMatchObject({ started: true, owned: true })
  await expect(start(dataDir)).rejects.toThrow('in use by "kith doctor"')
})

test('a creation that is cut short is done again', async () => {
  const dataDir = privateFolder()
  const first = owner(dataDir, 'serve')
  first.said.catch(() => {})
  const drafts = () =>
    existsSync(join(dataDir, 'postgres'))
      ? readdirSync(join(dataDir, 'postgres')).filter((name) => name.startsWith('cluster.new-'))
      : []
  const base = () => join(dataDir, 'postgres', drafts()[0] ?? 'none', 'base/1')
  while (!existsSync(base())) await sleep(2)
  await kill(first.process)
  expect(existsSync(clusterOf(dataDir))).toBe(false)
  const again = await start(dataDir)
  expect(await query(again.connection, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
  // What was making the first may have lived on a moment and written more: that is gone with the next start.
  await again.stop()
  await start(dataDir)
  expect(drafts()).toEqual([])
})

test('a data directory may have a path longer than that of a socket', async () => {
  const dataDir = withDatabase(join(privateFolder(), 'a-long-name-of-a-folder-'.repeat(5), 'data'))
  cleanups.push(() => {
    for (const path of [dirname(clusterOf(dataDir)), join(dataDir, 'postgres/socket')]) {
      rmSync(dirname(shortPath(path, 'x'.repeat(100))), { recursive: true, force: true })
    }
  })
  const first = await start(dataDir)
  expect(first.connection.host.length).toBeLessThan(90)
  expect(await query(first.connection, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
  const joined = owner(dataDir, 'doctor', 'join')
  expect(await joined.said).toMatchObject({ started: true, owned: false })
  await expect(start(dataDir)).rejects.toThrow('in use by "kith test"')
})

/** The package as npm leaves it when install scripts do not run: without its symbolic links. */
function packageWithoutLinks(folder: string): string {
  const dir = join(folder, 'package')
  cpSync(findPackage(), dir, { recursive: true, verbatimSymlinks: true })
  if (!existsSync(join(dir, 'native/pg-symlinks.json'))) return dir
  for (const { target } of JSON.parse(readFileSync(join(dir, 'native/pg-symlinks.json'), 'utf8'))) {
    rmSync(join(dir, target), { force: true })
  }
  return dir
}

test('links missing from the package are made', async () => {
  const folder = openFolder()
  const dataDir = join(folder, 'data')
  const { connection } = await start(dataDir, { packageDir: packageWithoutLinks(folder) })
  expect(await query(connection, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
  expect(readdirSync(join(dataDir, 'postgres')).filter((name) => name.startsWith('postgres-'))).toEqual([])
})

const useless = isRoot ? "that PostgreSQL's account cannot reach" : 'that lacks links and cannot be written'
test(`a package ${useless} is copied beside the data, once`, async () => {
  const closed = privateFolder()
  const dataDir = join(openFolder(), 'data')
  const packageDir = packageWithoutLinks(closed)
  if (!isRoot) {
    const lib = join(packageDir, 'native/lib')
    chmodSync(lib, 0o555)
    cleanups.push(() => chmodSync(lib, 0o755))
  }
  const copies = () => readdirSync(join(dataDir, 'postgres')).filter((name) => name.startsWith('postgres-'))
  const first = await start(dataDir, { packageDir })
  expect(await query(first.connection, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
  expect(copies()).toHaveLength(1)
  await first.stop()
  await start(dataDir, { packageDir })
  expect(copies()).toHaveLength(1)
})

/** Who owns what lies in a folder and below, by their numbers. */
const ownersBelow = (folder: string) =>
  new Set(
    readdirSync(folder, { recursive: true, withFileTypes: true }).map(
      (entry) => lstatSync(join(entry.parentPath, entry.name)).uid,
    ),
  )

if (isRoot) {
  test('a command run once by root leaves the database to the user whose it is', async () => {
    const [open, uid] = [openFolder(), 65534]
    const packageDir = packageWithoutLinks(open)
    const asUser = (dataDir: string) => ownerIn({ AS_USER: String(uid), PACKAGE_DIR: packageDir }, dataDir, 'serve')
    // Before the first start of its user, and after it.
    for (const [i, first] of (['root', 'user'] as const).entries()) {
      const dataDir = join(open, `data${i}`)
      mkdirSync(dataDir)
      chownSync(dataDir, uid, uid)
      if (first === 'user') {
        const user = asUser(dataDir)
        expect(await user.said).toMatchObject({ started: true })
        user.process.kill('SIGTERM')
        await once(user.process, 'exit')
      }
      await (await start(dataDir, { role: 'doctor', join: true, packageDir })).stop()
      await readSecret(readConfig({ KITH_DATA_DIR: dataDir }))
      expect(ownersBelow(dataDir), first).toEqual(new Set([uid]))
      expect(await asUser(dataDir).said, first).toMatchObject({ started: true, owned: true })
    }
  })

  test('root runs a database as the user it belongs to, whom the system need not know', async () => {
    const dataDir = privateFolder()
    await (await start(dataDir)).stop()
    chmodSync(dataDir, 0o755)
    for (const entry of readdirSync(dataDir, { recursive: true }))
      lchownSync(join(dataDir, String(entry)), 54321, 54321)
    await (await start(dataDir)).stop()
    expect(ownersBelow(clusterOf(dataDir))).toEqual(new Set([54321]))
  })
} else {
  test('not by root, everything belongs to who started it: that root leaves it so, only root can try', async () => {
    const dataDir = privateFolder()
    await (await start(dataDir)).stop()
    expect(ownersBelow(dataDir)).toEqual(new Set([process.getuid?.()]))
  })
}

test('a database of another major version is refused, not touched', async () => {
  const dataDir = privateFolder()
  mkdirSync(clusterOf(dataDir), { recursive: true })
  writeFileSync(join(clusterOf(dataDir), 'PG_VERSION'), '17\n')
  await expect(start(dataDir)).rejects.toThrow('was written by PostgreSQL 17, and this Kith brings 18')
  expect(readdirSync(clusterOf(dataDir))).toEqual(['PG_VERSION'])
})

const fullDisk = /The disk that holds .* is full \(.* MiB are free\): make room, then start again\./
test('a start on a full disk names it, even where PostgreSQL has no room for a last word', async () => {
  const dataDir = privateFolder()
  const mounted =
    isRoot && spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=120m,mode=700', 'tmpfs', dataDir]).status === 0
  if (mounted) {
    cleanups.push(() => spawnSync('umount', ['-l', dataDir]))
    await (await start(dataDir)).stop()
    const { bavail, bsize } = statfsSync(dataDir)
    writeFileSync(join(dataDir, 'filling'), Buffer.alloc(bavail * bsize))
    await expect(start(dataDir)).rejects.toThrow(fullDisk)
    rmSync(join(dataDir, 'filling'))
    await start(dataDir)
  } else {
    // Only root can have a disk to fill. The words of PostgreSQL are there where it could write them.
    expect(tellNoRoom(dataDir, 'FATAL:  could not write to file "x": No space left on device')).toMatch(fullDisk)
    expect(tellNoRoom(dataDir, 'FATAL:  something else')).toBe('')
  }
})

test('a database that cannot start is told with its last words, and the claim is given up', async () => {
  const dataDir = withDatabase(privateFolder())
  await expect(start(dataDir, { settings: { nonsense: '1' } })).rejects.toThrow(
    /PostgreSQL did not start[\s\S]*unrecognized configuration parameter "nonsense"/,
  )
  await start(dataDir)
})

test('where there is no PostgreSQL to bring, the way out is named', () => {
  const arch = Object.getOwnPropertyDescriptor(process, 'arch') as PropertyDescriptor
  cleanups.push(() => Object.defineProperty(process, 'arch', arch))
  Object.defineProperty(process, 'arch', { ...arch, value: 'riscv64' })
  expect(findPackage).toThrow(/not for this system \(.*riscv64\): set DATABASE_URL/)
})
