// The statuses of members: a (approved) and b (blocked) are here; d and u have left, softly or for good; w wait to be
// admitted, and appear nowhere yet.

/**
 * SQL of whether the member is here, blocked or not.
 * @param u the alias of their row, with its dot; nothing if the row has none
 */
export const activeSql = (u = '') => `${u}status in ('a', 'b')`

/** SQL of whether the member has left, softly or for good. */
export const leftSql = (u = '') => `${u}status in ('d', 'u')`

/** Whether a member with this status is here, blocked or not. */
export const isActive = (status: string | null | undefined): status is 'a' | 'b' => status === 'a' || status === 'b'
