import { byFlags, flagsSeenBy } from '../community/flags.ts'
import type { Ctx } from '../context.ts'
import type { PageRequest, PageRows } from '../platform/http/page.ts'
import { list } from '../platform/sql/list.ts'
import { renderSql } from '../platform/sql/view.ts'
import { hiddenSql, seenMemberSql } from '../users/visibility.ts'
import { PollVote } from './views.ts'

const votes = list({
  name: 'polls: votes',
  takes: { viewer: 'bigint?', id: 'bigint', choice: 'bigint?' },
  variants: () => byFlags().flatMap((each) => [false, true].map((ofChoice) => ({ ...each, ofChoice }))),
  sql: ($, { flags, ofChoice }) => {
    const of = (k: string) => `${k}.poll_id = ${$.id} ${ofChoice ? `and ${k}.choice_id = ${$.choice}` : ''}`
    return {
      columns: 'k.choice_id, k.member_id',
      // Votes of members who are being erased no longer exist.
      from: `from poll_vote k where ${of('k')} and k.member_id not in (select member_id from erasure)
        and ${seenMemberSql($.viewer, 'k.member_id')}`,
      keys: [{ sql: 'k.id', descending: true, type: 'bigint' }],
      joins: `cross join lateral (select p.k0 as id, p.choice_id, r.state, r.following_place
          from (select 1) one left join relation r on r.member_id = ${$.viewer} and r.other_id = p.member_id) v
        join users u on u.id = p.member_id`,
      render: renderSql(PollVote, flags),
      count: `select (select coalesce(sum(vote_count), 0) from poll_choice
          where poll_id = ${$.id} ${ofChoice ? `and id = ${$.choice}` : ''})
        - (select count(*) from erasure e join poll_vote x on x.member_id = e.member_id and ${of('x')})
        - (select count(*) from relation h join poll_vote x on x.member_id = h.other_id and ${of('x')}
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
