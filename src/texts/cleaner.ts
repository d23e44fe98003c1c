import { Worker } from 'node:worker_threads'
import { unavailable } from '../platform/errors.ts'
import { vectorOf } from '../platform/search/words.ts'
import { type Mentioned, type ReadHtml, readHtml, TooDeep } from './html.ts'
import { type SearchedHtml, writeSearched } from './searched.ts'

/** Messages to the thread, and its answers. It does one thing at a time. */
export type Order = { sent: string } | { read: ReadHtml; members: Mentioned[] } | { words: string }
type Result = ReadHtml | SearchedHtml | string
export type Done = { result: Result } | { tooMuch: true } | { error: unknown }

/**
 * Longest text, in characters, that is cleaned without the thread: the worst takes 20 ms, and a thread costs memory.
 */
const shortest = 4_000
/** The longest text takes the thread half a second at worst. One that takes this long, in ms, is refused. */
const patience = 10_000
/** Largest number of characters that wait, which takes some seconds. Beyond it the answer is 503. */
const maxWaiting = 1_000_000
/** The thread ends after this long without work, in ms. */
const idleFor = 60_000

/** A text that takes more time or memory to clean, or is nested deeper, than anything meant to be read. */
export class TooMuch extends Error {}

type Job = { order: Order; size: number; done(result: Result): void; failed(error: unknown): void }

let worker: Worker | null = null
let current: Job | null = null
let timer: NodeJS.Timeout | null = null
const waiting: Job[] = []
let size = 0

function start(): Worker {
  const made = new Worker(new URL('./thread.ts', import.meta.url), {
    resourceLimits: { maxYoungGenerationSizeMb: 16, maxOldGenerationSizeMb: 256 },
  })
  made.unref()
  made.on('message', (done: Done) => {
    if (worker !== made) return
    if ('result' in done) finish((job) => job.done(done.result))
    else finish((job) => job.failed('error' in done ? done.error : new TooMuch()))
  })
  made.on('error', (error) => {
    // A thread that runs out of memory ends; the text is at fault.
    const fault = 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? new TooMuch() : error
    if (worker === made) end((job) => job.failed(fault))
  })
  made.on('exit', (code) => {
    if (worker === made) end((job) => job.failed(new Error(`The thread that cleans texts has ended with ${code}`)))
  })
  return made
}

/** Finishes the present text, with a result or an error, and begins the next. */
function finish(tell: (job: Job) => void): void {
  if (timer) clearTimeout(timer)
  const job = current
  current = null
  if (job) {
    size -= job.size
    tell(job)
  }
  next()
}

function end(tell: (job: Job) => void): void {
  const ending = worker
  worker = null
  finish(tell)
  void ending?.terminate()
}

function next(): void {
  if (current) return
  const job = waiting.shift()
  if (!job) {
    if (worker) timer = setTimeout(() => end(() => {}), idleFor).unref()
    return
  }
  if (timer) clearTimeout(timer)
  current = job
  timer = setTimeout(() => end((late) => late.failed(new TooMuch())), patience)
  worker ??= start()
  worker.postMessage(job.order)
}

function run(order: Order, length: number): Promise<Result> {
  return new Promise((done, failed) => {
    // A text that was read already is no longer refused, and comes next; indexing what is already stored can wait.
    const begun = 'read' in order
    if ('sent' in order && size + length > maxWaiting) {
      failed(unavailable('Many long texts are being read just now. Try again in a moment.'))
      return
    }
    size += length
    const job = { order, size: length, done, failed }
    if (begun) waiting.unshift(job)
    else waiting.push(job)
    next()
  })
}

/** `readHtml`, in a thread of its own if the text is long, so that nobody else waits for it. */
export async function read(sent: string): Promise<ReadHtml> {
  if (sent.length > shortest) return (await run({ sent }, sent.length)) as ReadHtml
  try {
    return readHtml(sent)
  } catch (error) {
    throw error instanceof TooDeep ? new TooMuch() : error
  }
}

/** `writeSearched`, in the same thread if the text was long. */
export async function write(read: ReadHtml, members: Mentioned[], length: number): Promise<SearchedHtml> {
  return length > shortest ? ((await run({ read, members }, length)) as SearchedHtml) : writeSearched(read, members)
}

/** The words that a text is found by, as a tsvector; cut in the same thread if the text is long. */
export async function cutWords(words: string): Promise<string> {
  if (words.length <= shortest) return vectorOf(words, 'B')
  try {
    return (await run({ words }, words.length)) as string
  } catch (error) {
    // A text that was accepted must not keep others from being indexed.
    if (error instanceof TooMuch) return ''
    throw error
  }
}
