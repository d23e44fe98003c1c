import { statfs } from 'node:fs/promises'
import type { FastifyInstance } from 'fastify'
import { isSame } from './auth/opaque.ts'
import type { Kith } from './context.ts'
import { isPrimary } from './platform/db/replicas.ts'
import { unauthorized } from './platform/errors.ts'
import { type Figure, figure } from './platform/figure.ts'
import { statement } from './platform/sql/statement.ts'

export type MetricsOptions = {
  /** The token that `/metrics` asks for; null switches metrics off. */
  metricsToken?: string | null
  /** The folder whose disk is watched. */
  dataDir?: string
}

/** Seconds an answer may take: from what is in memory to what clients give up at. */
const buckets = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10]

const weighing = statement({
  name: 'metrics: the database',
  takes: {},
  gives: { bytes: 'float8', longest: 'float8' },
  sql: () => `select pg_database_size(current_database())::float8 as bytes,
      coalesce((select extract(epoch from max(now() - xact_start)) from pg_stat_activity
        where datname = current_database() and backend_xmin is not null), 0)::float8 as longest`,
})

async function databaseFigures({ db }: Kith): Promise<Figure[]> {
  const { totalCount, idleCount, waitingCount } = db.pool
  const reading = db.pipeline?.totalCount ?? 0
  const { figures = { hits: 0, misses: 0, full: 0 }, bytes: kept = 0 } = db.fragments ?? {}
  const usual = db.usual?.figures ?? { asked: 0, again: 0 }
  const { statements, batched, failed, seconds } = db.ran
  const { bytes = 0, longest = 0 } = (await weighing.row(db, {})) ?? {}
  return [
    {
      name: 'kith_database_connections',
      says: 'Connections of this node to the database.',
      values: [
        { value: totalCount - idleCount, of: { state: 'busy' } },
        { value: idleCount, of: { state: 'idle' } },
        { value: reading, of: { state: 'reading' } },
      ],
    },
    figure('kith_database_waiting', 'Statements of this node that wait for a connection.', waitingCount),
    figure('kith_database_statements_total', 'Statements that this node has run.', statements),
    figure(
      'kith_database_statements_batched_total',
      'Those of them that were run together with others like them, which takes less.',
      batched,
    ),
    figure(
      'kith_database_statements_failed_total',
      'Those of them that failed, refusals of the schema among them.',
      failed,
    ),
    figure('kith_database_statement_seconds_total', 'How long they took, waiting for a connection included.', seconds),
    {
      name: 'kith_fragments_total',
      says: 'Parts of answers that were cached, and that were missing or of an older version.',
      values: [
        { value: figures.hits, of: { found: 'yes' } },
        { value: figures.misses, of: { found: 'no' } },
      ],
    },
    figure(
      'kith_fragments_full_total',
      'Pages that were rendered whole, as their rows were just changing.',
      figures.full,
    ),
    figure(
      'kith_usual_total',
      'Answers that were asked for as most are: without what is hidden, or addressed to others.',
      usual.asked,
    ),
    figure('kith_usual_again_total', 'Those of them that had to be asked for again, with that.', usual.again),
    figure('kith_fragments_bytes', 'What the parts of lists that are kept take, of KITH_FRAGMENTS_MB.', kept),
    figure('kith_database_bytes', 'What the database takes on its disk.', bytes),
    figure('kith_database_longest_transaction_seconds', 'How long the oldest transaction has been open.', longest),
  ]
}

/** This node's deliveries; other nodes report their own. */
async function deliveryFigures({ delivering }: Kith): Promise<Figure[]> {
  const { lanes, behind, inflight, unwritten } = (await delivering?.()) ?? {
    ...{ lanes: 0, behind: 0, inflight: 0, unwritten: 0 },
  }
  return [
    figure('kith_webhook_lanes', 'Webhook endpoints that this node delivers to.', lanes),
    figure('kith_webhook_lanes_behind', 'Those of them that are not at the end of the event log.', behind),
    figure('kith_webhook_underway', 'Requests to receivers that are under way from this node.', inflight),
    figure('kith_webhook_unwritten', 'Attempts that were made, and are not written down yet.', unwritten),
  ]
}

