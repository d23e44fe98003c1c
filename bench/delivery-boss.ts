// pg-boss as a sender of webhooks: 500 jobs are fetched at once, delivered, and completed at once. Two such rounds
// overlap, so that nothing waits for the database.
import { PgBoss } from 'pg-boss'
import { deliver, underWay } from './delivery-post.ts'
import { answering } from './delivery-processes.ts'

type Job = { port: number; body: string }

export type BossQuestion =
  | { do: 'open'; url: string }
  | { do: 'add'; ports: number[]; bodies: string[] }
  /** Until so many are done. */
  | { do: 'run'; n: number }
  | { do: 'close' }

const queue = 'deliver'
const batchSize = 500
let boss: PgBoss | null = null

async function open(url: string): Promise<PgBoss> {
  const opened = new PgBoss({ connectionString: url, max: 10 })
  opened.on('error', (error) => process.stderr.write(`pg-boss: ${error.message}\n`))
  await opened.start()
  await opened.createQueue(queue)
  return opened
}

async function add(to: PgBoss, ports: number[], bodies: string[]): Promise<void> {
  const jobs = bodies.flatMap((body) => ports.map((port) => ({ data: { port, body } })))
  for (let i = 0; i < jobs.length; i += 5_000) await to.insert(queue, jobs.slice(i, i + 5_000))
}

async function deliverAll(jobs: Job[]): Promise<void> {
  let next = 0
  const one = async () => {
    while (next < jobs.length) await deliver(jobs[next++] as Job)
  }
  await Promise.all(Array.from({ length: underWay / 2 }, one))
}

async function runAll(on: PgBoss, n: number): Promise<void> {
  let done = 0
  const round = async () => {
    while (done < n) {
      const jobs = await on.fetch<Job>(queue, { batchSize })
      if (!jobs.length) return
      await deliverAll(jobs.map(({ data }) => data))
      await on.complete(
        queue,
        jobs.map(({ id }) => id),
      )
      done += jobs.length
    }
  }
  await Promise.all([round(), round()])
}

answering<BossQuestion>(async (question) => {
  if (question.do === 'open') boss = await open(question.url)
  else if (!boss) throw new Error('pg-boss was not opened')
  else if (question.do === 'add') await add(boss, question.ports, question.bodies)
  else if (question.do === 'run') await runAll(boss, question.n)
  else await boss.stop()
})
