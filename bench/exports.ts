import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type Database, openDatabase } from '../src/platform/db/database.ts'
import { listTables, quoted } from '../src/platform/export/catalogue.ts'
import { createDatabase } from './community.ts'
import { residentMb } from './processes.ts'
import { root, secret } from './servers.ts'
import { figure, printTable } from './table.ts'

/** Members write so many each. */
const each = 20

/** Runs a command of Kith: what it printed, the seconds it took, and the most memory it had, in MB. */
async function run(args: string[], env: Record<string, string>) {
  const from = performance.now()
  const child = spawn(process.execPath, ['--title=kith-bench-command', join(root, 'src/main.ts'), ...args], {
    env: { ...process.env, ...env, NODE_ENV: 'production' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let out = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text
  })
  let err = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text
  })
  let peak = 0
  const timer = setInterval(() => {
    peak = Math.max(peak, residentMb(child.pid as number).peak || 0)
  }, 50)
  const [code] = await once(child, 'close')
  clearInterval(timer)
  if (code !== 0) throw new Error(`kith ${args[0]} ended with ${code}: ${err.slice(-500)}`)
  return { out, peak, seconds: (performance.now() - from) / 1000 }
}

/** How long PostgreSQL takes to write all rows again, from its own memory: texts are compressed anew, no index is made. */
async function writeAll(pool: Database['pool'], tables: Awaited<ReturnType<typeof listTables>>): Promise<number> {
  const from = performance.now()
  for (const { name, columns } of tables) {
    const list = columns.map(quoted).join(', ')
    await pool.query(`create table again (like ${quoted(name)} including generated including storage)`)
    // Read as text and back, as a COPY is: what is compressed is not just taken over.
    const texts = columns.map((each) => `(r).${quoted(each)}`).join(', ')
    await pool.query(
      `insert into again (${list}) overriding system value
       select ${texts} from (select r::text::${quoted(name)} as r from ${quoted(name)} r offset 0) copied`,
    )
    await pool.query('drop table again')
  }
  return (performance.now() - from) / 1000
}

/** How long a community takes to be exported and imported, against PostgreSQL that only reads all of it. */
export async function benchExports(
  dir: string,
  at: { host: string; port: number; user: string },
  contributions: number,
  say: (what: string) => void,
): Promise<void> {
  const url = await createDatabase(at, 'exports')
  const env = { DATABASE_URL: url, KITH_DATA_DIR: join(dir, 'exports'), KITH_JWT_SECRET: secret }
  say('exports: filling')
  await run(['create-user', 'admin', '--role', 'admin'], env)
  const members = String(Math.ceil(contributions / each))
  await run(['seed', '--members', members, '--contributions', String(contributions)], env)
  const db = openDatabase({ url, size: 1 }, () => {})
  await db.pool.query('set statement_timeout = 0')
  await db.pool.query('vacuum analyze')
  say('exports: reading all')
  const tables = await listTables(db.pool)
  const from = performance.now()
  for (const { name, columns, parted } of tables)
    await db.pool.query(
      parted
        ? `copy (select * from ${quoted(name)}) to '/dev/null'`
        : `copy ${quoted(name)} (${columns.map(quoted)}) to '/dev/null'`,
    )
  const floor = (performance.now() - from) / 1000
  say('exports: writing all')
  const written = await writeAll(db.pool, tables)
  await db.close()
  const file = join(dir, 'bench.kith')
  say('exports: exporting')
  const exported = await run(['export', file, '--json'], env)
  const { rows, bytes } = JSON.parse(exported.out)
  say('exports: importing')
  const into = { ...env, DATABASE_URL: await createDatabase(at, 'imported'), KITH_DATA_DIR: join(dir, 'imported') }
  const imported = await run(['import', file, '--copy', '--json'], into)
  await rm(file)
  const size = tables.reduce((sum, each) => sum + each.bytes, 0) / 1e6
  const row = (what: string, seconds: number, floor: number, memory?: number) => [
    what,
    figure(seconds, 1),
    figure(size / seconds, 1),
    figure(seconds / floor, 1),
    memory === undefined ? '' : figure(memory),
  ]
  say('')
  printTable(
    `Exports: ${figure(contributions)} contributions, ${figure(rows)} rows, ${figure(size)} MB of tables, a file of ${figure(bytes / 1e6, 1)} MB`,
    ['', 'seconds', 'MB/s of tables', 'against PostgreSQL', 'memory, MB'],
    [
      row('PostgreSQL reads all of it (COPY to /dev/null)', floor, floor),
      row('kith export', exported.seconds, floor, exported.peak),
      row('PostgreSQL writes all of it, without an index', written, written),
      row('kith import', imported.seconds, written, imported.peak),
    ],
  )
}
