import { type ErrorItem, notFound, Refusal } from '../errors.ts'
import { trimLine } from '../text.ts'
import { coerce } from './coerce.ts'
import { brokenText, compileCheck } from './faults.ts'
import { isLine, isOptional, type Known, kindOf, type Takes, takesNull } from './input.ts'
import { Upload } from './uploads.ts'

/** Turns what a client sent, in any of the ways clients send things, into typed input; or refuses it. */
export type Reader = {
  /**
   * Inputs that are unknown or not the caller's to set, except empty ones, as a header value: the first twenty names,
   * then how many more.
   */
  ignored(
    query: Record<string, unknown>,
    body: unknown,
    ofCommunity?: string[],
    notTheirs?: readonly string[],
  ): string | undefined
  /** Reads the values of the path. A path that names nothing is a 404, not a 400. */
  path(params: Record<string, string>, alias: Alias): Record<string, unknown>
  /**
   * Reads everything else. Adds to `into`, and returns the body's own fields. All fields are read before those that
   * do not fit are refused together. Fields the community has defined are left to the act.
   */
  rest(
    query: Record<string, unknown>,
    body: unknown,
    into: Record<string, unknown>,
    ofCommunity?: string[],
  ): Record<string, unknown>
}

/** Returns the value that a word in a path (`me`) stands for, or undefined. */
export type Alias = (word: string) => unknown

/** Whether a value is empty: null, '', [], {}, a list of these, or a file input without a file. */
function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === '') return true
  if (Array.isArray(value)) return value.every((each) => each === null || each === '')
  if (value instanceof Upload) return value.isEmpty
  return typeof value === 'object' && Object.keys(value).length === 0
}

/** Whether a client that sends this means nothing by it, also where it can only send text. */
const meansNothing = (value: unknown): boolean =>
  value === false ||
  isEmpty(value) ||
  (typeof value === 'string' && /^\s*(null|undefined|false|\[\s*\]|\{\s*\})?\s*$/i.test(value))

/** Largest number of ignored names in the header. */
const mostNamed = 20
const printable = (name: string) => name.slice(0, 40).replace(/[^\w.[\]-]/g, '?') || '?'

/** The value of one input as it was sent: `a`, `a[]`, repeated. The words undefined and null in a query are nothing. */
function find(source: Record<string, unknown>, name: string, fromQuery: boolean): unknown {
  const raw = source[name] === undefined ? source[`${name}[]`] : source[name]
  if (!fromQuery) return raw
  const absent = (value: unknown) => value === 'undefined' || value === 'null' || value === ''
  if (Array.isArray(raw)) return raw.filter((each) => !absent(each))
  return absent(raw) ? undefined : raw
}

/** Whether a path value is written canonically: an id in digits only, so that one thing has one address. */
const isSpelt = (schema: Known, raw: string) => kindOf(schema) !== 'integer' || /^\d+$/.test(raw)

/** Prepares the reader of an endpoint's inputs once, so that a request costs only its own values. */
export function compileReader(
  takes: Takes,
  options: { pathNames: string[]; bare?: string; anyBody?: boolean },
): Reader {
  const fields = Object.entries(takes).map(([name, schema]) => ({
    name,
    schema: schema as Known,
    required: !isOptional(schema),
    nullable: takesNull(schema as Known),
    check: compileCheck(schema as Known),
  }))
  const inPath = fields.filter((field) => options.pathNames.includes(field.name))
  const elsewhere = fields.filter((field) => !options.pathNames.includes(field.name))
  const inBody = new Set(elsewhere.map(({ name }) => name))
  const inQuery = new Set(elsewhere.flatMap(({ name, schema }) => (schema.writeOnly ? [] : [name])))
  const isKnown = (known: Set<string>, name: string) =>
    known.has(name) || (name.endsWith('[]') && known.has(name.slice(0, -2)))

  return {
    path(params, alias) {
      const input: Record<string, unknown> = {}
      for (const { name, schema, check } of inPath) {
        const raw = params[name] ?? ''
        const value =
          schema['x-alias'] === raw ? alias(raw) : isSpelt(schema, raw) ? coerce(schema, raw, params, name) : raw
        if (check(value)) throw notFound('There is nothing at this address.')
        input[name] = value
      }
      return input
    },
    ignored(query, body, ofCommunity = [], notTheirs = []) {
      const names: string[] = []
      let more = 0
      const look = (sent: Record<string, unknown>, known: Set<string>) => {
        for (const name in sent) {
          if ((isKnown(known, name) && !notTheirs.includes(name)) || isEmpty(sent[name])) continue
          if (names.length < mostNamed) names.push(printable(name))
          else more++
        }
      }
      look(query, inQuery)
      if (!options.anyBody && body !== null && typeof body === 'object' && !Array.isArray(body))
        look(body as Record<string, unknown>, ofCommunity.length ? new Set([...inBody, ...ofCommunity]) : inBody)
      if (!names.length) return undefined
      return names.join(', ') + (more ? `, and ${more} more` : '')
    },
    rest(query, body, into, ofCommunity = []) {
      const errors: ErrorItem[] = []
      let sent: Record<string, unknown> = {}
      if (body !== null && typeof body === 'object' && !Array.isArray(body)) sent = body as Record<string, unknown>
      else if (body !== undefined && body !== null && options.bare) sent = { [options.bare]: body }
      else if (body !== undefined && body !== null)
        throw new Refusal(400, [{ code: 'invalid', message: 'Send an object with named fields.' }])
      for (const { name, schema, required, nullable, check } of elsewhere) {
        let raw = find(sent, name, false)
        const fromBody = raw !== undefined
        if (!fromBody && !schema.writeOnly) raw = find(query, name, true)
        const missing = schema['x-not-yet']
        if (missing) {
          const message = `${missing} are not there yet. Leave this field out.`
          if (!meansNothing(raw)) errors.push({ field: name, messages: [{ code: 'not_supported', message }] })
          continue
        }
        if (raw === undefined || (raw === null && !nullable)) {
          if (required)
            errors.push({ field: name, messages: [{ code: 'required', message: 'This field is required.' }] })
          continue
        }
        const value =
          raw === null
            ? null
            : coerce(schema, raw, fromBody ? sent : query, fromBody && !(name in sent) ? `${name}[]` : name)
        const complaint = check(value)
        if (complaint) errors.push({ field: name, messages: [complaint] })
        else into[name] = typeof value === 'string' && isLine(schema) ? trimLine(value) : value
      }
      // A body whose names are not known beforehand is given to the act whole.
      for (const [name, value] of options.anyBody ? Object.entries(sent) : []) {
        const broken = name in takes ? null : brokenText([name, value])
        if (broken) errors.push({ field: name, messages: [broken] })
      }
      for (const name of ofCommunity) {
        if (!Object.hasOwn(sent, name)) continue
        const broken = brokenText(sent[name])
        if (broken) errors.push({ field: name, messages: [broken] })
        else into[name] = sent[name]
      }
      if (errors.length) throw new Refusal(400, errors)
      return sent
    },
  }
}
