import { codeOf, type Database } from './database.ts'

/** Work of one kind that may be done together. */
type Kind<Work, Result> = {
  /**
   * Does all of it, or nothing. Undefined for work that could not be done beside the rest: it goes with the next, and then
   * alone.
   */
  run(works: Work[]): Promise<(Result | undefined)[]>
  /** Whether some work can be done together with what is chosen already. */
  fits(work: Work, chosen: Work[]): boolean
  /** Most that is done together. */
  most: number
  /** How many runs may be under way; one if it is missing. Another begins with as much as is under way. */
  runs?: number
  /** How long others wait for what is under way, in ms: it may be stuck. */
  patience: number
}

type Waiting<Work, Result> = {
  work: Work
  /** Whether it was left over before. */
  again: boolean
  done: (result: Result) => void
  failed: (error: unknown) => void
}

async function alone<Work, Result>(kind: Kind<Work, Result>, work: Work): Promise<Result> {
  const [result] = await kind.run([work])
  if (result === undefined) throw new Error('Work that is alone has a result')
  return result
}

/**
 * Does together what comes in one turn of the event loop, or while something is under way: one run goes after the
 * other, as more at once would wait for the same processors. Nothing waits for more to come. What fails together is
 * done one by one: so only what fails alone fails.
 */
export function createGathering<Work, Result>(kind: Kind<Work, Result>): (work: Work) => Promise<Result> {
  let waiting: Waiting<Work, Result>[] = []
  /** Runs that others wait for, and have not lost patience with; and how much is done by them. */
  let underWay = 0
  let works = 0

  const byItself = ({ work, done, failed }: Waiting<Work, Result>) => alone(kind, work).then(done, failed)

  /** What is then done by itself is not waited for. */
  async function together(these: Waiting<Work, Result>[]): Promise<void> {
    try {
      const results = await kind.run(these.map(({ work }) => work))
      const next: Waiting<Work, Result>[] = []
      const done: (() => void)[] = []
      for (const [i, each] of these.entries()) {
        const result = results[i]
        if (result !== undefined) done.push(() => each.done(result))
        else if (each.again) byItself(each)
        else next.push({ ...each, again: true })
      }
      waiting.unshift(...next)
      // The database gets its next work first: meanwhile these are answered.
      setImmediate(() => {
        for (const tell of done) tell()
      })
    } catch (error) {
      // Whether the database has done it is known only if it said that it has not.
      if (codeOf(error) === undefined) for (const { failed } of these) failed(error)
      else these.forEach(byItself)
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
    while (waiting.length && underWay < (kind.runs ?? 1) && waiting.length >= works) {
      const these = choose()
      underWay++
      works += these.length
      let counts = true
      const ended = () => {
        if (counts) {
          counts = false
          clearTimeout(late)
          underWay--
          works -= these.length
        }
        // What is left over may wait even if nothing has waited for this.
        start()
      }
      const late = setTimeout(ended, kind.patience)
      ;(these.length > 1 ? together(these) : byItself(these[0] as Waiting<Work, Result>)).finally(ended)
    }
  }

  let soon = false
  return (work) =>
    new Promise((done, failed) => {
      waiting.push({ work, again: false, done, failed })
      if (soon) return
      soon = true
      setImmediate(() => {
        soon = false
        start()
      })
    })
}

/** The same on each database that there is work for. What is traced is done alone: a trace follows one request. */
export function gatheredOn<Work, Result>(kindOn: (db: Database) => Kind<Work, Result>) {
  const known = new WeakMap<Database, { kind: Kind<Work, Result>; gather: (work: Work) => Promise<Result> }>()
  return async (db: Database, work: Work): Promise<Result> => {
    let on = known.get(db)
    if (!on) {
      const kind = kindOn(db)
      on = { kind, gather: createGathering(kind) }
      known.set(db, on)
    }
    return db.isTraced() ? alone(on.kind, work) : on.gather(work)
  }
}
