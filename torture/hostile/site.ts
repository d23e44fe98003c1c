/** A community that is attacked: its Kith, its PostgreSQL, its people, and whoever watches them. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { createTokens } from '../../src/auth/token.ts'
import { systemClock } from '../../src/platform/clock.ts'
import { type Database, openDatabase } from '../../src/platform/db/database.ts'
import { startEmbedded } from '../../src/platform/postgres/embedded.ts'
import { processesIn } from '../../src/platform/postgres/processes.ts'
import { killNow, type Server, secret, startServer } from '../storm.ts'
import type { Target, Who } from './case.ts'
import { sendCase } from './send.ts'

/** Megabytes that are theirs alone, and their part of what they share with others. */
export type Memory = { kith: number; postgres: number }

export type Answered = { status: number; text: string; body: Record<string, unknown> }

export type Site = {
  target: Target
  receiver: string
  /** Calls as the first administrator, or whoever's token is given. */
  call(method: string, path: string, body?: unknown, token?: string): Promise<Answered>
  /** What has gone wrong since it was last asked, without anybody having been told. */
  overheard(): string[]
  /** Starts what has ended; says how it ended. */
  revive(): Promise<string[]>
  /** Puts the people, the options and the endpoints back as they were; or makes new people, whom nobody has met. */
  mend(anew?: boolean): Promise<void>
  memory(): Promise<Memory>
  /** Milliseconds that others waited for `/healthz` since this was last asked, and how often they were not answered. */
  waited(): Promise<{
    took: number[]
    failed: number /** The same of a server that does nothing. */
    machine: number[]
  }>
  doctor(): Promise<string[]>
  /** Asks Kith to end; gives its code and how long it took. */
  stop(): Promise<{ code: number | null; ms: number }>
  /** Another Kith with other settings, on a database of its own. */
  close(): Promise<void>
  process: () => Server['process']
}

const root = join(import.meta.dirname, '../..')
/** Passwords and the like that are sent: none may be in a log. */
export const sentSecrets = ['Correct-horse-1', 'not-to-be-logged-XYZZY']
const options = {
  follow_enabled: false,
  connection_enabled: true,
  content_availability: true,
  post_geolocation_enabled: true,
  post_only_staff_enabled: false,
  post_category_required_enabled: false,
  post_with_categories_only_staff_enabled: false,
}

