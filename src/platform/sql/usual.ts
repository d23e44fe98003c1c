import { type Lru, lru } from '../lru.ts'
import { choose, forked, marksOf } from './fork.ts'

// Most statements look for what is seldom there: whom the reader hides, what is addressed to others. PostgreSQL sets up the
// plan of all of it before each run, which costs more than to read a page. So such SQL comes in two texts: a shorter one,
// for where some conditions hold, as they usually do, and one for anything. The shorter one tells whether they hold,
// from the same snapshot; if one does not, the other text is asked (docs/decisions/0148-what-usually-holds.md).

const marks = marksOf(['⦃', '⦙', '⦄'])
const between = '\n;\n'
const parameter = /^«\w+»$/

/**
 * SQL with a shorter text, for statements that can be asked in two: `list` and `one`. Others have the text for anything.
 * Either text may contain more of this.
 * @param about SQL of the id of the member whom the conditions are about; null if they are about nobody. The text is
 * only shorter where that is a parameter: what holds differs from row to row otherwise
 * @param conditions SQL of each thing that has to hold for the shorter text; they read nothing but parameters
 */
export function usually(about: string | null, conditions: string[], shorter: string, sql: string): string {
  if (about !== null && !parameter.test(about)) return sql
  return forked(marks, conditions.join(between), shorter, sql)
}

/** How the check of all statements and the dump call the shorter texts of a statement. */
export const usualName = (name: string) => `${name}, usually`

/** Whether SQL has two such texts. */
export const hasUsual = (sql: string) => sql.includes(marks.begin)

/** One of the two texts: the one for anything, or the shorter one with the conditions that it needs. */
export function takeUsual(usual: boolean, sql: string): { sql: string; conditions: string[] } {
  const conditions = new Set<string>()
  const taken = choose(sql, marks, (head) => {
    if (!usual) return 2
    for (const condition of head.split(between)) conditions.add(condition)
    return 1
  })
  return { sql: taken, conditions: [...conditions] }
}

/** SQL in its text for anything, in either text: where PostgreSQL would plan the shorter one worse. */
export const inAnyCase = (sql: string): string => takeUsual(false, sql).sql

/** What a shorter text writes for a value that it does not know: then the other is asked. JSON has no such character. */
export const unusual = { sql: `e'\\x05'`, character: '\x05' }

/** A condition in a text, and the parameters that it reads. */
export type Condition = { number: number; names: string[] }

const numbers = new Map<string, number>()

/** A condition by its SQL. Those that are the same in several statements are one. */
export function conditionOf(sql: string): Condition {
  const number = numbers.get(sql) ?? numbers.size
  numbers.set(sql, number)
  return { number, names: [...sql.matchAll(/«(\w+)»/g)].map(([, name]) => name as string) }
}

/** SQL of a column that tells of each condition whether it holds: `t` or `f`. */
export const heldSql = (conditions: string[]) =>
  conditions.length ? `concat(${conditions.map((each) => `(${each})`).join(', ')})` : `''`

/** How long a condition that did not hold is taken not to hold, in milliseconds. */
const lasts = 60_000
/** How many of them are remembered. */
const most = 50_000

export type Usual = ReturnType<typeof createUsual>

/** What an answer tells of the conditions, its text, which may name something unusual, and all of it. */
type Said = { held: string; text: string; whole(): string }

/**
 * Remembers what did not hold of late, so that it is not asked twice each time.
 * @param compared for tests: all is asked in the shorter text and in the other, and must be the same
 * @param now milliseconds
 */
export function createUsual(compared = false, now: () => number = () => performance.now()) {
  /** Until when, by condition and values. */
  const failed: Lru<string, number> = lru(most)
  const figures = { asked: 0, again: 0 }
  const keyOf = ({ number, names }: Condition, values: Record<string, unknown>) =>
    [number, ...names.map((name) => values[name])].join(' ')

  const mayHold = (conditions: Condition[], values: Record<string, unknown>) =>
    compared ||
    failed.size === 0 ||
    !conditions.some((each) => (failed.get(keyOf(each, values)) ?? Number.NEGATIVE_INFINITY) > now())

  function remember(conditions: Condition[], values: Record<string, unknown>, held: string): void {
    for (const [i, each] of conditions.entries()) if (held[i] !== 't') failed.set(keyOf(each, values), now() + lasts)
  }

  return {
    figures,
    /**
     * Asks in the shorter text if what that needs may hold, and in the other if it does not.
     * @param conditions what the shorter text needs, in the order in which an answer tells of it
     * @param run asks in one of the texts
     * @param read null if an answer says nothing, so that the other text is asked
     */
    async ask<A>(
      conditions: Condition[],
      values: Record<string, unknown>,
      run: (usual: boolean) => Promise<A>,
      read: (answer: A) => Said | null,
    ): Promise<A> {
      if (!mayHold(conditions, values)) return run(false)
      figures.asked++
      const before = compared && read(await run(false))?.whole()
      const answer = await run(true)
      const said = read(answer)
      if (said) {
        if (said.held.includes('f')) remember(conditions, values, said.held)
        else if (!said.text.includes(unusual.character)) {
          // The rows may have changed meanwhile.
          if (before && before !== said.whole() && before === read(await run(false))?.whole())
            throw new Error(`In any case: ${before}\nUsually: ${said.whole()}`)
          return answer
        }
      }
      figures.again++
      return run(false)
    },
  }
}
