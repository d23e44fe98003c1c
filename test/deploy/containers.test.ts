import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { chmod, cp, lstat, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { validate } from 'dockerfile-utils'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { program } from '../../src/cli/program.ts'
import { readConfig, settings } from '../../src/config.ts'
import { inFull } from '../support/soak.ts'
import { freshDatabase } from '../support/world.ts'

const root = join(import.meta.dirname, '../..')
const read = (file: string) => readFileSync(join(root, file), 'utf8')
const commands = program.commands.map((command) => command.name())

type Step = { word: string; says: string }

/** The steps of each stage of the Dockerfile, by its name. */
function stages(): Map<string, Step[]> {
  const found = new Map<string, Step[]>()
  const lines = read('Dockerfile')
    .replace(/^#.*\n/gm, '')
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
    .filter(Boolean)
  let stage: Step[] = []
  for (const line of lines) {
    const [, word = '', says = ''] = /^(\S+) +(.*)$/.exec(line) ?? []
    if (word === 'FROM') {
      stage = []
      found.set(/ AS (\S+)$/.exec(says)?.[1] ?? '', stage)
    } else stage.push({ word, says })
  }
  return found
}

/** What the last stage says by one word. */
const said = (word: string) =>
  stages()
    .get('kith')
    ?.filter((step) => step.word === word)
    .map(({ says }) => says) ?? []

/** What `.dockerignore` lets through of a path: the last line that speaks of it holds. */
function isSent(path: string): boolean {
  let sent = true
  for (const line of read('.dockerignore').split('\n')) {
    if (!line || line.startsWith('#')) continue
    const pattern = line.replace(/^!/, '')
    const re = new RegExp(
      `^${pattern
        .replaceAll('**/', '(.*/)?')
        .replaceAll('.', '\\.')
        .replace(/(?<![.)])\*/g, '[^/]*')}(/.*)?$`,
    )
    if (re.test(path)) sent = line.startsWith('!')
  }
  return sent
}

/** The packages that `npm ci --omit=dev` brings here, copied from those that are there: it is a minute of the network else. */
async function copyPackages(to: string): Promise<void> {
  const at = '.package-lock.json'
  const lock = JSON.parse(read(`node_modules/${at}`)) as { packages: Record<string, { dev?: boolean }> }
  const kept = Object.entries(lock.packages).filter(([, { dev }]) => !dev)
  // What lies within a package is there for it alone, and comes with it. Node would take ten times as long as `cp`.
  const whole = kept.map(([path]) => path).filter((path) => !path.lastIndexOf('node_modules/'))
  const there = whole.filter((path) => existsSync(join(root, path)))
  for (const [within, paths = []] of Object.entries(Object.groupBy(there, (path) => dirname(path)))) {
    await mkdir(join(to, within), { recursive: true })
    await promisify(execFile)('cp', ['-RP', ...paths, join(to, within)], { cwd: root })
  }
  await writeFile(join(to, 'node_modules', at), JSON.stringify({ ...lock, packages: Object.fromEntries(kept) }))
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  return port
}

/**
 * In full the container's program runs as somebody else than root, with the embedded PostgreSQL. That takes its time; otherwise
 * it is the one of the tests, which only their user comes to.
 */
const somebody = inFull && process.getuid?.() === 0 ? { uid: 1000, gid: 1000 } : null

let folder: string
beforeAll(async () => {
  // Others than root have to come here.
  folder = await mkdtemp(join(tmpdir(), 'kith-image-'))
  await chmod(folder, 0o755)
})
afterAll(() => rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 }))

