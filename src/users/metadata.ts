import type { TSchema } from 'typebox'
import type { ProfileField } from '../community/profile-fields.ts'
import type { Community } from '../community/state.ts'
import { badField, readAll } from '../platform/errors.ts'
import type { Json } from '../platform/http/endpoint.ts'
import Type from '../platform/schema.ts'
import { nullable, type Rendering } from '../platform/sql/view.ts'
import { faultOfLine, isBlank, isLonger, trimLine } from '../platform/text.ts'
import { email, url } from './inputs.ts'

/** The values of the community's profile fields, by name; null empties one. */
export type Metadata = Record<string, string | number | null>

/** All of them at once, as clients send them when an account is made. */
export const metadataInput = Type.Optional(
  nullable(
    Type.Record(Type.String(), Type.Unknown(), {
      sentence: 'Send an object, or one as JSON text, of the fields in the option user_metadata_definition.',
      description: 'Values of the fields that the option `user_metadata_definition` adds to profiles.',
    }),
  ),
)

/** The value of a field in an answer. */
export const metadataValue = nullable(Type.Union([Type.String(), Type.Integer()]))

export const namesOfFields = ({ profileFields }: Community): string[] => profileFields.map(({ name }) => name)

const patternOf = (schema: TSchema) => new RegExp((schema as unknown as { pattern: string }).pattern)
const [isUrl, isEmail] = [patternOf(url), patternOf(email)]

const checks = {
  phone_number: [
    (text: string) => /^\+?(?=(?:\D*\d){3})[\d ()./-]{3,40}$/.test(text),
    'Send a telephone number, as +39 055 451.',
  ],
  url: [(text: string) => isUrl.test(text), 'Send an address that begins with http:// or https://.'],
  email: [(text: string) => isEmail.test(text), 'This is not an e-mail address.'],
} as const

/** One value as it is stored; throws the refusal. */
function readValue({ name, type, options, mandatory }: ProfileField, sent: unknown): string | number | null {
  const refuse = (message: string, code = 'invalid') => badField(name, code, message)
  if (sent === null || (typeof sent === 'string' && isBlank(sent))) {
    if (mandatory) throw refuse('This may not be empty.', 'required')
    return null
  }
  if (type === 'integer') {
    const number = typeof sent === 'string' && /^\s*[+-]?\d{1,16}\s*$/.test(sent) ? Number(sent) : sent
    if (typeof number !== 'number' || !Number.isSafeInteger(number)) throw refuse('Send a whole number.')
    return number
  }
  if (typeof sent !== 'string') throw refuse('Send text.')
  const text = trimLine(sent)
  if (isLonger(text, 255)) throw refuse('At most 255 characters are taken.', 'max_length')
  const fault = faultOfLine(text)
  if (fault) throw refuse(fault)
  if (type === 'enum' && !options.includes(text)) throw refuse(`Send one of: ${options.join(', ')}.`)
  if (type === 'string' || type === 'enum') return text
  const [fits, sentence] = checks[type]
  if (!fits(text)) throw refuse(sentence)
  return text
}

/** Reads values by the definitions of the community, and refuses all that do not fit together. */
export async function readMetadata({ profileFields }: Community, sent: Record<string, unknown>): Promise<Metadata> {
  const byName = new Map(profileFields.map((each) => [each.name, each]))
  const reads = Object.entries(sent).map(([name, value]) => {
    const field = byName.get(name)
    const read = () => {
      if (!field) throw badField(name.slice(0, 50), 'unknown', 'This community has no field of this name in profiles.')
      return readValue(field, value)
    }
    return [name, read]
  })
  return readAll(Object.fromEntries(reads)) as Promise<Metadata>
}

/** The same for somebody who registers, who cannot leave out mandatory fields that registration asks for. */
export function readMetadataOfNew(community: Community, sent: Record<string, unknown>): Promise<Metadata> {
  const needed = community.profileFields.filter(({ mandatory, inSignup }) => mandatory && inSignup)
  return readMetadata(community, { ...Object.fromEntries(needed.map(({ name }) => [name, null])), ...sent })
}

/**
 * A member as JSON, with the community's profile fields; null for fields the member has not filled in.
 * @param own whether to show the fields that only the member and administrators see
 */
export function withMetadata<View extends string>(
  { json }: Json<View>,
  metadata: unknown,
  { profileFields }: Community,
  own: boolean,
): Json<View> {
  const values = metadata as Metadata
  const shown = profileFields.filter(({ hidden }) => own || !hidden)
  const added = shown.map(
    ({ name }) => `,${JSON.stringify(name)}:${JSON.stringify(Object.hasOwn(values, name) ? values[name] : null)}`,
  )
  return { json: `${json.slice(0, -1)}${added.join('')}}` as Rendering<View> }
}
