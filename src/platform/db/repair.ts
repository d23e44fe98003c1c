import { statement, type Values } from '../sql/statement.ts'
import type { Database, Db } from './database.ts'

/** Something kept that does not agree with the rows it is kept of. */
export type Drift = {
  what: string
  member: number
  kept: number
  counted: number
  /** Which of the repairs counts it again, and of what; null for what is no count: nobody knows which side is right. */
  repair: string | null
  of: number[]
}

/** How to count something again. The first thing it does is to take the lock under which the count changes. */
export type Repair = (tx: Db, of: number[]) => Promise<unknown>

/** SQL of a step of a repair: `$` is what it is a repair of. */
type Step<Of extends string> = ($: Record<Of, string>) => string

/**
 * A repair in SQL: `lock` the row that keeps the count, then, by what is committed by then, `write` it.
 * @param name slice and what is counted again
 * @param of the numbers that name a drift, in their order
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

/** What those that look for drift give, and take: `most` rows at most. */
export const driftLooks = {
  takes: { most: 'bigint' },
  gives: { what: 'text', member: 'bigint', kept: 'int', counted: 'int', repair: 'text?', of: 'bigint[]' },
} as const

/**
 * Counts again what has drifted, each in a transaction of its own: members go on meanwhile. Whoever changes a count does
 * it in the statement that changes its rows, so with the count locked its rows stand still, too; and with one lock at a
 * time nobody waits in a circle.
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
