import { conformingTo } from '../conform.ts'
import { faultOfLine, isBlank, isLonger, trimLine } from '../text.ts'
import { isLine, type Known, kindOf, maxEntries, textOf } from './input.ts'
import { Upload } from './uploads.ts'

/** What is wrong with a value, as in the body of a refusal. */
export type Complaint = { code: string; message: string }

/** The sentence for each format. */
const formats: Record<string, string> = {
  date: 'Send a date as YYYY-MM-DD.',
  'date-time': 'Send a moment, such as 2026-01-31T12:00:00Z.',
  uri: 'Send an address that begins with http:// or https://.',
}

function describe(whole: Known): string {
  const options = whole.enum ?? whole.anyOf?.map((each) => each.const).filter((each) => each !== undefined)
  if (options?.length)
    return `Send one of: ${options.map((each) => (each === null ? 'null' : String(each))).join(', ')}.`
  // Of a nullable schema, the other part.
  const schema = whole.anyOf?.find(({ type }) => type !== 'null') ?? whole
  if (schema !== whole) return schema.sentence ?? describe(schema)
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
      return schema.items ? `Send a list. Each: ${schema.items.sentence ?? describe(schema.items)}` : 'Send a list.'
    case 'object': {
      const names = Object.keys(schema.properties ?? {})
      return names.length ? `Send an object of ${names.join(', ')}, each as the reference has it.` : 'Send an object.'
    }
    default:
      return formats[schema.format ?? ''] ?? 'Send text.'
  }
}

function complain(whole: Known, keyword: string | undefined): Complaint {
  // Of a nullable schema, the part that does not fit.
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
 * What is wrong with the text in a value, at any depth. PostgreSQL stores neither NUL nor half a surrogate pair.
 * Bodies may be deeply nested, so this is no recursion.
 */
export function brokenText(sent: unknown): Complaint | null {
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

/** The schema without text lengths, which are counted here: what one character is depends on Unicode. */
function unmeasured(schema: Known): Known {
  if (!textOf(schema)) return schema
  const { minLength: _, maxLength: __, anyOf, ...rest } = schema
  return { ...rest, ...(anyOf && { anyOf: anyOf.map(unmeasured) }) } as Known
}

/** Returns what is wrong with a value. */
export type Check = (value: unknown) => Complaint | null

/** Longest text sent instead of a file: an address, or a file as base64. */
const longestText = 8 * 1024 * 1024

const checkUpload: Check = (value) => {
  if (value === null || (value instanceof Upload && (value.path || value.isEmpty))) return null
  if (typeof value !== 'string' || value.length > longestText)
    return { code: 'invalid', message: 'Send one file, as a part of a multipart body.' }
  return brokenText(value)
}

/** The check of an input. It is compiled with the first value, so that the start does not wait for all of them. */
export function compileCheck(schema: Known): Check {
  if (schema['x-upload']) return checkUpload
  const text = textOf(schema)
  const most = maxEntries(schema)
  const { conforms, faults } = conformingTo(unmeasured(schema))
  return (value) => {
    if (Array.isArray(value) && value.length > most)
      return { code: 'max_length', message: `At most ${most} entries are taken.` }
    const broken = brokenText(value)
    if (broken) return broken
    const fault = text && typeof value === 'string' ? faultOfText(text, value) : null
    if (fault) return fault
    if (conforms(value)) return null
    const [first] = faults(value)
    return complain(schema, first?.instancePath === '' ? first.keyword : undefined)
  }
}
