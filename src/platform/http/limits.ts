/**
 * What one request may cost before its content is looked at. Every number is in `docs/operating.md`; an endpoint that
 * needs a larger body says so in its declaration.
 */
export const limits = {
  /** Bytes of a body, unless the endpoint says more. */
  body: 256 * 1024,
  /** Bytes of one line of a body of lines. */
  line: 64 * 1024,
  /** Bytes of answers to lines that a client has not read yet. */
  unread: 16 * 1024 * 1024,
  /** Named fields of a body or query: keys of JSON at any depth, pairs of a form, parts of a multipart body. */
  fields: 1_000,
  /** Values of a JSON body, at any depth. */
  values: 10_000,
  /** Nesting of lists and objects. */
  depth: 64,
  /** Entries of a list, unless the declaration says more. */
  entries: 1_000,
  /** Bytes of all headers together. */
  headers: 16 * 1024,
  /** Requests of one connection that are worked on at a time. */
  underWay: 16,
  /** Pieces a body may arrive in. */
  pieces: 4_000,
}

/** A rate for endpoints that cost more than others. All endpoints that name it share it. */
export type Rate = {
  name: string
  /** Requests per minute and client. */
  perMinute: number
}
