/**
 * What one request may cost before anybody has looked at what it says. Every number is in `docs/operating.md`; an
 * endpoint that needs a larger body says so in its declaration.
 */
export const limits = {
  /** Bytes of a body, where an endpoint says nothing else. */
  body: 256 * 1024,
  /** Bytes of one line of a body of lines. */
  line: 64 * 1024,
  /** Bytes of answers to lines that wait for a client that sends and does not read. */
  unread: 16 * 1024 * 1024,
  /** Named fields of a body or query: keys of JSON at any depth, pairs of a form, parts of a multipart body. */
  fields: 1_000,
  /** Values of a JSON body, at any depth. */
  values: 10_000,
  /** Lists and objects within one another. */
  depth: 64,
  /** Entries of a list, where a declaration says nothing else. */
  entries: 1_000,
  /** Bytes of all headers together. */
  headers: 16 * 1024,
  /** Requests of one connection that are worked on at a time. */
  underWay: 16,
  /** Pieces a body may come in. */
  pieces: 4_000,
}

/** A rate of its own, for endpoints that cost more than others; one is shared by all endpoints that name it. */
export type Rate = {
  name: string
  /** Requests a minute and client. */
  perMinute: number
}
