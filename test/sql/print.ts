// Writes sql/: `npm run sql`.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { openDatabase } from '../../src/platform/db/database.ts'
import { migrate } from '../../src/platform/db/migrate.ts'
import { startEmbedded } from '../../src/platform/postgres/embedded.ts'
import { dumpFile, dumpSchema, dumpStatements, loadSlices } from './dump.ts'

const dataDir = await mkdtemp(join(tmpdir(), 'kith-sql-'))
const embedded = await startEmbedded({ dataDir, role: 'sql', settings: { fsync: 'off' } })
try {
  const db = openDatabase(embedded.connection, () => {})
  await migrate(db.pool)
  const schema = await dumpSchema(db)
  await db.close()
  await loadSlices()
  const files = [...dumpStatements(), ['schema', schema] as const]
  // What is left of a slice that is gone goes, too.
  await rm(dirname(dumpFile('schema')), { recursive: true, force: true })
  await mkdir(dirname(dumpFile('schema')), { recursive: true })
  for (const [slice, text] of files) await writeFile(dumpFile(slice), text)
  console.log(`Wrote ${files.length} files to ${dirname(dumpFile('schema'))}.`)
} finally {
  await embedded.stop()
  await rm(dataDir, { recursive: true, force: true })
}
