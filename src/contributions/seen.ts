import type { Db } from '../platform/db/database.ts'
import { thereIsSql } from '../platform/sql/looked-up.ts'
import { statement } from '../platform/sql/statement.ts'
import { usually } from '../platform/sql/usual.ts'
import type { Leaving } from '../slice.ts'
import {
  circleKeptSql,
  isForByIdSql,
  isForSql,
  keptFromSql,
  publishedIsForSql,
  whereNothingAddressed,
} from '../users/addressed.ts'
import { hiddenOrNotSql, hiddenSql, hidesSql, moderatesSql, nobodyHiddenSql } from '../users/visibility.ts'

// Who sees whose contributions and comments. If one of two members hides the other, neither sees the other's; but
// moderators go on seeing those of members who hide them. Nobody sees those of members whom they hid until these
// left, those of members who are being erased, and those addressed to others. Lists leave out what the viewer has
// hidden by itself. Every list, feed, count, search, address and notice uses this file
// (docs/decisions/0105-who-sees-whose-contributions.md).

/** SQL of whether the row r of relation keeps its member from seeing what the other writes. */
const apartSql = (viewer: string, r = '') => `${hiddenSql(r)} and (${hidesSql(r)} or not ${moderatesSql(viewer)})`

/**
 * SQL of the authors of whom the viewer sees nothing, for statements that compare many rows with them or subtract
 * their counts.
 * @param viewer SQL of the id of the member who looks, null for a visitor
 */
export const unseenAuthors = (viewer: string) =>
  `select other_id from relation where member_id = ${viewer} and ${apartSql(viewer)}
  union all select author_id from hidden_author where member_id = ${viewer}
  union all select member_id from erasure`

/** SQL of what makes the viewer see what everybody writes: so it usually is. */
const allSeen = (viewer: string) => [
  nobodyHiddenSql(viewer),
  `not exists (select from hidden_author where member_id = ${viewer})`,
  'not exists (select from erasure)',
]
const whereAllSeen = (viewer: string, shorter: string, sql: string) => usually(viewer, allSeen(viewer), shorter, sql)

/** SQL of whether the viewer has hidden any contribution or comment. */
const hasHiddenSql = (viewer: string) => `exists (select from mark h where h.member_id = ${viewer} and h.hidden)`

/**
 * SQL of the sum of what there is of each of some authors. It is looked up for each: compared with all authors at once,
 * PostgreSQL may read all there is in a place, if places have little on average.
 * @param authors SQL of their ids, which may come twice
 * @param countOf SQL of how many are of one, by SQL of the id
 */
export const sumOfEachSql = (authors: string, countOf: (author: string) => string) =>
  `select coalesce(sum((${countOf('a.id')})), 0) from (select distinct * from (${authors}) all_of_them) a (id)`

/** SQL of a CTE of these authors, for statements that need them more than once, and of the ids in it. */
export const unseenCte = (viewer: string) =>
  `unseen as materialized (${whereAllSeen(viewer, 'select 0::bigint as other_id where false', unseenAuthors(viewer))})`
export const unseenHere = 'select other_id from unseen'

/**
 * SQL of whether the viewer sees what the author of c writes, for statements that read few rows: three look-ups per
 * row.
 */
export const authorSeenSql = (c: string, viewer: string) =>
  whereAllSeen(
    viewer,
    'true',
    [
      `from relation h where h.member_id = ${viewer} and h.other_id = ${c}.author_id and ${apartSql(viewer, 'h.')}`,
      `from hidden_author h where h.member_id = ${viewer} and h.author_id = ${c}.author_id`,
      `from erasure e where e.member_id = ${c}.author_id`,
    ]
      .map((from) => `not ${thereIsSql(from)}`)
      .join(' and '),
  )

/**
 * The same for statements that read many rows: compares each with all authors who are not seen.
 * @param unseen SQL of their ids, if the statement has them
 */
export const authorAmongSeenSql = (x: string, viewer: string, unseen = unseenAuthors(viewer)) =>
  whereAllSeen(viewer, 'true', `${x}.author_id not in (${unseen})`)

/**
 * SQL of whether the viewer has not hidden this one contribution, which x names with its kind. One look-up per row, for a
 * viewer who has hidden any.
 */
