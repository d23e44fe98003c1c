import { codeOf } from './database.ts'

/** Work of one kind that may be done together. */
type Kind<Work, Result> = {
  /**
   * Does all of it, or nothing. Undefined for work that could not be done beside the rest, though perhaps alone.
   */
  run(works: Work[]): Promise<(Result | undefined)[]>
  /** Whether some work can be done together with what is chosen already. */
  fits(work: Work, chosen: Work[]): boolean
  /** Most that is done together. */
  most: number
  /** How long others wait for what is under way, in ms: it may be stuck. */
  patience: number
}

type Waiting<Work, Result> = { work: Work; done: (result: Result) => void; failed: (error: unknown) => void }

/**
 * Does together what comes in one turn of the event loop, or while something is under way: one run goes after the
 * other, as more at once would wait for the same processors. Nothing waits for more to come. What fails together is
 * done one by one: so only what fails alone fails.
 */
export function createGathering<Work, Result>(kind: Kind<Work, Result>): (work: Work) => Promise<Result> {
  let waiting: Waiting<Work, Result>[] = []
  /** What others wait for: one, unless they have lost patience. */
  let underWay = 0

  async function alone({ work, done, failed }: Waiting<Work, Result>): Promise<void> {
    try {
      const [result] = await kind.run([work])
      if (result === undefined) throw new Error('Work that is alone has a result')
      done(result)
    } catch (error) {
      failed(error)
    }
  }

  async function together(these: Waiting<Work, Result>[]): Promise<void> {
    try {
      const results = await kind.run(these.map(({ work }) => work))
      const rest = these.filter(({ done }, i) => {
        const result = results[i]
        if (result !== undefined) done(result)
        return result === undefined
      })
      await Promise.all(rest.map(alone))
    } catch (error) {
      // Whether the database has done it is known only if it said that it has not.
      if (codeOf(error) === undefined) for (const { failed } of these) failed(error)
      else await Promise.all(these.map(alone))
    }
  }

  /** What has waited longest, and what can be done with it. */
  function choose(): Waiting<Work, Result>[] {
    const chosen: Waiting<Work, Result>[] = []
    const works: Work[] = []
    waiting = waiting.filter((each) => {
      if (chosen.length === kind.most || (chosen.length && !kind.fits(each.work, works))) return true
      chosen.push(each)
      works.push(each.work)
      return false
    })
    return chosen
  }

  function start(): void {
    while (waiting.length && !underWay) {
      const these = choose()
      underWay++
      let counts = true
      const ended = () => {
        if (!counts) return
        counts = false
        clearTimeout(late)
        underWay--
        start()
      }
      const late = setTimeout(ended, kind.patience)
      ;(these.length > 1 ? together(these) : alone(these[0] as Waiting<Work, Result>)).finally(ended)
    }
  }

  let soon = false
  return (work) =>
    new Promise((done, failed) => {
      waiting.push({ work, done, failed })
      if (soon) return
      soon = true
      setImmediate(() => {
        soon = false
        start()
      })
    })
}
