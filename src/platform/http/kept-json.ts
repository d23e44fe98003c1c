import { badField } from '../errors.ts'

const longest = 10_000

/**
 * JSON to be stored as text, as it was sent. Refuses numbers that JavaScript would change, and JSON that is too long.
 */
export function readJson(field: string, sent: unknown): string {
  const left = [sent]
  while (left.length) {
    const each = left.pop()
    if (typeof each === 'number' && Number.isInteger(each) && !Number.isSafeInteger(each))
      throw badField(field, 'invalid', 'Send numbers beyond 9007199254740991 as text: their digits would change.')
    if (typeof each === 'object' && each !== null) for (const inner of Object.values(each)) left.push(inner)
  }
  const text = JSON.stringify(sent)
  if (text.length > longest)
    throw badField(field, 'max_length', `At most ${longest} characters of JSON are taken; this has ${text.length}.`)
  return text
}
