/** SQL of the members whom the log still names. */
const erasing = 'select member_id from erasure where done is null'

/**
 * SQL of the body of an event as it may be read: without what it says of members who are being erased. Every reader
 * of the log uses it.
 * @param body the column
 */
export const bodySql = (body: string) =>
  `case when exists (${erasing}) then without_members(${body}, array(${erasing})) else ${body} end`

/** SQL: whether an event names a member who is being erased. */
export const namesErasedSql = (body: string) => `(exists (${erasing}) and names_members(${body}, array(${erasing})))`
