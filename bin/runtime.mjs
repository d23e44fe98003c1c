// What the launchers share: which Node to use, what is to be installed, and how to run a child well.
// Plain JavaScript without dependencies, because it runs before anything is installed, on any Node from 20.19.
import { spawn } from 'node:child_process'
import { createHash, randomUUID } from 'node:crypto'
import {
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { constants } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = dirname(dirname(fileURLToPath(import.meta.url)))

/** A failure whose message is all that the person at the terminal needs. */
export class Stop extends Error {}

/**
 * Whether a Node of this version runs Kith itself ('host'), can fetch one that does ('bundled'),
 * or is too old even for that ('refuse').
 */
export function chooseNode(version) {
  const [major, minor] = version.replace(/^v/, '').split('.').map(Number)
  const atLeast = (m, n) => major > m || (major === m && minor >= n)
  // 23.0 to 23.5 count as newer than 22.18 but do not read TypeScript.
  if (atLeast(23, 6) || (major === 22 && minor >= 18)) return 'host'
  return atLeast(20, 19) ? 'bundled' : 'refuse'
}

/** The npm package that carries a newer Node for this platform, or null. */
export function bundledNode(manifest, platform, arch) {
  for (const name of [`node-${platform}-${arch}`, `node-bin-${platform}-${arch}`]) {
    const version = manifest.optionalDependencies[name]
    if (version) return { name, version }
  }
  return null
}

/**
 * Whether packages must be installed before running: `none`, or a reason in words.
 *
 * - `lock`: package-lock.json, `installed`: node_modules/.package-lock.json as npm leaves it, or null
 * - `stamp`: what the last look here concluded, or null
 * - `dev`: whether development packages are wanted too
 */
export function installNeeded({ lock, lockHash, installed, installedAt, stamp, dev, platform, arch }) {
  const stampHolds =
    stamp?.lock === lockHash && stamp.installedAt === installedAt && stamp.host === `${platform}-${arch}`
  if (stampHolds && (stamp.dev || !dev)) return 'none'
  if (!installed) return 'nothing is installed'
  const wanted = lock()
  const present = installed()
  if (!present) return 'nothing is installed'
  const needed = new Set(Object.keys(wanted.packages['']?.optionalDependencies ?? {}).map((n) => `node_modules/${n}`))
  for (const [path, entry] of Object.entries(wanted.packages)) {
    if (path === '' || (!dev && (entry.dev || entry.devOptional))) continue
    const found = present.packages?.[path]
    if (!found) {
      // npm leaves out what is made for other platforms, and what only those need.
      if (entry.optional && !(needed.has(path) && fits(entry, platform, arch))) continue
      if (!fits(entry, platform, arch)) continue
      return `${path} is missing`
    }
    if (found.version !== entry.version) return `${path} is ${found.version}, not ${entry.version}`
    if (found.integrity && entry.integrity && found.integrity !== entry.integrity) return `${path} differs`
  }
  return 'none'
}

const fits = (entry, platform, arch) => allows(entry.os, platform) && allows(entry.cpu, arch)

function allows(rule, value) {
  if (!rule) return true
  const list = [rule].flat()
  return list.includes(value) || (list.every((item) => item.startsWith('!')) && !list.includes(`!${value}`))
}

/** Installs what is missing and returns the Node to run Kith with. Costs two small reads when nothing is missing. */
export async function prepare({ dev }) {
  const choice = chooseNode(process.versions.node)
  if (choice === 'refuse') {
    throw new Stop(`Kith needs Node 20.19 or newer to start (24 is best); this is ${process.version}. See nodejs.org.`)
  }
  const missing = () => [packages(dev), choice === 'bundled' ? runtime() : null].filter((job) => job?.needed())
  if (missing().length > 0) {
    await withInstallLock(async () => {
      // Another launcher may have done the work while this one waited.
      const jobs = missing()
      if (jobs.length === 0) return
      say(`Installing ${jobs.map((job) => job.what).join(' and ')} (once)…`)
      await Promise.all(jobs.map((job) => job.install()))
    })
  }
  return choice === 'host' ? process.execPath : runtime().node
}

function packages(dev) {
  const modules = join(root, 'node_modules')
  const hidden = join(modules, '.package-lock.json')
  const stampFile = join(modules, '.kith-installed.json')
  const text = readFileSync(join(root, 'package-lock.json'))
  const lockHash = createHash('sha256').update(text).digest('hex')
  const look = () => {
    const installedAt = statSync(hidden, { throwIfNoEntry: false })?.mtimeMs ?? null
    return {
      lock: () => JSON.parse(text),
      lockHash,
      installed: installedAt === null ? null : () => readJson(hidden),
      installedAt,
      stamp: readJson(stampFile),
      platform: process.platform,
      arch: process.arch,
    }
  }
  const stamp = (withDev) => {
    const { installedAt, platform, arch } = look()
    const content = JSON.stringify({ lock: lockHash, installedAt, dev: withDev, host: `${platform}-${arch}` })
    try {
      // By rename, so that a launcher starting now never reads half of it.
      const draft = `${stampFile}.${process.pid}`
      writeFileSync(draft, content)
      renameSync(draft, stampFile)
    } catch {
      // A tree that belongs to someone else works all the same, a few milliseconds slower.
    }
  }
  return {
    what: "Kith's packages",
    needed() {
      const now = look()
      if (installNeeded({ ...now, dev }) !== 'none') return true
      const known = now.stamp
      if (known?.lock !== lockHash || known.installedAt !== now.installedAt || (dev && !known.dev)) {
        stamp(installNeeded({ ...now, stamp: null, dev: true }) === 'none')
      }
      return false
    },
    async install() {
      // Where a developer works, bringing the packages up to date must not take the tools away.
      const before = readJson(hidden)?.packages ?? {}
      const withDev = dev || Object.values(before).some((entry) => entry.dev)
      await npmCi(root, [withDev ? '--include=dev' : '--omit=dev', '--include=optional'])
      stamp(withDev)
    },
  }
}

function runtime() {
  const dir = join(root, 'runtime')
  const wanted = bundledNode(readJson(join(dir, 'package.json')), process.platform, process.arch)
  if (!wanted) {
    throw new Stop(
      `Kith needs Node 22.18 or newer (24 is best); this is ${process.version}, and for ${process.platform} on ` +
        `${process.arch} there is none to fetch. Install one from nodejs.org and start again.`,
    )
  }
  const at = `node_modules/${wanted.name}`
  const node = join(dir, at, 'bin', 'node')
  return {
    what: `Node ${wanted.version}`,
    node,
    // npm writes its list last, so an interrupted install does not pass for a whole one.
    needed: () =>
      readJson(join(dir, 'node_modules', '.package-lock.json'))?.packages?.[at]?.version !== wanted.version ||
      !existsSync(node),
    install: () => npmCi(dir, ['--ignore-scripts', '--include=optional']),
  }
}

function readJson(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return null
  }
}

