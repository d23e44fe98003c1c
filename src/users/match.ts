import { activeSql } from '../auth/status.ts'
import { byFlags, flagsSeenBy } from '../community/flags.ts'
import type { MemberCtx } from '../context.ts'
import type { Json } from '../platform/http/endpoint.ts'
import { statement } from '../platform/sql/statement.ts'
import { arrayOf, arraySql, renderSql, shown } from '../platform/sql/view.ts'
import { AutocompleteUser } from './views.ts'
import { seenMemberSql } from './visibility.ts'

/** Members, all at once. */
export const AutocompleteUsers = arrayOf(AutocompleteUser)

/** Largest number of names per request. */
export const mostNames = 500

const matching = statement({
  name: 'users: called by these names',
  takes: { viewer: 'bigint', names: 'text[]' },
  gives: { json: shown(AutocompleteUsers) },
  variants: byFlags,
  sql: ($, { flags }) => `select ${arraySql(AutocompleteUser, renderSql(AutocompleteUser, flags), 'n.nth')} as json
    from (select lower(name) as name, min(nth) as nth from unnest(${$.names}) with ordinality t(name, nth) group by 1) n
    join users u on lower(u.username) = n.name
    where ${activeSql('u.')} and ${seenMemberSql($.viewer, 'u.id')}`,
})

/** The members among some usernames, in the given order, without those hidden from the caller. */
export async function matchUsernames(ctx: MemberCtx, names: string[]): Promise<Json<'AutocompleteUser[]'>> {
  const flags = flagsSeenBy(ctx.actor, ctx.community)
  const row = await matching.row(ctx.db, { viewer: ctx.actor.id, names }, { flags })
  return row as Json<'AutocompleteUser[]'>
}