describe('the Dockerfile', () => {
  test('has nothing that a linter finds fault with, is not root, and says how it is', () => {
    expect(validate(read('Dockerfile')).map(({ message, range }) => [message, range.start.line + 1])).toEqual([])
    expect(said('USER')).toEqual(['node'])
    expect(said('VOLUME')).toEqual(['/data'])
    expect(said('HEALTHCHECK')).toHaveLength(1)
    for (const [, steps] of stages())
      for (const { word, says } of steps) if (word === 'RUN') expect(says).not.toMatch(/sudo|curl|wget|--unsafe/)
    // npm takes what the lock file says, or nothing.
    expect(stages().get('packages')).toContainEqual({ word: 'RUN', says: expect.stringMatching(/^npm ci --omit=dev /) })
  })

  test('is followed step by step: what it makes serves, is well, and ends when it is told to', {
    timeout: 120_000,
  }, async () => {
    const app = join(folder, 'kith')
    const data = join(folder, 'data')
    const moved = (text: string) => text.replaceAll('/kith/', `${app}/`).replaceAll('/usr/local/bin', folder)
    const run = async (command: string[], env: Record<string, string>, as: object) => {
      const child = spawn(command[0] as string, command.slice(1), { cwd: app, env, stdio: 'pipe', ...as })
      let out = ''
      for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (out += text))
      const ended = once(child, 'close').then(([code, signal]) => code ?? signal)
      return { child, ended, out: () => out }
    }
    const node = { PATH: `${dirname(process.execPath)}:${process.env.PATH}` }
    await mkdir(app)
    let env: Record<string, string> = { ...node }
    for (const { word, says } of stages().get('kith') ?? []) {
      const words = says.split(' ')
      if (word === 'ENV')
        env = { ...env, ...Object.fromEntries(words.map((each) => each.split('=') as [string, string])) }
      if (word === 'COPY' && words[0] === '--from=packages') await copyPackages(app)
      // The front is built by `npm run test:ui`.
      else if (word === 'COPY' && !words[0]?.startsWith('--')) {
        const to = join(app, words.pop() as string)
        for (const from of words) {
          expect([from, existsSync(join(root, from)), isSent(from)]).toEqual([from, true, true])
          const whole = (await lstat(join(root, from))).isDirectory()
          const filter = (path: string) => isSent(path.slice(root.length + 1))
          await cp(join(root, from), whole ? to : join(to, basename(from)), { recursive: true, filter })
        }
      }
      if (word === 'RUN' && !says.includes('install -d')) {
        const step = await run(['sh', '-euc', moved(says)], env, {})
        expect([await step.ended, step.out()]).toEqual([0, expect.anything()])
      }
    }
    // `install -d -o node` is root's; here it is whoever it is.
    expect(said('RUN').at(-1)).toMatch(/ln -s \/kith\/bin\/kith\.mjs .* install -d -o node -g node -m 700 \/data$/)
    const owned = await run(['sh', '-euc', `install -d -m 700 ${somebody ? '-o 1000 -g 1000' : ''} ${data}`], env, {})
    expect(await owned.ended).toBe(0)
    const [bundle] = await readdir(join(app, 'bin/built'))
    expect(existsSync(join(app, 'bin/built', String(bundle), 'main.mjs'))).toBe(true)
    // Nothing of the program can be written to, as where the container is read-only.
    await (await run(['chmod', '-R', 'a-w', join(app, 'src'), join(app, 'bin')], env, {})).ended

    const [entry, command, check] = [said('ENTRYPOINT'), said('CMD'), said('HEALTHCHECK')].map(([text = '']) =>
      (JSON.parse(text.slice(text.indexOf('['))) as string[]).map(moved),
    ) as [string[], string[], string[]]
    expect(commands).toContain(command[0])
    const database = inFull ? null : await freshDatabase()
    const set = { ...env, HOST: '127.0.0.1', PORT: String(await freePort()), KITH_DATA_DIR: data }
    const kith = await run([...entry, ...command], { ...set, DATABASE_URL: database?.url ?? '' }, somebody ?? {})
    try {
      await expect
        .poll(async () => (await run(check, set, somebody ?? {})).ended, { timeout: 60_000, interval: 500 })
        .toBe(0)
      expect((await fetch(`http://127.0.0.1:${set.PORT}/docs`)).status).toBe(200)
    } catch (error) {
      throw new Error(`${(error as Error).message}\n${kith.out()}`)
    } finally {
      kith.child.kill('SIGTERM')
    }
    expect([await kith.ended, kith.out()]).toEqual([0, expect.stringContaining('Kith is running.')])
    // Once it has ended it is not well.
    expect(await (await run(check, set, somebody ?? {})).ended).toBe(1)
    await database?.drop()
  })
})

type Service = {
  image?: string
  build?: string
  command?: string[]
  environment?: Record<string, string>
  depends_on?: Record<string, { condition: string }>
  healthcheck?: { disable?: boolean; test?: string[] }
  volumes?: string[]
  networks: string[] | Record<string, { ipv4_address: string }>
  read_only?: boolean
  cap_drop?: string[]
}

type Compose = {
  services: Record<string, Service>
  networks: Record<string, { ipam?: { config: { subnet: string }[] }; internal?: boolean } | null>
  volumes: Record<string, null>
}

