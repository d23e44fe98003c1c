import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { Agent } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { createTokens } from '../../src/auth/token.ts'
import { systemClock } from '../../src/platform/clock.ts'
import { call, secret } from '../../torture/storm.ts'
import { startOfKith } from '../support/compiled.ts'
import { freshDatabase } from '../support/world.ts'

const undo: (() => unknown)[] = []
afterAll(async () => {
  for (const each of undo.reverse()) await each()
})

/** Collects everything when it is told to. */
const collecting = `data:text/javascript,process.on('SIGUSR2', () => gc())`

/** A Kith whose collector says what it does. */
async function startTold(): Promise<{
  base: string
  collect(): void
  /** How much was moved to old memory so far, in bytes. */
  promoted(): number
}> {
  const database = await freshDatabase()
  undo.push(database.drop)
  const dataDir = await mkdtemp(join(tmpdir(), 'kith-garbage-'))
  undo.push(() => rm(dataDir, { recursive: true, force: true, maxRetries: 5 }))
  const tracing = ['--max-semi-space-size=4', '--trace-gc', '--trace-gc-nvp', '--expose-gc', '--import', collecting]
  const env = { KITH_JWT_SECRET: secret, KITH_LOG_LEVEL: 'warn', KITH_RATE_LIMIT: '0' }
  const child = spawn(process.execPath, [...tracing, startOfKith.at(-1) as string, 'serve'], {
    env: { ...process.env, ...env, PORT: '0', DATABASE_URL: database.url, KITH_DATA_DIR: dataDir },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(child, 'exit')
  undo.push(() => child.kill('SIGKILL') && ended)
  let said = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  const base = () => /^ {2}API\s+(http\S+)\/api\/v2\/$/m.exec(said)?.[1]
  while (!base()) await Promise.race([once(child.stdout, 'data'), ended])
  const moved = () => [...said.matchAll(/ gc=s .* promoted=(\d+)/g)].reduce((sum, [, bytes]) => sum + Number(bytes), 0)
  return { base: base() as string, collect: () => void child.kill('SIGUSR2'), promoted: moved }
}

test('what a request made does not outlive it', async () => {
  const { base, collect, promoted } = await startTold()
  const token = await createTokens(secret, systemClock).mint(1, 3_600)
  const ask = async (times: number) => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    for (let i = 0; i < times; i++)
      expect((await call(agent, `${base}/api/v2/user/me/`, 'GET', token)).status).toBe(200)
    agent.destroy()
  }
  const asking = (times: number) => Promise.all(Array.from({ length: 16 }, () => ask(times)))
  // A server that has just begun keeps what it learns, and ties to what it began with.
  await asking(150)
  collect()
  await asking(20)
  const before = promoted()
  await asking(150)
  // Of some 40 kB.
  expect((promoted() - before) / 16 / 150).toBeLessThan(1_500)
})
