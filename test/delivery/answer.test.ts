import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { type AddressInfo, createServer } from 'node:net'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Answer, BadAnswer, keptFor } from '../../src/delivery/http/answer.ts'
import { often, seedOr } from '../support/soak.ts'

const limit = 16_384
const seed = seedOr(20_261_121)

/** Cuts bytes at these places. */
function cut(bytes: Buffer, places: number[]): Buffer[] {
  const at = [...new Set([0, ...places.map((place) => place % (bytes.length + 1)), bytes.length])].sort((a, b) => a - b)
  return at.slice(1).map((end, i) => bytes.subarray(at[i], end))
}

/** What comes of an answer that comes in these pieces; the connection ends after them. */
function readAll(pieces: Buffer[]) {
  const answer = new Answer(limit)
  let bad: string | null = null
  for (const piece of pieces) {
    if (answer.done || bad) break
    try {
      answer.read(piece)
    } catch (error) {
      if (!(error instanceof BadAnswer)) throw error
      bad = error.code
    }
  }
  const { done } = answer
  const ended = !bad && answer.end()
  return { status: answer.status, text: answer.text(), retryAfter: answer.retryAfter, bad, done, ended }
}

const whole = (text: string) => readAll([Buffer.from(text, 'latin1')])
const chunked = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'
const token = fc
  .stringMatching(/^[A-Za-z][A-Za-z0-9-]{0,15}$/)
  .filter((name) => !/^(content-|transfer-|connection|keep-alive|retry-)/i.test(name))
const value = fc.stringMatching(/^[!-~]([ -~]{0,30}[!-~])?$/)
const interims = fc.array(fc.constantFrom('100 Continue', '102 Processing', '103 Early Hints'), { maxLength: 3 })
const body = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes))

/** A body as one of the ways to send it writes it, and the header that goes with it. */
const framed = fc
  .record({ body, way: fc.constantFrom('length', 'chunked', 'close'), size: fc.integer({ min: 1, max: 90 }) })
  .map(({ body, way, size }) => {
    if (way === 'length') return { body, header: `Content-Length: ${body.length}`, wire: body }
    if (way === 'close') return { body, header: 'Server: old', wire: body }
    const parts: Buffer[] = []
    for (let at = 0; at < body.length; at += size) {
      const part = body.subarray(at, at + size)
      parts.push(
        Buffer.from(`${part.length.toString(16)}${at % 2 ? ';name="value"' : ''}\r\n`),
        part,
        Buffer.from('\r\n'),
      )
    }
    parts.push(Buffer.from(`0\r\n${size % 2 ? 'Trailer: there\r\n' : ''}\r\n`))
    return { body, header: 'Transfer-Encoding: chunked', wire: Buffer.concat(parts) }
  })
const answers = fc
  .record({
    interims,
    status: fc.integer({ min: 200, max: 999 }),
    reason: fc.option(value),
    headers: fc.array(fc.tuple(token, value), { maxLength: 6 }),
    framed,
  })
  .map(({ interims, status, reason, headers, framed }) => {
    const lines = [...headers.map(([name, said]) => `${name}: ${said}`), framed.header]
    const before = interims.map((each) => `HTTP/1.1 ${each}\r\nLink: </>\r\n\r\n`).join('')
    const head = `${before}HTTP/1.1 ${status}${reason === null ? '' : ` ${reason}`}\r\n${lines.join('\r\n')}\r\n\r\n`
    const bodiless = status === 204 || status === 304
    const bytes = Buffer.concat([Buffer.from(head), bodiless ? Buffer.alloc(0) : framed.wire])
    return { bytes, status, text: bodiless ? '' : framed.body.toString('utf8') }
  })
const places = fc.array(fc.nat(), { maxLength: 12 })

