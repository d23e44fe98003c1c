import { parentPort, workerData } from 'node:worker_threads'
import { createAddresses, parseAllowed } from '../http/addresses.ts'
import { createSender } from '../http/send.ts'
import { type DeliverySettings, quarantinePace, sockets } from '../settings.ts'
import type { QuarantineAnswer, QuarantineRequest } from './isolated-sender.ts'

const { allow, timeout } = workerData as DeliverySettings
const sender = createSender({
  addresses: createAddresses(parseAllowed(allow)),
  timeout,
  sockets: sockets.others,
  pace: quarantinePace,
})

let answers: QuarantineAnswer[] = []
function flush(): void {
  parentPort?.postMessage(answers)
  answers = []
}

parentPort?.on('message', (requests: QuarantineRequest[]) => {
  for (const { id, sending } of requests)
    sender.send(sending, (outcome) => {
      if (!answers.length) setImmediate(flush)
      answers.push({ id, outcome })
    })
})
