/** As the table of marks knows comments: behind all kinds of contributions there may be. */
export const commentsId = 16

/** SQL: a deleted comment c is there for its author and the staff alone; what is erased is there for nobody. */
export const thereSql = (c: string, viewer: string, staff: string) =>
  `not ${c}.erased and (not ${c}.deleted or ${c}.author_id = ${viewer} or ${staff})`
