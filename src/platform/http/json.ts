import { refused } from '../errors.ts'
import { limits } from './limits.ts'

const quote = 0x22
const backslash = 0x5c
const comma = 0x2c
const colon = 0x3a
const [openList, closeList, openObject, closeObject] = [0x5b, 0x5d, 0x7b, 0x7d]

/** Why JSON is not read, before it is: parsing takes its time for what is deep or wide, this look takes none. */
function findExcess(bytes: Buffer, most: number): string | null {
  let depth = 0
  let fields = 0
  let values = 1
  let inText = false
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]
    if (inText) {
      if (byte === backslash) i++
      else if (byte === quote) inText = false
    } else if (byte === quote) inText = true
    else if (byte === openList || byte === openObject) {
      if (++depth > limits.depth) return `Lists and objects are taken ${limits.depth} deep.`
    } else if (byte === closeList || byte === closeObject) depth--
    else if (byte === colon) {
      if (++fields > limits.fields) return `At most ${limits.fields} named fields are taken.`
    } else if (byte === comma && ++values > most) return `At most ${most} values are taken.`
  }
  return null
}

/**
 * Reads JSON that a stranger sent, within the limits. Throws 400 with the reason.
 * @param values how many it may have, at any depth
 */
export function readJson(bytes: Buffer, values = limits.values): unknown {
  const excess = findExcess(bytes, values)
  if (excess) throw refused('too_complex', `${excess} Send less at once.`)
  try {
    return JSON.parse(bytes.toString('utf8'))
  } catch (error) {
    throw refused('parse_error', `The body is not valid JSON: ${(error as Error).message}.`)
  }
}
