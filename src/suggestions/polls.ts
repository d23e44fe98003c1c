import { byFlags, flagsSeenBy } from '../community/flags.ts'
import type { MemberCtx } from '../context.ts'
import { hadSql } from '../contributions/feed.ts'
import { renderContribution, viewerJoins } from '../contributions/find.ts'
import { apartAuthors } from '../contributions/hidden.ts'
import { type ContributionName, kinds } from '../contributions/kinds.ts'
import { weight } from '../contributions/lists.ts'
import { notHiddenSql } from '../feeds/order.ts'
import type { PageRequest, PageRows } from '../platform/http/page.ts'
import { list } from '../platform/sql/list.ts'
import type { Rendering } from '../platform/sql/view.ts'
import { mostSuggested } from './members.ts'

/** So many of the newest polls are looked at. */
const looked = 500

const suggested = list({
  name: 'suggestions: polls',
  takes: { viewer: 'bigint', now: 'timestamptz' },
  variants: () => byFlags().filter(({ flags }) => flags.viewer),
  sql: ($, { flags }) => ({
    with: `near as materialized (
      select x.added_at, x.id from (select * from poll order by id desc limit ${looked}) poll
      cross join lateral (select * from contribution c where c.poll_id = poll.id and not c.deleted limit 1) x
      where not poll.closed and (poll.expiration_at is null or poll.expiration_at > ${$.now}) and x.author_id <> ${$.viewer}
        and not exists (select from poll_vote k where k.poll_id = poll.id and k.member_id = ${$.viewer})
        and x.author_id not in (${apartAuthors($.viewer)}) and ${hadSql(flags, 'x.kind')}
        and ${notHiddenSql('x.id', 'x.kind', $.viewer)}
      order by x.added_at desc, x.id desc limit ${mostSuggested}
    )`,
    columns: '',
    from: 'from near where true',
    keys: [
      { sql: 'near.added_at', descending: true, type: 'timestamptz' },
      { sql: 'near.id', descending: true, type: 'bigint' },
    ],
    joins: `join contribution c on c.id = p.k1 ${viewerJoins($.viewer)}`,
    weight: weight('p.k1'),
    render: `case c.kind ${Object.values(kinds)
      .map((kind) => `when ${kind.id} then ${renderContribution(kind, flags, $.viewer)}`)
      .join(' ')} end` as Rendering<ContributionName>,
    count: 'select count(*) from near',
  }),
})

/** A page of contributions with a poll that is open, and that the one who calls has not voted in, the newest first. */
export const suggestOpenPolls = (ctx: MemberCtx, page: PageRequest): Promise<PageRows<ContributionName>> =>
  suggested.page(ctx.db, { viewer: ctx.actor.id, now: ctx.now }, page, { flags: flagsSeenBy(ctx.actor, ctx.community) })
