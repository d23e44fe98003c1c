import type TypeBox from 'typebox'
import type { TSchema } from 'typebox'

type Options = Record<string, unknown>

const ofType =
  (type: string) =>
  (options: Options = {}) => ({ type, ...options })

const isOptional = (schema: TSchema) => '~optional' in schema

function objectOf(properties: Record<string, TSchema>, options: Options = {}) {
  const required = Object.keys(properties).filter((name) => !isOptional(properties[name] as TSchema))
  return { type: 'object', ...(required.length > 0 && { required }), properties, ...options }
}

/** The mark is not enumerable, so the schema reads as before. */
const optional = (schema: TSchema) => Object.defineProperty({ ...schema }, '~optional', { value: true })

const builders = {
  String: ofType('string'),
  Integer: ofType('integer'),
  Number: ofType('number'),
  Boolean: ofType('boolean'),
  Null: ofType('null'),
  Unknown: (options: Options = {}) => ({ ...options }),
  Array: (items: TSchema, options: Options = {}) => ({ type: 'array', items, ...options }),
  Object: objectOf,
  Record: (key: { pattern?: string }, value: TSchema, options: Options = {}) => ({
    type: 'object',
    patternProperties: { [key.pattern ?? '^.*$']: value },
    ...options,
  }),
  Union: (anyOf: TSchema[], options: Options = {}) => ({ anyOf, ...options }),
  Literal: (value: string | number | boolean, options: Options = {}) => ({
    type: typeof value,
    const: value,
    ...options,
  }),
  Enum: (values: unknown[], options: Options = {}) => ({ enum: values, ...options }),
  Unsafe: (schema: TSchema) => ({ ...schema }),
  Optional: optional,
}

/**
 * Makes JSON Schemas. Their types, and what compiles them, are TypeBox's; its own builders are 370 modules, for the few kinds
 * used here.
 */
const Type = builders as unknown as Pick<typeof TypeBox, keyof typeof builders>

export default Type
