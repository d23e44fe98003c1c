import { refused } from '../errors.ts'
import { limits } from './limits.ts'

const quote = 0x22
const backslash = 0x5c
const comma = 0x2c
const colon = 0x3a
const [openList, closeList, openObject, closeObject] = [0x5b, 0x5d, 0x7b, 0x7d]

const [zero, nine, minus, point, smallE, largeE] = [0x30, 0x39, 0x2d, 0x2e, 0x65, 0x45]

/** A number with this many digits survives being read as a JavaScript number. */
const safeDigits = 15

/**
 * Scans JSON before it is parsed: parsing deep or wide JSON takes long, this scan does not.
 * @returns why it is refused; else whether it may have a number that JavaScript would write differently: 1.50, 1e3,
 * -0, or one with more digits than a number keeps
 */
function look(bytes: Buffer, most: number): { excess: string } | { oddNumbers: boolean } {
  let oddNumbers = false
  let digits = 0
  let depth = 0
  let fields = 0
  let values = 1
  let inText = false
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]
    if (inText) {
      if (byte === backslash) i++
      else if (byte === quote) inText = false
      continue
    }
    if (byte === quote) inText = true
    else if (byte === openList || byte === openObject) {
      if (++depth > limits.depth) return { excess: `Lists and objects are taken ${limits.depth} deep.` }
    } else if (byte === closeList || byte === closeObject) depth--
    else if (byte === colon) {
      if (++fields > limits.fields) return { excess: `At most ${limits.fields} named fields are taken.` }
    } else if (byte === comma) {
      if (++values > most) return { excess: `At most ${most} values are taken.` }
    } else if (byte === point || byte === largeE || (byte === smallE && digits > 0)) oddNumbers = true
    else if (byte === minus && bytes[i + 1] === zero) oddNumbers = true
    digits = byte !== undefined && byte >= zero && byte <= nine ? digits + 1 : 0
    if (digits > safeDigits) oddNumbers = true
  }
  return { oddNumbers }
}

/** The source text of numbers that JavaScript would write differently, by the list or object that holds them. */
const sources = new WeakMap<object, Map<string, string>>()

/** A number of a body as text, exactly as the client wrote it. */
export const digitsOf = (holder: object, name: string | number, value: number): string =>
  sources.get(holder)?.get(String(name)) ?? String(value)

/** Remembers how numbers were written. The parser calls it for every value, with its source. */
function keepSource(this: object, name: string, value: unknown, { source }: { source?: string }): unknown {
  if (typeof value === 'number' && source !== undefined && source !== String(value)) {
    const kept = sources.get(this) ?? new Map<string, string>()
    sources.set(this, kept.set(name, source))
  }
  return value
}

/**
 * Parses JSON from a client, within the limits. Throws 400 with the reason.
 * @param values how many it may have, at any depth
 */
export function readJson(bytes: Buffer, values = limits.values): unknown {
  const seen = look(bytes, values)
  if ('excess' in seen) throw refused('too_complex', `${seen.excess} Send less at once.`)
  try {
    const text = bytes.toString('utf8')
    return seen.oddNumbers
      ? JSON.parse(text, keepSource as (this: object, key: string, value: unknown) => unknown)
      : JSON.parse(text)
  } catch (error) {
    throw refused('parse_error', `The body is not valid JSON: ${(error as Error).message}.`)
  }
}
