// Whether members hide each other. The SQL reads a row of relation, from the viewer's side.

/**
 * SQL of whether the viewer hides the other.
 * @param r the row's alias, with its dot; nothing if the row has none
 */
export const hidesSql = (r = '') => `${r}hidden_place is not null`

/** SQL of whether one of the two hides the other; null if there is no row. */
export const hiddenSql = (r = '') => `(${r}hidden_place is not null or ${r}hidden_by)`

/** The same, but false if there is no row. */
export const hiddenOrNotSql = (r = '') => `coalesce(${r}hidden_place is not null or ${r}hidden_by, false)`

/** SQL of whether a member is not hidden from the viewer, either way; nothing is hidden from a visitor. */
export const seenMemberSql = (viewer: string, member: string) =>
  `not exists (select from relation h where h.member_id = ${viewer} and h.other_id = ${member} and ${hiddenSql('h.')})`

/** SQL of whether the viewer moderates. Read once per statement, however many rows it reads. */
export const moderatesSql = (viewer: string) => `exists (select from users m
  where m.id = ${viewer} and m.status = 'a' and m.role in ('admin', 'moderator'))`
