import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Runs git in a folder, and gives what it says. */
export const git = (root: string, args: string[], given: { input?: string; env?: object } = {}): string =>
  execFileSync('git', args, {
    cwd: root,
    input: given.input,
    env: { ...process.env, ...given.env },
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    stdio: ['pipe', 'pipe', 'pipe'],
  }).trimEnd()

/** The id of the tree that HEAD has with some files changed. What is checked out, or about to be committed, stays as it is. */
export function treeWith(root: string, changed: Map<string, string>): string {
  const folder = mkdtempSync(join(tmpdir(), 'kith-release-'))
  const env = { GIT_INDEX_FILE: join(folder, 'index') }
  try {
    git(root, ['read-tree', 'HEAD'], { env })
    for (const [file, text] of changed) {
      const blob = git(root, ['hash-object', '-w', '--stdin'], { input: text })
      git(root, ['update-index', '--cacheinfo', `100644,${blob},${file}`], { env })
    }
    return git(root, ['write-tree'], { env })
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** Tags of versions, the newest first. */
export const tagsOf = (root: string): string[] =>
  git(root, ['tag', '--list', 'v*', '--sort=-version:refname']).split('\n').filter(Boolean)
