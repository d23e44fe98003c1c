import type { Db } from '../platform/db/database.ts'
import { statement } from '../platform/sql/statement.ts'
import { headerText, isMailable } from './address.ts'

export type Mail = {
  /** Who it is for, or about: when they are erased, so is this. */
  member: number | null
  /** A word for what it is, as `recover`: those who look after the server see it. */
  kind: string
  to: string
  /** The community's name: it stands before the address that Kith sends from. */
  from: string
  subject: string
  text: string
  html: string
  now: Date
  /** After this it is of no use, and not sent any more. */
  goodUntil?: Date
  /** Where one click stops mails of this kind (RFC 8058). */
  unsubscribe?: string
  /** So many to one address in an hour: one more is not written. Strangers can ask for some kinds. */
  mostAnHour?: number
}

const queueing = statement({
  name: 'mail: queue',
  takes: {
    ...{ member: 'bigint?', kind: 'text', sender: 'text', recipient: 'text', subject: 'text', body: 'text' },
    ...{ html: 'text', unsubscribe: 'text?', now: 'timestamptz', until: 'timestamptz?', most: 'int?' },
  },
  gives: { id: 'bigint' },
  sql: (
    $,
  ) => `insert into mail (member_id, kind, sender_name, recipient, subject, body, html, unsubscribe, created_at, due_at, good_until)
    select ${$.member}, ${$.kind}, ${$.sender}, ${$.recipient}, ${$.subject}, ${$.body}, ${$.html}, ${$.unsubscribe},
      ${$.now}, ${$.now}, ${$.until}
    where ${$.most} is null or ${$.most} > (select count(*) from mail
      where lower(recipient) = lower(${$.recipient}) and created_at > ${$.now} - interval '1 hour')
    returning id`,
})

/**
 * Writes a mail in the transaction of the act it is about; it goes out soon after that has committed, and not at all
 * otherwise.
 * @returns its id; null when nothing is sent: too many were, or the address is none that mail can be sent to
 */
export async function sendMail(tx: Db, mail: Mail): Promise<number | null> {
  const { member, kind, to, from, text, html, now, goodUntil, unsubscribe, mostAnHour } = mail
  if (!isMailable(to)) return null
  const row = await queueing.row(tx, {
    ...{ member, kind, html, now, sender: headerText(from), recipient: to, subject: headerText(mail.subject) },
    ...{ body: text, until: goodUntil ?? null, unsubscribe: unsubscribe ?? null, most: mostAnHour ?? null },
  })
  return row?.id ?? null
}
