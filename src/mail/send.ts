import type { Logger } from 'pino'
import type { Kith } from '../context.ts'
import { failpoint } from '../platform/failpoint.ts'
import { statement } from '../platform/sql/statement.ts'
import type { Mailbox } from './address.ts'
import { type Post, Unsendable } from './post.ts'

/** Seconds until each further attempt. After the last a mail is given up, about two days later. */
export const retries = [60, 300, 1_800, 7_200, 21_600, 43_200, 86_400]

/** How long a node holds a mail it has taken, in seconds: several times the length of an attempt. */
const lease = 300

/** Mails under way at a time. */
const atOnce = 3

const taking = statement({
  name: 'mail: take one that is due',
  takes: { now: 'timestamptz', until: 'timestamptz' },
  gives: {
    ...{ id: 'bigint', kind: 'text', sender: 'text', recipient: 'text', subject: 'text', body: 'text', html: 'text' },
    ...{ unsubscribe: 'text?', attempts: 'int', over: 'boolean', created: 'float8' },
  },
  sql: ($) => `update mail set due_at = ${$.until}, attempts = attempts + 1
    where id = (select id from mail where due_at <= ${$.now} order by due_at, id limit 1 for update skip locked)
    returning id, kind, sender_name as sender, recipient, subject, body, html, unsubscribe, attempts,
      coalesce(good_until <= ${$.now}, false) as over, extract(epoch from created_at)::float8 as created`,
})

// If the mail was taken again meanwhile, because this attempt took too long, the later outcome counts.
const settling = statement({
  name: 'mail: settle',
  takes: { id: 'bigint', attempts: 'int', now: 'timestamptz', fault: 'text?' },
  gives: {},
  sql: ($) => `update mail set due_at = null, settled_at = ${$.now}, fault = ${$.fault}, body = '', html = ''
    where id = ${$.id} and attempts = ${$.attempts} and due_at is not null`,
})

const postponing = statement({
  name: 'mail: try again later',
  takes: { id: 'bigint', attempts: 'int', due: 'timestamptz', fault: 'text' },
  gives: {},
  sql: ($) => `update mail set due_at = ${$.due}, fault = ${$.fault}
    where id = ${$.id} and attempts = ${$.attempts} and due_at is not null`,
})

/** The mail server's answer, shortened, and without any code that the mail may have contained. */
const faultOf = (error: unknown) =>
  (error as Error).message
    .replace(/kith_\w+/g, '***')
    .replace(/\s+/g, ' ')
    .slice(0, 300)

type Sending = { post: Post; from: Mailbox; log: Pick<Logger, 'warn' | 'error'> }

/** Takes one mail and sends it. @returns whether there was one */
async function sendOne({ db, clock }: Pick<Kith, 'db' | 'clock'>, { post, from, log }: Sending): Promise<boolean> {
  const now = clock.now()
  const mail = await taking.row(db, { now, until: new Date(now.getTime() + lease * 1000) })
  if (!mail) return false
  const { id, kind, attempts, recipient: to, subject, body: text, html, unsubscribe } = mail
  const settle = (fault: string | null) => settling.rows(db, { id, attempts, now: clock.now(), fault })
  if (mail.over) {
    await settle('It was still waiting when what it is about had ended.')
    return true
  }
  try {
    const sender = { address: from.address, name: from.name || mail.sender }
    const date = new Date(Math.floor(mail.created * 1000))
    await post.send({ id, from: sender, to, subject, text, html, unsubscribe, date })
  } catch (error) {
    const fault = faultOf(error)
    const wait = error instanceof Unsendable ? undefined : retries[attempts - 1]
    if (wait === undefined) {
      log.error({ mail: id, kind, why: fault }, 'a mail is given up')
      await settle(fault)
    } else {
      log.warn({ mail: id, kind, why: fault, again_in: wait }, 'a mail could not be sent')
      await postponing.rows(db, { id, attempts, due: new Date(clock.now().getTime() + wait * 1000), fault })
    }
    return true
  }
  // If the process ends here, the mail is sent again with the same Message-ID.
  failpoint('mail sent')
  await settle(null)
  return true
}

/**
 * Sends the mails that are due, each taken by one node. A process that is killed between sending and writing sends
 * one of them again.
 * @param stopped asked between mails
 */
export async function sendDue(
  kith: Pick<Kith, 'db' | 'clock'>,
  sending: Sending,
  stopped = () => false,
): Promise<void> {
  const work = async () => {
    while (!stopped() && (await sendOne(kith, sending)));
  }
  await Promise.all(Array.from({ length: atOnce }, work))
}
