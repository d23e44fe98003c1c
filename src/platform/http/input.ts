import type { Static, TObject, TProperties, TSchema } from 'typebox'
import { Refusal } from '../errors.ts'
import Type from '../schema.ts'
import { limits } from './limits.ts'
import type { Upload } from './uploads.ts'

/** The inputs of an endpoint, by name. */
export type Takes = TProperties
export type Input<T extends Takes> = Static<TObject<T>>

export type Kind = 'integer' | 'number' | 'boolean' | 'string' | 'array' | 'object' | 'any'
/** The parts of an input's schema that are read here. */
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
  /** The sentence for a value that does not fit; else one is made from the schema. */
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
 * A name or title: text of one line. White space and invisible characters around it are removed. Refused are line
 * breaks, control characters, characters that change the direction of writing, and blank text if there is a
 * `minLength`.
 */
export const line = (options: { minLength?: number; maxLength: number; description?: string }) =>
  Type.String({ ...options, 'x-line': true })

/** Text that nobody else may see: taken from a body only. */
export const secret = (options: { description: string; minLength?: number; maxLength?: number }) =>
  Type.String({ maxLength: 4_096, ...options, writeOnly: true, format: 'password' })

/**
 * A file of a multipart body. It may be sent empty: null, '' or a file input without a file. Other text reaches the
 * act, which refuses it unless it means something there.
 */
export const upload = (description: string) =>
  Type.Optional(
    Type.Unsafe<Upload | string | null>({ 'x-upload': true, type: 'string', format: 'binary', description }),
  )

/**
 * The file in a field: null if it was sent empty, undefined if it was not sent.
 * @param kept refuses text, unless it names the present file or the act reads it otherwise
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
 * An input that is documented and not built yet. It is refused by name, not ignored: whoever sends it means it. Empty
 * values (null, '', [], {}) and false count as absent, because official clients send them.
 * @param missing what is missing, in the plural: `Polls`
 */
export const notYet = (missing: string) =>
  Type.Optional(Type.Unsafe<undefined>({ 'x-not-yet': missing, description: `${missing} are not there yet.` }))

/** The inputs that an endpoint refuses because they are not built, each with what is missing. */
export const missingOf = (takes: Takes): Record<string, string> =>
  Object.fromEntries(
    Object.entries(takes).flatMap(([name, schema]) => {
      const missing = (schema as Known)['x-not-yet']
      return missing ? [[name, missing]] : []
    }),
  )

/** Whether it may be left out. */
export const isOptional = (schema: TSchema) => '~optional' in schema

/** The kind of value it takes, besides null. */
export const kindOf = (schema: Known): Kind => {
  if (schema.type) return schema.type as Kind
  if (schema.anyOf) return kindOf(schema.anyOf.find((each) => each.type !== 'null') ?? {})
  const sample = schema.const ?? schema.enum?.find((each) => each !== null)
  return sample === undefined ? 'any' : typeof sample === 'number' ? 'integer' : (typeof sample as Kind)
}

/** Whether it takes null. */
export const takesNull = (schema: Known): boolean =>
  schema['x-upload'] || schema.type === 'null' || schema.enum?.includes(null) || schema.anyOf?.some(takesNull) || false

/** How many entries a list may have. */
export const maxEntries = (schema: Known): number =>
  schema.maxItems ?? schema.anyOf?.find((each) => each.maxItems)?.maxItems ?? limits.entries

/** The part of a schema that a text has to fit, if it takes text. */
export const textOf = (schema: Known): Known | undefined =>
  schema.type === 'string' ? schema : schema.anyOf?.find(({ type }) => type === 'string')

/** Whether it takes text of one line. */
export const isLine = (schema: Known): boolean => textOf(schema)?.['x-line'] === true
