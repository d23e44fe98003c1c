import type { Bytes, Request, Target, Who } from './case.ts'

/** A schema as the description of the API has it. */
export type Schema = {
  $ref?: string
  type?: string
  anyOf?: Schema[]
  enum?: unknown[]
  const?: unknown
  items?: Schema
  properties?: Record<string, Schema>
  additionalProperties?: Schema | boolean
  required?: string[]
  minimum?: number
  maximum?: number
  minLength?: number
  maxLength?: number
  maxItems?: number
  format?: string
  pattern?: string
}
type Parameter = { name: string; in: string; required?: boolean; schema: Schema }
type Operation = {
  operationId: string
  parameters?: Parameter[]
  requestBody?: { content: Record<string, { schema: Schema }> }
}
/** The description of an API, as far as calls are made of it. */
export type Description = {
  paths: Record<string, Record<string, Operation>>
  components: { schemas: Record<string, Schema> }
}

/** A call that was made up, and who makes it. */
export type Call = { who: Who; request: Request; operation: string }

const everybody: Who[] = ['visitor', 'alice', 'alice', 'bob', 'blocked', 'editor', 'moderator', 'admin', 'admin']

const nasty = [
  '',
  ' ',
  '\0',
  'a\0b',
  '\ud800',
  '\udc00x',
  "'",
  '"',
  '\\',
  "' or 1=1 --",
  '%',
  '_',
  '%00',
  '../../etc/passwd',
  '<script>alert(1)</script>',
  '<p><b><i>x',
  '{{7*7}}',
  '\u202etxt',
  '\u200b\u200d\u00ad',
  '\ufdfa\ufdfa\ufdfa',
  'a\u0316\u0301\u0316\u0301',
  '\u{1f468}\u200d\u{1f469}',
  '\u0130\u1e9e\u03a3',
  '\u0661\u0662',
  '\r\n\r\n',
  '[',
  '{"a":1}',
  '[1,2,3]',
  'null',
  'undefined',
  'NaN',
  'true',
  '__proto__',
  'constructor',
  '1e999',
  '-1',
  '9007199254740993',
  '2026-02-30',
  '0000-01-01',
  'infinity',
  '@alice #x http://a.b',
  'javascript:alert(1)',
]
const numbers = [
  0,
  -0,
  1,
  -1,
  2,
  3,
  1.5,
  0.1,
  100,
  101,
  255,
  2 ** 31,
  -(2 ** 31),
  2 ** 53,
  2 ** 53 + 2,
  2 ** 63,
  -(2 ** 63),
  1e21,
  1e308,
  5e-324,
]
const others = [null, true, false, [], {}, [[]], [null], { a: { b: [1] } }, '', 0]

/**
 * Makes up calls of an API: what fits its description, what almost does, and what does not at all.
 * @param roll numbers from 0 to 1; the same ones make the same calls
 * @param receiver where webhooks may be sent to
 */
