import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTokens } from '../../src/auth/token.ts'
import { readConfig } from '../../src/config.ts'
import { listDocuments } from '../../src/documents/list.ts'
import { systemClock } from '../../src/platform/clock.ts'
import { type Command, killCommands, runCommand } from '../support/command.ts'
import { startOfKith } from '../support/compiled.ts'
import { freshDatabase, secret } from '../support/world.ts'

const root = join(import.meta.dirname, '../..')

/** A block of commands: what it says when it is run, or why it is not. */
type Block = {
  /** Some words of it, which no other block of its document has. */
  has: string
  says?: RegExp[]
  /** Lines that are for another machine than this one. */
  without?: RegExp
  /** Settings alone: Kith takes them. */
  settings?: true
  not?: string
}

const followed = 'test/docs/authentication.test.ts types all of this document, in order'
const remote = 'test/cli/remote.test.ts has what it does; it runs until it is stopped'
const saved = 'test/cli/export.test.ts saves, restores and goes on'
const recovery = 'takes pgBackRest, and a PostgreSQL of the system'
const engine = 'there is no container engine: test/deploy follows the Dockerfile and reads compose.yaml'
const machine = 'changes the machine, as root: test/deploy has systemd read the units'
const managed =
  'changes the machine: npm run torture -- --only ha starts Patroni, etcd and HAProxy by the files of deploy/'
const ours = 'this is how the server of this test is started'

/** Every block of every document, in the order they are run in. */
const blocks: Record<string, Block[]> = {
  'README.md': [
    { has: 'git clone', not: 'test/platform/launcher.test.ts has the first start, with what is installed by it' },
    { has: 'create-user alice', says: [/"connection_status":"sent_connection_request"/] },
    { has: 'createServer', says: [/"target":"http:\/\/127\.0\.0\.1:\d+\/"/] },
  ],
  'docs/integrating.md': [
    { has: 'ext_id=crm-7', says: [/"results":\[\]/, /"results":\[\]/] },
    { has: 'members.ndjson', says: [/"made":2,"there":0,"refused":0\}/, /"done":true,"lines":1,"made":1,/] },
  ],
  'docs/webhooks.md': [
    { has: 'http://127.0.0.1:9000/hook", "events"', says: [/"id":2,/, /whsec_/] },
    { has: 'standard_headers', says: [/"standard_headers":true/] },
    { has: 'rate_limit', says: [/"rate_limit":20,"concurrency":1,/] },
    { has: 'grace_seconds', says: [/whsec_/] },
    { has: 'resend/bulk', says: [/"kind":"failed"/] },
    { has: 'endpoint/check', says: [/"reachable":true/] },
    { has: '-- listen', not: remote },
    { has: '-- trigger', not: remote },
    { has: 'KITH_WEBHOOK_ALLOW', not: ours },
    { has: 'createServer', not: 'is run for the README' },
  ],
  'docs/modes.md': [{ has: 'follow_enabled', says: [/follow_enabled.*true/, /follow_enabled.*false/] }],
  'docs/moving.md': [
    { has: 'export -- community.kith\n', says: [/Exported \d+ rows/] },
    { has: 'kith-restored', not: saved },
    { has: 'createdb -h db.example', not: 'npm run test:deploy follows it, to the PostgreSQL of the system and back' },
    { has: 'stanza-create', not: recovery },
    { has: '--delta', not: recovery },
    { has: 'import-community', not: 'test/cli/import-community.test.ts moves in from two communities' },
  ],
  'docs/upgrading.md': [{ has: 'migrate --plan', without: /^git pull.*\n/, says: [/up to date|nothing/i] }],
  'docs/installing.md': [
    { has: 'docker compose up', not: engine },
    { has: 'docker run', not: engine },
    { has: 'useradd', not: machine },
    { has: 'setpriv', not: machine },
    { has: 'caddy run', not: 'npm run test:deploy runs it, where there is a Caddy' },
    { has: 'kith doctor', says: [/database/i, /"status":"ready"/] },
  ],
  'docs/operating.md': [
    { has: '/recover/', says: [/"kind":"failed"/] },
    { has: '/endpoint/1/delivery/', says: [/"state":"healthy"/] },
    { has: 'is_active', says: [/"is_active":false/] },
    { has: 'KITH_DELIVERY=off npm start', not: 'test/delivery has several nodes, killed and stopped' },
    { has: 'target_session_attrs', settings: true },
    { has: 'SMTP_URL', settings: true },
    { has: 'OTEL_TRACES_SAMPLER', settings: true },
  ],
  'docs/past-one-machine.md': [
    { has: 'KITH_DELIVERY=off npm start', not: 'test/delivery has several nodes, killed and stopped' },
    {
      has: "DATABASE_REPLICA_URL='postgres://kith:secret@10.0.0.12:5432",
      not: 'test/platform/replicas.test.ts has a replica',
    },
    { has: 'systemctl enable --now patroni', not: managed },
    { has: 'apt-get install -y etcd-server', not: managed },
    { has: 'haproxy.cfg', not: managed },
    { has: 'createuser --pwprompt', not: managed },
    { has: '127.0.0.1:5000', settings: true },
    { has: 'switchover', not: managed },
  ],
  'docs/web.md': [{ has: 'npm run web', not: 'npm run test:ui builds it, and walks through it' }],
  'docs/authentication.md': [
    'create-app Site',
    'KITH=https',
    'CHALLENGE=',
    'grant_type=authorization_code',
    'grant_type=refresh_token',
    'create-app Phone',
    'create-app Bot',
    'verify_token',
    'create-invite',
  ].map((has) => ({ has, not: followed })),
  'docs/performance.md': ['--only reads', '--only feeds', '--only sockets'].map((has) => ({
    has,
    not: 'a benchmark takes minutes of a quiet machine',
  })),
  'CONTRIBUTING.md': [
    { has: 'npm test', not: 'these are the tests themselves; that each is there is looked at below' },
  ],
}

