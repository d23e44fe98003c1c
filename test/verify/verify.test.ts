import fc from 'fast-check'
import Stripe from 'stripe'
import { describe, expect, expectTypeOf, test } from 'vitest'
import {
  type Event,
  type EventOf,
  type EventType,
  SignatureError,
  type SignatureErrorCode,
  type VerifyOptions,
  verify,
  type WebhookPair,
} from '../../packages/verify/src/index.ts'
import { eventTypes, type operationalTypes } from '../../src/webhooks/event-types.ts'
import { often } from '../support/soak.ts'
import { digestOf, sign } from './sign.ts'

const secret = 'a secret that Alice keeps'
const older = 'the secret before'
const time = 1_700_000_000
const now = new Date(time * 1000)
const at = (seconds: number) => new Date((time + seconds) * 1000)

const event = {
  event_id: 7,
  type: 'connection.created',
  created: 1_700_000_000.123456,
  data: { to_user: { id: 2, username: 'bob' }, from_user: { id: 1, username: 'alice', bio: 'Zoë 🐇 \u2028 "' } },
}
const body = JSON.stringify(event)
const header = sign(body, time, secret)
const digest = digestOf(body, secret, time)

type Given = {
  body?: unknown
  header?: Parameters<typeof verify>[1]
  secret?: string
} & VerifyOptions

/** The event, or the code of the refusal. */
function outcome(given: Given = {}): Event | SignatureErrorCode {
  const { body: received, header: value, secret: key, ...options } = { body, header, secret, now, ...given }
  try {
    return verify(received as string, value, key, options)
  } catch (error) {
    if (error instanceof SignatureError) return error.code
    throw error
  }
}

describe('a signed event', () => {
  test('is returned, from text, from bytes, and from a part of a larger buffer', () => {
    const bytes = new TextEncoder().encode(body)
    const larger = new Uint8Array(bytes.length + 10)
    larger.set(bytes, 5)
    for (const received of [body, bytes, Buffer.from(body), larger.subarray(5, -5)])
      expect(outcome({ body: received })).toEqual(event)
  })

  test('is believed by any v1 or v0 that matches, whatever else the header holds', () => {
    const wrong = digestOf(body, 'wrong', time)
    for (const value of [
      `t=${time},v1=${digest}`,
      `t=${time},v0=${digest}`,
      `t=${time},v1=${wrong},v1=${digest}`,
      `t=${time},v1=${wrong},v0=${digest}`,
      `v0=${wrong},v1=${digest},t=${time}`,
      `t=${time}, v1=${digest}, v0=${digest}`,
      ` t=${time},v1=${digest},v2=x,,n`,
      [header],
      [`t=${time}`, `v1=${digest}`],
    ])
      expect(outcome({ header: value }), String(value)).toEqual(event)
  })

  test('is believed under either secret while one is rotated', () => {
    const rotating = sign(body, time, secret, older)
    expect(outcome({ header: rotating })).toEqual(event)
    expect(outcome({ header: rotating, secret: older })).toEqual(event)
    expect(outcome({ header: rotating, secret: 'neither' })).toBe('no_match')
  })

  test('is believed 300 seconds to either side of now, or as long as the receiver says', () => {
    expect(outcome({ now: at(300) })).toEqual(event)
    expect(outcome({ now: new Date(at(300).getTime() + 999) })).toEqual(event)
    expect(outcome({ now: at(301) })).toBe('too_old')
    expect(outcome({ now: at(-300) })).toEqual(event)
    expect(outcome({ now: at(-301) })).toBe('too_new')
    expect(outcome({ now: at(10), toleranceSeconds: 10 })).toEqual(event)
    expect(outcome({ now: at(11), toleranceSeconds: 10 })).toBe('too_old')
    expect(outcome({ now: at(1), toleranceSeconds: 0 })).toBe('too_old')
    expect(outcome({ now: at(86_400), toleranceSeconds: 90_000 })).toEqual(event)
    expect(outcome({ now: undefined, header: sign(body, Math.floor(Date.now() / 1000), secret) })).toEqual(event)
    expect(outcome({ toleranceSeconds: Number.NaN })).toBe('too_old')
    expect(outcome({ now: new Date('never') })).toBe('too_old')
  })

  test('may be of a type that this package does not know yet', () => {
    const later = JSON.stringify({ ...event, type: 'tea.served', data: {}, more: 1 })
    expect(outcome({ body: later, header: sign(later, time, secret) })).toMatchObject({ type: 'tea.served' })
  })
})

