import type { Db } from '../db/database.ts'
import { type Figure, figure } from '../figure.ts'
import { statement } from './statement.ts'

/**
 * A metric of how much a slice has waiting.
 * @param slice its folder
 * @param name as Prometheus names things
 * @param rows SQL of what waits: a `from` and what follows it
 */
export function waitingFigure(slice: string, name: string, says: string, rows: string): (db: Db) => Promise<Figure[]> {
  const counting = statement({
    name: `${slice}: figures`,
    takes: {},
    gives: { waiting: 'int' },
    sql: () => `select count(*)::int as waiting ${rows}`,
  })
  return async (db) => [figure(name, says, (await counting.row(db, {}))?.waiting ?? 0)]
}
