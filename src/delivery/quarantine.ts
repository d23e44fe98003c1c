import { Worker } from 'node:worker_threads'
import type { Outcome, Sender, Sending } from './send.ts'
import type { DeliverySettings } from './settings.ts'

export type QuarantineRequest = { id: number; sending: Sending }
export type QuarantineAnswer = { id: number; outcome: Outcome }

/**
 * Sends from a thread of its own: receivers that do not answer cost connections, handshakes and deadlines by the
 * thousand, and none of that is to be felt by those that do. The thread begins with the first of them.
 */
export function createQuarantine(settings: DeliverySettings, onError: (error: unknown) => void): Sender {
  const waiting = new Map<number, (outcome: Outcome) => void>()
  let worker: Worker | null = null
  let next = 0

  function start(): Worker {
    const made = new Worker(new URL('./quarantine-thread.ts', import.meta.url), {
      workerData: settings,
      resourceLimits: { maxYoungGenerationSizeMb: 16 },
    })
    made.on('message', ({ id, outcome }: QuarantineAnswer) => {
      const done = waiting.get(id)
      waiting.delete(id)
      done?.(outcome)
    })
    made.on('error', onError)
    made.on('exit', () => {
      if (worker === made) worker = null
      const lost = [...waiting.values()]
      waiting.clear()
      for (const done of lost)
        done({ code: null, response: 'stopped: the sending thread has ended', ms: 0, retryAfter: null })
    })
    return made
  }

  return {
    send(sending, done) {
      worker ??= start()
      const id = next++
      waiting.set(id, done)
      // A copy that can be handed over: the original is shared with other lanes, and lies in a larger buffer.
      const body = new Uint8Array(sending.body)
      const request: QuarantineRequest = { id, sending: { ...sending, body } }
      worker.postMessage(request, [body.buffer])
    },
    async close() {
      const ending = worker
      worker = null
      await ending?.terminate()
    },
  }
}
