import { badField } from '../errors.ts'
import Type from '../schema.ts'

const sentence = 'Send a time as 2026-01-31T12:00:00Z, or seconds since 1970.'

/** A moment as clients send it; `readMoment` reads it. */
export const momentInput = (description: string) =>
  Type.Union([Type.Number(), Type.String({ maxLength: 50 })], {
    sentence,
    description: `${description} A time as \`2026-01-31T12:00:00Z\`, or seconds since 1970.`,
  })

/**
 * Reads a moment, as unix time in seconds: from such a number, or from a date with or without a time, in UTC unless
 * it says otherwise.
 */
export function readMoment(field: string, sent: number | string): number {
  const refuse = () => badField(field, 'invalid', sentence)
  if (typeof sent === 'number') {
    if (sent < 0 || sent > 1e11) throw refuse()
    return sent
  }
  const parts = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?)(\.\d{1,9})?(Z|[+-]\d\d:?\d\d)?)?$/i.exec(sent.trim())
  const [, date, time = '00:00', fraction = '', zone = 'Z'] = parts ?? []
  const local = Date.parse(`${date}T${time}Z`)
  // JavaScript turns a day that does not exist into another.
  const fits = parts && !Number.isNaN(local) && new Date(local).toISOString().startsWith(`${date}T${time}`)
  const ms = fits
    ? Date.parse(`${date}T${time}${zone.replace(/^([+-]\d\d)(\d\d)$/, '$1:$2').toUpperCase()}`)
    : Number.NaN
  if (Number.isNaN(ms) || ms < 0) throw refuse()
  return ms / 1000 + Number(`0${fraction}`)
}
