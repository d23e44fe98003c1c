import { parseCookie } from 'cookie'
import type { FastifyRequest } from 'fastify'
import { decodeJwt } from 'jose'
import type { Asked, Ctx, Kith } from '../context.ts'
import type { Db } from '../platform/db/database.ts'
import { forbidden, Refusal, unauthorized } from '../platform/errors.ts'
import { baseOf, clientOf } from '../platform/http/address.ts'
import { languageFor } from '../platform/http/language.ts'
import type { ServerOptions } from '../platform/http/server.ts'
import { protocolsOf } from '../platform/http/sockets.ts'
import { type Actor, isOver } from './actor.ts'
import type { Credential, Scope } from './credentials.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** What showed who calls. */
    credential?: Credential
  }
}

const bearer = /^(?:Bearer|Token|JWT) +(\S+)$/i
const loopback = /^https?:\/\/(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/

/** Whether a request changes nothing. */
export const isSafe = ({ method }: { method: string }) => method === 'GET' || method === 'HEAD' || method === 'OPTIONS'

/** The name of a cookie. With the prefix `__Host-`, browsers make sure that only this host sets it. */
export const cookieName = (name: string, base: string) => (base.startsWith('https:') ? `__Host-${name}` : name)

type Origins = Pick<ServerOptions, 'origins' | 'publicUrl'>

/** Whether a request comes from a page of Kith's own, as far as browsers tell. */
export function isOwn(request: FastifyRequest, { publicUrl }: Pick<Origins, 'publicUrl'>): boolean {
  const { origin, 'sec-fetch-site': site } = request.headers
  return site === 'same-origin' || (site === undefined && origin === baseOf(request, publicUrl))
}

/** Whether pages of an origin may call. */
const isNamed = (origin: string, { origins }: Origins) =>
  origins === '*' || (origins === 'loopback' ? loopback.test(origin) : origins.includes(origin))

/** Whether a request comes from a page that may call, or from no page at all. */
export const mayCall = (request: FastifyRequest, options: Origins): boolean =>
  request.headers.origin === undefined || isOwn(request, options) || isNamed(request.headers.origin, options)

/**
 * Whether the session of a browser counts for a request: any page can make a browser send its cookies. Sessions count
 * for Kith's own pages, and on the API also for named origins. An operator who allows every origin means tokens.
 */
function isMeant(request: FastifyRequest, options: Origins): boolean {
  const { origin } = request.headers
  if (isOwn(request, options)) return true
  if (origin === undefined) return isSafe(request)
  return request.url.startsWith('/api/') && options.origins !== '*' && isNamed(origin, options)
}

/** The prefix of a sub-protocol that carries a token. */
const inProtocol = '__'

/** The token in the sub-protocol of a WebSocket request: browsers can send it in no other way. */
function tokenOfSocket({ raw }: FastifyRequest): string | null {
  const [protocol] = protocolsOf(raw)
  if (protocol === undefined) return null
  if (!protocol.startsWith(inProtocol))
    throw unauthorized('Send the token as the sub-protocol, behind two underscores.')
  return protocol.slice(inProtocol.length)
}

async function readCredential(kith: Kith, request: FastifyRequest, options: Origins): Promise<Credential | null> {
  const { authorization, cookie } = request.headers
  if (request.routeOptions.config?.socket) {
    const token = tokenOfSocket(request)
    if (token !== null) return kith.credentials.readToken(token)
  }
  if (authorization) {
    const token = bearer.exec(authorization)?.[1]
    if (!token) throw unauthorized('Send the token as Authorization: Bearer <token>.')
    return kith.credentials.readToken(token)
  }
  // No sessions for WebSockets: they stay open for long, and any page could open one.
  if (!cookie?.includes('kith_session') || request.routeOptions.config?.socket) return null
  const session = parseCookie(cookie)[cookieName('kith_session', baseOf(request, options.publicUrl))]
  return session && isMeant(request, options) ? kith.credentials.readSession(session) : null
}

/**
 * The member of a request, by a valid token or by the session of a browser. An invalid token is refused everywhere,
 * also where none is needed. Tokens of apps are held to their scopes here.
 */
export async function identify(kith: Kith, request: FastifyRequest, options: Origins): Promise<number | null> {
  if (request.routeOptions.config?.standard) return null
  const credential = await readCredential(kith, request, options)
  if (!credential) return null
  const needed: Scope = isSafe(request) ? 'read' : 'write'
  if (credential.kind === 'token' && !credential.scopes.includes(needed)) {
    const { errors } = forbidden(`This token lacks the scope "${needed}".`, 'insufficient_scope')
    throw new Refusal(403, errors, { 'WWW-Authenticate': `Bearer error="insufficient_scope", scope="${needed}"` })
  }
  request.credential = credential
  return credential.member
}

/**
 * Whether a credential is older than the password. This concerns JSON Web Tokens; a change of password ends all
 * others.
 */
const isOld = (credential: Credential | undefined, { since }: Actor) =>
  typeof since === 'number' && credential?.kind === 'jwt' && (decodeJwt(credential.token).iat as number) < since

/** The member who calls. If their block is over by now, it is ended. */
async function findActor(kith: Kith, member: number, db: Db): Promise<Actor | null> {
  const actor = await kith.actors.find(member, db)
  if (!actor || !isOver(actor, kith.clock.now())) return actor
  for (const { whenBlockIsOver } of await kith.slices()) await whenBlockIsOver?.(kith, member)
  return kith.actors.find(member)
}

/**
 * What acts ask of a request. A class: an object of its own with getters would have a hidden class of its own, in
 * memory that is cleared rarely, and would keep its whole request there.
 */
class AskedBy implements Asked {
  readonly #request: FastifyRequest
  readonly #publicUrl: string | undefined
  readonly credential: Credential | null

  constructor(request: FastifyRequest, publicUrl: string | undefined, credential: Credential | null) {
    this.#request = request
    this.#publicUrl = publicUrl
    this.credential = credential
  }

  get address() {
    return clientOf(this.#request)
  }
  get base() {
    return baseOf(this.#request, this.#publicUrl)
  }
  get language() {
    return languageFor(this.#request.headers['accept-language'])
  }
  get authorization() {
    return this.#request.headers.authorization
  }
  get contentRange() {
    return this.#request.headers['content-range']
  }
}

/** The context of a request: who calls, in which community, and how. */
export async function openContext(
  kith: Kith,
  member: number | null,
  request: FastifyRequest,
  { publicUrl }: Pick<Origins, 'publicUrl'>,
): Promise<Ctx> {
  const { credential } = request
  const db = (request.routeOptions.config?.reads && kith.replicas?.reading()) || kith.db
  const actor = member === null ? null : await findActor(kith, member, db)
  // The session of a member who is gone counts as none: their browser goes on as a visitor.
  if (member !== null && !actor && credential?.kind !== 'session')
    throw unauthorized('The member of this token is no longer here.')
  if (actor && isOld(credential, actor)) throw unauthorized('The password was changed since. Get a new token.')
  const asked = new AskedBy(request, publicUrl, actor ? (credential ?? null) : null)
  return { kith, db, actor, community: kith.community.current(), now: kith.clock.now(), asked }
}
