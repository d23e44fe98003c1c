/**
 * SQL that tells events: an `insert` to be used as a CTE of the statement that makes the change, so that the two
 * commit together or not at all. The body is rendered here, once; it is what will be sent, byte for byte.
 *
 * The transaction's id is taken before the event's: whoever waits for a transaction then waits for its events. The
 * audience says which subscriptions held at that moment: an event reaches those who listened when it happened.
 *
 * Ids are given out only on the server that the log belongs to: one that took over from another, and may not have all
 * that was told there, first continues the log beyond it.
 *
 * @param source rows of (type text, data text: JSON as a view renders it), in the order they are to be told
 * @param now SQL of the moment, a timestamptz
 */
export const emitSql = (source: string, now: string) => `${telling}
  select event_id, type, ${now}, concat('{"event_id":', event_id, ',"type":"', type, '","created":',
      extract(epoch from ${now}::timestamptz), ',"data":', data, '}')::json, txid,
    (select version from webhook_listening where type = any(types))
  from (select pg_current_xact_id() as txid,
      case when (select check_event_source()) then nextval('event_id') end as event_id, type, data
    from (${source}) told offset 0) numbered`

const telling = 'insert into event (id, type, created, body, txid, audience)'

/** Whether a statement tells events. */
export const tells = (text: string) => text.includes(telling)
