import { line } from '../platform/http/input.ts'
import { readJson } from '../platform/http/kept-json.ts'
import Type from '../platform/schema.ts'
import { nullable } from '../platform/sql/view.ts'

export const preferenceId = Type.Integer({
  minimum: 1,
  maximum: Number.MAX_SAFE_INTEGER,
  description: 'Id of the preference.',
})

export const key = line({ minLength: 1, maxLength: 255, description: "Unique among the member's preferences." })
export const value = nullable(Type.Unknown({ description: 'Any JSON, at most 10,000 characters.' }))

/** A value as JSON text. */
export const readValue = (sent: unknown): string => readJson('value', sent)
