import { badField } from '../platform/errors.ts'
import { secret } from '../platform/http/input.ts'

export const password = secret({
  minLength: 8,
  maxLength: 128,
  description: 'With characters of at least three kinds: lower case, upper case, digits, others.',
})

/** The documented rule: three of the four kinds of characters. */
export function checkPassword(text: string): void {
  const kinds = [/[a-z]/, /[A-Z]/, /\d/, /[^A-Za-z\d]/].filter((kind) => kind.test(text)).length
  if (kinds < 3)
    throw badField(
      'password',
      'invalid',
      'Use characters of at least three kinds: lower case, upper case, digits, others.',
    )
}

/** Loaded with the first password: most processes never see one. */
const argon2 = () => import('@node-rs/argon2')

/** argon2id with the library's own parameters (19 MiB, two passes), which follow OWASP. */
export const hashPassword = async (text: string) => (await argon2()).hash(text)
export const isPassword = async (text: string, hashed: string) => (await argon2()).verify(hashed, text)