const shOf = (text: string) => [...text.matchAll(/```sh\n(.*?)```/gs)].map(([, block = '']) => block)
const read = (file: string) => readFile(join(root, file), 'utf8')

let kith: Command
let dir: string
let token: string
let receiver: Server
let printing: number
let database: Awaited<ReturnType<typeof freshDatabase>>
const running: ChildProcess[] = []

beforeAll(async () => {
  database = await freshDatabase()
  token = await tokenOf(1)
  dir = await mkdtemp(join(tmpdir(), 'kith-commands-'))
  kith = await runCommand(['serve'], { ...environment(), KITH_WEBHOOK_ALLOW: '127.0.0.1' })
  receiver = createServer((request, response) => request.resume().on('end', () => response.writeHead(204).end()))
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve))
  printing = await findPort()
})
afterAll(async () => {
  for (const { pid } of running) if (pid) kill(pid)
  receiver.close()
  killCommands()
  await kith.ended
  await database.drop()
  await rm(dir, { recursive: true, force: true })
})

const environment = () => ({ DATABASE_URL: database.url, KITH_DATA_DIR: dir, KITH_JWT_SECRET: secret })
const tokenOf = (id: number) => createTokens(secret, systemClock).mint(id, 3600)

/** Below those that systems give out by themselves, one that is free. */
async function findPort(): Promise<number> {
  for (;;) {
    const port = 10_000 + Math.floor(Math.random() * 20_000)
    const trial = createServer()
    const free = await new Promise<boolean>((resolve) => {
      trial.once('error', () => resolve(false)).listen(port, () => resolve(true))
    })
    await new Promise((resolve) => trial.close(resolve))
    if (free) return port
  }
}

/** Waits until somebody listens there. */
const listens = (port: number) =>
  expect
    .poll(
      () =>
        new Promise<boolean>((resolve) => {
          const socket = connect(port, '127.0.0.1', () => resolve(true)).once('error', () => resolve(false))
          socket.once('connect', () => socket.destroy())
        }),
      { timeout: 20_000 },
    )
    .toBe(true)

/** All that a block has started. */
function kill(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // It has ended.
  }
}

