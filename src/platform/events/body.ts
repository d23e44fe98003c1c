/** SQL of the members who are being erased. */
const members = 'array(select member_id from erasure)'

/**
 * SQL of the body of an event as it may be read: without what it says of members who are being erased. Whoever reads the
 * log reads it by this.
 * @param body the column
 */
export const bodySql = (body: string) =>
  `case when exists (select from erasure) then without_members(${body}, ${members}) else ${body} end`

/** SQL: whether an event names a member who is being erased. */
export const namesErasedSql = (body: string) => `(exists (select from erasure) and names_members(${body}, ${members}))`
