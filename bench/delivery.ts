import { benchAttempts } from './delivery-attempts.ts'
import { benchCost } from './delivery-cost.ts'
import { type At, createMould } from './delivery-endpoints.ts'
import { benchIsolation } from './delivery-isolation.ts'
import { benchLatency } from './delivery-latency.ts'
import { benchRetries } from './delivery-retries.ts'
import type { Measuring } from './measure.ts'

export const deliveryParts = ['deliveries', 'isolation', 'latency', 'retries', 'attempts'] as const
export type DeliveryPart = (typeof deliveryParts)[number]

export type Delivering = Measuring & { quick: boolean; attempts: number; nodeArgs: string[] }

/** The delivery of webhooks: what it costs, how soon it comes, and what can disturb it. */
export async function benchDelivery(dir: string, at: At, parts: Set<DeliveryPart>, options: Delivering): Promise<void> {
  options.say('deliveries: making a community')
  const mould = await createMould(dir, at)
  if (parts.has('deliveries')) await benchCost(dir, at, mould, options, options.nodeArgs)
  if (parts.has('isolation')) await benchIsolation(dir, at, mould, options)
  if (parts.has('latency')) await benchLatency(dir, at, mould, options)
  if (parts.has('retries')) await benchRetries(dir, at, mould, options)
  if (parts.has('attempts')) await benchAttempts(dir, at, mould, options)
}
