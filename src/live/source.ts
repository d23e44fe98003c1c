import { eventSource, type Source, writersTo } from '../delivery/log/tail.ts'
import type { Db } from '../platform/db/database.ts'
import { statement } from '../platform/sql/statement.ts'
import type { Entry } from './telling.ts'

const reading = statement({
  name: 'live: read on in the signals',
  takes: { last: 'bigint', forward: 'bigint', lows: 'bigint[]', highs: 'bigint[]', batch: 'bigint' },
  gives: {
    ...{ id: 'bigint', kind: 'text', member: 'bigint', about: 'bigint', within: 'bigint' },
    ...{ created: 'float8', late: 'boolean' },
  },
  sql: ($) => `select id, kind, member_id as member, about_id as about, within_id as within,
      extract(epoch from created_at)::float8 as created, late
    from (
      (select s.*, true as late from unnest(${$.lows}, ${$.highs}) gap(low, high) cross join lateral (
        select * from signal where id between gap.low and gap.high order by id limit ${$.batch}) s
        order by id limit ${$.batch})
      union all
      (select *, false from signal where id > ${$.last} order by id limit ${$.forward})
    ) s order by id`,
})

/** The signals as a source. */
export const signals: Source<Entry> = {
  async read(db, { types: _, ...asked }) {
    const rows = await reading.rows(db, asked)
    return {
      rows: rows.map(({ id, kind, member, about, within, created, late }) => {
        const data = { member_id: member, about_id: about, within_id: within }
        return { id, late, entry: { id, type: kind, created, data } }
      }),
      version: 0,
    }
  },
  writers: writersTo('signal'),
}

/** The event log as a source, beside its other readers. */
export const events: Source<Entry> = eventSource(({ id, type, body }) => {
  const { created, data } = JSON.parse(body as string)
  return { id, type, created, data }
}, true)

/**
 * Missing ids this far back may belong to a transaction still running when reading begins; it is told when it
 * commits.
 */
const underWay = 1_000

const findingEnds = statement({
  name: 'live: where the logs end',
  takes: {},
  gives: { events: 'bigint', signals: 'bigint', there: 'bigint[]', signalled: 'bigint[]' },
  sql: () => {
    const end = (log: string) => `coalesce((select max(id) from ${log}), 0)`
    const last = (log: string) => `array(select id from ${log} where id > ${end(log)} - ${underWay})`
    return `select ${end('event')} as events, ${end('signal')} as signals, ${last('event')} as there,
      ${last('signal')} as signalled`
  },
})

/** The last ids of both logs, and the ids before them that are missing. */
export async function findEnds(db: Db) {
  const row = await findingEnds.row(db, {})
  if (!row) throw new Error('The logs have an end')
  return { events: positionOf(row.events, row.there), signals: positionOf(row.signals, row.signalled) }
}

function positionOf(last: number, there: number[]): { last: number; missing: [number, number][] } {
  const missing: [number, number][] = []
  let next = Math.max(1, last - underWay + 1)
  for (const id of there.sort((a, b) => a - b)) {
    if (id > next) missing.push([next, id - 1])
    next = id + 1
  }
  return { last, missing }
}
