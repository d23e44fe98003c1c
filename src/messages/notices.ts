import { type Flags, view } from '../community/flags.ts'
import { about, declareNotification, definePart } from '../notifications/declare.ts'
import type { Notice } from '../notifications/tell.ts'
import Type from '../platform/schema.ts'
import { type Field, integer, moment, nested, renderSql } from '../platform/sql/view.ts'
import { WebhookAuthor } from '../users/views.ts'
import { messageNotified } from './events.ts'
import { Message } from './views.ts'

/** The number of messages as parts of notices; the sender is the subject, so one sender's messages are grouped. */
export const messagePart = 17
export const senderSubject = 32

const empty: Field<Flags> = { schema: Type.Literal(''), sql: `''`, kind: 'text' }

/** A message as webhook receivers see it: that there is one, and nothing of its text. */
const WebhookMessage = view('WebhookNoticeMessage', 'A private message. What it says is for the two alone.', {
  id: integer('x.id'),
  headline: empty,
  sender: nested(
    WebhookAuthor.schema,
    (flags) => `(select ${renderSql(WebhookAuthor, flags)} from users u where u.id = x.sender_id)`,
  ),
  html: empty,
  sent_at: moment('x.created_at'),
  status: { schema: Type.Literal(0), sql: '0', kind: 'number' },
})

definePart({
  kinds: [messagePart],
  of: [senderSubject],
  properties: { message: Message.schema },
  bytes: (id) => `(select octet_length(x.html) from message x where x.id = ${id})`,
  sql: (flags, viewer) => `(select '"message":' || ${renderSql(Message, flags, viewer)}
    from message x join message_side r on r.thread_id = x.thread_id and r.member_id = ${viewer}
    where x.id = n.part_id and x.id > r.cleared_to)`,
  webhook: {
    properties: { message: WebhookMessage.schema },
    sql: (flags) =>
      `(select '"message":' || ${renderSql(WebhookMessage, flags)} from message x where x.id = n.part_id)`,
  },
})

const messageNotice = declareNotification({
  name: 'private_message',
  activity: 37,
  aggregates: true,
  shows: [about],
  event: messageNotified,
  mail: { en: 'has written you a message', it: 'ti ha scritto un messaggio' },
})

/** The notice of a message, for its recipient. */
export const messageOf = (sender: number, { id, receiver }: { id: number; receiver: number }): Notice => ({
  type: messageNotice,
  actor: sender,
  subject: { kind: senderSubject, id: sender },
  part: { kind: messagePart, id },
  to: [receiver],
})
