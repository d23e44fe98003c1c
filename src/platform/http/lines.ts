import { isUtf8 } from 'node:buffer'
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { Readable } from 'node:stream'
import { setImmediate as turn } from 'node:timers/promises'
import { type ErrorItem, Refusal, refused, tooLarge } from '../errors.ts'
import Type from '../schema.ts'
import type { Input, Takes } from './input.ts'
import { readJson } from './json.ts'
import { limits } from './limits.ts'
import type { Reader } from './reader.ts'

/** Largest body of lines in bytes, unless the endpoint says more. */
export const maxLineBytes = 64 * 1024 * 1024

/** The last line of an answer in lines. */
export const Sum = Type.Object(
  {
    done: Type.Literal(true),
    lines: Type.Integer(),
    made: Type.Integer(),
    there: Type.Integer({ description: 'Lines that changed nothing.' }),
    refused: Type.Integer(),
  },
  {
    $id: 'SumOfLines',
    description: 'The sum of all lines. If it is missing, not all were read.',
    additionalProperties: false,
  },
)

/** The fields of each line of a body, and how large the body may be, in bytes. */
export type LineRules<T extends Takes> = { takes: T; bytes: number }

/** A line of a body: its number, from 1, and its fields or what is wrong with them. */
export type Line<T extends Takes> = { line: number; input: Input<T>; errors?: undefined } | Faulty
type Faulty = { line: number; errors: ErrorItem[] }

/** The lines of a body, in batches, as they arrive. */
export type Lines<T extends Takes> = AsyncIterable<Line<T>[]>

/** Largest batch. */
const atOnce = 1_000
/** How long the client may neither send nor read anything, in ms. */
const patience = 30_000

/** The types of a body of lines. The last two are what curl and others send if no type is given. */
export const lineTypes = ['application/x-ndjson', 'application/ndjson', 'application/jsonl', 'application/jsonlines']
export const alsoLineTypes = ['application/json', 'application/octet-stream']

/**
 * Sockets on which a body of lines arrives. It may take longer than other requests; a client that sends nothing for a
 * while is cut off here instead.
 */
const underWay = new WeakSet<Socket>()
export const bringsLines = (socket: Socket) => underWay.has(socket)

/** The next bytes as soon as there are any; null at the end. */
async function nextPiece(incoming: IncomingMessage): Promise<Buffer | null> {
  for (;;) {
    const piece: Buffer | null = incoming.read()
    if (piece) return piece
    if (incoming.readableEnded) return null
    if (incoming.destroyed) throw refused('parse_error', 'The body ended before it was complete.')
    await new Promise<void>((resolve, reject) => {
      const events = ['readable', 'end', 'error', 'close']
      const timer = setTimeout(() => go(refused('timeout', 'Nothing came for a while. Send the rest again.')), patience)
      const go = (error?: Error) => {
        clearTimeout(timer)
        for (const event of events) incoming.off(event, come)
        if (error) reject(error)
        else resolve()
      }
      const come = () => go()
      for (const event of events) incoming.on(event, come)
    })
  }
}

/** Reads one line of a body. */
function lineReader<T extends Takes>(takes: T, reader: Reader): (line: number, bytes: Buffer) => Line<T> {
  const known = Object.keys(takes)
  return (line, bytes) => {
    try {
      if (bytes.length > limits.line) throw refused('too_large', `A line has ${limits.line} bytes at most.`)
      if (!isUtf8(bytes)) throw refused('parse_error', 'The line is not valid UTF-8.')
      const sent = readJson(bytes) as Record<string, unknown>
      const input: Record<string, unknown> = {}
      reader.rest({}, sent, input)
      // Refused instead of ignored: in thousands of lines nobody would notice that one field does nothing.
      const unknown = Object.keys(sent ?? {}).filter((name) => !known.includes(name))
      if (unknown.length)
        throw new Refusal(
          400,
          unknown.slice(0, 20).map((field) => ({
            field: field.slice(0, 100),
            messages: [{ code: 'unknown', message: `There is no such field. Send: ${known.join(', ')}.` }],
          })),
        )
      return { line, input: input as Input<T> }
    } catch (error) {
      if (error instanceof Refusal) return { line, errors: error.errors }
      throw error
    }
  }
}

const newline = 0x0a
const isBlank = (bytes: Buffer) => bytes.every((byte) => byte === 0x20 || byte === 0x09 || byte === 0x0d)
const mark = Buffer.from('\ufeff')

