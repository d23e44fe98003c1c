import { forbidden, Refusal, refused } from '../platform/errors.ts'
import type { Pair } from './pair.ts'
import { isHidden } from './relationship.ts'

/** While one of two members hides the other, nothing between them can change. */
export function refuseIfHidden({ relationship }: Pair): void {
  if (isHidden(relationship))
    throw forbidden('One of you hides the other. Nothing can be done between you while that lasts.')
}

export function refuseIfBlocked({ other }: Pair): void {
  if (other.status === 'b') throw forbidden('This member is blocked in the community.')
}

/** Nothing new begins between two members of whom one hides the other, nor with a blocked member. */
export function refuseIfHiddenOrBlocked(pair: Pair): void {
  refuseIfHidden(pair)
  refuseIfBlocked(pair)
}

/** Refuses a request beyond the daily quota. Days are UTC. */
export function refuseBeyondQuota({ me }: Pair, quota: number, now: Date): void {
  const today = now.toISOString().slice(0, 10)
  if (quota === 0 || me.quotaDay !== today || me.quotaUsed < quota) return
  const left = Math.ceil((Date.parse(`${today}T24:00:00Z`) - now.getTime()) / 1000)
  throw new Refusal(
    429,
    [{ code: 'quota_exceeded', message: `You have sent today's ${quota} requests. Ask again tomorrow (UTC).` }],
    { 'Retry-After': String(left) },
  )
}

export const noRequest = () =>
  refused('no_request', 'There is no open request from this member. It may have been withdrawn or answered.')
export const alreadyConnected = (instead: string) =>
  refused('already_connected', `You are connected with this member. ${instead}`)
