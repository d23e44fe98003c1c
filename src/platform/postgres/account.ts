import { readFileSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { CannotStart } from '../process.ts'

/** The account of the operating system that PostgreSQL runs as. */
export type Account = { name: string; uid: number; gid: number }

/**
 * PostgreSQL refuses to run as root, so root lends it another account: the owner of the cluster, else the owner of the
 * folder for it, else `postgres`, else `nobody`. Null if we are not root: it then runs as we do.
 *
 * Without a cluster, the account must be in /etc/passwd: initdb asks for its name.
 */
export function accountFor(cluster: string): Account | null {
  if (process.getuid?.() !== 0) return null
  const accounts = readFileSync('/etc/passwd', 'utf8').split('\n').flatMap(parseAccount)
  const known = (uid: number | undefined) => accounts.find((account) => account.uid === uid)
  const there = statSync(cluster, { throwIfNoEntry: false })
  if (there && there.uid !== 0)
    return known(there.uid) ?? { name: `number ${there.uid}`, uid: there.uid, gid: there.gid }
  const account =
    known(statSync(dirname(cluster), { throwIfNoEntry: false })?.uid) ??
    accounts.find((candidate) => candidate.name === 'postgres') ??
    accounts.find((candidate) => candidate.name === 'nobody')
  if (account) return account
  throw new CannotStart(
    'PostgreSQL does not run as root, and this system has neither a user "postgres" nor "nobody" to run it as. ' +
      'Start Kith as another user, or set DATABASE_URL to a PostgreSQL of your own.',
  )
}

function parseAccount(line: string): Account[] {
  const [name, , uid, gid] = line.split(':')
  return name && Number(uid) > 0 ? [{ name, uid: Number(uid), gid: Number(gid) }] : []
}

/** Whether the account may read this file or folder, and enter every folder above it. */
export function reachableBy(account: Account, path: string): boolean {
  return allowed(account, path, 4) && passableBy(account, dirname(path))
}

/** Whether the account may enter this folder and every folder above it. */
export function passableBy(account: Account, folder: string): boolean {
  if (!allowed(account, folder, 1)) return false
  return folder === dirname(folder) || passableBy(account, dirname(folder))
}

function allowed(account: Account, path: string, bit: number): boolean {
  const { mode, uid, gid } = statSync(path)
  const shift = uid === account.uid ? 6 : gid === account.gid ? 3 : 0
  return ((mode >> shift) & bit) === bit
}
