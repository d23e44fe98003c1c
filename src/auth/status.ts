// Of the statuses of a member, a (approved) and b (blocked) are of those who are here; d and u of those who have left; w of
// those who wait to be let in, and are nowhere yet.

/**
 * SQL: the member is here, blocked or not.
 * @param u the alias of their row, with its dot; nothing where the row has none
 */
export const activeSql = (u = '') => `${u}status in ('a', 'b')`

/** SQL: the member has left, softly or for good. */
export const leftSql = (u = '') => `${u}status in ('d', 'u')`

/** Whether a member of this status is here, blocked or not. */
export const isActive = (status: string | null | undefined): status is 'a' | 'b' => status === 'a' || status === 'b'
