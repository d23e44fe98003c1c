import { flagsFor } from '../community/flags.ts'
import type { Db } from '../platform/db/database.ts'
import { type Emitted, emit } from '../platform/events/emit.ts'
import { someSql } from '../platform/sql/some.ts'
import { statement } from '../platform/sql/statement.ts'
import type { Erasing } from '../slice.ts'
import { voteDeleted } from './events.ts'
import { actorSql, allTargets, byTarget, byTargetAndFlags, voteDataSql } from './target.ts'

/** Marks per statement, and bytes of their targets: each event repeats its target, and members wait meanwhile. */
const [batch, batchBytes] = [200, 500_000]

const choosing = statement({
  name: 'marks: choose some to erase',
  takes: { member: 'bigint', batch: 'bigint' },
  gives: { id: 'bigint', more: 'boolean' },
  variants: byTarget,
  sql: ($, { target }) =>
    `select id, more from (${someSql({
      columns: 't.id',
      from: `from mark m join ${target.table} t on t.id = m.target_id
        where m.member_id = ${$.member} and m.kind = ${target.id}`,
      order: 'm.target_id',
      bytes: target.bytes,
      most: $.batch,
      mostBytes: batchBytes,
    })}) next order by n`,
})

const locking = statement({
  name: 'marks: lock targets',
  takes: { ids: 'bigint[]' },
  gives: {},
  variants: byTarget,
  sql: ($, { target }) => `select from ${target.table} where id = any(${$.ids}) order by id for no key update`,
})

const erasing = statement({
  name: 'marks: erase',
  takes: { member: 'bigint', ids: 'bigint[]', now: 'timestamptz' },
  gives: {},
  variants: byTargetAndFlags,
  sql($, { target, flags }) {
    // Events are written for one target at a time: c, and its author.
    const each = (
      data: string,
      mark: string,
    ) => `from (select * from gone order by target_id) m join lowered t on t.id = m.target_id cross join lateral (
        with c as (select t.*), author as (select * from users where id = t.author_id) select ${data} as data from c offset 0
      ) one where m.${mark} is not null`
    const { followed } = target
    return `with gone as (
      delete from mark where member_id = ${$.member} and kind = ${target.id} and target_id = any(${$.ids}) returning *
    ), lowered as (
      update ${target.table} t set vote_count = t.vote_count - (m.reaction is not null)::int,
        reactions = reactions_moved(t.reactions, m.reaction, null),
        ${followed ? 'follower_count = t.follower_count - (m.followed_at is not null)::int,' : ''}
        flag_count = t.flag_count - (m.flag_type is not null)::int
      from gone m where t.id = m.target_id returning t.*
    ), actor as materialized (
      select * from users where id = ${$.member}
    )
    ${emit(
      $.now,
      [
        voteDeleted,
        'one.data',
        each(voteDataSql(target, 'm.voted_at', actorSql(flags), target.shown(flags)), 'voted_at'),
      ],
      ...(followed
        ? ([
            [followed.events.unfollow, 'one.data', each(followed.data(flags, 'm.followed_at'), 'followed_at')],
            [followed.events.unsuspend, 'one.data', each(followed.data(flags, 'm.suspended_at'), 'suspended_at')],
          ] satisfies Emitted[])
        : []),
    )}`
  },
})

/**
 * Takes back some of a member's marks: votes, follows and suspensions, each with its event; flags and hidings, which
 * have none.
 */
export async function eraseMarks(tx: Db, { id: member, now, community }: Erasing): Promise<boolean> {
  for (const target of allTargets()) {
    const some = await choosing.rows(tx, { member, batch }, { target })
    const ids = some.map(({ id }) => id)
    if (!ids.length) continue
    // In the order of acts: the target first.
    await locking.rows(tx, { ids }, { target })
    await erasing.rows(tx, { member, ids, now }, { target, flags: flagsFor(community, true) })
    if (some[0]?.more) return true
  }
  return false
}
