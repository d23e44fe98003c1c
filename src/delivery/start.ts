import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import type { DeliveryLog } from './engine.ts'
import type { DeliverySettings } from './settings.ts'

export type ToThread = 'wake' | 'stop'
export type FromThread =
  | { ready: string }
  | { log: { level: keyof DeliveryLog; about: Record<string, unknown>; message: string } }

export type Delivery = {
  /** Something was told, or asked for. */
  wake(): void
  stop(): Promise<void>
}

/**
 * Starts the delivery of webhooks in a thread of its own: the thread that answers requests never sends. If it should
 * fail it is started again; what it had not written down is sent again.
 */
export async function startDelivery(settings: DeliverySettings, log: DeliveryLog): Promise<Delivery> {
  let worker: Worker | null = null
  let stopping = false

  async function start(): Promise<void> {
    const made = new Worker(new URL('./thread.ts', import.meta.url), {
      workerData: settings,
      // What lives for a delivery dies young; more room than this is only memory.
      resourceLimits: { maxYoungGenerationSizeMb: 16 },
    })
    worker = made
    await new Promise<void>((resolve, reject) => {
      made.on('message', (message: FromThread) => {
        if ('ready' in message) resolve()
        else log[message.log.level](message.log.about, message.log.message)
      })
      made.on('error', reject)
      made.on('exit', () => reject(new Error('The delivery thread ended before it had begun')))
    })
    made.on('error', (error) => log.error({ err: error }, 'the delivery thread failed; it is started again'))
    made.on('exit', async () => {
      if (worker === made) worker = null
      for (let wait = 500; !stopping && !worker; wait = Math.min(wait * 2, 10_000)) {
        await sleep(wait)
        await start().catch((error) => log.error({ err: error }, 'the delivery thread could not be started'))
      }
    })
  }
  await start()

  return {
    wake: () => worker?.postMessage('wake' satisfies ToThread),
    async stop() {
      stopping = true
      const ending = worker
      if (!ending) return
      const ended = new Promise((resolve) => ending.once('exit', resolve))
      ending.postMessage('stop' satisfies ToThread)
      await ended
    },
  }
}
