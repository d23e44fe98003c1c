import { type ChildProcess, fork, type Serializable, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { disturbance } from './measure.ts'
import { cpuSeconds, machineSeconds, type Watched } from './processes.ts'
import { root, secret } from './servers.ts'

/** A program of the bench beside this one: it is asked one thing after the other, and answers each. */
export type Helper = { pid: number; ask<Answer = null>(question: object): Promise<Answer>; stop(): Promise<void> }

/** What a helper answers: what was asked for, or why not. */
export type Answer = { answer: unknown } | { failed: string }

const running = new Set<ChildProcess>()
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

const ended = (child: ChildProcess) =>
  child.exitCode !== null || child.signalCode !== null ? Promise.resolve() : once(child, 'exit').then(() => {})

function keep(child: ChildProcess): ChildProcess {
  running.add(child)
  child.once('exit', () => running.delete(child))
  return child
}

/** Starts bench/NAME.ts as a helper. */
export function startHelper(name: string, nodeArgs: string[] = []): Helper {
  const child = keep(
    fork(fileURLToPath(new URL(`${name}.ts`, import.meta.url)), {
      execArgv: ['--title=kith-bench-helper', ...nodeArgs],
      env: { ...process.env, NODE_ENV: 'production' },
      serialization: 'advanced',
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    }),
  )
  const asked: { resolve(value: never): void; reject(error: Error): void }[] = []
  child.on('message', (message: Answer) => {
    const { resolve, reject } = asked.shift() ?? {}
    if ('failed' in message) reject?.(new Error(`${name}: ${message.failed}`))
    else resolve?.(message.answer as never)
  })
  child.once('exit', () => {
    for (const { reject } of asked.splice(0)) reject(new Error(`${name} ended before it had answered`))
  })
  return {
    pid: child.pid as number,
    ask: (question) =>
      new Promise((resolve, reject) => {
        asked.push({ resolve, reject })
        child.send(question as Serializable)
      }),
    async stop() {
      child.kill('SIGKILL')
      await ended(child)
    },
  }
}

/** For a helper: answers what it is asked, one question after the other. */
export function answering<Question>(answer: (question: Question) => unknown): void {
  let last: Promise<unknown> = Promise.resolve()
  process.on('message', (question: Question) => {
    last = last
      .then(() => answer(question))
      .then(
        (value) => process.send?.({ answer: value ?? null } satisfies Answer),
        (error: Error) => process.send?.({ failed: error.stack ?? error.message } satisfies Answer),
      )
  })
  process.on('disconnect', () => process.exit())
}

/** A Kith that delivers, and does nothing else. */
export type Work = {
  pid: number
  stop(): Promise<void>
  /** Ends it at once: a stop in order waits for receivers. */
  kill(): Promise<void>
  /** Everything it has said so far, beside that it is there. */
  said(): string
}

let started = 0

/** `kith work`, as an operator would run it beside others. */
export async function startWork(
  dir: string,
  databaseUrl: string,
  env: Record<string, string> = {},
  nodeArgs: string[] = [],
): Promise<Work> {
  const file = join(dir, `work-${++started}.log`)
  const out = openSync(file, 'a')
  const args = ['--title=kith-bench-work', ...nodeArgs, join(root, 'src', 'main.ts'), 'work']
  const child = keep(
    spawn(process.execPath, args, { cwd: root, env: workEnv(dir, databaseUrl, env), stdio: ['ignore', out, out] }),
  )
  closeSync(out)
  const welcome = 'Kith delivers webhooks.'
  const text = () => readFileSync(file, 'utf8')
  while (!text().includes(welcome)) {
    if (child.exitCode !== null) throw new Error(`kith work did not start:\n${text()}`)
    await sleep(10)
  }
  const end = async (signal: NodeJS.Signals) => {
    child.kill(signal)
    await ended(child)
  }
  return {
    pid: child.pid as number,
    said: () => text().replace(welcome, '').trim(),
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
  }
}

const workEnv = (dir: string, databaseUrl: string, env: Record<string, string>) => ({
  ...process.env,
  DATABASE_URL: databaseUrl,
  KITH_DATA_DIR: dir,
  KITH_JWT_SECRET: secret,
  ...deliverySettings,
  NODE_ENV: 'production',
  ...env,
})

/** Settings of every Kith that delivers here: the receivers are on this machine. */
export const deliverySettings = { KITH_LOG_LEVEL: 'warn', KITH_WEBHOOK_ALLOW: '127.0.0.0/8' }

/** Every endpoint here signs with this. */
export const signingSecret = 'whsec_the bench signs with this'

/**
 * Looks what others use of the machine while something of the bench runs.
 * @param pids processes of the bench that were not started here
 * @returns ends it, and keeps it for the last line of the bench
 */
export function watchOthers(postgres: Watched, pids: number[] = []): () => void {
  const read = () => {
    const { user, system } = process.cpuUsage()
    const ours = [...pids, ...[...running].map(({ pid }) => pid as number)].map((pid) => ({ pid, family: false }))
    const used = [postgres, ...ours].reduce((sum, each) => sum + (cpuSeconds(each) || 0), (user + system) / 1e6)
    return { at: performance.now(), others: machineSeconds() - used }
  }
  const from = read()
  return () => {
    const to = read()
    disturbance.push(Math.max(0, ((to.others - from.others) * 1000) / (to.at - from.at)))
  }
}
