import type { Db } from '../platform/db/database.ts'
import { type Finding, good, wrong } from '../platform/finding.ts'
import { statement } from '../platform/sql/statement.ts'

const counting = statement({
  name: 'devices: what waits to be pushed',
  takes: {},
  gives: { waiting: 'int', old: 'boolean' },
  sql: () => `select (select count(*)::int from (select from push limit 100000) p) as waiting,
    exists (select from push where due_at < now() - interval '10 minutes') as old`,
})

/** How many messages wait to be pushed, up to a hundred thousand. */
export const countWaiting = async (db: Db): Promise<number> => (await counting.row(db, {}))?.waiting ?? 0

/** Examines whether browser notifications go out. */
export async function examinePush(db: Db): Promise<Finding[]> {
  const { waiting = 0, old = false } = (await counting.row(db, {})) ?? {}
  if (old) return [wrong(`push: ${waiting} wait, some for more than ten minutes. Run kith serve or kith work.`)]
  return [good(`push: ${waiting} wait to be sent to browsers`)]
}
