import type { Logger } from 'pino'
import type { Kith } from '../context.ts'
import type { Db } from '../platform/db/database.ts'
import { rules } from '../platform/search/fold.ts'
import { statement } from '../platform/sql/statement.ts'
import { slices } from '../slices.ts'
import { keepDoing } from './chores.ts'

const indexed = slices.flatMap(({ indexing }) => indexing ?? [])

/** How often long indexing is logged, in ms. */
const sayEvery = 10_000

/**
 * Indexes everything that is due: after an upgrade, or after a version that does not index wrote something. Each
 * batch is a transaction; nodes that do this at once take different ones, and a process that is killed loses one
 * batch.
 * @param stopped asked between batches
 * @returns how many rows were indexed
 */
export async function indexAll(kith: Pick<Kith, 'db'>, log?: Logger, stopped = () => false): Promise<number> {
  let total = 0
  for (const { rows, batch } of indexed) {
    let [done, next] = [0, performance.now() + sayEvery]
    while (!stopped()) {
      const n = await batch(kith.db)
      if (!n) break
      done += n
      if (performance.now() < next) continue
      log?.info({ [rows]: done }, 'indexing what is to be searched; until then it is not found')
      next = performance.now() + sayEvery
    }
    if (done) log?.info({ [rows]: done }, 'indexed what is to be searched')
    total += done
  }
  return total
}

/**
 * Keeps everything indexed until it is stopped: at once, and by a regular look.
 * @returns stops it: resolves when the batch under way has ended
 */
export const keepIndexed = (kith: Kith, log: Logger): (() => Promise<void>) => {
  let stopped = false
  const chores = { 'index what is to be searched': () => indexAll(kith, log, () => stopped) }
  const stop = keepDoing(log, chores, { first: 100, pause: 15_000 })
  return () => {
    stopped = true
    return stop()
  }
}

const waiting = statement({
  name: 'indexing: what is due',
  takes: {},
  gives: Object.fromEntries(indexed.map(({ rows }) => [rows, 'int' as const])),
  sql: () =>
    `select ${indexed
      .map(({ table, rows }) => `(select count(*)::int from ${table} where search_rules < ${rules}) as "${rows}"`)
      .join(', ')}`,
})

/** How many rows of each table are not indexed yet, in words; null if there are none. */
export async function sayDue(db: Db): Promise<string | null> {
  const row = await waiting.row(db, {})
  const due = Object.entries(row ?? {}).filter(([, n]) => n > 0)
  return due.length ? due.map(([name, n]) => `${n} ${name}`).join(', ') : null
}
