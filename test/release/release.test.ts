import { execFileSync, spawnSync } from 'node:child_process'
import { appendFileSync, cpSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { holds } from '../../release/pack.ts'

const root = join(import.meta.dirname, '../..')
let folder: string
let at: string

const git = (...args: string[]) =>
  execFileSync('git', ['-c', 'user.name=Kim', '-c', 'user.email=kim@example.com', ...args], {
    cwd: at,
    encoding: 'utf8',
  })
/** Releases the copy, as whoever keeps Kith does. */
function release(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['release/main.ts', ...args, '--to', folder], {
    cwd: at,
    encoding: 'utf8',
    env: { ...process.env, ...identity },
  })
  return { status, out: stdout, faults: stderr.split('\n').filter((line) => line.startsWith('- ')) }
}
const identity = {
  ...{ GIT_AUTHOR_NAME: 'Kim', GIT_AUTHOR_EMAIL: 'kim@example.com' },
  ...{ GIT_COMMITTER_NAME: 'Kim', GIT_COMMITTER_EMAIL: 'kim@example.com' },
}
const read = (file: string) => readFileSync(join(at, file), 'utf8')
const write = (file: string, text: string) => writeFileSync(join(at, file), text)
const commit = () => git('commit', '--quiet', '--all', '--message', 'test: Something else.')

// A repository of one commit, with what lies here now.
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kith-release-test-'))
  at = join(folder, 'kith')
  const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
  })
  for (const file of files.split('\n').filter(Boolean))
    if (existsSync(join(root, file))) cpSync(join(root, file), join(at, file))
  git('init', '--quiet')
  git('add', '--all')
  git('commit', '--quiet', '--message', 'test: Kith as it is.')
})
afterAll(() => rm(folder, { recursive: true }))

test('what is not ready is not released, and every reason is named at once', () => {
  const { version } = JSON.parse(read('package.json'))
  expect(release('soon', '--dry-run').faults).toEqual(['- "soon" is no version. Name one as 0.2.0.'])
  expect(spawnSync(process.execPath, ['release/main.ts'], { cwd: at }).status).toBe(2)
  const changelog = read('CHANGELOG.md')
  const [kept, lock, costs] = ['packages/verify/package.json', 'package-lock.json', 'migrations/costs.json'].map(read)
  write('CHANGELOG.md', changelog.replace('### What is new', '### News'))
  write('packages/verify/package.json', (kept as string).replace(version, '0.0.9'))
  write('migrations/0083-other.sql', 'select 1;\n')
  const { status, faults } = release('0.0.1', '--dry-run')
  expect(status).toBe(1)
  expect(faults).toEqual([
    expect.stringContaining('Commit or put away what is not committed: CHANGELOG.md, '),
    expect.stringContaining('packages/verify/package.json is at 0.0.9'),
    `- package.json is at ${version}. Name that version, or one that comes after it.`,
    expect.stringContaining('CHANGELOG.md has no "## Unreleased" with'),
    expect.stringContaining('does not say what 0083-other'),
    expect.stringContaining('have one number'),
  ])
  rmSync(join(at, 'migrations/0083-other.sql'))
  write('CHANGELOG.md', changelog)
  write('packages/verify/package.json', kept as string)
  // A version that asks nothing may not ask.
  expect(release('9.0.1', '--dry-run').faults).toEqual([expect.stringContaining('ends with .0, and 9.0.1 does not')])
  expect([read('package-lock.json'), read('migrations/costs.json')]).toEqual([lock, costs])
})

test('a dry run packs what a release holds, and changes nothing', () => {
  const before = git('rev-parse', 'HEAD')
  const { status, out } = release('9.0.0', '--dry-run')
  expect([status, out]).toEqual([0, expect.stringContaining('Would change package.json, packages/verify/package.json')])
  expect(out).toContain('What whoever runs Kith must do:\n\n- ')
  expect([git('rev-parse', 'HEAD'), git('status', '--porcelain'), git('tag')]).toEqual([before, '', ''])
  const file = join(folder, 'kith-9.0.0.tar.gz')
  execFileSync('sha256sum', ['--check', '--quiet', `${file}.sha256`], { cwd: folder })
  const listed = execFileSync('tar', ['-tzf', file], { encoding: 'utf8' }).split('\n').filter(Boolean)
  const top = listed.map((each) => each.split('/')[1]).filter(Boolean)
  expect([...new Set(top)].sort()).toEqual([...holds].sort())
  // Exactly what is committed there.
  const committed = git('ls-files', ...holds)
    .split('\n')
    .filter(Boolean)
  expect(
    listed
      .filter((each) => !each.endsWith('/'))
      .map((each) => each.slice('kith-9.0.0/'.length))
      .sort(),
  ).toEqual(committed.sort())
  const first = readFileSync(file)
  release('9.0.0', '--dry-run')
  expect(readFileSync(file).equals(first)).toBe(true)

  // It says which version it is, and starts: with the packages that are here, which `npm start` would bring.
  execFileSync('tar', ['-xzf', file], { cwd: folder })
  const unpacked = join(folder, 'kith-9.0.0')
  expect(JSON.parse(readFileSync(join(unpacked, 'package-lock.json'), 'utf8')).packages[''].version).toBe('9.0.0')
  execFileSync('ln', ['-s', join(root, 'node_modules'), join(unpacked, 'node_modules')])
  const said = execFileSync(process.execPath, ['src/main.ts', '--version'], { cwd: unpacked, encoding: 'utf8' })
  expect(said.trim()).toBe('9.0.0')
})

test('a release is a commit and a tag, and what is out is changed no more', () => {
  // What CI does is CI's.
  write('.ci/run', '#!/bin/sh\nexit $KITH_CI\n')
  commit()
  const before = git('rev-parse', 'HEAD')
  process.env.KITH_CI = '1'
  const failed = release('9.0.0')
  process.env.KITH_CI = '0'
  expect([failed.status, git('rev-parse', 'HEAD'), git('tag')]).toEqual([1, before, ''])
  expect(release('9.0.0').status).toBe(0)
  expect([git('tag').trim(), git('status', '--porcelain')]).toEqual(['v9.0.0', ''])
  expect(read('CHANGELOG.md')).toMatch(
    /## Unreleased\n\n### What you must do\n\n- Nothing\.\n\n### What is new\n\n## 9\.0\.0 \(/,
  )
  const [newest] = git('ls-files', 'migrations/*.sql').trim().split('\n').reverse() as [string]
  appendFileSync(join(at, newest), '-- One word more.\n')
  write('migrations/0057-late.sql', 'select 1;\n')
  write('migrations/costs.json', read('migrations/costs.json').replace('{', '{ "0057-late": { "online": true },'))
  git('add', '--all')
  commit()
  expect(release('9.0.0', '--dry-run').faults).toEqual([
    '- v9.0.0 is out. Name a version that comes after it.',
    '- CHANGELOG.md says nothing under "### What is new".',
    `- ${newest} is out since v9.0.0 and was changed. Databases have its checksum.`,
    expect.stringContaining('migrations/0057-late.sql is new, and comes before'),
  ])
})
