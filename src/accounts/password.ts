import { randomBytes } from 'node:crypto'
import { badField } from '../platform/errors.ts'
import { secret } from '../platform/http/input.ts'
import { createShare } from '../platform/http/share.ts'
import { takeApart } from '../platform/text.ts'

export const password = secret({
  minLength: 8,
  maxLength: 128,
  description: 'With characters of at least three kinds: lower case, upper case, digits, others.',
})

/** The documented rule: 8 to 128 characters, of three of the four kinds. */
export function checkPassword(text: string, field = 'password'): void {
  if (text.length < 8 || text.length > 128) throw badField(field, 'invalid', 'Use 8 to 128 characters.')
  const kinds = [/[a-z]/, /[A-Z]/, /\d/, /[^A-Za-z\d]/].filter((kind) => kind.test(text)).length
  if (kinds < 3)
    throw badField(field, 'invalid', 'Use characters of at least three kinds: lower case, upper case, digits, others.')
}

/** Loaded with the first password: most processes never see one. */
const argon2 = () => import('@node-rs/argon2')

/** Each takes 19 MiB and a thread that files and names are looked up on, too. */
const inTurn = createShare(2, 'Too many members sign in at the moment. Try again in a moment.')

/**
 * argon2id with the library's own parameters (19 MiB, two passes), which follow OWASP. Two at a time, in threads. Letters are
 * taken apart first: keyboards differ in how they write the same one.
 */
export const hashPassword = (text: string) => inTurn(async () => (await argon2()).hash(takeApart(text)))

/** A hash of a password that nobody knows. */
let nobodys: Promise<string> | undefined

/**
 * Whether a password is the one that was hashed. Where there is none, it takes as long to say no: how long an answer
 * takes tells nobody who has an account.
 */
export async function isPassword(text: string, hashed: string | null): Promise<boolean> {
  nobodys ??= hashPassword(randomBytes(32).toString('base64'))
  const against = hashed ?? (await nobodys)
  const fits = await inTurn(async () => (await argon2()).verify(against, takeApart(text)))
  return fits && hashed !== null
}
