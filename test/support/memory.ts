import { spawnSync } from 'node:child_process'
import { accessSync, constants, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Bytes that databases of tests may come to take: of the folder, and of the machine's memory. */
const room = 4e9
const folder = '/dev/shm'

/**
 * A folder in memory for what tests write, where the system has one that is large enough and lets programs run: making and
 * dropping databases of a thousand files each is a tenth of what the tests cost on a disk. Null: as the system has it.
 */
export function folderInMemory(): string | null {
  try {
    accessSync(folder, constants.W_OK | constants.X_OK)
    const { bavail, bsize } = statfsSync(folder)
    if (bavail * bsize < room || process.availableMemory() < room) return null
    const tried = mkdtempSync(join(folder, 'kith-test-'))
    try {
      const program = join(tried, 'program')
      writeFileSync(program, '#!/bin/sh\n', { mode: 0o700 })
      return spawnSync(program).status === 0 ? folder : null
    } finally {
      rmSync(tried, { recursive: true })
    }
  } catch {
    return null
  }
}