export function createGenerator(
  description: Description,
  roll: () => number,
  { ids, receiver }: { ids: Target['ids']; receiver: string },
) {
  const operations = Object.entries(description.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
  )
  const upTo = (n: number) => Math.floor(roll() * n)
  const one = <T>(of: readonly T[]): T => of[upTo(of.length)] as T
  const chance = (share: number) => roll() < share
  const known = Object.values(ids)

  const plain = (schema: Schema): Schema => {
    if (schema.$ref) return plain(description.components.schemas[schema.$ref.split('/').at(-1) as string] ?? {})
    return schema.anyOf ? plain(one(schema.anyOf)) : schema
  }

  const word = (length: number) => {
    const letters = 'abcdefghijklmnopqrstuvwxyz0123456789_- \u00e9\u0416\u6f22'
    let text = ''
    for (let i = 0; i < length; i++) text += letters[upTo(letters.length)]
    return text
  }

  /** What fits a schema, as a rule. */
  function good(sent: Schema, name: string, depth = 0): unknown {
    const schema = plain(sent)
    if (schema.const !== undefined) return schema.const
    if (schema.enum) return one(schema.enum)
    switch (schema.type) {
      case 'integer':
      case 'number': {
        if (/(^|_)id$|categor|parent|user/.test(name) || (schema.maximum ?? 0) > 1e9) return one(known)
        const low = schema.minimum ?? 0
        return low + upTo(Math.min(schema.maximum ?? 200, 1_000) - low + 1)
      }
      case 'boolean':
        return chance(0.5)
      case 'null':
        return null
      case 'array':
        return Array.from({ length: upTo(4) }, () => good(schema.items ?? {}, name, depth + 1))
      case 'object': {
        const filled = Object.entries(schema.properties ?? {}).filter(
          ([key]) => schema.required?.includes(key) || chance(0.5),
        )
        return Object.fromEntries(filled.map(([key, each]) => [key, depth > 4 ? null : good(each, key, depth + 1)]))
      }
      case 'string': {
        if (schema.format === 'date') return `${1950 + upTo(60)}-0${1 + upTo(9)}-1${upTo(10)}`
        if (schema.format === 'date-time') return new Date(1e12 + upTo(1e9) * 500).toISOString()
        if (name === 'target') return `${receiver}${upTo(5)}`
        if (name === 'email') return `${word(6).replace(/\W/g, '')}x@example.com`
        if (name === 'username') return `u${word(8).replace(/[^a-z0-9]/g, '')}${upTo(1e6)}`
        if (/url|website/.test(name)) return `https://example.com/${upTo(99)}`
        if (/lat_lng/.test(name)) return `${upTo(90)}.5,${upTo(180)}`
        if (/color/.test(name)) return '#336699'
        if (name === 'password') return 'Correct-horse-1'
        if (name === 'type') return one(['connection.created', 'user.updated', 'post.created'])
        const most = Math.min(schema.maxLength ?? 60, chance(0.02) ? 5_000 : 60)
        return word(Math.max(schema.minLength ?? 0, 1 + upTo(most)))
      }
      default:
        return one<unknown>([word(5), 1, true, null])
    }
  }

  /** What does not fit, or only just. */
  function bad(sent: Schema, name: string): unknown {
    const schema = plain(sent)
    switch (upTo(6)) {
      case 0:
        return one(nasty)
      case 1:
        return one(numbers)
      case 2:
        return one<unknown>(others)
      case 3:
        return schema.maxLength
          ? 'x'.repeat(Math.min(schema.maxLength, 20_000) + upTo(2))
          : Array.from({ length: upTo(130) }, () => one<unknown>([1, 'x', null, -1, {}]))
      case 4:
        return [good(schema, name)]
      default:
        return String(good(schema, name)).repeat(1 + upTo(3)) + one(nasty)
    }
  }

  const value = (schema: Schema, name: string) => (chance(0.72) ? good(schema, name) : bad(schema, name))

  const asText = (sent: unknown): string =>
    typeof sent === 'string' ? sent : typeof sent === 'object' ? JSON.stringify(sent) : String(sent)
  /** What is in an address is escaped; half of a pair cannot be. */
  const escaped = (text: string) => encodeURIComponent(text.toWellFormed())

  function writeForm(fields: [string, unknown][]): string {
    return fields
      .flatMap(([name, sent]) =>
        Array.isArray(sent) && chance(0.7)
          ? sent.map((each) => `${escaped(name)}${chance(0.5) ? '[]' : ''}=${escaped(asText(each))}`)
          : [`${escaped(name)}=${escaped(asText(sent))}`],
      )
      .join('&')
  }

  function writeMultipart(fields: [string, unknown][]): string {
    const parts = fields.map(([name, sent]) => {
      const file = chance(0.05) ? `; filename="${one(['x.png', '', '../x', 'a"b'])}"` : ''
      return `--b\r\nContent-Disposition: form-data; name="${name}"${file}\r\n\r\n${asText(sent)}\r\n`
    })
    return `${parts.join('')}--b--\r\n`
  }

  /** Breaks a body that was whole. */
  function spoil(body: string): string {
    const at = upTo(body.length + 1)
    switch (upTo(5)) {
      case 0:
        return body.slice(0, at)
      case 1:
        return body.slice(0, at) + one(nasty) + body.slice(at)
      case 2:
        return body + body
      case 3:
        return body.slice(at)
      default:
        return body.slice(0, at) + body.slice(at + 1)
    }
  }

  function writeBody(schema: Schema): Pick<Request, 'type' | 'body'> {
    const whole = plain(schema)
    const properties = Object.entries(whole.properties ?? {})
    let fields: [string, unknown][] = properties
      .filter(([name]) => (whole.required?.includes(name) ? chance(0.93) : chance(0.45)))
      .map(([name, each]) => [name, value(each, name)])
    if (whole.additionalProperties || chance(0.05))
      fields.push([one(['follow_enabled', 'x', '__proto__', 'id']), one([true, ...nasty])])
    if (chance(0.02)) fields = [...fields, ...fields]
    const way = roll()
    let type = 'application/json'
    let body: string
    if (way < 0.6) {
      const sent = chance(0.04) ? one<unknown>(others) : Object.fromEntries(fields)
      body = JSON.stringify(sent)
    } else if (way < 0.8) {
      type = 'application/x-www-form-urlencoded'
      body = writeForm(fields)
    } else {
      type = 'multipart/form-data; boundary=b'
      body = writeMultipart(fields)
    }
    if (chance(0.06)) body = spoil(body)
    const bytes: Bytes = chance(0.01) ? Buffer.from(body, 'latin1') : body
    return {
      type: chance(0.01) ? one(['text/plain', '', 'multipart/form-data', 'application/json; charset=x']) : type,
      body: bytes,
    }
  }

  /** The next call. */
  return function next(): Call {
    const { method, path, operation } = one(operations)
    const parameters = operation.parameters ?? []
    const inPath = new Map(parameters.filter((each) => each.in === 'path').map((each) => [each.name, each.schema]))
    let address = path.replace(/\{(\w+)\}/g, (_whole, name: string) => {
      const schema = inPath.get(name) ?? {}
      const roll = upTo(10)
      const text =
        roll < 6
          ? String(one(known))
          : roll === 6
            ? 'me'
            : asText(roll < 9 ? value(schema, name) : one<unknown>([...nasty, ...numbers]))
      return escaped(text).slice(0, 3_000) || '0'
    })
    // The first administrator stays, to look after the rest.
    if (method === 'DELETE' && /\/user\/[^2-9]*1(\.0*|%0+)*\/$/.test(address))
      address = address.replace(/[^/]+\/$/, '0/')
    const query = parameters
      .filter((each) => each.in === 'query' && chance(each.required ? 0.95 : 0.3))
      .map(({ name, schema }): [string, unknown] => [name, value(schema, name)])
    if (chance(0.03)) query.push([one(['x', 'cursor', 'limit', 'token', '__proto__']), one(nasty)])
    const body = operation.requestBody?.content['application/json']?.schema
    return {
      who: one(everybody),
      operation: operation.operationId,
      request: {
        method: chance(0.01) ? one(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS']) : method,
        path: `raw:${address}${query.length ? `?${writeForm(query)}`.slice(0, 9_000) : ''}`,
        ...(body && chance(0.97) ? writeBody(body) : {}),
      },
    }
  }
}
