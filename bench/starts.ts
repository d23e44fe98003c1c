import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { median } from './load.ts'
import { root } from './servers.ts'
import { figure, judged, printTable } from './table.ts'

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  return port
}

/** Milliseconds from `npm start` to the first 200 of /healthz. */
async function timeStart(dataDir: string): Promise<number> {
  const port = await freePort()
  const env = { ...process.env, PATH: `${dirname(process.execPath)}${delimiter}${process.env.PATH}` }
  const from = performance.now()
  const child = spawn('npm', ['start'], {
    cwd: root,
    env: {
      ...env,
      KITH_DATA_DIR: dataDir,
      PORT: String(port),
      HOST: '127.0.0.1',
      DATABASE_URL: '',
      NODE_ENV: 'production',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text))
  const ended = once(child, 'exit')
  try {
    for (;;) {
      const answer = await fetch(`http://127.0.0.1:${port}/healthz`).catch(() => null)
      if (answer?.ok) return performance.now() - from
      if (child.exitCode !== null) throw new Error(`npm start ended:\n${output}`)
      await sleep(10)
    }
  } finally {
    child.kill('SIGTERM')
    await ended
  }
}

/** How long an operator waits: the first time, when a database is made, and every other time. */
export async function benchStarts(times: number, say: (what: string) => void): Promise<void> {
  const first: number[] = []
  const second: number[] = []
  for (let i = 0; i < times; i++) {
    const dataDir = await mkdtemp(join(tmpdir(), 'kith-bench-start-'))
    say(`starts: ${i + 1} of ${times}, from nothing`)
    first.push(await timeStart(dataDir))
    say(`starts: ${i + 1} of ${times}, again`)
    second.push(await timeStart(dataDir))
    await rm(dataDir, { recursive: true, force: true, maxRetries: 5 })
  }
  say('')
  const [one, two] = [median(first) / 1000, median(second) / 1000]
  printTable(
    'npm start to the first 200 of /healthz, packages installed',
    ['', 'seconds', 'aim'],
    [
      ['first start: makes the database', figure(one, 2), judged(one < 5, '< 5 s')],
      ['second start', figure(two, 2), judged(two < 2, '< 2 s')],
    ],
  )
}
