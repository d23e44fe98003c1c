import { parentPort } from 'node:worker_threads'
import type { Done, Order } from './cleaner.ts'
import { readHtml, TooDeep, writeHtml } from './html.ts'

function carryOut(order: Order): Done {
  try {
    return { result: 'sent' in order ? readHtml(order.sent) : writeHtml(order.read, order.members) }
  } catch (error) {
    return error instanceof TooDeep ? { tooMuch: true } : { error }
  }
}

parentPort?.on('message', (order: Order) => parentPort?.postMessage(carryOut(order)))
