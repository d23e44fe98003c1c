import { defineTarget } from '../marks/target.ts'
import { lockComment, lockComments } from './find.ts'
import { commentsId } from './kept.ts'
import { eventData, voteSchema } from './views.ts'

/** Comments as targets of votes and flags. */
export const target = defineTarget({
  name: 'comment',
  id: commentsId,
  table: 'comment',
  bytes: 'octet_length(t.html)',
  lock: (tx, ctx, id, who) => lockComment(tx, ctx, id, who),
  lockEach: lockComments,
  shown: eventData,
  voteSchema,
})
