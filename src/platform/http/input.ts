import Type, { type Static, type TObject, type TProperties, type TSchema } from 'typebox'
import { Compile } from 'typebox/compile'
import { type ErrorItem, notFound, Refusal } from '../errors.ts'
import { faultOfLine, isBlank, isLonger, trimLine } from '../text.ts'
import { digitsOf, readJson } from './json.ts'
import { limits } from './limits.ts'
import { Upload } from './uploads.ts'

/** The inputs an endpoint takes, by name. */
export type Takes = TProperties
export type Input<T extends Takes> = Static<TObject<T>>

/** A reader turns what a client sent, in any of the ways clients send things, into typed input, or refuses it. */
export type Reader = {
  /** What was sent that nobody knows, unless it is empty, fit for a header: the first twenty names, then how many more. */
  ignored(query: Record<string, unknown>, body: unknown): string | undefined
  /** Path values; a path that names nothing is a 404, not a 400. */
  path(params: Record<string, string>, alias: Alias): Record<string, unknown>
  /**
   * Everything else; adds to `into`, and gives the body's own fields. Every field is read before those that do not fit are
   * refused, all at once.
   */
  rest(query: Record<string, unknown>, body: unknown, into: Record<string, unknown>): Record<string, unknown>
}

/** Gives the value a word stands for in a path (`me`), or undefined. */
export type Alias = (word: string) => unknown

type Kind = 'integer' | 'number' | 'boolean' | 'string' | 'array' | 'object' | 'any'
type Known = TSchema & {
  type?: string
  anyOf?: Known[]
  items?: Known
  enum?: unknown[]
  const?: unknown
  minimum?: number
  maximum?: number
  minLength?: number
  maxLength?: number
  minItems?: number
  maxItems?: number
  /** What to tell when the value does not fit; else a sentence is made from the schema. */
  sentence?: string
  'x-alias'?: string
  /** A secret: never read from a query, which ends up in logs and histories. */
  writeOnly?: boolean
  /** A text of one line. */
  'x-line'?: boolean
  /** A file of a multipart body. */
  'x-upload'?: boolean
  /** Documented and not built: what is missing, in the plural. */
  'x-not-yet'?: string
}

/**
 * A name, a title: text of one line. It is taken without what surrounds it and is not seen; refused is what has a line
 * break, a control character or one that turns the direction of writing, and where there is a `minLength`, what is blank.
 */
export const line = (options: { minLength?: number; maxLength: number; description?: string }) =>
  Type.String({ ...options, 'x-line': true })

/** Text that is to stay between the client and Kith: taken from a body only. */
export const secret = (options: { description: string; minLength?: number; maxLength?: number }) =>
  Type.String({ maxLength: 4_096, ...options, writeOnly: true, format: 'password' })

/**
 * A file of a multipart body. It may be sent as none: null, '' or a file where none was chosen. Text that is not empty
 * reaches the act, which refuses it unless it means something there.
 */
export const upload = (description: string) =>
  Type.Optional(
    Type.Unsafe<Upload | string | null>({ 'x-upload': true, type: 'string', format: 'binary', description }),
  )

/**
 * The file that was sent as a field: null where it was sent as none, undefined where it was not sent.
 * @param kept refuses text, unless it is what is there already, or is to be taken otherwise
 */
export function fileOf(
  field: string,
  sent: Upload | string | null | undefined,
  kept: (text: string) => boolean = () => false,
): Upload | null | undefined {
  if (sent === undefined) return undefined
  if (sent === null || sent === '') return null
  if (typeof sent === 'string') {
    if (kept(sent)) return undefined
    const message = 'Send a file, as a part of a multipart body.'
    throw new Refusal(400, [{ field, messages: [{ code: 'invalid', message }] }])
  }
  return sent.isEmpty ? null : sent
}

/** The names of inputs that are files. */
export const uploadsOf = (takes: Takes): string[] =>
  Object.entries(takes).flatMap(([name, schema]) => ((schema as Known)['x-upload'] ? [name] : []))

/**
 * An input that is documented and not built yet. Refused by name, not dropped: whoever sends it means it. Its empty values
 * (null, '', [], {}) are taken as absent, and false is, too: official clients send them.
 * @param missing what is not there yet, in the plural: `Polls`
 */
export const notYet = (missing: string) =>
  Type.Optional(Type.Unsafe<undefined>({ 'x-not-yet': missing, description: `${missing} are not there yet.` }))

/** Whether a value is none: null, '', [], {}, a list of these, or a file where none was chosen. */
function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === '') return true
  if (Array.isArray(value)) return value.every((each) => each === null || each === '')
  if (value instanceof Upload) return value.isEmpty
  return typeof value === 'object' && Object.keys(value).length === 0
}

