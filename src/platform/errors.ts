/** One entry of the documented error body: about a field, or about the request as a whole. */
export type ErrorItem =
  | { code: string; message: string }
  | { field: string; messages: { code: string; message: string; id?: number }[] }

/**
 * What a client gets instead of an answer. The body is always `{errors: [...]}`: the official clients read nothing
 * else of a failure.
 */
export class Refusal extends Error {
  readonly status: number
  readonly errors: ErrorItem[]
  readonly headers: Record<string, string>

  constructor(status: number, errors: ErrorItem[], headers: Record<string, string> = {}) {
    const first = errors[0]
    super(first && 'message' in first ? first.message : (first?.messages[0]?.message ?? `HTTP ${status}`))
    this.status = status
    this.errors = errors
    this.headers = headers
  }
}

const plain = (status: number, code: string, message: string, headers?: Record<string, string>) =>
  new Refusal(status, [{ code, message }], headers)

/** 400 for an act that is not possible in the present state; `code` is stable, `message` says what to do. */
export const refused = (code: string, message: string) => plain(400, code, message)

/** 400 naming the field that is wrong. */
export const badField = (field: string, code: string, message: string) =>
  new Refusal(400, [{ field, messages: [{ code, message }] }])

/** One refusal with the errors of both; of a field, the first error. */
function joined(first: Refusal, second: Refusal): Refusal {
  const named = new Set(first.errors.map((each) => ('field' in each ? each.field : each.message)))
  const others = second.errors.filter((each) => !named.has('field' in each ? each.field : each.message))
  return new Refusal(400, [...first.errors, ...others])
}

/**
 * Reads parts of a request one after the other, and refuses everything that is wrong (400) together, after the last.
 * @param before what was found wrong already
 */
export async function readAll<Reads extends Record<string, () => unknown>>(
  reads: Reads,
  before: Refusal | null = null,
): Promise<{ [Name in keyof Reads]: Awaited<ReturnType<Reads[Name]>> }> {
  let refusal = before
  const read: Record<string, unknown> = {}
  for (const [name, each] of Object.entries(reads)) {
    try {
      read[name] = await each()
    } catch (error) {
      if (!(error instanceof Refusal) || error.status !== 400) throw refusal ?? error
      refusal = refusal ? joined(refusal, error) : error
    }
  }
  if (refusal) throw refusal
  return read as { [Name in keyof Reads]: Awaited<ReturnType<Reads[Name]>> }
}

/** 401: the token is missing or not valid. Clients then refresh their token, so never use it for permissions. */
export const unauthorized = (message: string) =>
  plain(401, 'not_authenticated', message, { 'WWW-Authenticate': 'Bearer' })

/** 403: signed in, but not allowed. On acts between members, clients read it as "one of you hid the other". */
export const forbidden = (message: string, code = 'permission_denied') => plain(403, code, message)

export const notFound = (message: string) => plain(404, 'not_found', message)
export const methodNotAllowed = (method: string, allow: string[]) =>
  plain(405, 'method_not_allowed', `${method} is not offered here. Use ${allow.join(' or ')}.`, {
    Allow: allow.join(', '),
  })
export const notAcceptable = () => plain(406, 'not_acceptable', 'Kith answers in JSON: send Accept: application/json.')
export const gone = (message: string) => plain(410, 'gone', message)
export const tooLarge = (limit: number) =>
  plain(413, 'too_large', `The body is larger than the ${limit} bytes taken here.`)
export const unsupportedType = (type: string, instead = 'JSON, a form, or multipart') =>
  plain(415, 'unsupported_media_type', `A body of type ${type || 'unknown'} cannot be read. Send ${instead}.`)
export const tooMany = (seconds: number) =>
  plain(429, 'throttled', `Too many requests. Try again in ${seconds} s.`, { 'Retry-After': String(seconds) })
export const unavailable = (message: string) => plain(503, 'unavailable', message, { 'Retry-After': '1' })
