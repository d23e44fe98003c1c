import { byFlags, flagsSeenBy } from '../community/flags.ts'
import type { Ctx } from '../context.ts'
import type { PageRequest, PageRows } from '../platform/http/page.ts'
import { list } from '../platform/sql/list.ts'
import { renderSql } from '../platform/sql/view.ts'
import { hiddenSql, relationJoin, seenMemberSql } from '../users/visibility.ts'
import { PollVote } from './views.ts'

const votes = list({
  name: 'polls: votes',
  takes: { viewer: 'bigint?', id: 'bigint', choice: 'bigint?' },
  variants: () => byFlags().flatMap((each) => [false, true].map((ofChoice) => ({ ...each, ofChoice }))),
  sql: ($, { flags, ofChoice }) => {
    const of = (k: string) => `${k}.poll_id = ${$.id} ${ofChoice ? `and ${k}.choice_id = ${$.choice}` : ''}`
    // Looked up by the member, who has few; the poll may have very many, and is compared in a way that no index knows.
    const votesOf = (member: string) => `(select count(*) from poll_vote x where x.member_id = ${member}
      and coalesce(x.poll_id, 0) = ${$.id} ${ofChoice ? `and coalesce(x.choice_id, 0) = ${$.choice}` : ''})`
    return {
      columns: 'k.choice_id, k.member_id',
      // Votes of members who are being erased no longer exist.
      from: `from poll_vote k where ${of('k')} and k.member_id not in (select member_id from erasure)
        and ${seenMemberSql($.viewer, 'k.member_id')}`,
      keys: [{ sql: 'k.id', descending: true, type: 'bigint' }],
      joins: `${relationJoin($.viewer, 'p.member_id', 'r')}
        cross join lateral (select p.k0 as id, p.choice_id, r.state, r.following_place) v
        join users u on u.id = p.member_id`,
      render: renderSql(PollVote, flags),
      count: `select (select coalesce(sum(vote_count), 0) from poll_choice
          where poll_id = ${$.id} ${ofChoice ? `and id = ${$.choice}` : ''})
        - (select coalesce(sum(${votesOf('e.member_id')}), 0) from erasure e)
        - (select coalesce(sum(${votesOf('h.other_id')}), 0) from relation h
          where h.member_id = ${$.viewer} and ${hiddenSql('h.')}
            and not exists (select from erasure e where e.member_id = h.other_id))`,
    }
  },
})

/** Who voted in a poll, last first, without members hidden from the viewer; or only for one choice. */
export const listPollVotes = (
  ctx: Ctx,
  id: number,
  choice: number | undefined,
  page: PageRequest,
): Promise<PageRows<'PollVote'>> =>
  votes.page(ctx.db, { viewer: ctx.actor?.id ?? null, id, choice: choice ?? null }, page, {
    flags: flagsSeenBy(ctx.actor, ctx.community),
    ofChoice: choice !== undefined,
  })
