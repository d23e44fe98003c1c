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

/** What one running Kith is made of. */
export type Kith = {
  /** What the operator has set, as it was read when the process began. */
  config: Config
  db: Database
  /** Who else can be read from; none unless said. */
  replicas?: Replicas | null
  clock: Clock
  tokens: Tokens
  actors: Actors
  credentials: Credentials
  signIns: Throttle
  /** By which push services know this community. */
  vapid: Vapid
  community: CommunityState
  /** Where webhooks may be sent to. */
  webhookAddresses: Addresses
  /** Where what members upload is kept, and how. */
  files: Files
  /** The list of `slices.ts`, loaded when it is asked for: a command that prints a token does without. */
  slices(): Promise<readonly Slice[]>
  /** How the delivery of webhooks from this node stands; null where there is none. */
  delivering?(): Promise<DeliveryState | null>
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
  /** The request that is acted on; where a command acts, there is none. */
  asked?: Asked
}

/** What acts that let somebody in look at of the request itself. */
export type Asked = {
  /** The network address it comes from. */
  readonly address: string
  /** The base of absolute links, as `https://community.example`. */
  readonly base: string
  /** The language of ours that they would rather read. */
  readonly language: Language
  /** The Authorization header. */
  readonly authorization: string | undefined
  /** The Content-Range header: which part of a file was sent. */
  readonly contentRange: string | undefined
  /** What showed who calls; null of a visitor. */
  readonly credential: Credential | null
}

/** A context in which somebody is signed in. */
export type MemberCtx = Ctx & { actor: Actor }

/** The request behind an act that cannot do without. */
export function askedOf({ asked }: Ctx): Asked {
  if (!asked) throw new Error('This act needs a request')
  return asked
}

export const endpoint = endpointsOf<Ctx>()
