import type { Database } from '../platform/db/database.ts'
import { statement } from '../platform/sql/statement.ts'

// Runs in the delivery thread, so it loads no more than that needs.

/** Which events: those whose last attempt failed, those never attempted, or all. */
export const recoveryKinds = ['failed', 'missed', 'all'] as const
export type RecoveryKind = (typeof recoveryKinds)[number]

/** Largest number of ended recoveries that are kept per endpoint. */
const maxEnded = 100

/** SQL of the first day whose attempts are kept. Earlier events that the endpoint listened to count as attempted. */
const keptSince = `(select min(to_date(right(relid::regclass::text, 8), 'YYYYMMDD'))
  from pg_partition_tree('webhook_attempt') where relid::regclass::text ~ '_\\d{8}$')`

const queueing = statement({
  name: 'webhooks: queue what a recovery finds',
  // `since` and `first` are moments as PostgreSQL wrote them: a Date would lose their microseconds.
  takes: {
    ...{ endpoint: 'bigint', position: 'bigint', last: 'bigint' },
    ...{ since: 'text', first: 'text', now: 'timestamptz' },
  },
  gives: { n: 'int' },
  variants: () => recoveryKinds.map((kind) => ({ kind })),
  sql($, { kind }) {
    // The events looked at are those after `position`, up to `last`.
    const lookedAt = (event: string) => `${event} > ${$.position} and ${event} <= ${$.last}`
    /** The endpoint was subscribed to the event when it happened: its lane delivers it, or has done so. */
    const listened = `exists (select from webhook_span s where s.endpoint_id = ${$.endpoint} and e.audience >= s.since
      and (s.until is null or e.audience < s.until) and e.type = any(s.types))`
    const owed = `(${listened} and (e.id > l.position or e.id <@ l.holes))`
    const wanted = `e.type in (select each ->> 'type' from json_array_elements(w.events) each)`
    // The sum keeps PostgreSQL from the index of all attempts of the endpoint: only the blocks with these events
    // should be read.
    const attempts = `select a.event_id, a.code, a.sent_at, a.id from webhook_attempt a
      where a.endpoint_id + 0 = ${$.endpoint} and ${lookedAt('a.event_id')}
        and a.sent_at >= ${$.first}::timestamptz - interval '1 hour'`
    const found = {
      failed: {
        with: `last as materialized (
          select distinct on (event_id) event_id, code from (${attempts}) a order by event_id, sent_at desc, id desc
        ), failed as materialized (select event_id from last where code between 200 and 299 is not true), `,
        where: 'e.id in (select event_id from failed)',
      },
      missed: {
        with: `attempted as materialized (${attempts}), `,
        where: `${wanted} and not ${owed} and e.id not in (select event_id from attempted)
          and not (${listened} and e.created < ${keptSince})`,
      },
      all: { with: '', where: `${wanted} and not ${owed}` },
    }[kind]
    return `with ${found.with}queued as (
      insert into webhook_delivery (endpoint_id, event_id, replay, run, attempts, due_at)
      select ${$.endpoint}, e.id, true, 1, 0, ${$.now} from event e, webhook_endpoint w, webhook_lane l
      where ${lookedAt('e.id')} and e.created >= ${$.since}::timestamptz and w.id = ${$.endpoint}
        and l.endpoint_id = ${$.endpoint} and ${found.where}
        and not exists (select from webhook_delivery d
          where d.endpoint_id = ${$.endpoint} and d.event_id = e.id and ${lookedAt('d.event_id')})
      order by e.id on conflict do nothing returning 1
    )
    select count(*)::int as n from queued`
  },
})

const locking = statement({
  name: 'webhooks: lock the oldest recovery',
  takes: { endpoint: 'bigint' },
  gives: { id: 'bigint', kind: 'text', since: 'timestamptz', position: 'bigint', until: 'bigint' },
  sql: ($) => `select id, kind, since, position, until from webhook_recovery
    where endpoint_id = ${$.endpoint} order by id limit 1 for update`,
})

const nextEvents = statement({
  name: 'webhooks: next events of a recovery',
  takes: { position: 'bigint', until: 'bigint', batch: 'bigint' },
  gives: { n: 'int', last: 'bigint?', first: 'timestamptz?' },
  sql: ($) => `select count(*)::int as n, max(id) as last, min(created) as first from (
    select id, created from event where id > ${$.position} and id <= ${$.until} order by id limit ${$.batch}) e`,
})

const ending = statement({
  name: 'webhooks: end a recovery',
  takes: { id: 'bigint', queued: 'bigint', now: 'timestamptz' },
  gives: {},
  sql: ($) => `with gone as (
      delete from webhook_recovery where id = ${$.id} returning *
    ), oldest as (
      select e.id from webhook_recovery_ended e, gone where e.endpoint_id = gone.endpoint_id
      order by e.id desc offset ${maxEnded - 1} limit 1
    ), forgotten as (
      delete from webhook_recovery_ended e using oldest, gone
      where e.endpoint_id = gone.endpoint_id and e.id <= oldest.id
    )
    insert into webhook_recovery_ended (id, endpoint_id, kind, created_at, since, until, queued, ended_at)
    select id, endpoint_id, kind, created_at, since, until, queued + ${$.queued}, ${$.now} from gone`,
})

const advancing = statement({
  name: 'webhooks: advance a recovery',
  takes: { id: 'bigint', last: 'bigint', queued: 'bigint' },
  gives: {},
  sql: ($) => `update webhook_recovery set position = ${$.last}, queued = queued + ${$.queued} where id = ${$.id}`,
})

const remaining = statement({
  name: 'webhooks: whether a recovery is under way',
  takes: { endpoint: 'bigint' },
  gives: { id: 'bigint' },
  sql: ($) => `select id from webhook_recovery where endpoint_id = ${$.endpoint} limit 1`,
})

/**
 * Looks at the next events of an endpoint's oldest recovery under way, and queues those that apply.
 * @param batch number of events
 * @returns how many were queued, and whether no recovery of this endpoint is left
 */
export function continueRecovery(
  db: Database,
  endpoint: number,
  batch: number,
  now: Date,
): Promise<{ queued: number; done: boolean }> {
  return db.transaction(async (tx) => {
    const recovery = await locking.row(tx, { endpoint })
    let queued = 0
    if (recovery) {
      const { id, kind, since, position, until } = recovery
      const next = await nextEvents.row(tx, { position, until, batch })
      const { n, last, first } = next as { n: number; last: number; first: string }
      if (n) {
        await tx.query('set local enable_seqscan = off')
        const values = { endpoint, position, last, since, first, now }
        const made = await queueing.row(tx, values, { kind: kind as RecoveryKind })
        queued = made?.n ?? 0
      }
      if (n < batch) await ending.rows(tx, { id, queued, now })
      else await advancing.rows(tx, { id, last, queued })
    }
    const left = await remaining.row(tx, { endpoint })
    return { queued, done: !left }
  })
}