/** Types a block as it stands; only addresses and ports are those of this test, and `npm run kith` is this Kith. */
function type(block: string) {
  const { port } = receiver.address() as AddressInfo
  const main = [process.execPath, ...startOfKith].map((each) => `'${each}'`).join(' ')
  const names = `npm() { shift 3; if [ "$1" = -- ]; then shift; fi; ${main} "$@"; }\nkith() { ${main} "$@"; }`
  const typed = block
    .replaceAll(/http:\/\/127\.0\.0\.1:8000|https:\/\/community\.example/g, kith.base)
    // The one that prints listens on a port of its own, as nobody does who asks for any.
    .replaceAll('127.0.0.1:9000/hook', `127.0.0.1:${port}/hook`)
    .replaceAll(/\b9000\b/g, String(printing))
  const child = spawn('bash', ['-euc', `${names}\n${typed}`], {
    cwd: dir,
    env: { ...process.env, ...environment(), TOKEN: token },
    detached: true,
  })
  running.push(child)
  const said = { out: '', faults: '' }
  child.stdout.setEncoding('utf8').on('data', (text) => {
    said.out += text
  })
  child.stderr.setEncoding('utf8').on('data', (text) => {
    said.faults += text
  })
  // Not "close": what it left in the background holds its output open.
  return { said, ended: new Promise<number | null>((resolve) => child.on('exit', resolve)) }
}

test('every block of commands in every document is run here, or is named with a reason', async () => {
  for (const { file } of listDocuments().byFile.values()) {
    const left = shOf(await read(file))
    for (const { has, not, says, settings } of blocks[file] ?? []) {
      const at = left.findIndex((block) => block.includes(has))
      expect([file, has, at >= 0, Boolean(not || says || settings)]).toEqual([file, has, true, true])
      left.splice(at, 1)
    }
    expect([file, left]).toEqual([file, []])
  }
})

test('whoever types the commands of the documents gets what they say', { timeout: 180_000 }, async () => {
  const lines = /^\{"ext_id".*\}$/m.exec(await read('docs/integrating.md'))?.[0] as string
  const friends = /^\{"from_ext_id".*\}$/m.exec(await read('docs/integrating.md'))?.[0] as string
  await writeFile(
    join(dir, 'members.ndjson'),
    `${lines}\n${lines.replaceAll('crm-1', 'crm-2').replaceAll('ada', 'eda')}\n`,
  )
  await writeFile(join(dir, 'friends.ndjson'), `${friends}\n`)
  for (const [file, each] of Object.entries(blocks)) {
    const left = shOf(await read(file))
    for (const { has, says, without } of each) {
      const at = left.findIndex((block) => block.includes(has))
      const [block = ''] = left.splice(at, 1)
      if (!says) continue
      const { said, ended } = type(without ? block.replace(without, '') : block)
      expect([file, has, await ended, said.faults]).toEqual([file, has, 0, expect.anything()])
      // One after the other.
      let rest = said.out
      for (const words of says) {
        const found = words.exec(rest)
        expect([file, has, words, found ? '' : said.out]).toEqual([file, has, words, ''])
        rest = rest.slice((found?.index ?? 0) + (found?.[0].length ?? 0))
      }
      if (file === 'README.md' && has === 'createServer') {
        await listens(printing)
        const accept = { method: 'POST', headers: { authorization: `Bearer ${await tokenOf(3)}` } }
        const accepted = await fetch(`${kith.base}/api/v2/user/2/connection/accept/`, accept)
        expect([accepted.status, await accepted.text()]).toEqual([200, '{"connection_status":"connected"}'])
        await expect
          .poll(() => said.out, { timeout: 20_000, interval: 50 })
          .toMatch(
            /\{"event_id":\d+,"type":"connection\.created","created":\d+\.\d{6},"data":\{"to_user":\{"id":3,"username":"bob"/,
          )
      }
    }
  }
})

test('settings that documents show are taken', async () => {
  for (const [file, each] of Object.entries(blocks)) {
    const sh = shOf(await read(file))
    for (const { has } of each.filter(({ settings }) => settings)) {
      const block = sh.find((text) => text.includes(has)) as string
      const { said, ended } = type(`set -a\n${block}\nenv | grep -E '^(DATABASE_URL|SMTP_URL|MAIL_FROM)='`)
      expect(await ended).toBe(0)
      const env = Object.fromEntries(
        said.out
          .trim()
          .split('\n')
          .map((line) => line.split(/=(.*)/s)),
      )
      expect(readConfig(env)).toBeTruthy()
    }
  }
})

test('every script of npm that a document names is one', async () => {
  const { scripts } = JSON.parse(await read('package.json')) as { scripts: Record<string, string> }
  for (const { file } of listDocuments().byFile.values())
    for (const [, name = ''] of (await read(file)).matchAll(/npm run (?:-s )?([a-z][a-z:-]*)/g))
      expect([file, name, name in scripts]).toEqual([file, name, true])
})
