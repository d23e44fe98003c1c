import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync } from 'node:fs'
import { chmod, rm } from 'node:fs/promises'
import { request as plain } from 'node:http'
import { connect } from 'node:http2'
import { type RequestOptions, request } from 'node:https'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { expect, test } from 'vitest'
import { createMember } from '../../src/accounts/create.ts'
import { createTokens } from '../../src/auth/token.ts'
import { loadCommunity } from '../../src/community/state.ts'
import { systemClock } from '../../src/platform/clock.ts'
import { openDatabase } from '../../src/platform/db/database.ts'
import { openPage } from '../live/page.ts'
import { runCommand } from '../support/command.ts'
import { freshDatabase, secret } from '../support/world.ts'

export const root = join(import.meta.dirname, '../..')
export const read = (file: string) => readFileSync(join(root, file), 'utf8')

/** Settings as a file has them that systemd reads. */
export const settingsIn = (file: string) =>
  Object.fromEntries(
    read(file)
      .split('\n')
      .filter((line) => line && !line.startsWith('#'))
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  )

/** Ports that nobody has now. */
export async function freePorts(n: number): Promise<number[]> {
  const servers = Array.from({ length: n }, () => createServer().listen(0, '127.0.0.1'))
  await Promise.all(servers.map((server) => once(server, 'listening')))
  const ports = servers.map((server) => (server.address() as { port: number }).port)
  for (const server of servers) server.close()
  return ports
}

/** A proxy as it is run here: what it is called, where it listens, and by which certificate it is known. */
export type Proxy = {
  child: ChildProcess
  said(): string
  name: string
  https: number
  http: number
  ca(): string
  /** Whether it is to be asked by HTTP/2 as well. */
  http2?: boolean
}

/** Runs a program of the machine, and keeps what it says. */
export function start(command: string, args: string[], env: NodeJS.ProcessEnv = {}) {
  const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  let out = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text) => {
      out += text
    })
  child.on('error', (error) => {
    out += error.message
  })
  return { child, said: () => out }
}

type Answer = { status: number; headers: Record<string, string | string[] | undefined>; text: string }

