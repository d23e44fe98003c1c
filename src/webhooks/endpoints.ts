import { admin } from '../auth/audience.ts'
import { endpoint } from '../context.ts'
import { checkTarget } from '../delivery/http/check-target.ts'
import { days } from '../eventlog/days.ts'
import { created, data, nothing, nothingBut, one, page, saying } from '../platform/http/endpoint.ts'
import { momentInput, readMoment } from '../platform/http/moment.ts'
import Type from '../platform/schema.ts'
import { orderings as attemptOrderings, listAttempts, listEventAttempts } from './attempts.ts'
import { changeEndpoint, replaceEndpoint } from './change.ts'
import { createEndpoint } from './create.ts'
import { deleteEndpoint } from './delete.ts'
import { describeTypes, eventTypes } from './event-types.ts'
import { checkEndpoint, endpointId, eventId, partOfEndpoint, wholeEndpoint } from './inputs.ts'
import { orderings as endpointOrderings, listEndpoints, listHealth, renderEndpoint } from './list.ts'
import { listOutcomeDays, listOutcomeMinutes, OutcomeDays, OutcomeMinutes } from './outcomes.ts'
import { beginRecovery, listRecoveries, renderRecovery } from './recover.ts'
import { maxEvents, resendEvent, resendEvents } from './resend.ts'
import { expireSecret, revealSecret } from './secrets.ts'
import { changeSettings, renderSettings } from './settings.ts'
import {
  EventAttempt,
  Reachability,
  WebhookAttempt,
  WebhookDelivery,
  WebhookEndpoint,
  WebhookEventType,
  WebhookHealth,
  WebhookRecovery,
  WebhookSecret,
} from './views.ts'

const ordering = Type.Optional(
  Type.Enum(endpointOrderings, { description: 'Field; `-` for descending. `-created_at` by default.' }),
)
const refusesTarget = { 400: 'The target cannot be sent to, or an event is unknown or named twice.' }

export const listWebhookEndpoints = endpoint('GET /api/v2/webhook/endpoint/', {
  summary: 'Get All Webhook Endpoints',
  who: admin,
  takes: { ordering },
  returns: page(WebhookEndpoint),
  act: ({ db }, { page, ordering }) => listEndpoints(db, { ordering }, page),
})

export const searchWebhookEndpoints = endpoint('GET /api/v2/webhook/endpoint/search/', {
  summary: 'Search Webhook Endpoints',
  who: admin,
  takes: { target: Type.Optional(Type.String({ maxLength: 2000, description: 'Part of the target.' })), ordering },
  returns: page(WebhookEndpoint),
  act: ({ db }, { page, ...filters }) => listEndpoints(db, filters, page),
})

export const listWebhookHealth = endpoint('GET /api/v2/webhook/health/', {
  summary: 'List how Webhook Endpoints are doing',
  description: 'Newest first, each with its settings, its health, and the outcome of its last attempts.',
  extension: true,
  who: admin,
  takes: { endpoint: Type.Optional({ ...endpointId, description: 'Only the endpoint with this id.' }) },
  returns: page(WebhookHealth),
  act: ({ db }, { endpoint, page }) => listHealth(db, endpoint, page),
})

export const listWebhookEvents = endpoint('GET /api/v2/webhook/endpoint/event/', {
  summary: 'Get All Webhook Events',
  description: 'The names of the events that endpoints can subscribe to, not paginated.',
  who: admin,
  returns: data(Type.Array(Type.String())),
  act: () => [...eventTypes],
})

export const listWebhookEventTypes = endpoint('GET /api/v2/webhook/event_type/', {
  summary: 'List the types of events',
  description: 'Everything that endpoints can subscribe to, not paginated, each with whether this Kith emits it yet.',
  extension: true,
  who: admin,
  returns: data(Type.Array(WebhookEventType)),
  act: describeTypes,
})

/** An answer names types that are subscribed to but never emitted. */
const notEmittedHeader = {
  'X-Kith-Not-Emitted': 'Types the endpoint is subscribed to that this Kith does not emit yet, comma-separated (ours).',
}

export const createWebhookEndpoint = endpoint('POST /api/v2/webhook/endpoint/', {
  summary: 'Create a Webhook Endpoint',
  description: '`secret/reveal/` shows its secret. It receives the events that happen from now on.',
  who: admin,
  takes: wholeEndpoint,
  returns: saying(created(WebhookEndpoint), notEmittedHeader),
  refuses: refusesTarget,
  checks: checkEndpoint,
  act: createEndpoint,
})

export const checkWebhookTarget = endpoint('POST /api/v2/webhook/endpoint/check/', {
  summary: 'Check a target',
  description:
    'Resolves the name, connects and performs the TLS handshake exactly as a delivery does, sends nothing, and ' +
    'says how far it came.',
  extension: true,
  who: admin,
  takes: { target: wholeEndpoint.target, ssl_cert_verification: wholeEndpoint.ssl_cert_verification },
  returns: data(Reachability),
  act: ({ kith }, { target, ssl_cert_verification }) =>
    checkTarget(target, { addresses: kith.webhookAddresses, verify: ssl_cert_verification ?? true }),
})

