import { notFound } from '../platform/errors.ts'
import { line, upload } from '../platform/http/input.ts'
import Type from '../platform/schema.ts'
import { nullable } from '../platform/sql/view.ts'
import { tagsInput } from '../tags/find.ts'

/** A member's id in a path; `me` is the caller. */
export const memberId = Type.Integer({
  minimum: 1,
  maximum: Number.MAX_SAFE_INTEGER,
  'x-alias': 'me',
  description: 'Id of the member; `me` for yourself.',
})

/** The refusal of an id that no member has. */
export const noMember = () => notFound('No member has this id.')

export const username = Type.String({
  minLength: 1,
  maxLength: 255,
  pattern: '^[A-Za-z0-9_-]*$',
  sentence: 'Use letters without accents, digits, - and _ only.',
  description: 'Unique in any case. Letters, digits, `-` and `_`.',
})

const addressPart =
  '[^\\s@<>"(),:;\\[\\]\\\\\\u0000-\\u001f\\u007f-\\u009f\\u00ad\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u206f\\ufeff]'

export const email = Type.String({
  maxLength: 254,
  // A single address of visible characters, which no mail server reads as more.
  pattern: `^${addressPart}+@${addressPart}+\\.${addressPart.replace('[^', '[^.')}+$`,
  sentence: 'This is not an e-mail address.',
})

export const realName = line({ maxLength: 255 })

const decimals = (digits: string) => `(\\.${digits}{1,12})?`
const upTo90 = `-?(90${decimals('0')}|[1-8]?\\d${decimals('\\d')})`
const upTo180 = `-?(180${decimals('0')}|(1[0-7]\\d|[1-9]?\\d)${decimals('\\d')})`

/** Coordinates as members send them; or an empty text. */
export const latLng = Type.String({
  pattern: `^(${upTo90},${upTo180})?$`,
  maxLength: 60,
  sentence: 'Send latitude (-90 to 90) and longitude (-180 to 180) with a comma between, as 45.46,9.18.',
})

/** A web address, or an empty text. */
export const url = Type.String({
  maxLength: 200,
  pattern: '^(https?://[^\\s<>"]+)?$',
  sentence: 'Send an address that begins with http:// or https://.',
})

export const gender = Type.Enum(['Male', 'Female', 'Unspecified'])

export const role = Type.Enum(['admin', 'moderator', 'editor', 'publisher'])

/** The member's id in another system. */
export const extId = Type.String({
  minLength: 1,
  maxLength: 255,
  description: 'Id of the member in another system; unique.',
})

/** The fields of a profile that only administrators may change, besides all that its owner may. */
export const adminInputs = {
  email: Type.Optional(nullable(email)),
  ext_id: Type.Optional(nullable(extId)),
  tags: tagsInput,
}

/** The columns of their own profile that members may change. */
export const profileColumns = {
  username: Type.Optional(username),
  real_name: Type.Optional(realName),
  bio: Type.Optional(Type.String({ maxLength: 10_000 })),
  location: Type.Optional(line({ maxLength: 100 })),
  location_lat_lng: Type.Optional(latLng),
  position_lat_lng: Type.Optional(latLng),
  date_of_birth: Type.Optional(
    Type.Union([Type.String({ format: 'date', pattern: '^(?!0000)' }), Type.Null()], {
      sentence: 'Send a date as YYYY-MM-DD.',
    }),
  ),
  description: Type.Optional(line({ maxLength: 50 })),
  gender: Type.Optional(gender),
  website: Type.Optional(url),
  company_name: Type.Optional(line({ maxLength: 255 })),
  company_role: Type.Optional(line({ maxLength: 255 })),
}

/** Its pictures. */
const profilePictures = {
  avatar: upload('A picture to be added to the avatars and shown; empty: show none.'),
  cover: upload('A wide picture; empty: take it away.'),
}

export const profileInputs = { ...profileColumns, ...profilePictures }