/** Kith as `deploy/kith.env` has it, with a proxy in front; and what the page on proxies says of it, tried. */
export function holdsWhatThePageSays(proxyOf: (upstream: number, folder: string) => Promise<Proxy>): void {
  const folder = mkdtempSync(join(tmpdir(), 'kith-proxy-'))
  const log = join(folder, 'access.log')
  let proxy: Proxy
  let alice: { id: number; token: string }
  let bob: typeof alice
  let kith: Awaited<ReturnType<typeof runCommand>>
  let port = 0

  const ask = (path: string, { headers = {}, ...options }: RequestOptions = {}, body?: string) =>
    new Promise<Answer>((resolve, reject) => {
      const asking = request(
        {
          ...{ host: '127.0.0.1', port: proxy.https, servername: proxy.name, ca: proxy.ca(), path },
          ...{ headers: { host: proxy.name, ...headers } },
          // None is used again: some were closed in the middle.
          agent: false,
          ...options,
        },
        (response) => {
          let text = ''
          response.setEncoding('utf8').on('data', (piece) => {
            text += piece
          })
          response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }))
        },
      )
      asking.on('error', reject).end(body)
    })
  const signed = ({ token }: { token: string }) => ({ authorization: `Bearer ${token}` })

  test('Kith is answered through it, by TLS alone', async () => {
    await chmod(folder, 0o755)
    const database = await freshDatabase()
    const db = openDatabase(database.connection, () => {})
    const tokens = createTokens(secret, systemClock)
    const enter = async (username: string, role: 'admin' | null) => {
      const member = { username, email: `${username}@example.com`, role }
      const id = await createMember({ db, community: await loadCommunity(db), now: new Date() }, member)
      return { id, token: await tokens.mint(id, 3_600) }
    }
    ;[alice, bob] = [await enter('alice', 'admin'), await enter('bob', null)]
    await db.close()
    port = (await freePorts(1))[0] as number
    proxy = await proxyOf(port, folder)
    kith = await runCommand(['serve'], {
      ...settingsIn('deploy/kith.env'),
      ...{ DATABASE_URL: database.url, KITH_DATA_DIR: join(folder, 'data'), KITH_JWT_SECRET: secret },
      ...{ PORT: String(port), KITH_PUBLIC_URL: `https://${proxy.name}`, KITH_ACCESS_LOG: log, KITH_DRAIN: '1' },
      ...{ KITH_METRICS_TOKEN: 'a-token-for-prometheus' },
    })
    await expect
      .poll(() => ask('/readyz').then(({ status }) => status, String), { timeout: 20_000, message: proxy.said() })
      .toBe(200)
    const moved = await new Promise<Answer>((resolve, reject) =>
      plain({ host: '127.0.0.1', port: proxy.http, path: '/docs', headers: { host: proxy.name } }, (response) => {
        response.resume()
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text: '' })
      })
        .on('error', reject)
        .end(),
    )
    expect([301, 308]).toContain(moved.status)
    expect(moved.headers.location).toMatch(/^https:\/\/[^/]+\/docs$/)
  })

  test('whoever calls is who the proxy says, whatever they say of themselves', async () => {
    const lies = {
      'x-forwarded-for': '198.51.100.7',
      'x-forwarded-host': 'evil.example',
      'x-forwarded-proto': 'http',
      forwarded: 'for=198.51.100.7;host=evil.example',
      'x-real-ip': '198.51.100.7',
    }
    const { status, text } = await ask('/api/v2/user/search/?limit=1&user=', { headers: { ...signed(alice), ...lies } })
    expect([status, text]).toEqual([200, expect.stringContaining(`"next":"https://${proxy.name}/api/v2/`)])
    expect(text).not.toContain('evil.example')
    await expect
      .poll(
        () =>
          readFileSync(log, 'utf8')
            .split('\n')
            .filter((line) => line.includes('/user/search/')),
        { timeout: 5_000 },
      )
      .toEqual([expect.stringContaining('"from":"127.0.0.1"')])
    // Behind a proxy that is believed nobody is of this machine: there is a limit.
    const { headers } = await ask('/api/v2/user/me/', { headers: signed(alice) })
    expect(headers['x-ratelimit-limit']).toBe('600')
  })

  test('figures are for those who ask Kith itself', async () => {
    const token = { authorization: 'Bearer a-token-for-prometheus' }
    expect((await ask('/metrics', { headers: token })).status).toBe(404)
    expect((await fetch(`http://127.0.0.1:${port}/metrics`, { headers: token })).status).toBe(200)
  })

  test('an open page is told what happens', async () => {
    const options = { ca: proxy.ca(), servername: proxy.name, headers: { host: proxy.name } }
    const page = await openPage({ url: `https://127.0.0.1:${proxy.https}` }, alice, options)
    const asked = await ask(`/api/v2/user/${alice.id}/connection/request/`, { method: 'POST', headers: signed(bob) })
    expect(asked.status).toBe(200)
    expect(JSON.stringify(await page.told())).toContain('"bob"')
    await page.close()
  })

  test('lines are answered while they are sent', async () => {
    const address = { host: '127.0.0.1', port: proxy.https, servername: proxy.name, ca: proxy.ca() }
    const path = '/api/v2/user/import/'
    const headers = { ...signed(alice), 'content-type': 'application/x-ndjson' }
    // Caddy reads all of a body by HTTP/1.1 before it answers; by HTTP/2, which curl and browsers take, it does not.
    const session = proxy.http2 ? connect(`https://127.0.0.1:${proxy.https}`, address) : null
    const asking: Writable =
      session?.request({ ':method': 'POST', ':path': path, ':authority': proxy.name, ...headers }) ??
      request({ ...address, path, method: 'POST', headers: { host: proxy.name, ...headers }, agent: false })
    const line = (username: string) =>
      `${JSON.stringify({ username, email: `${username}@example.com`, ext_id: username })}\n`
    // As many as Kith answers together, and one more.
    for (let i = 0; i < 1_001; i++) asking.write(line(`member${i}`))
    const [response] = await once(asking, 'response')
    const answers = (session ? asking : response) as unknown as Readable
    const [first] = await once(answers.setEncoding('utf8'), 'data')
    expect([response[':status'] ?? response.statusCode, first]).toEqual([200, expect.stringContaining('"line":1,')])
    asking.end(line('last'))
    let rest = ''
    for await (const piece of answers) rest += piece
    session?.close()
    expect(rest.trimEnd().split('\n').at(-1)).toContain('"made":1002')
  })

  test('a large import by HTTP/1.1 arrives, whenever it is answered', async () => {
    const line = (i: number) =>
      `${JSON.stringify({ username: `other${i}`, email: `o${i}@example.com`, ext_id: `o${i}`, bio: 'a'.repeat(900) })}\n`
    const body = Array.from({ length: 2_000 }, (_, i) => line(i)).join('')
    const headers = { ...signed(alice), 'content-type': 'application/x-ndjson', 'content-length': String(body.length) }
    const { text } = await ask('/api/v2/user/import/', { method: 'POST', headers }, body)
    expect(text.trimEnd().split('\n').at(-1)).toContain('"made":2000')
  })

  test('large bodies pass, and Kith alone says what is too large', async () => {
    const text = JSON.stringify({ text: 'a'.repeat(5_000_000) })
    const headers = { ...signed(alice), 'content-type': 'application/json', 'content-length': String(text.length) }
    const { status, text: said } = await ask('/api/v2/status/', { method: 'POST', headers }, text)
    expect([status, said]).toEqual([413, expect.stringContaining('"errors"')])
  })

  test('a Kith that stops answers what it was asked', async () => {
    const answers = Array.from({ length: 5 }, () => ask('/api/v2/feed/explore/', { headers: signed(alice) }))
    kith.child.kill('SIGTERM')
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual(Array(5).fill(200))
    expect(await kith.ended).toBe(0)
    expect([502, 503]).toContain((await ask('/readyz')).status)
    proxy.child.kill('SIGTERM')
    await once(proxy.child, 'exit')
    await rm(folder, { recursive: true, force: true })
  })
}
