import { codeOf } from '../platform/db/database.ts'
import { Refusal } from '../platform/errors.ts'

export type Count = { new: number; there: number; failed: number }

/** The outcome of a move: what came, what did not, and why. */
export type Report = {
  counts: Record<string, Count>
  /** Reasons for what did not come, each with a number and a few examples. */
  reasons: { what: string; why: string; n: number; such: string[] }[]
}

export type Reporting = Report & {
  count(what: string, how: keyof Count, n?: number): void
  lacks(what: string, why: string, key: string): void
  /** Runs an act. A refusal is reported, and the move goes on. Null if it was refused. */
  trying<T>(what: string, key: string, act: () => Promise<T>): Promise<T | null>
}

const fewOf = 5

export function createReport(): Reporting {
  const counts: Report['counts'] = {}
  const reasons = new Map<string, Report['reasons'][number]>()
  const count: Reporting['count'] = (what, how, n = 1) => {
    counts[what] ??= { new: 0, there: 0, failed: 0 }
    counts[what][how] += n
  }
  const lacks: Reporting['lacks'] = (what, why, key) => {
    const id = `${what}: ${why}`
    const reason = reasons.get(id) ?? { what, why, n: 0, such: [] }
    reason.n++
    if (reason.such.length < fewOf) reason.such.push(key)
    // The number of different reasons is limited: strangers write parts of them.
    if (reasons.size < 1_000) reasons.set(id, reason)
  }
  return {
    counts,
    get reasons() {
      return [...reasons.values()].sort((one, other) => other.n - one.n)
    },
    count,
    lacks,
    async trying(what, key, act) {
      try {
        return await act()
      } catch (error) {
        // A refusal, or a value that no column takes; if the database is unavailable, the move ends.
        const refused = error instanceof Refusal && error.status < 500
        if (!refused && !/^2[23]/.test(codeOf(error) ?? '')) throw error
        count(what, 'failed')
        lacks(what, refused ? error.message : 'A value in it is out of range.', key)
        return null
      }
    },
  }
}
