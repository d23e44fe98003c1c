import Type from 'typebox'
import { badField } from '../platform/errors.ts'
import { line } from '../platform/http/input.ts'
import { nullable } from '../platform/sql/view.ts'

export const preferenceId = Type.Integer({
  minimum: 1,
  maximum: Number.MAX_SAFE_INTEGER,
  description: 'Id of the preference.',
})

export const key = line({ minLength: 1, maxLength: 255, description: 'Unique among those of the member.' })
export const value = nullable(Type.Unknown({ description: 'Any JSON, of 10,000 characters at most.' }))

const longest = 10_000

/** A value as JSON text. Numbers that JavaScript would change are refused. */
export function readValue(sent: unknown): string {
  const left = [sent]
  while (left.length) {
    const each = left.pop()
    if (typeof each === 'number' && Number.isInteger(each) && !Number.isSafeInteger(each))
      throw badField('value', 'invalid', 'Send numbers beyond 9007199254740991 as text: their digits would change.')
    if (typeof each === 'object' && each !== null) for (const inner of Object.values(each)) left.push(inner)
  }
  const text = JSON.stringify(sent)
  if (text.length > longest)
    throw badField('value', 'max_length', `At most ${longest} characters of JSON are taken; this has ${text.length}.`)
  return text
}
