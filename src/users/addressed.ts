import { inUseSql } from '../tags/views.ts'
import { moderatesSql } from './visibility.ts'

// A contribution that is addressed by tags of members is there for its author, for those who have one of these tags while it
// is in use, and for those who moderate (docs/decisions/0114-addressing.md). What a member has is read as it is now.

/** SQL of the tags in use that a member has. Read once for a statement, and only where something is addressed. */
export const ownTagsSql = (member: string) => `array(select t.id from tag t
  where t.id = any((select m.tag_ids from users m where m.id = ${member})::bigint[]) and ${inUseSql})`

/**
 * SQL of the circles of readers that the viewer is in, as `addressed_feed` names them: those of their tags, and their own; or the
 * one of those who moderate, to which all belongs.
 */
export const circlesSql = (viewer: string) =>
  `(case when ${moderatesSql(viewer)} then '{0}'::bigint[] else ${ownTagsSql(viewer)} || -${viewer}::bigint end)`

/** SQL: some tags are none of the viewer's, who does not moderate either. */
export const circleKeptSql = (tags: string, viewer: string) =>
  `(not ${tags} && ${ownTagsSql(viewer)} and not ${moderatesSql(viewer)})`

/** SQL: what an author addressed by some tags is kept from the viewer. */
export const keptFromSql = (tags: string, author: string, viewer: string) =>
  `(${author} is distinct from ${viewer} and ${circleKeptSql(tags, viewer)})`

/** SQL: a row of contribution is for the viewer, by whom it is addressed to. */
export const isForSql = (c: string, viewer: string) =>
  `(${c}.addressing = '{}' or not ${keptFromSql(`${c}.addressing`, `${c}.author_id`, viewer)})`

/** SQL: what is addressed by the id, which lists name, is for the viewer. A look-up for each row, whatever is estimated. */
export const isForByIdSql = (id: string, viewer: string) =>
  `not coalesce((select ${keptFromSql('a.tags', 'a.author_id', viewer)} from addressed a where a.contribution_id = ${id}), false)`
