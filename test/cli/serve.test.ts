import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { createServer } from 'node:http'
import { type AddressInfo, connect, createServer as createProxy } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openBrowser } from '../support/browser.ts'
import { type Command, killCommands, runCommand } from '../support/command.ts'
import { freshDatabase } from '../support/world.ts'

let dir: string

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'kith-serve-'))
})
afterAll(async () => {
  killCommands()
  await rm(dir, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 })
})

const run = (args: string[], env: Record<string, string> = {}) => runCommand(args, { KITH_DATA_DIR: dir, ...env })

/** The token of the administrator, as it is printed by the command that the start names. */
async function tokenOf({ out }: Command): Promise<string> {
  expect(out).toContain('curl -H "Authorization: Bearer $(npm run -s kith token admin)"')
  const token = await run(['token', 'admin'])
  expect([await token.ended, token.out]).toEqual([0, expect.stringMatching(/^\S+\.\S+\.\S+\n$/)])
  return token.out.trim()
}

async function call(kith: Command, init: RequestInit = {}) {
  const headers = { authorization: `Bearer ${await tokenOf(kith)}`, ...init.headers }
  const response = await fetch(`${kith.base}/api/v2/user/me/`, { ...init, headers })
  return (await response.json()) as { id: number; username: string; bio: string; role: string }
}

describe('kith serve', () => {
  test('starts from nothing, tells all a newcomer needs once, and stops in order', async () => {
    const kith = await run(['serve'])
    expect(kith.out).toContain(`API        ${kith.base}/api/v2/`)
    expect(kith.out).toContain(join(dir, 'jwt-secret'))
    expect((await stat(join(dir, 'jwt-secret'))).mode & 0o777).toBe(0o600)
    const avatar = `${kith.base}/api/v2/avatar/1`
    expect(await call(kith)).toMatchObject({ id: 1, username: 'admin', role: 'admin', avatar })
    expect((await fetch(avatar)).headers.get('content-type')).toContain('image/svg+xml')
    expect((await fetch(`${kith.base}/healthz`)).status).toBe(200)
    expect((await fetch(`${kith.base}/readyz`)).status).toBe(200)
    await call(kith, {
      method: 'PATCH',
      body: 'bio=kept',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    })

    // What is printed here is kept by whoever collects logs: no token, no password.
    const file = join(dir, 'admin-password')
    expect(kith.out).toContain(`Admin      admin, password in ${file}`)
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    const password = (await readFile(file, 'utf8')).trim()
    expect(password).toMatch(/^\S{16}-K1$/)
    expect(kith.out).not.toContain(password)
    expect(kith.out).not.toMatch(/eyJ/)
    const browser = openBrowser({ url: kith.base })
    expect(kith.out).toContain(`Sign in    ${kith.base}/signin`)
    // The same wherever it runs: the first page is the application's, where that is built.
    expect((await browser.get('/apps')).location).toContain('/signin')
    expect((await browser.signIn('admin', password)).status).toBe(303)
    expect((await browser.get('/apps')).status).toBe(200)

    const second = await run(['serve'])
    expect(await second.ended).toBe(1)
    expect(second.out).toContain(`is in use by "kith serve" (process ${kith.child.pid}). Stop it first.`)

    kith.child.kill('SIGTERM')
    expect(await kith.ended).toBe(0)
    expect(kith.out).toContain('"msg":"stopped"')
    expect(kith.out).not.toContain(await readFile(join(dir, 'jwt-secret'), 'utf8'))
  })

  test('keeps its data, and does not show the password again', async () => {
    const file = join(dir, 'access.log')
    const kith = await run(['serve'], { KITH_ACCESS_LOG: file })
    expect(kith.out).toContain('Admin      admin\n')
    expect(await call(kith)).toMatchObject({ id: 1, bio: 'kept' })
    await fetch(`${kith.base}/api/v2/user/?q=ann&access_token=nobody-reads-this`, {
      headers: { 'user-agent': 'ann/1' },
    })
    kith.child.kill('SIGINT')
    expect(await kith.ended).toBe(0)
    // Each request has its line there, and nowhere else.
    const text = await readFile(file, 'utf8')
    const lines = text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(lines).toEqual([
      expect.objectContaining({ method: 'GET', url: '/api/v2/user/me/', status: 200, user: 1, from: '127.0.0.1' }),
      expect.objectContaining({ url: '/api/v2/user/?q=ann&access_token=***', status: 401, agent: 'ann/1' }),
    ])
    expect(text).not.toMatch(/nobody-reads-this|eyJ/)
    expect((await stat(file)).mode & 0o777 & ~0o640).toBe(0)
    expect(kith.out).not.toContain('"answered"')
  })

  test('recovers after it was killed hard, its database orphaned', async () => {
    const kith = await run(['serve'])
    kith.child.kill('SIGKILL')
    expect(await kith.ended).toBe('SIGKILL')
    const again = await run(['serve'])
    expect(await call(again)).toMatchObject({ id: 1, bio: 'kept' })
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
      [{ KITH_ACCESS_LOG: '/nowhere/access.log' }, 'KITH_ACCESS_LOG cannot be written: ENOENT'],
      [{ KITH_JWT_SECRET: 'short' }, 'KITH_JWT_SECRET is refused. It has 5 characters.'],
    ]
    for (const [env, sentence] of cases) {
      const kith = await run(['serve'], env)
      expect(await kith.ended, sentence).toBe(1)
      expect(kith.out).toContain(sentence)
      expect(kith.out).not.toMatch(/\n\s+at /)
    }
    taken.close()
  })

  test('says so if it loses the database while it starts', async () => {
    const database = await freshDatabase()
    const { host, port, user } = database.connection
    // Lost with the first look at the migrations, after it was there.
    const between = createProxy((down) => {
      const up = connect(`${host}/.s.PGSQL.${port}`)
      for (const each of [down, up]) each.on('error', () => {})
      down.on('data', (sent) => {
        if (sent.includes('migration')) for (const each of [down, up]) each.destroy()
      })
      down.pipe(up).pipe(down)
    }).listen(0, '127.0.0.1')
    await new Promise((resolve) => between.once('listening', resolve))
    const at = between.address() as AddressInfo
    const kith = await run(['serve'], { DATABASE_URL: `postgres://${user}@127.0.0.1:${at.port}/${database.name}` })
    expect(await kith.ended).toBe(1)
    expect(kith.out).toContain('The database at DATABASE_URL cannot be reached: Connection terminated unexpectedly')
    between.close()
    await database.drop()
  })

  test('has made nothing when its port is taken', async () => {
    const taken = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => taken.once('listening', resolve))
    const { port } = taken.address() as AddressInfo
    const fresh = join(dir, 'fresh')
    const kith = await run(['serve'], { PORT: String(port), KITH_DATA_DIR: fresh })
    expect(await kith.ended).toBe(1)
    await expect(stat(fresh)).rejects.toThrow('ENOENT')
    taken.close()
  })
})
