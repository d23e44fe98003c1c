import type { ConnectionSettings } from '../platform/db/database.ts'

/** Everything a thread that delivers must know; plain data, so that it can be sent to one. */
export type DeliverySettings = {
  database: ConnectionSettings
  /** Seconds before each retry. */
  schedule: number[]
  /** For a whole attempt, in ms. */
  timeout: number
  /** Networks that may be reached though they are private: CIDRs with commas between. */
  allow: string
  /** Where traces are sent to, if anywhere. */
  traces: string | null
  /** Off behind a pooler, which has no session to listen in. */
  listen: boolean
}

/** Seconds before each retry, as the webhook documentation has them. */
export const retrySchedule = [5, 25, 125, 625, 3125]

/** How the engine's database sessions differ. */
export const deliverySession = {
  // Its tables grow and shrink by the second, and no statistics keep up.
  enable_seqscan: 'off',
  enable_hashjoin: 'off',
  enable_mergejoin: 'off',
  // A node that stands still in the middle of a transaction must not stop the one that takes its lanes.
  idle_in_transaction_session_timeout: '5000',
  lock_timeout: '3000',
}

/** Sockets kept at most, to receivers that answer and to the others. */
export const sockets = { proven: 1_024, others: 2_048 }

/** Connections begun in 10 ms at most to receivers that do not answer. */
export const isolatedPace = 8
