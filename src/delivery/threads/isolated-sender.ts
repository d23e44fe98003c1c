import { Worker } from 'node:worker_threads'
import type { Outcome, Sender, Sending } from '../http/send.ts'
import type { DeliverySettings } from '../settings.ts'

export type IsolatedRequest = { id: number; sending: Sending }
export type IsolatedAnswer = { id: number; outcome: Outcome }

/** The thread ends after this long without work, in ms: it costs memory, and every endpoint begins here. */
const idleFor = 60_000

/**
 * Sends from a thread of its own: receivers that do not answer cost connections, handshakes and deadlines by the
 * thousand, which those that do must not feel. The thread begins with the first such receiver.
 */
export function createIsolatedSender(settings: DeliverySettings, onError: (error: unknown) => void): Sender {
  const waiting = new Map<number, (outcome: Outcome) => void>()
  let worker: Worker | null = null
  let next = 0
  let idle: NodeJS.Timeout | null = null
  let outbox: IsolatedRequest[] = []

  function start(): Worker {
    const made = new Worker(new URL('./isolated-thread.ts', import.meta.url), {
      workerData: settings,
      resourceLimits: { maxYoungGenerationSizeMb: 16 },
    })
    made.on('message', (answers: IsolatedAnswer[]) => {
      for (const { id, outcome } of answers) {
        const done = waiting.get(id)
        waiting.delete(id)
        done?.(outcome)
      }
      if (!waiting.size) idle ??= setTimeout(end, idleFor).unref()
    })
    let heard = false
    made.on('error', (error) => {
      heard = true
      onError(error)
    })
    made.on('messageerror', onError)
    made.on('exit', (code) => {
      // Otherwise we ended it, and there may be another by now.
      if (worker !== made) return
      if (!heard) onError(new Error(`The isolated sending thread ended with ${code}`))
      forget()
    })
    return made
  }

  function forget(): void {
    worker = null
    const lost = [...waiting.values()]
    waiting.clear()
    for (const done of lost)
      done({ code: null, response: 'stopped: the sending thread has ended', ms: 0, retryAfter: null })
  }

  async function end(): Promise<void> {
    if (idle) clearTimeout(idle)
    idle = null
    const ending = worker
    forget()
    await ending?.terminate()
  }

  function flush(): void {
    const requests = outbox
    outbox = []
    worker?.postMessage(requests)
  }

  return {
    send(sending, done) {
      if (idle) clearTimeout(idle)
      idle = null
      worker ??= start()
      const id = next++
      waiting.set(id, done)
      // Sent together: a message costs more than its content, and a body sent to many travels once.
      if (!outbox.length) setImmediate(flush)
      outbox.push({ id, sending })
    },
    close: end,
  }
}
