import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url))

let dir: string
const started: ChildProcess[] = []

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'kith-serve-'))
})
afterAll(async () => {
  for (const child of started) child.kill('SIGKILL')
  await rm(dir, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 })
})

type Running = { child: ChildProcess; out: string; base: string; ended: Promise<number | string | null> }

/** Runs a command on the data directory of this test, until it serves or ends. */
function run(args: string[], env: Record<string, string> = {}): Promise<Running> {
  const child = spawn(process.execPath, [main, ...args], {
    env: { ...process.env, DATABASE_URL: '', KITH_DATA_DIR: dir, PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  started.push(child)
  const running: Running = { child, out: '', base: '', ended: new Promise(() => {}) }
  return new Promise((resolve) => {
    running.ended = new Promise((end) => child.on('close', (code, signal) => end(signal ?? code)))
    running.ended.then(() => resolve(running))
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        running.out += text
        const base = /"base":"([^"]+)","msg":"serving"/.exec(running.out)?.[1]
        if (base) {
          running.base = base
          resolve(running)
        }
      })
    }
  })
}

const me = async ({ base, out }: Running) => {
  const token = /Bearer (\S+)'/.exec(out)?.[1]
  const response = await fetch(`${base}/api/v2/user/me/`, { headers: { authorization: `Bearer ${token}` } })
  return (await response.json()) as { id: number; username: string; bio: string; role: string }
}

describe('kith serve', () => {
  test('starts from nothing, tells all a newcomer needs once, and stops in order', async () => {
    const kith = await run(['serve'], { KITH_ADMIN_PASSWORD: 'Correct-horse-1' })
    expect(kith.out).toContain(`API        ${kith.base}/api/v2/`)
    expect(kith.out).toContain('admin, password Correct-horse-1   (shown this once)')
    expect(kith.out).toContain(join(dir, 'jwt-secret'))
    expect((await stat(join(dir, 'jwt-secret'))).mode & 0o777).toBe(0o600)
    const curl = /curl -H '([^:]+): ([^']+)' (\S+)/.exec(kith.out) as RegExpExecArray
    const answer = await fetch(curl[3] as string, { headers: { [curl[1] as string]: curl[2] as string } })
    expect(await answer.json()).toMatchObject({ id: 1, username: 'admin', role: 'admin' })
    expect((await fetch(`${kith.base}/healthz`)).status).toBe(200)
    await fetch(curl[3] as string, {
      method: 'PATCH',
      body: 'bio=kept',
      headers: { [curl[1] as string]: curl[2] as string, 'content-type': 'application/x-www-form-urlencoded' },
    })

    const second = await run(['serve'])
    expect(await second.ended).toBe(1)
    expect(second.out).toContain(`is in use by "kith serve" (process ${kith.child.pid}). Stop it first.`)

    const token = await run(['token', 'admin'])
    expect([await token.ended, token.out]).toEqual([0, expect.stringMatching(/^\S+\.\S+\.\S+\n$/)])

    kith.child.kill('SIGTERM')
    expect(await kith.ended).toBe(0)
    expect(kith.out).toContain('"msg":"stopped"')
    expect(kith.out).not.toContain(await readFile(join(dir, 'jwt-secret'), 'utf8'))
  })

  test('keeps its data, and does not show the password again', async () => {
    const kith = await run(['serve'])
    expect(kith.out).not.toContain('password')
    expect(await me(kith)).toMatchObject({ id: 1, bio: 'kept' })
    kith.child.kill('SIGINT')
    expect(await kith.ended).toBe(0)
  })

  test('recovers after it was killed hard, its database orphaned', async () => {
    const kith = await run(['serve'])
    kith.child.kill('SIGKILL')
    expect(await kith.ended).toBe('SIGKILL')
    const again = await run(['serve'])
    expect(await me(again)).toMatchObject({ id: 1, bio: 'kept' })
    again.child.kill('SIGTERM')
    expect(await again.ended).toBe(0)
    const doctor = await run(['doctor'])
    expect([await doctor.ended, doctor.out]).toEqual([0, expect.not.stringContaining('WRONG')])
  })

  test('says in a sentence why it cannot start', async () => {
    const taken = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => taken.once('listening', resolve))
    const { port } = taken.address() as AddressInfo
    const cases: [Record<string, string>, string][] = [
      [{ PORT: String(port) }, `Port ${port} is in use on 127.0.0.1. Set PORT to another.`],
      [{ PORT: 'many' }, 'PORT is "many".'],
      [{ DATABASE_URL: 'postgres://kith@127.0.0.1:1/kith' }, 'The database at DATABASE_URL cannot be reached'],
      [{ KITH_JWT_SECRET: 'short' }, 'KITH_JWT_SECRET has 5 characters.'],
    ]
    for (const [env, sentence] of cases) {
      const kith = await run(['serve'], env)
      expect(await kith.ended, sentence).toBe(1)
      expect(kith.out).toContain(sentence)
      expect(kith.out).not.toMatch(/\n\s+at /)
    }
    taken.close()
  })
})
