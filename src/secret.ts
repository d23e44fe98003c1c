import { randomBytes, randomUUID } from 'node:crypto'
import { chmod, link, open, readFile, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Config } from './config.ts'
import { giveToOwner, makeFolder } from './platform/owner.ts'
import { CannotStart } from './platform/process.ts'

export const secretFile = (config: Config) => join(config.dataDir, 'jwt-secret')

/** The secret that tokens are signed with: the setting's, or one kept in the data directory since the first start. */
export async function readSecret(config: Config): Promise<string> {
  if (config.jwtSecret) return config.jwtSecret
  const file = secretFile(config)
  const there = await stat(file).catch(() => null)
  if (!there) await makeSecret(file)
  else if (there.mode & 0o077) await chmod(file, 0o600)
  giveToOwner(file)
  const secret = (await readFile(file, 'utf8')).trim()
  const wrong = findFault(file, secret)
  if (wrong) throw new CannotStart(wrong)
  return secret
}

/** What is wrong with the secret in this file, in a sentence, or null. */
export function findFault(file: string, secret: string): string | null {
  if (secret.length >= 32) return null
  return `The secret in ${file} is ${secret ? 'too short' : 'empty'}. Delete the file to have a new one; old tokens end then.`
}

async function makeSecret(file: string): Promise<void> {
  makeFolder(dirname(file))
  // Written whole under another name and then linked: of two processes starting at once, one wins and both read the
  // same.
  const draft = `${file}.${randomUUID().slice(0, 8)}`
  try {
    const handle = await open(draft, 'w', 0o600)
    try {
      await handle.writeFile(randomBytes(48).toString('base64url'))
      // A power cut must not leave the name without its content.
      await handle.sync()
    } finally {
      await handle.close()
    }
    await link(draft, file).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error
    })
  } finally {
    await rm(draft, { force: true })
  }
}