describe('compose.yaml', () => {
  const text = read('compose.yaml')
  const compose = parse(text, { merge: true }) as Compose
  const given: Record<string, string> = {
    KITH_SITE: 'community.example',
    KITH_DATABASE_PASSWORD: 'letters0and1digits',
    KITH_JWT_SECRET: 'a secret of thirty-two characters',
  }
  /** As compose puts in what `.env` has: what is asked for by `:?` has to be there. */
  const put = (value: string) =>
    value.replace(/\$\{(\w+)(?::([?-])([^}]*))?\}/g, (_all, name: string, kind: string, otherwise: string) => {
      if (given[name] === undefined && kind !== '-') throw new Error(`${name} is not given.`)
      return given[name] ?? otherwise
    })

  test('names networks, volumes, services, paths and commands that there are', () => {
    const { services, networks, volumes } = compose
    for (const [name, service] of Object.entries(services)) {
      for (const each of Array.isArray(service.networks) ? service.networks : Object.keys(service.networks))
        expect(networks).toHaveProperty(each)
      for (const each of service.volumes ?? []) {
        const [from = ''] = each.split(':')
        if (from.startsWith('.')) expect([name, from, existsSync(join(root, from))]).toEqual([name, from, true])
        else expect(volumes).toHaveProperty(from)
      }
      for (const [other, { condition }] of Object.entries(service.depends_on ?? {})) {
        expect(condition).toBe('service_healthy')
        // Of its own, or of the Dockerfile.
        expect([other, services[other]?.healthcheck?.test ?? services[other]?.build]).not.toEqual([other, undefined])
      }
      if (service.image === 'kith') {
        expect(commands).toContain(service.command?.[0])
        expect([service.read_only, service.cap_drop]).toEqual([true, ['ALL']])
      }
    }
    // Everything that is to be set is explained where it is asked for.
    for (const [, name] of text.matchAll(/\$\{(\w+):\?/g)) expect(text.split('name: kith')[0]).toContain(`${name}=`)
  })

  test('gives Kith settings that it has, and takes', () => {
    for (const name of ['kith', 'worker']) {
      const environment = compose.services[name]?.environment ?? {}
      expect(Object.keys(environment).filter((each) => !(each in settings))).toEqual([])
      const env = Object.fromEntries(Object.entries(environment).map(([key, value]) => [key, put(value)]))
      const token = { KITH_METRICS_TOKEN: '', SMTP_URL: '' }
      expect(readConfig({ ...env, ...token })).toMatchObject({ publicUrl: 'https://community.example' })
      expect(new URL(env.DATABASE_URL as string).hostname).toBe('database')
    }
    expect(compose.services.worker?.environment?.KITH_DELIVERY).toBeUndefined()
  })

  test('believes the proxy and nobody else, and keeps the database from the outside', () => {
    const proxy = compose.services.proxy?.networks as Record<string, { ipv4_address: string }>
    const trusted = compose.services.kith?.environment?.KITH_TRUSTED_PROXIES
    expect(trusted).toBe(proxy.outside?.ipv4_address)
    const subnet = compose.networks.outside?.ipam?.config[0]?.subnet ?? ''
    expect(trusted?.startsWith(subnet.replace(/\.0\/24$/, '.'))).toBe(true)
    expect(compose.services.database?.networks).toEqual(['inside'])
    expect(compose.networks.inside?.internal).toBe(true)
    expect(text.match(/ports: .*/g)).toEqual(["ports: ['80:80', '443:443', '443:443/udp']"])
  })
})

describe('units of systemd', () => {
  const units = globSync('deploy/*.service', { cwd: root })
  const valuesOf = (unit: string, key: string) =>
    [...read(unit).matchAll(new RegExp(`^${key}=(.*)$`, 'gm'))].map(([, value = '']) => value)

  test.each(units)('%s names a command, a file of settings and documents that there are', async (unit) => {
    const [start = ''] = valuesOf(unit, 'ExecStart')
    expect(commands).toContain(start.split(' ').at(-1))
    expect(start).toContain(' /opt/kith/bin/kith.mjs ')
    expect(valuesOf(unit, 'EnvironmentFile')).toEqual(['/etc/kith/kith.env'])
    for (const each of valuesOf(unit, 'Documentation'))
      expect(existsSync(join(root, each.replace('file:/opt/kith/', '')))).toBe(true)
    for (const name of valuesOf(unit, 'Environment')
      .join(' ')
      .matchAll(/(\w+)=/g))
      expect(name[1] === 'NODE_ENV' || (name[1] as string) in settings).toBe(true)
    // Longer than Kith takes to stop, unless told otherwise.
    const { drain, webhookTimeout } = readConfig({ HOST: '0.0.0.0' })
    expect(Number(valuesOf(unit, 'TimeoutStopSec')[0])).toBeGreaterThan(drain + 30 + webhookTimeout / 1000)
  })

  test('are taken by systemd, where it is there', async () => {
    const child = spawn('systemd-analyze', ['verify', '--man=no', ...units], { cwd: root, stdio: 'pipe' })
    let out = ''
    child.stderr.on('data', (data) => (out += data))
    const code = await new Promise((resolve) => child.on('error', () => resolve(0)).on('close', resolve))
    // What it says of units of the machine is not ours, nor that this machine has no /opt/kith.
    expect([code, out.split('\n').filter((line) => /deploy\/|kith(-worker)?\.service/.test(line))]).toEqual([0, []])
  })

  test('have settings that Kith takes', () => {
    const env = Object.fromEntries(
      read('deploy/kith.env')
        .split('\n')
        .filter((line) => line && !line.startsWith('#'))
        .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
    )
    expect(Object.keys(env).filter((name) => !(name in settings))).toEqual([])
    expect(readConfig(env)).toMatchObject({ trustedProxies: ['127.0.0.1', '::1'], drain: 5 })
  })
})

