import { byFlags, flagsFor } from '../community/flags.ts'
import type { MemberCtx } from '../context.ts'
import { noRows, type PageRequest, type PageRows } from '../platform/http/page.ts'
import { foldName } from '../platform/search/names.ts'
import { list } from '../platform/sql/list.ts'
import { renderUser } from '../users/queries.ts'
import { namedSql, partOfName } from '../users/search.ts'
import { relationJoin } from '../users/visibility.ts'
import { reachOf, writableSql } from '../users/writable.ts'

const writable = list({
  name: 'messages: whom a member may write to',
  takes: { viewer: 'bigint', reach: 'text', name: 'text[]' },
  variants: () => byFlags().flatMap((each) => [false, true].map((all) => ({ ...each, all }))),
  sql($, { flags, all }) {
    // Members who may only write to their followers search among these; members with a role search all names.
    const who = all
      ? `users u ${relationJoin($.viewer, 'u.id')} where true`
      : `relation v join users u on u.id = v.other_id where v.member_id = ${$.viewer}`
    const from = `from ${who} and ${writableSql(flags, $.viewer, $.reach)} and ${namedSql($.name)}`
    return {
      columns: '',
      from,
      keys: [{ sql: 'u.id', descending: false, type: 'bigint' }],
      joins: `join users u on u.id = p.k0 ${relationJoin($.viewer, 'u.id')}`,
      render: renderUser(flags),
      count: `select count(*) ${from}`,
    }
  },
})

/** A page of the members whose name contains a text and whom the caller may write to. */
export async function searchWritable(ctx: MemberCtx, name: string, page: PageRequest): Promise<PageRows<'User'>> {
  const reach = reachOf(ctx.actor, ctx.community)
  if (foldName(name) === '') return noRows
  const values = { viewer: ctx.actor.id, reach, name: partOfName(name) }
  const variant = { flags: flagsFor(ctx.community, true), all: reach === 'everybody' }
  return writable.page(ctx.db, values, page, variant)
}
