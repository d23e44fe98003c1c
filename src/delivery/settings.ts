import type { ConnectionSettings } from '../platform/db/database.ts'

/** Everything a delivery thread must know; plain data, so that it can be sent to a thread. */
export type DeliverySettings = {
  database: ConnectionSettings
  /** Seconds before each retry. */
  schedule: number[]
  /** For a whole attempt, in ms. */
  timeout: number
  /** Private networks that may be reached: comma-separated CIDRs. */
  allow: string
  /** Where traces are sent, if anywhere. */
  traces: string | null
  /** False behind a pooler, which has no session to listen in. */
  listen: boolean
}

/** Seconds before each retry, as in the webhook documentation. */
export const retrySchedule = [5, 25, 125, 625, 3125]

/** Settings of the engine's database sessions. */
export const deliverySession = {
  // Its tables grow and shrink by the second, and no statistics keep up.
  enable_seqscan: 'off',
  enable_hashjoin: 'off',
  enable_mergejoin: 'off',
  // A node that stalls in the middle of a transaction must not stop the node that takes its lanes.
  idle_in_transaction_session_timeout: '5000',
  lock_timeout: '3000',
}

/** Largest number of sockets, for receivers that answer and for the others. */
export const sockets = { proven: 1_024, others: 2_048 }

/** Largest number of connections begun in 10 ms to receivers that do not answer. */
export const isolatedPace = 8
