import { parentPort } from 'node:worker_threads'
import { vectorOf } from '../platform/search/words.ts'
import type { Done, Order } from './cleaner.ts'
import { readHtml, TooDeep } from './html.ts'
import { writeSearched } from './searched.ts'

function carryOut(order: Order): Done {
  try {
    if ('words' in order) return { result: vectorOf(order.words, 'B') }
    return { result: 'sent' in order ? readHtml(order.sent) : writeSearched(order.read, order.members) }
  } catch (error) {
    return error instanceof TooDeep ? { tooMuch: true } : { error }
  }
}

parentPort?.on('message', (order: Order) => parentPort?.postMessage(carryOut(order)))
