import { parentPort, workerData } from 'node:worker_threads'
import { createAddresses, parseAllowed } from './addresses.ts'
import type { QuarantineAnswer, QuarantineRequest } from './quarantine.ts'
import { createSender } from './send.ts'
import { type DeliverySettings, quarantinePace, sockets } from './settings.ts'

const { allow, timeout } = workerData as DeliverySettings
const sender = createSender({
  addresses: createAddresses(parseAllowed(allow)),
  timeout,
  sockets: sockets.others,
  pace: quarantinePace,
})

parentPort?.on('message', ({ id, sending }: QuarantineRequest) => {
  sender.send(sending, (outcome) => {
    const answer: QuarantineAnswer = { id, outcome }
    parentPort?.postMessage(answer)
  })
})
