/** The public API, called with the session of this browser: the server takes it from pages of its own alone. */

/** Why a call failed: the documented body, as a sentence and by field. */
export class ApiError extends Error {
  readonly status: number
  /** What is wrong with each field that was sent, by its name. */
  readonly fields: Record<string, string>
  /** The codes of what is wrong, without those of fields. */
  readonly codes: string[]
  constructor(status: number, sentence: string, fields: Record<string, string> = {}, codes: string[] = []) {
    super(sentence)
    this.status = status
    this.fields = fields
    this.codes = codes
  }
}

type Said = { code: string; message: string }
type ErrorBody = { errors?: (Said | { field: string; messages: Said[] })[] }

function toError(status: number, body: ErrorBody | null): ApiError {
  const fields: Record<string, string> = {}
  const sentences: string[] = []
  const codes: string[] = []
  for (const each of body?.errors ?? []) {
    if ('field' in each) fields[each.field] = each.messages.map(({ message }) => message).join(' ')
    else {
      sentences.push(each.message)
      codes.push(each.code)
    }
  }
  const sentence =
    sentences.join(' ') ||
    Object.entries(fields)
      .map(([name, says]) => `${name}: ${says}`)
      .join(' ') ||
    `The server answered ${status} and did not say why.`
  return new ApiError(status, sentence, fields, codes)
}

export type Query = Record<string, string | number | boolean | undefined | null | (string | number)[]>

const base = '/api/v2'

/** An address of the API with a query; what is undefined, null or empty is left out. */
export function addressOf(path: string, query: Query = {}): string {
  const given = new URLSearchParams()
  for (const [name, value] of Object.entries(query))
    for (const each of Array.isArray(value) ? value : [value])
      if (each !== undefined && each !== null && each !== '') given.append(name, String(each))
  const text = given.toString()
  return `${base}${path}${text && `?${text}`}`
}

/** Leads to the page for signing in, and back here. */
export function signIn(): void {
  location.assign(`/signin?next=${encodeURIComponent(location.pathname + location.search)}`)
}

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** A call, and its answer with the headers. A body that is FormData goes as it is, anything else as JSON. */
export async function send<Body>(
  method: Method,
  address: string,
  body?: unknown,
  signal?: AbortSignal,
): Promise<{ status: number; body: Body; headers: Headers }> {
  const isForm = body instanceof FormData
  let response: Response
  try {
    response = await fetch(address, {
      method,
      signal,
      credentials: 'same-origin',
      headers: {
        Accept: 'application/json',
        ...(body !== undefined && !isForm && { 'Content-Type': 'application/json' }),
      },
      body: body === undefined ? undefined : isForm ? body : JSON.stringify(body),
    })
  } catch (error) {
    if (signal?.aborted) throw error
    throw new ApiError(0, 'The server does not answer. Is it running, and are you connected?')
  }
  const text = await response.text()
  let read: unknown = null
  try {
    read = text ? JSON.parse(text) : null
  } catch {
    // A proxy in front may answer with a page of its own.
  }
  if (response.status === 401) signIn()
  if (!response.ok) throw toError(response.status, read as ErrorBody | null)
  return { status: response.status, body: read as Body, headers: response.headers }
}

const call =
  (method: Method) =>
  async <Body = unknown>(path: string, body?: unknown): Promise<Body> =>
    (await send<Body>(method, addressOf(path), body)).body

/** Paths begin after `/api/v2`. Whatever is refused throws an ApiError. */
export const api = {
  get: async <Body = unknown>(path: string, query?: Query, signal?: AbortSignal): Promise<Body> =>
    (await send<Body>('GET', addressOf(path, query), undefined, signal)).body,
  post: call('POST'),
  put: call('PUT'),
  patch: call('PATCH'),
  delete: call('DELETE'),
}

/** A page of a list. Some lists do not say how long they are. */
export type PageOf<Row> = { count?: number; next: string | null; previous: string | null; results: Row[] }
