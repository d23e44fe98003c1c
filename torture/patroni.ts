/**
 * Two PostgreSQL servers that Patroni looks after, and HAProxy in front: by the files of `deploy/`, with the programs of
 * the machine. Only addresses, folders and how long things take are those of this trial.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import pg from 'pg'
import { parse, stringify } from 'yaml'
import { processesIn } from '../src/platform/postgres/processes.ts'
import type { Pair } from './failover.ts'
import { freePort, type PgServer } from './servers.ts'

const run = promisify(execFile)
const deploy = join(import.meta.dirname, '../deploy')
const programs = { patroni: '/usr/bin/patroni', etcd: '/usr/bin/etcd', haproxy: '/usr/sbin/haproxy' }

type Config = ReturnType<typeof parse>
const read = (): Config => parse(readFileSync(join(deploy, 'patroni.yml'), 'utf8'))

/** Where the programs of PostgreSQL are: those that the file names, or of another version. */
function findBinaries(): string | null {
  const named = read().postgresql.bin_dir as string
  const versions = [18, 17, 16, 15].map((version) => named.replace(/\d+/, String(version)))
  return [named, ...versions].find((folder) => existsSync(join(folder, 'pg_rewind'))) ?? null
}

/** What this machine lacks for it, in a sentence; null if it lacks nothing. */
export function findMissing(): string | null {
  const missing = Object.entries(programs).flatMap(([name, file]) => (existsSync(file) ? [] : [name]))
  if (!findBinaries()) missing.push('postgresql')
  if (process.getuid?.() !== 0)
    return 'Run it as root: PostgreSQL, Patroni and HAProxy are started as a machine has them.'
  if (!missing.length) return null
  return `There is no ${missing.join(', no ')} here: apt-get install -y postgresql patroni etcd-server haproxy`
}

async function until(holds: () => Promise<boolean>, what: string, most = 90_000): Promise<void> {
  for (const began = performance.now(); performance.now() - began < most; await sleep(100))
    if (await holds().catch(() => false)) return
  throw new Error(`${what}: not within ${most / 1000} s`)
}

/** Starts them, and waits until one is the primary and the other follows it, synchronously. */
export async function openPatroni(): Promise<Pair> {
  const home = await mkdtemp(join(tmpdir(), 'kith-patroni-'))
  await run('chmod', ['755', home])
  const binaries = findBinaries() as string
  const children = new Set<ChildProcess>()
  const start = (command: string, args: string[]) => {
    const child = spawn(command, args, { cwd: home, stdio: 'ignore', detached: true })
    children.add(child)
    child.once('exit', () => children.delete(child))
    return child
  }
  const stop = async (child: ChildProcess) => {
    if (!children.has(child)) return
    const ended = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGKILL')
    await ended
  }

  const [client, peer, front] = [await freePort(), await freePort(), await freePort()]
  const at = (port: number) => `http://127.0.0.1:${port}`
  start(programs.etcd, [
    ...['--name', 'one', '--data-dir', join(home, 'etcd'), '--initial-cluster', `one=${at(peer)}`],
    ...['--listen-client-urls', at(client), '--advertise-client-urls', at(client)],
    ...['--listen-peer-urls', at(peer), '--initial-advertise-peer-urls', at(peer)],
  ])

  type Member = PgServer & { rest: number; begin(): void; is(role: 'primary' | 'synchronous'): Promise<boolean> }
  async function make(name: string): Promise<Member> {
    const [port, rest] = [await freePort(), await freePort()]
    const root = join(home, name)
    const data = join(root, 'data')
    await mkdir(root)
    const config = read()
    Object.assign(config, { name, etcd3: { hosts: `127.0.0.1:${client}` } })
    config.restapi = { listen: `127.0.0.1:${rest}`, connect_address: `127.0.0.1:${rest}` }
    Object.assign(config.bootstrap.dcs, { ttl: 8, loop_wait: 1, retry_timeout: 3 })
    Object.assign(config.postgresql, {
      ...{ listen: `127.0.0.1:${port}`, connect_address: `127.0.0.1:${port}`, data_dir: data, bin_dir: binaries },
      ...{ pgpass: join(root, 'pgpass') },
      pg_hba: ['local all all trust', 'host all all 127.0.0.1/32 trust', 'host replication all 127.0.0.1/32 trust'],
    })
    Object.assign(config.postgresql, { parameters: { unix_socket_directories: root, shared_buffers: '32MB' } })
    const file = join(root, 'patroni.yml')
    await writeFile(file, stringify(config))
    await run('chown', ['-R', 'postgres:postgres', root])
    let patroni: ChildProcess | null = null
    let kills = 0
    const member: Member = {
      name,
      port,
      data,
      rest,
      begin() {
        if (patroni && children.has(patroni)) return
        patroni = start('setpriv', [
          ...['--reuid', 'postgres', '--regid', 'postgres', '--init-groups'],
          ...['--', programs.patroni, file],
        ])
      },
      async is(role) {
        const answer = await fetch(`${at(rest)}/${role}`, { signal: AbortSignal.timeout(2_000) })
        return answer.status === 200
      },
      async query<Row extends object>(text: string, database = 'postgres') {
        const own = new pg.Client({ host: '127.0.0.1', port, user: 'postgres', database })
        own.on('error', () => {})
        await own.connect()
        return (await own.query<Row>(text).finally(() => own.end())).rows
      },
      // The machine is gone at once; every third time PostgreSQL alone.
      async kill() {
        if (++kills % 3 && patroni) await stop(patroni)
        for (let left = processesIn(data); left.length; left = processesIn(data)) {
          for (const pid of left) killNow(pid)
          if (patroni && children.has(patroni)) break
          await sleep(10)
        }
      },
      promote: () => until(() => member.is('primary'), `${name} takes over`),
      async rejoin() {
        member.begin()
        await until(() => member.is('synchronous'), `${name} follows again`)
      },
      follow: () => Promise.reject(new Error('Patroni says who follows')),
      freeze() {},
      start: async () => member.begin(),
      async stop() {
        if (patroni) await stop(patroni)
        for (const pid of processesIn(data)) killNow(pid)
      },
    }
    return member
  }

  const members = [await make('db1'), await make('db2')] as const
  const [first, second] = members
  const close = async () => {
    for (const child of children) await stop(child)
    for (const member of members) for (const pid of processesIn(member.data)) killNow(pid)
    await rm(home, { recursive: true, force: true, maxRetries: 5 })
  }
  try {
    first.begin()
    await until(() => first.is('primary'), 'the first is the primary')
    second.begin()
    await until(() => second.is('synchronous'), 'the second follows')
    await first.query('create role kith login')
    await first.query('create database kith owner kith')
    const haproxy = readFileSync(join(deploy, 'haproxy.cfg'), 'utf8')
      .replace(/bind .*/, `bind 127.0.0.1:${front}`)
      .replace(/^ *server .*\n/gm, '')
      .concat(
        members.map(({ name, port, rest }) => `    server ${name} 127.0.0.1:${port} check port ${rest}\n`).join(''),
      )
    await writeFile(join(home, 'haproxy.cfg'), haproxy)
    start(programs.haproxy, ['-db', '-f', join(home, 'haproxy.cfg')])
  } catch (error) {
    await close()
    throw error
  }
  return {
    ...{ primary: first, standby: second, managed: true, close },
    url: `postgres://kith@127.0.0.1:${front}/kith?target_session_attrs=read-write`,
    replicas: members.map(({ port }) => `postgres://kith@127.0.0.1:${port}/kith`).join(' '),
  }
}

function killNow(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // Gone already.
  }
}