describe('refused is', () => {
  test('a request without the header', () => {
    for (const value of [undefined, null, '', '  ', []]) expect(outcome({ header: value })).toBe('no_header')
  })

  test('a header that is not one', () => {
    for (const value of [
      'hello',
      digest,
      `v1=${digest}`,
      `t=${time}`,
      `t=${time},v2=${digest}`,
      `t=,v1=${digest}`,
      `t=now,v1=${digest}`,
      `t=-1,v1=${digest}`,
      `t=1e9,v1=${digest}`,
      `t=${time}.5,v1=${digest}`,
      `t=${time},t=${time},v1=${digest}`,
      `T=${time},V1=${digest}`,
      [header, header],
    ])
      expect(outcome({ header: value }), String(value)).toBe('malformed_header')
  })

  test('a signature that does not match', () => {
    for (const value of [
      `t=${time},v1=`,
      `t=${time},v1=${digest.slice(0, -1)}`,
      `t=${time},v1=${digest}0`,
      `t=${time},v1=${digest}=`,
      `t=${time},v1=${digest.toUpperCase()}`,
      `t=${time},v1=${'é'.repeat(64)}`,
      `t=${time},v1=${'é'.repeat(32)}`,
      `t=0${time},v1=${digest}`,
    ])
      expect(outcome({ header: value }), value).toBe('no_match')
  })

  test('a tampered body, another secret, another time', () => {
    expect(outcome({ body: body.replace('bob', 'eve') })).toBe('no_match')
    expect(outcome({ body: `${body}\n` })).toBe('no_match')
    expect(outcome({ body: JSON.stringify(event, null, 1) })).toBe('no_match')
    expect(outcome({ body: '' })).toBe('no_match')
    expect(outcome({ secret: `${secret} ` })).toBe('no_match')
    expect(outcome({ header: header.replace(`t=${time}`, `t=${time + 1}`) })).toBe('no_match')
  })

  test('a forged request as forged, however old', () => {
    expect(outcome({ secret: 'another', now: at(9999) })).toBe('no_match')
  })

  test('a signed body that is not an event', () => {
    const bytes = (...values: number[]) => new Uint8Array(values)
    for (const received of [
      '',
      'hello',
      'null',
      '7',
      '[]',
      '{}',
      `\uFEFF${body}`,
      new TextEncoder().encode(`\uFEFF${body}`),
      bytes(0xff, 0xfe),
      Buffer.from(JSON.stringify({ ...event, data: { name: 'Zoë' } }), 'latin1'),
      ...[
        { event_id: '7' },
        { event_id: 7.5 },
        { event_id: undefined },
        { type: '' },
        { type: null },
        { created: '2023-11-14' },
        { data: null },
        { data: [] },
        { data: 'x' },
      ].map((change) => JSON.stringify({ ...event, ...change })),
    ])
      expect(outcome({ body: received, header: sign(received, time, secret) }), String(received)).toBe('malformed_body')
  })

  test('a body that a JSON parser has read already, with the reason', () => {
    expect(outcome({ body: event })).toBe('malformed_body')
    expect(() => verify(event as never, header, secret, { now })).toThrow('before a JSON parser has read it')
  })

  test('an empty secret, as the mistake of the receiver that it is', () => {
    for (const none of ['', undefined, null])
      expect(() => verify(body, sign(body, time, ''), none as string, { now })).toThrow(TypeError)
  })
})

test('a refusal is an error with a name, a code and a sentence', () => {
  try {
    verify(body, header, 'another', { now })
    expect.unreachable()
  } catch (error) {
    expect(error).toBeInstanceOf(SignatureError)
    expect(error).toBeInstanceOf(Error)
    expect(error).toMatchObject({ name: 'SignatureError', code: 'no_match' })
    expect(String(error)).toMatch(/^SignatureError: No signature matches\. Check that the secret /)
    expect(String(error)).not.toContain(digest)
  }
})

