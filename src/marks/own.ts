import { inLines, type OwnRows } from '../platform/sql/own-rows.ts'
import { statement } from '../platform/sql/statement.ts'
import { allTargets, byTarget } from './target.ts'

const some = statement({
  name: 'marks: what a member has',
  takes: { member: 'bigint', after: 'bigint', most: 'int' },
  gives: { key: 'bigint', json: 'text' },
  variants: byTarget,
  sql: ($, { target }) => `select m.target_id as key, json_build_object('${target.name}', m.target_id,
      'voted_at', m.voted_at, 'reaction', m.reaction, 'followed_at', m.followed_at, 'suspended_at', m.suspended_at,
      'hidden', m.hidden, 'flag_type', m.flag_type, 'flagged_at', m.flagged_at)::text as json
    from mark m where m.member_id = ${$.member} and m.kind = ${target.id} and m.target_id > ${$.after}
    order by m.target_id limit ${$.most}`,
})

/** A member's votes, follows, suspensions, hidings and flags. */
export const ownMarks: Record<string, OwnRows> = {
  async *marks(db, member) {
    for (const target of allTargets())
      yield* inLines((after, most) => some.rows(db, { member, after, most }, { target }))
  },
}
