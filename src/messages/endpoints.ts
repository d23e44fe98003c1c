import type { TSchema } from 'typebox'
import { activeMember, author, member } from '../auth/audience.ts'
import { searches } from '../auth/rates.ts'
import { endpoint } from '../context.ts'
import { badField } from '../platform/errors.ts'
import { created, data, nothing, one, page } from '../platform/http/endpoint.ts'
import { fileOf, notYet, upload } from '../platform/http/input.ts'
import Type from '../platform/schema.ts'
import { arrayOf, nullable } from '../platform/sql/view.ts'
import { User } from '../users/views.ts'
import { clearThread } from './clear.ts'
import { deleteMessage } from './delete.ts'
import { mostBytes } from './file.ts'
import { anId, messagesOn, mostRecipients, readMessage, type Sent, uuidOf } from './inputs.ts'
import { listSnippets, listThread } from './lists.ts'
import { searchWritable } from './search.ts'
import { sendMessage } from './send.ts'
import { showMessage } from './show.ts'
import { addThumbnail, completeFile, takeFile, takePiece } from './upload.ts'
import { Message, Snippet } from './views.ts'

const id = anId('Id of the message.')
const group = notYet('Messages to groups')
const thread = {
  user: Type.Optional(anId('Id of the other member of the thread.')),
  thread: Type.Optional(anId('Id of the thread.')),
  group,
}
const there = { 404: 'You have no message of this id. Nobody has one of others, whatever their role.' }

export const getMessages = endpoint('GET /api/v2/pm/', {
  summary: 'Get All Snippets, Get a Thread',
  description:
    'The threads of the caller, most recently written first. With `user` or `thread`, the last messages of that ' +
    'thread, oldest first: `next` leads to earlier ones. This marks the thread as read.',
  who: member,
  takes: {
    ...thread,
    before_message: Type.Optional(anId('Only messages before the one of this id.')),
    from_message: Type.Optional(anId('Only messages from the one of this id on.')),
  },
  primary: true,
  returns: page([Snippet, Message], { limit: 20, max: 100, begins: 'before_message' }),
  refuses: { 403: 'One of you has hidden the other.', 404: 'There is no such thread.' },
  act(ctx, { page, ...asked }) {
    if (asked.user || asked.thread) return listThread(ctx, asked, page)
    for (const name of ['before_message', 'from_message'] as const)
      if (asked[name]) throw badField(name, 'invalid', 'Send the thread that it is in, as `user` or `thread`, too.')
    return listSnippets(ctx, page)
  },
})

export const searchUsers = endpoint('GET /api/v2/pm/search/', {
  summary: 'Search User',
  description: 'Members whose name contains the text, and whom the caller may write to.',
  who: member,
  takes: { user: Type.String({ maxLength: 255, description: 'Part of the username or the real name.' }) },
  rate: searches,
  returns: page(User),
  act: (ctx, { user, page }) => searchWritable(ctx, user, page),
})

export const getMessage = endpoint('GET /api/v2/pm/{id}/', {
  summary: 'Get a Single Message',
  who: member,
  takes: { id },
  returns: one(Message),
  refuses: there,
  act: (ctx, { id }) => showMessage(ctx, id),
})

export const postMessage = endpoint('POST /api/v2/pm/', {
  summary: 'Send a Message',
  description:
    'Sends a message to each of the recipients, or to none at all. Members without a role may write to their ' +
    'followers, or in friendship mode to their connections: see `can_send_pm_to` of a member.',
  who: activeMember,
  onlyIf: messagesOn,
  takes: {
    recipients: Type.Array(anId('Id of a member.'), { minItems: 1, maxItems: mostRecipients }),
    group,
    message: Type.Optional(
      nullable(Type.String({ description: 'HTML as the editor makes it; other elements are dropped.' })),
    ),
    file_uuid: Type.Optional(nullable(uuidOf('A file that was uploaded: it can be sent once.'))),
  },
  bodyLimit: 1024 * 1024,
  returns: created(arrayOf(Message)),
  refuses: {
    400: 'There is nothing in it, or a recipient or the file is not there.',
    403: 'You may not write to one of them, or messages are off.',
  },
  checks: (ctx, sent) => readMessage(ctx, sent as Sent),
  act: (ctx, sent) => sendMessage(ctx, sent),
})

