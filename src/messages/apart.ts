import { hiddenSql } from '../users/visibility.ts'

/**
 * SQL of the members whose threads with the viewer sleep: one of the two hides the other, or hid them until they
 * left, or they are being erased.
 */
export const apartMembers = (viewer: string) =>
  `select other_id from relation where member_id = ${viewer} and ${hiddenSql()}
  union all select author_id from hidden_author where member_id = ${viewer}
  union all select member_id from erasure`
