import type { Community } from '../community/state.ts'
import { compose } from '../mail/compose.ts'
import { sendMail } from '../mail/queue.ts'
import type { Db } from '../platform/db/database.ts'
import type { Language } from '../platform/http/language.ts'
import { type LetterName, writeLetter } from './letters.ts'

export type Writing = {
  to: string
  member: number | null
  username: string
  language: Language
  link: string
  code?: string
  inviter?: string
  now: Date
  until?: Date
}

/** Mails per hour of a kind that strangers can have sent to an address. */
const mostAnHour = 5

/** Mails about acts of administrators or of signed-in members have no limit. */
const unasked: LetterName[] = [
  'changed',
  'passwordChanged',
  'approved',
  'approvedUnconfirmed',
  'refused',
  'archiveReady',
]

/** The name of a letter in logs and metrics. */
const kindOf = (name: LetterName) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

/** Writes a mail about an account, in the transaction that it tells of. */
export async function writeMail(tx: Db, { options }: Community, name: LetterName, writing: Writing): Promise<void> {
  const { to, member, username, language, link, code, inviter, now, until } = writing
  const community = options['text.application_name']
  const letter = writeLetter(language, name, { community, username, link, code, inviter })
  await sendMail(tx, {
    ...{ member, kind: kindOf(name), to, from: community, now, ...compose(letter) },
    ...(until && { goodUntil: until }),
    ...(!unasked.includes(name) && { mostAnHour }),
  })
}
