import { setTimeout as sleep } from 'node:timers/promises'
import { makeDays } from '../src/delivery/attempts/days.ts'
import { channel } from '../src/delivery/channel.ts'
import { type Database, openDatabase } from '../src/platform/db/database.ts'
import { emitRows } from '../src/platform/events/emit.ts'
import { eventTypes } from '../src/webhooks/event-types.ts'
import { createDatabase, fillCommunity } from './community.ts'
import { signingSecret } from './delivery-processes.ts'
import { startKith } from './servers.ts'
import { createTokenBook } from './sources.ts'

export type At = { host: string; port: number; user: string }

/** The type of the events told here. */
export const type = 'connection_request.created'

/** A database of a few members, to make others from, and the `data` of an event as Kith renders it. */
export type Mould = { name: string; data: string }

export const members = 400

/** The community is small: what it holds is of no account to who delivers. */
export async function createMould(dir: string, at: At): Promise<Mould> {
  const name = 'mould'
  const url = await createDatabase(at, name)
  const scale = { members, friendships: 400, probes: 10, received: 5, sent: 5, crowd: 0, events: 0 }
  const { db } = await fillCommunity(url, scale, () => {})
  // Two members with half of a profile, as most are.
  const [from, to] = [201, 301]
  await db.query(
    `update users set cover = null, avatar = null, website = '', description = '', location_lat_lng = '', position_lat_lng = '',
       bio = left(bio, 34) where id = any($1)`,
    [[from, to]],
  )
  await db.query('update webhook_listening set types = $1', [[type]])
  const kith = await startKith(dir, url)
  const tokens = await createTokenBook([from])
  const response = await fetch(`http://127.0.0.1:${kith.port}/api/v2/user/${to}/connection/request/`, {
    method: 'POST',
    headers: { authorization: `Bearer ${tokens.get(from)}` },
  })
  if (!response.ok) throw new Error(`The event could not be made: ${await response.text()}`)
  await kith.stop()
  const [row] = await db.query<{ data: string }>(
    `select substring(body::text from position(',"data":' in body::text) + 8) as data from event order by id desc limit 1`,
  )
  await db.query('delete from event')
  await db.query(`update webhook_listening set types = '{}'`)
  await db.close()
  return { name, data: (row as { data: string }).data.slice(0, -1) }
}

/** A database of its own, made from the mould, with this process's connection to it. */
export async function castDatabase(at: At, mould: Mould, name: string): Promise<{ url: string; db: Database }> {
  const root = openDatabase({ ...at, database: 'postgres', size: 1 }, () => {})
  await root.query(`create database ${name} template ${mould.name}`)
  await root.close()
  const url = `postgres://${at.user}@localhost:${at.port}/${name}?host=${encodeURIComponent(at.host)}`
  const db = openDatabase({ url, size: 4, session: { statement_timeout: '0' } }, () => {})
  await makeDays(db, [Date.now(), Date.now() + 86_400_000])
  return { url, db }
}

export const dropDatabase = async (at: At, name: string) => {
  const root = openDatabase({ ...at, database: 'postgres', size: 1 }, () => {})
  await root.query(`drop database ${name} with (force)`)
  await root.close()
}

/**
 * Subscribes receivers on these ports, all at once: what POST /api/v2/webhook/endpoint/ writes for each.
 * @returns their ids, in the order of the ports
 */
export async function subscribe(db: Database, ports: number[], types: readonly string[] = [type]): Promise<number[]> {
  const targets = ports.map((port) => `http://127.0.0.1:${port}/hooks`)
  return db.transaction(async (tx) => {
    const rows = await tx.query<{ id: number }>(
      `with version as (
        update webhook_listening w set version = version + 1,
          types = array(select distinct unnest(w.types || $2::text[]) order by 1) returning version
      ), made as (
        insert into webhook_endpoint (created_at, updated_at, is_active, target, description, events,
          ssl_cert_verification, secret, version)
        select now(), now(), true, target, '', (select json_agg(json_build_object('type', type, 'added_at', now())) from unnest($2) type),
          true, $3, version from unnest($1::text[]) with ordinality t(target, n), version order by n
        returning id, version
      ), lanes as (
        insert into webhook_lane (endpoint_id, position)
        select id, case when is_called then last_value else 0 end from made, event_id
      ), spans as (
        insert into webhook_span (endpoint_id, since, types) select id, version, array(select unnest($2) order by 1) from made
      )
      select id from made order by id`,
      [targets, [...types].sort(), signingSecret],
    )
    return rows.map(({ id }) => id)
  })
}

export const allTypes: readonly string[] = eventTypes

export const tellText = emitRows('now()', 'select $1::text as type, $2::text as data from generate_series(1, $3::int)')

/**
 * Tells so many events in one transaction, as if they had happened while nobody delivered.
 * @param ready called when all are written and nobody sees them yet
 */
export async function tellMany(db: Database, n: number, data: string, ready: () => void = () => {}): Promise<void> {
  await db.transaction(async (tx) => {
    await tx.query(tellText, [type, data, n])
    ready()
  })
  await wake(db)
}

/** Lets those that deliver know, as Kith does after a commit. */
export const wake = (db: Database) => db.query('select pg_notify($1, $2)', [channel, ''])

/** Waits until every lane is driven by somebody. */
export async function lanesTaken(db: Database): Promise<void> {
  for (;;) {
    const [row] = await db.query<{ free: number }>(
      'select count(*) filter (where owner is null)::int as free from webhook_lane',
    )
    if (row?.free === 0) return
    await sleep(20)
  }
}

/** Attempts written down so far. */
export async function attempts(db: Database): Promise<number> {
  const [row] = await db.query<{ n: number }>('select sum(attempts)::int as n from webhook_lane')
  return row?.n ?? 0
}

/** Waits until so many attempts are written down. */
export async function written(db: Database, n: number): Promise<void> {
  while ((await attempts(db)) < n) await sleep(5)
}
