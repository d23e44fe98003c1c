import { setPriority } from 'node:os'
import { parentPort } from 'node:worker_threads'
import { hashSync, verifySync } from '@node-rs/argon2'
import type { Done, Order } from './hashing.ts'

// Linux knows the priority of a thread: 0 is this one. Whoever else is to be answered comes first. Elsewhere it would be that
// of the whole process.
if (process.platform === 'linux') {
  try {
    setPriority(0, 5)
  } catch {
    // Where it may not be lowered, it stays.
  }
}

function carryOut({ text, against }: Order): Done {
  try {
    return against === undefined ? { hash: hashSync(text) } : { fits: verifySync(against, text) }
  } catch (error) {
    return { error }
  }
}

parentPort?.on('message', (order: Order) => parentPort?.postMessage(carryOut(order)))
