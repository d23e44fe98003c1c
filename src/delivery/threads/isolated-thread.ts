import { parentPort, workerData } from 'node:worker_threads'
import { createAddresses, parseAllowed } from '../http/addresses.ts'
import { createSender } from '../http/send.ts'
import { type DeliverySettings, isolatedPace, sockets } from '../settings.ts'
import type { IsolatedAnswer, IsolatedRequest } from './isolated-sender.ts'

const { allow, timeout } = workerData as DeliverySettings
const sender = createSender({
  addresses: createAddresses(parseAllowed(allow)),
  timeout,
  sockets: sockets.others,
  pace: isolatedPace,
})

let answers: IsolatedAnswer[] = []
function flush(): void {
  parentPort?.postMessage(answers)
  answers = []
}

parentPort?.on('message', (requests: IsolatedRequest[]) => {
  for (const { id, sending } of requests)
    sender.send(sending, (outcome) => {
      if (!answers.length) setImmediate(flush)
      answers.push({ id, outcome })
    })
})