const say = (line) => process.stderr.write(`${line}\n`)

const children = new Set()

/** npm says a lot that does not concern the person who starts a server; it is shown only when the install failed. */
async function npmCi(cwd, options) {
  const env = { ...process.env }
  // Under `npm start` these describe the package being started, not the one to install.
  for (const name of Object.keys(env)) if (/^npm_(package|lifecycle|config_local_prefix)/.test(name)) delete env[name]
  const quiet = ['--loglevel=error', '--no-audit', '--no-fund', '--no-progress', '--no-update-notifier']
  const args = ['ci', ...quiet, '--engine-strict=false', ...options]
  const npm = process.env.npm_execpath?.endsWith('npm-cli.js') ? [process.execPath, process.env.npm_execpath] : ['npm']
  const child = spawn(npm[0], [...npm.slice(1), ...args], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
  children.add(child)
  let output = ''
  const note = (text) => (output += text)
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', note).on('error', note)
  const failure = await new Promise((resolve) => {
    child.on('error', (error) =>
      resolve(error.code === 'ENOENT' ? 'npm was not found: it comes with Node, see nodejs.org.' : error.message),
    )
    child.once('close', (code, signal) => resolve(code === 0 ? null : `npm ended with ${signal ?? `code ${code}`}.`))
  })
  children.delete(child)
  if (!failure) return
  // The help text that npm adds to a mismatch buries what it says about it.
  const words = output.split('\nnpm error Clean install a project')[0].trim()
  const advice = words.includes('EUSAGE')
    ? 'package.json and package-lock.json do not belong together: take both from the same version of Kith'
    : 'Check the network (npm reads its registry and proxy from npmrc), the free space and who owns that folder'
  throw new Stop(`${words}\n\nInstalling failed in ${cwd}: ${failure}\n${advice}; then start again.`)
}

const lockFile = () => join(root, 'runtime', '.installing')

/** One launcher at a time installs. A lock whose holder is gone is taken over. */
async function withInstallLock(install) {
  const file = lockFile()
  const release = await takeLock(file)
  const stop = (signal) => {
    for (const child of children) child.kill(signal)
    release()
    process.exit(128 + constants.signals[signal])
  }
  for (const signal of forwarded) process.on(signal, stop)
  try {
    await install()
  } finally {
    for (const signal of forwarded) process.off(signal, stop)
    release()
  }
}

const beat = 500

/** Whether a lock left at `writtenAt` by `holder` still counts: its process lives and has shown so lately. */
export function lockHolds({ holder, writtenAt, now, lives }) {
  const age = now - writtenAt
  if (!holder || lives(holder.pid)) return age < 30_000
  // npm outlives a launcher that was killed hard, and two of them in one folder spoil each other's work.
  return holder.npm.some(lives) && age < 600_000
}

async function takeLock(file) {
  const mine = `${file}.${process.pid}.${randomUUID()}`
  const write = () => writeFileSync(mine, JSON.stringify({ pid: process.pid, npm: [...children].map((c) => c.pid) }))
  const started = Date.now()
  let told = false
  mkdirSync(dirname(file), { recursive: true })
  write()
  for (;;) {
    try {
      linkSync(mine, file)
      break
    } catch (error) {
      if (error.code !== 'EEXIST') {
        rmSync(mine, { force: true })
        throw new Stop(`Kith cannot write in ${dirname(file)} (${error.code}), and there are packages to install.`)
      }
    }
    const seen = statSync(file, { throwIfNoEntry: false })
    if (seen && !lockHolds({ holder: readJson(file), writtenAt: seen.mtimeMs, now: Date.now(), lives: isAlive })) {
      takeAway(file, seen.ino)
      continue
    }
    if (!told && Date.now() - started > 1_000) {
      say('Another Kith is installing here. Waiting for it…')
      told = true
    }
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  // `mine` and `file` are the same inode: writing one renews the other.
  const timer = setInterval(() => {
    try {
      write()
      utimesSync(mine, new Date(), new Date())
    } catch {
      // Taken over, or the folder is gone: npm will say so.
    }
  }, beat)
  return () => {
    clearInterval(timer)
    if (statSync(file, { throwIfNoEntry: false })?.ino === statSync(mine, { throwIfNoEntry: false })?.ino) {
      rmSync(file, { force: true })
    }
    rmSync(mine, { force: true })
  }
}

/** Removes a dead lock, but gives back one that was renewed between the look and the rename. */
function takeAway(file, inode) {
  const aside = `${file}.${process.pid}.aside`
  try {
    renameSync(file, aside)
    if (statSync(aside).ino !== inode) linkSync(aside, file)
  } catch {
    // Someone else was quicker.
  }
  rmSync(aside, { force: true })
}

function isAlive(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}

const forwarded = ['SIGINT', 'SIGTERM', 'SIGHUP']

/**
 * Runs a child in the foreground and ends as it ends: with its code, or by its signal.
 *
 * Signals are passed on. The child stays in this process group, so that the terminal treats both alike (Ctrl-Z,
 * prompts); Ctrl-C therefore reaches it from the terminal as well, and npm sends a third one: whatever comes twice
 * within half a second is passed on once, and the server takes repeats for one (src/platform/process.ts).
 *
 * With `watched`, a channel tells the child when this process is gone, however it went.
 */
export function runInForeground(command, args, { env = process.env, watched = false } = {}) {
  const stdio = watched ? ['inherit', 'inherit', 'inherit', 'ipc'] : 'inherit'
  const child = spawn(command, args, { stdio, env })
  const last = {}
  const pass = (signal) => {
    const now = performance.now()
    if (now - (last[signal] ?? Number.NEGATIVE_INFINITY) < 500) return
    last[signal] = now
    child.kill(signal)
  }
  for (const signal of forwarded) process.on(signal, pass)
  child.on('error', (error) => {
    // Once it runs, an error is a signal that could not be sent: it goes on, and so does this process.
    if (child.pid !== undefined) return say(`${command}: ${error.message}`)
    say(`${command} could not be started: ${error.message}`)
    process.exit(127)
  })
  child.once('exit', (code, signal) => {
    for (const name of forwarded) process.off(name, pass)
    if (signal) process.kill(process.pid, signal)
    else process.exit(code)
  })
}

/**
 * Under npm the parent is npm, or a shell that npm started. A signal to npm may end that shell and not reach us, and
 * npm may be killed hard: the parent's going is then the word. Without npm a process may well outlive its parent
 * (nohup, a closed terminal).
 */
export function endWithNpm() {
  if (!process.env.npm_lifecycle_event) return
  const parent = process.ppid
  const timer = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(timer)
    process.kill(process.pid, 'SIGTERM')
  }, 250)
  timer.unref()
}

/** The environment in which children find this Node, and the packages' own commands, before any other. */
export function environmentFor(node) {
  const path = [dirname(node), join(root, 'node_modules', '.bin'), process.env.PATH].filter(Boolean).join(delimiter)
  return { ...process.env, PATH: path, NODE: node, npm_node_execpath: node }
}

/** Runs a launcher's body; what stops it is told in its own words. */
export async function launch(body) {
  try {
    await body()
  } catch (error) {
    if (!(error instanceof Stop)) throw error
    say(error.message)
    process.exitCode = 1
  }
}
