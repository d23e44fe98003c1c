import { fixedHeaders } from '../delivery/http/sign.ts'
import Type from '../platform/schema.ts'
import {
  boolean,
  integer,
  isoSql,
  moment,
  nested,
  nullable,
  nullableMoment,
  plainView,
  text,
} from '../platform/sql/view.ts'

// Every expression below reads a row of webhook_endpoint named w, of webhook_lane named l, of webhook_attempt named a
// with its event e, or of webhook_recovery named r.

const date = Type.String({ format: 'date-time' })

/**
 * A type of event with a moment. The API uses this one shape for the moment it was added and for the moment it first
 * happened.
 */
const EventOf = (description: string) =>
  Type.Object({ type: Type.String(), added_at: date }, { description, additionalProperties: false })

/** A receiver, as administrators see it. It has exactly the documented fields; the secret is shown separately. */
export const WebhookEndpoint = plainView('WebhookEndpoint', 'A receiver of webhooks.', {
  id: integer('w.id'),
  created_at: moment('w.created_at'),
  updated_at: moment('w.updated_at'),
  is_active: boolean('w.is_active'),
  target: text('w.target'),
  description: text('w.description'),
  events: nested(Type.Array(EventOf('A type it is subscribed to, and since when.')), 'w.events::text'),
  ssl_cert_verification: boolean('w.ssl_cert_verification'),
})

export const WebhookSecret = plainView('WebhookSecret', 'What the webhooks of an endpoint are signed with.', {
  signing_secret: text('w.secret'),
})

const digest = (nth: number) => `encode(substring(a.digests from ${nth * 32 + 1} for 32), 'hex')`

// One v1 per secret that signed; v0 for the first, as the documentation uses both names.
const signatureSql = `concat('t=', floor(extract(epoch from a.sent_at))::bigint, ',v1=', ${digest(0)},
  case when length(a.digests) > 32 then ',v1=' || ${digest(1)} end, ',v0=', ${digest(0)})`

/** One request as it was sent, with its outcome. An attempt is created when it is sent, so the two times are equal. */
export const WebhookAttempt = plainView('WebhookAttempt', 'A webhook as it was sent, and what was answered.', {
  id: integer('a.id'),
  created_at: moment('a.sent_at'),
  event: nested(
    EventOf('The event, and when it happened.'),
    `concat('{"type":"', e.type, '","added_at":"', ${isoSql('e.created')}, '"}')`,
  ),
  sent_at: moment('a.sent_at'),
  http_request_body: text('e.body'),
  http_request_signature_header: {
    schema: Type.String(),
    sql: signatureSql,
    kind: 'word',
  },
  http_response_code: {
    schema: nullable(Type.Integer({ description: 'Null if no answer came; the body then says why.' })),
    sql: 'a.code',
    kind: 'number',
  },
  // Receivers may answer with what they were sent.
  http_response_body: text(`case when e.erased then '' else a.response end`),
  next_retry: nullableMoment('a.next_retry'),
})

const seconds = 'floor(extract(epoch from a.sent_at))::bigint'
const standardDigest = (nth: number) => `encode(substring(a.standard from ${nth * 32 + 1} for 32), 'base64')`

/** JSON of the headers of an attempt: its signatures are stored, the rest is the same for all. */
const headersSql = `concat('{"connection":"keep-alive",',
  '${JSON.stringify(fixedHeaders).slice(1, -1)},"selfcommunity-signature":"', ${signatureSql}, '"',
  case when a.standard is not null then concat(',"webhook-id":"evt_', a.event_id, '","webhook-timestamp":"', ${seconds},
    '","webhook-signature":"v1,', ${standardDigest(0)},
    case when length(a.standard) > 32 then ' v1,' || ${standardDigest(1)} end, '"') end,
  case when not e.erased then concat(',"content-length":"', octet_length(e.body::text), '"') end, '}')`

/** An attempt to deliver one event, with the whole request and its duration. */
export const EventAttempt = plainView('EventAttempt', 'A webhook as it was sent to one of the endpoints.', {
  endpoint_id: integer('a.endpoint_id'),
  target: {
    ...text(`coalesce((select target from webhook_target t where t.endpoint_id = a.endpoint_id and t.version <= a.version
        order by t.version desc limit 1), (select target from webhook_endpoint where id = a.endpoint_id))`),
    schema: Type.String({
      description: "Where it was sent; for attempts from before this was stored, the endpoint's present address.",
    }),
  },
  ...WebhookAttempt.fields,
  http_request_headers: nested(
    nullable(
      Type.Record(Type.String(), Type.String(), {
        description:
          'The headers it was sent with, besides Host, which the target says. Null for attempts from before this ' +
          'was stored.',
      }),
    ),
    `case when a.version is null then 'null' else ${headersSql} end`,
  ),
  ms: { ...integer('a.ms'), schema: Type.Integer({ description: 'How long it took to be answered, or to fail.' }) },
})

const nullableInteger = (sql: string, description: string) => ({
  schema: nullable(Type.Integer({ description })),
  sql,
  kind: 'number' as const,
})

/** Deliveries are counted up to this number: beyond it nobody needs to know exactly. */
export const maxCounted = 10_000

const state = `case when not w.is_active then 'inactive' when l.paused then 'paused'
  when l.failures > 0 then 'failing' else 'healthy' end`

