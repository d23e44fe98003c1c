import type { Db } from '../platform/db/database.ts'
import { type Figure, figure } from '../platform/figure.ts'
import { statement } from '../platform/sql/statement.ts'

const counting = statement({
  name: 'scores: figures',
  takes: {},
  gives: { waiting: 'int' },
  sql: () => 'select count(*)::int as waiting from (select from score_due limit 10000) d',
})

/** What of it is still to be done. */
export async function scoreFigures(db: Db): Promise<Figure[]> {
  const { waiting = 0 } = (await counting.row(db, {})) ?? {}
  return [figure('kith_scores_waiting', 'Acts whose points are still to be given, counted up to 10000.', waiting)]
}
