import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { openDatabase } from '../../src/platform/db/database.ts'
import { migrate } from '../../src/platform/db/migrate.ts'
import { startEmbedded } from '../../src/platform/postgres/embedded.ts'
import { compiled, startOfKith } from './compiled.ts'
import { renewing } from './renew.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Where the tests' PostgreSQL listens. */
    postgres: { host: string; port: number; user: string }
  }
}

/**
 * Has a server compiled, by one that finds no database. What was compiled is written down as a process ends, and those that
 * tests kill never do: in a fresh clone, each of them would begin with a second of it.
 */
async function compile(dataDir: string): Promise<void> {
  const env = { ...process.env, NODE_COMPILE_CACHE: compiled, KITH_DATA_DIR: dataDir, DATABASE_URL: nowhere }
  await once(spawn(process.execPath, [...startOfKith, 'serve'], { env, stdio: 'ignore' }), 'close')
}
const nowhere = 'postgres://kith@127.0.0.1:1/kith'

/** One PostgreSQL for all tests, with a migrated template that each test file's database is a copy of. */
export default async function setup(project: TestProject) {
  // All that tests write lies in one folder, so that what they or those they kill leave there goes with it.
  const folder = await mkdtemp(join(tmpdir(), 'kith-tests-'))
  await chmod(folder, 0o755)
  process.env.TMPDIR = folder
  const dataDir = join(folder, 'postgres')
  const compiling = compile(dataDir)
  // Tests kill Kith, not this server: it need not wait for the disk.
  const settings = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', max_connections: '200' }
  const embedded = await startEmbedded({ dataDir, role: 'test', settings })
  const { host, port, user } = embedded.connection
  const root = openDatabase(embedded.connection, () => {})
  await root.query('create database template')
  const template = openDatabase({ host, port, user, database: 'template' }, () => {})
  await migrate(template.pool)
  for (const text of renewing) await template.query(text)
  await template.close()
  await root.close()
  await compiling
  project.provide('postgres', { host, port, user })
  return async () => {
    await embedded.stop()
    await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 })
  }
}
