import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Event } from './events.ts'
import { SignatureError } from './signature-error.ts'

export type * from './events.ts'
export { SignatureError, type SignatureErrorCode } from './signature-error.ts'

export type VerifyOptions = {
  /** How far the time of the signature may be from now, to either side. 300 unless given. */
  toleranceSeconds?: number
  /** The time it is, for tests. */
  now?: Date
}

/**
 * Checks that a webhook was sent by the community that shares the secret, a moment ago, and returns its event.
 * @param body the body exactly as it was received, before anything parses it
 * @param header the value of the `SelfCommunity-Signature` header
 * @param secret the signing secret of the endpoint
 * @throws SignatureError when the request is not to be believed; answer it with a 400
 */
export function verify(
  body: string | Uint8Array,
  header: string | readonly string[] | null | undefined,
  secret: string,
  { toleranceSeconds = 300, now = new Date() }: VerifyOptions = {},
): Event {
  // Anybody can sign with an empty secret. This is a mistake of the receiver, not of the request.
  if (typeof secret !== 'string' || secret === '')
    throw new TypeError('The secret is missing. Give verify the signing secret of the webhook endpoint.')
  if (typeof body !== 'string' && !(body instanceof Uint8Array))
    throw new SignatureError(
      'malformed_body',
      'The body is neither text nor bytes. Give verify the raw body, before a JSON parser has read it.',
    )
  const { time, signatures } = readHeader(header)

  const expected = createHmac('sha256', secret).update(`${time}.`).update(body).digest('hex')
  // All are looked at: how long it takes says nothing about which of them was right.
  const matching = signatures.filter((signature) => isSame(signature, expected))
  if (matching.length === 0)
    throw new SignatureError(
      'no_match',
      'No signature matches. Check that the secret is the one of this endpoint, and that the body is the raw bytes as ' +
        'they were received: JSON that was parsed and written again is not the same.',
    )

  const age = Math.floor(now.getTime() / 1000) - Number(time)
  if (age < -toleranceSeconds)
    throw new SignatureError(
      'too_new',
      `The signature is from ${-age} seconds ahead, more than the ${toleranceSeconds} allowed. Set the clock of this machine.`,
    )
  // Written so that a time or a tolerance that is not a number refuses.
  if (!(age <= toleranceSeconds))
    throw new SignatureError(
      'too_old',
      `The signature is ${age} seconds old, more than the ${toleranceSeconds} allowed. It may be an old request, sent ` +
        'again by somebody else. If not: set the clock of this machine, and verify requests as they come in.',
    )
  return readEvent(body)
}

/** The time and the signatures of `t=<unix>,v1=<hex>,v0=<hex>`. The time stays text: as text it was signed. */
function readHeader(header: string | readonly string[] | null | undefined): { time: string; signatures: string[] } {
  const text = typeof header === 'string' ? header : (header?.join(',') ?? '')
  if (text.trim() === '')
    throw new SignatureError(
      'no_header',
      'There is no SelfCommunity-Signature header. Give verify its value; in Node it is ' +
        "request.headers['selfcommunity-signature']. If it does not arrive, look at the proxies on the way.",
    )
  const times: string[] = []
  const signatures: string[] = []
  for (const part of text.split(',')) {
    const [scheme, ...rest] = part.trim().split('=')
    const value = rest.join('=')
    if (scheme === 't') times.push(value)
    // Both schemes carry the same digest. While a secret is rotated there is one of each secret.
    else if (scheme === 'v1' || scheme === 'v0') signatures.push(value)
  }
  const [time = ''] = times
  if (times.length !== 1 || !/^\d{1,12}$/.test(time) || signatures.length === 0)
    throw new SignatureError(
      'malformed_header',
      'The SelfCommunity-Signature header is not of the form t=<unix>,v1=<hex>,v0=<hex>. Give verify its whole value.',
    )
  return { time, signatures }
}

const encoder = new TextEncoder()

function isSame(given: string, expected: string): boolean {
  const [one, other] = [encoder.encode(given), encoder.encode(expected)]
  return one.length === other.length && timingSafeEqual(one, other)
}

// JSON is UTF-8 and has no byte order mark: bytes are read as strictly as text.
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function readEvent(body: string | Uint8Array): Event {
  try {
    const event: unknown = JSON.parse(typeof body === 'string' ? body : decoder.decode(body))
    if (isEvent(event)) return event
  } catch {
    // Said below.
  }
  throw new SignatureError(
    'malformed_body',
    'The signature is right, but the body is not an event as JSON: {"event_id", "type", "created", "data"}. ' +
      'Check that it is the body of a webhook, and the whole of it.',
  )
}

/** Whether it has the envelope of an event. Its data is the sender's word, which the signature vouches for. */
function isEvent(value: unknown): value is Event {
  if (typeof value !== 'object' || value === null) return false
  const { event_id, type, created, data } = value as Record<string, unknown>
  return (
    Number.isSafeInteger(event_id) &&
    typeof type === 'string' &&
    type !== '' &&
    Number.isFinite(created) &&
    typeof data === 'object' &&
    data !== null &&
    !Array.isArray(data)
  )
}
