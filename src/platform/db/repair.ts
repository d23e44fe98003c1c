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

/** A repair in SQL: `lock` the row that keeps the count, then, by what is committed by then, `write` it. */
export const recount =
  (lock: string, ...write: string[]): Repair =>
  async (tx, of) => {
    for (const text of [lock, ...write]) await tx.query(text, of)
  }

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