export async function openSite(env: Record<string, string> = {}): Promise<Site> {
  const dataDir = await mkdtemp(join(tmpdir(), 'kith-hostile-'))
  const cluster = join(dataDir, 'postgres', 'cluster')
  const tokens = createTokens(secret, systemClock)
  const hook = createServer((request, response) => {
    request.resume()
    response.writeHead(204).end()
  })
  hook.on('error', () => {})
  hook.listen(0, '127.0.0.1')
  await once(hook, 'listening')
  const receiver = `http://127.0.0.1:${(hook.address() as AddressInfo).port}/`
  const settings: Record<string, string> = {
    KITH_WEBHOOK_ALLOW: '127.0.0.1/32',
    KITH_LOG_LEVEL: 'info',
    // As `npm start` has it: what is young is collected early.
    NODE_OPTIONS: '--max-semi-space-size=4',
    KITH_ADMIN_PASSWORD: sentSecrets[0] as string,
    ...env,
  }
  let server = await startServer(dataDir, '', { env: settings })
  let isEnding = false
  const { hostname: host, port } = new URL(server.base)
  // It comes back where it was: the others go on asking there.
  settings.PORT = port

  async function look<T>(work: (db: Database) => Promise<T>): Promise<T> {
    const { connection } = await startEmbedded({ dataDir, role: 'hostile', join: true })
    const db = openDatabase({ ...connection, size: 2 }, () => {})
    try {
      return await work(db)
    } finally {
      await db.close()
    }
  }

  const root1 = await tokens.mint(1, 86_400 * 30)
  const target: Target = {
    host,
    port: Number(port),
    tokens: { visitor: '', alice: '', bob: '', blocked: '', editor: '', moderator: '', admin: '' },
    ids: {},
  }

  async function call(method: string, path: string, body?: unknown, token = root1): Promise<Answered> {
    const response = await fetch(`${server.base}${path.startsWith('/api') ? path : `/api/v2${path}`}`, {
      method,
      headers: {
        ...(token && { authorization: `Bearer ${token}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    })
    const text = await response.text()
    return { status: response.status, text, body: text.startsWith('{') ? JSON.parse(text) : {} }
  }
  async function must(...given: Parameters<typeof call>): Promise<Record<string, unknown>> {
    const { status, text, body } = await call(...given)
    if (status >= 300) throw new Error(`${given[0]} ${given[1]}: ${status} ${text.slice(0, 500)}`)
    return body
  }

  let nth = 0
  /** Whoever is not there any more, or not as they were, is there again. */
  async function mend(anew = false): Promise<void> {
    if (anew) Object.assign(target.tokens, { alice: '', bob: '' })
    await must('PATCH', '/dynamic_preference/', options)
    const made: Who[] = []
    for (const who of ['alice', 'bob', 'blocked', 'editor', 'moderator', 'admin'] as const) {
      const token = target.tokens[who]
      const { status } = token ? await call('GET', '/user/me/', undefined, token) : { status: 401 }
      if (status === 200) continue
      const role = who === 'editor' || who === 'moderator' || who === 'admin' ? who : null
      const { id } = await must('POST', '/sso/signup/', { username: `${who}_${++nth}`, role })
      target.ids[who] = id as number
      target.tokens[who] = await tokens.mint(id as number, 86_400 * 30)
      made.push(who)
    }
    const { ids } = target
    await look(async (db) => {
      await db.query(`update users set status = 'b' where id = $1`, [ids.blocked])
      await db.query(`update users set connection_requests = 'ask' where id in ($1, $2)`, [ids.alice, ids.bob])
      await db.query(
        `update users set role = case id when $1 then 'editor' when $2 then 'moderator' else 'admin' end
        where id in ($1, $2, $3)`,
        [ids.editor, ids.moderator, ids.admin],
      )
    })
    if (made.includes('alice') || made.includes('bob')) {
      await must('POST', `/user/${ids.bob}/connection/request/`, undefined, target.tokens.alice)
      await must('POST', `/user/${ids.alice}/connection/accept/`, undefined, target.tokens.bob)
    }
    for (const kind of ['post', 'status', 'discussion'] as const) {
      const there =
        ids[kind] && (await call('GET', `/${kind}/${ids[kind]}/`, undefined, target.tokens.bob)).status === 200
      if (there) continue
      const { id } = await must('POST', `/${kind}/`, { title: 'News', text: 'Good morning' }, target.tokens.alice)
      ids[kind] = id as number
    }
    for (const name of ['category', 'other_category']) {
      if (ids[name] && (await call('GET', `/category/${ids[name]}/`, undefined, target.tokens.bob)).status === 200)
        continue
      ids[name] = (await must('POST', '/category/', { name: `${name} ${++nth}` })).id as number
    }
    const { results } = (await must('GET', '/webhook/endpoint/?limit=100')) as { results: { id: number }[] }
    for (const { id } of results.filter(({ id }) => id !== ids.endpoint))
      await call('DELETE', `/webhook/endpoint/${id}/`)
    if (!results.some(({ id }) => id === ids.endpoint)) {
      const events = ['connection.created', 'post.created', 'user.updated'].map((type) => ({ type }))
      ids.endpoint = (await must('POST', '/webhook/endpoint/', { target: receiver, events })).id as number
    }
  }
  await mend()

  let probeFault = ''
  const startProbe = (workerData: object) => {
    const made = new Worker(new URL('./probe.ts', import.meta.url), { workerData })
    made.on('error', (error) => {
      probeFault = `whoever asks /healthz has failed: ${error.message}`
    })
    return made
  }
  // A server that does nothing, asked in the same way: what it takes is the machine's, and those of others on it.
  const control = startProbe({ control: true })
  const [{ port: controlPort }] = await once(control, 'message')
  const controlProbe = startProbe({ host, port: controlPort, every: 50 })
  const probe = startProbe({ host, port: Number(port), every: 50 })
  let postmaster = (await readFile(join(cluster, 'postmaster.pid'), 'utf8')).split('\n')[0] as string

  /** What is logged and nobody was told of, and secrets that are in it. */
  function overheard(): string[] {
    const lines = server.log.splice(0)
    const found: string[] = probeFault ? [probeFault] : []
    const told = new Set<string>()
    const secrets = [...sentSecrets, ...Object.values(target.tokens).filter(Boolean), root1]
    for (const line of lines) {
      for (const each of secrets) if (line.includes(each)) found.push(`a secret is in the log: ${line.slice(0, 300)}`)
      if (!line.startsWith('{')) {
        if (line.trim()) found.push(`said on standard error: ${line.slice(0, 1_000)}`)
      } else if (/"level":[56]0/.test(line) && !isForeseen(line)) {
        const { msg, err } = JSON.parse(line)
        const what = `${msg}: ${err?.message}`
        if (!told.has(what)) found.push(`logged: ${line.slice(0, 1_500)}`)
        told.add(what)
      }
    }
    return found
  }

  async function revive(): Promise<string[]> {
    const found: string[] = []
    const there = await Promise.race([server.ended, sleep(0, null)])
    if (there) {
      const words = server.log.filter((line) => !line.startsWith('{')).join('')
      found.push(`the process ended with ${there.signal ?? `code ${there.code}`}: ${words.trim().slice(0, 600)}`)
      server.log.length = 0
      probe.postMessage('away')
      server = await startServer(dataDir, '', { env: settings })
      probe.postMessage('back')
    }
    const [now] = (await readFile(join(cluster, 'postmaster.pid'), 'utf8').catch(() => '')).split('\n')
    if (now !== postmaster && !there) found.push('PostgreSQL ended and was started again')
    postmaster = now as string
    const log = await readFile(join(dataDir, 'postgres', 'postgres.log'), 'utf8').catch(() => '')
    const fell = log.split('\n').filter((line) => /terminated by signal|PANIC|out of memory|stack depth/.test(line))
    if (fell.length > fallen) found.push(`PostgreSQL says: ${fell.slice(fallen).join(' ').slice(0, 600)}`)
    fallen = fell.length
    return found
  }
  let fallen = 0

  return {
    target,
    receiver,
    call,
    overheard,
    revive,
    mend,
    async memory() {
      const pids = processesIn(cluster)
      const postgres = await Promise.all(pids.map((pid) => memoryOf(pid, false)))
      return {
        kith: await memoryOf(server.process.pid as number, true),
        postgres: postgres.reduce((sum, each) => sum + each, 0),
      }
    },
    async waited() {
      const answers = Promise.all([once(probe, 'message'), once(controlProbe, 'message')])
      probe.postMessage('take')
      controlProbe.postMessage('take')
      const [[told], [machine]] = await answers
      return { ...told, machine: machine.took }
    },
    async doctor() {
      const child = spawn(process.execPath, ['src/main.ts', 'doctor'], {
        cwd: root,
        env: { ...process.env, DATABASE_URL: '', KITH_DATA_DIR: dataDir, KITH_JWT_SECRET: secret, ...settings },
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      let said = ''
      const note = (text: string | Error) => {
        said += text
      }
      for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', note).on('error', note)
      const [code] = await once(child, 'close')
      const wrong = said.split('\n').filter((line) => !line.startsWith('ok') && line.trim())
      return code === 0 && !wrong.length ? [] : [`doctor ends with ${code}: ${wrong.join(' | ').slice(0, 1_000)}`]
    },
    async stop() {
      isEnding = true
      probe.postMessage('away')
      const began = performance.now()
      server.process.kill('SIGTERM')
      const end = await Promise.race([server.ended, sleep(40_000, null, { ref: false })])
      return { code: end?.code ?? null, ms: Math.round(performance.now() - began) }
    },
    async close() {
      probe.postMessage('end')
      if (!isEnding) server.process.kill('SIGTERM')
      await Promise.race([server.ended, sleep(15_000, null, { ref: false })])
      server.process.kill('SIGKILL')
      await server.ended
      for (const pid of processesIn(cluster)) killNow(pid)
      hook.close()
      hook.closeAllConnections()
      for (const each of [probe, controlProbe, control]) await each.terminate()
      await rm(dataDir, { recursive: true, force: true, maxRetries: 5 })
    },
    process: () => server.process,
  }
}

/** Megabytes of a process: with what it shares, by its part, or without the memory that all of PostgreSQL shares. */
async function memoryOf(pid: number, shared: boolean): Promise<number> {
  const text = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch(() => '')
  const of = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? 0)
  return (shared ? of('Pss') : of('Pss_Anon') + of('Pss_File')) / 1024
}

/** A 503 that was answered as such: too much at once, which is what is tried. */
const isForeseen = (line: string) => /"message":"Too (much is being sent|many searches)[^"]*Try again/.test(line)

/** Whether it answers at all: a request that has nothing to do with what is being tried. */
export async function isAnswering({ target }: Pick<Site, 'target'>): Promise<boolean> {
  const { answers } = await sendCase({ name: '', send: { path: 'raw:/healthz' }, allowed: [200] }, target)
  return answers[0]?.status === 200
}
