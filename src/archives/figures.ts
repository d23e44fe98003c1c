import type { Db } from '../platform/db/database.ts'
import { type Figure, figure } from '../platform/figure.ts'
import { statement } from '../platform/sql/statement.ts'

const counting = statement({
  name: 'archives: figures',
  takes: {},
  gives: { waiting: 'int' },
  sql: () => 'select count(*)::int as waiting from archive where generated_at is null',
})

/** What of it is still to be done. */
export async function archiveFigures(db: Db): Promise<Figure[]> {
  const { waiting = 0 } = (await counting.row(db, {})) ?? {}
  return [figure('kith_archives_waiting', 'Archives that members have asked for and that are not made yet.', waiting)]
}
