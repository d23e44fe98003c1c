import { statement, type Values } from '../sql/statement.ts'
import type { Database, Db } from './database.ts'

/** A kept value that does not agree with the rows it is derived from. */
export type Drift = {
  what: string
  member: number
  kept: number
  counted: number
  /** Which repair counts it again, and for what; null if it is no count and nobody knows which side is right. */
  repair: string | null
  of: number[]
}

/** Counts something again. It first takes the lock under which the count changes. */
export type Repair = (tx: Db, of: number[]) => Promise<unknown>

/** SQL of a step of a repair; `$` names what is repaired. */
type Step<Of extends string> = ($: Record<Of, string>) => string

/**
 * A repair in SQL: `lock` the row that keeps the count, then `write` it from what is committed by then.
 * @param name slice and what is counted again
 * @param of the numbers that name a drift, in order
 */
export function recount<const Of extends string>(
  name: string,
  of: readonly Of[],
  lock: Step<Of>,
  ...write: Step<Of>[]
): Repair {
  const takes = Object.fromEntries(of.map((each) => [each, 'bigint'])) as Record<Of, 'bigint'>
  const steps = [lock, ...write].map((sql, i) =>
    statement({ name: `${name}, ${i ? `step ${i}` : 'lock'}`, takes, gives: {}, sql }),
  )
  return async (tx, numbers) => {
    const values = Object.fromEntries(of.map((each, i) => [each, numbers[i]])) as Values<Record<Of, 'bigint'>>
    for (const step of steps) await step.rows(tx, values)
  }
}

/** The parameters and columns of statements that look for drift; `most` limits the rows. */
export const driftLooks = {
  takes: { most: 'bigint' },
  gives: { what: 'text', member: 'bigint', kept: 'int', counted: 'int', repair: 'text?', of: 'bigint[]' },
} as const

/**
 * Counts again what has drifted, each in a transaction of its own, while members go on. A count changes only in the
 * statement that changes its rows, so while the count is locked its rows stand still. With one lock at a time, nobody
 * waits in a circle.
 * @returns how many were counted again
 */
export async function repairDrift(db: Database, repairs: Record<string, Repair>, drift: Drift[]): Promise<number> {
  const wanted = new Map(
    drift.filter(({ repair }) => repair).map(({ repair, of }) => [`${repair} ${of}`, { repair, of }]),
  )
  for (const { repair, of } of wanted.values()) {
    await db.transaction(async (tx) => {
      await tx.query('set local statement_timeout = 0')
      await repairs[repair as string]?.(tx, of)
    })
  }
  return wanted.size
}
