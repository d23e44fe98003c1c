import type { Db } from '../../platform/db/database.ts'
import { statement } from '../../platform/sql/statement.ts'
import type { Receiver } from './lane.ts'

type Row = {
  id: number
  version: number
  is_active: boolean
  deleted: boolean
  target: string
  verify: boolean
  secret: string
  old_secret: string | null
  old_until: number | null
  rate: number | null
  concurrency: number | null
  standard_headers: boolean
  spans: { since: number; until: number | null; types: string[] }[] | null
}

const loading = statement({
  name: 'delivery: load the endpoints that changed',
  takes: { since: 'int' },
  // One statement, one snapshot: the version belongs to the endpoints beside it.
  gives: { version: 'int', endpoint: 'json?' },
  sql: ($) => `select w.version, e.endpoint from webhook_listening w left join lateral (
    select json_build_object('id', e.id, 'version', e.version, 'is_active', e.is_active, 'deleted', e.deleted,
      'target', e.target, 'verify', e.ssl_cert_verification, 'secret', e.secret, 'old_secret', e.old_secret,
      'old_until', extract(epoch from e.old_secret_until) * 1000, 'rate', e.rate_limit,
      'concurrency', e.concurrency, 'standard_headers', e.standard_headers, 'spans', (
        select json_agg(json_build_object('since', s.since, 'until', s.until, 'types', s.types) order by s.since)
        from webhook_span s where s.endpoint_id = e.id)) as endpoint
    from webhook_endpoint e where e.version > ${$.since}
  ) e on true`,
})

const findingVersion = statement({
  name: 'delivery: version of the subscriptions',
  takes: {},
  gives: { version: 'int' },
  sql: () => 'select version from webhook_listening',
})

/** The present version of the subscriptions. */
export const readVersion = async (db: Db): Promise<number> => (await findingVersion.row(db, {}))?.version ?? 0

// Thousands of endpoints are subscribed to the same few sets of types.
const sets = new Map<string, Set<string>>()
function setOf(types: string[]): Set<string> {
  const key = [...types].sort().join(' ')
  const kept = sets.get(key) ?? new Set(types)
  if (sets.size > 10_000) sets.clear()
  sets.set(key, kept)
  return kept
}

/** The endpoints that have changed since a version of the subscriptions. A deleted one comes as its id alone. */
export async function loadReceivers(
  db: Db,
  since: number,
): Promise<{ changed: Receiver[]; deleted: number[]; version: number }> {
  const all = await loading.rows(db, { since })
  const rows = all.flatMap(({ endpoint }) => (endpoint as Row | null) ?? [])
  return {
    version: all[0]?.version ?? 0,
    changed: rows.filter((row) => !row.deleted).map(toReceiver),
    deleted: rows.filter((row) => row.deleted).map((row) => row.id),
  }
}

function toReceiver(row: Row): Receiver {
  const url = new URL(row.target)
  const spans = (row.spans ?? []).map((span) => ({
    since: span.since,
    until: span.until ?? Number.POSITIVE_INFINITY,
    types: setOf(span.types),
  }))
  const secrets = [{ secret: row.secret, until: Number.POSITIVE_INFINITY }]
  if (row.old_secret) secrets.push({ secret: row.old_secret, until: row.old_until ?? 0 })
  return {
    id: row.id,
    version: row.version,
    active: row.is_active,
    target: row.target,
    origin: url.origin,
    path: `${url.pathname}${url.search}`,
    verify: row.verify,
    secrets,
    standardHeaders: row.standard_headers,
    rate: row.rate,
    concurrency: row.concurrency,
    spans,
    types: setOf(spans.flatMap((span) => [...span.types])),
  }
}
