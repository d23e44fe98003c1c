import type { Actor, Actors } from './auth/actor.ts'
import type { Tokens } from './auth/token.ts'
import type { Community, CommunityState } from './community/state.ts'
import type { Addresses } from './delivery/http/addresses.ts'
import type { Clock } from './platform/clock.ts'
import type { Database } from './platform/db/database.ts'
import { endpointsOf } from './platform/http/endpoint.ts'
import type { Slice } from './slice.ts'

/** What one running Kith is made of. */
export type Kith = {
  db: Database
  clock: Clock
  tokens: Tokens
  actors: Actors
  community: CommunityState
  /** Where webhooks may be sent to. */
  webhookAddresses: Addresses
  /** The list of `slices.ts`, loaded when it is asked for: a command that prints a token does without. */
  slices(): Promise<readonly Slice[]>
  /** Requests should go elsewhere: this process is about to end. */
  stopping?: boolean
}

/** What an act is given: who asks, of which community, when, and where things are kept. */
export type Ctx = {
  kith: Kith
  db: Database
  /** The member who calls; null for a visitor. */
  actor: Actor | null
  community: Community
  now: Date
}

/** A context in which somebody is signed in. */
export type MemberCtx = Ctx & { actor: Actor }

export const endpoint = endpointsOf<Ctx>()
