import { isModerator } from '../auth/actor.ts'
import type { MemberCtx } from '../context.ts'
import type { PageRequest, PageRows } from '../platform/http/page.ts'
import { list } from '../platform/sql/list.ts'
import { renderSql } from '../platform/sql/view.ts'
import { type Filters, filterSql, filterTakes, readFilters } from './filters.ts'
import { Score } from './views.ts'
import { manual } from './worth.ts'

const either = [false, true]

const entries = list({
  name: 'scores: entries',
  takes: { member: 'bigint?', ...filterTakes },
  eachTime: ({ filtered }) => filtered,
  variants: () =>
    either.flatMap((everybody) =>
      either.flatMap((whole) =>
        either.flatMap((ascending) => either.map((filtered) => ({ everybody, whole, ascending, filtered }))),
      ),
    ),
  sql($, { everybody, whole, ascending, filtered }) {
    // Points given by hand may carry a note that is not for the member.
    const from = `from score s where ${everybody ? 'true' : `s.member_id = ${$.member}`}
      ${whole ? '' : `and (s.type <> ${manual} or s.created_by = s.member_id)`} ${filtered ? filterSql($, 's') : ''}`
    const kept = everybody
      ? 'select sum(entries) from score_count'
      : `select coalesce((select entries from score_total where member_id = ${$.member}), 0)`
    return {
      columns: '',
      from,
      keys: [
        { sql: 's.at', descending: !ascending, type: 'timestamptz' },
        { sql: 's.id', descending: !ascending, type: 'bigint' },
      ],
      joins: 'join score s on s.id = p.k1 join users u on u.id = s.member_id',
      render: renderSql(Score, null),
      count: whole && !filtered ? kept : `select count(*) ${from}`,
    }
  },
})

export const orderings = ['reputed_at', '-reputed_at', 'id', '-id'] as const

export type Asked = Filters & { ordering?: (typeof orderings)[number] }

/** A page of points gained and lost: moderators see everybody's, or one member's; others their own. */
export function listScores(ctx: MemberCtx, asked: Asked, page: PageRequest): Promise<PageRows<'Score'>> {
  const { filtered, values } = readFilters(asked)
  const whole = isModerator(ctx.actor)
  const member = whole ? (asked.user_id ?? null) : ctx.actor.id
  const variant = { everybody: member === null, whole, ascending: !(asked.ordering ?? '-').startsWith('-'), filtered }
  return entries.page(ctx.db, { member, ...values }, page, variant)
}