describe('an answer', () => {
  test('is read as it was written, whatever pieces it comes in', () => {
    fc.assert(
      fc.property(answers, places, ({ bytes, status, text }, places) => {
        expect(readAll(cut(bytes, places))).toMatchObject({ status, text, bad: null, ended: true })
      }),
      { seed, numRuns: often(3_000) },
    )
  })

  test('is read byte by byte as it is at once', () => {
    fc.assert(
      fc.property(answers, ({ bytes }) => {
        expect(readAll([...bytes].map((byte) => Buffer.from([byte])))).toEqual(readAll([bytes]))
      }),
      { seed, numRuns: often(500) },
    )
  })

  test('that is damaged is refused or read, the same in any pieces, and throws nothing else', () => {
    let refused = 0
    fc.assert(
      fc.property(
        answers,
        fc.array(fc.tuple(fc.nat(), fc.constantFrom(0, 10, 13, 32, 45, 48, 57, 58, 59, 102, 255)), {
          minLength: 1,
          maxLength: 4,
        }),
        places,
        ({ bytes }, damage, places) => {
          const damaged = Buffer.from(bytes)
          for (const [at, byte] of damage) damaged[at % damaged.length] = byte
          const first = readAll([damaged])
          if (first.bad) refused++
          // What was read of a body before the damage depends on the pieces; what is known of the answer does not.
          const { text, ...rest } = readAll(cut(damaged, places))
          expect(rest).toEqual({ ...first, text: undefined } as never)
          if (!first.bad) expect(text).toBe(first.text)
        },
      ),
      { seed, numRuns: often(3_000) },
    )
    expect(refused).toBeGreaterThan(often(500))
  })

  test('that is noise is never taken for one', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 9, maxLength: 200 }), (noise) => {
        expect(readAll([Buffer.from(noise)])).toMatchObject({ status: 0, bad: 'malformed_response' })
      }),
      { seed, numRuns: often(2_000) },
    )
  })

  test('means to us what it means to the client of Node', async () => {
    let next: Buffer = Buffer.alloc(0)
    const server = createServer((socket) => {
      socket.on('error', () => {})
      socket.once('data', () => socket.end(next))
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const theirs = (bytes: Buffer) =>
      new Promise<{ status: number; text: string } | null>((resolve) => {
        next = bytes
        const asked = request(
          { port, host: '127.0.0.1', method: 'POST', agent: false },
          (response: IncomingMessage) => {
            const parts: Buffer[] = []
            response.on('error', () => resolve(null))
            response.on('data', (part) => parts.push(part))
            response.on('end', () =>
              resolve({ status: response.statusCode ?? 0, text: Buffer.concat(parts).toString('utf8') }),
            )
          },
        )
        asked.on('error', () => resolve(null))
        asked.end('x')
      })
    await fc.assert(
      fc.asyncProperty(
        answers,
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 2 }),
        async ({ bytes }, damage) => {
          const damaged = Buffer.from(bytes)
          for (const [at, byte] of damage) damaged[at % damaged.length] = byte
          const [ours, other] = [readAll([damaged]), await theirs(damaged)]
          // It may take less for an answer than we do, or more; but never something else.
          if (other && ours.ended) expect({ status: ours.status, text: ours.text }).toEqual(other)
          if (!damage.length) expect(other).not.toBeNull()
        },
      ),
      { seed, numRuns: often(500) },
    )
    server.close()
  })

  const legal: [string, string][] = [
    ['an empty line before it', '\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'],
    ['several empty lines before it', '\r\n\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'],
    ['lines that end with LF alone', 'HTTP/1.1 200 OK\nContent-Length: 2\n\nok'],
    ['some lines that end with LF alone', 'HTTP/1.1 200 OK\r\nContent-Length: 2\n\r\nok'],
    ['a space before a colon', 'HTTP/1.1 200 OK\r\nX-A : v\r\nContent-Length \t: 2\r\n\r\nok'],
    ['its length twice', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok'],
    ['its length as a list', 'HTTP/1.1 200 OK\r\nContent-Length: 2, 02,\r\n\r\nok'],
    ['a folded header', 'HTTP/1.1 200 OK\r\nServer: a\r\n  b\r\n\tc\r\nContent-Length:\r\n 2\r\n\r\nok'],
    ['a version that only adds', 'HTTP/1.9 200 OK\r\nContent-Length: 2\r\n\r\nok'],
    ['chunks whose lengths have many zeros', `${chunked}0000000000000000000002\r\nok\r\n000\r\n\r\n`],
    ['chunks, and lines that end with LF alone', `${chunked.replaceAll('\r', '')}2\nok\n0\n\n`],
    ['chunks, and a length that is none', `${chunked.slice(0, -2)}Content-Length: many\r\n\r\n2\r\nok\r\n0\r\n\r\n`],
    ['early hints and an empty line', 'HTTP/1.1 103 Hints\nA : b\n\n\r\nHTTP/1.1 200 OK\nContent-Length: 2\n\nok'],
  ]
  test.each(legal)('with %s is read, in whatever pieces it comes', (_name, text) => {
    const bytes = Buffer.from(text)
    const read = { status: 200, text: 'ok', bad: null, done: true, ended: true, retryAfter: null }
    expect(readAll([bytes])).toEqual(read)
    expect(readAll([...bytes].map((byte) => Buffer.from([byte])))).toEqual(read)
    for (let at = 1; at < bytes.length; at++) expect(readAll(cut(bytes, [at])), String(at)).toEqual(read)
  })

  test('without a body needs no length, and has none', () => {
    for (const status of [204, 304])
      for (const length of ['-1', '1, 2', 'none'])
        expect(whole(`HTTP/1.1 ${status} X\r\nContent-Length: ${length}\r\n\r\n`)).toMatchObject({ status, done: true })
  })

  test('that is refused is refused with the reason', () => {
    const why = (text: string) => {
      try {
        new Answer(limit).read(Buffer.from(text, 'latin1'))
      } catch (error) {
        return (error as Error).message
      }
      return null
    }
    const reasons: [string, string][] = [
      ['SSH-2.0-OpenSSH_9.9\r\n', 'The receiver sent what is not HTTP'],
      ['\r \n', 'The receiver sent what is not HTTP'],
      ['HTTP/1.1 2OO OK\r\n\r\n', 'The receiver sent a status line that cannot be read: "HTTP/1.1 2OO OK"'],
      [
        `HTTP/1.1 ${'9'.repeat(80)}\r\n\r\n`,
        `The receiver sent a status line that cannot be read: "HTTP/1.1 ${'9'.repeat(51)}"...`,
      ],
      ['HTTP/1.1 200 OK\r\nno\x00header\xe9\r\n\r\n', 'The receiver sent a header that cannot be read: "no?header?"'],
      ['HTTP/1.1 200 OK\r\n A: b\r\n\r\n', 'The receiver sent a header that cannot be read: " A: b"'],
      ['HTTP/1.1 200 OK\r\nA: b\rc\r\n\r\n', 'The receiver sent a header that cannot be read: "A: b?c"'],
      ['HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n', 'The receiver sent a Content-Length that is no length: "-1"'],
      ['HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\n', 'The receiver sent a Content-Length that is no length: ""'],
      ['HTTP/1.1 200 OK\r\nContent-Length: 1, 2\r\n\r\n', 'The receiver sent lengths that differ: "1, 2"'],
      ['HTTP/1.1 101 Up\r\n\r\n', 'The receiver switched to another protocol'],
      ['\r\n'.repeat(9_000), 'The receiver sent more headers than are read'],
    ]
    expect(reasons.map(([text]) => why(text))).toEqual(reasons.map(([, reason]) => reason))
  })

  test('that is not to the letter leaves no connection behind', () => {
    const kept = (text: string) => {
      const answer = new Answer(limit)
      answer.read(Buffer.from(text))
      return [answer.done, answer.keep]
    }
    expect(kept('\r\nHTTP/1.1 200 OK\r\nContent-Length: 0, 0\r\nA:\r\n b\r\n\r\n')).toEqual([true, keptFor])
    for (const text of [
      'HTTP/1.1 204 No Content\n\n',
      'HTTP/1.1 204 No Content\r\nA : b\r\n\r\n',
      'HTTP/1.1 204 No Content\r\nContent-Length: 4\r\n\r\n',
      `${chunked}0\n\r\n`,
      `${chunked.replace('1.1', '1.0').slice(0, -2)}Connection: keep-alive\r\n\r\n0\r\n\r\n`,
    ])
      expect([text, ...kept(text)]).toEqual([text, true, 0])
  })

  const keep = (head: string) => {
    const answer = new Answer(limit)
    answer.read(Buffer.from(`${head}\r\nContent-Length: 0\r\n\r\n`))
    return answer.keep
  }
  test('says how long its connection may be kept', () => {
    expect(keep('HTTP/1.1 200 OK')).toBe(keptFor)
    expect(keep('HTTP/1.1 200 OK\r\nConnection: close')).toBe(0)
    expect(keep('HTTP/1.1 200 OK\r\nConnection: Keep-Alive, Close')).toBe(0)
    expect(keep('HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nConnection: close')).toBe(0)
    expect(keep('HTTP/1.1 200 OK\r\nKeep-Alive: timeout=5, max=100')).toBe(4_000)
    expect(keep('HTTP/1.1 200 OK\r\nKeep-Alive: max=100, timeout=1')).toBe(0)
    expect(keep('HTTP/1.1 200 OK\r\nKeep-Alive: timeout=600')).toBe(keptFor)
    expect(keep('HTTP/1.0 200 OK')).toBe(0)
    expect(keep('HTTP/1.0 200 OK\r\nConnection: keep-alive')).toBe(keptFor)
    expect(keep('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked')).toBe(0)
  })

  test('leaves no connection behind that has more to say', () => {
    const answer = new Answer(limit)
    answer.read(Buffer.from('HTTP/1.1 204 No Content\r\n\r\nand'))
    expect([answer.status, answer.done, answer.keep]).toEqual([204, true, 0])
  })

  test('is refused for what no receiver means', () => {
    for (const head of [
      'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2',
      'HTTP/1.1 200 OK\r\nContent-Length: +1',
      'HTTP/1.1 200 OK\r\nContent-Length: 1, 2',
      'HTTP/1.1 200 OK\r\nContent-Length: 1 1',
      'HTTP/1.1 200 OK\r\nContent-Length: 1\r\n 1',
      'HTTP/1.1 200 OK\r\nContent-Length: 0x1',
      'HTTP/1.1 200 OK\r\n Content-Length: 1',
      'HTTP/1.1 200 OK\rContent-Length: 1',
      'HTTP/1.1  200 OK',
      'HTTP/1.1 099 OK',
      'HTTP/2.0 200 OK',
      'http/1.1 200 OK',
      ' HTTP/1.1 200 OK',
      'HTTP/1.1 101 Switching Protocols',
      'HTTP/1.1 200 OK\r\n: nameless',
      'HTTP/1.1 200 OK\r\nA: \x7f',
    ])
      expect(whole(`${head}\r\n\r\n`), head).toMatchObject({ status: 0, bad: 'malformed_response' })
    expect(whole('HTTP/1.1 102 Processing\r\n\r\n'.repeat(33))).toMatchObject({ bad: 'malformed_response' })
    expect(whole(`HTTP/1.1 200 OK\r\nA: ${'b'.repeat(17_000)}`)).toMatchObject({ bad: 'too_large' })
    for (const bad of ['zz\r\n', '1\rA\r\n', '1\r\nAB\r\n', '-1\r\n', `${'1'.repeat(20)}\r\n`, `1;${'x'.repeat(300)}`])
      expect(whole(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${bad}`)).toMatchObject({
        status: 200,
        bad: 'malformed_response',
      })
  })

  test('is kept up to a limit, and no further', () => {
    const answer = new Answer(10)
    answer.read(Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n01234567'))
    expect(answer.full).toBe(false)
    answer.read(Buffer.from('89abcdef'))
    expect([answer.full, answer.done, answer.text()]).toEqual([true, false, '0123456789'])
  })
})