export const deleteMessageEndpoint = endpoint('DELETE /api/v2/pm/{id}/', {
  summary: 'Delete a Single Message',
  description: 'One of your own: within a minute it is deleted for both, later for you only.',
  who: author,
  takes: { id },
  returns: nothing,
  refuses: there,
  act: (ctx, { id }) => deleteMessage(ctx, id),
})

export const deleteThread = endpoint('DELETE /api/v2/pm/', {
  summary: 'Delete a Thread',
  description: 'For the caller only: the other keeps it. What is written later is in a thread that begins with it.',
  who: member,
  takes: thread,
  returns: nothing,
  refuses: { 404: 'There is nothing in this thread.' },
  async act(ctx, { user, thread }) {
    if (!user && !thread) throw badField('user', 'required', 'Send the thread, as `user` or `thread`.')
    await clearThread(ctx, { user, thread })
  },
})

const Uploaded = Type.Object(
  {
    file_uuid: Type.String({ description: 'The value to send the message with.' }),
    file_url: Type.Optional(Type.String({ format: 'uri' })),
    parent_file_uuid: Type.Optional(Type.String({ description: 'For a thumbnail: its file.' })),
  },
  { $id: 'PrivateMessageUpload', description: 'A file, or how far it is.', additionalProperties: false },
)

const ignored = (schema: TSchema) => Type.Optional(schema)
const words = Type.String({ maxLength: 255, description: 'Taken and ignored.' })
const number = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, description: 'Taken and ignored.' })

export const uploadFile = endpoint('POST /api/v2/pm/upload/', {
  summary: 'Upload a Media, a Thumbnail, or a Media in Chunks',
  description:
    `A \`file\` of at most ${mostBytes} bytes, to be sent with a message. Or a piece of it, with \`partindex\` (from 0) and ` +
    '`totalparts`; those after the first with the `uuid` that it was answered with; then, without a file, `?done` with the ' +
    '`uuid`. Or a picture of a file that is there, with its `parentuuid`. What is not sent is deleted a day later.',
  who: activeMember,
  onlyIf: messagesOn,
  takes: {
    file: upload('A file, or a piece of one.'),
    done: Type.Optional(Type.String({ maxLength: 10, description: 'The pieces are all there.' })),
    uuid: Type.Optional(uuidOf('Of the upload.')),
    parentuuid: Type.Optional(uuidOf('Of the file that this is a picture of.')),
    partindex: Type.Optional(Type.Integer({ minimum: 0, maximum: 999 })),
    totalparts: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000 })),
    filename: Type.Optional(Type.String({ maxLength: 1_000 })),
    md5: Type.Optional(
      Type.String({ pattern: '^[0-9a-fA-F]{32}$', sentence: 'Send the MD5 of the whole file, in hexadecimal.' }),
    ),
    duration: Type.Optional(Type.Integer({ minimum: 0, maximum: 1_000_000, description: 'In seconds.' })),
    ...{ filetype: ignored(words), totalfilesize: ignored(number) },
    ...{ partbyteoffset: ignored(number), chunksize: ignored(number) },
  },
  uploads: { bytes: mostBytes },
  returns: data(Uploaded),
  refuses: { 400: 'Pieces are missing, or it is nothing that is taken.' },
  act(ctx, { file: sent, uuid, parentuuid, partindex, totalparts, filename, md5, duration = null }) {
    const file = fileOf('file', sent)
    if (!file) {
      if (!uuid || parentuuid) throw badField('file', 'required', 'Send a file, as a part of a multipart body.')
      return completeFile(ctx, { uuid, filename, parts: totalparts, md5, duration })
    }
    if (parentuuid) return addThumbnail(ctx, parentuuid, file)
    if (partindex === undefined && totalparts === undefined)
      return takeFile(ctx, { filename: filename || file.filename, path: file.path, bytes: file.bytes, md5 }, duration)
    if (partindex === undefined || totalparts === undefined)
      throw badField(partindex === undefined ? 'partindex' : 'totalparts', 'required', 'Send both for a piece.')
    return takePiece(ctx, file, { uuid, part: partindex, parts: totalparts })
  },
})
