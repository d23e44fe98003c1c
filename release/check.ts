import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { asksNothing, headings, readUnreleased } from './changelog.ts'
import { git, tagsOf } from './git.ts'

/** Where the version stands: in each of these, and once more in the lock file. */
export const manifests = ['package.json', 'packages/verify/package.json']

const numbersOf = (version: string) => version.split('.').map(Number) as [number, number, number]

/** Whether one version comes after another. */
export function isAfter(one: string, other: string): boolean {
  const [a, b] = [numbersOf(one), numbersOf(other)]
  for (const i of [0, 1, 2] as const) if (a[i] !== b[i]) return a[i] > b[i]
  return false
}

const readJson = (root: string, file: string) => JSON.parse(readFileSync(join(root, file), 'utf8'))

/** What keeps this folder from being released as a version: a sentence for each. */
export function findFaults(root: string, version: string): string[] {
  if (!/^\d+\.\d+\.\d+$/.test(version)) return [`"${version}" is no version. Name one as 0.2.0.`]
  return [
    ...faultsOfTree(root),
    ...faultsOfVersion(root, version),
    ...faultsOfChangelog(root, version),
    ...faultsOfMigrations(root),
  ]
}

function faultsOfTree(root: string): string[] {
  const changed = git(root, ['status', '--porcelain']).split('\n').filter(Boolean)
  return changed.length
    ? [`Commit or put away what is not committed: ${changed.map((line) => line.slice(3)).join(', ')}.`]
    : []
}

function faultsOfVersion(root: string, version: string): string[] {
  const faults: string[] = []
  const now = readJson(root, 'package.json').version
  for (const file of manifests) {
    const { version: other } = readJson(root, file)
    if (other !== now) faults.push(`${file} is at ${other}, and package.json at ${now}. All packages have one version.`)
  }
  const lock = readJson(root, 'package-lock.json')
  if (lock.version !== now || lock.packages[''].version !== now)
    faults.push('package-lock.json has another version than package.json. Run npm install.')
  const [last] = tagsOf(root)
  if (last && !isAfter(version, last.slice(1))) faults.push(`${last} is out. Name a version that comes after it.`)
  if (isAfter(now, version)) faults.push(`package.json is at ${now}. Name that version, or one that comes after it.`)
  return faults
}

function faultsOfChangelog(root: string, version: string): string[] {
  const unreleased = readUnreleased(readFileSync(join(root, 'CHANGELOG.md'), 'utf8'))
  if (!unreleased)
    return [`CHANGELOG.md has no "## Unreleased" with "${headings[0]}" and then "${headings[1]}" under it.`]
  const faults: string[] = []
  if (!/^- /m.test(unreleased.isNew)) faults.push(`CHANGELOG.md says nothing under "${headings[1]}".`)
  if (!/^- /m.test(unreleased.must))
    faults.push(`CHANGELOG.md says nothing under "${headings[0]}". Where there is nothing to do, it says "- Nothing."`)
  if (numbersOf(version)[2] > 0 && !asksNothing(unreleased))
    faults.push(`A version that asks something of whoever runs it ends with .0, and ${version} does not.`)
  return faults
}

function faultsOfMigrations(root: string): string[] {
  const faults: string[] = []
  const names = readdirSync(join(root, 'migrations'))
    .filter((file) => file.endsWith('.sql'))
    .map((file) => file.slice(0, -4))
    .sort()
  const costs = readJson(root, 'migrations/costs.json')
  const numbers = new Map<string, string>()
  for (const name of names) {
    const [number = ''] = /^\d{4}(?=-)/.exec(name) ?? []
    if (!number) faults.push(`migrations/${name}.sql does not begin with four digits and a hyphen.`)
    const same = numbers.get(number)
    if (same) faults.push(`migrations/${same}.sql and ${name}.sql have one number.`)
    numbers.set(number, name)
    // Those before there were figures have none.
    if (Number(number) > 6 && !costs[name]) faults.push(`migrations/costs.json does not say what ${name} costs.`)
  }
  const [last] = tagsOf(root)
  if (!last) return faults
  const out = git(root, ['ls-tree', '--name-only', last, 'migrations/'])
    .split('\n')
    .filter((file) => file.endsWith('.sql'))
  const newest =
    out
      .map((file) => file.slice('migrations/'.length, -4))
      .sort()
      .at(-1) ?? ''
  const edited = git(root, ['diff', '--name-only', last, 'HEAD', '--', ...out])
    .split('\n')
    .filter(Boolean)
  for (const file of edited) faults.push(`${file} is out since ${last} and was changed. Databases have its checksum.`)
  for (const name of names)
    if (name < newest && !out.includes(`migrations/${name}.sql`))
      faults.push(`migrations/${name}.sql is new, and comes before ${newest}, which is out. Give it a later number.`)
  return faults
}