describe('for any event and any secret', () => {
  const anything = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: 'grapheme' }),
    // Halves of surrogate pairs, line separators, and what quoting is for.
    fc.array(fc.constantFrom('\ud83d', '\udc07', '🐇', '\u2028', '\u2029', '\0', '\\', '"', 'é'), { maxLength: 12 }),
    fc.jsonValue({ noUnicodeString: false, maxDepth: 3 }),
  )
  const bodies = fc
    .record({
      event_id: fc.maxSafeNat(),
      type: fc.constantFrom(...eventTypes),
      created: fc.double({ min: 0, max: 1e11, noNaN: true }),
      data: fc.dictionary(fc.string({ unit: 'binary' }), anything, { maxKeys: 4 }),
    })
    .map((value) => JSON.stringify(value))
  const secrets = fc.string({ unit: 'binary', minLength: 1, maxLength: 200 })
  const times = fc.integer({ min: 0, max: 99_999_999_999 })

  test('what is signed is accepted, as text and as bytes, and is what was said', () => {
    fc.assert(
      fc.property(bodies, secrets, times, (body, secret, time) => {
        const header = sign(body, time, secret)
        const now = new Date(time * 1000)
        expect(outcome({ body, header, secret, now })).toEqual(JSON.parse(body))
        expect(outcome({ body: Buffer.from(body), header, secret, now })).toEqual(JSON.parse(body))
      }),
      { numRuns: often(500) },
    )
  })

  test('bytes of any kind are never taken for forged when they are signed, nor for signed when they are not', () => {
    const received = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.string({ unit: fc.nat(0xffff).map((unit) => String.fromCharCode(unit)) }),
    )
    fc.assert(
      fc.property(received, secrets, secrets, times, (body, secret, other, time) => {
        fc.pre(secret !== other)
        const now = new Date(time * 1000)
        expect(outcome({ body, header: sign(body, time, secret), secret, now })).toBe('malformed_body')
        // A key is filled up with zeros: with one at its end it is the same key.
        fc.pre(secret.replace(/\0+$/, '') !== other.replace(/\0+$/, ''))
        expect(outcome({ body, header: sign(body, time, other), secret, now })).toBe('no_match')
      }),
      { numRuns: often(500) },
    )
  })

  /** One byte, somewhere, made another. */
  const changed = (bytes: Uint8Array, where: number, by: number) => {
    const copy = Uint8Array.from(bytes)
    const place = where % bytes.length
    copy[place] = ((bytes[place] as number) + by) % 256
    return copy
  }

  test('one byte that is another makes it refused: of the body, of the digest, of the secret', () => {
    const [where, by] = [fc.nat(), fc.integer({ min: 1, max: 255 })]
    fc.assert(
      fc.property(bodies, secrets, where, by, (body, secret, where, by) => {
        const header = sign(body, time, secret)
        expect(outcome({ body: changed(Buffer.from(body), where, by), header, secret })).toBe('no_match')

        const right = digestOf(body, secret, time)
        // A header is Latin-1 by the time Node hands it over.
        const wrong = Buffer.from(changed(Buffer.from(right, 'latin1'), where, by)).toString('latin1')
        for (const scheme of ['v1', 'v0'])
          expect(outcome({ body, header: `t=${time},${scheme}=${wrong}`, secret })).toBe('no_match')
        expect(outcome({ body, header: `t=${time},v1=${wrong},v0=${wrong}`, secret })).toBe('no_match')

        // Bytes that are no longer UTF-8 are no secret that anybody could be given.
        const other = Buffer.from(changed(Buffer.from(secret), where, by)).toString('latin1')
        const same = Buffer.from(secret).toString('latin1')
        expect(outcome({ body, header: sign(body, time, same), secret: other })).toBe('no_match')
      }),
      { numRuns: often(500) },
    )
  })
})

describe('a verifier that is not ours, Stripe’s, comes to the same', () => {
  const rotating = sign(body, time, secret, older)
  const cases: [
    name: string,
    given: { body?: string; header?: string; secret?: string; late?: number },
    good: boolean,
  ][] = [
    ['what is signed', {}, true],
    ['what is signed with two secrets, by the new one', { header: rotating }, true],
    ['what is signed with two secrets, by the old one', { header: rotating, secret: older }, true],
    ['what is signed with two secrets, by neither', { header: rotating, secret: 'neither' }, false],
    ['a tampered body', { body: body.replace('bob', 'eve') }, false],
    ['a body written again', { body: JSON.stringify(event, null, 2) }, false],
    [
      'a tampered digest',
      {
        header: header.replaceAll(
          digest,
          digest.replace(/^./, (c) => (c === 'a' ? 'b' : 'a')),
        ),
      },
      false,
    ],
    ['a tampered time', { header: header.replace(`t=${time}`, `t=${time + 1}`) }, false],
    ['a wrong secret', { secret: 'another' }, false],
    ['the last second', { late: 300 }, true],
    ['a second late', { late: 301 }, false],
    ['a day late', { late: 86_400 }, false],
    ['no header', { header: '' }, false],
    ['a header without a time', { header: `v1=${digest}` }, false],
    ['a header without a signature', { header: `t=${time}` }, false],
    ['a header of something else', { header: 'hello' }, false],
  ]
  test.each(cases)('%s', (_name, given, good) => {
    const all = { body, header, secret, late: 0, ...given }
    for (const received of [all.body, Buffer.from(all.body)]) {
      const theirs = () =>
        Stripe.webhooks.constructEvent(received, all.header, all.secret, 300, undefined, at(all.late).getTime())
      const ours = () => verify(received, all.header, all.secret, { now: at(all.late) })
      if (good) {
        expect(theirs()).toEqual(event)
        expect(ours()).toEqual(event)
      } else {
        expect(theirs).toThrow(Stripe.errors.StripeSignatureVerificationError)
        expect(ours).toThrow(SignatureError)
      }
    }
  })
})

test('the type of an event tells what its data is', () => {
  const received = outcome() as Event
  expectTypeOf<EventType>().toEqualTypeOf<(typeof eventTypes)[number] | (typeof operationalTypes)[number]>()
  expectTypeOf<EventOf<'connection.follow'>['data']>().toEqualTypeOf<WebhookPair>()
  expectTypeOf<EventOf<'loyalty.prize.created'>['data']>().toEqualTypeOf<Record<string, unknown>>()
  switch (received.type) {
    case 'connection.created':
      expect(received.data.from_user.username).toBe('alice')
      expectTypeOf(received.data.to_user.email).toEqualTypeOf<string | null>()
      break
    case 'dynamic_preference.updated':
      expectTypeOf(received.data.value).toEqualTypeOf<string | number | boolean>()
      break
    case 'user.settings_updated':
      expectTypeOf(received.data.user.connections_counter).toEqualTypeOf<number>()
      expectTypeOf(received.data.user.posts_counter).toEqualTypeOf<number | undefined>()
      break
    default:
      expect.unreachable()
  }
})
