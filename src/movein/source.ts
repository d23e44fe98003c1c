import { setTimeout as sleep } from 'node:timers/promises'
import { CannotStart } from '../platform/process.ts'

/** An object of the source. Nothing in it is trusted before it is checked. */
export type Thing = Record<string, unknown>

/** A community elsewhere, read by its API as one of its administrators. */
export type Source = {
  /** For example https://community.example. */
  base: string
  /** How many requests it has answered. */
  readonly asked: number
  /**
   * What is at an address after `/api/v2`; null if there is nothing, or nothing for this token.
   * @throws CannotStart with a sentence, if the answer is unusable
   */
  get(path: string): Promise<unknown>
  /** All of a list, page by page. */
  list(path: string): AsyncGenerator<Thing>
  /** The length of a list; null if there is no such list. */
  count(path: string): Promise<number | null>
}

/** Page size, and the largest answer in bytes. */
const [pageSize, mostBytes] = [100, 32 * 1024 * 1024]
/** How long an answer may take, in ms; how often to try again; and the longest wait in between. */
const [patience, tries, longest] = [60_000, 8, 600_000]
const mostAtOnce = 4

/**
 * Opens a community elsewhere. The token is sent to that address only: addresses in its answers are not followed.
 * @param wait for tests: waits that many ms
 * @param say called with the reason of a wait
 */
export function openSource(
  url: string,
  token: string,
  { wait = sleep, say = () => {} }: { wait?: (ms: number) => Promise<unknown>; say?: (what: string) => void } = {},
): Source {
  const address = URL.parse(url.includes('://') ? url : `https://${url}`)
  if (!address || !/^https?:$/.test(address.protocol) || address.username || address.password)
    throw new CannotStart(`"${url}" is no address. Give one as https://community.example.`)
  const base = address.origin
  let asked = 0
  let under = 0
  const waiting: (() => void)[] = []
  /** Nothing is asked before this time (monotonic clock): the source has said so. */
  let until = 0

  async function ask(path: string): Promise<unknown> {
    let why = ''
    for (let attempt = 0; attempt < tries; attempt++) {
      const rest = until - performance.now()
      if (rest > 0) await wait(rest)
      try {
        const response = await fetch(`${base}/api/v2${path}`, {
          headers: { authorization: `Bearer ${token}`, accept: 'application/json' },
          redirect: 'manual',
          signal: AbortSignal.timeout(patience),
        })
        const { status, headers } = response
        asked++
        if (status === 200) return readBody(await readUpTo(response), path)
        await response.body?.cancel()
        if (status === 401) throw new CannotStart(`${base} does not take the token.`)
        if (status >= 300 && status < 400)
          throw new CannotStart(`${base} sends on to ${headers.get('location')}. Give the address it really has.`)
        if (status < 500 && status !== 429 && status !== 408) return null
        why = `it answers ${status}`
        const pause = Math.min(longest, readRetryAfter(headers.get('retry-after')) ?? 1_000 * 2 ** attempt)
        if (status === 429 || headers.has('retry-after')) until = Math.max(until, performance.now() + pause)
        if (pause > 5_000) say(`${base} asks to wait for ${Math.ceil(pause / 1_000)} s`)
        if (until <= performance.now()) await wait(pause)
      } catch (error) {
        if (error instanceof CannotStart) throw error
        const { cause, message } = error as Error & { cause?: { code?: string } }
        why = cause?.code ?? message
        await wait(1_000 * 2 ** attempt)
      }
    }
    throw new CannotStart(
      `${base} could not be read (${why}), though it was tried ${tries} times. What was moved is kept: run this again.`,
    )
  }

  /** The same, a few at a time. */
  async function get(path: string): Promise<unknown> {
    if (under >= mostAtOnce) await new Promise<void>((begin) => waiting.push(begin))
    under++
    try {
      return await ask(path)
    } finally {
      under--
      waiting.shift()?.()
    }
  }

  const page = (path: string, offset: number, limit = pageSize) =>
    get(`${path}${path.includes('?') ? '&' : '?'}limit=${limit}&offset=${offset}`)

  return {
    base,
    get asked() {
      return asked
    },
    get,
    async *list(path) {
      const first = await page(path, 0)
      let next = first
      // Stops if a source repeats the same page for ever, or returns more than it announces.
      const most = countOf(first) ?? Number.POSITIVE_INFINITY
      let last = ''
      for (let offset = 0; ; ) {
        const { results, next: more } = (Array.isArray(next) ? { results: next } : (next ?? {})) as Thing
        if (!Array.isArray(results) || !results.length) return
        const same = JSON.stringify(results.map((each) => (each as Thing | null)?.id ?? each))
        if (same === last) return
        last = same
        yield* results.filter((each): each is Thing => typeof each === 'object' && each !== null)
        offset += results.length
        if (Array.isArray(next) || !more || offset > most + 10_000) return
        next = await page(path, offset)
      }
    },
    count: async (path) => countOf(await page(path, 0, 1)),
  }
}

function countOf(page: unknown): number | null {
  if (Array.isArray(page)) return page.length
  const { count } = (page ?? {}) as Thing
  return Number.isSafeInteger(count) ? (count as number) : null
}

async function readUpTo(response: Response): Promise<Buffer> {
  const pieces: Uint8Array[] = []
  let length = 0
  for await (const piece of response.body ?? []) {
    length += piece.length
    if (length > mostBytes)
      throw new CannotStart('The source answers more than 32 MB to one request: it is not gone on with.')
    pieces.push(piece)
  }
  return Buffer.concat(pieces)
}

function readBody(body: Buffer, path: string): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    throw new CannotStart(`The source answers no JSON to ${path.replace(/\?.*/, '')}. Is it a community with API v2?`)
  }
}

/** Seconds, or a date, as ms from now. */
function readRetryAfter(text: string | null): number | null {
  if (!text) return null
  const seconds = Number(text)
  if (Number.isFinite(seconds)) return Math.max(0, seconds * 1_000)
  const at = Date.parse(text)
  return Number.isNaN(at) ? null : Math.max(0, at - Date.now())
}
