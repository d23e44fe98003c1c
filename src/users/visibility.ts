import { usually } from '../platform/sql/usual.ts'

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

/** SQL of the ids of whom the viewer hides, and who hides them; of nobody for a visitor. */
export const hiddenIdsSql = (viewer: string) => `select h.other_id from relation h
  where h.member_id = ${viewer} and ${hiddenSql('h.')}`

/** SQL of whether nobody is hidden from the viewer, either way: so it usually is. */
export const nobodyHiddenSql = (viewer: string) => `not exists (${hiddenIdsSql(viewer)})`

/**
 * SQL of whether a member is not hidden from the viewer, either way. Whom that is is read once: with `not exists` a list
 * may be joined with them, and sorted, instead of followed in its order.
 */
export const seenMemberSql = (viewer: string, member: string) =>
  usually(viewer, [nobodyHiddenSql(viewer)], 'true', `${member} not in (${hiddenIdsSql(viewer)})`)

/**
 * SQL that joins the row of relation between a member and another, all of it null if there is none. It is looked up for each
 * row: otherwise PostgreSQL may read all that the member has, if members have few on average.
 * @param v what the row is called
 */
export const relationJoin = (member: string, other: string, v = 'v') => `left join lateral (
    select * from relation tied where tied.member_id = ${member} and tied.other_id = ${other} offset 0) ${v} on true`

/** SQL of whether the viewer moderates. Read once per statement, however many rows it reads. */
export const moderatesSql = (viewer: string) => `exists (select from users m
  where m.id = ${viewer} and m.status = 'a' and m.role in ('admin', 'moderator'))`
