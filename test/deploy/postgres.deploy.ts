import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, globSync, mkdtempSync, readFileSync } from 'node:fs'
import { chmod, mkdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { accountFor } from '../../src/platform/postgres/account.ts'
import { killCommands, runCommand } from '../support/command.ts'
import { runHere } from '../support/here.ts'
import { secret } from '../support/world.ts'
import { freePorts, read } from './proxied.ts'

const bin = (globSync('/usr/lib/postgresql/*/bin').sort().at(-1) ?? '') as string
const folder = mkdtempSync(join(tmpdir(), 'kith-majors-'))
const account = accountFor(join(folder, 'none'))
const as = account ? { uid: account.uid, gid: account.gid } : {}
let server: ReturnType<typeof spawn> | null = null

afterAll(async () => {
  killCommands()
  if (server && server.exitCode === null) {
    server.kill('SIGINT')
    await once(server, 'exit')
  }
  await rm(folder, { recursive: true, force: true })
})

/** A block of commands of the page. */
const block = (has: string) =>
  [...read('docs/moving.md').matchAll(/```sh\n([\s\S]*?)```/g)].find(([, text = '']) => text.includes(has))?.[1] ?? ''

/** The system's PostgreSQL, with nothing but what its package has. */
async function startSystems(): Promise<{ url: string; version: number }> {
  await chmod(folder, 0o755)
  const data = join(folder, 'system')
  await mkdir(data, { mode: 0o700 })
  if (account) chownSync(data, account.uid, account.gid)
  const made = spawnSync(join(bin, 'initdb'), ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8'], as)
  expect([made.status, String(made.stderr)]).toEqual([0, expect.anything()])
  const [port = 0] = await freePorts(1)
  const args = ['-D', data, '-p', String(port), '-h', '127.0.0.1', '-k', data, '-c', 'fsync=off']
  server = spawn(join(bin, 'postgres'), args, { ...as, stdio: 'ignore' }).on('error', () => {})
  const sql = (text: string) =>
    spawnSync(join(bin, 'psql'), ['-h', '127.0.0.1', '-p', String(port), '-U', 'postgres', '-tAc', text], {
      encoding: 'utf8',
    })
  await expect.poll(() => sql('select 1').status, { timeout: 20_000 }).toBe(0)
  // The user need be nothing more than the owner of the database, says the page.
  expect(sql('create role kith login').status).toBe(0)
  const made2 = spawnSync(
    join(bin, 'createdb'),
    ['-h', '127.0.0.1', '-p', String(port), '-U', 'postgres', '-O', 'kith', '-E', 'UTF8', '-T', 'template0', 'kith'],
    { encoding: 'utf8' },
  )
  expect([made2.status, made2.stderr]).toEqual([0, ''])
  const version = Number(sql('show server_version_num').stdout)
  return { url: `postgres://kith@127.0.0.1:${port}/kith`, version }
}

test('a community is saved while it runs, restored in another major version of PostgreSQL, and back', async () => {
  // What is followed here is what the page says.
  expect(block('createdb -h db.example')).toContain('-E UTF8 -T template0 kith')
  const system = await startSystems()
  const homes = { first: join(folder, 'first'), back: join(folder, 'back') }
  const common = { KITH_JWT_SECRET: secret, KITH_ADMIN_PASSWORD: 'a Long enough password 1', DATABASE_URL: '' }

  const first = await runCommand(['serve'], { ...common, KITH_DATA_DIR: homes.first })
  expect(first.out).toContain('serving')
  for (const name of ['alice', 'bob']) await here(['create-user', name], homes.first)
  const token = (await here(['token', 'alice'], homes.first)).out.trim()
  const authorization = `Bearer ${token}`
  const api = (base: string, path: string, init: RequestInit = {}) =>
    fetch(`${base}/api/v2${path}`, {
      ...init,
      headers: { authorization, 'content-type': 'application/json', ...init.headers },
    })
  expect((await api(first.base, '/user/3/connection/request/', { method: 'POST' })).status).toBe(200)
  // Members go on while it is saved.
  let going = true
  const writing = (async () => {
    let n = 0
    while (going) {
      const body = JSON.stringify({ text: `<p>status ${++n}</p>` })
      expect((await api(first.base, '/status/', { method: 'POST', body })).status).toBe(201)
    }
    return n
  })()
  const file = join(folder, 'community.kith')
  const saved = await here(['export', file], homes.first)
  expect([saved.code, saved.out]).toEqual([0, expect.stringMatching(/Exported \d+ rows/)])
  going = false
  expect(await writing).toBeGreaterThan(0)
  first.child.kill('SIGTERM')
  expect(await first.ended).toBe(0)

  const there = { ...common, DATABASE_URL: system.url, KITH_DATA_DIR: join(folder, 'there') }
  const moved = await runHere(['import', file, '--live'], there)
  expect([moved.code, moved.err]).toEqual([0, expect.anything()])
  const second = await runCommand(['serve'], there)
  const me = (await (await api(second.base, '/user/me/')).json()) as { username: string }
  expect([me.username, Math.floor(system.version / 10_000)]).toEqual(['alice', expect.any(Number)])
  expect((await runHere(['doctor'], there)).out).not.toContain('WRONG')
  const body = JSON.stringify({ text: '<p>there</p>' })
  expect((await api(second.base, '/status/', { method: 'POST', body })).status).toBe(201)
  const again = join(folder, 'again.kith')
  expect((await runHere(['export', again], there)).code).toBe(0)
  second.child.kill('SIGTERM')
  await second.ended

  expect((await here(['import', again, '--live'], homes.back)).code).toBe(0)
  const third = await runCommand(['serve'], { ...common, KITH_DATA_DIR: homes.back })
  const found = (await (await api(third.base, '/status/search/?search=there')).json()) as { count: number }
  expect(found.count).toBe(1)
  const [of = ''] = globSync('postgres/**/PG_VERSION', { cwd: homes.back }).sort((a, b) => a.length - b.length)
  const major = readFileSync(join(homes.back, of), 'utf8').trim()
  // Two versions they were, where the system has another than the one that comes along.
  console.log(`moved from PostgreSQL ${major} to ${Math.floor(system.version / 10_000)} and back`)
  third.child.kill('SIGTERM')
  await third.ended

  function here(args: string[], home: string) {
    return runHere(args, { ...common, KITH_DATA_DIR: home })
  }
})