/** Where lists are read from. */
function replicaFigures({ replicas }: Kith): Figure[] {
  const states = replicas?.state() ?? []
  const out = states.filter(({ why }) => why !== null && why !== isPrimary).length
  const figures = [figure('kith_replicas_left_out', 'Replicas that this node does not read from just now.', out)]
  if (!replicas || !states.length) return figures
  const of = (name: string, says: string, value: (state: (typeof states)[number]) => number | null): Figure => ({
    name,
    says,
    values: states.flatMap((state) => {
      const found = value(state)
      return found === null ? [] : [{ value: found, of: { replica: state.name } }]
    }),
  })
  return [
    ...figures,
    of('kith_replica_behind_bytes', 'Bytes of the log that a replica lacked at the last look.', (each) => each.behind),
    of('kith_replica_reads_total', 'Statements that a replica has answered.', (each) => each.reads),
    of(
      'kith_replica_failed_total',
      'Statements that a replica has not, and the primary then has.',
      (each) => each.failed,
    ),
    figure(
      'kith_replica_passed_total',
      'Statements of requests that only read, and that the primary has answered all the same.',
      replicas.primary(),
    ),
  ]
}

/** The free space where the data is; nothing if there is no such folder. */
async function diskFigures(folder: string | undefined): Promise<Figure[]> {
  const disk = folder ? await statfs(folder).catch(() => null) : null
  if (!disk) return []
  return [
    figure('kith_disk_free_bytes', 'What is free on the disk of the data directory.', disk.bavail * disk.bsize),
    figure('kith_disk_bytes', 'How large that disk is.', disk.blocks * disk.bsize),
  ]
}

/** Metrics in the format of Prometheus. */
const written = ({ name, says, values }: Figure): string => {
  const escaped = (text: string) => text.replace(/[\\"\n]/g, (each) => (each === '\n' ? '\\n' : `\\${each}`))
  const labels = (of: Record<string, string>) =>
    `{${Object.entries(of).map(([label, value]) => `${label}="${escaped(value)}"`)}}`
  return [
    `# HELP ${name} ${says}`,
    `# TYPE ${name} ${name.endsWith('_total') ? 'counter' : 'gauge'}`,
    ...values.map(({ value, of }) => `${name}${of ? labels(of) : ''} ${value}`),
  ].join('\n')
}

/**
 * `/metrics`: metrics for Prometheus, about this node's process and requests, and what the slices count in the
 * database. It exists if `KITH_METRICS_TOKEN` is set, for clients that send that as `Authorization: Bearer`.
 */
export async function metricsPage(
  app: FastifyInstance,
  kith: Kith,
  { metricsToken, dataDir }: MetricsOptions,
): Promise<void> {
  if (!metricsToken) return
  const { Registry, Histogram, collectDefaultMetrics } = await import('prom-client')
  const register = new Registry()
  collectDefaultMetrics({ register })
  const took = new Histogram({
    name: 'kith_http_request_seconds',
    help: 'How long requests took to be answered, by the address as it is declared.',
    labelNames: ['method', 'route', 'status'] as const,
    buckets,
    registers: [register],
  })
  app.addHook('onResponse', async (request, reply) => {
    // Unknown addresses are not named: clients make up as many as they like.
    const route = request.is404 ? 'none' : (request.routeOptions.url ?? 'none')
    took.observe({ method: request.method, route, status: reply.statusCode }, reply.elapsedTime / 1_000)
  })

  async function look(): Promise<string> {
    const slices = await kith.slices()
    const each = await Promise.all([
      databaseFigures(kith),
      diskFigures(dataDir),
      deliveryFigures(kith),
      ...slices.flatMap(({ figures }) => (figures ? [figures(kith.db)] : [])),
    ])
    const read = replicaFigures(kith)
    const open = figure('kith_sockets', 'WebSockets that are open on this node.', app.sockets.open)
    return `${await register.metrics()}${[open, ...read, ...each.flat()].map(written).join('\n')}\n`
  }
  let looking: Promise<string> | null = null
  app.get('/metrics', { config: { always: true } }, async (request, reply) => {
    const sent = /^Bearer (\S+)$/.exec(request.headers.authorization ?? '')?.[1]
    if (!sent || !isSame(sent, metricsToken)) throw unauthorized('Send KITH_METRICS_TOKEN as Authorization: Bearer.')
    // Requests at the same time share one look.
    looking ??= look().finally(() => {
      looking = null
    })
    return reply.type(register.contentType).send(await looking)
  })
}
