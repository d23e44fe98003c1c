import { randomBytes } from 'node:crypto'
import { badField } from '../platform/errors.ts'
import { secret } from '../platform/http/input.ts'
import { takeApart } from '../platform/text.ts'
import { isCommon } from './common-passwords.ts'
import { carryOut } from './hashing.ts'

export const password = secret({
  minLength: 8,
  maxLength: 128,
  description: 'With characters of at least three kinds: lower case, upper case, digits, others.',
})

/** The documented rule: 8 to 128 characters, of three of the four kinds. Common passwords are refused as well. */
export function checkPassword(text: string, field = 'password'): void {
  if (text.length < 8 || text.length > 128) throw badField(field, 'invalid', 'Use 8 to 128 characters.')
  const kinds = [/[a-z]/, /[A-Z]/, /\d/, /[^A-Za-z\d]/].filter((kind) => kind.test(text)).length
  if (kinds < 3)
    throw badField(field, 'invalid', 'Use characters of at least three kinds: lower case, upper case, digits, others.')
  if (isCommon(text))
    throw badField(
      field,
      'common',
      'This is one of the passwords that are tried first. Think of another, as some words.',
    )
}

/** Limits of a hash made elsewhere: KiB, passes and threads that a check may cost. */
const [mostMemory, mostPasses, mostThreads] = [262_144, 10, 16]

const hashForm =
  /^\$argon2(?:id|i|d)\$v=19\$m=(\d{1,7}),t=(\d{1,3}),p=(\d{1,3})\$[A-Za-z0-9+/]{11,86}\$[A-Za-z0-9+/]{22,172}$/

/** A password hash made elsewhere. */
export const passwordHash = secret({
  maxLength: 400,
  description:
    `A password hashed by argon2, as $argon2id$v=19$m=19456,t=2,p=1$salt$hash: at most m=${mostMemory}, ` +
    `t=${mostPasses}, p=${mostThreads}.`,
})

/** Refuses a hash that cannot be checked, or that costs too much to check with every sign-in. */
export function checkPasswordHash(hash: string): void {
  const [, memory, passes, threads] = hashForm.exec(hash) ?? []
  const within = [
    [memory, mostMemory],
    [passes, mostPasses],
    [threads, mostThreads],
  ].every(([value, most]) => Number(value) >= 1 && Number(value) <= Number(most))
  if (!within)
    throw badField(
      'password_hash',
      'invalid',
      `Send a hash of argon2 as $argon2id$v=19$m=19456,t=2,p=1$salt$hash, of at most m=${mostMemory}, t=${mostPasses} ` +
        `and p=${mostThreads}; or none, and the member has no password.`,
    )
}

/**
 * Hashes with argon2id and the library's defaults (19 MiB, two passes), which follow OWASP, in a thread. Letters are
 * decomposed first: keyboards differ in how they write the same one.
 */
export async function hashPassword(text: string): Promise<string> {
  const done = await carryOut({ text: takeApart(text) })
  return 'hash' in done ? done.hash : ''
}

/** A hash of a password that nobody knows. */
let nobodys: Promise<string> | undefined

/**
 * Whether a password matches a hash. Without a hash it takes as long to say no: the time of an answer does not show
 * who has an account.
 */
export async function isPassword(text: string, hashed: string | null): Promise<boolean> {
  nobodys ??= hashPassword(randomBytes(32).toString('base64'))
  const against = hashed ?? (await nobodys)
  const done = await carryOut({ text: takeApart(text), against })
  return 'fits' in done && done.fits && hashed !== null
}
