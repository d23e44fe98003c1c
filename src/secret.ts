import { randomBytes } from 'node:crypto'
import { chmod, link, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Config } from './config.ts'
import { CannotStart } from './platform/process.ts'

export const secretFile = (config: Config) => join(config.dataDir, 'jwt-secret')

/** The secret that tokens are signed with: the setting's, or one kept in the data directory since the first start. */
export async function readSecret(config: Config): Promise<string> {
  if (config.jwtSecret) return config.jwtSecret
  const file = secretFile(config)
  await mkdir(config.dataDir, { recursive: true })
  // Written whole under another name and then linked: of two starting at once, one wins and both read the same.
  const draft = `${file}.${process.pid}`
  await writeFile(draft, randomBytes(48).toString('base64url'), { mode: 0o600 })
  await link(draft, file).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error
  })
  await rm(draft)
  await chmod(file, 0o600)
  const secret = (await readFile(file, 'utf8')).trim()
  if (secret.length < 32)
    throw new CannotStart(`The secret in ${file} is too short. Delete the file to have a new one; old tokens end then.`)
  return secret
}
