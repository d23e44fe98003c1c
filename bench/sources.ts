import { createTokens } from '../src/auth/token.ts'
import { systemClock } from '../src/platform/clock.ts'
import type { Database } from '../src/platform/db/database.ts'
import { type Community, createRandom, findStrangers } from './community.ts'
import { get, load, post, type Source } from './load.ts'
import { secret } from './servers.ts'

const random = createRandom(3)
export const oneOf = <T>(items: T[]) => items[Math.floor(random() * items.length)] as T

/** Makes tokens for members, as whoever runs the community would. */
export async function createTokenBook(ids: number[]): Promise<Map<number, string>> {
  const tokens = createTokens(secret, systemClock)
  return new Map(await Promise.all(ids.map(async (id) => [id, await tokens.mint(id, 86_400)] as const)))
}

export type Sources = Awaited<ReturnType<typeof createSources>>

/** What is asked of Kith, and of the floor, about a community: always by and about members drawn from the probed ones. */
export async function createSources(community: Community) {
  const { probes, scale, famous, star } = community
  const admin = scale.members
  const book = await createTokenBook([...probes, admin, famous])
  const token = (id: number) => book.get(id) as string
  const probe = () => oneOf(probes)
  /** A member and somebody near, with whom they have friends in common. */
  const neighbours = (): [number, number] => {
    const at = Math.floor(random() * probes.length)
    const near = (at + 1 + Math.floor(random() * Math.min(100, probes.length - 1))) % probes.length
    return [probes[at] as number, probes[near] as number]
  }
  const asked = (make: (id: number) => string) => () => make(probe())
  const near = (make: (viewer: number, owner: number) => string) => () => make(...neighbours())

  return {
    token,
    admin,
    kith: {
      requests: asked((id) => get('/api/v2/user/connection/requests/', token(id))),
      connections: near((viewer, owner) => get(`/api/v2/user/${owner}/connections/`, token(viewer))),
      ownConnections: asked((id) => get(`/api/v2/user/${id}/connections/`, token(id))),
      me: asked((id) => get('/api/v2/user/me/', token(id))),
      profile: near((viewer, owner) => get(`/api/v2/user/${owner}/`, token(viewer))),
      starsProfile: asked((id) => get(`/api/v2/user/${star}/`, token(id))),
      starsConnections: asked((id) => get(`/api/v2/user/${star}/connections/`, token(id))),
      events: () => get('/api/v2/events/', token(admin)),
    },
    floor: {
      requests: asked((id) => get(`/requests/${id}`)),
      connections: near((viewer, owner) => get(`/seen/${owner}/${viewer}`)),
      ownConnections: asked((id) => get(`/connections/${id}`)),
      me: asked((id) => get(`/me/${id}`)),
      profile: asked((id) => get(`/user/${id}`)),
    },
  }
}

/**
 * Requests and their withdrawals by turns, each pair of members used by one connection at a time.
 * @param parts how many sources: no two of them use the same pair
 */
export async function createWrites(
  community: Community,
  parts: number,
  pairs: number,
  shape: (part: number, from: number, to: number, ask: boolean) => string,
): Promise<Source[]> {
  const strangers = await findStrangers(community, pairs * parts)
  return Array.from({ length: parts }, (_, part) => {
    const own = strangers.filter((_pair, i) => i % parts === part)
    let next = 0
    const open = new Map<number, [number, number]>()
    return (connection) => {
      const asked = open.get(connection)
      if (asked) {
        open.delete(connection)
        return shape(part, ...asked, false)
      }
      const pair = own[next++ % own.length] as [number, number]
      open.set(connection, pair)
      return shape(part, ...pair, true)
    }
  })
}

/**
 * Has members act for a moment. Statements were planned while nobody had been notified of anything, and read those tables from
 * end to end; autovacuum ends that within a minute of such acts.
 */
export async function beginWrites(db: Database, port: number, source: Source, connections: number): Promise<void> {
  await load(port, source, connections, 2)
  await db.query('vacuum analyze')
}

export const kithWrite = (token: string, to: number, ask: boolean) =>
  post(`/api/v2/user/${to}/connection/${ask ? 'request' : 'cancel_request'}/`, token)
