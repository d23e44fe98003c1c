import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'

/** The purposes of opaque secrets. The prefix tells them apart, also for whoever finds one where it should not be. */
const prefixes = {
  access: 'kith_at_',
  refresh: 'kith_rt_',
  code: 'kith_ac_',
  client: 'kith_cs_',
  session: 'kith_se_',
  validation: 'kith_vc_',
} as const

export type Purpose = keyof typeof prefixes

export type Opaque = {
  /** A secret of 256 random bits with a checksum, so that Kith recognises its own without asking the database. */
  make(purpose: Purpose): string
  /** Whether a text may be such a secret: guesses are refused at no cost. */
  recognises(purpose: Purpose, text: string): boolean
  /** A signature of a text that only this community can make: for the tokens of forms. */
  sign(text: string): string
}

/** What is stored of a secret: its SHA-256. With 256 random bits, nothing can be guessed from it. */
export const hashOf = (text: string) => createHash('sha256').update(text).digest('base64url')

/** Whether two texts are the same, in a time that does not tell where they differ. */
export function isSame(one: string, other: string): boolean {
  const [a, b] = [createHash('sha256').update(one).digest(), createHash('sha256').update(other).digest()]
  return timingSafeEqual(a, b)
}

const randomLength = 43
const markLength = 11

/** @param secret the community's secret, the same on every node */
export function createOpaque(secret: string): Opaque {
  const key = createHmac('sha256', secret).update('opaque secrets').digest()
  const sign = (text: string) => createHmac('sha256', key).update(text).digest('base64url')
  const mark = (text: string) => sign(text).slice(0, markLength)
  return {
    make(purpose) {
      const text = `${prefixes[purpose]}${randomBytes(32).toString('base64url')}`
      return text + mark(text)
    },
    recognises(purpose, text) {
      const length = prefixes[purpose].length + randomLength
      if (text.length !== length + markLength || !text.startsWith(prefixes[purpose])) return false
      return isSame(mark(text.slice(0, length)), text.slice(length))
    },
    sign,
  }
}
