import { type Load, load, median, quantile, type Source } from './load.ts'
import { cpuSeconds, machineSeconds, type Watched } from './processes.ts'

/** Something load is put on: a server's port and process, and what it is asked. */
export type Runner = { port: number; pid: number; source: Source }

export type Result = {
  rate: number
  p50: number
  p99: number
  /** CPU milliseconds a request, of the server and of PostgreSQL. */
  nodeMs: number
  postgresMs: number
  /** Of each window, for ratios between what ran one after the other. */
  windows: { rate: number; cpuMs: number }[]
}

export type Measuring = {
  /** How often each runner gets a window, and how long one is. */
  rounds: number
  seconds: number
  connections: number
  postgres: Watched
  /** Called before each window. */
  say(what: string): void
}

/** The share of the machine that others used, window by window: what the figures are to be believed by. */
export const disturbance: number[] = []

/** Warming up ends when a window costs no less than this share of the one before, or after so many windows. */
const [settled, most] = [0.95, 6]

/**
 * Puts load on a server until a request costs no less than in the window before. A larger program takes longer until its
 * code is compiled, and a window that measures the compiler says nothing of either.
 */
async function warmUp(port: number, pid: number, source: Source, connections: number, seconds: number): Promise<void> {
  let last = Number.POSITIVE_INFINITY
  for (let i = 0; i < most; i++) {
    const before = cpuSeconds({ pid, family: false })
    const { requests } = await load(port, source, connections, seconds)
    const cost = (cpuSeconds({ pid, family: false }) - before) / requests
    if (cost >= last * settled) return
    last = cost
  }
}

/**
 * Puts load on several runners by turns, so that whatever else the machine does falls on all of them alike, and gives
 * the medians of their windows. Each is warmed up first.
 */
export async function measure(name: string, runners: Runner[], options: Measuring): Promise<Result[]> {
  const { rounds, seconds, connections, postgres, say } = options
  const loads: (Load & { node: number; database: number })[][] = runners.map(() => [])
  for (const { port, pid, source } of runners) {
    say(`${name}: warming up`)
    await warmUp(port, pid, source, connections, Math.max(0.6, seconds / 2))
  }
  for (let round = 0; round < rounds; round++) {
    for (const [i, { port, pid, source }] of runners.entries()) {
      say(`${name}: window ${round * runners.length + i + 1} of ${rounds * runners.length}`)
      const server = { pid, family: false }
      const before = [cpuSeconds(server), cpuSeconds(postgres), machineSeconds()] as const
      const own = process.cpuUsage()
      const done = await load(port, source, connections, seconds)
      if (done.refused)
        throw new Error(`${name}: ${done.refused} of ${done.requests} refused. The first: ${done.refusal}`)
      const { user, system } = process.cpuUsage(own)
      const [node, database, machine] = [
        cpuSeconds(server) - before[0],
        cpuSeconds(postgres) - before[1],
        machineSeconds() - before[2],
      ]
      disturbance.push(Math.max(0, machine - node - database - (user + system) / 1e6) / done.seconds)
      loads[i]?.push({ ...done, node, database })
    }
  }
  return loads.map((windows) => {
    const of = (figure: (window: (typeof windows)[0]) => number) => median(windows.map(figure))
    return {
      rate: of((w) => w.requests / w.seconds),
      p50: of((w) => quantile(w.latencies, 0.5)),
      p99: of((w) => quantile(w.latencies, 0.99)),
      nodeMs: of((w) => (w.node * 1000) / w.requests),
      postgresMs: of((w) => (w.database * 1000) / w.requests),
      windows: windows.map((w) => ({
        rate: w.requests / w.seconds,
        cpuMs: ((w.node + w.database) * 1000) / w.requests,
      })),
    }
  })
}

/** How one compares to another, window by window: by rate, and by CPU time (above 1 is better in both). */
export function compare(one: Result, other: Result): { rate: number; cpu: number } {
  const pairs = one.windows.map((window, i) => [window, other.windows[i] as (typeof other.windows)[0]] as const)
  return {
    rate: median(pairs.map(([a, b]) => a.rate / b.rate)),
    cpu: median(pairs.map(([a, b]) => b.cpuMs / a.cpuMs)),
  }
}
