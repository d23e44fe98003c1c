/** The number of comments in the table of marks, above those of all kinds of contributions. */
export const commentsId = 16

/**
 * SQL of whether a comment c exists for the viewer: a deleted one for its author and the staff only, an erased one
 * for nobody.
 */
export const thereSql = (c: string, viewer: string, staff: string) =>
  `not ${c}.erased and (not ${c}.deleted or ${c}.author_id = ${viewer} or ${staff})`