export const getWebhookEndpoint = endpoint('GET /api/v2/webhook/endpoint/{id}/', {
  summary: 'Get a specific Webhook Endpoint',
  who: admin,
  takes: { id: endpointId },
  returns: saying(one(WebhookEndpoint), notEmittedHeader),
  act: ({ db }, { id }) => renderEndpoint(db, id),
})

export const updateWebhookEndpoint = endpoint('PUT /api/v2/webhook/endpoint/{id}/', {
  summary: 'Update a specific Webhook Endpoint',
  description: 'Fields that are left out get their defaults.',
  who: admin,
  takes: { id: endpointId, ...wholeEndpoint },
  returns: saying(one(WebhookEndpoint), notEmittedHeader),
  refuses: refusesTarget,
  checks: checkEndpoint,
  act: (ctx, { id, ...sent }) => replaceEndpoint(ctx, id, sent),
})

export const patchWebhookEndpoint = endpoint('PATCH /api/v2/webhook/endpoint/{id}/', {
  summary: 'Patch a specific Webhook Endpoint',
  description: 'Fields that are left out stay as they are.',
  who: admin,
  takes: { id: endpointId, ...partOfEndpoint },
  returns: saying(one(WebhookEndpoint), notEmittedHeader),
  refuses: refusesTarget,
  checks: checkEndpoint,
  act: (ctx, { id, ...sent }) => changeEndpoint(ctx, id, sent),
})

export const deleteWebhookEndpoint = endpoint('DELETE /api/v2/webhook/endpoint/{id}/', {
  summary: 'Delete a Webhook Endpoint',
  description: 'Nothing is sent to it any more, neither waiting events nor retries.',
  who: admin,
  takes: { id: endpointId },
  returns: nothing,
  act: (ctx, { id }) => deleteEndpoint(ctx, id),
})

export const listWebhookAttempts = endpoint('GET /api/v2/webhook/endpoint/{id}/attempt/', {
  summary: 'Get All Webhook Endpoint Attempts',
  description: 'With `next_retry`, attempts that have a retry come first, then the others, last sent first.',
  who: admin,
  takes: {
    id: endpointId,
    ordering: Type.Optional(
      Type.Enum(attemptOrderings, { description: 'Field; `-` for descending. `-created_at` by default.' }),
    ),
    event: Type.Optional({ ...eventId, description: 'Only attempts to deliver the event with this id (ours).' }),
  },
  returns: page(WebhookAttempt),
  act: ({ db }, { id, page, ...filters }) => listAttempts(db, id, filters, page),
})

export const listWebhookEventAttempts = endpoint('GET /api/v2/webhook/attempt/', {
  summary: 'List the attempts at an event',
  description: 'To all endpoints or to one, last first, each with its duration.',
  extension: true,
  who: admin,
  takes: {
    event: { ...eventId, description: 'Id of the event.' },
    endpoint: Type.Optional(endpointId),
  },
  returns: page(EventAttempt, { limit: 20, max: 100, counted: false }),
  act: ({ db }, { event, endpoint, page }) => listEventAttempts(db, event, endpoint, page),
})

export const listWebhookOutcomeDays = endpoint('GET /api/v2/webhook/attempt/daily/', {
  summary: 'Count attempts by day',
  description: 'The outcomes of attempts at all endpoints on each of the last days, in UTC, including today.',
  extension: true,
  who: admin,
  takes: { days },
  returns: data(OutcomeDays),
  act: ({ db, now }, input) => listOutcomeDays(db, now, input.days ?? 30),
})

export const listWebhookOutcomeMinutes = endpoint('GET /api/v2/webhook/attempt/minutes/', {
  summary: 'Count the last attempts by minute',
  description: 'For the last hour, at all endpoints.',
  extension: true,
  who: admin,
  returns: data(OutcomeMinutes),
  act: ({ db, now }) => listOutcomeMinutes(db, now),
})

export const revealWebhookSecret = endpoint('POST /api/v2/webhook/endpoint/{id}/secret/reveal/', {
  summary: 'Reveal a specific Webhook Endpoint signing secret',
  who: admin,
  takes: {
    id: endpointId,
    password: Type.Optional(
      Type.String({ maxLength: 1000, description: 'Your own: checked if it is sent, even if it is empty.' }),
    ),
  },
  returns: created(WebhookSecret),
  refuses: { 400: 'A password was sent, and it is not yours.' },
  act: (ctx, { id, password }) => revealSecret(ctx, id, password),
})

