import type { Static, TObject, TProperties, TSchema } from 'typebox'
import { Refusal } from '../errors.ts'
import Type from '../schema.ts'
import { limits } from './limits.ts'
import type { Upload } from './uploads.ts'

/** The inputs an endpoint takes, by name. */
export type Takes = TProperties
export type Input<T extends Takes> = Static<TObject<T>>

export type Kind = 'integer' | 'number' | 'boolean' | 'string' | 'array' | 'object' | 'any'
/** What is read of the schema of an input. */
export type Known = TSchema & {
  type?: string
  anyOf?: Known[]
  items?: Known
  properties?: Record<string, Known>
  format?: string
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

/** The names of inputs that an endpoint refuses because they are not built, each with what is missing. */
export const missingOf = (takes: Takes): Record<string, string> =>
  Object.fromEntries(
    Object.entries(takes).flatMap(([name, schema]) => {
      const missing = (schema as Known)['x-not-yet']
      return missing ? [[name, missing]] : []
    }),
  )

/** Whether it may be left out. */
export const isOptional = (schema: TSchema) => '~optional' in schema

/** What kind of value it takes, besides null. */
export const kindOf = (schema: Known): Kind => {
  if (schema.type) return schema.type as Kind
  if (schema.anyOf) return kindOf(schema.anyOf.find((each) => each.type !== 'null') ?? {})
  const sample = schema.const ?? schema.enum?.find((each) => each !== null)
  return sample === undefined ? 'any' : typeof sample === 'number' ? 'integer' : (typeof sample as Kind)
}

/** Whether null is a value of it. */
export const takesNull = (schema: Known): boolean =>
  schema['x-upload'] || schema.type === 'null' || schema.enum?.includes(null) || schema.anyOf?.some(takesNull) || false

/** How many entries a list may have. */
export const maxEntries = (schema: Known): number =>
  schema.maxItems ?? schema.anyOf?.find((each) => each.maxItems)?.maxItems ?? limits.entries

/** The part of a schema that a text has to fit, if texts are taken. */
export const textOf = (schema: Known): Known | undefined =>
  schema.type === 'string' ? schema : schema.anyOf?.find(({ type }) => type === 'string')

/** Whether it takes a text of one line. */
export const isLine = (schema: Known): boolean => textOf(schema)?.['x-line'] === true
