import { createHash } from 'node:crypto'
import type { FastifyRequest } from 'fastify'

/** The ETag of these bytes. */
export const tagOf = (bytes: string | Buffer) =>
  `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`

/** Whether the client already has what this tag stands for: then 304 is enough. */
export const isKnown = ({ headers }: FastifyRequest, tag: string) =>
  (headers['if-none-match'] ?? '').split(',').some((each) => [tag, '*'].includes(each.trim().replace(/^W\//, '')))