/** The delivery settings of an endpoint, and how deliveries go. */
export const WebhookDelivery = plainView('WebhookDelivery', 'How an endpoint is delivered to, and how that goes.', {
  rate_limit: nullableInteger('w.rate_limit', 'Deliveries a second at most; null is no limit.'),
  concurrency: nullableInteger('w.concurrency', 'Requests at a time at most; null leaves it to Kith.'),
  standard_headers: {
    ...boolean('w.standard_headers'),
    schema: Type.Boolean({ description: 'Sends the headers of the Standard Webhooks specification as well.' }),
  },
  state: {
    schema: Type.Enum(['inactive', 'healthy', 'failing', 'paused'], {
      description:
        'failing: the last attempts failed. paused: so many failed that only a probe is sent from time to time.',
    }),
    sql: state,
    kind: 'word',
  },
  failures: { ...integer('l.failures'), schema: Type.Integer({ description: 'Failed attempts in a row.' }) },
  failing_since: nullableMoment('l.failing_since'),
  succeeded_at: nullableMoment('l.succeeded_at'),
  probe_at: nullableMoment('l.probe_at'),
  pending_retries: {
    schema: Type.Integer({
      description: `Deliveries waiting for a retry or a requested repeat, counted up to ${maxCounted}.`,
    }),
    sql: `(select count(*) from (select from webhook_delivery d where d.endpoint_id = w.id limit ${maxCounted}) d)`,
    kind: 'number',
  },
  behind_at_most: {
    schema: Type.Integer({
      description: 'Events of any type since the last one dealt with: the largest number of deliveries due.',
    }),
    sql: 'greatest(0, coalesce((select max(id) from event), 0) - l.position)',
    kind: 'number',
  },
  attempts: { ...integer('l.attempts'), schema: Type.Integer({ description: 'Attempts in the log of attempts.' }) },
})

/** How many of an endpoint's last attempts are summed up. */
export const maxRecent = 100

const RecentAttempts = Type.Object(
  {
    delivered: Type.Integer({ description: 'Answered with 2xx.' }),
    refused: Type.Integer({ description: 'Answered with anything else.' }),
    unanswered: Type.Integer({ description: 'No answer came.' }),
    since: nullable(date),
    ms: nullable(Type.Integer({ description: 'Half of the attempts took no longer than this, in ms.' })),
  },
  {
    $id: 'RecentAttempts',
    description: `The outcomes of the last attempts, at most ${maxRecent}.`,
    additionalProperties: false,
  },
)

const LastAttempt = nullable(
  Type.Object(
    {
      at: date,
      event_id: Type.Integer(),
      code: nullable(Type.Integer()),
      answer: Type.String({ description: 'The beginning of the answer; if there is none, why.' }),
      next_retry: nullable(date),
    },
    { $id: 'LastAttempt', description: 'The last attempt.', additionalProperties: false },
  ),
)

/** A receiver and its health, at a glance. */
export const WebhookHealth = plainView('WebhookHealth', 'An endpoint, and how deliveries to it go.', {
  id: integer('w.id'),
  target: text('w.target'),
  description: text('w.description'),
  is_active: boolean('w.is_active'),
  events: {
    ...integer('json_array_length(w.events)'),
    schema: Type.Integer({ description: 'Types it is subscribed to.' }),
  },
  ...WebhookDelivery.fields,
  recent: nested(
    RecentAttempts,
    `json_build_object('delivered', r.delivered, 'refused', r.refused, 'unanswered', r.unanswered,
      'since', ${isoSql('r.since')}, 'ms', r.ms)::text`,
  ),
  last: nested(
    LastAttempt,
    `case when a.id is not null then json_build_object('at', ${isoSql('a.sent_at')}, 'event_id', a.event_id, 'code', a.code,
      'answer', case when e.erased then '' else left(a.response, 300) end, 'next_retry', ${isoSql('a.next_retry')})::text
      else 'null' end`,
  ),
})

/** A search through past events for those to be sent again. */
export const WebhookRecovery = plainView('WebhookRecovery', 'Events being sent to an endpoint again.', {
  id: integer('r.id'),
  kind: { schema: Type.Enum(['failed', 'missed', 'all']), sql: 'r.kind', kind: 'word' },
  since: moment('r.since'),
  until: { ...integer('r.until'), schema: Type.Integer({ description: 'Id of the last event looked at.' }) },
  queued: {
    ...integer('r.queued'),
    schema: Type.Integer({ description: 'Deliveries queued so far; in the end, all of them.' }),
  },
  done: boolean('r.ended_at is not null'),
  ended_at: nullableMoment('r.ended_at'),
})

/** A type of event that endpoints can subscribe to. */
export const WebhookEventType = Type.Object(
  {
    type: Type.String(),
    emitted: Type.Boolean({
      description: 'Whether this Kith emits it. Others may be subscribed to, but never come.',
    }),
    documented: Type.Boolean({ description: 'False for events about delivery itself, which are ours.' }),
  },
  { $id: 'WebhookEventType', additionalProperties: false },
)

/** The result of a dry run. */
export const Reachability = Type.Object(
  {
    reachable: Type.Boolean(),
    address: nullable(
      Type.String({ description: 'The address that accepted the connection, or the one that failed.' }),
    ),
    code: nullable(
      Type.String({ description: 'For example forbidden_address, dns_not_found, refused, tls_certificate.' }),
    ),
    reason: nullable(Type.String({ description: 'Why it is not reachable.' })),
    ms: Type.Integer(),
  },
  { $id: 'Reachability', additionalProperties: false },
)
