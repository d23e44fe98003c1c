// Tells events at a steady pace, each in a transaction of its own, and wakes who delivers as a node of Kith does.
import { beginDelivery } from '../src/cli/begin-delivery.ts'
import { readConfig } from '../src/config.ts'
import { createLog } from '../src/log.ts'
import { type Database, openDatabase } from '../src/platform/db/database.ts'
import { emitSql } from '../src/platform/events/emit.ts'
import { pace } from './delivery-pace.ts'
import { answering } from './delivery-processes.ts'

export type TellerQuestion =
  | { do: 'open'; url: string }
  | { do: 'tell'; type: string; data: string; rate: number; seconds: number }

/** For each event: its id, when it was begun, and when its commit was acknowledged (ms, unix time). */
export type Told = Float64Array

const text = `with told as (${emitSql('select $1::text as type, $2::text as data', 'now()')} returning id) select id from told`

let db: Database | null = null

async function open(url: string): Promise<Database> {
  const connection = { url, size: 8 }
  const opened = openDatabase(connection, () => {})
  const store = { db: opened, connection, embedded: null, close: () => opened.close() }
  await beginDelivery({ ...readConfig({}), delivery: false }, store, await createLog('warn'))
  return opened
}

async function tell(on: Database, { type, data, rate, seconds }: TellerQuestion & { do: 'tell' }): Promise<Told> {
  const told: number[] = []
  await pace(rate, seconds, async (begun) => {
    const [row] = await on.query<{ id: number }>(text, [type, data])
    told.push(row?.id ?? 0, begun, performance.timeOrigin + performance.now())
  })
  return Float64Array.from(told)
}

answering<TellerQuestion>(async (question) => {
  if (question.do === 'open') db = await open(question.url)
  else if (db) return tell(db, question)
})
