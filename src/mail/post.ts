import { rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Config } from '../config.ts'
import { giveToOwner, makeFolder } from '../platform/owner.ts'
import type { Mailbox } from './address.ts'

/** A mail that is sent now. */
export type Outgoing = {
  id: number
  from: Mailbox
  to: string
  subject: string
  text: string
  html: string
  unsubscribe: string | null
  date: Date
}

/** Where mails go. */
export type Post = {
  /** Throws if the mail was not accepted; `Unsendable` if it never will be. */
  send(mail: Outgoing): Promise<void>
  close(): void
}

/** Another attempt would fail as well. */
export class Unsendable extends Error {}

/** A mail server that is silent for this long, in ms, has failed. */
const silence = 15_000
/** One mail takes no longer, in ms, whatever the server does. */
const longest = 60_000

/** The folder that mails are written to if there is no mail server. */
export const mailFolder = ({ dataDir }: Pick<Config, 'dataDir'>) => join(dataDir, 'mail')

/** The same for every attempt: servers on the way recognise a repetition by it. */
export const messageId = ({ id, date, from }: Pick<Outgoing, 'id' | 'date' | 'from'>) =>
  `<kith-${id}-${date.getTime()}@${from.address.split('@')[1]}>`

const named = ({ name, address }: Mailbox) => (name ? `${name} <${address}>` : address)

/** Writes mails as files that a person can read. */
function writeToFolder(folder: string): Post {
  return {
    async send(mail) {
      makeFolder(folder)
      const file = join(folder, `${String(mail.id).padStart(8, '0')}.txt`)
      const head = [
        `From: ${named(mail.from)}`,
        `To: ${mail.to}`,
        `Subject: ${mail.subject}`,
        `Date: ${mail.date.toUTCString()}`,
        `Message-ID: ${messageId(mail)}`,
      ]
      // Whole, or not at all.
      const draft = `${file}.${process.pid}`
      await writeFile(draft, `${head.join('\n')}\n\n${mail.text}`, { mode: 0o600 })
      giveToOwner(draft)
      await rename(draft, file)
    },
    close() {},
  }
}

type Failure = Error & { code?: string; responseCode?: number }

/** Sends mails by SMTP, over a few connections that are kept for a while. */
async function sendBySmtp({ host, port, secure, user, password, trusted }: NonNullable<Config['smtp']>): Promise<Post> {
  const { createTransport } = await import('nodemailer')
  const transport = createTransport({
    ...{ host, port, secure, pool: true, maxConnections: 3, maxMessages: 100 },
    // A password never goes over an unencrypted line.
    requireTLS: Boolean(user) && !trusted,
    ...(user && { auth: { user, pass: password } }),
    ...{ connectionTimeout: silence, greetingTimeout: silence, socketTimeout: silence },
    // Whatever a mail contains, nothing of this machine gets into it.
    ...{ disableFileAccess: true, disableUrlAccess: true },
  })
  // An error of an idle connection: the next mail opens another.
  transport.on('error', () => {})
  return {
    async send(mail) {
      let timer: NodeJS.Timeout | undefined
      const late = new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(new Error('The mail server took too long.')), longest)
      })
      const sent = transport.sendMail({
        from: mail.from,
        to: { name: '', address: mail.to },
        envelope: { from: mail.from.address, to: [mail.to] },
        ...{ subject: mail.subject, text: mail.text, html: mail.html, date: mail.date, messageId: messageId(mail) },
        headers: {
          'Auto-Submitted': 'auto-generated',
          ...(mail.unsubscribe && {
            'List-Unsubscribe': `<${mail.unsubscribe}>`,
            'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
          }),
        },
      })
      try {
        await Promise.race([sent, late])
      } catch (error) {
        const { code, responseCode = 0, message } = error as Failure
        // The recipient or the mail itself is refused for good. Our own wrong password is not the mail's fault.
        if ((code === 'EENVELOPE' || code === 'EMESSAGE') && responseCode >= 500) throw new Unsendable(message)
        throw error
      } finally {
        clearTimeout(timer)
        sent.catch(() => {})
      }
    },
    close: () => transport.close(),
  }
}

/** Opens the mail server or the folder, according to the settings. */
export const openPost = async (config: Pick<Config, 'smtp' | 'dataDir'>): Promise<Post> =>
  config.smtp ? sendBySmtp(config.smtp) : writeToFolder(mailFolder(config))
