import type { EventDeclaration } from './declare.ts'

/** A declared event, SQL of its data as a view renders it, and the rows it is emitted for, starting with `from`. */
export type Emitted = [event: EventDeclaration, data: string, from: string]

/**
 * SQL that emits events: an `insert`, used as a CTE of the statement that makes the change, so that both commit
 * together or not at all. The body is rendered here, once; it is sent byte for byte.
 *
 * The id of the transaction is taken before the event's: a reader that waits for a transaction then waits for its
 * events. The audience holds the subscriptions of that moment: an event reaches those who listened when it happened.
 *
 * Ids are given out only on the server that the log belongs to. A server that took over, and may lack events, first
 * continues the log beyond them.
 *
 * @param now SQL of the moment, a timestamptz
 * @param events in the order they are emitted
 */
export const emit = (now: string, ...events: Emitted[]) =>
  emitRows(
    now,
    events.map(([{ type }, data, from]) => `select '${type}' as type, ${data} as data ${from}`).join(' union all '),
  )

/** The same for rows (type text, data text), each of which names its declared event. */
export const emitRows = (now: string, rows: string) => `${emitting}
  select event_id, type, ${now}, concat('{"event_id":', event_id, ',"type":"', type, '","created":',
      extract(epoch from ${now}::timestamptz), ',"data":', data, '}')::json, txid,
    (select version from webhook_listening where type = any(types))
  from (select pg_current_xact_id() as txid,
      case when (select check_event_source()) then nextval('event_id') end as event_id, type, data
    from (${rows}) emitted offset 0) numbered`

const emitting = 'insert into event (id, type, created, body, txid, audience)'

/** Whether a statement emits events. */
export const emits = (text: string) => text.includes(emitting)