/**
 * Prepares the reading of bodies of lines, once per endpoint. A body is never held whole.
 * @param reader reads the fields of a line
 */
export function linesReader<T extends Takes>({ takes, bytes }: LineRules<T>, reader: Reader) {
  const readLine = lineReader(takes, reader)
  return async function* readLines(incoming: IncomingMessage): AsyncGenerator<Line<T>[]> {
    const { socket } = incoming
    let batch: Line<T>[] = []
    let line = 0
    let length = 0
    // The beginning of an unfinished line. Of a line that is too long, only enough to know it.
    let begun: Buffer[] = []
    let held = 0
    const add = (piece: Buffer) => {
      if (held <= limits.line) begun.push(piece)
      held += piece.length
    }
    const end = () => {
      line++
      let whole = begun.length === 1 ? (begun[0] as Buffer) : Buffer.concat(begun)
      if (line === 1 && whole.subarray(0, 3).equals(mark)) whole = whole.subarray(3)
      if (!isBlank(whole)) batch.push(readLine(line, whole))
      begun = []
      held = 0
    }
    underWay.add(socket)
    try {
      for (let piece = await nextPiece(incoming); piece; piece = await nextPiece(incoming)) {
        length += piece.length
        if (length > bytes) throw tooLarge(bytes)
        let from = 0
        for (let to = piece.indexOf(newline); to >= 0; to = piece.indexOf(newline, from)) {
          add(piece.subarray(from, to))
          end()
          from = to + 1
          if (batch.length < atOnce) continue
          yield batch
          batch = []
          await turn()
        }
        if (from < piece.length) add(Buffer.from(piece.subarray(from)))
        // A client that waits for answers before it sends more gets them.
        if (batch.length) yield batch
        batch = []
      }
      if (held) end()
      if (batch.length) yield batch
    } finally {
      // The unread rest is discarded; until then the request is not over, though it is answered.
      if (incoming.complete) underWay.delete(socket)
      else incoming.once('close', () => underWay.delete(socket))
    }
  }
}

/** The outcome of a line; `made` says whether it changed anything. */
export type Outcome = { made: boolean; [more: string]: unknown } | { errors: ErrorItem[] }

/**
 * Acts on the lines of a body in batches, and yields an outcome for each in their order, then the sum. Without the
 * sum, an answer was cut off.
 * @param work acts on the lines that could be read; it returns an outcome for each
 */
export async function* answerLines<T extends Takes>(
  lines: Lines<T>,
  work: (inputs: Input<T>[]) => Promise<Outcome[]>,
): AsyncGenerator<object[]> {
  const sum = { lines: 0, made: 0, there: 0, refused: 0 }
  for await (const batch of lines) {
    const good = batch.filter((each) => each.errors === undefined)
    const outcomes = good.length ? await work(good.map(({ input }) => input)) : []
    let next = 0
    yield batch.map((each) => {
      const outcome = each.errors ? { errors: each.errors } : (outcomes[next++] as Outcome)
      sum.lines++
      if ('errors' in outcome) sum.refused++
      else if (outcome.made) sum.made++
      else sum.there++
      return { line: each.line, ...outcome }
    })
  }
  yield [{ done: true, ...sum }]
}

/**
 * Sends lines. An error on the way becomes the last line, because the status is already sent. A client that reads
 * nothing until it has sent everything may be behind by the bytes that are kept for it here.
 * @param explain the refusal for an error
 * @param check throws if an answer is not as declared
 */
export function sendLines(
  answers: AsyncIterable<object[]>,
  socket: Socket,
  explain: (error: unknown) => Refusal,
  check: (answer: object) => void,
): Readable {
  async function* texts() {
    const sent = async function* () {
      try {
        for await (const batch of answers) {
          for (const each of batch) check(each)
          yield `${batch.map((each) => JSON.stringify(each)).join('\n')}\n`
        }
      } catch (error) {
        yield `${JSON.stringify({ errors: explain(error).errors })}\n`
      }
    }
    for await (const text of sent()) {
      const timer = setTimeout(() => socket.destroy(), patience)
      yield text
      clearTimeout(timer)
    }
  }
  const stream = Readable.from(texts(), { objectMode: false, highWaterMark: limits.unread })
  // The client is gone: there is nobody to tell.
  stream.on('error', () => {})
  return stream
}
