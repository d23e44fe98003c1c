import { byFlags, flagsSeenBy } from '../community/flags.ts'
import type { MemberCtx } from '../context.ts'
import { authorAmongSeenSql } from '../contributions/seen.ts'
import { Incubator, viewerJoins } from '../incubators/views.ts'
import { noRows, type PageRequest, type PageRows } from '../platform/http/page.ts'
import { list } from '../platform/sql/list.ts'
import { thereIsSql } from '../platform/sql/looked-up.ts'
import { renderSql } from '../platform/sql/view.ts'

const suggested = list({
  name: 'suggestions: incubators',
  takes: { viewer: 'bigint', most: 'int' },
  variants: () => byFlags().filter(({ flags }) => flags.viewer),
  sql: ($, { flags }) => ({
    with: `near as materialized (
      select incubator.id, incubator.subscribers from incubator
      where incubator.status < 2 and incubator.author_id <> ${$.viewer} and ${authorAmongSeenSql('incubator', $.viewer)}
        and not ${thereIsSql(`from incubator_subscriber g where g.incubator_id = incubator.id and g.member_id = ${$.viewer}`)}
      order by incubator.subscribers desc, incubator.id desc limit ${$.most}
    )`,
    columns: '',
    from: 'from near where true',
    keys: [
      { sql: 'near.subscribers', descending: true, type: 'bigint' },
      { sql: 'near.id', descending: true, type: 'bigint' },
    ],
    joins: `join incubator on incubator.id = p.k1 ${viewerJoins($.viewer)}`,
    render: renderSql(Incubator, flags, $.viewer),
    count: 'select count(*) from near',
  }),
})

/** Proposals of others that the caller does not support yet, those with the most supporters first. */
export function suggestProposals(
  ctx: MemberCtx,
  page: PageRequest,
): Promise<PageRows<'Incubator'>> | PageRows<'Incubator'> {
  const { options } = ctx.community
  if (!options['addons.incubator_enabled']) return noRows
  const values = { viewer: ctx.actor.id, most: options['addons.incubator_suggestions'] }
  return suggested.page(ctx.db, values, page, { flags: flagsSeenBy(ctx.actor, ctx.community) })
}
