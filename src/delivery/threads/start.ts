import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import type { DeliveryLog, Engine } from '../engine.ts'
import type { DeliverySettings } from '../settings.ts'

export type ToThread = 'wake' | 'stop' | 'state'
export type FromThread =
  | { ready: string }
  | { state: DeliveryState }
  | { log: { level: keyof DeliveryLog; about: Record<string, unknown>; message: string } }

export type DeliveryState = ReturnType<Engine['state']>

export type DeliveryThread = {
  /** Looks for new events and requested repeats at once. */
  wake(): void
  /** The present state; null if the thread does not answer soon. */
  state(): Promise<DeliveryState | null>
  stop(): Promise<void>
}

/** How long to wait for the thread's state, in ms. */
const patience = 1_000

const threadFile = new URL('./delivery-thread.ts', import.meta.url)

/**
 * Starts the delivery of webhooks in a thread of its own: the thread that answers requests never sends. If it fails
 * it is started again, as often as needed; what it had not written down is sent again.
 */
export async function startDelivery(
  settings: DeliverySettings,
  log: DeliveryLog,
  file = threadFile,
): Promise<DeliveryThread> {
  let worker: Worker | null = null
  let stopping = false
  const asking: ((state: DeliveryState | null) => void)[] = []

  async function start(): Promise<void> {
    const made = new Worker(file, {
      workerData: settings,
      // What a delivery allocates dies young; more room would only cost memory.
      resourceLimits: { maxYoungGenerationSizeMb: 16 },
    })
    let cause: unknown = null
    await new Promise<void>((resolve, reject) => {
      made.on('message', (message: FromThread) => {
        if ('ready' in message) resolve()
        else if ('state' in message) for (const tell of asking.splice(0)) tell(message.state)
        else log[message.log.level](message.log.about, message.log.message)
      })
      made.on('messageerror', (error) => log.error({ err: error }, 'the delivery thread sent an unreadable message'))
      made.on('error', (error) => {
        cause = error
      })
      made.on('exit', (code) =>
        reject(cause ?? new Error(`The delivery thread ended with ${code} before it had begun`)),
      )
    })
    worker = made
    made.on('exit', (code) => {
      worker = null
      if (stopping && !cause) return
      const err = cause ?? new Error(`The delivery thread ended with ${code}`)
      log.error({ err }, 'the delivery thread failed; it is started again')
      restart()
    })
  }

  async function restart(): Promise<void> {
    for (let wait = 500; !stopping && !worker; wait = Math.min(wait * 2, 10_000)) {
      await sleep(wait)
      if (!stopping)
        await start().catch((error) => log.error({ err: error }, 'the delivery thread could not be started'))
    }
    // It was asked to stop while it began.
    if (stopping) worker?.postMessage('stop' satisfies ToThread)
  }
  await start()

  return {
    wake: () => worker?.postMessage('wake' satisfies ToThread),
    state: () =>
      new Promise((resolve) => {
        if (!worker) {
          resolve(null)
          return
        }
        asking.push(resolve)
        // The caller gets the other figures if this thread is too busy to answer.
        setTimeout(() => resolve(null), patience).unref()
        worker.postMessage('state' satisfies ToThread)
      }),
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