export const notHiddenSql = (x: string, viewer: string, id: string) =>
  usually(
    viewer,
    [`not ${hasHiddenSql(viewer)}`],
    'true',
    `not ((select ${hasHiddenSql(viewer)})
    and ${thereIsSql(`from mark h where h.target_id = ${id} and h.member_id = ${viewer} and h.kind = ${x}.kind and h.hidden`)})`,
  )

/**
 * SQL of whether this one contribution is not addressed to others, and not hidden by the viewer. Two look-ups per
 * row, whatever PostgreSQL estimates.
 * @param x a row that names it, with its kind
 * @param id SQL of its id
 */
const notKeptSql = (x: string, viewer: string, id = `${x}.id`) =>
  `${isForByIdSql(id, viewer)} and ${notHiddenSql(x, viewer, id)}`

/** The same for a row of contribution, which knows whom it is addressed to. */
const rowNotKeptSql = (x: string, viewer: string) =>
  `${publishedIsForSql(x, viewer)} and ${notHiddenSql(x, viewer, `${x}.id`)}`

/** SQL of whether lists show the viewer the contribution that x names, if they show it to anybody. */
export const seenSql = (x: string, viewer: string, id = `${x}.id`) =>
  `${authorAmongSeenSql(x, viewer)} and ${notKeptSql(x, viewer, id)}`

/** The same for a row of contribution; it skips contributions addressed to others as fast as possible. */
export const rowSeenSql = (x: string, viewer: string) =>
  `${authorAmongSeenSql(x, viewer)} and ${rowNotKeptSql(x, viewer)}`

/**
 * SQL of how many of the counted contributions the viewer does not see: all those of unseen authors; of the others,
 * those addressed to others and those the viewer has hidden.
 * @param unseen SQL of the ids of unseen authors
 * @param ofAuthors SQL of how many are of some authors, by SQL of the ids of these
 * @param counted SQL of the condition and joins that make the contribution c one of those counted; and of how many of
 * them are addressed to others, if any may be
 */
export const unseenCountSql = (
  viewer: string,
  unseen: string,
  ofAuthors: (authors: string) => string,
  { where, joins = '', addressed = '0' }: { where: string; joins?: string; addressed?: string },
) =>
  `(${whereAllSeen(viewer, '0', ofAuthors(unseen))}) + ${addressed} + ${usually(
    viewer,
    [`not ${hasHiddenSql(viewer)}`],
    '0',
    `(select count(*) from mark h
      join contribution c on c.id = h.target_id and c.kind = h.kind and not c.deleted ${joins}
    where h.member_id = ${viewer} and h.hidden and ${where} and ${authorAmongSeenSql('c', viewer, unseen)} and ${isForSql('c', viewer)})`,
  )}`

/**
 * SQL of how many contributions in a place are addressed to others than the viewer: counts kept per circle, less
 * those of unseen authors, less the viewer's own.
 * @param place SQL of the id of a category; null for the whole community
 * @param had SQL of whether a kind is counted, by SQL of the kind
 * @param uncommented only those without comments
 */
export const addressedCountSql = (
  viewer: string,
  unseen: string,
  place: string | null,
  had: (kind: string) => string,
  uncommented = false,
) =>
  whereNothingAddressed(
    '0',
    `((select coalesce(sum(t.${uncommented ? 'uncommented' : 'n'}), 0) from addressed_total t
      where t.place = ${place ?? '0'} and ${had('t.kind')} and ${circleKeptSql('t.tags', viewer)})
    - (select count(*) from addressed a where a.author_id in (${unseen} union all select ${viewer}::bigint)
      and ${had('a.kind')} ${place ? `and ${place} = any(a.categories)` : ''} ${uncommented ? 'and a.uncommented' : ''}
      and ${circleKeptSql('a.tags', viewer)}))`,
  )

/** SQL of how many of one author's contributions are addressed to others than the viewer. */
export const addressedOfSql = (author: string, viewer: string, had: (kind: string) => string) =>
  whereNothingAddressed(
    '0',
    `(select count(*) from addressed a where a.author_id = ${author} and ${had('a.kind')}
    and ${keptFromSql('a.tags', 'a.author_id', viewer)})`,
  )

/**
 * SQL of whether one of two members hides the other, or hid them until they left: then neither acts on what is the
 * other's.
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

/** Keeps who hid a member who leaves, in the given transaction: what the member wrote stays hidden from them. */
export async function keepHidden(tx: Db, { id, hiders }: Leaving): Promise<void> {
  await keeping.rows(tx, { author: id, hiders })
}
