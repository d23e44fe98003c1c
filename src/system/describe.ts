import { statfs } from 'node:fs/promises'
import type { Ctx, Kith } from '../context.ts'
import type { Db } from '../platform/db/database.ts'
import { type Finding, wrong } from '../platform/finding.ts'
import { statement } from '../platform/sql/statement.ts'
import { version } from '../version.ts'

const describing = statement({
  name: 'system: the database',
  takes: {},
  gives: { version: 'text', bytes: 'bigint', connections: 'int', max_connections: 'int', longest_seconds: 'float8' },
  sql: () => `select current_setting('server_version') as version,
      pg_database_size(current_database()) as bytes,
      (select count(*)::int from pg_stat_activity where datname = current_database()) as connections,
      current_setting('max_connections')::int as max_connections,
      coalesce((select extract(epoch from max(now() - xact_start)) from pg_stat_activity
        where datname = current_database() and backend_xmin is not null), 0)::float8 as longest_seconds`,
})

const findingNodes = statement({
  name: 'system: nodes',
  takes: {},
  gives: { id: 'text', lanes: 'int' },
  sql: () => `select n.id, count(l.endpoint_id)::int as lanes from webhook_node n
    left join webhook_lane l on l.owner = n.id where n.until > now() group by n.id order by n.id`,
})

async function readDisk(folder: string) {
  const found = await statfs(folder).catch(() => null)
  return found ? { folder, bytes: found.blocks * found.bsize, free: found.bavail * found.bsize } : null
}

/** Runs an examination. One that fails does not hide the others. */
async function trying<Of>(look: () => Promise<Of>, otherwise: (why: string) => Of): Promise<Of> {
  try {
    return await look()
  } catch (error) {
    return otherwise((error as Error).message)
  }
}

/** One after the other, so that a request holds one database connection at a time. */
async function examineAll({ config, slices }: Kith, db: Db): Promise<Finding[]> {
  const found: Finding[] = []
  for (const { name, examine } of await slices())
    if (examine)
      found.push(
        ...(await trying(
          () => examine(db, config),
          (why) => [wrong(`${name}: ${why}`)],
        )),
      )
  return found
}

/** What runs, and how it is. */
export async function describeSystem({ db, kith }: Ctx) {
  const slices = await kith.slices()
  const database = await describing.row(db, {})
  if (!database) throw new Error('The database says nothing of itself')
  const nodes = await findingNodes.rows(db, {})
  const figures = []
  for (const { figures: of } of slices)
    if (of)
      figures.push(
        ...(await trying(
          () => of(db),
          () => [],
        )),
      )
  return {
    version,
    node: process.version,
    started_at: new Date(Date.now() - Math.round(process.uptime() * 1000)).toISOString(),
    memory: process.memoryUsage.rss(),
    database,
    disk: await readDisk(kith.config.dataDir),
    nodes,
    figures,
    findings: await examineAll(kith, db),
  }
}
