import type { Static } from 'typebox'
import { badField } from '../platform/errors.ts'
import { line } from '../platform/http/input.ts'
import Type from '../platform/schema.ts'
import { nullable } from '../platform/sql/view.ts'

/** Largest size of an embed's metadata in bytes. */
const mostBytes = 20_000

const metadata = Type.Object(
  {},
  { additionalProperties: true, description: `A JSON object, of ${mostBytes} bytes at most.` },
)
export const embedType = line({ minLength: 1, maxLength: 100 })
export const embedId = line({ minLength: 1, maxLength: 500 })

/** The changeable fields of an embed. */
export const changing = {
  url: Type.Optional(nullable(Type.String({ maxLength: 2_000, description: 'Address of a page.' }))),
  metadata: Type.Optional(metadata),
}

/** The fields of a new embed. Those that identify it stay. */
export const making = {
  id: Type.Optional(nullable(Type.Integer({ description: 'Taken and ignored.' }))),
  embed_type: embedType,
  embed_id: embedId,
  ...changing,
}

/** An embed as a media names it: by its id, or by its type and its id elsewhere. */
export const EmbedOfMedia = Type.Object(
  {
    ...making,
    id: Type.Optional(nullable(Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }))),
    embed_type: Type.Optional(embedType),
    embed_id: Type.Optional(embedId),
  },
  { additionalProperties: true },
)
export type SentEmbed = Static<typeof EmbedOfMedia>

/** Checks the fields of an embed beyond their shape. */
export function checkEmbed({ embed_type, url, metadata }: Omit<SentEmbed, 'id'>): void {
  if (embed_type?.toLowerCase().startsWith('sc_'))
    throw badField('embed_type', 'reserved', 'Types that begin with sc_ are made by medias of links and shares.')
  const read = url ? URL.parse(url) : null
  if (url && read?.protocol !== 'http:' && read?.protocol !== 'https:')
    throw badField('url', 'invalid', 'Send an address that begins with http:// or https://.')
  if (metadata && Buffer.byteLength(JSON.stringify(metadata)) > mostBytes)
    throw badField('metadata', 'too_large', `Send ${mostBytes} bytes of metadata at most.`)
}

/** Reads metadata to look up embeds by: a JSON object in a query. */
export function readFilter(sent: string | undefined): string | null {
  if (!sent) return null
  const invalid = () =>
    badField('metadata', 'invalid', 'Send a JSON object, as {"color":"red"}: embeds that have this are meant.')
  let read: unknown
  try {
    read = JSON.parse(sent)
  } catch {
    throw invalid()
  }
  const text = JSON.stringify(read)
  // PostgreSQL stores neither NUL nor half a surrogate pair.
  if (typeof read !== 'object' || read === null || Array.isArray(read) || /\\u0000|\\ud[89a-f]/i.test(text))
    throw invalid()
  return text
}
