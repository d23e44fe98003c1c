import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Answer, Bytes, Case, Request, Target, Who } from './case.ts'

/** What came of a case: the answers there were, and how the connection ended. */
export type Outcome = {
  answers: Answer[]
  /** All bytes were not taken, or no answer was left to come, when the other side closed. */
  closed: boolean
  /** Neither an answer nor an end within the patience of the case. */
  silent: boolean
}

/** The bytes of a case, in the pieces in which they are sent. */
export function bytesOf({ send, who = 'visitor' }: Pick<Case, 'send' | 'who'>, target: Target): Buffer[] {
  const made = typeof send === 'function' ? send(target) : send
  if (Array.isArray(made)) return made.map(buffer)
  if (typeof made === 'string' || Buffer.isBuffer(made)) return [buffer(made)]
  return [frame(made, who, target)]
}

/** Text stands for its bytes, one for each character: what is to be UTF-8 is framed as a request. */
const buffer = (bytes: Bytes) => (typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes)

export const fill = (path: string, { ids }: Target) =>
  path.replace(/\{(\w+)\}/g, (whole, name: string) => (Object.hasOwn(ids, name) ? String(ids[name]) : whole))

function frame(request: Request, who: Who, target: Target): Buffer {
  const { method = request.body === undefined ? 'GET' : 'POST', path } = request
  const made = typeof request.body === 'function' ? request.body(target) : request.body
  const body = made === undefined ? null : Buffer.from(made as string)
  const headers: Record<string, string> = {
    Host: `${target.host}:${target.port}`,
    ...(target.tokens[who] && { Authorization: `Bearer ${target.tokens[who]}` }),
    ...(body && { 'Content-Type': request.type ?? 'application/json', 'Content-Length': String(body.length) }),
    ...request.headers,
  }
  const address = path.startsWith('raw:') ? path.slice(4) : `/api/v2${fill(path, target)}`
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  const head = Buffer.from(`${method} ${address} HTTP/1.1\r\n${lines.join('')}\r\n`, 'latin1')
  return body ? Buffer.concat([head, body]) : head
}

/** Sends a case over a connection of its own, and reads what comes back. */
export function sendCase(each: Case, target: Target): Promise<Outcome> {
  const pieces = bytesOf(each, target)
  const wanted = each.answers ?? 1
  const isHead = pieces[0]?.subarray(0, 5).toString('latin1') === 'HEAD '
  return new Promise((resolve) => {
    const socket = connect(target.port, target.host)
    const reader = createReader(isHead)
    const outcome: Outcome = { answers: reader.answers, closed: false, silent: false }
    let sent = 0
    let over = false
    const end = () => {
      if (over) return
      over = true
      clearTimeout(timer)
      socket.destroy()
      for (const answer of reader.answers) answer.ms = Math.max(0, answer.ms - sent)
      resolve(outcome)
    }
    const timer = setTimeout(
      () => {
        outcome.silent = true
        end()
      },
      (each.patience ?? 1_000) + (each.pause ?? 0) * pieces.length + 14_000,
    )
    socket.setNoDelay(true)
    socket.on('error', () => {})
    socket.on('data', (chunk) => {
      reader.read(chunk)
      if (reader.answers.length >= wanted) end()
    })
    socket.on('close', () => {
      reader.close()
      outcome.closed = reader.answers.length < wanted
      end()
    })
    socket.on('connect', async () => {
      for (const [i, piece] of pieces.entries()) {
        if (i > 0 && each.pause) await sleep(each.pause)
        if (over) return
        socket.write(piece)
        sent = performance.now()
      }
      if (each.ending === 'half') socket.end()
      if (each.ending === 'reset') {
        await sleep(5)
        socket.resetAndDestroy()
      }
    })
  })
}

/** Reads answers off a connection, as many as come. Words said in between (100 Continue) are none. */
function createReader(isHead: boolean) {
  const answers: Answer[] = []
  let bytes: Buffer = Buffer.alloc(0)
  let isOpen = true
  function next(): boolean {
    const end = bytes.indexOf('\r\n\r\n')
    if (end < 0) return false
    const [first = '', ...lines] = bytes.subarray(0, end).toString('latin1').split('\r\n')
    const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(first)?.[1] ?? 0)
    const headers: Record<string, string> = {}
    for (const line of lines) {
      const at = line.indexOf(':')
      headers[line.slice(0, at).toLowerCase()] = line.slice(at + 1).trim()
    }
    let at = end + 4
    let body = ''
    if (status >= 200 && status !== 204 && status !== 304 && !isHead) {
      if (headers['transfer-encoding'] === 'chunked') {
        for (;;) {
          const stop = bytes.indexOf('\r\n', at)
          if (stop < 0) return false
          const size = Number.parseInt(bytes.subarray(at, stop).toString('latin1'), 16)
          if (bytes.length < stop + 4 + size) return false
          body += bytes.subarray(stop + 2, stop + 2 + size).toString('utf8')
          at = stop + 4 + size
          if (size === 0) break
        }
      } else {
        const length = headers['content-length'] === undefined ? null : Number(headers['content-length'])
        if (length === null && isOpen) return false
        if (length !== null && bytes.length < at + length) return false
        const stop = length === null ? bytes.length : at + length
        body = bytes.subarray(at, stop).toString('utf8')
        at = stop
      }
    }
    bytes = bytes.subarray(at)
    if (status >= 200 || status === 0) answers.push({ status, headers, body, ms: performance.now() })
    return true
  }
  return {
    answers,
    read(chunk: Buffer) {
      bytes = bytes.length ? Buffer.concat([bytes, chunk]) : chunk
      while (next());
    },
    close() {
      isOpen = false
      while (next());
    },
  }
}
