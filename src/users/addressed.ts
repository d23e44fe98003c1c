import { usually } from '../platform/sql/usual.ts'
import { inUseSql } from '../tags/views.ts'
import { moderatesSql } from './visibility.ts'

// A contribution addressed by tags of members is visible to its author, to members who have one of these tags while
// it is in use, and to moderators (docs/decisions/0114-addressing.md). The present tags of a member count.

/**
 * SQL that is shorter where nothing that is published is addressed, as in most communities. What is deleted, or not published
 * yet, may be addressed all the same.
 */
export const whereNothingAddressed = (shorter: string, sql: string) =>
  usually(null, ['not exists (select from addressed)'], shorter, sql)

/** SQL of the tags in use that a member has. Read once per statement, and only if something is addressed. */
export const ownTagsSql = (member: string) => `array(select t.id from tag t
  where t.id = any((select m.tag_ids from users m where m.id = ${member})::bigint[]) and ${inUseSql})`

/**
 * SQL of the circles of readers that the viewer is in, as `addressed_feed` names them: those of their tags, and their
 * own; or, for moderators, the one circle that everything belongs to.
 */
export const circlesSql = (viewer: string) =>
  `(case when ${moderatesSql(viewer)} then '{0}'::bigint[] else ${ownTagsSql(viewer)} || -${viewer}::bigint end)`

/** SQL of whether none of some tags is the viewer's, who does not moderate either. */
export const circleKeptSql = (tags: string, viewer: string) =>
  `(not ${tags} && ${ownTagsSql(viewer)} and not ${moderatesSql(viewer)})`

/** SQL of whether a contribution addressed by some tags is hidden from the viewer. */
export const keptFromSql = (tags: string, author: string, viewer: string) =>
  `(${author} is distinct from ${viewer} and ${circleKeptSql(tags, viewer)})`

/** SQL of whether a row of contribution is for the viewer, by its addressing. */
export const isForSql = (c: string, viewer: string) =>
  `(${c}.addressing = '{}' or not ${keptFromSql(`${c}.addressing`, `${c}.author_id`, viewer)})`

/** The same for a row that is published, or that only those see who see it whoever it is addressed to. */
export const publishedIsForSql = (c: string, viewer: string) => whereNothingAddressed('true', isForSql(c, viewer))

/** SQL of the same for a contribution that a list names by id. One look-up per row, whatever PostgreSQL estimates. */
export const isForByIdSql = (id: string, viewer: string) =>
  whereNothingAddressed(
    'true',
    `not coalesce((select ${keptFromSql('a.tags', 'a.author_id', viewer)} from addressed a where a.contribution_id = ${id}), false)`,
  )
