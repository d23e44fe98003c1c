import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, expect, test, vi } from 'vitest'

vi.setConfig({ testTimeout: 20_000 })

const root = join(import.meta.dirname, '../..')
const fixture = (name: string) => join(import.meta.dirname, 'fixtures', name)
// The launchers are plain JavaScript, older than anything that could check their types.
const runtimeFile: string = join(root, 'bin/runtime.mjs')
const { bundledNode, chooseNode, installNeeded, lockHolds } = await import(runtimeFile)
const cleanups: (() => unknown)[] = []

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'kith-test-'))
  cleanups.push(() => rmSync(path, { recursive: true, force: true }))
  return path
}

function node(args: string[], options: { cwd?: string; env?: NodeJS.ProcessEnv; detached?: boolean } = {}) {
  const child = spawn(process.execPath, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
  cleanups.push(() => child.kill('SIGKILL'))
  let out = ''
  let err = ''
  child.stdout.setEncoding('utf8').on('data', (text) => {
    out += text
  })
  child.stderr.setEncoding('utf8').on('data', (text) => {
    err += text
  })
  const ended = once(child, 'close').then(([code, signal]) => ({ code, signal, out, err }))
  return Object.assign(child as ChildProcess, { ended })
}

test('a Node that reads TypeScript is used, an older one fetches a newer, and the oldest are refused', () => {
  const versions = ['18.20.8', '20.18.3', '20.19.0', 'v22.17.1', '22.18.0', '23.5.0', '23.6.0', 'v24.21.0', '26.0.0']
  expect(versions.map(chooseNode)).toEqual([
    ...['refuse', 'refuse', 'bundled', 'bundled', 'host', 'bundled', 'host', 'host', 'host'],
  ])
})

test('the Node to fetch is pinned, with its checksum, for every platform that has one', () => {
  const manifest = JSON.parse(readFileSync(join(root, 'runtime/package.json'), 'utf8'))
  const lock = JSON.parse(readFileSync(join(root, 'runtime/package-lock.json'), 'utf8'))
  for (const [platform, arch] of [
    ['linux', 'x64'],
    ['linux', 'arm64'],
    ['darwin', 'x64'],
    ['darwin', 'arm64'],
  ]) {
    const { name, version } = bundledNode(manifest, platform, arch)
    expect(chooseNode(version)).toBe('host')
    expect(lock.packages[`node_modules/${name}`]).toMatchObject({
      version,
      integrity: expect.stringMatching(/^sha512-/),
    })
  }
  expect(bundledNode(manifest, 'win32', 'x64')).toBeNull()
})

/** A lockfile with a package of each sort, and what npm leaves in node_modules on linux x64. */
const lock = {
  packages: {
    '': { optionalDependencies: { 'db-linux': '1.0.0', 'db-mac': '1.0.0' } },
    'node_modules/http': { version: '1.0.0', integrity: 'a' },
    'node_modules/tests': { version: '1.0.0', dev: true },
    'node_modules/db-linux': { version: '1.0.0', optional: true, os: ['linux'], cpu: ['x64'] },
    'node_modules/db-mac': { version: '1.0.0', optional: true, os: ['darwin'] },
    'node_modules/part-of-a-wasm-build': { version: '1.0.0', optional: true },
  },
}
const { http, tests, linux } = {
  http: { 'node_modules/http': { version: '1.0.0', integrity: 'a' } },
  tests: { 'node_modules/tests': { version: '1.0.0', dev: true } },
  linux: { 'node_modules/db-linux': { version: '1.0.0' } },
}
const situation = {
  lock: () => lock,
  lockHash: 'h1',
  installed: () => ({ packages: { ...http, ...tests, ...linux } }),
  installedAt: 5,
  stamp: null,
  dev: true,
  platform: 'linux',
  arch: 'x64',
}
const stamp = { lock: 'h1', installedAt: 5, dev: true, host: 'linux-x64' }
const unread = () => {
  throw new Error('read without need')
}

test("a developer's own npm install is recognised, without packages for other platforms", () => {
  expect(installNeeded(situation)).toBe('none')
})

test('what an earlier look has found is not looked at again', () => {
  expect(installNeeded({ ...situation, stamp, lock: unread, installed: unread })).toBe('none')
  expect(installNeeded({ ...situation, stamp, lock: unread, installed: unread, dev: false })).toBe('none')
})

test('a production install is enough to run, not to test', () => {
  const production = { ...situation, installed: () => ({ packages: { ...http, ...linux } }) }
  expect(installNeeded({ ...production, dev: false })).toBe('none')
  expect(installNeeded({ ...production, dev: true })).toBe('node_modules/tests is missing')
  expect(installNeeded({ ...production, dev: true, stamp: { ...stamp, dev: false } })).toBe(
    'node_modules/tests is missing',
  )
})

test('packages are installed anew when the lockfile, the packages or the machine have changed', () => {
  const other = { ...http, 'node_modules/http': { version: '0.9.0' } }
  const changed = { ...situation, installed: () => ({ packages: { ...other, ...tests, ...linux } }) }
  expect(installNeeded(changed)).toBe('node_modules/http is 0.9.0, not 1.0.0')
  expect(installNeeded({ ...changed, lockHash: 'h2', stamp })).toBe('node_modules/http is 0.9.0, not 1.0.0')
  expect(installNeeded({ ...changed, installedAt: 6, stamp })).toBe('node_modules/http is 0.9.0, not 1.0.0')
  expect(installNeeded({ ...situation, platform: 'darwin', stamp })).toBe('node_modules/db-mac is missing')
  expect(installNeeded({ ...situation, installed: null })).toBe('nothing is installed')
  const noDatabase = { ...situation, installed: () => ({ packages: { ...http, ...tests } }) }
  expect(installNeeded(noDatabase)).toBe('node_modules/db-linux is missing')
})

test('a lock on installing holds while its launcher or its npm lives and shows it', () => {
  const holder = { pid: 1, npm: [2] }
  const ask = (age: number, living: number[], by: typeof holder | null = holder) =>
    lockHolds({ holder: by, writtenAt: 0, now: age, lives: (pid: number) => living.includes(pid) })
  expect(ask(1_000, [1, 2])).toBe(true)
  expect(ask(60_000, [1])).toBe(false)
  expect(ask(1_000, [])).toBe(false)
  expect(ask(60_000, [2])).toBe(true)
  expect(ask(1_000, [], null)).toBe(true)
})

/** A checkout of Kith in small, whose npm takes half a second and writes down that it was called. */
function checkout({ npmFails = false } = {}) {
  const dir = folder()
  const filter = (path: string) => !path.startsWith(join(root, 'bin/built'))
  cpSync(join(root, 'bin'), join(dir, 'bin'), { recursive: true, filter })
  mkdirSync(join(dir, 'src'))
  writeFileSync(
    join(dir, 'src/main.ts'),
    'const args: string[] = process.argv.slice(2)\nconsole.log("main", ...args)\n',
  )
  writeFileSync(join(dir, 'package-lock.json'), JSON.stringify({ packages: { '': {} } }))
  writeFileSync(join(dir, 'package.json'), '{}')
  mkdirSync(join(dir, 'console'))
  writeFileSync(join(dir, 'console/build.ts'), '')
  const npm = `#!${process.execPath}
    const fs = require('node:fs')
    fs.appendFileSync(${JSON.stringify(join(dir, 'npm.log'))}, process.argv.slice(2).join(' ') + '\\n')
    console.log('npm warn EBADENGINE noise')
    if (${npmFails}) { console.error('npm error network'); process.exit(1) }
    setTimeout(() => {
      fs.mkdirSync('node_modules', { recursive: true })
      for (const name of ['esbuild', '@esbuild']) fs.symlinkSync(${JSON.stringify(join(root, 'node_modules'))} + '/' + name, 'node_modules/' + name)
      fs.writeFileSync('node_modules/.package-lock.json', '{"packages":{}}')
    }, 500)`
  mkdirSync(join(dir, 'path'))
  writeFileSync(join(dir, 'path/npm'), npm, { mode: 0o755 })
  const { npm_execpath: _, ...rest } = process.env
  const env = { ...rest, PATH: `${join(dir, 'path')}:${process.env.PATH}` }
  const kith = (...args: string[]) => node([join(dir, 'bin/kith.mjs'), ...args], { env })
  const calls = () => readFileSync(join(dir, 'npm.log'), 'utf8').trim().split('\n')
  return { dir, kith, calls }
}

test('two launchers started at once install once, quietly, and both go on', async () => {
  const { dir, kith, calls } = checkout()
  const ends = await Promise.all([kith('serve').ended, kith('doctor', '--all').ended])
  expect(ends.map((end) => end.out)).toEqual(['main serve\n', 'main doctor --all\n'])
  expect(ends.map((end) => end.err).join('')).toBe("Installing Kith's packages (once)…\n")
  expect(calls()).toEqual([expect.stringMatching(/^ci .*--omit=dev --include=optional$/)])
  expect(readdirSync(join(dir, 'runtime'))).toEqual([])
  expect(await kith().ended).toMatchObject({ code: 0, out: 'main\n', err: '' })
  expect(calls()).toHaveLength(1)
})

test('an install that fails shows what npm said, and what to do', async () => {
  const { dir, kith } = checkout({ npmFails: true })
  const { code, out, err } = await kith('serve').ended
  expect({ code, out }).toEqual({ code: 1, out: '' })
  expect(err).toMatch(/npm error network[\s\S]*npm ended with code 1\.\nCheck the network/)
  expect(readdirSync(join(dir, 'runtime'))).toEqual([])
})

test('a launcher that is told to end while it installs takes npm with it and leaves no lock', async () => {
  const { dir, kith } = checkout()
  const launcher = kith('serve')
  while (!existsSync(join(dir, 'npm.log'))) await sleep(10)
  launcher.kill('SIGTERM')
  expect(await launcher.ended).toMatchObject({ code: 143 })
  await sleep(600)
  expect(existsSync(join(dir, 'node_modules'))).toBe(false)
  expect(readdirSync(join(dir, 'runtime'))).toEqual([])
})

test('a lock left by a launcher that was killed is taken over', async () => {
  const { dir, kith } = checkout()
  const gone = node(['-e', ''])
  await gone.ended
  mkdirSync(join(dir, 'runtime'))
  writeFileSync(join(dir, 'runtime/.installing'), JSON.stringify({ pid: gone.pid, npm: [] }))
  expect(await kith('serve').ended).toMatchObject({ code: 0, out: 'main serve\n' })
})

test('the warm path runs a command of the packages without a word of its own, and children find this Node first', async () => {
  const run = (...args: string[]) => node([join(root, 'bin/run.mjs'), ...args], { cwd: root }).ended
  const child =
    "console.log(require('child_process').execSync('node -p process.execPath', { encoding: 'utf8' }).trim())"
  expect(await run('node', '-e', child)).toMatchObject({ code: 0, out: `${process.execPath}\n`, err: '' })
  expect(await run('tsc', '--version')).toMatchObject({ code: 0, out: expect.stringMatching(/^Version \d/), err: '' })
  expect(await run('no-such-command')).toMatchObject({
    code: 1,
    err: expect.stringContaining('no command no-such-command'),
  })
})

test('what runs is put together again once a source has changed, and is kept', async () => {
  const { dir, kith } = checkout()
  writeFileSync(join(dir, 'src/said.ts'), "export const said: string = 'one'\n")
  writeFileSync(join(dir, 'src/main.ts'), "import { said } from './said.ts'\nconsole.log(said, import.meta.filename)\n")
  const main = join(dir, 'src/main.ts')
  const bundles = () => readdirSync(join(dir, 'bin/built'))
  const outs = (await Promise.all([kith().ended, kith().ended])).map(({ out }) => out)
  expect([outs, bundles().length]).toEqual([[`one ${main}\n`, `one ${main}\n`], 1])
  for (const [i, said] of ['two', 'six', 'ten', 'one'].entries()) {
    writeFileSync(join(dir, 'src/said.ts'), `export const said: string = '${said}'\n`)
    expect(await kith().ended).toMatchObject({ code: 0, out: `${said} ${main}\n`, err: '' })
    expect(bundles()).toHaveLength(Math.min(i + 2, 4))
  }
})

test('what runs is put together again where it lies elsewhere', async () => {
  const { dir, kith } = checkout()
  writeFileSync(join(dir, 'src/main.ts'), 'console.log(import.meta.filename)\n')
  await kith().ended
  const elsewhere = join(folder(), 'moved')
  cpSync(dir, elsewhere, { recursive: true })
  const { out } = await node([join(elsewhere, 'bin/kith.mjs')]).ended
  expect(out).toBe(`${join(elsewhere, 'src/main.ts')}\n`)
})

test('kith runs from its sources where nothing can be written, or where they cannot be put together', async () => {
  const { dir, kith } = checkout()
  await kith().ended
  rmSync(join(dir, 'bin/built'), { recursive: true })
  writeFileSync(join(dir, 'bin/built'), 'in the way')
  expect(await kith('serve').ended).toMatchObject({ code: 0, out: 'main serve\n', err: '' })
  rmSync(join(dir, 'bin/built'))
  rmSync(join(dir, 'node_modules/esbuild'))
  const { code, out, err } = await kith('serve').ended
  expect([code, out]).toEqual([0, 'main serve\n'])
  expect(err).toMatch(/^Kith runs from its sources, which could not be put together: [\s\S]*esbuild/)
  expect(readdirSync(join(dir, 'bin/built'))).toEqual([])
})

test('an error names the line of its source', async () => {
  const { dir, kith } = checkout()
  writeFileSync(
    join(dir, 'src/deep.ts'),
    `type Name = string\n\nexport async function greet(name: Name): Promise<void> {\n  await null\n  throw new TypeError(name)\n}\n`,
  )
  writeFileSync(
    join(dir, 'src/main.ts'),
    `import { greet } from './deep.ts'\n\nawait greet('alice').catch(({ stack }: Error) => console.log(stack))\n`,
  )
  const [head, first, ...others] = (await kith().ended).out.trim().split('\n')
  expect([head, first]).toEqual(['TypeError: alice', `    at greet (${join(dir, 'src/deep.ts')}:5:9)`])
  expect(others.at(-1)).toBe(`    at async ${join(dir, 'src/main.ts')}:3:1`)
})

test('kith runs under a link to it, in the folder where it was called', async () => {
  const { dir, kith } = checkout()
  await kith().ended
  writeFileSync(join(dir, 'src/main.ts'), 'console.log(process.cwd())\n')
  symlinkSync(join(dir, 'bin/kith.mjs'), join(dir, 'kith'))
  const elsewhere = folder()
  expect(await node([join(dir, 'kith')], { cwd: elsewhere }).ended).toMatchObject({ out: `${elsewhere}\n`, err: '' })
})

/** The launcher with a server below it, once that is up. */
async function launched(options: { detached?: boolean } = {}) {
  const file = join(folder(), 'asked')
  const launcher = node([fixture('launcher.mjs'), fixture('stopped-once.ts'), file], options)
  const [line] = await once(createInterface(launcher.stdout as NodeJS.ReadableStream), 'line')
  const server = Number(String(line).split(' ')[1])
  cleanups.push(() => {
    if (isThere(server)) process.kill(server, 'SIGKILL')
  })
  return { launcher, server, asked: () => readFileSync(file, 'utf8').trim().split('\n') }
}

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

test('the launcher ends with the code of its child, or by its signal', async () => {
  const end = (script: string) => node([fixture('launcher.mjs'), '-e', script]).ended
  expect(await end('process.exit(5)')).toMatchObject({ code: 5, signal: null })
  expect(await end("process.kill(process.pid, 'SIGKILL')")).toMatchObject({ code: null, signal: 'SIGKILL' })
})

test('a signal given to the launcher reaches the server exactly once, and its exit code comes back', async () => {
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    const { launcher, asked } = await launched()
    launcher.kill(signal)
    expect(await launcher.ended).toMatchObject({ code: 7 })
    expect(asked()).toEqual(signal === 'SIGTERM' ? ['SIGTERM', 'received SIGTERM'] : [signal])
  }
})

test('Ctrl-C, which the terminal gives to launcher and server alike and npm repeats, stops the server in order', async () => {
  const { launcher, asked } = await launched({ detached: true })
  process.kill(-(launcher.pid as number), 'SIGINT')
  await sleep(20)
  launcher.kill('SIGINT')
  expect(await launcher.ended).toMatchObject({ code: 7 })
  expect(asked()).toEqual(['SIGINT'])
})

test('a server whose launcher is killed hard stops in order', async () => {
  const { launcher, server, asked } = await launched()
  launcher.kill('SIGKILL')
  while (isThere(server)) await sleep(10)
  expect(asked()).toEqual(['the launcher is gone'])
})
