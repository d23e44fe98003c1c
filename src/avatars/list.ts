import type { MemberCtx } from '../context.ts'
import type { PageRequest, PageRows } from '../platform/http/page.ts'
import { list } from '../platform/sql/list.ts'
import { renderSql } from '../platform/sql/view.ts'
import { Avatar } from './views.ts'

const own = list({
  name: 'avatars: of a member',
  takes: { user: 'bigint' },
  sql: ($) => ({
    from: `from avatar a where a.user_id = ${$.user}`,
    columns: '',
    keys: [{ sql: 'a.id', descending: true, type: 'bigint' }],
    joins: 'join avatar a on a.id = p.k0 join users u on u.id = a.user_id',
    render: renderSql(Avatar, null),
    count: `(select count(*) from avatar a where a.user_id = ${$.user})`,
  }),
})

/** A page of a member's avatars, newest first. There are few, so they are counted. */
export const listAvatars = ({ db, actor }: MemberCtx, page: PageRequest): Promise<PageRows<'Avatar'>> =>
  own.page(db, { user: actor.id }, page)
