/** An answer that cannot be understood, or will not be read. The message is a sentence for the log of attempts. */
export class BadAnswer extends Error {
  readonly code: 'malformed_response' | 'too_large'

  constructor(code: BadAnswer['code'], sentence: string) {
    super(sentence)
    this.name = 'BadAnswer'
    this.code = code
  }
}

/** Largest size of the head of an answer, and of its trailers, in bytes. */
const maxHead = 16 * 1024
/** Largest number of interim answers (1xx). */
const maxInterim = 32
/** Largest size of the line with the length of a chunk, in bytes. */
const maxLine = 256
/** How long a connection is kept (ms), unless the receiver says less. */
export const keptFor = 30_000

const malformed = (sentence: string) => new BadAnswer('malformed_response', sentence)
const notHttp = () => malformed('The receiver sent what is not HTTP')
const tooLarge = () => new BadAnswer('too_large', 'The receiver sent more headers than are read')
/** An unreadable line, as the log shows it. */
const quoted = (line: string) => `"${line.slice(0, 60).replace(/[^ -~]/g, '?')}"${line.length > 60 ? '...' : ''}`

const [cr, lf] = [13, 10]
const beginning = Buffer.from('HTTP/1.')
const statusLine = /^HTTP\/1\.\d [1-9]\d\d(?: [\t\x20-\x7e\x80-\xff]*)?$/
const headerLine = /^[!#$%&'*+.^_`|~\w-]+[\t ]*:[\t\x20-\x7e\x80-\xff]*$/
const leading = /^[\t ]+/
const foldedLine = /^[\t ][\t\x20-\x7e\x80-\xff]*$/
const chunkLine = /^(0*[\da-f]{1,12})[\t ]*(?:;[\t\x20-\x7e\x80-\xff]*)?$/i
const nothing = Buffer.alloc(0)

/** Whether this is the beginning of an HTTP answer, as far as it has come. */
function begins(bytes: Buffer, from: number): boolean {
  for (let i = 0; i < beginning.length && from + i < bytes.length; i++)
    if (bytes[from + i] !== beginning[i]) return false
  return true
}

type Field = { name: string; value: string }

/** The head of an answer: version, status, headers in order, and whether it follows HTTP to the letter. */
type Head = { minor: number; status: number; fields: Field[]; exact: boolean }

/** Reads the lines of a head, with their ends, without the empty line. */
function readHead(text: string): Head {
  const head: Head = { minor: 0, status: 0, fields: [], exact: true }
  let last: Field | null = null
  for (let from = 0, end = text.indexOf('\n'); end >= 0; from = end + 1, end = text.indexOf('\n', from)) {
    const whole = end > from && text.charCodeAt(end - 1) === cr
    if (!whole) head.exact = false
    const line = text.slice(from, whole ? end - 1 : end)
    if (head.status === 0) readStatus(head, line)
    else if (last && foldedLine.test(line)) last.value = `${last.value} ${line.trim()}`.trim()
    else {
      last = readField(head, line)
      head.fields.push(last)
    }
  }
  return head
}

function readStatus(head: Head, line: string): void {
  if (!statusLine.test(line)) throw malformed(`The receiver sent a status line that cannot be read: ${quoted(line)}`)
  head.minor = Number(line[7])
  head.status = Number(line.slice(9, 12))
}

function readField(head: Head, line: string): Field {
  if (!headerLine.test(line)) throw malformed(`The receiver sent a header that cannot be read: ${quoted(line)}`)
  const colon = line.indexOf(':')
  const name = line.slice(0, colon).trimEnd()
  if (name.length < colon) head.exact = false
  return {
    name: name.toLowerCase(),
    value: line
      .slice(colon + 1)
      .replace(leading, '')
      .trimEnd(),
  }
}

/** All values of a header, as one list; null if it is missing. */
function listOf({ fields }: Head, name: string): string | null {
  let list: string | null = null
  for (const field of fields) if (field.name === name) list = list === null ? field.value : `${list}, ${field.value}`
  return list
}

/** Reads Content-Length, which may be repeated or a list, if all its values agree. */
function readLength(said: string): number {
  const parts = said.split(',').map((part) => part.trim())
  const lengths = new Set(parts.filter((part) => part !== '').map(Number))
  if (!lengths.size || !/^[\d \t,]+$/.test(said) || [...lengths].some((length) => !Number.isSafeInteger(length)))
    throw malformed(`The receiver sent a Content-Length that is no length: ${quoted(said)}`)
  if (lengths.size > 1) throw malformed(`The receiver sent lengths that differ: ${quoted(said)}`)
  return [...lengths][0] as number
}

type Phase = 'head' | 'length' | 'close' | 'size' | 'chunk' | 'after' | 'trailer' | 'done'

/**
 * Reads one answer to one POST according to RFC 9112, in whatever pieces it arrives. Interim answers (1xx) are
 * skipped. The beginning of the body is kept, up to a limit; the caller need not read further.
 *
 * It reads what the RFC lets a client read: empty lines before the first, lines that end with LF alone (2.2), a space
 * before a colon (5.1), folded headers (5.2), one length said twice (6.3). If an answer does not follow HTTP to the
 * letter, the connection is not kept: somebody in between may believe that it ends elsewhere.
 */
export class Answer {
  /** Of the final answer; 0 until its first lines are there. */
  status = 0
  /** The value of Retry-After, if there is one. */
  retryAfter: string | null = null
  /** Something arrived. */
  begun = false
  /** How long (ms) the connection may be kept for the next request; 0 if it must not be. */
  keep = 0

  #limit: number
  #phase: Phase = 'head'
  #held: Buffer = nothing
  /** Where the incomplete line begins, in the bytes that are held. */
  #at = 0
  /** Size of the empty lines before the first. */
  #blank = 0
  #line = ''
  #interims = 0
  #left = 0
  #trailer = 0
  #body: Buffer[] = []
  #size = 0

  /** @param limit bytes of the body that are kept */
  constructor(limit: number) {
    this.#limit = limit
  }

  get done(): boolean {
    return this.#phase === 'done'
  }

  /** Some of the head arrived, but not all. */
  get partial(): boolean {
    return this.#phase === 'head' && this.#held.length > 0
  }

  /** The body has reached the limit of what is kept. */
  get full(): boolean {
    return this.#size >= this.#limit
  }

  text(): string {
    return this.#size ? Buffer.concat(this.#body).toString('utf8') : ''
  }

  /** Reads the next piece. Throws a BadAnswer; `status` then says whether the head was good. */
  read(piece: Buffer): void {
    this.begun = true
    let at = 0
    if (this.#phase === 'head') {
      at = this.#readHead(piece)
      if (at < 0) return
    }
    while (at < piece.length && this.#phase !== 'done') at = this.#readBody(piece, at)
    // Unrequested bytes: the next answer could not be told from them.
    if (at < piece.length) this.keep = 0
  }

  /** Nothing more comes. True if the answer was to end like this. */
  end(): boolean {
    if (this.#phase === 'close') this.#phase = 'done'
    this.keep = 0
    return this.done
  }

  /** The index where the body begins in this piece; -1 while the head is incomplete. */
  #readHead(piece: Buffer): number {
    const held = this.#held.length
    const whole = held ? Buffer.concat([this.#held, piece]) : piece
    let from = 0
    for (;;) {
      if (!this.#at) from = this.#skipBlank(whole, from)
      // A CR alone may be the first half of an empty line.
      if (whole[from] === cr ? from + 1 < whole.length : !begins(whole, from)) throw notHttp()
      const end = this.#endOfHead(whole, from)
      if ((end < 0 ? whole.length : end) - from > maxHead) throw tooLarge()
      if (end < 0) {
        this.#held = from ? whole.subarray(from) : whole
        return -1
      }
      this.#at = 0
      const emptyLine = whole[end - 2] === cr ? 2 : 1
      const head = readHead(whole.toString('latin1', from, end - emptyLine))
      from = end
      if (head.status === 101) throw malformed('The receiver switched to another protocol')
      if (head.status >= 200) {
        if (emptyLine === 1) head.exact = false
        this.#begin(head)
        this.#held = nothing
        return from - held
      }
      if (++this.#interims > maxInterim) throw malformed('The receiver sent an interim answer instead of a final one')
    }
  }

  /** Where the first line begins. Some receivers send an empty line before it. */
  #skipBlank(whole: Buffer, from: number): number {
    let at = from
    while (whole[at] === lf || (whole[at] === cr && whole[at + 1] === lf)) at += whole[at] === lf ? 1 : 2
    this.#blank += at - from
    if (this.#blank > maxHead) throw tooLarge()
    return at
  }

  /** Where the empty line ends that ends a head; -1 if it has not come. */
  #endOfHead(whole: Buffer, from: number): number {
    let at = from + this.#at
    for (let end = whole.indexOf(lf, at); end >= 0; end = whole.indexOf(lf, at)) {
      if (end === at || (end === at + 1 && whole[at] === cr)) return end + 1
      at = end + 1
    }
    this.#at = at - from
    return -1
  }

  /** Reads the final head: how the body is framed, and whether the connection is kept. */
  #begin(head: Head): void {
    const { status, minor, exact } = head
    const said = listOf(head, 'content-length')
    const coding = listOf(head, 'transfer-encoding')
    const bodiless = status === 204 || status === 304
    const length = said === null || coding !== null || bodiless ? null : readLength(said)
    this.status = status
    this.retryAfter = head.fields.findLast(({ name }) => name === 'retry-after')?.value ?? null
    this.keep = keepOf(head)
    if (bodiless) {
      // Bytes that follow all the same would be taken for the next answer.
      if ((status === 204 && said !== null && said !== '0') || coding !== null) this.keep = 0
      this.#phase = 'done'
    } else if (coding !== null) {
      this.#phase = /(?:^|,)[\t ]*chunked$/i.test(coding) ? 'size' : 'close'
      // Contradicting lengths are a way to smuggle answers: what follows cannot be trusted.
      if (said !== null || minor === 0) this.keep = 0
    } else if (length !== null) {
      this.#left = length
      this.#phase = length ? 'length' : 'done'
    } else this.#phase = 'close'
    if (!exact) this.keep = 0
  }

  #readBody(piece: Buffer, at: number): number {
    switch (this.#phase) {
      case 'close':
        this.#take(piece, at, piece.length)
        return piece.length
      case 'length':
      case 'chunk': {
        const end = Math.min(piece.length, at + this.#left)
        this.#take(piece, at, end)
        this.#left -= end - at
        if (!this.#left) this.#phase = this.#phase === 'chunk' ? 'after' : 'done'
        return end
      }
      default:
        return this.#readLine(piece, at)
    }
  }

  /** The lines between chunks, and those after the last. */
  #readLine(piece: Buffer, at: number): number {
    const newline = piece.indexOf(10, at)
    const end = newline < 0 ? piece.length : newline
    this.#line += piece.toString('latin1', at, end)
    if (this.#line.length > (this.#phase === 'trailer' ? maxHead : maxLine)) throw badChunks()
    if (newline < 0) return end
    const line = this.#line.endsWith('\r') ? this.#line.slice(0, -1) : this.#line
    if (line === this.#line) this.keep = 0
    this.#line = ''
    if (this.#phase === 'size') {
      const [, size] = chunkLine.exec(line) ?? []
      if (!size) throw badChunks()
      this.#left = Number.parseInt(size, 16)
      this.#phase = this.#left ? 'chunk' : 'trailer'
    } else if (this.#phase === 'after') {
      if (line) throw badChunks()
      this.#phase = 'size'
    } else {
      this.#trailer += line.length
      if (this.#trailer > maxHead) throw badChunks()
      if (!line) this.#phase = 'done'
    }
    return newline + 1
  }

  #take(piece: Buffer, from: number, to: number): void {
    const room = this.#limit - this.#size
    if (room <= 0 || to <= from) return
    const part = piece.subarray(from, Math.min(to, from + room))
    this.#body.push(part)
    this.#size += part.length
  }
}

const badChunks = () => malformed('The receiver sent a body in chunks that cannot be read')

/** How long (ms) the connection may be kept, according to the head. */
function keepOf(head: Head): number {
  const options = listOf(head, 'connection')?.toLowerCase().split(',')
  const says = (option: string) => options?.some((each) => each.trim() === option) ?? false
  if (head.minor > 0 ? says('close') : !says('keep-alive')) return 0
  const asked = listOf(head, 'keep-alive')
  const timeout = asked === null ? undefined : /(?:^|[\s,])timeout=(\d{1,6})/i.exec(asked)?.[1]
  // A receiver closes when it says it will; closing a second before is early enough.
  return timeout === undefined ? keptFor : Math.min(keptFor, Math.max(0, Number(timeout) * 1000 - 1000))
}
