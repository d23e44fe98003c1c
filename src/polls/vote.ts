import { byFlags, flagsFor } from '../community/flags.ts'
import type { Community } from '../community/state.ts'
import type { MemberCtx } from '../context.ts'
import type { Db } from '../platform/db/database.ts'
import { badField, refused } from '../platform/errors.ts'
import { emit } from '../platform/events/emit.ts'
import { statement } from '../platform/sql/statement.ts'
import { pollVoteCreated, pollVoteDeleted } from './events.ts'
import { eventData } from './views.ts'

const locking = statement({
  name: 'polls: lock to vote',
  takes: { id: 'bigint', choice: 'bigint', now: 'timestamptz' },
  gives: { closed: 'boolean', has: 'boolean' },
  sql: ($) => `select p.closed or coalesce(p.expiration_at <= ${$.now}, false) as closed,
      exists (select from poll_choice ch where ch.id = ${$.choice} and ch.poll_id = p.id) as has
    from poll p where p.id = ${$.id} for no key update`,
})

const voting = statement({
  name: 'polls: vote',
  takes: { id: 'bigint', choice: 'bigint', member: 'bigint', now: 'timestamptz' },
  gives: {},
  variants: byFlags,
  // The CTEs have the names of the tables, so that events show the counts after the change.
  sql: ($, { flags }) => `with poll as materialized (
      select * from poll where id = ${$.id}
    ), before as materialized (
      select from poll_vote where choice_id = ${$.choice} and member_id = ${$.member}
    ), gone as (
      delete from poll_vote v using poll p
      where v.poll_id = p.id and v.member_id = ${$.member} and (v.choice_id = ${$.choice} or not p.multiple_choices)
      returning v.*
    ), made as (
      insert into poll_vote (poll_id, choice_id, member_id, single, voted_at)
      select p.id, ${$.choice}, ${$.member}, not p.multiple_choices, ${$.now} from poll p
      where not exists (select from before) and (select count(*) from gone) >= 0 returning *
    ), poll_choice as (
      update poll_choice ch set vote_count = ch.vote_count + (select count(*) from made where choice_id = ch.id)::int
        - (select count(*) from gone where choice_id = ch.id)::int
      where ch.poll_id = ${$.id} returning *
    ), actor as materialized (
      select * from users where id = ${$.member}
    )
    ${emit($.now, [pollVoteDeleted, eventData(flags), 'from gone v'], [pollVoteCreated, eventData(flags), 'from made v'])}`,
})

/**
 * Votes for a choice of a poll, or takes the vote back if it is the same. In a poll with one vote per member, the
 * vote for another choice ends first, with its event.
 * @param tx in which the contribution of the poll is locked
 */
export async function votePoll(
  tx: Db,
  { actor, now }: MemberCtx,
  community: Community,
  id: number,
  choice: number,
): Promise<void> {
  const found = await locking.row(tx, { id, choice, now })
  if (!found?.has) throw badField('choice', 'unknown', `The poll has no choice ${choice}.`)
  if (found.closed) throw refused('closed', 'This poll is closed: nobody can vote any more.')
  await voting.rows(tx, { id, choice, member: actor.id, now }, { flags: flagsFor(community, true) })
}
