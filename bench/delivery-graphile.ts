// graphile-worker as a sender of webhooks, with the batching its documentation measures with.
import { Logger, type Runner, run, runMigrations } from 'graphile-worker'
import { deliver, underWay } from './delivery-post.ts'
import { answering } from './delivery-processes.ts'

export type GraphileQuestion = { do: 'migrate'; url: string } | { do: 'start'; url: string } | { do: 'stop' }

const logger = new Logger(() => (level, message) => {
  if (level === 'error') process.stderr.write(`graphile-worker: ${message}\n`)
})

const preset = (connectionString: string) => ({
  worker: {
    connectionString,
    concurrentJobs: underWay,
    maxPoolSize: 10,
    localQueue: { size: 500 },
    completeJobBatchDelay: 0,
    failJobBatchDelay: 0,
    logger,
  },
})

let runner: Runner | null = null

answering<GraphileQuestion>(async (question) => {
  if (question.do === 'migrate') await runMigrations({ preset: preset(question.url) })
  else if (question.do === 'start') {
    const taskList = { deliver: (payload: unknown) => deliver(payload as { port: number; body: string }) }
    runner = await run({ preset: preset(question.url), taskList, noHandleSignals: true })
  } else await runner?.stop()
})
