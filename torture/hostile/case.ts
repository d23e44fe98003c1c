/** Who sends a request: nobody known, or one of the people every community under attack has. */
export type Who = 'visitor' | 'alice' | 'bob' | 'blocked' | 'editor' | 'moderator' | 'admin'

/** What of the community under attack requests are made of. */
export type Target = {
  host: string
  port: number
  tokens: Record<Who, string>
  /** Ids by name, as `{alice}` and `{post}` stand in addresses. */
  ids: Record<string, number>
}

export type Bytes = string | Buffer
/** Made when it is sent: hundreds of large bodies are not kept. */
export type Lazy<T> = T | ((target: Target) => T)

/** A request as a well-behaved client would frame it, whatever is in it. */
export type Request = {
  method?: string
  /** After /api/v2, unless it begins with `raw:`, behind which it is taken as it is. */
  path: string
  headers?: Record<string, string>
  /** Without a type it is JSON. */
  type?: string
  body?: Lazy<Bytes>
}

/** What may come back: statuses, or the connection closed without a word. */
export type Allowed = (number | 'closed')[]

export type Case = {
  name: string
  who?: Who
  /** A request, or the very bytes. */
  send: Request | Lazy<Bytes | Bytes[]>
  /** Every answer is one of these. */
  allowed: Allowed
  /** What refuses is to have this code. */
  code?: string
  /** What else must hold for an answer: a sentence when it does not. */
  look?: (answer: Answer) => string | null
  /** How many answers there are, 1 unless given. */
  answers?: number
  /** Milliseconds between pieces; then the answer may come as late as `patience`. */
  pause?: number
  /** Milliseconds that the answer may take: a second unless something is waited for on purpose. */
  patience?: number
  /** The client closes its side behind the last byte, or resets the connection without waiting for an answer. */
  ending?: 'half' | 'reset'
}

export type Answer = {
  status: number
  headers: Record<string, string>
  body: string
  /** Milliseconds from the last byte sent. */
  ms: number
}

/** A theme of the corpus: its cases, in the order they are sent. */
export type Theme = { name: string; cases: Case[] }

export const is2xx = [200, 201, 204]

/** Text that would be long to write. */
export const times = (n: number, text: string) => text.repeat(n)
export const list = <T>(n: number, of: (i: number) => T): T[] => Array.from({ length: n }, (_, i) => of(i))