export const expireWebhookSecret = endpoint('POST /api/v2/webhook/endpoint/{id}/secret/expire/', {
  summary: 'Expire a specific Webhook Endpoint signing secret',
  description: 'A new secret is made at once; `secret/reveal/` shows it.',
  who: admin,
  takes: {
    id: endpointId,
    grace_seconds: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 604_800,
        description: 'For how many seconds both secrets sign (ours); 0 by default: the old one ends at once.',
      }),
    ),
  },
  returns: one(WebhookEndpoint),
  act: (ctx, { id, grace_seconds }) => expireSecret(ctx, id, grace_seconds ?? 0),
})

export const resendWebhookEvent = endpoint('POST /api/v2/webhook/endpoint/{id}/event/resend/', {
  summary: 'Resend a specific Webhook Endpoint Event',
  description: 'Queues an event to be sent again, unchanged. An inactive endpoint gets it once it is active.',
  who: admin,
  takes: { id: endpointId, event: eventId },
  bare: 'event',
  returns: nothing,
  act: (ctx, { id, event }) => resendEvent(ctx, id, event),
})

const unknownEvents = nothingBut({
  'X-Kith-Unknown-Events': 'Ids that no event has, comma-separated: the first hundred, then `...` (ours).',
})

export const resendWebhookEvents = endpoint('POST /api/v2/webhook/endpoint/{id}/event/resend/bulk/', {
  summary: 'Resend multiple Webhook Endpoint Event',
  description: 'Queues events to be sent again. All of them are queued when this answers, or none.',
  who: admin,
  takes: {
    id: endpointId,
    event: Type.Array(eventId, { minItems: 1, maxItems: maxEvents, description: 'Ids of events.' }),
  },
  bare: 'event',
  bodyLimit: 2 * 1024 * 1024,
  returns: unknownEvents,
  act: (ctx, { id, event }) => resendEvents(ctx, id, event),
})

export const recoverWebhookEndpoint = endpoint('POST /api/v2/webhook/endpoint/{id}/recover/', {
  summary: 'Recover a Webhook Endpoint',
  description:
    'Sends events since a moment again: those that `failed` at their last attempt and have no retry; those ' +
    '`missed`, of the types the endpoint is now subscribed to; or `all` of them, whatever became of them.',
  extension: true,
  who: admin,
  takes: {
    id: endpointId,
    since: momentInput('From when on.'),
    kind: Type.Optional(Type.Enum(['failed', 'missed', 'all'], { description: '`failed` unless given.' })),
  },
  returns: one(WebhookRecovery),
  refuses: { 400: 'The moment cannot be read or lies ahead, or a recovery of this kind is under way.' },
  checks: (_ctx, { since }) => since !== undefined && readMoment('since', since),
  act: (ctx, { id, since, kind }) => beginRecovery(ctx, id, readMoment('since', since), kind ?? 'failed'),
})

export const listWebhookRecoveries = endpoint('GET /api/v2/webhook/endpoint/{id}/recover/', {
  summary: 'List recoveries of a Webhook Endpoint',
  description: 'Last first: those under way, and the last hundred that are done, with how much they queued.',
  extension: true,
  who: admin,
  takes: { id: endpointId },
  returns: page(WebhookRecovery),
  act: ({ db }, { id, page }) => listRecoveries(db, id, page),
})

export const getWebhookRecovery = endpoint('GET /api/v2/webhook/endpoint/{id}/recover/{recovery}/', {
  summary: 'Get a recovery of a Webhook Endpoint',
  extension: true,
  who: admin,
  takes: {
    id: endpointId,
    recovery: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER, description: 'Id of the recovery.' }),
  },
  returns: one(WebhookRecovery),
  act: ({ db }, { id, recovery }) => renderRecovery(db, id, recovery),
})

export const getWebhookDelivery = endpoint('GET /api/v2/webhook/endpoint/{id}/delivery/', {
  summary: 'Get settings and health of a Webhook Endpoint',
  extension: true,
  who: admin,
  takes: { id: endpointId },
  returns: one(WebhookDelivery),
  act: ({ db }, { id }) => renderSettings(db, id),
})

const upTo = (maximum: number, description: string) =>
  Type.Optional(
    Type.Union([Type.Integer({ minimum: 1, maximum }), Type.Null()], {
      description,
      sentence: `Send a whole number from 1 to ${maximum}, or null.`,
    }),
  )

export const patchWebhookDelivery = endpoint('PATCH /api/v2/webhook/endpoint/{id}/delivery/', {
  summary: 'Patch settings of a Webhook Endpoint',
  extension: true,
  who: admin,
  takes: {
    id: endpointId,
    rate_limit: upTo(1_000_000, 'Deliveries a second at most; null for no limit.'),
    concurrency: upTo(256, 'Requests at a time at most; null to leave it to Kith.'),
    standard_headers: Type.Optional(
      Type.Boolean({ description: 'Whether to send the headers of the Standard Webhooks specification as well.' }),
    ),
  },
  returns: one(WebhookDelivery),
  act: (ctx, { id, ...settings }) => changeSettings(ctx, id, settings),
})
