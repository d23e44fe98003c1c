import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { readUnreleased, released } from './changelog.ts'
import { findFaults, manifests } from './check.ts'
import { git, treeWith } from './git.ts'
import { pack } from './pack.ts'

const root = join(import.meta.dirname, '..')
const usage = `npm run release -- VERSION [--dry-run] [--to FOLDER]

Releases what is committed: checks it, runs .ci/run, gives it the version, commits and tags that, and packs it.
  --dry-run  checks and packs, and commits, tags and tests nothing
  --to       where the archive is put (./releases)
`

/** The files that a version stands in, as they are to be. */
function versioned(version: string, day: string): Map<string, string> {
  const read = (file: string) => readFileSync(join(root, file), 'utf8')
  const changed = new Map<string, string>()
  const json = (file: string, change: (value: { version: string; packages?: { '': { version: string } } }) => void) => {
    const value = JSON.parse(read(file))
    change(value)
    changed.set(file, `${JSON.stringify(value, null, 2)}\n`)
  }
  for (const file of manifests)
    json(file, (value) => {
      value.version = version
    })
  json('package-lock.json', (value) => {
    value.version = version
    if (value.packages) value.packages[''].version = version
  })
  changed.set('CHANGELOG.md', released(read('CHANGELOG.md'), version, day))
  for (const [file, text] of changed) if (text === read(file)) changed.delete(file)
  return changed
}

function run(args: string[]): number {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { 'dry-run': { type: 'boolean' }, to: { type: 'string', default: join(root, 'releases') } },
  })
  const [version, ...rest] = positionals
  if (!version || rest.length) {
    process.stderr.write(usage)
    return 2
  }
  const faults = findFaults(root, version)
  if (faults.length) {
    process.stderr.write(`Kith cannot be released as ${version}:\n${faults.map((each) => `- ${each}\n`).join('')}`)
    return 1
  }
  const say = (line: string) => process.stdout.write(`${line}\n`)
  const day = new Date().toISOString().slice(0, 10)
  const dry = values['dry-run'] ?? false
  if (dry) say('.ci/run is not run, and nothing is committed: this is a dry run.')
  else if (spawnSync(join(root, '.ci', 'run'), { cwd: root, stdio: 'inherit' }).status !== 0) {
    process.stderr.write('.ci/run has failed: nothing was released.\n')
    return 1
  }
  const changed = versioned(version, day)
  const tree = treeWith(root, changed)
  if (!dry) {
    for (const [file, text] of changed) writeFileSync(join(root, file), text)
    git(root, ['commit', '--quiet', '--all', '--message', `release: Kith ${version}.`])
    git(root, ['tag', '--annotate', `v${version}`, '--message', `Kith ${version}`])
  }
  const file = pack(root, tree, version, day, resolve(values.to))
  say(`${dry ? 'Would change' : 'Changed'} ${[...changed.keys()].join(', ')}.`)
  say(`Packed ${file}, with its checksum beside it.`)
  if (!dry) say(`Tagged v${version}. Push it: git push --follow-tags`)
  const { must = '' } = readUnreleased(git(root, ['show', `HEAD${dry ? '' : '~1'}:CHANGELOG.md`])) ?? {}
  say(`\nWhat whoever runs Kith must do:\n\n${must}`)
  return 0
}

process.exitCode = run(process.argv.slice(2))
