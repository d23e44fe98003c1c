import type { Db } from '../platform/db/database.ts'
import { type Figure, figure } from '../platform/figure.ts'
import { statement } from '../platform/sql/statement.ts'

const counting = statement({
  name: 'mail: figures',
  takes: {},
  gives: { waiting: 'int', oldest: 'float8' },
  sql: () => `select count(*)::int as waiting, coalesce(extract(epoch from now() - min(created_at)), 0)::float8 as oldest
    from mail where due_at is not null`,
})

/** Metrics of mails. */
export async function mailFigures(db: Db): Promise<Figure[]> {
  const { waiting = 0, oldest = 0 } = (await counting.row(db, {})) ?? {}
  return [
    figure('kith_mails_waiting', 'Mails that are to be sent.', waiting),
    figure('kith_mails_oldest_seconds', 'How long the oldest of them has waited.', oldest),
  ]
}