/** Whether clients who send this mean nothing by it, also where all they can send is text. */
const meansNothing = (value: unknown): boolean =>
  value === false ||
  isEmpty(value) ||
  (typeof value === 'string' && /^\s*(null|undefined|false|\[\s*\]|\{\s*\})?\s*$/i.test(value))

/** The names of inputs that an endpoint refuses because they are not built, each with what is missing. */
export const missingOf = (takes: Takes): Record<string, string> =>
  Object.fromEntries(
    Object.entries(takes).flatMap(([name, schema]) => {
      const missing = (schema as Known)['x-not-yet']
      return missing ? [[name, missing]] : []
    }),
  )

const isOptional = (schema: TSchema) => '~optional' in schema

const kindOf = (schema: Known): Kind => {
  if (schema.type) return schema.type as Kind
  if (schema.anyOf) return kindOf(schema.anyOf.find((each) => each.type !== 'null') ?? {})
  const sample = schema.const ?? schema.enum?.find((each) => each !== null)
  return sample === undefined ? 'any' : typeof sample === 'number' ? 'integer' : (typeof sample as Kind)
}

const takesNull = (schema: Known): boolean =>
  schema['x-upload'] || schema.type === 'null' || schema.enum?.includes(null) || schema.anyOf?.some(takesNull) || false

/**
 * Forms and queries carry text; JSON from careless clients does too. Only unmistakable text is converted.
 * @param holder the object or list that has the value, by `name`
 */
function coerce(schema: Known, raw: unknown, holder: object, name: string | number): unknown {
  const kind = kindOf(schema)
  if (kind === 'array') {
    const items = schema.items ?? schema.anyOf?.find((each) => each.items)?.items ?? {}
    const list = Array.isArray(raw)
      ? raw
      : typeof raw === 'string'
        ? raw === ''
          ? []
          : raw.trim().startsWith('[')
            ? tryJson(raw)
            : raw.split(',')
        : [raw]
    // What is too long is refused as it is: looking at its entries would take the time that is to be saved.
    if (!Array.isArray(list) || list.length > maxEntries(schema)) return list
    return list.map((each, i) => coerce(items, typeof each === 'string' ? each.trim() : each, list, i))
  }
  if (kind === 'string') return typeof raw === 'number' ? digitsOf(holder, name, raw) : raw
  if (typeof raw !== 'string') {
    if (kind === 'boolean' && (raw === 0 || raw === 1)) return raw === 1
    return raw
  }
  const word = raw.trim()
  if (kind === 'integer' || kind === 'number') return /^[+-]?\d+(\.\d+)?$/.test(word) ? Number(word) : raw
  if (kind === 'boolean') {
    if (/^(true|1|on|yes)$/i.test(word)) return true
    if (/^(false|0|off|no)$/i.test(word)) return false
  }
  if (kind === 'object') return tryJson(word)
  return raw
}

function tryJson(text: string): unknown {
  try {
    return readJson(Buffer.from(text))
  } catch {
    return text
  }
}

/** How many entries a list may have. */
export const maxEntries = (schema: Known): number =>
  schema.maxItems ?? schema.anyOf?.find((each) => each.maxItems)?.maxItems ?? limits.entries

type Complaint = { code: string; message: string }

function describe(schema: Known): string {
  const options = schema.enum ?? schema.anyOf?.map((each) => each.const).filter((each) => each !== undefined)
  if (options?.length)
    return `Send one of: ${options.map((each) => (each === null ? 'null' : String(each))).join(', ')}.`
  switch (kindOf(schema)) {
    case 'integer': {
      const { minimum, maximum } = schema
      if (minimum !== undefined && maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER)
        return `Send a whole number from ${minimum} to ${maximum}.`
      return minimum === undefined ? 'Send a whole number.' : `Send a whole number, ${minimum} or more.`
    }
    case 'number':
      return 'Send a number.'
    case 'boolean':
      return 'Send true or false.'
    case 'array':
      return `Send a list. ${schema.items ? `Each: ${describe(schema.items as Known)}` : ''}`.trim()
    case 'object':
      return 'Send an object.'
    default:
      return 'Send text.'
  }
}

function complain(whole: Known, keyword: string | undefined): Complaint {
  // Of what may also be null, the part that does not fit.
  const schema = whole.anyOf?.find((each) => keyword !== undefined && keyword in each) ?? whole
  if (keyword === 'minLength' && schema.minLength === 1) return { code: 'blank', message: 'This may not be blank.' }
  if (keyword === 'minLength')
    return { code: 'min_length', message: `At least ${schema.minLength} characters are needed.` }
  if (keyword === 'maxLength')
    return { code: 'max_length', message: `At most ${schema.maxLength} characters are taken.` }
  if (keyword === 'minItems') return { code: 'min_length', message: 'The list is empty.' }
  return { code: 'invalid', message: whole.sentence ?? describe(schema) }
}

