// What one member is to another as far as hiding goes. The SQL reads a row of relation, seen from the one who looks.

/**
 * SQL: the one who looks hides the other.
 * @param r the row's alias, with its dot; nothing where the row has none
 */
export const hidesSql = (r = '') => `${r}hidden_place is not null`

/** SQL: one of the two hides the other; null where there is no row. */
export const hiddenSql = (r = '') => `(${r}hidden_place is not null or ${r}hidden_by)`

/** SQL: the same, and false where there is no row. */
export const hiddenOrNotSql = (r = '') => `coalesce(${r}hidden_place is not null or ${r}hidden_by, false)`

/** SQL: the member is not hidden from the one who looks, either way; nothing is hidden from a visitor. */
export const seenMemberSql = (viewer: string, member: string) =>
  `not exists (select from relation h where h.member_id = ${viewer} and h.other_id = ${member} and ${hiddenSql('h.')})`

/** SQL: the viewer moderates. Asked once for a statement, however many rows it reads. */
export const moderatesSql = (viewer: string) => `exists (select from users m
  where m.id = ${viewer} and m.status = 'a' and m.role in ('admin', 'moderator'))`
