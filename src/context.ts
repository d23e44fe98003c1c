import type { Actor, Actors } from './auth/actor.ts'
import type { Credential, Credentials } from './auth/credentials.ts'
import type { Throttle } from './auth/throttle.ts'
import type { Tokens } from './auth/token.ts'
import type { Community, CommunityState } from './community/state.ts'
import type { Config } from './config.ts'
import type { Addresses } from './delivery/http/addresses.ts'
import type { DeliveryState } from './delivery/threads/start.ts'
import type { Vapid } from './devices/vapid.ts'
import type { Files } from './files/open.ts'
import type { Clock } from './platform/clock.ts'
import type { Database } from './platform/db/database.ts'
import type { Replicas } from './platform/db/replicas.ts'
import { endpointsOf } from './platform/http/endpoint.ts'
import type { Language } from './platform/http/language.ts'
import type { Slice } from './slice.ts'

/** One running Kith. */
export type Kith = {
  /** The settings, as they were read when the process began. */
  config: Config
  db: Database
  /** The replicas, if there are any. */
  replicas?: Replicas | null
  clock: Clock
  tokens: Tokens
  actors: Actors
  credentials: Credentials
  signIns: Throttle
  /** The identity of this community for push services. */
  vapid: Vapid
  community: CommunityState
  /** Which addresses webhooks may be sent to. */
  webhookAddresses: Addresses
  /** Where uploads are stored, and what works with them. */
  files: Files
  /** The list of `slices.ts`, loaded when it is needed: a command that prints a token does without. */
  slices(): Promise<readonly Slice[]>
  /** The state of this node's webhook delivery; null if it does not deliver. */
  delivering?(): Promise<DeliveryState | null>
  /** This process is about to end: requests should go elsewhere. */
  stopping?: boolean
}

/** What an act gets: who asks, of which community, when, and on which database. */
export type Ctx = {
  kith: Kith
  db: Database
  /** The member who calls; null for a visitor. */
  actor: Actor | null
  community: Community
  now: Date
  /** The present request; a command has none. */
  asked?: Asked
}

/** Parts of the request that acts around sign-in need. */
export type Asked = {
  /** The client's network address. */
  readonly address: string
  /** The base of absolute links, as `https://community.example`. */
  readonly base: string
  /** The one of our languages that the client prefers. */
  readonly language: Language
  /** The Authorization header. */
  readonly authorization: string | undefined
  /** The Content-Range header: which part of a file was sent. */
  readonly contentRange: string | undefined
  /** What showed who calls; null for a visitor. */
  readonly credential: Credential | null
}

/** A context in which somebody is signed in. */
export type MemberCtx = Ctx & { actor: Actor }

/** The request, for an act that cannot do without. */
export function askedOf({ asked }: Ctx): Asked {
  if (!asked) throw new Error('This act needs a request')
  return asked
}

export const endpoint = endpointsOf<Ctx>()