describe('Patroni and HAProxy', () => {
  const proxy = read('deploy/haproxy.cfg')
  const patroni = parse(read('deploy/patroni.yml')) as {
    bootstrap: { dcs: Record<string, unknown> & { postgresql: { parameters: Record<string, unknown> } } }
    restapi: { connect_address: string }
    postgresql: { connect_address: string; pg_hba: string[] }
  }

  test('lead to the primary alone, by the port that Patroni answers at', () => {
    expect(proxy).toContain('option httpchk OPTIONS /primary')
    expect(proxy).toContain('on-marked-down shutdown-sessions')
    const [, port] = patroni.restapi.connect_address.split(':')
    const servers = [...proxy.matchAll(/^ +server (\S+) (\S+):(\d+) check port (\d+)$/gm)]
    expect(servers.length).toBe(3)
    for (const [, , , database, check] of servers)
      expect([database, check]).toEqual([patroni.postgresql.connect_address.split(':')[1], port])
    expect(servers.map(([, , host]) => host)).toContain(patroni.postgresql.connect_address.split(':')[0])
    // The address that the page tells Kith is the one it listens on.
    const [, bound] = /bind (\S+)/.exec(proxy) ?? []
    expect(read('docs/past-one-machine.md')).toContain(`@${bound}/kith?target_session_attrs=read-write`)
  })

  test('keep what was answered on two servers, and take over in time', () => {
    const { ttl, loop_wait, retry_timeout, synchronous_mode, postgresql } = patroni.bootstrap.dcs
    expect(synchronous_mode).toBe(true)
    expect(Number(ttl)).toBeGreaterThanOrEqual(Number(loop_wait) + 2 * Number(retry_timeout))
    expect(postgresql.parameters).toMatchObject({ hot_standby: 'on', hot_standby_feedback: 'on' })
    for (const each of patroni.postgresql.pg_hba) expect(each).toMatch(/ (peer|scram-sha-256)$/)
  })

  test('are taken by HAProxy, where it is there', async () => {
    const child = spawn('/usr/sbin/haproxy', ['-c', '-f', 'deploy/haproxy.cfg'], { cwd: root, stdio: 'pipe' })
    let out = ''
    child.stderr.on('data', (data) => (out += data))
    const code = await new Promise((resolve) => child.on('error', () => resolve(0)).on('close', resolve))
    expect([code, out.includes('WARNING') ? out : '']).toEqual([0, ''])
  })
})

describe('proxies', () => {
  test('nginx gets whole blocks, listens where clients of the socket look, and passes the upgrade on', () => {
    const text = read('deploy/nginx.conf').replace(/#.*$/gm, '')
    let depth = 0
    for (const line of text
      .split('\n')
      .map((each) => each.trim())
      .filter(Boolean)) {
      expect(line).toMatch(/[;{}]$/)
      if (line.endsWith('{')) depth++
      if (line === '}') depth--
      expect(depth).toBeGreaterThanOrEqual(0)
    }
    expect(depth).toBe(0)
    for (const each of [
      'listen 443 ssl',
      'proxy_http_version 1.1',
      'Upgrade           $http_upgrade',
      'Connection        $kith_connection',
      'X-Forwarded-For   $remote_addr',
      'X-Forwarded-Proto $scheme',
      'client_max_body_size 64m',
    ])
      expect(text).toContain(each)
    // Something is sent every 20 seconds.
    expect(Number(/proxy_read_timeout (\d+)s/.exec(text)?.[1])).toBeGreaterThan(20)
    // What each `$name` is: nginx has it, or a map makes it.
    for (const [, name = ''] of text.matchAll(/\$(\w+)/g))
      expect(['host', 'remote_addr', 'scheme', 'request_uri', 'http_upgrade', 'kith_connection']).toContain(name)
  })

  test('Caddy gets whole blocks, and names that compose or the reader sets', () => {
    const text = read('deploy/Caddyfile').replace(/#.*$/gm, '')
    expect(text.match(/ \{$/gm)?.length).toBe(text.match(/^\s*\}$/gm)?.length)
    const names = [...text.matchAll(/\{\$(\w+)/g)].map(([, name]) => name)
    const { environment } = (parse(read('compose.yaml'), { merge: true }) as Compose).services.proxy as Service
    expect(new Set(names)).toEqual(new Set(Object.keys(environment ?? {})))
    expect(text).toContain('health_uri /readyz')
  })
})
