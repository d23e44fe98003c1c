import { byFlags, flagsSeenBy } from '../community/flags.ts'
import type { MemberCtx } from '../context.ts'
import { hadSql } from '../contributions/feed.ts'
import { contributionJoins } from '../contributions/find.ts'
import type { ContributionName } from '../contributions/kinds.ts'
import { weight } from '../contributions/lists.ts'
import { rowSeenSql } from '../contributions/seen.ts'
import { renderAnyKind } from '../contributions/views.ts'
import type { PageRequest, PageRows } from '../platform/http/page.ts'
import { list } from '../platform/sql/list.ts'

/** Largest number of suggestions, and how many of the newest polls are searched. */
export const mostPolls = 100
const looked = 1_000

const open = list({
  name: 'suggestions: polls',
  takes: { viewer: 'bigint', now: 'timestamptz' },
  variants: byFlags,
  sql: ($, { flags }) => ({
    with: `newest as materialized (
      select * from contribution where poll_id is not null order by poll_id desc limit ${looked}
    ), near as materialized (
      select x.id, x.poll_id from newest x join poll p on p.id = x.poll_id
      where not x.deleted and x.author_id <> ${$.viewer} and ${hadSql(flags, 'x.kind')}
        and ${rowSeenSql('x', $.viewer)}
        and not p.closed and coalesce(p.expiration_at > ${$.now}, true)
        and not exists (select from poll_vote v where v.poll_id = p.id and v.member_id = ${$.viewer})
      order by x.poll_id desc limit ${mostPolls}
    )`,
    columns: 'x.id',
    from: 'from near x where true',
    keys: [{ sql: 'x.poll_id', descending: true, type: 'bigint' }],
    joins: contributionJoins('p.id', $.viewer),
    weight: weight('p.id'),
    render: renderAnyKind(flags, $.viewer),
    count: 'select count(*) from near',
  }),
})

/** Contributions of others with an open poll in which the caller has not voted, newest first. */
export const suggestOpenPolls = (ctx: MemberCtx, page: PageRequest): Promise<PageRows<ContributionName>> =>
  open.page(ctx.db, { viewer: ctx.actor.id, now: ctx.now }, page, { flags: flagsSeenBy(ctx.actor, ctx.community) })
