import { readableSql } from '../contributions/find.ts'
import { kinds } from '../contributions/kinds.ts'
import { authorSeenSql } from '../contributions/seen.ts'
import { definePart } from '../notifications/declare.ts'
import { parentSeenSql } from './find.ts'
import { commentsId, thereSql } from './kept.ts'
import { Comment, commentJoins, noticeData, renderComment, WebhookNoticeComment } from './views.ts'

/** Comments as parts that notifications are about; the contribution is the subject. */
definePart({
  kinds: [commentsId],
  of: Object.values(kinds).map(({ id }) => id),
  properties: { comment: Comment.schema },
  bytes: (id) => `(select octet_length(c.html) from comment c where c.id = ${id})`,
  sql: (flags, viewer) => `(select '"comment":' || ${renderComment(flags, viewer)}
    from (select *, xmin from comment where id = n.part_id) c ${commentJoins(viewer)}
    where ${thereSql('c', viewer, 'false')} and ${authorSeenSql('c', viewer)} and ${parentSeenSql('c', viewer, 'false')}
      and ${readableSql(viewer, 'false', 'x')})`,
  webhook: {
    properties: { comment: WebhookNoticeComment },
    sql: (flags, kind) => `(with c as (select * from comment where id = n.part_id), author as (
        select * from users where id = (select author_id from c)
      ) select '"comment":' || ${noticeData(flags, kind)} from c)`,
  },
})
