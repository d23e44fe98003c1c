import type { EventDeclaration } from './declare.ts'

/** A declared event, SQL of its data as a view renders it, and the rows it is emitted for, from `from` on. */
export type Emitted = [event: EventDeclaration, data: string, from: string]

/**
 * SQL that emits events: an `insert` to be used as a CTE of the statement that makes the change, so that the two
 * commit together or not at all. The body is rendered here, once; it is what will be sent, byte for byte.
 *
 * The transaction's id is taken before the event's: a reader that waits for a transaction then waits for its events. The
 * audience says which subscriptions held at that moment: an event reaches those who listened when it happened.
 *
 * Ids are given out only on the server that the log belongs to: one that took over from another, and may not have all
 * that happened there, first continues the log beyond it.
 *
 * @param now SQL of the moment, a timestamptz
 * @param events in the order they are emitted in
 */
export const emit = (now: string, ...events: Emitted[]) =>
  emitRows(
    now,
    events.map(([{ type }, data, from]) => `select '${type}' as type, ${data} as data ${from}`).join(' union all '),
  )

/** The same of rows (type text, data text), where rows say for themselves which declared event they are. */
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
