import type { Socket } from 'node:net'
import type { FastifyRequest } from 'fastify'
import { limits } from './limits.ts'
import { bringsLines } from './lines.ts'
import { nodeHttp } from './node-http.ts'

/** The rest of a refused body is discarded up to this many bytes and ms; then the connection is closed. */
const [maxPassed, maxPassing] = [16 * 1024 * 1024, 5_000]

/**
 * Discards the rest of a body whose request is already answered. Closing at once would reset the connection under a
 * client that still sends, and the answer would be lost.
 */
export function passOver({ raw }: FastifyRequest): void {
  if (raw.complete || raw.destroyed) return
  let passed = 0
  let pieces = 0
  const give = () => raw.socket.destroy()
  const timer = setTimeout(give, maxPassing)
  raw.on('data', (chunk: Buffer) => {
    passed += chunk.length
    if (passed > maxPassed || ++pieces > limits.pieces) give()
  })
  raw.on('error', () => {})
  raw.once('close', () => clearTimeout(timer))
}

const faults: Record<string, [status: number, code: string, message: string]> = {
  HPE_HEADER_OVERFLOW: [431, 'too_large', `The headers are larger than the ${limits.headers} bytes taken here.`],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'timeout', 'The request did not come in time. Send it again.'],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: [413, 'too_large', 'The chunk extensions are too large. Leave them out.'],
}
const malformed = [400, 'parse_error', 'This is not a request as HTTP/1.1 has it.'] as const

/** Answers bytes that are no HTTP request, in the form of every other refusal, and ends the connection. */
export function refuseConnection(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT' && bringsLines(socket)) return
  const { _httpMessage: answering } = socket as Socket & { _httpMessage?: { headersSent: boolean } }
  if (error.code === 'ECONNRESET' || !socket.writable || answering?.headersSent) return void socket.destroy()
  const [status, code, message] = faults[error.code ?? ''] ?? malformed
  const body = JSON.stringify({ errors: [{ code, message }] })
  socket.end(
    `HTTP/1.1 ${status} ${nodeHttp.STATUS_CODES[status]}\r\nContent-Type: application/json\r\nConnection: close\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  )
  // A client that goes on sending does not keep the connection open.
  setTimeout(() => socket.destroy(), 1_000).unref()
}
