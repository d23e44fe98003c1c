/** What a receiver sent cannot be understood, or will not be read. The message is a sentence for the log of attempts. */
export class BadAnswer extends Error {
  readonly code: 'malformed_response' | 'too_large'

  constructor(code: BadAnswer['code'], sentence: string) {
    super(sentence)
    this.name = 'BadAnswer'
    this.code = code
  }
}

/** The first lines of an answer, and those of its end, take up so many bytes at most. */
const headMost = 16 * 1024
/** So many answers that are none yet (1xx) are read. */
const interimMost = 32
/** A chunk says how long it is in so many bytes at most. */
const lineMost = 256
/** A connection is kept so long (ms) unless the receiver says less. */
export const keptFor = 30_000

const malformed = (sentence = 'The receiver sent what is not HTTP') => new BadAnswer('malformed_response', sentence)
const interim = () => malformed('The receiver sent an interim answer instead of a final one')

const beginning = Buffer.from('HTTP/1.')
const headEnd = Buffer.from('\r\n\r\n')
const statusLine = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: [\t\x20-\x7e\x80-\xff]*)?$/
const headerLine = /^([!#$%&'*+.^_`|~\w-]+):[\t ]*([\t\x20-\x7e\x80-\xff]*)$/
const chunkLine = /^([\da-f]{1,12})[\t ]*(?:;[\t\x20-\x7e\x80-\xff]*)?$/i
const nothing = Buffer.alloc(0)

type Phase = 'head' | 'length' | 'close' | 'size' | 'chunk' | 'after' | 'trailer' | 'done'

/**
 * Reads one answer to one POST as RFC 9112 has it, in whatever pieces it comes. Interim answers (1xx) are passed over.
 * Of the body the beginning is kept, up to a limit; whoever reads on from there would read for nothing.
 */
export class Answer {
  /** Of the final answer; 0 until its first lines are there. */
  status = 0
  /** What Retry-After says, if it is there. */
  retryAfter: string | null = null
  /** Something came. */
  begun = false
  /** How long (ms) the connection may be kept for the next request; 0 where it must not be. */
  keep = 0

  #limit: number
  #phase: Phase = 'head'
  #held: Buffer = nothing
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

  /** As much of the body came as is kept. */
  get full(): boolean {
    return this.#size >= this.#limit
  }

  text(): string {
    return this.#size ? Buffer.concat(this.#body).toString('utf8') : ''
  }

  /** What came next. Throws a BadAnswer; `status` then tells whether the first lines were good. */
  read(piece: Buffer): void {
    this.begun = true
    let at = 0
    if (this.#phase === 'head') {
      at = this.#readHead(piece)
      if (at < 0) return
    }
    while (at < piece.length && this.#phase !== 'done') at = this.#readBody(piece, at)
    // Nobody asked for more: whatever this is, the next answer could not be told from it.
    if (at < piece.length) this.keep = 0
  }

  /** Nothing more comes. True if that is how this answer was to end. */
  end(): boolean {
    if (this.#phase === 'close') this.#phase = 'done'
    this.keep = 0
    return this.done
  }

  /** The index where the body begins in this piece; -1 while the head is not complete. */
  #readHead(piece: Buffer): number {
    const held = this.#held.length
    const whole = held ? Buffer.concat([this.#held, piece]) : piece
    let from = 0
    for (;;) {
      for (let i = 0; i < beginning.length && from + i < whole.length; i++)
        if (whole[from + i] !== beginning[i]) throw malformed()
      const end = whole.indexOf(headEnd, from)
      if ((end < 0 ? whole.length : end) - from > headMost)
        throw new BadAnswer('too_large', 'The receiver sent more headers than are read')
      if (end < 0) {
        this.#held = from ? whole.subarray(from) : whole
        return -1
      }
      const final = this.#readLines(whole.toString('latin1', from, end).split('\r\n'))
      from = end + headEnd.length
      if (final) {
        this.#held = nothing
        return from - held
      }
      if (++this.#interims > interimMost) throw interim()
    }
  }

  /** Whether this is the final answer. */
  #readLines([first = '', ...lines]: string[]): boolean {
    const [, minor, code] = statusLine.exec(first) ?? []
    if (!code) throw malformed()
    const status = Number(code)
    if (status === 101) throw interim()
    let length: string | null = null
    let coding: string | null = null
    let connection = ''
    let timeout: string | undefined
    for (const line of lines) {
      const [, name, value] = headerLine.exec(line) ?? []
      if (name === undefined || value === undefined) throw malformed()
      const said = value.trimEnd()
      switch (name.toLowerCase()) {
        case 'content-length':
          if (!/^\d{1,15}$/.test(said)) throw malformed()
          if (length !== null && Number(length) !== Number(said))
            throw malformed('The receiver sent an answer that is not as long as it says')
          length = said
          break
        case 'transfer-encoding':
          coding = coding === null ? said : `${coding}, ${said}`
          break
        case 'connection':
          connection += `,${said.toLowerCase()}`
          break
        case 'keep-alive':
          timeout = /(?:^|[\s,])timeout=(\d{1,6})/i.exec(said)?.[1]
          break
        case 'retry-after':
          this.retryAfter = said
          break
      }
    }
    if (status < 200) return false

    this.status = status
    const options = connection.split(',').map((option) => option.trim())
    const kept = minor === '1' ? !options.includes('close') : options.includes('keep-alive')
    // A receiver closes when it says it does; a second before that is early enough.
    if (kept)
      this.keep = timeout === undefined ? keptFor : Math.min(keptFor, Math.max(0, Number(timeout) * 1000 - 1000))
    if (status === 204 || status === 304) this.#phase = 'done'
    else if (coding !== null) {
      this.#phase = /(?:^|,)[\t ]*chunked$/i.test(coding) ? 'size' : 'close'
      // Two lengths that contradict each other are how answers are smuggled: what follows is not to be trusted.
      if (length !== null) this.keep = 0
    } else if (length !== null) {
      this.#left = Number(length)
      this.#phase = this.#left ? 'length' : 'done'
    } else this.#phase = 'close'
    return true
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
    if (this.#line.length > (this.#phase === 'trailer' ? headMost : lineMost)) throw malformed()
    if (newline < 0) return end
    if (!this.#line.endsWith('\r')) throw malformed()
    const line = this.#line.slice(0, -1)
    this.#line = ''
    if (this.#phase === 'size') {
      const [, size] = chunkLine.exec(line) ?? []
      if (!size) throw malformed()
      this.#left = Number.parseInt(size, 16)
      this.#phase = this.#left ? 'chunk' : 'trailer'
    } else if (this.#phase === 'after') {
      if (line) throw malformed()
      this.#phase = 'size'
    } else {
      this.#trailer += line.length
      if (this.#trailer > headMost) throw malformed()
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
