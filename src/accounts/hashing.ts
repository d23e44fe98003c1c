import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { createShare } from '../platform/http/share.ts'

/** A message to a hashing thread: the text to hash, or to compare with the hash `against`. */
export type Order = { text: string; against?: string }
export type Done = { hash: string } | { fits: boolean } | { error: unknown }

/** Each hash takes 19 MiB and about 30 ms of a core; with several cores, one is left to everything else. */
const atOnce = Math.min(4, Math.max(1, availableParallelism() - 1))
/** A thread ends after this long without work, in ms. */
const idleFor = 60_000

const inTurn = createShare(atOnce, 'Too many members sign in at the moment. Try again in a moment.')

/** A thread, and its present work. */
type Thread = {
  worker: Worker
  job: { done(answer: Done): void; failed(error: unknown): void } | null
  timer?: NodeJS.Timeout
}

const idle: Thread[] = []

function start(): Thread {
  const worker = new Worker(new URL('./hash-thread.ts', import.meta.url))
  const thread: Thread = { worker, job: null }
  const leave = () => {
    if (idle.includes(thread)) idle.splice(idle.indexOf(thread), 1)
  }
  const fail = (error: unknown) => {
    leave()
    thread.job?.failed(error)
    thread.job = null
  }
  worker.on('message', (answer: Done) => {
    thread.job?.done(answer)
    thread.job = null
    worker.unref()
    thread.timer = setTimeout(() => {
      leave()
      void worker.terminate()
    }, idleFor).unref()
    idle.push(thread)
  })
  worker.on('error', fail)
  worker.on('exit', (code) => fail(new Error(`The thread that hashes passwords has ended with ${code}`)))
  return thread
}

function send(order: Order): Promise<Done> {
  const thread = idle.pop() ?? start()
  clearTimeout(thread.timer)
  thread.worker.ref()
  return new Promise((done, failed) => {
    thread.job = { done, failed }
    thread.worker.postMessage(order)
  })
}

/**
 * Hashes, or compares with a hash, in threads of low priority: signing in may take its time, and nobody else waits
 * for it.
 * @throws 503 when too many wait for it
 */
export async function carryOut(order: Order): Promise<Exclude<Done, { error: unknown }>> {
  const done = await inTurn(() => send(order))
  if ('error' in done) throw done.error
  return done
}