/**
 * What is wrong with text, at any depth of a value. PostgreSQL keeps neither NUL nor half of a surrogate pair, and nobody
 * means them. Bodies are as deep as clients like, so this does not call itself.
 */
function brokenText(sent: unknown): Complaint | null {
  const left = [sent]
  while (left.length) {
    const value = left.pop()
    if (typeof value === 'string') {
      if (value.includes('\0')) return { code: 'invalid', message: 'Leave out the NUL character.' }
      if (!value.isWellFormed())
        return { code: 'invalid', message: 'Send whole characters: there is half of a surrogate pair in this.' }
    } else if (Array.isArray(value)) for (const each of value) left.push(each)
    else if (typeof value === 'object' && value !== null && !ArrayBuffer.isView(value))
      for (const [name, each] of Object.entries(value)) left.push(name, each)
  }
  return null
}

/** The part of a schema that a text has to fit, if texts are taken. */
const textOf = (schema: Known): Known | undefined =>
  schema.type === 'string' ? schema : schema.anyOf?.find(({ type }) => type === 'string')

const isLine = (schema: Known): boolean => textOf(schema)?.['x-line'] === true

/** What is wrong with the length of a text, or with a line. */
function faultOfText(schema: Known, sent: string): Complaint | null {
  const { minLength = 0, maxLength = Number.POSITIVE_INFINITY } = schema
  const text = isLine(schema) ? trimLine(sent) : sent
  if (isLine(schema)) {
    if (sent.trim() && isBlank(sent)) return { code: 'blank', message: 'There is nothing to be seen in this.' }
    const message = faultOfLine(text)
    if (message) return { code: 'invalid', message }
  }
  if (text.length < minLength) return complain(schema, 'minLength')
  return isLonger(text, maxLength) ? complain(schema, 'maxLength') : null
}

/** The schema without the lengths of its text, which are counted here: what one character is, is a matter of Unicode. */
function unmeasured(schema: Known): Known {
  if (!textOf(schema)) return schema
  const { minLength: _, maxLength: __, anyOf, ...rest } = schema
  return { ...rest, ...(anyOf && { anyOf: anyOf.map(unmeasured) }) } as Known
}

type Check = (value: unknown) => Complaint | null

/** Longest text in the place of a file: an address, or a file as base64. */
const longestText = 8 * 1024 * 1024

const checkUpload: Check = (value) => {
  if (value === null || (value instanceof Upload && (value.path || value.isEmpty))) return null
  if (typeof value !== 'string' || value.length > longestText)
    return { code: 'invalid', message: 'Send one file, as a part of a multipart body.' }
  return brokenText(value)
}

function compileCheck(schema: Known): Check {
  if (schema['x-upload']) return checkUpload
  const text = textOf(schema)
  const compiled = Compile(unmeasured(schema))
  const most = maxEntries(schema)
  return (value) => {
    if (Array.isArray(value) && value.length > most)
      return { code: 'max_length', message: `At most ${most} entries are taken.` }
    const broken = brokenText(value)
    if (broken) return broken
    const fault = text && typeof value === 'string' ? faultOfText(text, value) : null
    if (fault) return fault
    if (compiled.Check(value)) return null
    const first = [...compiled.Errors(value)][0]
    return complain(schema, first?.instancePath === '' ? first.keyword : undefined)
  }
}

/** Names that a client made up, as a header may carry them. */
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
        const value = schema['x-alias'] === raw ? alias(raw) : coerce(schema, raw, params, name)
        if (check(value)) throw notFound('There is nothing at this address.')
        input[name] = value
      }
      return input
    },
    ignored(query, body) {
      const names: string[] = []
      let more = 0
      const look = (sent: Record<string, unknown>, known: Set<string>) => {
        for (const name in sent) {
          if (isKnown(known, name) || isEmpty(sent[name])) continue
          if (names.length < mostNamed) names.push(printable(name))
          else more++
        }
      }
      look(query, inQuery)
      if (!options.anyBody && body !== null && typeof body === 'object' && !Array.isArray(body))
        look(body as Record<string, unknown>, inBody)
      if (!names.length) return undefined
      return names.join(', ') + (more ? `, and ${more} more` : '')
    },
    rest(query, body, into) {
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
      // Of a body whose names are not known beforehand the act is given all.
      for (const [name, value] of options.anyBody ? Object.entries(sent) : []) {
        const broken = name in takes ? null : brokenText([name, value])
        if (broken) errors.push({ field: name, messages: [broken] })
      }
      if (errors.length) throw new Refusal(400, errors)
      return sent
    },
  }
}
