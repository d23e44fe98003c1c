import type { Database, Db } from '../platform/db/database.ts'
import { notFound } from '../platform/errors.ts'
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

export const noEndpoint = () => notFound('There is no webhook endpoint of this id.')

/** Runs a change of endpoints in its turn: the row of webhook_listening is the lock, so they come one after the other. */
export async function inTurn<T>(db: Database, work: (tx: Db) => Promise<T>): Promise<T> {
  const done = await db.transaction(async (tx) => {
    await tx.query('select version from webhook_listening for update')
    return work(tx)
  })
  db.wake()
  return done
}

/** Begins a version of what is listened to. Whatever is told from its commit on is told under it. */
export async function nextVersion(tx: Db): Promise<number> {
  const [row] = await tx.query<{ version: number }>(
    'update webhook_listening set version = version + 1 returning version',
  )
  return (row as { version: number }).version
}

const sortedTypes = `array(select each ->> 'type' from json_array_elements(w.events) each order by 1)`
const listens = 'w.is_active and not w.deleted'

/**
 * Brings the spans of an endpoint in line with its row: at this version the open one ends unless it still holds, and
 * another begins where there is none. Then says anew which types anybody listens to.
 */
export async function settleSpans(tx: Db, id: number, version: number): Promise<void> {
  await tx.query(
    `update webhook_span s set until = $2 from webhook_endpoint w
     where s.endpoint_id = $1 and s.until is null and w.id = $1 and not (${listens} and s.types = ${sortedTypes})`,
    [id, version],
  )
  await tx.query(
    `insert into webhook_span (endpoint_id, since, types)
     select w.id, $2, ${sortedTypes} from webhook_endpoint w
     where w.id = $1 and ${listens} and not exists (select from webhook_span s where s.endpoint_id = $1 and s.until is null)`,
    [id, version],
  )
  await tx.query(
    `update webhook_listening set types = array(
       select distinct type from webhook_span, unnest(types) type where until is null order by 1)`,
  )
}

/**
 * Changes an endpoint. To be called in turn.
 * @param decide given the endpoint as it stands, says what is to be set; what is so already is no change
 * @returns whether anything changed
 */
export async function changeRow(
  tx: Db,
  id: number,
  now: Date,
  decide: (row: Columns) => Partial<Columns>,
): Promise<boolean> {
  const [row] = await tx.query<Columns>(
    `select is_active, target, description, events, ssl_cert_verification, secret, old_secret, old_secret_until,
       rate_limit, concurrency, standard_headers, deleted from webhook_endpoint where id = $1 and not deleted`,
    [id],
  )
  if (!row) throw noEndpoint()
  const changes = Object.entries(decide(row)).filter(
    ([name, value]) => JSON.stringify(row[name as keyof Columns]) !== JSON.stringify(value),
  )
  if (!changes.length) return false
  const version = await nextVersion(tx)
  await tx.query(
    `update webhook_endpoint set version = $2, updated_at = $3${changes.map(([name], i) => `, ${name} = $${i + 4}`).join('')}
     where id = $1`,
    [
      id,
      version,
      now.toISOString(),
      ...changes.map(([name, value]) => (name === 'events' ? JSON.stringify(value) : value)),
    ],
  )
  await settleSpans(tx, id, version)
  return true
}
