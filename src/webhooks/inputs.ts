import type { Static } from 'typebox'
import type { Ctx } from '../context.ts'
import type { Addresses } from '../delivery/http/addresses.ts'
import { refuseTarget } from '../delivery/http/target.ts'
import { badField, readAll } from '../platform/errors.ts'
import Type from '../platform/schema.ts'
import { isEventType, operationalTypes } from './event-types.ts'

/** An endpoint's id in a path. */
export const endpointId = Type.Integer({
  minimum: 1,
  maximum: Number.MAX_SAFE_INTEGER,
  description: 'Id of the endpoint.',
})

export const eventId = Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER })

const example = '[{"type": "connection.created"}]'

const events = Type.Array(Type.Union([Type.String(), Type.Object({ type: Type.String() })]), {
  minItems: 1,
  sentence: `Send a list of events, as ${example}.`,
  description: `The events to receive, as \`${example}\`; the names alone will do. GET /api/v2/webhook/endpoint/event/ lists all.`,
})

const target = Type.String({ minLength: 1, maxLength: 2000, description: 'The address to send to: http or https.' })

/** The optional fields of an endpoint. */
const options = {
  is_active: Type.Optional(Type.Boolean({ description: 'Whether events are sent to it; true by default.' })),
  description: Type.Optional(Type.String({ maxLength: 10_000 })),
  ssl_cert_verification: Type.Optional(
    Type.Boolean({ description: 'Whether the certificate must be valid; true by default.' }),
  ),
}

export const wholeEndpoint = { target, events, ...options }
export const partOfEndpoint = { target: Type.Optional(target), events: Type.Optional(events), ...options }

export type Events = Static<typeof events>

/** A type, and since when the endpoint is subscribed to it, as in the database and the API. */
export type Subscription = { type: string; added_at: string }

const operational: ReadonlySet<string> = new Set(operationalTypes)

/**
 * Reads a subscription, or refuses it and names the wrong type.
 * @param before the present subscription: a type that stays keeps its date
 */
export function readEvents(sent: Events, now: Date, before: Subscription[] = []): Subscription[] {
  const since = new Map(before.map(({ type, added_at }) => [type, added_at]))
  const read = new Map<string, Subscription>()
  for (const each of sent) {
    const type = typeof each === 'string' ? each : each.type
    if (!isEventType(type) && !operational.has(type)) {
      const name = type.length > 100 ? `${type.slice(0, 100)}...` : type
      throw badField(
        'events',
        'unknown',
        `There is no event "${name}". GET /api/v2/webhook/endpoint/event/ lists all there are.`,
      )
    }
    if (read.has(type)) throw badField('events', 'duplicate', `"${type}" is there twice. Name every event once.`)
    // As the database writes it: with microseconds and offset.
    read.set(type, { type, added_at: since.get(type) ?? now.toISOString().replace('Z', '000+00:00') })
  }
  return [...read.values()]
}

/** Refuses an endpoint with a wrong target, wrong events, or both at once. */
export const checkEndpoint = ({ kith, now }: Ctx, { target, events }: { target?: string; events?: Events }) =>
  readAll({
    target: () => target !== undefined && checkAddress(target, kith.webhookAddresses),
    events: () => events && readEvents(events, now),
  })

/** Refuses an address that webhooks cannot be sent to, as far as its text shows. */
export function checkAddress(sent: string, addresses: Addresses): void {
  const refuse = (sentence: string) => badField('target', 'invalid', sentence)
  if (!/^https?:\/\/[^/?#]/i.test(sent)) throw refuse('Send an address that begins with http:// or https://.')
  // The URL parser would silently drop these, or take them for something else.
  if (/[\s\\]|\p{Cc}/u.test(sent) || !sent.isWellFormed())
    throw refuse('Leave out white space, backslashes and control characters; write them as %20 and the like.')
  if (sent.includes('#')) throw refuse('Leave out the # and what follows it: it is never sent.')
  if (!URL.canParse(sent)) throw refuse('This is not a web address. Write it as https://example.com/hook.')
  const { username, password } = new URL(sent)
  if (username || password) throw refuse('Leave out the user name and password: the signature says who sends.')
  const why = refuseTarget(sent, addresses)
  if (why) throw refuse(why)
}
