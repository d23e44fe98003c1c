import { type Flags, view } from '../community/flags.ts'
import { addressSql } from '../files/paths.ts'
import Type from '../platform/schema.ts'
import {
  type Field,
  integer,
  moment,
  nested,
  nullable,
  nullableText,
  plainView,
  renderSql,
  text,
} from '../platform/sql/view.ts'
import { renderUser } from '../users/queries.ts'
import { User } from '../users/views.ts'
import { relationJoin } from '../users/visibility.ts'

// Every expression below reads a message named x; its status reads r.read_to, up to where the viewer has read.

/** SQL of a member as the viewer sees them. */
const memberSql = (id: string) => (flags: Flags, viewer: string) =>
  `(select ${renderUser(flags)} from users u
    ${relationJoin(viewer, 'u.id')} where u.id = ${id})`

/** One of the two members. */
const member = (id: string): Field<Flags> => nested(User.schema, memberSql(id))

/** SQL of whether the viewer has deleted the message for themselves. */
const goneSql = (viewer: string) => `x.hidden and x.sender_id = ${viewer}`

const File = plainView('PrivateMessageFile', 'What goes with a message.', {
  uuid: text('f.uuid'),
  filename: text('f.filename'),
  filesize: integer('f.bytes'),
  mimetype: text('f.mimetype'),
  duration: { schema: nullable(Type.Integer({ description: 'In seconds.' })), sql: 'f.duration', kind: 'number' },
  url: nullableText(addressSql('f.url')),
  thumbnail: nullableText(addressSql('f.thumbnail')),
})

/** There are no threads of more than two members. */
const group: Field<Flags> = nested(Type.Null(), `'null'`)

/** A message, as one of the two sees it. */
export const Message = view('PrivateMessage', 'What a member has written to another.', {
  id: integer('x.id'),
  thread_id: integer('x.thread_id'),
  sender: member('x.sender_id'),
  receiver: member('x.receiver_id'),
  message: {
    ...text<Flags>(''),
    sql: (_, viewer) => `case when ${goneSql(viewer)} then '' else x.html end`,
  },
  created_at: moment('x.created_at'),
  status: {
    schema: Type.Enum(['created', 'new', 'hidden'], {
      description: 'new: not read yet by the caller; hidden: deleted by the caller, but not for the other.',
    }),
    sql: (_, viewer) => `case when ${goneSql(viewer)} then 'hidden'
      when x.receiver_id = ${viewer} and x.id > r.read_to then 'new' else 'created' end`,
    kind: 'word',
  },
  group,
  file: nested(
    nullable(File.schema),
    (_, viewer) => `case when not (${goneSql(viewer)}) then
      (select ${renderSql(File, null)} from message_file f where f.uuid = x.file_uuid) end`,
  ),
})

/** A thread in a list, by its last message x; p is the viewer's side. */
export const Snippet = view('PrivateMessageSnippet', 'A thread, by its last message.', {
  id: { ...integer<Flags>('p.thread_id'), schema: Type.Integer({ description: 'Id of the thread.' }) },
  headline: {
    ...text<Flags>(''),
    sql: (_, viewer) => `case when ${goneSql(viewer)} then '' else coalesce(nullif(x.summary, ''),
      (select f.filename from message_file f where f.uuid = x.file_uuid), '') end`,
  },
  sender: member('x.sender_id'),
  receiver: member('x.receiver_id'),
  created_at: moment('(select t.created_at from message_thread t where t.id = x.thread_id)'),
  last_message_at: moment('x.created_at'),
  thread_status: {
    schema: Type.Enum(['created', 'new', 'hidden'], { description: 'new: something in it is not read yet.' }),
    sql: (_, viewer) => `case when p.unread > 0 then 'new' when ${goneSql(viewer)} then 'hidden' else 'created' end`,
    kind: 'word',
  },
  group,
})
