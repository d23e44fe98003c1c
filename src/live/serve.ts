import type { FastifyRequest } from 'fastify'
import { member as anyMember } from '../auth/audience.ts'
import { mayCall, openContext } from '../auth/identify.ts'
import type { Kith } from '../context.ts'
import type { Database } from '../platform/db/database.ts'
import { forbidden, unavailable } from '../platform/errors.ts'
import type { Server, ServerOptions } from '../platform/http/server.ts'
import { type Socket, type Sockets, serveSockets } from '../platform/http/sockets.ts'
import { mostSockets } from './examine.ts'
import { createFollowing } from './follow.ts'
import { findStanding, type Listener, listenerOf } from './standing.ts'
import { createTell, type Pages } from './tell.ts'
import type { Telling } from './telling.ts'

/** The official clients send this every five seconds and expect it back. */
const heartbeat = '--1a61c1de89b75ddfbb684b8d224ee3ae--'

export type LiveOptions = {
  /** Largest number of open sockets. */
  sockets?: number
  /** How often, in seconds, to check that a page is still there and may go on listening. */
  patience?: number
  /** A database of its own, so that open pages do not wait for requests. */
  telling?: Database
  /** Whether to listen for commits of other nodes. */
  listen?: boolean
}

/**
 * Serves `/ws/notify`: a signed-in member's page is told what happens to the member as it is committed, on any node.
 */
export function serveLive(
  server: Server,
  kith: Kith,
  tellings: readonly Telling[],
  options: ServerOptions & LiveOptions,
): Sockets {
  const { log } = options
  const pages: Pages = new Map()
  const db = options.telling ?? kith.db
  const tell = createTell({ db, community: kith.community }, pages, tellings)
  const types = tellings.flatMap(({ of }) => of)
  const following = createFollowing(kith, { db, types, tell, listen: options.listen ?? true, log })

  async function admit(request: FastifyRequest): Promise<Listener> {
    if (kith.stopping) throw unavailable('Kith is stopping. Connect again in a moment.')
    if (!mayCall(request, options)) throw forbidden('Pages of this origin may not connect: see KITH_CORS_ORIGINS.')
    const ctx = await openContext(kith, request.caller ?? null, request, options)
    const { actor } = await anyMember.admit(ctx, {})
    if (actor.status === 'b') throw forbidden('Your account is blocked: you may read, but not listen.')
    return listenerOf(request.credential as NonNullable<typeof request.credential>)
  }

  /** Closes sockets whose members may no longer listen, even if there is nothing to tell them. */
  async function lookAt(some: Socket<Listener>[]): Promise<void> {
    try {
      const standing = await findStanding(
        db,
        some.map(({ who }) => who),
        false,
      )
      for (const each of some) if (standing.get(each.who)?.blocked !== false) each.close('refused')
    } catch (error) {
      log.warn({ err: error }, 'whether pages may go on listening could not be read')
    }
  }

  const sockets = serveSockets<Listener>(
    server,
    {
      path: '/ws/notify',
      heartbeat,
      patience: options.patience ?? 20,
      most: mostSockets(options.sockets ?? 10_000),
      admit,
      opening: () => following.begin(),
      opened(socket) {
        const there = pages.get(socket.who.member)
        if (there) there.add(socket)
        else pages.set(socket.who.member, new Set([socket]))
      },
      closed(socket) {
        const there = pages.get(socket.who.member)
        there?.delete(socket)
        if (!there?.size) pages.delete(socket.who.member)
        if (!pages.size) following.rest()
      },
      lookAt,
    },
    options,
  )
  return {
    get open() {
      return sockets.open
    },
    async stop() {
      await sockets.stop()
      await following.stop()
    },
  }
}
