import type { Database, Db } from '../platform/db/database.ts'
import { notFound } from '../platform/errors.ts'
import { statement } from '../platform/sql/statement.ts'
import type { Subscription } from './inputs.ts'

/** The columns of an endpoint that acts change. */
export type Columns = {
  is_active: boolean
  target: string
  description: string
  events: Subscription[]
  ssl_cert_verification: boolean
  secret: string
  old_secret: string | null
  old_secret_until: string | null
  rate_limit: number | null
  concurrency: number | null
  standard_headers: boolean
  deleted: boolean
}

const columns = `is_active, target, description, events, ssl_cert_verification, secret, old_secret, old_secret_until,
  rate_limit, concurrency, standard_headers, deleted`

export const noEndpoint = () => notFound('No webhook endpoint has this id.')

const locking = statement({
  name: 'webhooks: lock',
  takes: {},
  gives: { version: 'int' },
  sql: () => 'select version from webhook_listening for update',
})

/**
 * Locks all endpoints for a change of one: the row of webhook_listening is the lock, so changes come one after the
 * other.
 */
export async function lockEndpoints<T>(db: Database, work: (tx: Db) => Promise<T>): Promise<T> {
  const done = await db.transaction(async (tx) => {
    await locking.rows(tx, {})
    return work(tx)
  })
  db.wake()
  return done
}

const advancing = statement({
  name: 'webhooks: begin a version',
  takes: {},
  gives: { version: 'int' },
  sql: () => 'update webhook_listening set version = version + 1 returning version',
})

/** Begins a version of the subscriptions. Every event from its commit on carries it. */
export async function nextVersion(tx: Db): Promise<number> {
  const row = await advancing.row(tx, {})
  return (row as { version: number }).version
}

const sortedTypes = `array(select each ->> 'type' from json_array_elements(w.events) each order by 1)`
const listens = 'w.is_active and not w.deleted'

const endingSpan = statement({
  name: 'webhooks: end a span',
  takes: { id: 'bigint', version: 'int' },
  gives: {},
  sql: ($) => `update webhook_span s set until = ${$.version} from webhook_endpoint w
    where s.endpoint_id = ${$.id} and s.until is null and w.id = ${$.id}
      and not (${listens} and s.types = ${sortedTypes})`,
})

const beginningSpan = statement({
  name: 'webhooks: begin a span',
  takes: { id: 'bigint', version: 'int' },
  gives: {},
  sql: ($) => `insert into webhook_span (endpoint_id, since, types)
    select w.id, ${$.version}, ${sortedTypes} from webhook_endpoint w
    where w.id = ${$.id} and ${listens}
      and not exists (select from webhook_span s where s.endpoint_id = ${$.id} and s.until is null)`,
})

const collectingTypes = statement({
  name: 'webhooks: collect the types listened to',
  takes: {},
  gives: {},
  sql: () => `update webhook_listening set types = array(
    select distinct type from webhook_span, unnest(types) type where until is null order by 1)`,
})

const keepingTarget = statement({
  name: 'webhooks: keep where an endpoint is',
  takes: { id: 'bigint', version: 'int' },
  gives: {},
  sql: ($) => `insert into webhook_target (endpoint_id, version, target)
    select w.id, ${$.version}, w.target from webhook_endpoint w
    where w.id = ${$.id} and w.target is distinct from (
      select target from webhook_target where endpoint_id = ${$.id} order by version desc limit 1)`,
})

/**
 * Brings the spans of an endpoint in line with its row: at this version an open span that no longer holds ends, and a
 * missing one begins. Then updates the types that any endpoint listens to, and the endpoint's target as attempts show it.
 */
export async function updateSpans(tx: Db, id: number, version: number): Promise<void> {
  await endingSpan.rows(tx, { id, version })
  await beginningSpan.rows(tx, { id, version })
  await collectingTypes.rows(tx, {})
  await keepingTarget.rows(tx, { id, version })
}

const reading = statement({
  name: 'webhooks: columns of an endpoint',
  takes: { id: 'bigint' },
  gives: {
    ...{ is_active: 'boolean', target: 'text', description: 'text', events: 'json', ssl_cert_verification: 'boolean' },
    ...{ secret: 'text', old_secret: 'text?', old_secret_until: 'timestamptz?' },
    ...{ rate_limit: 'int?', concurrency: 'int?', standard_headers: 'boolean', deleted: 'boolean' },
  },
  sql: ($) => `select ${columns} from webhook_endpoint where id = ${$.id} and not deleted`,
})

const changing = statement({
  name: 'webhooks: change columns of an endpoint',
  takes: { id: 'bigint', version: 'int', now: 'timestamptz', changes: 'json' },
  gives: {},
  // A column that `changes` does not name stays as it is.
  sql: ($) => `update webhook_endpoint w set version = ${$.version}, updated_at = ${$.now},
      (${columns}) = (select ${columns} from json_populate_record(w, ${$.changes}))
    where w.id = ${$.id}`,
})

/**
 * Changes an endpoint, under the lock of `lockEndpoints`.
 * @param decide given the present endpoint, returns the columns to set; a column with the same value is no change
 * @returns whether anything changed
 */
export async function changeRow(
  tx: Db,
  id: number,
  now: Date,
  decide: (row: Columns) => Partial<Columns>,
): Promise<boolean> {
  const row = (await reading.row(tx, { id })) as Columns | undefined
  if (!row) throw noEndpoint()
  const changes = Object.entries(decide(row)).filter(
    ([name, value]) => JSON.stringify(row[name as keyof Columns]) !== JSON.stringify(value),
  )
  if (!changes.length) return false
  const version = await nextVersion(tx)
  await changing.rows(tx, { id, version, now, changes: Object.fromEntries(changes) })
  await updateSpans(tx, id, version)
  return true
}
