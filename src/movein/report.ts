import { codeOf } from '../platform/db/database.ts'
import { Refusal } from '../platform/errors.ts'

export type Count = { new: number; there: number; failed: number }

/** What came of a move, and what did not come, and why. */
export type Report = {
  counts: Record<string, Count>
  /** Why some did not come: the reason, how many, and a few of them. */
  reasons: { what: string; why: string; n: number; such: string[] }[]
}

export type Reporting = Report & {
  count(what: string, how: keyof Count, n?: number): void
  lacks(what: string, why: string, key: string): void
  /** Does something; what is refused is reported, and all else goes on with the next. Null if it was refused. */
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
    // What strangers write must not make a list without end.
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
        // Refused, or a value that no column takes; what the database cannot do just now ends the move.
        const refused = error instanceof Refusal && error.status < 500
        if (!refused && !/^2[23]/.test(codeOf(error) ?? '')) throw error
        count(what, 'failed')
        lacks(what, refused ? error.message : 'A value in it is out of range.', key)
        return null
      }
    },
  }
}
