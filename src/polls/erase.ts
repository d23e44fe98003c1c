import { byFlags, flagsFor } from '../community/flags.ts'
import type { Db } from '../platform/db/database.ts'
import { emit } from '../platform/events/emit.ts'
import { chosenSql } from '../platform/sql/chosen.ts'
import { lockRows } from '../platform/sql/lock-rows.ts'
import { statement } from '../platform/sql/statement.ts'
import type { Erasing } from '../slice.ts'
import { pollVoteDeleted } from './events.ts'
import { eventData } from './views.ts'

/** Votes per statement: each event repeats its poll, and members wait meanwhile. */
const batch = 100
/** Polls per statement. */
const pollsAtOnce = 200

const choosing = statement({
  name: 'polls: choose votes to erase',
  takes: { member: 'bigint', batch: 'bigint' },
  gives: { id: 'bigint', poll: 'bigint' },
  sql: ($) => `select id, poll_id as poll from poll_vote where member_id = ${$.member} order by id limit ${$.batch}`,
})

const locking = lockRows('polls: lock those voted in', 'poll')

const erasing = statement({
  name: 'polls: erase votes',
  takes: { ids: 'bigint[]', polls: 'bigint[]', member: 'bigint', now: 'timestamptz' },
  gives: {},
  variants: byFlags,
  sql: ($, { flags }) => `with gone as (
      delete from poll_vote where id = any(${$.ids}) returning *
    ), poll_choice as (
      update poll_choice ch set vote_count = ch.vote_count - (select count(*) from gone where choice_id = ch.id)::int
      where ch.poll_id = any(${$.polls}) returning *
    ), actor as materialized (
      select * from users where id = ${$.member}
    )
    ${emit($.now, [pollVoteDeleted, eventData(flags), 'from gone v order by v.id'])}`,
})

const blanking = statement({
  name: 'polls: erase those of a member',
  takes: { author: 'bigint', most: 'bigint' },
  gives: { n: 'int' },
  sql: ($) => `with chosen as materialized (
      select id from poll where author_id = ${$.author} and title <> '' order by id limit ${$.most} for no key update
    ), choices as (
      update poll_choice set choice = '' where ${chosenSql('poll_id', 'select id from chosen')}
    ), gone as (
      update poll set title = '' where ${chosenSql('id', 'select id from chosen')} returning 1
    )
    select count(*)::int as n from gone`,
})

/**
 * Erases some of what a member left in polls: the words of polls they made, whose ids stay because events name them;
 * and their votes, each with its event.
 */
export async function erasePolls(tx: Db, { id: member, now, community }: Erasing): Promise<boolean> {
  const polls = await blanking.row(tx, { author: member, most: pollsAtOnce })
  if (polls?.n === pollsAtOnce) return true
  const some = await choosing.rows(tx, { member, batch })
  if (!some.length) return false
  const voted = [...new Set(some.map(({ poll }) => poll))]
  await locking.rows(tx, { ids: voted })
  const ids = some.map(({ id }) => id)
  await erasing.rows(tx, { ids, polls: voted, member, now }, { flags: flagsFor(community, true) })
  return some.length === batch
}
