import type { Kith } from '../context.ts'
import { statement } from '../platform/sql/statement.ts'
import type { MadeUp } from '../seed/people.ts'

const settling = statement({
  name: 'moderation: settle some made-up cases',
  takes: { authors: 'bigint[]', moderator: 'bigint' },
  gives: {},
  sql: ($) => `update moderation_case set status = 'i', moderated_by = ${$.moderator},
      moderated_at = least(now(), flagged_at + interval '5 hours')
    where author_id = any(${$.authors}) and author_id <> ${$.moderator} and status = 'o' and target_id % 3 = 0`,
})

/** Lets a made-up moderator ignore some flagged contents; the rest waits. */
export const seeding = {
  lacks: () => null,
  async *write({ db }: Kith, _amount: number, { ids, people }: MadeUp) {
    const [first] = people.staff
    if (first === undefined) return
    await settling.rows(db, { authors: ids, moderator: ids[first] as number })
    yield 0
  },
}
