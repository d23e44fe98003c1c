import { setTimeout as sleep } from 'node:timers/promises'
import { SingleBar } from 'cli-progress'
import { reach, type Where } from './remote.ts'
import { type Said, say } from './say.ts'

/** Sends events to a webhook endpoint again, whatever became of them. */
export async function resend(endpoint: number, events: number[], { json, ...where }: Where & Said): Promise<void> {
  const kith = await reach(where)
  await kith.ask('POST', `/webhook/endpoint/${endpoint}/event/resend/bulk/`, { event: events })
  const words = `${events.length === 1 ? 'It is' : `${events.length} are`} queued for endpoint ${endpoint}.`
  say({ json }, { endpoint, events, queued: true }, words)
}

type Recovery = { id: number; queued: number; until: number; done: boolean }
type Recovering = Where & { since: string; kind: string; json?: boolean }

/** Sends a webhook endpoint what it lacks since a moment, and waits until all of it is queued. */
export async function recover(endpoint: number, { since, kind, json = false, ...where }: Recovering): Promise<void> {
  const kith = await reach(where)
  let recovery = (await kith.ask('POST', `/webhook/endpoint/${endpoint}/recover/`, { since, kind })).json as Recovery
  const bar = new SingleBar({
    format: 'Looking through the log: {value} queued',
    clearOnComplete: true,
    noTTYOutput: false,
  })
  bar.start(0, 0)
  while (!recovery.done) {
    bar.update(recovery.queued)
    await sleep(300)
    recovery = (await kith.ask('GET', `/webhook/endpoint/${endpoint}/recover/${recovery.id}/`)).json as Recovery
  }
  bar.stop()
  const { queued } = recovery
  say(
    { json },
    recovery,
    `${queued} ${queued === 1 ? 'delivery is' : 'deliveries are'} queued for endpoint ${endpoint}.`,
  )
}
