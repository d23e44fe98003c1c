import type { Db } from '../platform/db/database.ts'
import { type Figure, figure } from '../platform/figure.ts'
import { statement } from '../platform/sql/statement.ts'

const counting = statement({
  name: 'accounts: figures',
  takes: {},
  gives: { waiting: 'int' },
  sql: () => 'select count(*)::int as waiting from erasure where done is null',
})

/** What of it is still to be done. */
export async function erasureFigures(db: Db): Promise<Figure[]> {
  const { waiting = 0 } = (await counting.row(db, {})) ?? {}
  return [figure('kith_erasures_waiting', 'Members whose erasure is not done yet.', waiting)]
}
