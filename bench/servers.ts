import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('..', import.meta.url))

export const secret = 'a secret for the bench, as long as need be'

export type Server = { port: number; pid: number; startedIn: number; stop(): Promise<void> }

const running = new Set<ChildProcess>()
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

let started = 0

/** Runs a program of this checkout until it says, on its output, which address it serves. */
async function startServer(dir: string, args: string[], env: Record<string, string>): Promise<Server> {
  // To a file, as logs go: a pipe would make this process do work for each line.
  const file = join(dir, `server-${++started}.log`)
  const out = openSync(file, 'a')
  const from = performance.now()
  // Named, so that whoever looks at the machine's processes does not take them for a community's.
  const child = spawn(process.execPath, ['--title=kith-bench-server', ...args], {
    cwd: root,
    env: { ...process.env, ...env, NODE_ENV: 'production' },
    stdio: ['ignore', out, out],
  })
  closeSync(out)
  running.add(child)
  let stopping = false
  const ended = new Promise<void>((resolve) => {
    child.once('exit', (code, signal) => {
      running.delete(child)
      if (!stopping)
        console.error(`\n${args.join(' ')} ended (${signal ?? code}):\n${readFileSync(file, 'utf8').slice(-2_000)}`)
      resolve()
    })
  })
  for (;;) {
    const text = readFileSync(file, 'utf8')
    const port = Number(/http:\/\/127\.0\.0\.1:(\d+)\//.exec(text)?.[1])
    if (port) {
      const stop = async () => {
        stopping = true
        child.kill('SIGTERM')
        await ended
      }
      return { port, pid: child.pid as number, startedIn: performance.now() - from, stop }
    }
    if (child.exitCode !== null || child.signalCode !== null)
      throw new Error(`${args.join(' ')} did not start:\n${text}`)
    await sleep(10)
  }
}

/** What `npm start` runs, after `exec node`. */
const startArgs = (
  JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: { start: string } }
).scripts.start
  .split(' ')
  .slice(2)

/** Kith, as an operator with a PostgreSQL of their own would run it. */
export const startKith = (
  dir: string,
  databaseUrl: string,
  env: Record<string, string> = {},
  nodeArgs: string[] = [],
) =>
  startServer(dir, [...nodeArgs, ...startArgs], {
    DATABASE_URL: databaseUrl,
    KITH_DATA_DIR: dir,
    KITH_JWT_SECRET: secret,
    KITH_LOG_LEVEL: 'warn',
    HOST: '127.0.0.1',
    PORT: '0',
    ...env,
  })

export const startFloor = (dir: string, databaseUrl: string, env: Record<string, string> = {}) =>
  startServer(dir, [fileURLToPath(new URL('floor.ts', import.meta.url))], { DATABASE_URL: databaseUrl, ...env })
