import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { git } from './git.ts'

/** What whoever runs Kith is given: the program, its documents, and what it is installed with. Not what it is tested with. */
export const holds = [
  ...['bin', 'console', 'deploy', 'docs', 'examples', 'migrations', 'packages', 'runtime', 'src', 'web'],
  ...['CHANGELOG.md', 'CONTRIBUTING.md', 'LICENSE', 'README.md', 'SECURITY.md'],
  ...['.dockerignore', 'Dockerfile', 'compose.yaml', 'package-lock.json', 'package.json', 'tsconfig.json'],
]

const dated = (at: string) => ({
  ...{ GIT_AUTHOR_NAME: 'Kith', GIT_AUTHOR_EMAIL: 'kith', GIT_AUTHOR_DATE: at },
  ...{ GIT_COMMITTER_NAME: 'Kith', GIT_COMMITTER_EMAIL: 'kith', GIT_COMMITTER_DATE: at },
})

/**
 * Packs a tree as a release: the same bytes whoever does it, whenever, and a file beside it to check them by.
 * @returns the path of the archive
 */
export function pack(root: string, tree: string, version: string, day: string, to: string): string {
  const name = `kith-${version}`
  const there = new Set(git(root, ['ls-tree', '--name-only', tree]).split('\n'))
  const missing = holds.filter((each) => !there.has(each))
  if (missing.length) throw new Error(`A release holds ${missing.join(', ')}, and there is no such file.`)
  // Files are as old as what is archived: a commit of this day, whoever makes it, and of nothing else.
  const commit = git(root, ['commit-tree', tree, '-m', name], { env: dated(`${day}T00:00:00Z`) })
  const tar = execFileSync('git', ['archive', '--format=tar', `--prefix=${name}/`, commit, ...holds], {
    cwd: root,
    maxBuffer: 512 * 1024 * 1024,
  })
  const file = `${name}.tar.gz`
  const bytes = gzipSync(tar, { level: 9 })
  mkdirSync(to, { recursive: true })
  writeFileSync(join(to, file), bytes)
  writeFileSync(join(to, `${file}.sha256`), `${createHash('sha256').update(bytes).digest('hex')}  ${file}\n`)
  return join(to, file)
}
