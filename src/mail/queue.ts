import type { Db } from '../platform/db/database.ts'
import { statement } from '../platform/sql/statement.ts'
import { headerText, isMailable } from './address.ts'

export type Mail = {
  /** The recipient, or the member it is about: it is erased with them. */
  member: number | null
  /** A word for its kind, such as `recover`; operators see it. */
  kind: string
  to: string
  /** The community's name, shown before Kith's sender address. */
  from: string
  subject: string
  text: string
  html: string
  now: Date
  /** After this it is useless, and no longer sent. */
  goodUntil?: Date
  /** The address that stops mails of this kind with one click (RFC 8058). */
  unsubscribe?: string
  /** Largest number to one address per hour; more are not written. Strangers can ask for some kinds. */
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
 * Writes a mail in the transaction of the act it is about. It is sent soon after the commit, and not at all without
 * one.
 * @returns its id; null if nothing is sent: there were too many, or the address cannot receive mail
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
