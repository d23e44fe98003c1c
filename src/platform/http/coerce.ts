import { type Known, kindOf, maxEntries } from './input.ts'
import { digitsOf, readJson } from './json.ts'

/**
 * Converts text to the type of a schema: forms and queries carry only text, and so does JSON of careless clients.
 * Only unmistakable text is converted.
 * @param holder the object or list that has the value, by `name`
 */
export function coerce(schema: Known, raw: unknown, holder: object, name: string | number): unknown {
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
    // A list that is too long is refused as it is, without looking at its entries.
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
