import type { Ctx } from '../context.ts'
import Type from '../platform/schema.ts'
import { statement } from '../platform/sql/statement.ts'

export const Totals = Type.Object(
  { members: Type.Integer(), contributions: Type.Integer({ description: 'Statuses, posts and discussions.' }) },
  { $id: 'Totals', additionalProperties: false },
)

const counting = statement({
  name: 'system: totals',
  takes: {},
  gives: { members: 'int', contributions: 'bigint' },
  sql: () => `select (select members from community) as members,
    (select coalesce(sum(n), 0)::bigint from contribution_total) as contributions`,
})

/** The totals of the community, from kept counts. */
export async function countTotals({ db }: Ctx) {
  return (await counting.row(db, {})) ?? { members: 0, contributions: 0 }
}
