import { faultOfLine, isBlank, isLonger } from '../platform/text.ts'
import type { PreferenceDefinition, PreferenceValue } from './preferences.ts'

export type ParsedPreference = { value: PreferenceValue } | { error: { code: string; message: string } }

const refuse = (code: string, message: string): ParsedPreference => ({ error: { code, message } })

const booleans = new Map<unknown, boolean>([
  [true, true],
  [false, false],
  ['true', true],
  ['false', false],
  ['True', true],
  ['False', false],
  ['1', true],
  ['0', false],
])

/** Turns a value from JSON or a form into one of the preference's own type, or says what to send instead. */
export function parsePreference(definition: PreferenceDefinition, input: unknown): ParsedPreference {
  if (definition.type === 'boolean') return parseBoolean(input)
  if (definition.type === 'integer') return parseInteger(definition, input)
  return parseText(definition, input)
}

/** The same for an option that is to be set: one whose feature is not built keeps its value. */
export function readPreference(definition: PreferenceDefinition, input: unknown): ParsedPreference {
  const parsed = parsePreference(definition, input)
  const { notYet, default: kept } = definition
  if (!notYet || 'error' in parsed) return parsed
  if (parsed.value === kept || parsed.value === '') return { value: kept }
  return refuse('not_supported', `${notYet} are not there yet: this stays ${JSON.stringify(kept)}.`)
}

function parseBoolean(input: unknown): ParsedPreference {
  const value = booleans.get(input)
  return value === undefined ? refuse('invalid', 'Send true or false.') : { value }
}

function parseInteger(
  { min = 0, max = Number.MAX_SAFE_INTEGER }: PreferenceDefinition,
  input: unknown,
): ParsedPreference {
  const value = typeof input === 'string' && /^-?\d+$/.test(input) ? Number(input) : input
  const sentence = `Send a whole number from ${min} to ${max}.`
  if (typeof value !== 'number' || !Number.isInteger(value)) return refuse('invalid', sentence)
  if (value < min) return refuse('min_value', sentence)
  if (value > max) return refuse('max_value', sentence)
  // A form can send -0, but an answer should not show it.
  return { value: value === 0 ? 0 : value }
}

function parseText(definition: PreferenceDefinition, input: unknown): ParsedPreference {
  const { type, required, maxLength } = definition
  if (typeof input !== 'string') return refuse('invalid', 'Send text.')
  if (maxLength !== undefined && isLonger(input, maxLength)) {
    return refuse('max_length', `Send at most ${maxLength} characters.`)
  }
  if (required && isBlank(input)) return refuse('blank', 'Send some text; this cannot be empty.')

  const problem = problemOf[type]?.(input, definition) ?? definition.check?.(input)
  if (problem) return refuse(type === 'choice' ? 'invalid_choice' : 'invalid', problem)
  return { value: input }
}

type Check = (input: string, definition: PreferenceDefinition) => string | undefined

const problemOf: Partial<Record<PreferenceDefinition['type'], Check>> = {
  string: (input) => faultOfLine(input) ?? undefined,

  color: (input) =>
    /^#(?:[\da-f]{3,4}|[\da-f]{6}|[\da-f]{8})$/i.test(input) ? undefined : 'Send a colour like #1f5f5b or #fff.',

  url: (input) =>
    input === '' || isAddress(input) ? undefined : 'Send an address that starts with https:// or http://, or nothing.',

  image: (input) =>
    input === '' || isAddress(input) || isPath(input)
      ? undefined
      : 'Send the https:// address of a picture, a path that starts with /, or nothing.',

  choice: (input, { choices = [] }) => (choices.includes(input) ? undefined : `Send one of: ${choices.join(', ')}.`),

  json: (input) => (input === '' || isObject(input) ? undefined : 'Send a JSON object as text, such as {}.'),

  url_template: problemOfTemplate,
}

// Pictures end up between quotes in CSS and HTML, where these characters would end the address early.
const isClean = (input: string) => !/[\s\p{Cc}'"`<>\\]/u.test(input)

const isPath = (input: string) => /^\/(?!\/)/.test(input) && isClean(input)

const isAddress = (input: string) => /^https?:\/\/[^/]/i.test(input) && isClean(input) && URL.canParse(input)

function isObject(input: string): boolean {
  try {
    const value: unknown = JSON.parse(input)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
  } catch {
    return false
  }
}

// Clients turn {name} into :name and read a name up to the next slash. So a placeholder must end its part of the
// path, and a literal colon would be taken for one.
function problemOfTemplate(input: string, { placeholders = [] }: PreferenceDefinition): string | undefined {
  if (!isPath(input) || input.includes(':')) return 'Send a path that starts with /, without spaces and colons.'

  const used: string[] = []
  for (const part of input.split('/')) {
    const match = /^[^{}]*(?:\{([^{}]*)\})?$/.exec(part)
    if (!match) return 'Put at most one {placeholder} between two slashes, at the end, as in /post/{id}/.'
    if (match[1] !== undefined) used.push(match[1])
  }

  const known = placeholders.map((name) => `{${name}}`).join(', ')
  if (used.some((name) => !placeholders.includes(name))) {
    return known ? `Use no placeholders other than ${known}.` : 'Use no placeholders here.'
  }
  if (placeholders.length > 0 && used.length === 0) return `Use at least one of ${known}.`
}
