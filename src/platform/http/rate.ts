import rateLimit from '@fastify/rate-limit'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type Refusal, tooMany } from '../errors.ts'
import { clientOf } from './address.ts'
import type { Rate } from './limits.ts'

/** Counts a request against a rate. Returns the refusal if it is one too many. */
export type Count = (request: FastifyRequest, reply: FastifyReply) => Promise<Refusal | null>

const minute = 60_000
/** Clients remembered per rate. */
const remembered = 50_000

const forwarding = ['x-forwarded-for', 'forwarded', 'x-real-ip', 'via']
const isLoopback = (address = '') => /^(::1$|(::ffff:)?127\.)/.test(address)

/** Whether the client is a program on this machine, with no proxy in front. */
export const isLocal = ({ raw }: FastifyRequest) =>
  isLoopback(raw.socket.remoteAddress) && !forwarding.some((name) => name in raw.headers)

/**
 * Who a request counts for: the member of a valid token, wherever they are and however they spell it; else the
 * address.
 */
export const clientKey = (request: FastifyRequest): string =>
  request.caller === undefined ? `address ${clientOf(request)}` : `member ${request.caller}`

/**
 * Counts requests per minute and client.
 * @param perMinute requests per minute and client; 0 counts nothing
 * @param exemptLocal leaves out clients on this machine
 */
export async function createRates(app: FastifyInstance, perMinute: number, exemptLocal: boolean) {
  if (perMinute === 0) return { all: nothing, of: () => nothing }
  await app.register(rateLimit, { global: false, cache: remembered, timeWindow: minute, keyGenerator: clientKey })

  function counter(max: number): Count {
    const limit = app.createRateLimit({ max })
    return async (request, reply) => {
      if (exemptLocal && isLocal(request)) return null
      const counted = await limit(request)
      if (counted.isAllowed) return null
      const { remaining, ttlInSeconds, isExceeded } = counted
      reply.headers({
        'x-ratelimit-limit': max,
        'x-ratelimit-remaining': remaining,
        'x-ratelimit-reset': ttlInSeconds,
      })
      return isExceeded ? tooMany(ttlInSeconds) : null
    }
  }

  const named = new Map<Rate, Count>()
  return {
    /** Every request counts here. */
    all: counter(perMinute),
    /** Counts against a rate that several endpoints share. */
    of(rate: Rate): Count {
      const count = named.get(rate) ?? counter(rate.perMinute)
      named.set(rate, count)
      return count
    },
  }
}

export type Rates = Awaited<ReturnType<typeof createRates>>

const nothing: Count = async () => null
