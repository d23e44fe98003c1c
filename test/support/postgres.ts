import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { openDatabase } from '../../src/platform/db/database.ts'
import { migrate } from '../../src/platform/db/migrate.ts'
import { startEmbedded } from '../../src/platform/postgres/embedded.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Where the tests' PostgreSQL listens. */
    postgres: { host: string; port: number; user: string }
  }
}

/** One PostgreSQL for all tests, with a migrated template that each test file's database is a copy of. */
export default async function setup(project: TestProject) {
  const dataDir = await mkdtemp(join(tmpdir(), 'kith-test-'))
  // Tests kill Kith, not this server: it need not wait for the disk.
  const settings = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', max_connections: '200' }
  const embedded = await startEmbedded({ dataDir, role: 'test', settings })
  const { host, port, user } = embedded.connection
  const root = openDatabase(embedded.connection, () => {})
  await root.query('create database template')
  const template = openDatabase({ host, port, user, database: 'template' }, () => {})
  await migrate(template.pool)
  await template.close()
  await root.close()
  project.provide('postgres', { host, port, user })
  return async () => {
    await embedded.stop()
    await rm(dataDir, { recursive: true, force: true })
  }
}
