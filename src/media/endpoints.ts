import { activeMember, author, member, visitor } from '../auth/audience.ts'
import { uploads } from '../auth/rates.ts'
import { endpoint } from '../context.ts'
import { EmbedOfMedia } from '../embeds/inputs.ts'
import { badField } from '../platform/errors.ts'
import { created, nothing, one, type Returns } from '../platform/http/endpoint.ts'
import { fileOf, notYet, upload } from '../platform/http/input.ts'
import Type from '../platform/schema.ts'
import { nullable } from '../platform/sql/view.ts'
import { changeMedia } from './change.ts'
import { deleteMedia } from './delete.ts'
import { makeEmbedded } from './embed.ts'
import { makeLink } from './link.ts'
import { makeMedia, mostBytes } from './make.ts'
import { makeShare } from './share.ts'
import { clickMedia, showMedia } from './show.ts'
import { completeUpload, mostPiece, type Progress, takePiece } from './upload.ts'
import { Media } from './views.ts'

const id = Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER, description: 'Id of the media.' })
const there = { 404: 'No media has this id, or none that you may see.' }

const ChunkMedia = Type.Object(
  {
    upload_id: Type.String(),
    offset: Type.String({ description: 'How many bytes have arrived: the next piece begins here.' }),
    expires: Type.String({ format: 'date-time' }),
  },
  { $id: 'ChunkMedia', description: 'How far an upload is.', additionalProperties: false },
)
const progress: Returns<Progress> = { status: 201, schema: ChunkMedia }

export const uploadChunk = endpoint('POST /api/v2/media/upload/chunk/', {
  summary: 'Chunk Upload Media',
  description:
    'A piece of a file, as `image` or `document`; the header `Content-Range: bytes FIRST-LAST/TOTAL` says which. ' +
    'The first one begins an upload, the others name it by `upload_id`. A piece that has arrived already may be ' +
    'sent again.',
  who: activeMember,
  takes: {
    upload_id: Type.Optional(
      Type.String({ maxLength: 100, description: 'The `upload_id` in the answer to the first piece.' }),
    ),
    expires: Type.Optional(Type.String({ maxLength: 100, description: 'Taken and ignored.' })),
    image: upload('A piece of a picture.'),
    document: upload('A piece of a document.'),
  },
  uploads: { bytes: mostPiece },
  returns: progress,
  refuses: { 400: 'The piece does not follow the last one, or the file is too large.' },
  act(ctx, { upload_id, image, document }) {
    const [field, sent] = document ? ['document', document] : ['image', image]
    const piece = fileOf(field as string, sent as typeof image)
    if (!piece) throw badField('image', 'required', 'Send a piece of a file, as image or document.')
    return takePiece(ctx, field as string, piece, upload_id)
  },
})

export const uploadComplete = endpoint('POST /api/v2/media/upload/complete/', {
  summary: 'Chunk Upload Media Complete',
  description: 'Makes a media from an upload whose pieces are all there. Asked again, it returns the same media.',
  who: activeMember,
  takes: {
    upload_id: Type.String({ minLength: 1, maxLength: 100 }),
    md5: Type.String({ pattern: '^[0-9a-fA-F]{32}$', sentence: 'Send the MD5 of the whole file, in hexadecimal.' }),
    type: Type.Optional(
      Type.Enum(['image', 'eimage', 'doc', 'document'], {
        description: 'eimage: a picture within a text. image by default.',
      }),
    ),
  },
  rate: uploads,
  returns: created(Media),
  refuses: { 400: 'Pieces are missing, something else arrived, or it is nothing that is taken.' },
  act: (ctx, { upload_id, md5, type = 'image' }) =>
    completeUpload(ctx, { upload_id, md5, type: type === 'document' ? 'doc' : type }),
})

export const createMedia = endpoint('POST /api/v2/media/', {
  summary: 'Create a Media',
  description:
    'From a link (`url`), a shared contribution (`shared_object`), an embed, or a file: `image` for the types ' +
    'image and eimage, `document` for the type doc. Uploads that are not published are deleted a day later.',
  who: activeMember,
  takes: {
    type: Type.Enum(['image', 'eimage', 'doc', 'document', 'url', 'embed', 'share']),
    url: Type.Optional(Type.String({ maxLength: 2_000, description: 'Address of a page.' })),
    image: upload('A JPEG, PNG, WebP or GIF.'),
    document: upload('A document.'),
    shared_object: Type.Optional(
      nullable(
        Type.Integer({
          minimum: 1,
          maximum: Number.MAX_SAFE_INTEGER,
          description: 'Id of a contribution, for the type share.',
        }),
      ),
    ),
    event_object: notYet('Events'),
    embed: Type.Optional(nullable(EmbedOfMedia)),
  },
  uploads: { bytes: mostBytes.doc },
  rate: uploads,
  returns: created(Media),
  refuses: { 400: 'It is nothing that is taken.' },
  act(ctx, { type, url, image, document, shared_object, embed }) {
    if (type === 'url') {
      if (!url) throw badField('url', 'required', 'Send the address of a page.')
      return makeLink(ctx, url)
    }
    if (type === 'share') {
      if (!shared_object) throw badField('shared_object', 'required', 'Send the id of what you share.')
      return makeShare(ctx, shared_object)
    }
    if (type === 'embed') {
      if (!embed) throw badField('embed', 'required', 'Name an embed: its id, or its embed_type and embed_id.')
      return makeEmbedded(ctx, embed)
    }
    const isDoc = type === 'doc' || type === 'document'
    const field = isDoc ? 'document' : 'image'
    const file = fileOf(field, isDoc ? document : image)
    if (!file) throw badField(field, 'required', 'Send a file, as a part of a multipart body.')
    return makeMedia(ctx, field, isDoc ? 'doc' : type, file)
  },
})

export const getMedia = endpoint('GET /api/v2/media/{id}/', {
  summary: 'Get a specific Media',
  who: member,
  takes: { id },
  returns: one(Media),
  refuses: there,
  act: (ctx, { id }) => showMedia(ctx, id),
})

export const putMedia = endpoint('PUT /api/v2/media/{id}/', {
  summary: 'Update a Media',
  description: 'Gives it another picture: a file, or the address of one. Only while no contribution shows it.',
  who: author,
  takes: { id, image: upload('A picture, or the address of one.') },
  uploads: { bytes: mostBytes.image },
  rate: uploads,
  returns: one(Media),
  refuses: { ...there, 400: 'It is no picture, or a contribution shows the media.' },
  act: (ctx, { id, image }) => changeMedia(ctx, id, image),
})

export const deleteMediaEndpoint = endpoint('DELETE /api/v2/media/{id}/', {
  summary: 'Delete a Media',
  description: 'Only while no contribution shows it; otherwise it changes with the contribution.',
  who: author,
  takes: { id },
  returns: nothing,
  refuses: { ...there, 400: 'A contribution shows it.' },
  act: (ctx, { id }) => deleteMedia(ctx, id),
})

export const clickMediaEndpoint = endpoint('POST /api/v2/media/{id}/click/', {
  summary: 'Click a specific Media',
  description: 'Counts that somebody has opened it.',
  who: visitor,
  takes: { id, ip: Type.Optional(Type.String({ maxLength: 100, description: 'Taken and ignored.' })) },
  returns: nothing,
  refuses: there,
  act: (ctx, { id }) => clickMedia(ctx, id),
})
