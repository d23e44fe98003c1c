import { setPriority } from 'node:os'
import { parentPort } from 'node:worker_threads'
import { hashSync, verifySync } from '@node-rs/argon2'
import type { Done, Order } from './hashing.ts'

// Lowers the priority of this thread below that of threads that answer requests. On Linux 0 means this thread;
// elsewhere it would be the whole process.
if (process.platform === 'linux') {
  try {
    setPriority(0, 5)
  } catch {
    // Without permission the priority stays as it is.
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
