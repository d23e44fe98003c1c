import type { Db } from '../platform/db/database.ts'
import { statement } from '../platform/sql/statement.ts'
import type { Leaving } from '../slice.ts'
import { circleKeptSql, isForByIdSql, isForSql, keptFromSql } from '../users/addressed.ts'
import { hiddenOrNotSql, hiddenSql, hidesSql, moderatesSql } from '../users/visibility.ts'

// Who sees whose contributions, and whose comments: of two members of whom one hides the other neither sees the other's; those
// who moderate go on seeing what is of members who hide them. Nobody sees what is of members they hid until these left, nor
// what is of members who are being erased, nor what is addressed to others. And nobody is shown in lists what they have hidden
// by itself. Every list, feed, count, search, address and notice asks here (docs/decisions/0105-who-sees-whose-contributions.md).

/** SQL: the row r of relation keeps its member from seeing what the other writes. */
const apartSql = (viewer: string, r = '') => `${hiddenSql(r)} and (${hidesSql(r)} or not ${moderatesSql(viewer)})`

/**
 * SQL of the authors of whom the viewer sees nothing, for what compares many rows with them, or subtracts what is theirs.
 * @param viewer SQL of the id of the member who looks, null for a visitor
 */
export const unseenAuthors = (viewer: string) =>
  `select other_id from relation where member_id = ${viewer} and ${apartSql(viewer)}
  union all select author_id from hidden_author where member_id = ${viewer}
  union all select member_id from erasure`

/** SQL of a CTE of these, for statements that ask for them more than once, and of the ids in it. */
export const unseenCte = (viewer: string) => `unseen as materialized (${unseenAuthors(viewer)})`
export const unseenHere = 'select other_id from unseen'

/** SQL: the viewer sees what the author of c writes; for what reads few rows: three look-ups for each. */
export const authorSeenSql = (c: string, viewer: string) => `not exists (select from relation h
    where h.member_id = ${viewer} and h.other_id = ${c}.author_id and ${apartSql(viewer, 'h.')})
  and not exists (select from hidden_author h where h.member_id = ${viewer} and h.author_id = ${c}.author_id)
  and not exists (select from erasure e where e.member_id = ${c}.author_id)`

/**
 * SQL: authors are seen, as above, for what reads many rows: they are compared with all who are not.
 * @param unseen SQL of their ids, where the statement has them
 */
export const authorAmongSeenSql = (x: string, viewer: string, unseen = unseenAuthors(viewer)) =>
  `${x}.author_id not in (${unseen})`

/** SQL: the viewer has not hidden this one contribution, which x names with its kind. A look-up for each row. */
export const notHiddenSql = (x: string, viewer: string, id: string) => `not coalesce((select h.hidden from mark h
  where h.target_id = ${id} and h.member_id = ${viewer} and h.kind = ${x}.kind), false)`

/**
 * SQL: this one contribution is not addressed to others, and the viewer has not hidden it. Two look-ups for each row, whatever
 * is estimated.
 * @param x a row that names it, with its kind
 * @param id SQL of its id
 */
const notKeptSql = (x: string, viewer: string, id = `${x}.id`) =>
  `${isForByIdSql(id, viewer)} and ${notHiddenSql(x, viewer, id)}`

/** SQL: the same of a row of contribution, which says itself whom it is addressed to. */
const rowNotKeptSql = (x: string, viewer: string) => `${isForSql(x, viewer)} and ${notHiddenSql(x, viewer, `${x}.id`)}`

/** SQL: lists show the viewer the contribution that x names, if they show it to anybody. */
export const seenSql = (x: string, viewer: string, id = `${x}.id`) =>
  `${authorAmongSeenSql(x, viewer)} and ${notKeptSql(x, viewer, id)}`

/** SQL: the same of a row of contribution: what is addressed to others is passed over as fast as can be. */
export const rowSeenSql = (x: string, viewer: string) =>
  `${authorAmongSeenSql(x, viewer)} and ${rowNotKeptSql(x, viewer)}`

/**
 * SQL of how many of those that are counted the viewer does not see: all of some authors; of the others those that are
 * addressed to others, and those that they have hidden by themselves.
 * @param unseen SQL of the ids of those authors
 * @param ofAuthors SQL of how many are of some authors, by SQL of the ids of these
 * @param counted SQL of what makes the contribution c one of those that are counted, and what is to be joined for it; and of
 *   how many of these are addressed to others, where any may be
 */
export const unseenCountSql = (
  viewer: string,
  unseen: string,
  ofAuthors: (authors: string) => string,
  { where, joins = '', addressed = '0' }: { where: string; joins?: string; addressed?: string },
) => `(${ofAuthors(unseen)}) + ${addressed} + (select count(*) from mark h
      join contribution c on c.id = h.target_id and c.kind = h.kind and not c.deleted ${joins}
    where h.member_id = ${viewer} and h.hidden and ${where} and ${authorAmongSeenSql('c', viewer, unseen)} and ${isForSql('c', viewer)})`

/**
 * SQL of how many in a place are addressed to others than the viewer: kept by circles, less those of authors who are not seen
 * anyway, and less their own.
 * @param place SQL of the id of a category; null for the whole community
 * @param had SQL: those of a kind are counted, by SQL of the kind
 * @param uncommented only those nobody has commented on
 */
export const addressedCountSql = (
  viewer: string,
  unseen: string,
  place: string | null,
  had: (kind: string) => string,
  uncommented = false,
) => `((select coalesce(sum(t.${uncommented ? 'uncommented' : 'n'}), 0) from addressed_total t
      where t.place = ${place ?? '0'} and ${had('t.kind')} and ${circleKeptSql('t.tags', viewer)})
    - (select count(*) from addressed a where a.author_id in (${unseen} union all select ${viewer}::bigint)
      and ${had('a.kind')} ${place ? `and ${place} = any(a.categories)` : ''} ${uncommented ? 'and a.uncommented' : ''}
      and ${circleKeptSql('a.tags', viewer)}))`

/** SQL of how many of one author are addressed to others than the viewer. */
export const addressedOfSql = (author: string, viewer: string, had: (kind: string) => string) =>
  `(select count(*) from addressed a where a.author_id = ${author} and ${had('a.kind')}
    and ${keptFromSql('a.tags', 'a.author_id', viewer)})`

/**
 * SQL: one of the two hides the other, or hid them until they left, so that neither acts on what is the other's.
 * @param v a row of relation between the two, if there is one, seen from the member who acts
 */
export const betweenHiddenSql = (v: string, member: string, author: string) => `(${hiddenOrNotSql(`${v}.`)}
  or exists (select from hidden_author h where h.member_id = ${member} and h.author_id = ${author}))`

const keeping = statement({
  name: 'contributions: keep hidden',
  takes: { author: 'bigint', hiders: 'bigint[]' },
  gives: {},
  sql: ($) =>
    `insert into hidden_author (member_id, author_id) select unnest(${$.hiders}), ${$.author} on conflict do nothing`,
})

/** Keeps who hid a member that leaves, in the given transaction: what the member wrote stays hidden from them. */
export async function keepHidden(tx: Db, { id, hiders }: Leaving): Promise<void> {
  await keeping.rows(tx, { author: id, hiders })
}
