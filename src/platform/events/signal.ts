const signalling = 'insert into signal (id, kind, member_id, about_id, within_id, created_at)'

/**
 * SQL that tells the open pages of members something that is no event, because it concerns them alone: an `insert`,
 * used as a CTE of the statement that makes the change. It holds ids only. What pages show is read later, if it still
 * exists.
 *
 * @param now SQL of the moment, a timestamptz
 * @param kind a word for what has happened
 * @param rows SQL of rows (member_id, about_id, within_id)
 */
export const signal = (now: string, kind: string, rows: string) => `${signalling}
  select case when (select check_event_source()) then nextval('signal_id') end, '${kind}', member_id, about_id, within_id, ${now}
  from (${rows}) signalled`

/** Whether a statement writes signals. */
export const signals = (text: string) => text.includes(signalling)
