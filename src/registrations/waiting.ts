import type { Ctx } from '../context.ts'
import type { Db } from '../platform/db/database.ts'
import type { PageRequest, PageRows } from '../platform/http/page.ts'
import { list } from '../platform/sql/list.ts'
import { statement } from '../platform/sql/statement.ts'
import { renderSql } from '../platform/sql/view.ts'
import { Registration } from './views.ts'

const all = list({
  name: 'registrations: who waits',
  takes: {},
  sql: () => ({
    columns: '',
    from: 'from sign_up x where x.unapproved',
    keys: [
      { sql: 'x.created_at', descending: false, type: 'timestamptz' },
      { sql: 'x.member_id', descending: false, type: 'bigint' },
    ],
    joins: 'join sign_up s on s.member_id = p.k1 join users u on u.id = s.member_id',
    render: renderSql(Registration, null),
  }),
})

/** A page of those who wait to be admitted, the longest waiting first. */
export const listWaiting = ({ db }: Ctx, page: PageRequest): Promise<PageRows<'Registration'>> => all.page(db, {}, page)

const counting = statement({
  name: 'registrations: how many wait',
  takes: {},
  gives: { n: 'int' },
  sql: () => 'select count(*)::int as n from sign_up where unapproved and not unconfirmed',
})

/** How many have nothing left to do but wait. */
export const countWaiting = async ({ db }: { db: Db }): Promise<number> => (await counting.row(db, {}))?.n ?? 0
